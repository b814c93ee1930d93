"""What `manage.py` does around Django's command line: one sentence where no library is to be found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Commands that are about what a library holds. Without one they are stopped before Django starts, for its
#: start makes the folder that was only mistyped or forgotten.
ABOUT_A_LIBRARY = frozenset(
    {
        "changepassword",
        "create_token",
        "createsuperuser",
        "evaluate_search",
        "export_audit",
        "export_runbooks",
        "import_people",
        "import_rules",
        "import_runbooks",
        "load_demo",
        "reindex",
    }
)
ROOT = Path(__file__).resolve().parent.parent
#: What the shell calls a program that wrote where nobody reads any more: 128 + SIGPIPE.
NOBODY_READS = 141
_NO_TABLE = ("no such table", "UndefinedTable")
_OTHER_VERSION = ("no such column", "UndefinedColumn")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if _is_lost(sys.argv[1:]):
        sys.exit(no_library(folder()))
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # As in `manage.py … | head`; what Python still wants to write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NOBODY_READS)


def folder() -> str:
    return os.environ.get("DATA_DIR", "").strip() or "./var"


def no_library(where: str) -> str:
    return f"There is no library in {where} yet: run make run, or name its folder with DATA_DIR."


def _is_lost(arguments: list[str]) -> bool:
    environ = os.environ
    if not arguments or arguments[0] not in ABOUT_A_LIBRARY or {"-h", "--help"} & set(arguments):
        return False
    if environ.get("DATABASE_URL", "").strip() or environ.get("DATABASE_URL_FILE", "").strip():
        return False
    if environ["DJANGO_SETTINGS_MODULE"] != "portal.settings":
        return False
    given = environ.get("DATA_DIR", "").strip()
    place = Path(given).expanduser() if given else ROOT / "var"
    return not (place / "drillbook.sqlite3").exists()


def _run() -> None:
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- settings first
    from django.db import DatabaseError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as error:
        from django.conf import settings  # noqa: PLC0415

        said = sentence_for(error)
        if said is None or settings.DEBUG or "--traceback" in sys.argv:
            raise
        sys.exit(said)


def sentence_for(error: Exception) -> str | None:
    """What a person can do about it; None where only the traceback says what happened."""
    from django.db import OperationalError, connection  # noqa: PLC0415

    kind = f"{type(error.__cause__).__name__}: {error}"
    lite = connection.vendor == "sqlite"
    if any(sign in kind for sign in _NO_TABLE):
        if lite:
            return no_library(folder())
        return "There is no library in the database of DATABASE_URL yet: run manage.py prepare."
    if any(sign in kind for sign in _OTHER_VERSION):
        return "The library is of another version than this portal: run manage.py prepare."
    return _unreachable(error, lite=lite) if isinstance(error, OperationalError) else None


def _unreachable(error: Exception, *, lite: bool) -> str | None:
    reason = " ".join(str(error).split())
    if lite and "unable to open" in reason:
        return (
            f"The database in {folder()} cannot be opened: is the folder yours to read and write?"
        )
    # A server that is there says what is wrong with a number; one that is not says nothing.
    if not lite and getattr(error.__cause__, "sqlstate", None) is None:
        return f"The database of DATABASE_URL does not answer: {reason[:300]}"
    return None
