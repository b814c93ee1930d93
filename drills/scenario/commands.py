"""What of a runbook's code can be run, by which program, and what is only shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PROMPT = re.compile(r"^\s*[$#>%]\s+")
_COMMENT = re.compile(r"^\s*#\s")
SHELLS = ("sh", "bash", "shell", "console", "zsh", "shell-session", "powershell")
METRIC = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\s*[{\[(]|\b(?:rate|sum|histogram_quantile|increase|avg"
    r"|max|topk|bottomk|(?:sum|count|avg|min|max)\s+by)\s*\(|^\s*[a-z]+(?:_[a-z0-9]+){2,}\b"
)
#: Words that begin a line of shell; a span of code that begins with one can be run.
# fmt: off
TOOLS = frozenset({
    "kubectl", "oc", "helm", "docker", "crictl", "nerdctl", "podman", "etcdctl", "psql", "mysql",
    "mongosh", "redis-cli", "sqlite3", "curl", "wget", "http", "systemctl", "journalctl", "service",
    "ssh", "sudo", "df", "du", "free", "top", "htop", "ps", "ls", "cat", "tail", "head", "grep",
    "awk", "sed", "dmesg", "mount", "lsblk", "mdadm", "smartctl", "iostat", "vmstat", "sar", "ss",
    "netstat", "ip", "ping", "dig", "nslookup", "host", "traceroute", "nc", "telnet", "tcpdump",
    "openssl", "ntpq", "chronyc", "timedatectl", "amtool", "promtool", "prometheus", "aws",
    "gcloud", "az", "terraform", "ansible", "git", "nvidia-smi", "kafka-topics",
    "kafka-consumer-groups", "rabbitmqctl", "nginx", "haproxy", "consul", "vault", "nomad",
    "istioctl", "linkerd", "velero", "argocd", "flux", "python", "python3", "node", "npm", "java",
    "jstack", "jmap", "jcmd", "pg_dump", "pgbench", "watch", "flagctl", "breakglass", "mailq",
    "postqueue", "postsuper", "rabbitmq-diagnostics", "kafka-configs", "kcat", "ceph", "rados",
    "rbd", "virtctl", "getent", "lsof", "uptime", "pgrep", "mtr", "gsutil", "pg_isready",
    "patronictl", "repmgr", "mongo", "mariadb", "mysqladmin", "mysqldump", "cqlsh", "nodetool",
    "clickhouse-client", "logcli", "cmctl", "certbot", "supervisorctl", "docker-compose",
    "ldapsearch", "ethtool", "ifconfig", "nmcli", "ipmitool", "lvs", "vgs", "pvs", "lvextend",
    "resize2fs", "xfs_growfs", "iptables", "nft", "zpool", "zfs", "zgrep", "stern", "valkey-cli",
})
# fmt: on


def program_of(command: str) -> str:
    """The first word that is a program, past prompts, sudo and assignments; "" where there is none."""
    for line in command.split("\n"):
        for word in re.split(r"[\s|;&(]+", _PROMPT.sub("", line)):
            name = word.rpartition("/")[2]
            if name in TOOLS and name != "sudo":
                return name
            if name and name != "sudo" and not re.match(r"[A-Za-z_]\w*=|['\"<]|-|\w+>?['\"]", name):
                break
    return ""


def can_be_run(language: str, code: str) -> bool:
    """A block of code that one runs or asks, and no example of output or a file."""
    first = next((line for line in code.split("\n") if line.strip()), "").split(" ", 1)[0]
    if language in SHELLS and not program_of(code) and first.endswith(("]", ":")):
        return False  # a line of a log, in a block that is called a shell's
    if language in SHELLS or language in ("promql", "logql", "sql"):
        return True
    return bool(program_of(code)) or (language == "" and bool(METRIC.search(code)))


def runs(code: str) -> bool:
    """Whether a span of code is a command that one could run, and no name or value."""
    words = code.strip().split()
    return len(words) > 1 and words[0].lstrip("$ ").rpartition("/")[2] in TOOLS


def unprompted(text: str) -> str:
    """Without the `$ ` that many write before a command; output below it stays out."""
    lines = text.strip("\n").split("\n")
    asked = [line for line in lines if _PROMPT.match(line)]
    if not all(_COMMENT.match(line) for line in asked):
        asked = [line for line in asked if not _COMMENT.match(line)]
    elif not all(program_of(line) for line in asked):
        asked = []  # what begins with # is a comment here, and no root's prompt
    if asked:
        lines = list(_asked(lines, set(asked)))
    return "\n".join(lines).strip()


def _asked(lines: list[str], asked: set[str]) -> Iterator[str]:
    """The lines behind a prompt, and what goes on below one that ends in a backslash."""
    goes_on = False
    for line in lines:
        if goes_on or line in asked:
            yield line if goes_on else _PROMPT.sub("", line)
            goes_on = line.rstrip().endswith("\\")
