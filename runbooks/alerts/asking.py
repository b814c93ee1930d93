"""Asking a portal over the network where alerts lead: for a team's CI, which has no database of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from runbooks.alerts.answers import Answer, LeadsTo, Question
from runbooks.asking_portals import PortalRefused, ask

__all__ = ["PortalRefused", "ask_portal"]

BATCH = 200


def ask_portal(portal: str, token: str, questions: Sequence[Question]) -> tuple[str, list[Answer]]:
    """(the portal's own address, an answer for each question in order). Raises PortalRefused."""
    answers: list[Answer] = []
    site_url = portal.rstrip("/")
    # An empty question still says whether the portal is there, and what it calls itself.
    for start in range(0, max(len(questions), 1), BATCH):
        told = _asked(portal, token, questions[start : start + BATCH])
        site_url, more = _read(told)
        answers += more
    if len(answers) != len(questions):
        raise PortalRefused("The portal did not answer each question: is it the same version?")
    return site_url, answers


def _asked(portal: str, token: str, questions: Iterable[Question]) -> Any:
    body = {
        "alerts": [
            {"alert": q.alert, "labels": q.labels, "links": list(q.links)} for q in questions
        ]
    }
    return ask(portal, "/api/v1/alerts/resolve", token=token, body=body)


def _read(told: Any) -> tuple[str, list[Answer]]:
    try:
        answers = [
            Answer(
                alert=str(item["alert"]),
                status=str(item["status"]),
                runbooks=tuple(
                    LeadsTo(str(r["slug"]), str(r["title"]), str(r["url"]))
                    for r in item["runbooks"]
                ),
                needs=tuple(str(name) for name in item["needs"]),
                links={str(link): str(state) for link, state in item["links"].items()},
            )
            for item in told["alerts"]
        ]
        return str(told["site_url"]), answers
    except (KeyError, TypeError, AttributeError):
        raise PortalRefused("The portal's answer cannot be read: is it the same version?") from None
