"""Text -> words, the same for documents and for queries. Pure Python: imports no Django.

Two readings of a text are made. `words` is the finest one, in order: `KubePodCrashLooping` and
`kube-pod crash_looping` are both `kube pod crash looping`. `terms` adds what people also type: each
CamelCase word whole, and what `_ - . / :` separate joined (`NX_DOMAIN` -> nx, domain, nxdomain).
Nothing is removed: a stop word only weighs less, and only in a query (understanding.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Longer ones are base64, hashes and minified code; nobody types them whole.
LONGEST_TERM = 64
#: `kube-state-metrics` is one thing, `/var/lib/app/data/x.db` is a path: only short runs are joined.
LONGEST_JOIN = 4

_COMPOUND = re.compile(r"[^\W_]+(?:[_\-./:]+[^\W_]+)*")
_CONNECTOR = re.compile(r"[_\-./:]+")
#: Plural acronyms first (`VMIs`, `OSDs`), then acronym before a word (`GRPCRequests`), words, digits.
_PIECE = re.compile(
    r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+"
)
_SIMPLE = re.compile(r"[a-z]+|[A-Z][a-z]+|\d+|[A-Z]+")


def folded(text: str) -> str:
    """Compatibility forms and accents taken away (`café` -> cafe), case kept for CamelCase."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def squashed(text: str) -> str:
    """Without case, spaces and punctuation: what "the same name" means for exact matches."""
    return "".join(c for c in folded(text).casefold() if c.isalnum())


def compounds(text: str) -> Iterator[str]:
    """`node_filesystem_files`, `10.0.0.1:6443`, `KubePodCrashLooping`: runs without a space."""
    for match in _COMPOUND.finditer(folded(text)):
        yield match.group()


@lru_cache(maxsize=8192)
def pieces(word: str) -> tuple[str, ...]:
    """One run of letters and digits cut where its case turns, lower-cased.

    Digits stay with the letters before them (`raid1`, `x509`, `HTTP2Errors` -> http2, errors), and a
    letter alone stays with a short neighbour (`IPv6`, `vCPU`). Without capitals there is no turn.
    """
    if _SIMPLE.fullmatch(word) or word == word.lower():
        return (word.lower(),)
    found: list[str] = []
    for piece in _PIECE.findall(word):
        if found and _sticks(found[-1], piece):
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(piece.lower() for piece in found) or (word.lower(),)


def _sticks(before: str, piece: str) -> bool:
    if piece.isdigit() or (len(before) == 1 and len(piece) < 4):
        return True
    return before[-1].isdigit() and len(piece) == 1 and piece.islower()


def words(text: str) -> list[str]:
    """The finest words in order."""
    return [
        piece
        for compound in compounds(text)
        for word in _CONNECTOR.split(compound)
        for piece in pieces(word)
        if len(piece) <= LONGEST_TERM
    ]


def terms(text: str) -> list[str]:
    """`words` and their joined forms; repeated as often as they stand in the text."""
    found: list[str] = []
    for compound in compounds(text):
        found += _terms_of(compound)
    return found


@lru_cache(maxsize=8192)
def _terms_of(compound: str) -> tuple[str, ...]:
    found: list[str] = []
    runs = _CONNECTOR.split(compound)
    for run in runs:
        parts = pieces(run)
        found += parts
        if len(parts) > 1:
            found.append(run.lower())
        elif letters := _before_digits(parts[0]):
            found.append(letters)
    if 1 < len(runs) <= LONGEST_JOIN:
        found.append("".join(runs).lower())
    return tuple(term for term in found if len(term) <= LONGEST_TERM)


def _before_digits(word: str) -> str:
    """`raid` of `raid1`; nothing of `x509`, `7d9f8b6c5` or a word without digits."""
    letters = word.rstrip("0123456789")
    return letters if letters != word and len(letters) > 2 and letters.isalpha() else ""


def joins(parts: list[str], longest: int = 3) -> Iterator[tuple[int, int, str]]:
    """(start, end, joined) of neighbours: `kube virt` also meets `kubevirt`, `tsdb wal` `TSDBWAL`."""
    for start in range(len(parts)):
        joined = parts[start]
        for end in range(start + 1, min(start + longest, len(parts))):
            joined += parts[end]
            if len(joined) > LONGEST_TERM:
                break
            yield start, end + 1, joined


_ENDINGS = (
    "ability", "ibility", "ations", "ation", "ition", "ement", "ness", "ment", "able", "ible", "ency", "ence",
    "ancy", "ance", "ate", "ion", "ent", "ant", "ure", "ity", "al", "ly",
)  # fmt: skip
_VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A light stem: restarting, restarted, restarts -> restart; expires, expiration -> expir.

    It only finds inflections that the index has (they weigh less than the word itself), so it may
    be rough: nothing is stored under it alone.
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    stemmed = _without_derivation(_without_tense(_singular(word)))
    if len(stemmed) > 4 and stemmed[-1] == "e":
        return stemmed[:-1]
    return stemmed[:-1] + "i" if stemmed[-1] == "y" else stemmed


def _singular(word: str) -> str:
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zes")) else word[:-1]


def _without_tense(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) > 2 and _VOWEL.search(rest):
            if rest[-1] == rest[-2] and rest[-1] not in "lsz":
                return rest[:-1]
            short = len(rest) == 3 and _VOWEL.match(rest[1]) and rest[-1] not in "aeiouwxy"
            return rest + "e" if short else rest
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-3] + "y"
    return word[:-1] if word.endswith("ed") and len(word) == 4 else word


def _without_derivation(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word[: -len(ending)]
    return word
