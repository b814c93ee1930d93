"""The generated library: real runbooks of many invented services, the smaller a prefix of the larger."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.places import KEPT, shared, tell

FOLDER = KEPT / "corpus"
WORKING_SET = 300
SEED = 7


@dataclass(frozen=True)
class Item:
    """A runbook that is known to be there, and words that should find it."""

    kind: str
    slug: str
    query: str
    with_typo: str


def generate(sizes: list[int]) -> None:
    if all((FOLDER / f"index-{size}.json").exists() for size in sizes):
        return
    tell(f"Generating {', '.join(map(str, sizes))} runbooks")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(shared("corpus_gen.py")), "--out", str(FOLDER)]
    subprocess.run([*command, "--sizes", ",".join(map(str, sizes))], check=True, stdout=sys.stderr)


@cache
def index(size: int) -> list[dict[str, Any]]:
    """slug, title, alert, service, severity, owner of each runbook."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"index-{size}.json").read_text())
    return found


def text(size: int, slug: str) -> str:
    return (FOLDER / str(size) / f"{slug}.md").read_text()


def folder(size: int) -> Path:
    return FOLDER / str(size)


def working_set(size: int) -> list[str]:
    """Slugs that are asked for, the same for everybody who is measured."""
    slugs = [entry["slug"] for entry in index(size)]
    return random.Random(SEED).sample(slugs, min(WORKING_SET, len(slugs)))


def latency_queries() -> list[str]:
    found: list[str] = json.loads((FOLDER / "queries.json").read_text())["latency"]
    return found


def known_items() -> list[Item]:
    rows = json.loads((FOLDER / "queries.json").read_text())["known_items"]
    return [Item(row["kind"], row["slug"], row["q"], row["q_typo"]) for row in rows]
