"""What the headings of a runbook mean: the section names and their synonyms."""

from __future__ import annotations

import re

from runbooks.format.plain import plain_text
from runbooks.format.shapes import SectionName

SYNONYMS: dict[SectionName, tuple[str, ...]] = {
    "symptoms": (
        "symptoms",
        "symptom",
        "what you see",
        "what you will see",
        "what you'll see",
        "signs",
        "what is happening",
        "what's happening",
        "meaning",
        "what it means",
        "what does it mean",
        "what this means",
        "what does this mean",
        "what does this alert mean",
        "what this alert means",
        "background",
        "context",
        "description",
        "alert description",
        "overview",
        "summary",
        "introduction",
        "about this alert",
        "problem",
        "issue",
    ),
    "trigger": (
        "trigger",
        "triggers",
        "detection",
        "how it is detected",
        "how is it detected",
        "alert",
        "alerts",
        "alert details",
        "alert definition",
        "triggering condition",
        "when to use",
        "when to use this runbook",
    ),
    "impact": (
        "impact",
        "customer impact",
        "user impact",
        "business impact",
        "service impact",
        "what is the impact",
        "consequences",
        "blast radius",
        "severity",
    ),
    "diagnosis": (
        "diagnosis",
        "diagnose",
        "diagnostics",
        "diagnostic steps",
        "troubleshooting",
        "troubleshoot",
        "troubleshooting steps",
        "how to troubleshoot",
        "investigation",
        "investigate",
        "investigation steps",
        "how to investigate",
        "debugging",
        "debug",
        "how to debug",
        "triage",
        "initial triage",
        "verification",
        "verify",
        "analysis",
        "checks",
        "what to check",
        "first steps",
        "diagnosis steps",
        "quick diagnosis",
        "quick diagnostics",
        "initial diagnosis",
        "initial investigation",
        "troubleshooting guide",
        "troubleshooting pointers",
        "triage steps",
        "triage checklist",
        "possible checks",
        "steps to check",
    ),
    "mitigation": (
        "mitigation",
        "mitigate",
        "mitigations",
        "mitigation steps",
        "stop the bleeding",
        "workaround",
        "workarounds",
        "immediate action",
        "immediate actions",
        "immediate mitigation",
        "immediate response",
        "immediate steps",
        "short term fix",
        "quick fix",
        "containment",
        "mitigation procedure",
    ),
    "resolution": (
        "resolution",
        "resolve",
        "resolution steps",
        "how to resolve",
        "remediation",
        "remediate",
        "remediation steps",
        "fix",
        "fixes",
        "how to fix",
        "how to fix it",
        "solution",
        "solutions",
        "recovery",
        "recovery steps",
        "recover",
        "repair",
        "procedure",
        "long term fix",
        "actions",
        "what to do",
        "steps",
        "rollback",
        "resolution procedure",
        "resolution procedures",
        "recovery procedure",
        "recovery procedures",
        "fix steps",
        "permanent fix",
        "root cause fix",
    ),
    "prevention": (
        "prevention",
        "prevent",
        "preventive measures",
        "preventative measures",
        "preventing it",
        "how to prevent",
        "follow up",
        "follow ups",
        "follow up actions",
        "post incident",
        "after the incident",
        "long term",
        "avoiding it",
    ),
    "escalation": (
        "escalation",
        "escalate",
        "escalations",
        "escalation path",
        "escalation policy",
        "escalation contacts",
        "when to escalate",
        "contact",
        "contacts",
        "who to contact",
        "getting help",
        "support",
    ),
}

_NAMES: dict[str, SectionName] = {word: name for name, words in SYNONYMS.items() for word in words}
_ANCHOR = re.compile(r"\{#[^{}]{0,200}\}\s*$")
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_NUMBERING = re.compile(
    r"^(?:\d{1,3}(?:\.\d{1,3})*[.):]?|[a-z][.)]|[ivx]{1,5}[.)]|step \d{1,3}[.:)]?)\s+"
)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SEVERAL = re.compile(r"\s*(?:/|,|&|\+|\band\b|\bor\b)\s*")
#: A heading longer than this names no section; it also bounds the patterns above.
_LONGEST = 200


def heading_text(heading: str) -> str:
    """A heading as people read it: no emphasis, links or anchor."""
    return " ".join(plain_text(_ANCHOR.sub("", heading)).split())


def plain_heading(heading: str) -> str:
    """The words of a heading: no emphasis, links, numbering, anchor or closing colon; case folded."""
    text = _ANCHOR.sub("", heading[:_LONGEST])
    text = _LINK.sub(r"\1", _TAG.sub("", text))
    text = text.replace("*", "").replace("`", "").replace("’", "'").casefold()
    text = _EDGES.sub("", " ".join(text.replace("-", " ").split()))
    return _EDGES.sub("", _NUMBERING.sub("", text))


def section_name(heading: str) -> SectionName | None:
    """Which section a heading opens: `## 2. **Troubleshooting**:` is "diagnosis".

    Of several names ("Impact and severity") the first one counts.
    """
    words = plain_heading(heading)
    return _NAMES.get(words) or _NAMES.get(_SEVERAL.split(words, maxsplit=1)[0])
