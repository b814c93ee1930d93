"""The tier that a step is shown with: its author's word, unless a command of it plainly destroys. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from runbooks.destruction import destructive_part
from runbooks.document import SectionName, Step, Tier
from runbooks.drawing.command_words import is_command
from runbooks.drawing.transcripts import typed_text

_LOOKS = "Looks only, changes nothing."
_UNSAID = "Its author did not say what changes."
_CHANGES: dict[SectionName, str] = {
    "diagnosis": "Some of it changes the system. Say the number on the call first.",
    "mitigation": "Stops the bleeding, does not repair.",
    "resolution": "Changes production. Say the number on the call first.",
}
#: "Never run `rm -rf /`" warns of a command, it does not ask for it.
_WARNED_OF = re.compile(
    r"\b(?:never|not|don['’]t|avoid|without|instead of)\b[^.;:]*$", re.IGNORECASE
)


def only_spoken_of(before: str) -> bool:
    """Does what stands before a command in its sentence warn of it?"""
    return _WARNED_OF.search(before) is not None


@dataclass(frozen=True, slots=True)
class ShownTier:
    """`stated`: written by the author. `marked` is false where the tier is ours against the author's."""

    tier: Tier
    stated: bool
    marked: bool = True


def shown_tier(step: Step, tokens: Sequence[Token]) -> ShownTier:
    """`tokens` are those of the step's Markdown, for the commands within its sentences."""
    if step.tier == "destructive" or not _destroys(step, tokens):
        return ShownTier(step.tier, step.tier_stated)
    return ShownTier("destructive", stated=step.tier_stated, marked=False)


def _destroys(step: Step, tokens: Sequence[Token]) -> bool:
    if any(_destroying(command.text, command.language) for command in step.commands):
        return True
    return any(is_command(text) and _destroying(text, "") for text in _inline(tokens))


def _destroying(text: str, language: str) -> str:
    return destructive_part(typed_text(text, language), language)


def _inline(tokens: Iterable[Token]) -> Iterable[str]:
    """Code within sentences that do not warn of it."""
    for token in tokens:
        before = ""
        for child in token.children or ():
            if child.type == "code_inline":
                if not only_spoken_of(before):
                    yield child.content
                before += "code"
            elif child.type in ("softbreak", "hardbreak"):
                before += " "
            else:
                before += child.content


def says(name: SectionName | None, tiers: Sequence[ShownTier]) -> str:
    """What a section says of its steps. That nothing changes is said only where its author said so."""
    if any(one.tier != "observe" for one in tiers):
        return _CHANGES[name or "diagnosis"]
    return _LOOKS if all(one.stated for one in tiers) else _UNSAID
