"""Steps that a tired person, or a program, can follow without filling in what is not written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import (
    ACCESS_NOT_DESCRIBED,
    NO_STEP,
    STEP_WITHOUT_COMMAND,
    STEP_WITHOUT_EXPECT,
)
from runbooks.checking.passages import Passage
from runbooks.checking.shapes import Case, Finding
from runbooks.document import Step
from runbooks.drawing.transcripts import typed_text

#: Ways in that not everybody has.
_WAY_IN = re.compile(
    r"\b(?:(?<!logs )(?<!logs of )log[ -]?(?:in|on)(?:to| to)|log into|login (?:to|at|into)|"
    r"log[ -]?in as|ssh(?:ing)? (?:in)?to|ssh access|"
    r"(?:via|over|using|through|with|on) (?:the |a )?(?:ssh|vpn|bastion|jump ?(?:host|box))|"
    r"open (?:a |an |the )?(?:\w+ )?(?:shell|console|session)(?: on| to| in)|"
    r"(?:have|need|needs|get|require|requires) (?:an? |the )?(?:admin(?:istrator)?|root|sudo|"
    r"cluster-admin|superuser|write|elevated) "
    r"(?:access|rights|permissions?|privileges)|break-?glass|"
    r"(?:using|with|as|become|use) (?:the )?(?:root|admin(?:istrator)?|superuser)(?: user| account)?"
    r"(?=\s*(?:$|[.,;:]|on\b|and\b))|"
    r"access(?:ing)? (?:to )?(?:the |a )?(?:node|host|server|machine|instance)s?\b)"
    r"|^(?:then |first |please |now )?(?:connect to (?:the |a )?(?:[\w.-]+ ){0,3}?(?:database|"
    r"db|host|server|machine|node|instance|cluster|vpn|bastion|primary|replica|broker)\b"
    r"|sign in(?: to|to) |rdp (?:in)?to |exec into |attach to the )",
    re.IGNORECASE,
)
#: Whoever the sentence is about, it is not the reader.
_OTHERS = re.compile(
    r"\b(?:users?|customers?|people|clients?|they|nobody|who|unable|cannot|can['’]t|fail(?:s|ed)?"
    r"(?: to)?|attempts?|failures?|whether|requests?|traffic|apps?|applications?|pods?)\b",
    re.IGNORECASE,
)

_EXPECT = "Write “Expect:” behind the command: what a healthy system answers, where to go if not."
_INDENT = (
    "Indent the block below, and its “Expect:”, as far as the step's first word: it stands outside."
)


#: It sets the stage for what comes: there is no answer to expect.
_PREPARES = re.compile(
    r"(?:(?:export|set|local|readonly) )?[A-Za-z_]\w*=|(?:cd|source|alias|chroot|export|unset) |\. |"
    r"(?:kubectl|oc|kubectx) config (?:use|set)-context |kubectx |kubens |oc (?:project|login) |"
    r"(?:aws|az|gcloud|vault|argocd|docker) (?:sso |auth )?login\b|sudo (?:-i|su)\b|#"
)
_CONTINUED_LINE = re.compile(r"\\\n[ \t]*")


def _only_prepares(step: Step) -> bool:
    typed = "\n".join(typed_text(c.text, c.language) for c in step.commands)
    lines = [line.strip() for line in _CONTINUED_LINE.sub(" ", typed).split("\n") if line.strip()]
    return bool(lines) and all(_PREPARES.match(line) for line in lines)


#: It is said, and no program finds it among the other words.
_IN_PROSE = re.compile(
    r"\b(?:should (?:see|show|say|print|return|be|have|answer)|must (?:be|show)|expected|"
    r"means?\b|otherwise)\b",
    re.IGNORECASE,
)


def _lack(passage: Passage) -> str:
    if _IN_PROSE.search(passage.text):
        return (
            "says what to expect only among its other words: no “Expect:” that one can hold it to."
        )
    return "does not say what to expect: nobody can tell a good answer from a bad one."


def has_a_step(case: Case) -> Iterator[Finding]:
    if not case.document.steps:
        yield Finding(
            NO_STEP,
            "This runbook gives the reader nothing to do: no step in Diagnosis, Mitigation or Resolution.",
            blocking=True,
            mend="Write a numbered list under “## Diagnosis” or “## Resolution”.",
        )


#: What a word of the answer means: "`OOMKilled` – the container went over its limit". No step of its own.
_ANSWER = re.compile(
    r"\s*(?:(?:[-*+]|\d{1,3}[.)])\s+)?(?:`[^`\n]{1,80}`|\*\*[A-Z][A-Z0-9_-]+\*\*)"
    r"(?: \([^()\n]{1,80}\)| at `[^`\n]{1,80}`)?"
    r"\s*(?:--|—|–|:|=|->|→|(?:indicates?|means?)\b)\s*\S",
)
#: A block that shows what the one before answers.
_SHOWS_AN_ANSWER = re.compile(
    r"\W*(?:expected|example|sample|healthy|normal) (?:\w+ )?(?:output|results?|response|answer)\b",
    re.IGNORECASE,
)


def diagnosis_can_be_tested(case: Case) -> Iterator[Finding]:
    for passage in case.passages:
        step = passage.step
        if step is None or step.section != "diagnosis" or step.expect:
            continue
        if passage.has_command and (_only_prepares(step) or _SHOWS_AN_ANSWER.match(passage.text)):
            continue
        if passage.has_command:
            yield Finding(
                STEP_WITHOUT_EXPECT,
                f"{step.label} {_lack(passage)}",
                line=step.line,
                field="step",
                mend=_INDENT if passage.followed_by_code else _EXPECT,
                about=step.title,
            )
        elif not passage.has_link and not passage.has_path and not _ANSWER.match(passage.text):
            yield Finding(
                STEP_WITHOUT_COMMAND,
                f"{step.label} gives nothing to run, to open or to expect.",
                line=step.line,
                field="step",
                mend="Write the command or the link, and “Expect:” what one sees.",
                about=step.title,
            )


def access_is_described(case: Case) -> Iterator[Finding]:
    described = case.document.meta.access
    said: set[str] = set()
    for step in case.document.steps:
        for name in step.access:
            entry = described.get(name)
            if name in said or (entry is not None and (entry.how or entry.check)):
                continue
            said.add(name)
            yield Finding(
                ACCESS_NOT_DESCRIBED,
                f"{step.label} needs the access “{name}”, and nothing says how to get it.",
                line=step.line,
                field="access",
                mend=f"Write “access: {{ {name}: {{ how: …, check: … }} }}” in the front matter.",
                about=name,
            )
    for passage in case.passages:
        yield from _way_in(passage)


#: "See [access to the console](…)", "The role needed is `db-read`": it is told behind.
_TELLS_ACCESS = re.compile(
    r"\b(?:see|refer to|follow)\b[^.]*\baccess|\b(?:role|group|permissions?) (?:needed|required)\b",
    re.IGNORECASE,
)
#: "Connect to the database:" with the command below: it says how. A shell on a node needs more than that.
_CONNECTS = re.compile(
    r"\W*(?:\w+ )?(?:connect|open)\b.*\b(?:database|db|psql|mysql|redis|sql)\b", re.IGNORECASE
)


def _typed_here(passage: Passage) -> bool:
    return passage.followed_by_code or (passage.step is not None and bool(passage.step.commands))


def _way_in(passage: Passage) -> Iterator[Finding]:
    if passage.step is not None and passage.step.access:
        return
    for at, sentence in enumerate(passage.sentences):
        if sentence.has_link or not (found := _WAY_IN.search(sentence.text)):
            continue
        if any(_TELLS_ACCESS.search(s.text) for s in passage.sentences[at + 1 : at + 5]):
            continue
        if _CONNECTS.match(found[0]) and _typed_here(passage):
            continue
        if not _OTHERS.search(sentence.text[: found.start()]):
            yield Finding(
                ACCESS_NOT_DESCRIBED,
                f"“{found[0]}”: not everybody can, and nothing says with which access.",
                line=sentence.line,
                field="access",
                mend="Name the access behind the step, {access=name}, and under “access:” how one gets it.",
                about=sentence.plain,
            )
            return
