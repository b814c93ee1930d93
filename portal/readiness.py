"""What must be warm before this process takes traffic: rooms register, /readyz asks."""

from __future__ import annotations

from collections.abc import Callable

#: name -> a call that returns when ready and raises otherwise. Filled by rooms in `ready()`.
checks: dict[str, Callable[[], object]] = {}


def register(name: str, check: Callable[[], object]) -> None:
    checks[name] = check


def failing() -> dict[str, str]:
    """Names of the parts that are not ready, each with a sentence."""
    found = {}
    for name, check in checks.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with a part, it is not ready
            found[name] = f"{type(error).__name__}: {error}"[:200]
    return found
