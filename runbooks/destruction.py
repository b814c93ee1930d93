"""Commands that plainly destroy: what is gone is not had back by another command. Pure Python.

A command is read as a shell reads it, far enough to know which word is the program and which its verb:
`kubectl delete pod x` is found; `grep delete log`, `helm upgrade --drop-empty` and `echo "rm -rf"` are not.
What is doubtful is let through: a finding here stops publishing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

#: Languages of code blocks that nobody runs.
_NOT_RUN = {
    *("yaml", "yml", "json", "toml", "ini", "xml", "html", "diff", "csv", "mermaid", "hcl"),
    *("promql", "logql", "log", "logs", "output", "text", "txt", "plain", "plaintext", "markdown"),
}
_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t]|\\\n)+)
      |(?P<end>\|\||&&|\$\(|[;|&\n()`])
      |(?P<word>(?:\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$(?!\()|[^\s;|&()`"'\\$])+)
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|\\(.)', re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

_SQL = re.compile(
    r"\b(?:drop\s+(?:table|database|schema|index|view|materialized\s+view|user|role|column|partition"
    r"|keyspace|sequence|tablespace|collection)|truncate\s+(?:table\s+)?[\w\"`{]|delete\s+from|pg_terminate_backend\s*\("
    r"|alter\s+table\s+\S+\s+drop)",
    re.IGNORECASE,
)
_SQL_LINE = re.compile(
    r"^[ \t]*(?:\w+[=#-]*>[ \t]*|\w+=[#>][ \t]*)?(?P<statement>(?:drop\s+(?:table|database|schema|index|view"
    r"|user|role|keyspace|materialized\s+view)|truncate\s+table|truncate\s+[\w\".]+\s*(?:;|cascade)"
    r"|delete\s+from|alter\s+table\s+\S+\s+drop|select\b[^;\n]{0,300}?\bpg_terminate_backend\s*\()[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_SQL_TEXT = re.compile(r"'[^']*'|--[^\n]*")
_MONGO = re.compile(r"dropDatabase\s*\(|\.drop\s*\(|\.delete(?:One|Many)\s*\(|\.remove\s*\(")
_SEARCH_CONSOLE = re.compile(r"(?:DELETE\s+/?[\w*{.-]|POST\s+\S*_delete_by_query)")

# fmt: off
# Words in front of the program that is really run, and how many words of their own they take.
_WRAPPERS = {
    "sudo": 0, "doas": 0, "time": 0, "nohup": 0, "env": 0, "exec": 0, "command": 0, "watch": 0, "xargs": 0,
    "nice": 0, "ionice": 0, "parallel": 0, "timeout": 1, "ssh": 1, "chroot": 1,
    "do": 0, "then": 0, "else": 0, "if": 0, "while": 0, "!": 0, "{": 0, "$": 0, "%": 0, ">": 0,
}
# Options of the wrappers that take the next word.
_WRAPPER_VALUES = {"-n", "-I", "-P", "-L", "-u", "-g", "-i", "-p", "-l", "-o", "-c", "-k", "-s", "-d"}
_INSIDE = {"exec", "run", "debug", "rsh"}  # kubectl exec pod -- rm …
_SQL_CLIENTS = {
    "psql", "mysql", "mariadb", "sqlite3", "clickhouse-client", "cqlsh", "sqlcmd", "bq", "cockroach",
    "trino", "presto", "snowsql", "duckdb", "sqlplus", "pgcli", "mycli", "vsql", "hive", "beeline",
}
_ALWAYS = {
    "unlink", "shred", "wipefs", "blkdiscard", "dropdb", "dropuser", "lvremove", "vgremove", "pvremove",
    "rmdir", "userdel", "groupdel", "flushall", "flushdb", "kafka-delete-records", "kafka-delete-records.sh",
}
_RESET = "--reset-offsets"  # what was not read yet is never read
_CLOUD_VERBS = {"delete", "destroy", "purge", "terminate", "rm", "rb", "remove"}
_CLOUDS = {
    "gcloud", "az", "openstack", "ibmcloud", "oci", "doctl", "hcloud", "aliyun", "linode-cli", "gsutil",
}
_VERBS = {"delete", "destroy", "drop", "truncate", "terminate", "wipe", "erase", "uninstall"}
# Programs whose first words are verbs, besides those that end in -ctl, -cli, -adm or -admin.
_WITH_VERBS = {
    "helm", "nova", "pulumi", "argocd", "flux", "velero", "consul", "vault", "kops", "heroku", "fly",
    "cf", "influx", "ceph", "rados", "zfs", "zpool", "kind", "k3d", "minikube", "airflow", "juju",
}
_CARRIERS = {"kubectl", "oc", "k", "docker", "podman", "nerdctl", "crictl", "docker-compose", "nsenter"}
_MOST_INSIDE = 5
_VERB_PROGRAM = re.compile(r"[\w.-]*(?:ctl|cli|adm|admin)(?:\.sh|\.py)?")
_CONTAINERS = {"docker", "podman", "nerdctl", "crictl"}
_KUBECTLS = {"kubectl", "oc", "k", "kubectl.exe"}
_KUBECTL_OTHER = {
    "get", "describe", "logs", "apply", "exec", "top", "rollout", "scale", "create", "edit", "auth", "patch",
    "config", "explain", "label", "annotate", "drain", "cordon", "uncordon", "cp", "set", "port-forward",
    "wait", "debug", "run", "expose", "events", "adm", "api-resources", "rsh",
}
# fmt: on
_HARMLESS_FILE = re.compile(r"(?:\.(?:pid|lock|lck|tmp)|^/tmp/.*[^*/])$")


def destructive_part(command: str, language: str = "") -> str:
    """The part of a code block that destroys, on one line and shortened; empty when none plainly does."""
    if language in _NOT_RUN:
        return ""
    statement = _SQL_LINE.search(command)
    if statement is not None:
        return _short(statement["statement"])
    before: list[str] = []
    for words, piped in _simple_commands(command):
        fed = before if piped else []
        before = words if words and _program(words[0]) in ("echo", "printf") else []
        if _destroys(words, fed):
            return _short(" ".join(words).lstrip("$%> "))
    return ""


def programs(command: str) -> list[str]:
    """The programs that a code block runs, as written, each once: `sudo -u x psql | tail` runs psql, tail."""
    found: dict[str, None] = {}
    for words, _ in _simple_commands(command):
        at = _behind_wrappers(words, 0)
        if at < len(words):
            found[words[at]] = None
    return list(found)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _simple_commands(text: str) -> Iterator[tuple[list[str], bool]]:
    """Each simple command's words without their quotes, and whether another one is piped into it."""
    words: list[str] = []
    piped = comment = False
    # A root prompt looks like a comment: it is one where every line of the block has it.
    prompts = all(line.startswith("# ") for line in text.split("\n") if line.strip())
    for token in _TOKEN.finditer(text):
        kind, raw = token.lastgroup, token[0]
        if comment and raw != "\n":
            continue
        comment = False
        if kind == "word":
            if raw == "#" and prompts and not words:
                continue
            if raw.startswith("#"):
                comment = True
            else:
                words.append(_QUOTED.sub(_unquoted, raw))
        elif kind == "end":
            if words:
                yield words, piped
            words, piped = [], raw == "|"
    if words:
        yield words, piped


