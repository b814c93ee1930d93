"""Which programs destroy, by their verbs and options; destruction.py reads the shell around them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

#: What SQL drops: all that a statement after it does not bring back as it was.
_DROPPED = (
    r"(?:table|database|schema|index|(?:materialized\s+)?view|user|role|column|partition|keyspace|sequence|"
    r"tablespace|collection|owned|publication|subscription|extension|function|procedure|trigger|type|"
    r"constraint|measurement|series|shard|foreign\s+table|retention\s+policy|continuous\s+query)"
)
_CALLED = r"(?:pg_terminate_backend|pg_drop_replication_slot)\s*\("
_LOGS = r"purge\s+(?:binary|master)\s+logs|reset\s+(?:master\b|(?:slave|replica)\s+all)"
_SQL = re.compile(
    rf"\b(?:drop\s+{_DROPPED}\b|truncate\s+(?:table\s+)?[\w\"`{{]|delete\s+from|{_CALLED}|{_LOGS}|"
    r"kill\s+(?:query\s+|connection\s+)?\d|alter\s+table\s+\S+\s+(?:drop|delete\s+where))",
    re.IGNORECASE,
)
#: A statement that stands alone on its line, with the prompt of its client or without.
SQL_LINE = re.compile(
    r"^[ \t]*(?:\w+[=#-]*>[ \t]*|\w+=[#>][ \t]*)?(?P<statement>"
    rf"(?:drop\s+{_DROPPED}\s+[\w\"`({{<:$]|truncate\s+table|truncate\s+[\w\".]+\s*(?:;|cascade)"
    rf"|delete\s+from|alter\s+table\s+\S+\s+drop|select\b[^;\n]{{0,300}}?\b{_CALLED}"
    rf"|(?:{_LOGS}|kill\s+(?:query\s+|connection\s+)?\d+\s*;))[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_SQL_TEXT = re.compile(r"'[^']*'|--[^\n]*")
_MONGO = re.compile(r"dropDatabase\s*\(|\.drop\s*\(|\.delete(?:One|Many)\s*\(|\.remove\s*\(")
_SEARCH_CONSOLE = re.compile(r"(?:DELETE\s+/?[\w*{.-]|POST\s+\S*_delete_by_query)")
_RECORDS = re.compile(r"\b(?:delete|destroy)_all\b|\.(?:delete|truncate)\(\)|\bFile\.delete\b")

# fmt: off
_SQL_CLIENTS = {
    "psql", "mysql", "mariadb", "sqlite3", "clickhouse-client", "cqlsh", "sqlcmd", "bq", "cockroach",
    "trino", "presto", "snowsql", "duckdb", "sqlplus", "pgcli", "mycli", "vsql", "hive", "beeline", "influx",
}
_ALWAYS = {
    "unlink", "shred", "wipefs", "blkdiscard", "dropdb", "dropuser", "lvremove", "vgremove", "pvremove",
    "rmdir", "userdel", "groupdel", "deluser", "delgroup", "flushall", "flushdb", "kafka-delete-records",
    "kafka-delete-records.sh", "pg_resetwal", "pg_archivecleanup", "sdelete",
}
_RESET = "--reset-offsets"  # what was not read yet is never read
_CLOUD_VERBS = {"delete", "destroy", "purge", "terminate", "rm", "rb", "remove"}
_CLOUD_VERB = re.compile(r"(?:delete|purge|terminate)-\w+")
_CLOUDS = {
    "gcloud", "az", "openstack", "ibmcloud", "oci", "doctl", "hcloud", "aliyun", "linode-cli", "gsutil",
}
_VERBS = {
    "delete", "destroy", "drop", "truncate", "terminate", "wipe", "erase", "uninstall", "zap",
    "delete-topic", "delete-queue",
}
# Programs whose first words are verbs, besides those that end in -ctl, -cli, -adm or -admin.
_WITH_VERBS = {
    "helm", "nova", "pulumi", "argocd", "flux", "velero", "consul", "kops", "heroku", "fly",
    "cf", "influx", "ceph", "zfs", "zpool", "kind", "k3d", "minikube", "airflow", "juju",
    "pcs", "crm", "knife", "virsh", "vagrant", "qm", "pct", "swift", "wal-g", "ipset", "ceph-volume",
}
# What these programs call it.
_OWN_VERBS = {
    "vault": {"delete", "destroy", "disable", "revoke"}, "bq": {"rm"}, "nats": {"rm", "purge", "del"},
    "ceph": {"rm", "remove", "purge", "del", "destroy", "delete"}, "rbd": {"rm", "purge", "remove", "delete"},
    "rados": {"rm", "purge", "rmpool", "cleanup"}, "ctr": {"rm", "remove", "delete"},
    "buildah": {"rm", "rmi"},
    "s3cmd": {"del", "rm", "rb", "expire"}, "mc": {"rm", "rb"}, "rclone": {"delete", "purge", "deletefile"},
    "restic": {"forget", "prune"}, "borg": {"delete", "prune"},
    "pgbackrest": {"stanza-delete", "expire"}, "virsh": {"undefine", "destroy"},
    "nodetool": {"removenode", "decommission", "assassinate", "clearsnapshot"},
    "patronictl": {"remove", "reinit"}, "etcdctl": {"del", "remove"}, "rails": {"db:drop", "db:reset"},
    "rake": {"db:drop", "db:reset"}, "manage.py": {"flush", "sqlflush", "reset_db"},
    "artisan": {"migrate:fresh", "migrate:reset", "db:wipe"}, "celery": {"purge"}, "btrfs": {"delete"},
    "rabbitmqctl": {
        "purge_queue", "delete_queue", "delete_vhost", "delete_user", "reset", "force_reset",
        "forget_cluster_node",
    },
    "rabbitmqadmin": {"purge", "delete"},
    "mysqladmin": {"drop", "kill"}, "cockroach": {"decommission"}, "kubeadm": {"reset"},
    "apt": {"purge"}, "apt-get": {"purge"}, "nft": {"flush", "delete", "destroy"}, "ufw": {"reset"},
    "parted": {"rm", "mklabel"}, "vboxmanage": {"unregistervm"},
}
_VERB_PROGRAM = re.compile(r"[\w.-]*(?:ctl|cli|adm|admin)(?:\.sh|\.py)?")
_CONTAINERS = {"docker", "podman", "nerdctl", "crictl"}
_KUBECTLS = {"kubectl", "oc", "k", "kubectl.exe"}
_KUBECTL_OTHER = {
    "get", "describe", "logs", "exec", "top", "rollout", "create", "edit", "auth",
    "config", "explain", "label", "annotate", "cordon", "uncordon", "cp", "set", "port-forward",
    "wait", "debug", "run", "expose", "events", "api-resources", "rsh",
}
# fmt: on
_HARMLESS_FILE = re.compile(r"(?:\.(?:pid|lock|lck|tmp)|^/tmp/.*[^*/])$")
_NO_FILE = re.compile(r"/(?:dev|proc|sys|tmp)/")
_FORCED = re.compile(r"-(?:9|KILL|SIGKILL)")
_NO_REPLICAS = re.compile(r"[\"']?replicas[\"']?\s*:\s*0\b|finalizers[\"']?\s*:\s*(?:null|\[\s*\])")


def runs_destruction(
    program: str, rest: Sequence[str], *, fed: Sequence[str] = (), named_by_pipe: bool = False
) -> bool:
    """Does a program with these words destroy? `fed` is what `echo` pipes into it.

    `named_by_pipe`: its last words come from a pipe (xargs).
    """
    lower = program.lower()
    if rule := _RULES.get(lower):
        by_pipe = lower == "rm" and named_by_pipe
        return by_pipe or rule((*rest, *fed) if lower in _FED else rest)
    return _says_so(lower, rest, fed) or _is_one_that_does(program, rest)


def _says_so(lower: str, rest: Sequence[str], fed: Sequence[str]) -> bool:
    """By a verb, or by the SQL that it is given."""
    verbs = _verbs(rest, 6)
    if lower in _SQL_CLIENTS and any(
        _SQL.search(_SQL_TEXT.sub(" ", word)) for word in (*rest, " ".join(fed))
    ):
        return True
    if _OWN_VERBS.get(lower, set()) & set(verbs[:4]):
        return True
    if lower in _CLOUDS:
        return bool(_CLOUD_VERBS & set(verbs)) or any(map(_CLOUD_VERB.match, verbs))
    has_verbs = lower in _WITH_VERBS or _VERB_PROGRAM.fullmatch(lower) is not None
    return has_verbs and bool(_VERBS & set(verbs[:3]))


def _is_one_that_does(program: str, rest: Sequence[str]) -> bool:
    lower = program.lower()
    return (
        lower in _ALWAYS
        or lower.startswith("mkfs")
        or (lower.startswith("kafka-") and "--delete" in rest)
        or (lower.startswith("kafka-") and _RESET in rest and "--execute" in rest)
        or re.match(r"Remove-[A-Z]", program) is not None
        or _SEARCH_CONSOLE.match(" ".join((program, *rest[:3]))) is not None
    )


def empties_a_file(words: Sequence[str]) -> bool:
    """`> /var/log/app.log`, `: > app.log`, `cat /dev/null > app.log`, `echo "" > app.log`.

    With nothing before it a `>` may be the prompt of a client: only a path is a file then.
    """
    if not any(word.startswith(">") and not word.startswith(">>") for word in words):
        return False
    spaced = " ".join(words).replace(">", "> ").split()
    at = spaced.index(">")
    if at != len(spaced) - 2:
        return False
    target, before = spaced[-1], spaced[:at]
    if _NO_FILE.match(target) or _HARMLESS_FILE.search(target):
        return False
    if not before:
        return target.startswith(("/", "~", "$"))
    return before in ([":"], ["true"], ["cat", "/dev/null"], ["echo"], ["echo", "-n"], ["printf"])


def _verbs(rest: Sequence[str], count: int) -> list[str]:
    return [word for word in rest if not word.startswith("-")][:count]


def _rm(rest: Sequence[str]) -> bool:
    targets = [word for word in rest if not word.startswith("-")]
    recursive = any(re.fullmatch(r"-\w*[rR]\w*|--recursive", word) for word in rest)
    return bool(targets) and (recursive or not all(_HARMLESS_FILE.search(t) for t in targets))


def _kubectl(rest: Sequence[str]) -> bool:
    """By the first word that is a verb."""
    for word in rest:
        if rule := _KUBECTL_VERBS.get(word):
            return rule(rest)
        if word in _KUBECTL_OTHER or word == "--":
            return False
    return False


def _scales_to_nothing(rest: Sequence[str]) -> bool:
    return "--replicas=0" in rest or ("--replicas", "0") in pairwise(rest)


_KUBECTL_VERBS: dict[str, Callable[[Sequence[str]], bool]] = {
    "delete": lambda rest: not {"--dry-run=client", "--dry-run=server"} & set(rest),
    # What the pods kept on the node is gone, and the pods that nobody makes again.
    "drain": lambda rest: any(word.startswith(("--delete-", "--force")) for word in rest),
    "replace": lambda rest: "--force" in rest,  # deletes, and makes anew
    "scale": _scales_to_nothing,  # nobody knows afterwards how many there were
    "patch": lambda rest: any(map(_NO_REPLICAS.search, rest)),
    "apply": lambda rest: "--prune" in rest,
    "prune": lambda rest: "--confirm" in rest,
}


def _find(rest: Sequence[str]) -> bool:
    return "-delete" in rest or any(
        word in ("-exec", "-execdir") and PurePosixPath(after).name in ("rm", "shred", "truncate")
        for word, after in pairwise(rest)
    )


_AWS_VERB = re.compile(
    r"(?:delete|terminate|purge|batch-delete|schedule-key-deletion|release-address|deregister-image)\b"
)


def _aws(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 6)
    s3 = "s3" in verbs and bool({"rm", "rb"} & set(verbs))
    named = any(_AWS_VERB.match(word) for word in verbs)
    return (s3 or named or ("s3" in verbs and "--delete" in rest)) and "--dryrun" not in rest


def _curl(rest: Sequence[str]) -> bool:
    joined = " ".join(rest)
    asks = re.search(r"(?:-X\s?|--request[ =]|--method[ =])DELETE\b", joined)
    return (
        asks is not None or re.search(r"/(?:_delete_by_query|delete_series)\b", joined) is not None
    )


def _docker(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 2)
    if verbs[:1] == ["compose"]:
        return "down" in rest and bool({"-v", "--volumes"} & set(rest))
    if verbs[:2] == ["service", "scale"]:
        return any(word.endswith("=0") for word in rest)
    return bool(verbs) and (
        verbs[0] in ("rm", "rmi", "kill") or verbs[-1] in ("rm", "prune", "remove")
    )


def _git(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 8)
    verb = verbs[0] if verbs else ""
    forced = any(word in ("-f", "--force", "-fd", "-fdx", "-ffdx", "-xdf", "-df") for word in rest)
    if verb == "push":
        gone = any(word.startswith(("--force", "--delete", "--mirror")) for word in rest)
        return forced or gone or any(word.startswith(("+", ":")) for word in verbs[2:])
    if verb == "branch":
        return "-D" in rest
    if verb == "stash":
        return bool({"drop", "clear"} & set(verbs))
    return (verb == "reset" and "--hard" in rest) or (verb == "clean" and forced)


def _terraform(rest: Sequence[str]) -> bool:
    verbs = _verbs(rest, 2)
    return "destroy" in verbs or "-destroy" in rest or verbs == ["state", "rm"]


def _kill(rest: Sequence[str]) -> bool:
    """By force: a process that could not finish what it was writing."""
    signals = pairwise(rest)
    return any(map(_FORCED.fullmatch, rest)) or any(
        option in ("-s", "--signal") and name.removeprefix("SIG") in ("9", "KILL")
        for option, name in signals
    )


def _redis(rest: Sequence[str]) -> bool:
    words = {word.lower() for word in " ".join(rest).split()}
    if {"eval", "--eval"} & words:
        return (
            re.search(r"['\"](?:flush(?:all|db)|del|unlink)['\"]", " ".join(rest), re.IGNORECASE)
            is not None
        )
    return bool(_REDIS_VERBS & words) or {"shutdown", "nosave"} <= words


def _ruby(rest: Sequence[str]) -> bool:
    verbs = set(_verbs(rest, 3))
    return bool({"db:drop", "db:reset"} & verbs) or any(map(_RECORDS.search, rest))


def _python(rest: Sequence[str]) -> bool:
    script, *more = [*rest, ""]
    return PurePosixPath(script).name == "manage.py" and bool(
        _OWN_VERBS["manage.py"] & set(_verbs(more, 1))
    )


def _php(rest: Sequence[str]) -> bool:
    script, *more = [*rest, ""]
    return PurePosixPath(script).name == "artisan" and bool(
        _OWN_VERBS["artisan"] & set(_verbs(more, 1))
    )


_REDIS_VERBS = {
    "flushall",
    "flushdb",
    "del",
    "unlink",
    "xtrim",
    "ltrim",
    "hdel",
    "zremrangebyscore",
}
#: Programs to which one pipes what they are to do.
_FED = {"redis-cli", "valkey-cli", "keydb-cli", "nc", "ncat", "mongo", "mongosh"}
_RULES: dict[str, Callable[[Sequence[str]], bool]] = {
    "rm": _rm,
    "dd": lambda rest: any(word.startswith("of=") and word != "of=/dev/null" for word in rest),
    "truncate": lambda rest: any(word.startswith(("-s", "--size")) for word in rest),
    "find": _find,
    **dict.fromkeys(_KUBECTLS, _kubectl),
    "aws": _aws,
    "curl": _curl,
    **dict.fromkeys(("http", "https", "xh"), lambda rest: "DELETE" in rest[:3]),
    **dict.fromkeys(_CONTAINERS, _docker),
    "docker-compose": lambda rest: "down" in rest and bool({"-v", "--volumes"} & set(rest)),
    "git": _git,
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _terraform),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), _redis),
    **dict.fromkeys(("mongo", "mongosh"), lambda rest: _MONGO.search(" ".join(rest)) is not None),
    "rsync": lambda rest: any(word.startswith("--delete") for word in rest),
    "nomad": lambda rest: "-purge" in rest or bool(_VERBS & set(_verbs(rest, 3))),
    "journalctl": lambda rest: any(word.startswith("--vacuum-") for word in rest),
    "gh": lambda rest: "delete" in _verbs(rest, 2),
    "crontab": lambda rest: "-r" in rest,
    **dict.fromkeys(("kill", "pkill", "killall"), _kill),
    **dict.fromkeys(("rails", "rake", "bin/rails"), _ruby),
    **dict.fromkeys(("python", "python3"), _python),
    "php": _php,
    "wget": _curl,
    "iptables": lambda rest: bool({"-F", "--flush", "-X"} & set(rest)),
    "sgdisk": lambda rest: bool({"-Z", "--zap-all", "-o"} & set(rest)),
    "postsuper": lambda rest: "-d" in rest,
    "exim": lambda rest: "-Mrm" in rest,
    "del": lambda rest: any(word.lower() in ("/f", "/q", "/s") for word in rest),
    "rd": lambda rest: any(word.lower() == "/s" for word in rest),
    **dict.fromkeys(("nc", "ncat"), lambda rest: bool(_REDIS_VERBS & {w.lower() for w in rest})),
}
