"""The real corpus: every file comes in, no word is lost, and it goes out again as it is."""

import re

import pytest
from django.utils import timezone

from runbooks.exporting import export_runbooks
from runbooks.importing.importing import import_runbooks
from runbooks.importing.planning import Options
from runbooks.models import AlertName, Proposal, Runbook
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

WORD = re.compile(r"\w+")
BASE = "https://runbooks.example/runbooks"


def test_the_real_corpus_comes_in_whole_and_goes_out_again(corpus, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    yash = UserFactory(username="yash")
    options = Options(now=timezone.now(), owner=yash, publish_as=yash, source_base=BASE)
    files = sorted((corpus / "runbooks").glob("*.md"))
    report = import_runbooks(corpus / "runbooks", options)
    assert (report.count("created"), len(report.files)) == (len(files), len(files))

    live = {r.slug: r for r in Runbook.objects.live().select_related("live_revision", "owner")}
    for file in files:
        runbook = live[file.stem.lower()]
        text = runbook.live_revision.text
        kept = {word.casefold() for word in WORD.findall(text)}
        source = file.read_text()
        lost = {word for word in WORD.findall(source) if word.casefold() not in kept}
        assert not lost, f"{file.name} lost {lost}"
        assert text.endswith(re.sub(r"\A---\n.*?\n---\n", "", source, flags=re.DOTALL))
        assert runbook.owner == yash
        assert " " in runbook.title or runbook.title == "Watchdog"
        assert runbook.source_url == f"{BASE}/{file.stem}"
    stated = set(AlertName.objects.values_list("name", flat=True))
    assert {file.stem for file in files} <= stated

    again = import_runbooks(corpus / "runbooks", options)
    assert again.count("unchanged") == len(files)
    assert Proposal.objects.count() == len(files)

    export_runbooks(tmp_path / "out")
    for slug, runbook in live.items():
        assert (tmp_path / "out" / f"{slug}.md").read_text() == runbook.live_revision.text
    back = import_runbooks(tmp_path / "out", options)
    assert back.count("unchanged") == len(files)
