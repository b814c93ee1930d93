"""What the tools of clouds, releases and version control print. Pure."""

from __future__ import annotations

import re

from drills.scenario.printing.look import Look, table

_CLOUD_CHANGES = re.compile(
    r"\b(?:create|delete|update|modify|put|start|stop|reboot|terminate|attach|detach"
    r"|restore|failover|resize|set|add|remove|enable|disable|revoke|authorize|promote"
    r"|invoke|run|rm|cp|mv|sync)[-\s\w]*\b",
)


def print_cloud(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each verb
    bad, value = look.troubled, look.value()
    words = " ".join(command.split()[1:4])
    if "metric" in words or "get-metric" in command:
        reading = look.number() or ("8123" if bad else "91.4")
        return (
            f'{{"Datapoints": [{{"Timestamp": "{look.world.clock(4)}", "Average":'
            f" {reading.replace(',', '')}}}]}}"
        )
    if re.search(r"\blogs?\b", words):
        return look.log()
    if re.search(r"\bs3\b.*\bls\b|\bls\b|gsutil\b.*ls", command):
        size = "0" if bad else "8412331"
        return f"{look.world.clock(-1560 if bad else -42)}   {size} {look.world.workload}-latest"
    if (
        _CLOUD_CHANGES.match(command.split(" ", 2)[2] if len(command.split()) > 2 else "")
        and not look.step.observes
    ):
        return '{"Status": "in progress"}' if command.startswith("aws") else "Updated."
    if not look.step.looks:
        return '{"Status": "in progress"}' if command.startswith("aws") else "done."
    if "query" in command or "--format" in command:
        return (
            f'"{value}"'
            if value and not value[:1].isdigit()
            else value or ('"failed"' if bad else '"available"')
        )
    return (
        f'{{"State": "{"impaired" if bad else "available"}", "Since":'
        f' "{look.world.clock() if bad else look.world.clock(-900)}"}}'
    )


def print_helm(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each verb
    bad, name = look.troubled, look.world.workload
    if "history" in command:
        return table(
            ("REVISION", "UPDATED", "STATUS", "DESCRIPTION"),
            [
                ("41", look.world.clock(-4200), "superseded", "Upgrade complete"),
                (
                    "42",
                    look.world.clock(-19),
                    "failed" if bad else "deployed",
                    "timed out waiting for the condition" if bad else "Upgrade complete",
                ),
            ],
        )
    if re.search(r"\bhelm\s+(?:search|show|repo list)\b", command):
        return table(
            ("NAME", "CHART VERSION", "APP VERSION"), [(f"stable/{name}", "4.2.1", "1.18.0")]
        )
    if "rollback" in command:
        return "Rollback was a success! Happy Helming!"
    if re.search(r"\bhelm\s+(?:ls|list)\b", command):
        return table(
            ("NAME", "REVISION", "STATUS"), [(name, "42", "pending-upgrade" if bad else "deployed")]
        )
    if "repo update" in command:
        return "Update Complete."
    if re.search(r"upgrade|install|uninstall", command):
        return f'Release "{name}" has been {"upgraded" if "upgrade" in command else "changed"}.'
    return f"NAME: {name}\nSTATUS: {'pending-upgrade' if bad else 'deployed'}\nREVISION: 42"


def print_docker(command: str, look: Look) -> str:
    if re.search(r"\blogs\b", command):
        return look.log()
    if re.search(r"\b(?:restart|start|stop|rm|kill|up|down|pull)\b", command):
        return look.world.workload
    if "stats" in command:
        return table(
            ("NAME", "CPU %", "MEM USAGE / LIMIT"),
            [
                (
                    look.world.workload,
                    "389.0%" if look.troubled else "12.1%",
                    "3.9GiB / 4GiB" if look.troubled else "1.1GiB / 4GiB",
                )
            ],
        )
    if "df" in command.split():
        return table(
            ("TYPE", "TOTAL", "SIZE", "RECLAIMABLE"), [("Images", "41", "38.2GB", "31.0GB (81%)")]
        )
    state = "Restarting (1) 12 seconds ago" if look.troubled else "Up 9 days (healthy)"
    return table(("NAMES", "STATUS"), [(look.world.workload, state)])


def print_terraform(command: str, look: Look) -> str:
    if "plan" in command:
        return "Plan: 0 to add, 1 to change, 0 to destroy."
    if "apply" in command:
        return "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    return look.value() or "Success! The configuration is valid."


def print_git(command: str, look: Look) -> str:
    if re.search(r"\b(?:log|show|blame|reflog)\b", command):
        return (
            f"4f1c2aa ({look.world.time(-19)}) raise the timeout, lower the"
            " pool\nb02d9e1 (yesterday) update dependencies"
        )
    if "revert" in command:
        return '[main 91ab3c0] Revert "raise the timeout, lower the pool"'
    if "status" in command or "diff" in command:
        return " M config" if look.troubled else "nothing to commit, working tree clean"
    return "Already up to date." if "pull" in command or "fetch" in command else "(done)"


def print_silences(command: str, look: Look) -> str:
    if "add" in command:
        return "b3ede22e-ca14-4aa0-932c-ca2f3445f926"
    if "silence" in command:
        return (
            table(
                ("ID", "Matchers", "Ends At", "Comment"),
                [
                    (
                        "b3ede22e",
                        f'alertname="{look.source.alerts[0] if look.source.alerts else "<alert>"}"',
                        look.world.clock(95),
                        "(no comment)",
                    )
                ],
            )
            if look.troubled
            else "(no silences)"
        )
    if "check-config" in command:
        return "FAILED: yaml: line 41: did not find expected key" if look.troubled else "SUCCESS"
    name = look.source.alerts[0] if look.source.alerts else "<alert>"
    return table(("Alertname", "Starts At", "State"), [(name, look.world.clock(), "active")])
