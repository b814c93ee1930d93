"""How a runbook's own words are put into what is said in a drill. Pure."""

from __future__ import annotations

import html
import re

from drills.scenario.commands import program_of
from drills.scenario.kinds import ASKS, ASKS_WHETHER, CONDITION, LEADS, VERBS, only_tells
from drills.scenario.source import Source, StepFacts

_VARIABLE = re.compile(r"\{\{\s*\$?\.?([\w.-]+)[^{}]*\}\}")
_REFERENCE = re.compile(r"!?\[([^\[\]]+)\](?:\[[^\[\]]*\]|\([^()\s]*\)?)?")
_TAG = re.compile(
    r"</?(?:a|b|i|p|br|em|strong|code|pre|div|span|td|tr|th|table|ul|ol|li|details"
    r"|summary|img|kbd|sub|sup|u|s|h\d)\b[^<>]*>",
    re.IGNORECASE,
)
_LITTER = re.compile(r"\*\*|__|~~|`|^#+\s+|^>\s+|^[-*+]\s+|\{[.#:][^{}]*\}")
#: More strokes than a short shell line has are a table.
_A_PIPE = 2
_STRONG = re.compile(
    r"(?:[,;:]\s| [-–—] | \(|\s(?:that|which|where|because|so that|in order to|using"
    r"|by|when|if|unless|via)\s)"
)
_WEAK = re.compile(r"\s(?:and|or|with|from|before|after|until|for|to)\s")
_BEFORE_COLON = re.compile(r"^([A-Z0-9(“\"'][^:.]{1,70}?)(?:\s+-\s+|:\s+)(?=\S)")
_ENDS_OPEN = re.compile(
    r"[\s,;:(\-–—/]+$|\s(?:a|an|the|and|or|of|to|in|on|at|for|by|with|from|that|which"
    r"|if|is|are|not|its|e\.g|i\.e|see|as|such|such as|like|via|using)$",
    re.IGNORECASE,
)
#: "the logs for errors", "pods via kubectl get": what follows is how or for what, not what.
_BY_MEANS = re.compile(
    r"\s(?:for|if|when|via|using|with|by|through"
    r"|to (?:see|find|make|identify|view|determine|check)|such as|including|like)\b"
    r"|(?:,|\sand|\sthen)\s(?:look|see|check|try|make|verify|run|find|note|open|then)\b|:\s|\s[-–—]\s"
)
_DETERMINED = re.compile(
    r"^(?:the|a|an|any|all|both|each|every|some|your|our|its|their|this|that|these"
    r"|those|how|what|which|who|why|when|where"
    r"|whether|if|in|on|at|for|of|out|over|other|another|recent)\b"
)
#: A first sentence shorter than this is a number or a mark.
_LEAST = 10
_WHOLE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(])")
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("<", ">"))
#: A capital that only begins a sentence: of a name ("Kafka", "etcd's") nothing is lowered.
_BEGINS = re.compile(
    r"(?:a|all|an|any|are|at|both|can|customers|do|does|each|every|few|for|from|has|have|here"
    r"|how|if|in|is|it|its|many|most|my|no|nobody|none|not|nothing|on|one|only|orders|our"
    r"|people|requests|some|somebody|such|that|the|their|there|these|they|this|those|two"
    r"|users|we|what|when|where|which|while|who|why|with|you|your"
    r")",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """One line of words: no Markdown or HTML left over, no reference marks."""
    text = _VARIABLE.sub(r"<\1>", text)
    text = _REFERENCE.sub(r"\1", html.unescape(text))
    text = _LITTER.sub("", _TAG.sub(" ", text))
    if text.count("|") > _A_PIPE:
        text = text.replace("|", " ")
    return " ".join(text.split()).strip(" -–—")


def head(text: str, most: int = 90) -> str:
    """The first thing that a text says, whole where it fits, else to the end of a clause. No full stop."""
    whole = _WHOLE.split(tidy(text), maxsplit=2)
    said = whole[0]
    if len(said) < _LEAST and len(whole) > 1:
        said = f"{said} {whole[1]}"
    label = _BEFORE_COLON.match(said)
    if label and len(said) > most:
        said = raised(ordered(said)) or label[1]
    return cut(said, most)


def cut(text: str, most: int) -> str:
    """To the end of a clause within `most`, or of a word; never with half a bracket or quotation."""
    text = tidy(text).rstrip(" :;,.-–")
    whole = len(text) <= most
    if not whole:
        ends = [m.start() for m in _STRONG.finditer(text, 0, most) if m.start() >= most // 3]
        ends = ends or [m.start() for m in _WEAK.finditer(text, 0, most) if m.start() >= most // 2]
        text = text[: ends[-1]] if ends else text[: most - 1].rsplit(" ", 1)[0] + " …"
    bare = text.removesuffix(" …")
    for opened, closed in _PAIRS:
        if opened == "<" and not re.search(r"<[A-Za-z]", bare):
            continue  # less than
        if bare.count(opened) > bare.count(closed):
            bare = bare[: bare.rindex(opened)]
        if closed in ")]" and bare.count(closed) > bare.count(opened):
            bare = "".join(bare.rpartition(closed)[::2])
    if bare.count('"') % 2:
        bare = bare[: bare.rindex('"')] + bare[bare.rindex('"') + 1 :]
    shorter = bare if whole else _ENDS_OPEN.sub("", bare)
    while shorter != bare:
        bare, shorter = shorter, _ENDS_OPEN.sub("", shorter)
    return f"{bare} …" if text.endswith(" …") else bare or text


def sentence(text: str) -> str:
    """Closed by one mark."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…", "”", "。")) else f"{text}."


def nested(text: str) -> str:
    """Quotations within quotations take the inner marks."""
    depth, out = 0, []
    for letter in text:
        depth += letter == "“"
        inner = depth > 1
        out.append({"“": "‘", "”": "’"}.get(letter, letter) if inner else letter)
        depth -= letter == "”" and depth > 0
    return "".join(out)


def title_of(step: StepFacts, most: int = 90) -> str:
    """What the step says to do; where it begins with an explanation, the sentence after that."""
    whole = CONDITION.sub("", tidy(step.title))
    if whole != tidy(step.title) and ordered(whole):
        return raised(head(whole, most))
    if not ordered(step.title) and not step.title.rstrip().endswith("?"):
        for said in _WHOLE.split(tidy(step.title), maxsplit=4)[1:4]:
            if ordered(said):
                return head(said, most)
    return head(step.title, most) or step.label


def named(step: StepFacts) -> str:
    return f"{step.label} (“{title_of(step)}”)"


#: "To delete it:" says what one does there.
_TO = re.compile(r"^(?:in order )?to\s+", re.IGNORECASE)


def ordered(text: str) -> str:
    """What a step tells one to do, from its verb on: of "Network: Restart it" the second part; else ""."""
    said = CONDITION.sub("", LEADS.sub("", tidy(text)))
    for _ in range(2):
        if said.split(" ", 1)[0].casefold().rstrip(",") in VERBS:
            return said
        label = _BEFORE_COLON.match(said)
        if label is None:
            break
        said = CONDITION.sub("", LEADS.sub("", said[label.end() :]))
    purpose = _TO.sub("", said)
    return purpose if purpose != said and purpose.split(" ", 1)[0] in VERBS else ""


_SOFT = re.compile(
    r"^(?:(?:create|open|file|raise|submit|log|make|write)\b(?: \w+){0,3} "
    r"(?:issue|ticket|incident|case|bug|request|mr|pr)"
    r"|mention|post|contact|notify|inform|tell|call|page|escalate|reach|ask|email|mail|announce|discuss|see|refer|read|review|consult|visit|view|note|consider|look|check|verify"
    r"|ensure|confirm|investigate|examine|inspect"
    r"|determine|identify|find|make sure|compare|follow|monitor|watch|wait|login"
    r"|log (?:in|into|on|onto)|sign|connect|navigate|open|access|obtain|get|list|show|use|try|go"
    r"|know|understand|decide|plan|enter|choose|select|click|press|copy|say)\b",
    re.IGNORECASE,
)


def changes(step: StepFacts) -> bool:
    """Whether its words tell one to change something, in words that stand within another sentence."""
    return (
        is_order(step)
        and not _SOFT.match(ordered(step.title))
        and not doing(step).startswith("do ")
    )


#: What only explains: " - usually it is better to …", " (see below)".
_BESIDES = re.compile(r"\s[-–—]\s|\s\(")
#: "end it", "run those": of what, only the sentence before says.
_POINTS_BACK = re.compile(
    r"^\w+(?:\s+\w+)?\s+(?:it|them|those|these|this|that|one)\b(?!\s+[a-z]{4,}\s+\w)", re.IGNORECASE
)


def doing(step: StepFacts) -> str:
    """The step as something that one does, as the rest of a sentence: "restart the app", or "do R2"."""
    said = head(ordered(title_of(step, 200)), 100)
    short = _BESIDES.split(said)[0]
    said = short if short.count(" ") else said
    if not said or said.endswith("…") or said.count(" ") < 1 or _POINTS_BACK.search(said):
        return f"do {step.label}"
    return said[:1].lower() + said[1:]


def is_order(step: StepFacts) -> bool:
    """Whether its words tell one to do something, and do not only name or describe."""
    return bool(ordered(title_of(step, 200)))


_STATES = re.compile(
    r"\b(?:is|are|was|were|exists?|has|have|points? to|matches|runs|equals)\b|=(?:True|Yes|False|No)\b",
    re.IGNORECASE,
)


#: "the dashboard to understand how it is": what follows is what one looks for, and not what is so.
_FOR_WHAT = re.compile(
    r"\sto\s(?:see|understand|find|determine|check|ensure|learn|know|identify|get)\b"
)


def states(text: str) -> bool:
    """Whether it neither orders nor asks, but states something that is so or not."""
    text = _FOR_WHAT.split(text, maxsplit=1)[0]
    whole = bool(_STATES.search(text)) and not re.search(
        r"\b(?:where|that|which|if|how (?:many|much|long))\b", text
    )
    return whole and not ordered(text) and len(text.split()) <= 16


def subject(step: StepFacts) -> str:
    """What a looking step looks at, as a noun; "" where its words do not give one."""
    said = title_of(step, 80)
    if said.endswith("?"):
        return ""
    rest = ASKS.sub("", LEADS.sub("", said))
    if (
        rest == said
        or re.match(r"(?:look|search|check) for\b", said, re.IGNORECASE)
        or ASKS_WHETHER.match(LEADS.sub("", said))
        or said.endswith("…")
    ):
        return ""
    rest = lowered(_BY_MEANS.split(rest, maxsplit=1)[0].strip())
    if states(rest) or re.match(r"(?:it|they|this|that|there|you|we|to)\b", rest):
        return ""
    bare = re.match(r"^[a-z]+(?:\s|$)", rest) and not _DETERMINED.match(rest)
    return f"the {rest}" if bare else rest


def asked(step: StepFacts) -> str:
    """What somebody who cannot look would ask about this step; "" where its words do not give it."""
    said = "…" if only_tells(step.title) else LEADS.sub("", title_of(step, 110))
    if said.endswith("…"):
        return ""
    if said.endswith("?"):
        return said
    if states(said):
        return f"Is it so: {lowered(said)}?"
    if ASKS_WHETHER.match(said) or states(ASKS.sub("", said)):
        return f"Do we know yet whether {lowered(ASKS.sub('', said))}?"
    what = subject(step)
    return f"What do we know about {what}?" if what else ""


def lowered(text: str) -> str:
    """As the rest of a sentence: a capital that only began one goes."""
    first = text.split(" ", 1)[0].strip(",:;")
    after = text[len(first) :].strip()[:1]
    orders = first.istitle() and first.casefold().rstrip("s") in VERBS and not after.isupper()
    if _BEGINS.fullmatch(first) or orders:
        return text[:1].lower() + text[1:]
    return text


def small(text: str) -> str:
    """With a small letter, whatever it begins with: for sentences of our own."""
    return text[:1].lower() + text[1:]


def raised(text: str) -> str:
    return text[:1].upper() + text[1:]


def program(step: StepFacts) -> str:
    return next(filter(None, (program_of(command) for _, command in step.commands)), "")


def first_line(step: StepFacts) -> str:
    text = re.sub(r"\\[ \t]*\n\s*", " ", step.commands[0][1])
    return next(
        (line.strip() for line in text.split("\n") if program_of(line)), text.split("\n")[0].strip()
    )


def listed(items: list[str], most: int = 4) -> str:
    kept = items[:most]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    if more or len(kept) < 2:
        return ", ".join(kept) + more
    return f"{', '.join(kept[:-1])} and {kept[-1]}"


_NO_IMPACT = re.compile(
    r"severity:|depends on|\bimpact:|^(?:none|n/?a|unknown|varies)\b|\b(?:this|the) alert\b|\binformative"
    r"|can be (?:skipped|ignored)|will be (?:deprecated|replaced|removed)",
    re.IGNORECASE,
)


def noticed(source: Source, most: int = 150) -> str:
    """What one notices outside, as Impact says it; "" where it says nothing of that kind."""
    for said in source.impact[:6]:
        plain = tidy(said)
        if plain.endswith((":", " to")):
            continue
        if 3 <= len(plain.split()) <= 45 and not _NO_IMPACT.search(plain):
            return cut(plain, most)
    return ""
