"""Alerts that monitoring has and no runbook names: what their rules say of them, for whoever looks for one.

A renamed or a new alert has no runbook of its own, but often there is one for what it is about. Its bare name
says little; its rule's summary and description say more, and the portal has read them.
"""

from __future__ import annotations

import threading

from runbooks.models import AlertName, AlertText
from runbooks.search.analysis import squashed

#: More alerts without a runbook than this, and the team has another problem than search.
_MOST = 5000
_lock = threading.Lock()
_read: tuple[str, dict[str, str]] | None = None


def told(q: str, counter: str) -> str:
    """Name and texts of the alert whose name or whole text `q` is, or "". `counter` is keeping.counter():
    while it stands, nothing is asked of the database."""
    global _read  # noqa: PLW0603 -- one small cache for the process
    found = _read
    if found is None or found[0] != counter:
        texts = _texts()
        with _lock:
            found = _read = (counter, texts)
    return found[1].get(squashed(q), "")


def _texts() -> dict[str, str]:
    """What is typed or pasted, without case and punctuation -> all that is known of its alert."""
    rows = AlertText.objects.exclude(folded__in=AlertName.objects.values("folded"))
    found: dict[str, str] = {}
    for name, summary, description in rows.order_by("pk").values_list(
        "name", "summary", "description"
    )[:_MOST]:
        known = " ".join(filter(None, (name, summary, description)))
        for said in (name, summary, description):
            if key := squashed(said):
                found.setdefault(key, known)
    return found
