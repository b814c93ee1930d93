"""From a step's command to what is printed: which tool, through which pipe. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from drills.scenario.commands import METRIC, SHELLS, program_of
from drills.scenario.printing.cloud import (
    print_cloud,
    print_docker,
    print_git,
    print_helm,
    print_silences,
    print_terraform,
)
from drills.scenario.printing.host import (
    print_certificate,
    print_disk,
    print_dns,
    print_gpu,
    print_interface,
    print_io,
    print_log,
    print_mail,
    print_memory,
    print_ping,
    print_raid,
    print_shell,
    print_sockets,
    print_time,
    print_top,
    print_unit,
    print_windows,
)
from drills.scenario.printing.kube import print_kube
from drills.scenario.printing.look import Look, table
from drills.scenario.printing.pipes import filtered, is_silent, logical_lines, parts, unwrapped
from drills.scenario.printing.sql import print_sql
from drills.scenario.printing.stores import (
    print_ceph,
    print_etcd,
    print_kafka,
    print_rabbit,
    print_redis,
)
from drills.scenario.printing.web import metric_value, print_http, print_metric

Print = Callable[[str, Look], str]
#: A line of YAML, where a block is called shell and is none.
_KEY = re.compile(r"^\s*(?:- )?[\w./-]+:(?:\s|$)")
_FILES = ("yaml", "yml", "json", "toml", "ini", "xml", "hcl")
_QUERIES = ("promql", "logql")
_SQL = ("sql", "postgresql", "mysql")
_WINDOWS = ("powershell", "ps1", "pwsh", "bat", "cmd", "batch")
_PRINTERS: tuple[tuple[str, Print], ...] = (
    ("kubectl oc", print_kube),
    ("psql mysql mariadb sqlite3 mongosh mongo pgbench clickhouse-client cqlsh sqlcmd", print_sql),
    ("journalctl tail dmesg less crictl cat head zcat ls find stat grep awk sed stern", print_log),
    ("df du lsblk", print_disk),
    ("free vmstat", print_memory),
    ("top htop ps uptime pgrep", print_top),
    ("iostat sar", print_io),
    ("systemctl service supervisorctl", print_unit),
    ("ss netstat lsof", print_sockets),
    ("ip ifconfig ethtool nmcli", print_interface),
    ("ssh", print_shell),
    ("ping traceroute mtr nc telnet tcpdump", print_ping),
    ("dig nslookup host getent", print_dns),
    ("openssl cfssl certbot", print_certificate),
    ("ntpq chronyc timedatectl", print_time),
    ("mdadm smartctl mount", print_raid),
    ("nvidia-smi", print_gpu),
    ("mailq postqueue postsuper exim", print_mail),
    ("curl wget http https", print_http),
    ("redis-cli valkey-cli", print_redis),
    ("kafka-topics kafka-consumer-groups kafka-configs kcat", print_kafka),
    ("rabbitmqctl rabbitmq-diagnostics rabbitmq-queues", print_rabbit),
    ("etcdctl", print_etcd),
    ("ceph rados rbd", print_ceph),
    ("aws gcloud az gsutil doctl", print_cloud),
    ("helm", print_helm),
    ("docker docker-compose podman nerdctl", print_docker),
    ("terraform", print_terraform),
    ("git", print_git),
    ("amtool promtool", print_silences),
)
_BY_PROGRAM = {program: draw for programs, draw in _PRINTERS for program in programs.split()}


def printed(language: str, command: str, look: Look) -> str:
    """The whole of what one sees: each line that prints something, with its prompt."""
    if language in _QUERIES or (
        not program_of(command)
        and METRIC.search(command)
        and language not in _SQL
        and not (language in SHELLS and _SCRIPT.search(command))
    ):
        return f"{_shown(command)}\n{print_metric(command, look)}"
    if language in _SQL:
        return f"{_shown(command)}\n{print_sql(command, look)}"
    if language in _WINDOWS:
        first = command.strip().split("\n")[0]
        return f"> {first}\n{print_windows(first, look)}"
    if language in _FILES and not program_of(command.split("\n", maxsplit=1)[0]):
        return "(a configuration to compare with: read out what stands in yours today)"
    lines = [line for line in command.split("\n") if line.strip()]
    if not program_of(command) and sum(bool(_KEY.match(line)) for line in lines) * 2 > len(lines):
        return "(a configuration to compare with: read out what stands in yours today)"
    seen: list[str] = []
    for line in logical_lines(command):
        out = "" if is_silent(line) else _of_line(line, look)
        seen.append(f"$ {_shown(line)}" + (f"\n{out}" if out else ""))
    return "\n".join(seen)


#: A script, whatever it calls: no query has assignments or loops.
_SCRIPT = re.compile(r"^\s*(?:\w+=|export\s|for\s|while\s|if\s)", re.MULTILINE)


def _shown(command: str) -> str:
    lines = re.sub(r"\s*\|?\s*\\?$", "", command.strip()).split("\n")
    return "\n> ".join([*lines[:6], *(["…"] if len(lines) > 6 else [])])[:600]


def _of_line(line: str, look: Look) -> str:
    out: list[str] = []
    for each in parts(line, "&&")[:3]:
        loud = (one for one in parts(each, ";")[:3] if not is_silent(one))
        out += [_of_pipe(one.split("||")[0].strip(), look) for one in loud]
    return "\n".join(dict.fromkeys(each for each in out if each))


def _of_pipe(line: str, look: Look) -> str:
    inner = unwrapped(line)
    if inner != line:
        inner = inner.strip()
        if len(parts(inner, "&&")) > 1 or len(parts(inner, ";")) > 1:
            return _of_line(inner, look) if inner != line else ""
    pipe = parts(inner, "|") or [inner]
    while len(pipe) > 1 and re.match(r"^(?:echo|cat\s*<|yes|printf)\b", pipe[0]):
        pipe = pipe[1:]
    pipe[0] = unwrapped(pipe[0])
    program = program_of(pipe[0]) or pipe[0].split(" ", 1)[0].rpartition("/")[2]
    program = program.removesuffix(".sh") if program.startswith("kafka") else program
    draw = _BY_PROGRAM.get(program)
    if draw is None and len(pipe) > 1:
        # What a pipe ends in may be what prints: `… | openssl x509 -enddate`.
        last = next(
            (each for each in reversed(pipe) if program_of(each) in ("openssl", "psql", "mysql")),
            "",
        )
        draw = _BY_PROGRAM.get(program_of(last))
        if draw is not None:
            return draw(last, look)
    if program == "openssl":
        return print_certificate(inner, look)
    if "/metrics" in pipe[0] and (names := _metric_names(" ".join(pipe[1:]))):
        return "\n".join(f"{name} {metric_value(name, look)}" for name in names)
    piped = next((each for each in pipe[1:] if each.startswith("xargs")), "")
    if (
        last := program_of(re.sub(r"^xargs\s+(?:-\S+\s+)*", "", piped))
    ) in _BY_PROGRAM and last != "grep":
        return _BY_PROGRAM[last](piped, look)
    said = draw(pipe[0], look) if draw else _unknown(look)
    return filtered(said, pipe[1:], look)


def _metric_names(filters: str) -> list[str]:
    """What a filter over a page of metrics asks for: `^app:(waiting|running)` are two names."""
    found = re.search(r"grep\s+(?:-\w+\s+)*['\"]?\^?([\w:]*)(?:\(([\w:|]+)\))?", filters)
    if not found or not (found[1] or found[2]):
        return []
    return [f"{found[1]}{each}" for each in (found[2] or "").split("|")][:4]


#: How programs of all kinds are asked for a list or a state.
_LISTS = re.compile(r"\s(?:ls|list|show|status|get|state)\b")


def _unknown(look: Look) -> str:
    """A program of the company's own: what it says is what the step expects, or that it did its work."""
    if not look.step.looks or look.nothing():
        return "(no output, exit code 0)"
    if look.value():
        return look.value()
    if _LISTS.search(look.step.commands[0][1] if look.step.commands else ""):
        state = ("failed", "ok", "ok") if look.troubled else ("ok", "ok", "ok")
        rows = [(f"{look.world.workload}-{n}", each) for n, each in enumerate(state, 1)]
        return table(("NAME", "STATE"), rows)
    return look.log(2)
