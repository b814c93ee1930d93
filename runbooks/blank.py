"""The text that a new runbook begins with: every section, each with the question it answers. Pure."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./+%-]*[A-Za-z0-9]|[A-Za-z0-9]")
_READ_OTHERWISE = re.compile(r"[\d._+-]+|true|false|yes|no|on|off|null|y|n", re.IGNORECASE)

_BODY = """\
## Symptoms
What one sees, literally: the alert's words, log lines, what customers say.

## Trigger
What makes the alert fire.

## Impact
Who cannot do what while it lasts, and what is safe.

## Diagnosis
1. Look at one thing that tells the likely causes apart. {.observe}
   ```sh
   a command that only looks
   ```
   Expect: what a healthy system answers. If it answers otherwise, go to R1.

## Mitigation
1. What stops the bleeding without repairing it. {.change undo="the command that takes it back"}
   ```sh
   a command
   ```
   Expect: what is better, and how soon.

## Resolution
1. What repairs it. {.change undo="the command that takes it back"}
   ```sh
   a command
   ```
   Expect: how one knows that it is over.

## Prevention
- A link to the work that keeps it from coming back. Status: open, with whom.

## Escalation
Whom to page, after how long, and what to tell them.
"""


def blank_text(*, title: str = "", alert: str = "", service: str = "", owner: str = "") -> str:
    """A whole runbook to fill in, its front matter filled with what is known. Values come from outside."""
    lines = ["---", f"title: {_scalar(title or 'What one sees, not the fix')}"]
    lines.append(f"services: [{_scalar(service)}]" if service else "services: []")
    lines.append(f"alerts: [{_scalar(alert)}]" if alert else "alerts: []")
    lines += ["severity: medium", f"owner: {_scalar(owner or 'your-user-name')}", "---"]
    return "\n".join(lines) + "\n" + _BODY


def _scalar(value: str) -> str:
    value = " ".join(value.split())[:300]
    if _PLAIN.fullmatch(value) and not _READ_OTHERWISE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
