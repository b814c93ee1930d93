"""What a step leaves to whoever does it: a right, a value to fill in, what a word means. Pure.

`assumptions` lists it before a drill; `trying` and `twists` make it happen in one.
"""

from __future__ import annotations

import re

from drills.scenario.source import StepFacts
from runbooks.format.placeholders import variable_names

#: Programs that take a right which not everybody has.
# fmt: off
GUARDED = frozenset({
    "kubectl", "oc", "psql", "mysql", "mongosh", "ssh", "sudo", "aws", "gcloud", "az", "etcdctl",
    "redis-cli", "terraform", "vault", "helm", "ceph", "rabbitmqctl", "systemctl",
})
# fmt: on
_VAGUE = re.compile(
    r"\b((?:too|very|abnormally|unusually) (?:high|low|slow|long|large|small|many|few)"
    r"|recently|properly|correctly|expected"
    r"|reasonable|sufficient|enough|appropriate|as usual|if applicable|if needed"
    r"|if necessary|if possible|suspicious|unusual"
    r"|relevant|significant(?:ly)?|healthy|normal)\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"<([a-z][a-z0-9 _-]{2,40})>|\$\{?([A-Z][A-Z0-9_]{2,})\}?")
_SET = re.compile(r"\b([A-Z][A-Z0-9_]{2,})=")


def vague_word(text: str) -> str:
    """The first word in it that each understands differently, in small letters; "" where there is none."""
    found = _VAGUE.search(text)
    return found[1].casefold() if found else ""


def blanks(step: StepFacts) -> list[str]:
    """What its commands want filled in and do not set themselves, each once, as the runbook writes it."""
    code = "\n".join(text for _, text in step.commands)
    given = set(_SET.findall(code))
    names = [m[1] or m[2] for m in _BLANK.finditer(code) if m[2] not in given]
    return list(dict.fromkeys((*names, *variable_names(code))))