def _unquoted(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)


def _program(word: str) -> str:
    return PurePosixPath(word).name if "/" in word else word


def _destroys(words: Sequence[str], fed: Sequence[str]) -> bool:
    for position in _program_positions(words):
        if " " in words[position] and position and destructive_part(words[position]):
            return True  # ssh pg-1 'rm -rf /data'
        program, rest = _program(words[position]), words[position + 1 :]
        if _runs_destruction(program, rest, fed):
            return True
    return False


def _program_positions(words: Sequence[str]) -> Iterator[int]:
    """Where a program's name stands: first, after each wrapper, and after `exec … --`."""
    at = 0
    for _ in range(_MOST_INSIDE):
        at = _behind_wrappers(words, at)
        if at >= len(words):
            return
        yield at
        if _program(words[at]) not in _CARRIERS:
            return
        if "--" not in words[at:]:
            if _INSIDE & set(words[at : at + 4]):
                yield from range(at + 2, min(len(words), at + 8))
            return
        at = words.index("--", at) + 1


def _behind_wrappers(words: Sequence[str], at: int) -> int:
    while at < len(words):
        word = words[at]
        if _ASSIGNMENT.match(word):
            at += 1
            continue
        own = _WRAPPERS.get(_program(word))
        if own is None:
            break
        at += 1
        while at < len(words) and (words[at].startswith("-") or _ASSIGNMENT.match(words[at])):
            at += 2 if words[at] in _WRAPPER_VALUES else 1
        at += own
    return at


def _runs_destruction(program: str, rest: Sequence[str], fed: Sequence[str]) -> bool:
    lower = program.lower()
    if rule := _RULES.get(lower):
        return rule(rest)
    if lower in _SQL_CLIENTS:
        return any(_SQL.search(_SQL_TEXT.sub(" ", word)) for word in (*rest, " ".join(fed)))
    if lower in _CLOUDS:
        return bool(_CLOUD_VERBS & set(_verbs(rest, 6)))
    if lower in _WITH_VERBS or _VERB_PROGRAM.fullmatch(lower):
        return bool(_VERBS & set(_verbs(rest, 3)))
    return (
        lower in _ALWAYS
        or lower.startswith("mkfs")
        or (lower.startswith("kafka-") and "--delete" in rest)
        or (lower.startswith("kafka-") and _RESET in rest and "--execute" in rest)
        or re.match(r"Remove-[A-Z]", program) is not None
        or _SEARCH_CONSOLE.match(" ".join((program, *rest[:3]))) is not None
    )


