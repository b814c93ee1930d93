"""What earlier imports proposed, so that a second run changes nothing. Only digests are held, no texts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from runbooks.document import DocumentError
from runbooks.frontmatter import set_field
from runbooks.models import Proposal

_SENTENCES = {
    Proposal.State.OPEN: "It waits as a proposal already.",
    Proposal.State.DECLINED: "It was declined as it is; a changed file is proposed again.",
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest proposal of an earlier import for one runbook. `same` when it has the same text."""

    pk: int
    state: str
    digest: bytes
    origin: str
    same: bool = False

    @property
    def sentence(self) -> str:
        return _SENTENCES.get(Proposal.State(self.state), "")


@dataclass(slots=True)
class EarlierImports:
    """`slugs` is what the files were called, by their names."""

    slugs: dict[str, str] = field(default_factory=dict)
    newest: dict[str, Earlier] = field(default_factory=dict)

    def of(self, slug: str, text: str) -> Earlier | None:
        earlier = self.newest.get(slug)
        if earlier is None:
            return None
        return replace(earlier, same=earlier.digest == digest(text))


def earlier_imports() -> EarlierImports:
    earlier = EarlierImports()
    proposals = (
        Proposal.objects.filter(kind=Proposal.Kind.IMPORT)
        .exclude(state=Proposal.State.WITHDRAWN)
        .order_by("pk")
        .values_list("pk", "origin", "slug", "state", "text")
    )
    for pk, origin, slug, state, text in proposals.iterator(chunk_size=200):
        earlier.slugs[origin] = slug
        earlier.newest[slug] = Earlier(pk, state, digest(text), origin)
    return earlier


def digest(text: str) -> bytes:
    """Of a text whoever its owner line names: that line is the portal's to write."""
    with suppress(DocumentError):
        text = set_field(text, "owner", "somebody")
    return blake2b(text.encode(), digest_size=16).digest()
