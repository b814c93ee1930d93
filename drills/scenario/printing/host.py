"""What the tools of a Linux (or Windows) machine print. Pure."""

from __future__ import annotations

import re

from drills.scenario.printing.look import Look, table


def print_log(command: str, look: Look) -> str:
    if (
        re.search(r"\.(?:ya?ml|json|conf|cfg|ini|toml|env)\b|/etc/", command)
        and "log" not in command
    ):
        return "(a file to compare with: read out what stands in yours today)"
    if re.match(r"^\s*(?:ls|find|stat)\b", command):
        return _files(look)
    if re.match(r"^\s*(?:sudo\s+)?dmesg\b", command):
        if not look.troubled:
            return "(nothing newer than two days)"
        return "\n".join(f"[3541{n}20.418{n}11] {said}" for n, said in enumerate(look.errors(2)))
    return look.log()


def _files(look: Look) -> str:
    if look.nothing():
        return "total 0"
    old = look.world.clock(-840)[:5]
    new = look.world.clock(-3)[:5]
    size = "0" if look.troubled else "184320"
    return (
        f"total 412\n-rw-r--r-- 1 root root 212411 {old} {look.world.workload}.log.1\n-rw-r--r-- 1"
        f" root root {size:>6} {new} {look.world.workload}.log"
    )


