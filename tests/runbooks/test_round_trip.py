"""Runbooks kept in git: exported, changed by hand, brought back, accepted, and the same bytes again."""

from __future__ import annotations

import subprocess

import pytest
from django.core.management import call_command

from runbooks import writing
from runbooks.models import Proposal, Runbook
from tests.factories import UserFactory, published, runbook_text
from tests.parts import require_part

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
CRLF = runbook_text(owner="yash", title="Disk above 90 %", alert="Disk").replace("\n", "\r\n")
#: slug -> text: line ends of Windows, no end of the last line, a picture beside it, words no parser knows
TEXTS = {
    "crlf": CRLF,
    "open-end": runbook_text(owner="yash", title="Queue above 5", alert="Queue").rstrip("\n"),
    "odd": runbook_text(owner="yash", title="Ledger late", alert="Late") + "{{< odd >}}\n\t\n",
    "untouched": runbook_text(owner="yash", title="Pool above 160", alert="Pool"),
}


@pytest.fixture
def yash(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return UserFactory(username="yash")


@pytest.fixture
def work_tree(tmp_path, yash):
    """The export, committed to a repository that changes no line ends."""
    for slug, text in TEXTS.items():
        published(slug=slug, text=text, owner=yash)
    brought = tmp_path / "brought"
    (brought / "img").mkdir(parents=True)
    (brought / "img" / "graph.png").write_bytes(PNG)
    pictured = runbook_text(owner="yash", title="API latency above 5 s")
    (brought / "pictured.md").write_text(f"{pictured}\n![graph](img/graph.png)\n")
    call_command("import_runbooks", brought, publish_as="yash", verbosity=0)
    tree = tmp_path / "tree"
    call_command("export_runbooks", tree, verbosity=0)
    git(tree, "init", "--quiet")
    git(tree, "config", "core.autocrlf", "false")
    commit(tree)
    return tree


def git(tree, *words):
    said = subprocess.run(
        [require_part("git"), "-c", "user.name=y", "-c", "user.email=y@shop.example", *words],
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout


def commit(tree):
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "By hand")


def change(tree, name, old, new):
    file = tree / name
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))


def test_what_was_changed_in_git_and_accepted_is_exported_with_the_same_bytes(work_tree, yash):
    for name in ("crlf.md", "open-end.md", "odd.md", "pictured.md"):
        change(work_tree, name, b"below 160. At", b"below 150. At")
    change(work_tree, "pictured.md", b"![graph](img/graph.png)", b"![all of it](img/graph.png)")
    (work_tree / "img" / "graph.png").write_bytes(PNG + b"newer")
    new = runbook_text(owner="yash", title="Cache misses above 5 %", alert="Cache")
    (work_tree / "written-in-git.md").write_bytes(new.encode())
    commit(work_tree)

    call_command("import_runbooks", work_tree, owner="yash", verbosity=0)
    waiting = list(Proposal.objects.open().order_by("slug"))
    assert [proposal.slug for proposal in waiting] == [
        *("crlf", "odd", "open-end", "pictured", "written-in-git")
    ]
    for proposal in waiting:
        assert writing.accept(proposal, by=yash).revision is not None
    call_command("export_runbooks", work_tree, verbosity=0)
    # The manifest says the new numbers; nothing else differs, to the byte.
    assert git(work_tree, "status", "--porcelain").split() == ["M", ".drillbook.json"]
    assert (work_tree / "crlf.md").read_bytes().count(b"\r\n") == CRLF.count("\n")
    assert Runbook.objects.get(slug="untouched").live_revision.number == 1


def test_a_second_time_around_nothing_changes(work_tree, yash):
    call_command("import_runbooks", work_tree, publish_as="yash", verbosity=0)
    assert not Proposal.objects.open().exists()
    call_command("export_runbooks", work_tree, verbosity=0)
    assert git(work_tree, "status", "--porcelain") == ""
