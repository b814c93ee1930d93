"""Where a term stands, packed: for each code (documents.py) the primary keys that have it.

Grouped by code, a whole run of runbooks gets its weight in one `dict.fromkeys`, at the speed of C.
Layout, unsigned 32-bit: number of codes; code, count for each; then all keys in that order.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator, Set

_CODE = 32
_KEY = (1 << _CODE) - 1
_FEW = 32

Postings = dict[int, "array[int]"]  # code -> primary keys, sorted


def gathered(found: array[int]) -> Postings:
    """From entries, each `code << 32 | primary key`, in any order. No runbook may stand in it twice."""
    postings: Postings = {}
    for entry in sorted(found) if len(found) > 1 else found:
        code = entry >> _CODE
        if code not in postings:
            postings[code] = array("I")
        postings[code].append(entry & _KEY)
    return postings


def packed(postings: Postings) -> bytes:
    """`postings` without empty runs, keys sorted in each."""
    by_code = sorted(postings.items())
    head = array("I", [len(by_code)])
    for code, keys in by_code:
        head.extend((code, len(keys)))
    body = [keys for _, keys in by_code]
    return b"".join(_little(numbers).tobytes() for numbers in (head, *body))


def runs(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """(code, primary keys), without a copy."""
    numbers = memoryview(data).cast("I") if sys.byteorder == "little" else _swapped(data)
    at = 1 + 2 * numbers[0]
    for i in range(numbers[0]):
        code, count = numbers[1 + 2 * i], numbers[2 + 2 * i]
        yield code, numbers[at : at + count]
        at += count


def changed(data: bytes, *, gone: Set[int], new: Postings) -> Postings:
    """What was packed, without the runbooks in `gone`, with `new`. A few keys are cut out of and put into
    long runs in place; that is what publishing one runbook does to every word that it has."""
    postings: Postings = {}
    for code, packed_keys in runs(data):
        left = _without(array("I", packed_keys), gone)
        if left:
            postings[code] = left
    for code, keys in new.items():
        kept = postings.setdefault(code, array("I"))
        if len(keys) > _FEW:
            postings[code] = array("I", sorted([*kept, *keys]))
        else:
            for key in keys:
                insort(kept, key)
    return postings


def _without(keys: array[int], gone: Set[int]) -> array[int]:
    if len(gone) > _FEW:
        return array("I", [key for key in keys if key not in gone])
    for key in gone:
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]
    return keys


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers


def _swapped(data: bytes) -> memoryview:
    numbers = array("I", data)
    numbers.byteswap()
    return memoryview(numbers)


#: No runbook at all.
EMPTY = packed({})
