"""What kind of thing a step is: a look, an act, something that is so or not, a way to somewhere else. Pure.

Which section a step stands in says little of that: many a list called Mitigation begins with "Check …", many
a list called Diagnosis ends with "Restart …", and both name what may be the reason, or only where to read on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

#: Words that a step which tells one to do something begins with.
VERBS = frozenset(Path(__file__).with_name("verbs.txt").read_text(encoding="utf-8").split())
#: Those of them after which one knows more and nothing is changed.
_LOOKING = frozenset(
    [
        "check",
        "verify",
        "see",
        "find",
        "determine",
        "investigate",
        "confirm",
        "look",
        "ensure",
        "inspect",
        "examine",
        "review",
        "count",
        "list",
        "identify",
        "obtain",
        "view",
        "read",
        "retrieve",
        "analyze",
        "analyse",
        "observe",
        "monitor",
        "search",
        "query",
        "compare",
        "diagnose",
        "show",
        "describe",
        "get",
        "fetch",
        "gather",
        "measure",
        "trace",
        "track",
        "test",
        "estimate",
        "evaluate",
        "locate",
        "scan",
        "debug",
        "troubleshoot",
        "watch",
        "collect",
        "correlate",
        "assess",
        "study",
        "discover",
        "browse",
        "consider",
        "make",
        "validate",
        "understand",
        "ask",
        "decide",
        "note",
        "correlate",
    ]
)
#: How a step that looks begins: the rest of it is what one looks at.
ASKS = re.compile(
    r"^(?:please\s+)?"
    r"(?:(?:check|verify|see|find out|determine|investigate|confirm|look)\s+(?:if|whether|that|for)"
    r"|check|verify|investigate|look (?:at|into|for)|inspect|examine|review|make sure|ensure|confirm"
    r"|count|list)(?:\s+that)?\s+",
    re.IGNORECASE,
)
ASKS_WHETHER = re.compile(
    r"^(?:please\s+)?(?:check|verify|see|find out|determine|investigate|confirm|look|ensure"
    r"|make sure|test|ask|decide)"
    r"\s+(?:if|whether|that)\s+",
    re.IGNORECASE,
)
#: More ways to begin a look, where it stands among what is done.
_FINDS = re.compile(
    r"^(?:please\s+)?(?:find|identify|obtain|view|read|determine|retrieve|analy[sz]e"
    r"|observe|monitor|search|query|compare|diagnose|validate|assess)\b",
    re.IGNORECASE,
)
#: "Look into using …" proposes something.
_PROPOSES = re.compile(
    r"^(?:please\s+)?(?:look into|consider|think about)\s+\w+ing\b", re.IGNORECASE
)
#: "If the disk is full, delete …": what a step does only sometimes begins after its comma.
CONDITION = re.compile(
    r"^(?:if|when|once|after|in case|otherwise|as soon as|(?:in order )?to|using|from|via"
    r"|with|under|within|in|on|as|at|for)\b(?:[^,.;:]|\.(?=\S)){4,140},\s+(?:(?:and|or)\b(?:[^,.;:]|\.(?=\S)){4,140},\s+)?"
    r"(?:then\s+|please\s+)?(?=[A-Za-z])(?!(?:including|such as|e\.g|for example)\b)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^[A-Z0-9][^:.]{1,60}:\s+(?=[A-Z])")
#: What stands before the verb and changes nothing of it.
LEADS = re.compile(
    r"^(?:\[[ xX]\]\s*)?(?:and\s+|or\s+|but\s+)?"
    r"(?:please|first|next|then|now|also|just|if possible|as a last resort|again"
    r"|(?!(?:ap|re|sup|multi)p?ly\b|only\b|rely\b|early\b)[a-z]+ly"
    r"|(?:you|we)(?:'ll|'d)?(?: (?:can|could|should|must|may|might|will|would))?(?: also| then)?"
    r"(?: (?:need|want|have|try|like) to)?|(?:the |your )?next (?:\w+ )?step is to|try to"
    r"|it is (?:best|recommended|advisable|useful) to)[,:]?\s+",
    re.IGNORECASE,
)
#: Something that is so or not: a reason that a runbook lists, and nothing that one does.
_STATES = re.compile(
    r"\b(?:is|are|was|were|isn't|aren't|wasn't|has|have|had|cannot|can't|does not|doesn't|do not|failed|fails"
    r"|(?:you|we|they)'re|(?:it|there)'s|exists?|runs|points? to|(?:may|might|can) be"
    r"|should|shouldn't|must|mustn't|won't|will)\b"
    r"|^(?:no|missing|too (?:many|few|much|little))\s+\w+"
    r"|^(?:\S+\s+){1,4}(?:failing|asking|returning|missing|stuck|unavailable|unreachable|not|full|down)\b",
    re.IGNORECASE,
)
#: To read on elsewhere, or to ask: nothing that one sees there is known here.
_POINTS = re.compile(
    r"^(?:please\s+)?(?:see|refer to|consult|read|follow|go to|have a look at|check out)\b[^.]{0,80}"
    r"(?:\b(?:runbooks?|guide|docs?|documentation|document|page|pages|wiki|readme|article|instructions?"
    r"|section|steps?|patterns|procedure|process|below|above|here|https?://\S+)\b|\.\w{2,6}$)"
    r"|^(?:see|refer to)\s+\S+$|^https?://\S+$|^[\w./-]+\.(?:md|html?|adoc)(?:#\S*)?$",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"^(?:the\s+)?#\S+|\b(?:slack|irc|chat|mailing list|support (?:case|ticket|portal)|channel)\b[^.]{0,30}$",
    re.IGNORECASE,
)
_CHANGES_KUBE = (
    r"\b(?:kubectl|oc)\b[^|;&]*?\s(?:delete|scale|patch|apply|edit|drain|cordon|uncordon|create|annotate|label"
    r"|taint|replace|set|rollout\s+(?:restart|undo|pause|resume)|exec\b.*\brm)\b"
)
_CHANGES = re.compile(
    rf"{_CHANGES_KUBE}"
    r"|\b(?:systemctl|service|supervisorctl)\b[^|;&]*\b(?:re)?(?:start|stop|load|enable|disable|mask)\b"
    r"|\b(?:docker|podman|docker-compose|crictl)\b[^|;&]*\s(?:rm|rmi|restart|stop|start|kill|up|down|prune|run)\b"
    r"|\b(?:helm|argocd|flux)\b[^|;&]*\s(?:upgrade|rollback|install|uninstall|sync|delete|suspend|resume)\b"
    r"|\bgit\s+(?:push|revert|commit|reset|merge)\b|\bterraform\s+(?:apply|destroy|import|taint|state\s+\w+)\b"
    r"|\bcurl\b.*?(?:\s-X\s*|--request[ =])['\"]?(?:POST|PUT|DELETE|PATCH)|\bcurl\b.*\s(?:-d|--data\S*)\s"
    r"|\b(?:config set|flushall|flushdb|failover|reset-offsets|--alter|--delete|--execute)\b"
    r"|(?:^|[|;&]\s*|sudo\s+|xargs\s+)(?:rm|mv|cp|kill|pkill|reboot|chmod|chown|mkdir|tee|truncate|mkfs\S*|resize2fs"
    r"|lvextend|xfs_growfs|mount|umount|shutdown)\s|\bsed\s+-i|\bfind\b.*-delete\b"
    r"|\b(?:aws|gcloud|az)\b[^|;&]*?\s(?:create|delete|update|modify|put|start|stop|reboot|terminate|attach|detach"
    r"|restore|resize|set|add|remove|enable|disable|revoke)[-\w]*\b"
    r"|^\s*(?:alter|create|drop|update|delete|insert|truncate|vacuum|reindex|grant|revoke)\s"
    r"|pg_(?:terminate|cancel)_backend|\bvelero\b.*\bcreate\b",
    re.IGNORECASE | re.MULTILINE,
)
#: Only sets up what follows: prints nothing, changes nothing.
_SETS_UP = re.compile(r"^\s*(?:export\s|cd\s|source\s|[A-Za-z_]\w*=|#|alias\s|set\s[-+]|$)")


_TELLS = re.compile(
    r"^[^:]{1,40}:\s*[~<>≤≥≈]?\s*\d|^[^:]{1,40}:\s*\w+ (?:higher|lower|more|less|faster|slower)$"
    r"|^.{0,60}\b(?:looks? (?:similar to|like)|similar to (?:this|the following)|is an example"
    r"|is the following|as follows|for example)\b"
    r"|^(?:an? |the )?(?:example|sample|output)\b|\b(?:provided|shown|given|listed) below\b",
    re.IGNORECASE,
)
#: What is so in general, or is said to the reader: nothing that one could find to be so tonight.
_EXPLAINS = re.compile(
    r"\b(?:you|you're|your|we|our|called|means?|refers? to|used (?:to|for|by|as)|likes? to"
    r"|is for|will|the (?:above|following)"
    r"|some \w+ have|notice|usually|typically|normally|in general|should be able)\b",
    re.IGNORECASE,
)
#: A thing, and nothing that one does with it.
_NAMED = re.compile(r"^(?:the|an?|any|this|these|some)\b", re.IGNORECASE)
_CONDITIONAL = re.compile(r"^(?:if|when|once|in case|unless|after)\b", re.IGNORECASE)


_BEGINS_BY = re.compile(r"^(?:start|begin) (?:by|with) ([a-z]+)ing\b", re.IGNORECASE)
#: "To view all of them:" tells one to view them.
_TO = re.compile(r"^(?:in order )?to\s+(?=[a-z])", re.IGNORECASE)


def _bare(title: str) -> str:
    """What it says to do, without "please", its condition and its label."""
    said = title.strip()
    for _ in range(4):
        said = CONDITION.sub("", LEADS.sub("", said))
    said = _BEGINS_BY.sub(r"\1", _TO.sub("", _LABELLED.sub("", said)))
    for _ in range(2):
        said = CONDITION.sub("", LEADS.sub("", said))
    return said


_NOTES = re.compile(
    r"^(?:take (?:a )?(?:note|look)|make a note|pay attention|keep an eye)\b", re.IGNORECASE
)


def verb_of(title: str) -> str:
    """The verb with which it tells one to do something; "" where it does not."""
    if _NOTES.match(_bare(title)):
        return "note"
    word = _bare(title).split(" ", 1)[0].rstrip(",:.")
    if len(word) > 1 and word.isupper():
        return ""  # SSH is a name, and ssh what one does
    return word.casefold() if word.casefold() in VERBS else ""


def points(title: str) -> bool:
    """Whether it only leads to another page or to people."""
    said = _bare(title)
    return bool(_POINTS.match(said)) or points_to_people(title)


#: What one looks at, and not words to read.
_BOARD = re.compile(
    r"\b(?:dashboards?|graphs?|panels?|charts?|console|metrics|logs?|kibana|grafana|sentry"
    r"|status page|monitor(?:ing)?|overview)\b|/d/",
    re.IGNORECASE,
)


def is_a_board(link: str) -> bool:
    return bool(_BOARD.search(link))


#: Getting somewhere, before anything is done there.
_WAYS = frozenset({
    "login", "log", "sign", "open", "navigate", "go", "connect", "access", "visit", "select",
    "choose", "click", "ssh", "enter", "wait", "browse",
})  # fmt: skip


def only_goes_there(title: str) -> bool:
    """Whether it only opens, signs in or waits: nothing is better for it."""
    return verb_of(title) in _WAYS


def points_to_people(title: str) -> bool:
    return not verb_of(title) and bool(_PEOPLE.search(title))


def is_so(title: str) -> bool:
    """Whether it states something that is so or not, and neither tells one to do anything nor leads on."""
    said = _bare(title)
    if verb_of(title) or points(title) or _CONDITIONAL.match(said):
        return False
    return bool(_STATES.search(said[:120]))


def only_tells(title: str) -> bool:
    """Whether it only gives a value or an example to compare with: "SSD: 1 to 5 ms"."""
    if verb_of(title):
        return False
    return bool(_TELLS.match(title.strip()) or (is_so(title) and _EXPLAINS.search(title)))


def only_sets_up(commands: Iterable[tuple[str, str]]) -> bool:
    lines = [line for _, code in commands for line in code.split("\n")]
    return bool(lines) and all(_SETS_UP.match(line) for line in lines)


def changes_something(commands: Iterable[tuple[str, str]]) -> bool:
    """Whether a command of it does more than look."""
    return any(_CHANGES.search(code) for _, code in commands)


def looks(
    title: str,
    *,
    observing: bool,
    destroys: bool,
    expects: bool,
    commands: Iterable[tuple[str, str]],
) -> bool:
    """Whether a step only looks. `observing`: it stands where one looks, or says so itself."""
    said, run = _bare(title), list(commands)
    if destroys or _PROPOSES.match(said):
        return False
    if is_so(title) and not changes_something(run):
        return True
    if not observing:
        finds = ASKS.match(said) or _FINDS.match(said) or (not run and _NAMED.match(said))
        asks = bool(finds) or (bool(run) and verb_of(title) in _LOOKING)
        return asks and not changes_something(run)
    if expects or only_sets_up(run):
        return True
    verb = verb_of(title)
    if not verb or verb in _LOOKING:
        return not (run and not verb and changes_something(run))
    return bool(run) and not changes_something(run) and not _ACTS.match(said)


#: How a step that changes something begins, whatever its commands are.
_ACTS = re.compile(
    r"^(?:restart|reboot|delete|remove|scale|move|rotate"
    r"|roll\s?back|revert|restore|update|upgrade|increase"
    r"|decrease|disable|enable|drain|kill|fail ?over|switch|replace|recreate|redeploy"
    r"|deploy|reset|add|apply|patch|clear"
    r"|purge|stop|start|resize|expand|extend|escalate|contact|notify|call|page"
    r"|rebalance|evict|terminate|revoke|block|raise)\b",
    re.IGNORECASE,
)
