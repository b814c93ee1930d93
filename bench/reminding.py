"""The daily reminders of a large library: seconds, memory, and how the number of queries grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.database import PostgreSQL
from bench.figures import Figure
from bench.places import KEPT, ROOT, tell

OWNERS = 1_000
SIZES = (2_000, 20_000)


def sweep(server: PostgreSQL) -> list[Figure]:
    few, many = (_measured(server, size) for size in SIZES)
    label = f"{SIZES[1]:,} runbooks, {OWNERS:,} owners"
    note = f"{many['told']} digests, {many['queries']} queries; {few['queries']} with {SIZES[0]:,} runbooks"
    return [
        Figure("reminders", f"daily sweep, {label}", many["seconds"], "s", 60, note=note),
        Figure("reminders", "the same, a second time", many["idle"], "s", 1),
        Figure(
            "reminders",
            "growth of its queries from a tenth of the runbooks",
            many["queries"] / few["queries"],
            "x",
            1.5,
        ),
        Figure(
            "reminders",
            "against listing what is near, for information",
            many["seconds"] / many["plain"],
            "x",
            note=f"{many['plain']:.2f} s",
        ),
        Figure(
            "reminders",
            "memory of the process that sweeps, at most",
            many["mebibytes"],
            "MB",
            250,
            note=f"{few['mebibytes']:.0f} MB with {SIZES[0]:,} runbooks",
        ),
    ]


def _measured(server: PostgreSQL, size: int) -> dict[str, Any]:
    tell(f"Reminders of {size} runbooks")
    name = f"reminders{size}"
    server.create(name, anew=True)
    environ = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(KEPT / name),
        "DATABASE_URL": server.url(name),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "LOG_LEVEL": "ERROR",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environ, check=True, stdout=sys.stderr)
    command = [sys.executable, "-m", "bench.sweeping", str(size), str(OWNERS)]
    subprocess.run([*command, "fill"], cwd=ROOT, env=environ, check=True)
    server.tidy(name)
    done = subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
