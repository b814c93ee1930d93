"""`manage.py` as somebody meets it who forgot DATA_DIR, or pipes it into head."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.portal.processes import PATIENCE, ROOT, environment, free_port

NOWHERE = "There is no library in {} yet: run make run, or name its folder with DATA_DIR.\n"


def manage(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder, **environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [["export_runbooks", "out"], ["createsuperuser"], ["import_runbooks", "docs"]]
)
def test_a_forgotten_folder_is_one_sentence_and_leaves_nothing_behind(tmp_path, command):
    folder = tmp_path / "forgotten"
    done = manage(folder, *command)
    assert (done.returncode, done.stderr) == (1, NOWHERE.format(folder))
    assert not folder.exists()


def test_what_a_command_takes_is_told_without_a_library(tmp_path):
    done = manage(tmp_path / "none", "import_runbooks", "--help")
    assert done.returncode == 0
    assert "--publish-as" in done.stdout


def test_a_database_without_tables_is_one_sentence_with_debug_the_traceback(tmp_path):
    (tmp_path / "drillbook.sqlite3").touch()
    done = manage(tmp_path, "export_audit")
    assert (done.returncode, done.stderr) == (1, NOWHERE.format(tmp_path))
    done = manage(tmp_path, "export_audit", DEBUG="1")
    assert "no such table" in done.stderr
    assert "Traceback" in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    address = f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/none"
    done = manage(tmp_path, "export_audit", DATABASE_URL=address)
    assert done.returncode == 1
    assert done.stderr.startswith("The database of DATABASE_URL does not answer: ")
    assert done.stderr.count("\n") == 1
    assert "secret-word" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    """`manage.py diffsettings | head -0`, with a reader that is gone before the first line."""
    writing = subprocess.Popen(
        [sys.executable, "manage.py", "diffsettings", "--all"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writing.stdout is not None
    assert writing.stderr is not None
    writing.stdout.close()
    said = writing.stderr.read()
    writing.stderr.close()
    assert (writing.wait(PATIENCE), said) == (141, b"")
