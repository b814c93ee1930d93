"""Where the benchmark finds and keeps its things."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DRILLBOOK_SHARED") or ROOT.parent / "shared") / "bench"
#: Corpora, databases and logs; kept from run to run, safe to delete.
KEPT = Path(os.environ.get("BENCH_DIR") or ROOT / "bench-out").resolve()
WORKERS = 2
THREADS = 2


class NotHereError(Exception):
    """Something that the benchmark needs is not on this machine. The message is a sentence."""


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        found = next((str(f / name) for f in folders if (f / name).exists()), None)
    if found is None:
        raise NotHereError(f"{name} is not on this machine.")
    return found


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        raise NotHereError(
            f"{name} is missing: the benchmark needs shared/bench beside the repository, "
            "or DRILLBOOK_SHARED naming the folder that holds it."
        )
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
