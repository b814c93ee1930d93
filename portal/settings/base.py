"""Where this portal's code and things lie, and the environment that every other module here reads."""

from __future__ import annotations

from pathlib import Path

from portal.environment import Environment

BASE_DIR = Path(__file__).resolve().parents[2]
env = Environment()

DATA_DIR = env.path(
    "DATA_DIR",
    BASE_DIR / "var",
    "Folder of the database, the broker's files and uploads.",
    shown="./var",
)
DATA_DIR.mkdir(parents=True, exist_ok=True)
