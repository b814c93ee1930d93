"""Where alerts lead, for programs: `alert_links` in a team's CI, and whoever asks the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.urls import reverse

from portal.accounts.access import NOBODY, Viewer
from runbooks.alerts.answers import Answer, LeadsTo, Question
from runbooks.alerts.library import Candidate, Library, fitting, library_for, parted
from runbooks.alerts.links import is_label
from runbooks.models import Rendering, Runbook

#: Alerts in one question.
MOST_ALERTS = 500


def resolve(
    questions: Sequence[Question], viewer: Viewer = NOBODY, *, site_url: str = ""
) -> list[Answer]:
    """What a private service's runbook is called is left out for others; that there is one counts.

    An answer for each question, in their order; the number of queries does not grow with them."""
    library = library_for(
        (question.alert for question in questions),
        (link for question in questions for link in question.links),
        site_url=site_url,
    )
    found = [_candidates(question, library) for question in questions]
    variables = _variables({c.found.address_slug for several in found for c in several})
    return [
        _answer(question, several, library, variables, viewer)
        for question, several in zip(questions, found, strict=True)
    ]


def _candidates(question: Question, library: Library) -> list[Candidate]:
    return fitting(library.by_name(question.alert), question.labels)


def _answer(
    question: Question,
    several: list[Candidate],
    library: Library,
    variables: dict[str, list[str]],
    viewer: Viewer,
) -> Answer:
    links = {link: _state(library, link) for link in question.links}
    if not several:
        return Answer(question.alert, "none", links=links)
    needs = {name for c in several for name in variables.get(c.found.address_slug, ())}
    # All entries of the name count: a link is narrowed by labels that this question did not give.
    needs |= {m[0] for c in library.by_name(question.alert) for m in c.matchers}
    return Answer(
        alert=question.alert,
        status="live" if any(c.found.live for c in several) else "retired",
        runbooks=tuple(
            LeadsTo(c.found.address_slug, c.found.title, _url(c.found.address_slug))
            for c in parted(several, viewer)[0]
        ),
        needs=tuple(sorted(name for name in needs if is_label(name))),
        links=links,
    )


def _state(library: Library, link: str) -> str:
    found = library.by_link(link)
    if found is None:
        return "dead"
    if not found.live:
        return "retired"
    return "elsewhere" if library.guesses(link) else "live"


def _url(slug: str) -> str:
    return f"{settings.SITE_URL}{reverse('runbooks:runbook', args=[slug])}"


def _variables(slugs: Iterable[str]) -> dict[str, list[str]]:
    """The names that each runbook's commands have to be filled with."""
    wanted = sorted(slugs)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), MOST_ALERTS):
        chunk = wanted[start : start + MOST_ALERTS]
        live = Runbook.objects.filter(slug__in=chunk).values("live_revision_id")
        rows = Rendering.objects.filter(revision__in=live)
        for slug, facts in rows.values_list("revision__runbook__slug", "facts"):
            found[slug] = [used["name"] for used in facts.get("variables", ())]
    return found