def _verbs(rest: Sequence[str], count: int) -> list[str]:
    return [word for word in rest if not word.startswith("-")][:count]


def _rm(rest: Sequence[str]) -> bool:
    targets = [word for word in rest if not word.startswith("-")]
    recursive = any(re.fullmatch(r"-\w*[rR]\w*|--recursive", word) for word in rest)
    return bool(targets) and (recursive or not all(_HARMLESS_FILE.search(t) for t in targets))


def _kubectl(rest: Sequence[str]) -> bool:
    for word in rest:
        if word == "delete":
            return "--dry-run=client" not in rest and "--dry-run=server" not in rest
        if word == "drain":  # what the pods kept on the node is gone
            return any(option.startswith("--delete-") for option in rest)
        if word == "replace":  # deletes, and makes anew
            return "--force" in rest
        if word in _KUBECTL_OTHER or word == "--":
            return False
    return False


def _shell(rest: Sequence[str]) -> bool:
    scripts = (after for word, after in pairwise(rest) if re.fullmatch(r"-\w*c", word))
    return any(destructive_part(script) for script in scripts)


def _find(rest: Sequence[str]) -> bool:
    return "-delete" in rest or any(
        word in ("-exec", "-execdir") and _program(after) == "rm" for word, after in pairwise(rest)
    )


def _aws(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 6)
    s3 = "s3" in verbs and bool({"rm", "rb"} & set(verbs))
    named = any(re.match(r"(?:delete|terminate|purge|batch-delete)-", word) for word in verbs)
    return (s3 or named or ("s3" in verbs and "--delete" in rest)) and "--dryrun" not in rest


def _curl(rest: Sequence[str]) -> bool:
    joined = " ".join(rest)
    asks = re.search(r"(?:-X\s?|--request[ =])DELETE\b", joined)
    return asks is not None or re.search(r"/_delete_by_query\b", joined) is not None


def _docker(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 2)
    if verbs[:1] == ["compose"]:
        return "down" in rest and bool({"-v", "--volumes"} & set(rest))
    return bool(verbs) and (verbs[0] in ("rm", "rmi") or verbs[-1] in ("rm", "prune", "remove"))


def _git(rest: Sequence[str]) -> bool:
    verb = next(iter(_verbs(rest, 1)), "")
    forced = any(word in ("-f", "--force", "-fd", "-fdx", "-ffdx", "-xdf", "-df") for word in rest)
    return (verb == "reset" and "--hard" in rest) or (verb in ("clean", "push") and forced)


def _terraform(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 2)
    return verbs[:1] == ["destroy"] or "-destroy" in rest or verbs == ["state", "rm"]


def _any_of(*verbs: str) -> Callable[[Sequence[str]], bool]:
    wanted = set(verbs)
    return lambda rest: any(word.lower() in wanted for word in rest if not word.startswith("-"))


_RULES: dict[str, Callable[[Sequence[str]], bool]] = {
    "rm": _rm,
    "dd": lambda rest: any(word.startswith("of=") and word != "of=/dev/null" for word in rest),
    "truncate": lambda rest: any(word.startswith(("-s", "--size")) for word in rest),
    "find": _find,
    **dict.fromkeys(("sh", "bash", "zsh", "su"), _shell),
    **dict.fromkeys(_KUBECTLS, _kubectl),
    "aws": _aws,
    "curl": _curl,
    **dict.fromkeys(("http", "https", "xh"), lambda rest: "DELETE" in rest[:3]),
    **dict.fromkeys(_CONTAINERS, _docker),
    "docker-compose": lambda rest: "down" in rest and bool({"-v", "--volumes"} & set(rest)),
    "git": _git,
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _terraform),
    **dict.fromkeys(
        ("redis-cli", "valkey-cli", "keydb-cli"), _any_of("flushall", "flushdb", "del", "unlink")
    ),
    **dict.fromkeys(("mongo", "mongosh"), lambda rest: _MONGO.search(" ".join(rest)) is not None),
    "celery": _any_of("purge"),
    "etcdctl": _any_of("del"),
    "rabbitmqctl": _any_of(
        "purge_queue", "delete_queue", "delete_vhost", "delete_user", "reset", "force_reset"
    ),
    "rsync": lambda rest: any(word.startswith("--delete") for word in rest),
    "kubeadm": _any_of("reset"),
    "nomad": lambda rest: "-purge" in rest or bool(_VERBS & set(_verbs(rest, 3))),
    "journalctl": lambda rest: any(word.startswith("--vacuum-") for word in rest),
    "gh": lambda rest: "delete" in _verbs(rest, 2),
    "crontab": lambda rest: "-r" in rest,
    "btrfs": _any_of("delete"),
    "parted": _any_of("rm", "mklabel"),
}
