"""Reading settings from the environment: strict, typed, and able to list themselves for docs/settings.md."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting as docs/settings.md shows it."""

    name: str
    kind: str
    default: str
    about: str
    secret: bool = False


class Environment:
    """Typed reads from a mapping of strings. Every read is remembered in `knobs`, in order; what cannot be
    read stands as a sentence in `errors`, and its default holds."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values
        self.knobs: list[Knob] = []
        self.errors: list[str] = []

    def _raw(
        self, name: str, kind: str, default: Any, about: str, *, secret: bool = False
    ) -> str | None:
        shown = "" if default is None else str(default)
        self.knobs.append(Knob(name, kind, shown, about, secret))
        value = self.values.get(name)
        return None if value is None or value.strip() == "" else value.strip()

    def text(self, name: str, default: str, about: str) -> str:
        return self._raw(name, "text", default, about) or default

    def path(self, name: str, default: Path, about: str, *, shown: str) -> Path:
        raw = self._raw(name, "path", shown, about)
        return Path(raw).expanduser().resolve() if raw else default

    def flag(self, name: str, default: bool, about: str) -> bool:
        raw = self._raw(name, "0 or 1", int(default), about)
        if raw is None:
            return default
        if raw.lower() in ("1", "true", "yes", "on"):
            return True
        if raw.lower() in ("0", "false", "no", "off"):
            return False
        self.errors.append(f"{name} is {raw!r}: it takes 0 or 1.")
        return default

    def number(self, name: str, default: int, about: str, *, least: int = 0) -> int:
        raw = self._raw(name, "number", default, about)
        if raw is None:
            return default
        try:
            value = int(raw)
        except ValueError:
            self.errors.append(f"{name} is {raw!r}: it takes a whole number.")
            return default
        if value < least:
            self.errors.append(f"{name} is {value}: it takes {least} or more.")
            return default
        return value

    def choice(self, name: str, default: str, choices: Collection[str], about: str) -> str:
        raw = self._raw(name, "text", default, about)
        if raw is None or raw in choices:
            return raw or default
        near = ", ".join(sorted(choices)) if len(choices) < 10 else f"a name such as {default}"
        self.errors.append(f"{name} is {raw!r}: it takes {near}.")
        return default

    def words(self, name: str, default: tuple[str, ...], about: str) -> list[str]:
        raw = self._raw(name, "list", ",".join(default), about)
        return [word.strip() for word in raw.split(",") if word.strip()] if raw else list(default)

    def secret(self, name: str, default: str, about: str) -> str:
        """A secret, from NAME or from the file that NAME_FILE names (as container secrets come)."""
        raw = self._raw(name, "secret", "", about, secret=True)
        if raw is not None:
            return raw
        file = self.values.get(f"{name}_FILE", "").strip()
        if not file:
            return default
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            self.errors.append(f"{name}_FILE cannot be read: {error.strerror}.")
            return default


def table(knobs: list[Knob]) -> str:
    """The Markdown table of docs/settings.md."""
    rows = [
        f"| `{k.name}` | {k.kind} | {f'`{k.default}`' if k.default else ''} | {k.about} |"
        for k in knobs
    ]
    return "\n".join(
        ["| setting | takes | default | what it does |", "| --- | --- | --- | --- |", *rows]
    )
