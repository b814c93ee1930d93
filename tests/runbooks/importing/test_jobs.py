"""Uploads as jobs: looked at, confirmed, brought in; killed, cancelled and taken up again."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from portal.accounts.models import AuditEntry, Role
from portal.notify.models import Message
from runbooks.importing import importing, jobs, working
from runbooks.models import Alias, ImportJob, Proposal, Revision, Runbook
from tests.factories import runbook_text
from tests.runbooks.importing.confluence_space import server_space

pytestmark = pytest.mark.django_db

State, Phase = ImportJob.State, ImportJob.Phase


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path / "imports"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path


@pytest.fixture
def lead(yash):
    Role.objects.create(person=yash, name=Role.Name.LEAD, team=None)
    return yash


def zip_of(tmp_path, **files):
    file = tmp_path / "made.zip"
    with zipfile.ZipFile(file, "w") as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/").replace("_md", ".md"), content)
    return file


@pytest.fixture
def upload(lead, tmp_path):
    """Uploaded and looked at."""

    def upload(kind="runbooks", choices=None, **files):
        choices = {"owner": lead.pk} if choices is None else choices
        job = jobs.begin(kind=kind, name="ops.zip", by=lead, choices=choices, now=timezone.now())
        jobs.add_archive(job, zip_of(tmp_path, **files))
        jobs.arrived(job, by=lead)
        assert working.run(job.pk)
        job.refresh_from_db()
        return job

    return upload


def confirm(job, by, *, publish=True):
    jobs.confirm(job, by=by, choices={"publish": publish}, now=timezone.now())
    working.run(job.pk)
    job.refresh_from_db()
    return job


def outcomes(job):
    return {file.path: file.outcome for file in job.files.all()}


def disk(owner="yash"):
    return runbook_text(title="Disk above 90 %", alert="DiskFilling", owner=owner)


def test_a_look_says_what_would_happen_and_writes_nothing(upload):
    job = upload(ops__disk_md=disk(), ops__README_md="# Ours", ops__tool_exe="x")
    assert job.state == State.READY
    assert outcomes(job)["disk.md"] == "created"
    assert job.counts["created"] == 1
    assert job.files.get(path="disk.md").owner == "yash"
    assert "only text and images" in job.files.get(path="tool_exe").sentences[0]
    assert not Proposal.objects.exists()


def test_confirmed_it_goes_live_as_the_person_who_confirmed(upload, lead, leila):
    Role.objects.create(person=leila, name=Role.Name.ADMIN)
    job = confirm(upload(disk_md=disk()), leila)
    assert job.state == State.DONE
    revision = Revision.objects.get()
    assert revision.accepted_by == leila
    assert revision.runbook.owner == lead
    assert not jobs.folder_of(job).exists()
    actions = AuditEntry.objects.filter(object_kind="importjob").order_by("pk")
    assert [a.action for a in actions] == ["import.uploaded", "import.confirmed", "import.done"]


def test_the_audit_trail_says_who_uploaded_and_by_which_upload(upload, lead, leila):
    job = confirm(upload(ops__disk_md=disk(owner="leila")), lead)
    told = {e.action: e for e in AuditEntry.objects.all()}
    for action in ("proposal.made", "proposal.accepted", "import.done"):
        assert (told[action].by, told[action].via) == (lead, f"upload {job.pk}"), action
    # Nobody proposed it: a program did, and nobody is told of a file each.
    assert Proposal.objects.get().proposed_by is None
    assert not Message.objects.exists()


def test_a_newer_upload_of_a_file_that_waits_is_told_in_the_trail(upload, lead):
    confirm(upload(ops__disk_md=disk()), lead, publish=False)
    job = confirm(upload(ops__disk_md=disk() + "\nMore.\n"), lead, publish=False)
    entry = AuditEntry.objects.get(action="proposal.withdrawn")
    assert (entry.by, entry.via, entry.object_name) == (lead, f"upload {job.pk}", "disk")
    assert Proposal.objects.open().count() == 1


def test_confirmed_as_proposals_nothing_goes_live(upload, lead):
    job = confirm(upload(disk_md=disk()), lead, publish=False)
    assert outcomes(job) == {"disk.md": "proposed"}
    assert not Runbook.objects.exists()
    assert Proposal.objects.open().count() == 1


def test_the_same_upload_again_changes_nothing(upload, lead):
    confirm(upload(disk_md=disk()), lead)
    job = upload(disk_md=disk())
    assert outcomes(job) == {"disk.md": "unchanged"}
    confirm(job, lead)
    assert Revision.objects.count() == 1


def test_where_nobody_would_own_it_the_page_says_what_to_choose(upload):
    job = upload(choices={}, disk_md=disk(owner="somebody-gone"))
    file = job.files.get()
    assert file.outcome == "refused"
    assert "Choose below who owns" in file.sentences[0]
    assert "--owner" not in file.sentences[0]


def test_other_choices_are_looked_at_anew(upload, lead):
    job = upload(choices={}, disk_md=disk(owner="somebody-gone"))
    jobs.look_again(job, choices={"owner": lead.pk})
    working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.READY
    assert job.files.get().owner_guessed
    assert job.counts["guessed"] == 1


def test_the_codeowners_of_the_upload_say_who_owns_what(upload, leila):
    text = disk().replace("owner: yash\n", "")
    job = upload(disk_md=text, CODEOWNERS="*.md @leila\n")
    assert job.files.get(path="disk.md").owner == "leila"
    assert "CODEOWNERS of the upload says who owns what." in job.notes


def test_two_workers_at_once_are_one(upload, lead):
    job = upload(disk_md=disk())
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())
    assert working._claimed(job.pk, now=timezone.now())
    assert not working.run(job.pk)
    assert not Revision.objects.exists()


def test_a_killed_worker_costs_a_delay_and_no_work(upload, lead, monkeypatch):
    """Ended between two batches; the sweep finds it, and what was done counts as done by this job."""
    job = upload(**{f"a{n}_md": disk().replace("90", str(n)) for n in range(4)})
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())
    monkeypatch.setattr(importing, "BATCH", 2)

    def killed(self, done, total, doing=""):
        if done == 2 and doing.startswith("Bringing"):
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(working.Work, "tell", killed)
        with pytest.raises(SystemExit):
            working.run(job.pk)
    assert Revision.objects.count() == 2
    job.refresh_from_db()
    assert job.state == State.RUNNING
    assert jobs.sweep(now=timezone.now()) == 0, "it may live still"
    ImportJob.objects.update(heartbeat_at=timezone.now() - jobs.STUCK * 2)
    assert jobs.sweep(now=timezone.now()) == 1
    assert working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.DONE
    assert Revision.objects.count() == 4
    assert set(outcomes(job).values()) == {"created"}


def test_a_worker_that_was_given_up_stops_when_it_comes_back(upload, lead):
    job = upload(disk_md=disk())
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())
    first = working._claimed(job.pk, now=timezone.now() - jobs.STUCK * 2)
    assert working._claimed(job.pk, now=timezone.now())
    with pytest.raises(working.LostClaim):
        working.Work(first, Path(), timezone.now()).tell(1, 2)


def test_cancelled_in_the_middle_what_was_done_stays_and_is_said(upload, lead, monkeypatch):
    job = upload(**{f"a{n}_md": disk().replace("90", str(n)) for n in range(4)})
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())
    monkeypatch.setattr(importing, "BATCH", 2)
    tell = working.Work.tell

    def impatient(self, done, total, doing=""):
        if done == 2:
            jobs.cancel(ImportJob.objects.get(pk=job.pk), by=lead, now=timezone.now())
        tell(self, done, total, doing)

    monkeypatch.setattr(working.Work, "tell", impatient)
    working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert Revision.objects.count() == 2
    assert sorted(outcomes(job).values()) == ["created", "created", "left out", "left out"]
    assert job.counts["created"] == 2
    assert not jobs.folder_of(job).exists()


def test_before_it_is_confirmed_a_cancelled_job_is_gone_at_once(upload, lead):
    job = upload(disk_md=disk())
    jobs.cancel(job, by=lead, now=timezone.now())
    assert job.state == State.CANCELLED
    assert not jobs.folder_of(job).exists()
    with pytest.raises(jobs.Refused, match="ended already"):
        jobs.cancel(job, by=lead, now=timezone.now())
    with pytest.raises(jobs.Refused):
        jobs.confirm(job, by=lead, choices={}, now=timezone.now())


def test_who_lost_the_right_meanwhile_publishes_nothing(upload, lead):
    job = upload(disk_md=disk())
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())
    Role.objects.all().delete()
    working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.problem == "Yash Patel may no longer import."
    assert not Revision.objects.exists()


def test_what_fails_every_time_is_set_aside_and_can_be_tried_again(upload, lead, monkeypatch):
    job = upload(disk_md=disk())
    jobs.confirm(job, by=lead, choices={"publish": True}, now=timezone.now())

    def broken(*args, **options):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("runbooks.importing.uploaded_runbooks.import_runbooks", broken)
        for _ in range(working.MOST_ATTEMPTS + 1):
            assert working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "tried 5 times" in job.problem
    jobs.try_again(job)
    working.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.DONE


def test_what_is_no_zip_fails_with_a_sentence(lead, tmp_path):
    job = jobs.begin(kind="runbooks", name="notes.zip", by=lead, choices={}, now=timezone.now())
    file = tmp_path / "notes"
    file.write_text("# Not a ZIP")
    jobs.add_archive(job, file)
    jobs.arrived(job, by=lead)
    working.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (State.FAILED, "This is no ZIP file, or it is damaged.")


def test_a_folder_that_holds_nothing_to_read_is_refused(lead):
    job = jobs.begin(kind="runbooks", name="x", by=lead, choices={}, now=timezone.now())
    assert not jobs.add_file(job, "x/tool.exe", io.BytesIO(b"MZ"))
    with pytest.raises(jobs.Refused, match="text or an image"):
        jobs.arrived(job, by=lead)


def test_what_nobody_confirms_is_removed_after_some_days(upload):
    job = upload(disk_md=disk())
    jobs.sweep(now=timezone.now() + timedelta(days=6))
    assert jobs.folder_of(job).exists()
    jobs.sweep(now=timezone.now() + timedelta(days=8))
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert "Nobody confirmed it in 7 days" in job.problem
    assert not jobs.folder_of(job).exists()


def test_the_list_of_files_goes_after_some_months_and_the_numbers_stay(upload, lead, client):
    job = confirm(upload(disk_md=disk()), lead)
    client.force_login(lead)
    jobs.sweep(now=timezone.now() + timedelta(days=89))
    assert "disk.md" in client.get(f"/import/jobs/{job.pk}").text
    jobs.sweep(now=timezone.now() + timedelta(days=91))
    page = client.get(f"/import/jobs/{job.pk}").text
    assert "disk.md" not in page
    assert "kept for some months only" in page
    job.refresh_from_db()
    assert (job.state, job.counts["created"]) == (State.DONE, 1)


def test_what_a_browser_began_to_send_and_nobody_took_is_removed(tmp_path):
    broken_off = tmp_path / "tmp1.upload.zip"
    broken_off.write_bytes(b"PK")
    jobs.sweep(now=timezone.now())
    assert broken_off.exists(), "it may be arriving just now"
    jobs.sweep(now=timezone.now() + timedelta(days=2))
    assert not broken_off.exists()


def test_a_confluence_space_comes_in_with_its_old_addresses(lead, tmp_path):
    """What its pages become is tested where they are converted; here that an upload is recognised."""
    space = server_space(tmp_path / "OPS")
    job = jobs.begin(
        kind="runbooks", name="OPS.zip", by=lead, choices={"owner": lead.pk}, now=timezone.now()
    )
    with zipfile.ZipFile(tmp_path / "OPS.zip", "w") as made:
        for file in space.rglob("*"):
            made.write(file, f"OPS/{file.relative_to(space)}")
    jobs.add_archive(job, tmp_path / "OPS.zip")
    jobs.arrived(job, by=lead)
    working.run(job.pk)
    job.refresh_from_db()
    assert job.counts["created"] > 1, (job.problem, job.notes)
    assert job.notes[0].startswith("The Confluence space Operations")
    confirm(job, lead)
    assert Alias.objects.filter(kind=Alias.Kind.ADDRESS).exists()
    assert not jobs.folder_of(job).exists()