def print_disk(command: str, look: Look) -> str:
    if re.match(r"^\s*(?:sudo\s+)?du\b", command):
        sizes = ("31G", "6.2G", "1.1G") if look.troubled else ("4.1G", "2.2G", "1.1G")
        where = re.findall(r"(?<![\w.])/[\w./-]+", command)
        root = f"{where[0].rstrip('/*')}/" if where else ""
        return "\n".join(
            f"{size}\t{root}{name}"
            for size, name in zip(sizes, ("data", "log", "tmp"), strict=True)
        )
    inodes = "-i" in command.split()
    value = re.match(r"\d+", look.value() if "%" in look.value() else "")
    used = int(value[0]) if value else (look.world.percent if look.troubled else 58)
    where = re.findall(r"(?<![\w.=])/[\w./-]*", command)
    mounted = where[-1] if where else "/"
    size = 6_553_600 if inodes else 100
    taken, left = size * used // 100, size - size * used // 100
    unit = "" if inodes else "G"
    head = (
        ("Filesystem", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on")
        if inodes
        else ("Filesystem", "Size", "Used", "Avail", "Use%", "Mounted on")
    )
    return table(
        head,
        [("/dev/sda1", f"{size}{unit}", f"{taken}{unit}", f"{left}{unit}", f"{used}%", mounted)],
    )


def print_memory(command: str, look: Look) -> str:
    if "vmstat" in command:
        run, wait = ("19", "6") if look.troubled else ("2", "0")
        return table(
            ("r", "b", "swpd", "free", "si", "so", "us", "sy", "id", "wa"),
            [(run, wait, "0", "412344", "0", "0", "71", "18", "4", "7")],
        )
    used, left = ("15Gi", "412Mi") if look.troubled else ("6.2Gi", "9.1Gi")
    rows = [
        ("Mem:", "15Gi", used, "1.1Gi", left),
        ("Swap:", "2.0Gi", "1.9Gi" if look.troubled else "0B", "", ""),
    ]
    return table(("", "total", "used", "buff/cache", "available"), rows)


def print_top(command: str, look: Look) -> str:
    load = (
        look.number()
        if look.number() and "load" in look.step.expect.casefold()
        else ("23.41" if look.troubled else "1.12")
    )
    if "uptime" in command:
        return f" {look.world.clock(9)} up 41 days,  2 users,  load average: {load}, {load}, {load}"
    if re.fullmatch(r"\d+", load):
        load += ".13"
    name = look.world.workload
    cpu, memory = ("389.0", "61.2") if look.troubled else ("12.3", "8.4")
    rows = [
        ("21407", "app", cpu, memory, name),
        ("1131", "root", "3.1", "0.9", "systemd"),
        ("842", "root", "0.7", "0.4", "sshd"),
    ]
    if re.match(r"^\s*(?:ps|pgrep)\b", command):
        if look.nothing():
            return "(nothing found, exit code 1)"
        if "defunct" in command or "pgrep" in command:
            return "21407 " + name
        return table(("PID", "USER", "%CPU", "%MEM", "COMMAND"), rows)
    return (
        f"top - {look.world.clock(9)} up 41 days,  2 users,  load average: {load}, {load}, {load}\n"
        + table(
            ("  PID", "USER", "%CPU", "%MEM", "COMMAND"),
            [(f"{row[0]:>5}", *row[1:]) for row in rows],
        )
    )


def print_io(command: str, look: Look) -> str:
    busy, wait = ("98.7", "412.30") if look.troubled else ("6.1", "1.20")
    return table(
        ("Device", "r/s", "w/s", "await", "%util"),
        [("sda", "12.0", "941.0" if look.troubled else "38.0", wait, busy)],
    )


def print_unit(command: str, look: Look) -> str:
    if re.search(r"\bsupervisorctl\s+status\b", command):
        state = (
            "FATAL     Exited too quickly"
            if look.troubled
            else "RUNNING   pid 21407, uptime 9 days"
        )
        return f"{look.world.workload}   {state}"
    found = re.search(
        r"\b([\w@.-]+)\s*$", command.split("|", maxsplit=1)[0].split("&&", maxsplit=1)[0].strip()
    )
    if old := re.match(r"^\s*(?:sudo\s+)?service\s+(\S+)", command):
        found = old
    unit = found[1].removesuffix(".service") if found else look.world.workload
    if (
        re.search(r"\b(?:restart|start|reload|stop|enable|disable|mask|daemon-reload)\b", command)
        and "status" not in command
    ):
        return "(no output, exit code 0)"
    bad = look.troubled
    if "is-active" in command:
        return "failed" if bad else "active"
    if "list-" in command or "--failed" in command:
        return (
            table(
                ("UNIT", "LOAD", "ACTIVE", "SUB"),
                [
                    (
                        f"{unit}.service"
                        if unit != "--failed"
                        else f"{look.world.workload}.service",
                        "loaded",
                        "failed",
                        "failed",
                    )
                ],
            )
            if bad
            else "0 loaded units listed."
        )
    state = (
        f"failed (Result: exit-code) since {look.world.clock()}; 9min ago"
        if bad
        else f"active (running) since {look.world.clock(-540)}; 9h ago"
    )
    said = f"\n\n{look.log(2)}"
    return (
        f"{'×' if bad else '●'} {unit}.service\n     Loaded: loaded"
        f" (/etc/systemd/system/{unit}.service; enabled)\n     Active: {state}\n  "
        f" Main PID: 21407{' (code=exited, status=1/FAILURE)' if bad else ''}{said}"
    )


def print_sockets(command: str, look: Look) -> str:
    if re.match(r"^\s*(?:sudo\s+)?lsof\b", command) and not re.search(r"-i|:\d", command):
        rows = [
            ("<process>", "21407", "app", "4096u", "REG", f"/var/log/{look.world.workload}.log")
        ] * (3 if look.troubled else 1)
        return table(("COMMAND", "PID", "USER", "FD", "TYPE", "NAME"), rows)
    port = re.search(r":(\d{2,5})\b", command)
    at = port[1] if port else "8080"
    if look.troubled:
        if ("-t" in command and "l" not in command) or "estab" in command.casefold():
            return table(
                ("State", "Recv-Q", "Send-Q", "Local", "Peer"),
                [("CLOSE-WAIT", "412", "0", f"<address>:{at}", "<address>:51120")] * 2,
            )
        return "(nothing listens there)"
    return table(
        ("State", "Recv-Q", "Send-Q", "Local Address:Port", "Process"),
        [("LISTEN", "0", "511", f"*:{at}", f'"{look.world.workload}",pid=21407')],
    )


def print_interface(command: str, look: Look) -> str:
    """`ip`, `ifconfig`, `ethtool`, `nmcli`: one interface, and whether its link is there."""
    if re.search(
        r"\b(?:up|down|add|del|set|restart|reload|flush|connect)\b", command.partition("|")[0]
    ):
        return "(no output, exit code 0)"
    asked = re.search(r"\bdev\s+([\w-]+)|\b((?:eth|ens|enp|eno|bond|br|wlan)\d[\w-]*)\b", command)
    name = (asked[1] or asked[2]) if asked else "eth0"
    bad = look.troubled
    if re.search(r"\bethtool\b", command):
        if re.search(r"\s-S\b", command):
            return f"rx_errors: {4120 if bad else 0}\ntx_errors: {18 if bad else 0}"
        speed, link = ("Unknown!", "no") if bad else ("10000Mb/s", "yes")
        return f"Settings for {name}:\n\tSpeed: {speed}\n\tDuplex: Full\n\tLink detected: {link}"
    if re.search(r"\broute\b", command):
        return "(no default route)" if bad else f"default via <gateway> dev {name}"
    if re.search(r"\bnmcli\b", command):
        return table(
            ("DEVICE", "TYPE", "STATE", "CONNECTION"),
            [(name, "ethernet", "unavailable" if bad else "connected", "--" if bad else name)],
        )
    flags, state = ("NO-CARRIER,UP", "DOWN") if bad else ("UP,LOWER_UP", "UP")
    return (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN\n"
        f"2: {name}: <BROADCAST,MULTICAST,{flags}> mtu 1500 state {state}"
    )


def print_shell(command: str, look: Look) -> str:
    """Somebody signs in and does nothing yet."""
    return "(signed in; the prompt is that of the other machine)"


def print_ping(command: str, look: Look) -> str:
    if re.match(r"^\s*(?:nc|telnet|ncat)\b", command):
        return "Connection timed out" if look.troubled else "succeeded!"
    if re.match(r"^\s*(?:traceroute|mtr|tracepath)\b", command):
        last = "3  * * *" if look.troubled else "3  <target>  2.1 ms"
        return f"1  <gateway>  0.4 ms\n2  <hop 2>  1.2 ms\n{last}"
    if look.troubled:
        return "4 packets transmitted, 1 received, 75% packet loss, time 3061ms"
    return (
        "4 packets transmitted, 4 received, 0% packet loss, time 3004ms\nrtt"
        " min/avg/max/mdev = 0.41/0.47/0.58/0.06 ms"
    )


def print_dns(command: str, look: Look) -> str:
    wanted = re.match(r"^[\"'`]?(\d{1,3}(?:\.\d{1,3}){3})", look.step.expect)
    if look.troubled:
        return ";; communications error: timed out\n;; no servers could be reached"
    if "+short" in command:
        return wanted[1] if wanted else "<address>"
    return (
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR\n;; ANSWER:"
        f" 1\n{wanted[1] if wanted else '<address>'}\n;; Query time: 4 msec"
    )


def print_certificate(command: str, look: Look) -> str:
    if "verify" in command:
        return "error 10 at 0 depth lookup: certificate has expired" if look.troubled else "OK"
    if look.troubled:
        return f"notAfter=(today) {look.world.clock(38)} GMT"
    return "notAfter=(in 71 days) 09:00:00 GMT"


def print_time(command: str, look: Look) -> str:
    off = "+4.118 s" if look.troubled else "+0.000211 s"
    sync = "no" if look.troubled else "yes"
    return f"System clock synchronized: {sync}\nLast offset: {off}"


def print_raid(command: str, look: Look) -> str:
    if "smartctl" in command:
        return (
            "SMART overall-health self-assessment test result:"
            f" {'FAILED!' if look.troubled else 'PASSED'}\nReallocated_Sector_Ct "
            f" {'1184' if look.troubled else '0'}"
        )
    disks = "[2/1] [U_]" if look.troubled else "[2/2] [UU]"
    return f"md0 : active raid1\n      976630464 blocks {disks}"


def print_gpu(command: str, look: Look) -> str:
    used, busy = ("80912MiB / 81920MiB", "0%") if look.troubled else ("51220MiB / 81920MiB", "64%")
    return table(
        ("GPU", "Memory-Usage", "GPU-Util", "Processes"),
        [
            ("0", used, busy, "python (21407)"),
            ("1", "50910MiB / 81920MiB", "61%", "python (21502)"),
        ],
    )


def print_mail(command: str, look: Look) -> str:
    if re.search(r"postqueue\s+-f|postsuper", command):
        return "(no output, exit code 0)"
    count = look.number() or ("8412" if look.troubled else "31")
    return f"-- {int(count.replace(',', '').split('.')[0]) * 14 if count else 0} Kbytes in {count} Requests."


def print_windows(command: str, look: Look) -> str:
    low = command.casefold()
    if (
        re.match(r"^\s*(?:start|restart|set|stop|remove|add|new|enable|disable|clear)-", low)
        or "iisreset" in low
    ):
        return "Internet services successfully restarted" if "iisreset" in low else "(no output)"
    if "event" in low:
        rows = (
            [(look.world.clock(1), "Error", look.errors(1)[0])]
            if look.troubled
            else [(look.world.clock(-60), "Information", "The service entered the running state.")]
        )
        return table(("TimeCreated", "LevelDisplayName", "Message"), rows)
    return table(
        ("Name", "State"), [(look.world.workload, "Stopped" if look.troubled else "Started")]
    )
