"""What a rule file's links are worth, and the same file with links to this portal. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from runbooks.alerts.answers import Answer, Question
from runbooks.alerts.links import OUR_KEY, alert_link, links_in, on_this_machine
from runbooks.alerts.reading import AlertRule, RuleFile
from runbooks.alerts.rewriting import with_links
from runbooks.alerts.yaml_tree import Mapping, Scalar, line_of, resolved

#: Finding codes. All but the last fail a check; a rule without a link only asks for one.
UNREADABLE = "unreadable"
NO_RUNBOOK = "no-runbook"
DEAD_LINK = "dead-link"
FOREIGN_LINK = "foreign-link"
NOT_SET = "not-set"
NO_LINK = "no-link"
FAILING = (UNREADABLE, NO_RUNBOOK, DEAD_LINK, FOREIGN_LINK, NOT_SET)


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """One thing wrong with a rule's link, at a 1-based line."""

    code: str
    path: str
    line: int
    alert: str
    message: str

    @property
    def fails(self) -> bool:
        return self.code in FAILING

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"

    def for_github(self) -> str:
        """A workflow command, which puts the sentence beside the line of a pull request."""
        level = "error" if self.fails else "warning"
        path = _escaped(self.path).replace(":", "%3A").replace(",", "%2C")
        return (
            f"::{level} file={path},line={self.line},title=Runbook link::{_escaped(self.message)}"
        )


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def question_of(rule: AlertRule) -> Question:
    """What is known of a rule before it fires: its name, the labels it states outright, its links."""
    return Question(rule.alert, stated_labels(rule), tuple(links_in(rule.annotations)))


def stated_labels(rule: AlertRule) -> dict[str, str]:
    return {name: value for name, value in rule.labels.items() if "{{" not in value}


def findings(
    path: str, file: RuleFile, answers: Sequence[Answer], *, site_url: str
) -> list[LinkFinding]:
    """What is wrong with the links of a file; `answers` are those to the questions of its rules, in order,
    and `site_url` is the address of the portal that gave them."""
    return [
        LinkFinding(code, path, line, rule.alert, message)
        for rule, answer in zip(file.rules, answers, strict=True)
        for code, line, message in _wrong_with(rule, answer, file.text, site_url)
    ]


def _wrong_with(
    rule: AlertRule, answer: Answer, text: str, site_url: str
) -> Iterator[tuple[str, int, str]]:
    links = links_in(rule.annotations)
    states = {link: answer.links.get(link, "") for link in links}
    lost = [link for link in links if on_this_machine(link) and not on_this_machine(site_url)]
    dead = [link for link in links if states[link] == "dead" and link not in lost]
    led = answer.status == "live" or not {"live", "elsewhere"}.isdisjoint(states.values())
    if not led:
        what = f"The alert {rule.alert} has no runbook"
        if answer.status == "retired":
            what = (
                f"The alert {rule.alert} has no live runbook: {answer.runbooks[0].slug} is retired"
            )
        elsewhere = [link for link in dead if not _ours(link, rule)]
        also = f"; its link leads nowhere in this portal: {elsewhere[0]}" if elsewhere else "."
        yield NO_RUNBOOK, rule.line, what + also
        dead = elsewhere[1:]
    for link in dead:
        line = _link_line(text, rule, link)
        yield DEAD_LINK, line, f"The link of {rule.alert} leads nowhere in this portal: {link}"
    for link in lost:
        what = f"The link of {rule.alert} leads to the machine of whoever follows it: {link}"
        yield DEAD_LINK, _link_line(text, rule, link), what
    # One link that the portal vouches for is enough.
    for link in links if "live" not in states.values() else ():
        if states[link] == "elsewhere" and link not in lost:
            what = f"The link of {rule.alert} leads to an address that this portal does not know: {link}"
            yield FOREIGN_LINK, _link_line(text, rule, link), what
    if led and not links:
        slug = answer.runbooks[0].slug
        what = f"The alert {rule.alert} carries no link to its runbook {slug}: --write sets it."
        yield NO_LINK, rule.line, what


def _ours(link: str, rule: AlertRule) -> bool:
    """The portal's own link of an alert that has no runbook there: that has been said already."""
    return link.partition("?")[0].endswith(f"/a/{quote(rule.alert, safe='')}")


def _link_line(text: str, rule: AlertRule, link: str) -> int:
    annotations = rule.node.get("annotations")
    if isinstance(annotations, Mapping):
        for key, value in annotations.items:
            plain = resolved(value)
            if isinstance(plain, Scalar) and plain.value.strip() == link:
                return line_of(text, key.start)
    return rule.line


@dataclass(frozen=True, slots=True)
class Written:
    """A file with its links set. `changed` counts links, `kept` those that were right already."""

    text: str
    changed: int
    kept: int
    refused: tuple[LinkFinding, ...]


def written(
    path: str,
    file: RuleFile,
    answers: Sequence[Answer],
    *,
    site_url: str,
    wanted: Callable[[Answer], bool],
) -> Written:
    """The file with `runbook_url` of each wanted rule leading to this portal, and nothing else changed."""
    links = {
        position: alert_link(site_url, rule.alert, answer.needs, stated_labels(rule))
        for position, (rule, answer) in enumerate(zip(file.rules, answers, strict=True))
        if wanted(answer)
    }
    text, refused = with_links(file, links)
    changed = sum(
        file.rules[position].annotations.get(OUR_KEY) != link for position, link in links.items()
    )
    not_set = tuple(LinkFinding(NOT_SET, path, error.line, "", str(error)) for error in refused)
    changed = changed - len(refused) if text != file.text else 0
    return Written(text, changed, len(links) - changed - len(refused), not_set)


def sorted_findings(found: Iterable[LinkFinding]) -> list[LinkFinding]:
    return sorted(found, key=lambda f: (f.path, f.line, f.code))
