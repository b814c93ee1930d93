"""The pages of an import: upload, progress, preview, confirm; for who may, and nobody else."""

import io
import json
import zipfile

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.accounts.models import Role, User
from runbooks.alerts.models import Rule
from runbooks.importing import working
from runbooks.models import ImportJob, Proposal, Revision, Runbook
from tests.factories import runbook_text

pytestmark = pytest.mark.django_db

RULES = b"""groups:
- name: ops
  rules:
  - {alert: DiskFilling, expr: 'disk > 90', annotations: {runbook_url: "http://127.0.0.1:8000/r/disk"}}
  - {alert: NobodyKnows, expr: up == 0}
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path / "imports"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path


@pytest.fixture
def lead(client, yash):
    Role.objects.create(person=yash, name=Role.Name.LEAD, team=None)
    client.force_login(yash)
    return yash


def zip_file(name="ops.zip", **files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for inner, content in files.items():
            made.writestr(inner.replace("__", "/").replace("_md", ".md"), content)
    return SimpleUploadedFile(name, packed.getvalue())


def disk(owner="yash"):
    return runbook_text(title="Disk above 90 %", alert="DiskFilling", owner=owner)


def worked(answer):
    """The job that the answer leads to, once a worker was at it."""
    assert answer.status_code == 302, answer.content.decode()
    job = ImportJob.objects.get(pk=answer.headers["Location"].rpartition("/")[2])
    working.run(job.pk)
    job.refresh_from_db()
    return job


def page(client, job, query=""):
    return client.get(f"/import/jobs/{job.pk}{query}").content.decode()


def test_from_the_upload_to_the_live_runbook(client, lead):
    answer = client.post("/import/runbooks", {"files": zip_file(disk_md=disk()), "owner": "yash"})
    job = worked(answer)
    html = page(client, job)
    assert "1 runbook would come in" in html
    assert "Publish as Yash Patel" in html
    assert not Proposal.objects.exists()
    worked(client.post(f"/import/jobs/{job.pk}/confirm", {"publish": "1"}))
    html = page(client, job)
    assert "1 runbook is live" in html
    assert 'href="/r/disk"' in html
    assert Runbook.objects.get().owner == lead


def test_without_publish_there_are_proposals(client, lead):
    job = worked(client.post("/import/runbooks", {"files": zip_file(disk_md=disk())}))
    worked(client.post(f"/import/jobs/{job.pk}/confirm"))
    assert "1 proposal waits for somebody to accept it" in page(client, job)
    assert not Revision.objects.exists()


def test_markdown_files_alone_are_taken_too(client, lead):
    files = [SimpleUploadedFile(f"d{n}.md", disk().encode()) for n in range(2)]
    job = worked(client.post("/import/runbooks", {"files": files, "owner": "yash"}))
    assert job.name == "d0.md and 1 more"
    assert job.counts["created"] == 2


def test_a_folder_comes_in_portions_with_its_paths(client, lead):
    begun = client.post("/import/runbooks", {"folder": "ops", "owner": "yash"}).json()
    for path in ("ops/one/disk.md", "ops/two/disk.md", "ops/.git/notes.md"):
        sent = {
            "files": SimpleUploadedFile("disk.md", disk().encode()),
            "paths": json.dumps([path]),
        }
        assert client.post(begun["files"], sent).json() == {"wrong": []}
    assert client.post(begun["arrived"]).json() == {"page": begun["page"]}
    job = ImportJob.objects.get()
    working.run(job.pk)
    assert [file.path for file in job.files.all()] == ["one/disk.md", "two/disk.md"]


def test_a_path_of_a_folder_that_leads_out_is_told_and_not_taken(client, lead, tmp_path):
    begun = client.post("/import/runbooks", {"folder": "ops"}).json()
    sent = {"files": SimpleUploadedFile("x.md", b"x"), "paths": '["../../x.md"]'}
    assert "leads out" in client.post(begun["files"], sent).json()["wrong"][0]
    assert not list(tmp_path.rglob("x.md"))
    assert client.post(begun["files"], sent | {"paths": "[]"}).status_code == 400


def test_files_are_added_only_by_who_began_and_only_until_they_arrived(client, lead, leila):
    begun = client.post("/import/runbooks", {"folder": "ops"}).json()
    sent = {"files": SimpleUploadedFile("x.md", b"x"), "paths": '["ops/x.md"]'}
    client.post(begun["files"], sent)
    client.post(begun["arrived"])
    again = {"files": SimpleUploadedFile("x.md", b"y"), "paths": '["ops/x.md"]'}
    assert client.post(begun["files"], again).status_code == 404
    Role.objects.create(person=leila, name=Role.Name.LEAD, team=None)
    other = client.post("/import/runbooks", {"folder": "ops"}).json()
    client.force_login(leila)
    assert client.post(other["files"], again).status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose a ZIP, files, or a folder first."),
        ({"files": SimpleUploadedFile("a.exe", b"MZ")}, "No file of it is text or an image"),
        ({"folder": "x", "owner": "nobody"}, "no active person"),
        ({"folder": "x", "source_base": "wiki"}, "an address such as"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, lead, sent, said):
    answer = client.post("/import/runbooks", sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert sent.get("source_base", "") in html
    told = client.post("/import/runbooks", sent, headers={"Accept": "application/json"}).json()
    assert said in str(told["problems"])


def test_an_owners_file_goes_along_and_a_broken_one_is_refused(client, lead, leila):
    owners = SimpleUploadedFile("owners.yaml", b'"*.md": leila\n')
    text = disk().replace("owner: yash\n", "")
    job = worked(
        client.post("/import/runbooks", {"files": zip_file(disk_md=text), "owners": owners})
    )
    assert job.files.get().owner == "leila"
    broken = SimpleUploadedFile("owners.yaml", b"a: [")
    answer = client.post("/import/runbooks", {"files": zip_file(a_md=text), "owners": broken})
    assert answer.status_code == 422


def test_while_it_moves_the_page_asks_each_second_and_then_loads_anew(client, lead):
    answer = client.post("/import/runbooks", {"files": zip_file(disk_md=disk())})
    at = answer.headers["Location"]
    html = client.get(at).content.decode()
    assert "It waits for the worker" in html
    assert 'hx-trigger="every 1s"' in html
    fragment = client.get(at, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    ImportJob.objects.update(state="running", doing="Unpacking", done=3, total=7)
    fragment = client.get(at, headers={"HX-Request": "true"}).content.decode()
    assert "Unpacking …" in fragment
    assert "3 of 7" in fragment
    ImportJob.objects.update(state="waiting", claim="")
    worked(answer)
    over = client.get(at, headers={"HX-Request": "true"})
    assert over.status_code == 286
    assert over.headers["HX-Redirect"] == at


def test_a_refused_upload_says_why_and_can_be_looked_at_with_another_owner(client, lead):
    text = disk(owner="gone")
    job = worked(client.post("/import/runbooks", {"files": zip_file(disk_md=text), "owner": ""}))
    html = page(client, job)
    assert "Nothing would change" in html
    assert "“gone” is no active person here. Choose below" in html
    assert "Publish as" not in html
    worked(client.post(f"/import/jobs/{job.pk}/look", {"owner": "yash"}))
    assert "1 with the owner to confirm" in page(client, job)
    answer = client.post(f"/import/jobs/{job.pk}/look", {"owner": "nobody"})
    assert answer.status_code == 422
    assert "no active person" in answer.content.decode()


def test_cancelled_it_says_so_and_what_is_over_stays_over(client, lead):
    job = worked(client.post("/import/runbooks", {"files": zip_file(disk_md=disk())}))
    client.post(f"/import/jobs/{job.pk}/cancel")
    assert "Cancelled" in page(client, job)
    answer = client.post(f"/import/jobs/{job.pk}/confirm", {"publish": "1"}, follow=True)
    assert "confirmed or cancelled meanwhile" in answer.content.decode()


def test_files_can_be_listed_by_what_becomes_of_them(client, lead):
    files = {f"d{n}_md": disk() for n in range(3)} | {"bad_md": "---\ntitle: [\n---\n"}
    job = worked(client.post("/import/runbooks", {"files": zip_file(**files), "owner": "yash"}))
    html = page(client, job, "?outcome=refused")
    assert "bad.md" in html
    assert "d0.md" not in html


def test_a_page_of_many_files_costs_the_same_as_of_few(client, lead, django_assert_max_num_queries):
    files = {f"d{n}_md": disk() for n in range(30)}
    job = worked(client.post("/import/runbooks", {"files": zip_file(**files), "owner": "yash"}))
    with django_assert_max_num_queries(6):
        page(client, job)


def test_rules_come_in_and_coverage_says_what_they_lack(client, lead):
    worked(client.post("/import/runbooks", {"files": zip_file(disk_md=disk())}))
    job = ImportJob.objects.get()
    worked(client.post(f"/import/jobs/{job.pk}/confirm", {"publish": "1"}))
    sent = {"files": [SimpleUploadedFile("ops.yaml", RULES)], "origin": "prod"}
    job = worked(client.post("/import/rules", sent))
    assert "2 alerts in 1 rule file." in page(client, job)
    assert "1 has no runbook" in page(client, job)
    assert not Rule.objects.exists()
    worked(client.post(f"/import/jobs/{job.pk}/confirm"))
    assert set(Rule.objects.values_list("origin", flat=True)) == {"prod:ops.yaml"}
    assert "1 of your 2 alerts has no runbook" in client.get("/coverage").content.decode()


def test_where_several_rules_fire_one_alert_both_are_counted_in_words(client, lead):
    twice = RULES + b"  - {alert: NobodyKnows, expr: up == 1, labels: {severity: critical}}\n"
    sent = {"files": [SimpleUploadedFile("ops.yaml", twice)], "origin": "prod"}
    job = worked(client.post("/import/rules", sent))
    for _ in range(2):  # looked at, then brought in
        told = page(client, job)
        assert "2 alerts in 1 rule file.</b> 3 rules fire them" in told
        assert "2 alerts have no runbook" in told
        assert "<dt>Rules new</dt><dd>3</dd>" in told
        worked(client.post(f"/import/jobs/{job.pk}/confirm"))
    assert "of 2 alerts; 3 rules fire them" in client.get("/coverage").content.decode()


def test_the_rules_of_a_file_that_is_gone_go_when_all_were_uploaded(client, lead):
    def bring(whole, **files):
        sent = {"files": zip_file(**files), "origin": "prod"} | ({"whole": "1"} if whole else {})
        job = worked(client.post("/import/rules", sent))
        worked(client.post(f"/import/jobs/{job.pk}/confirm"))

    bring(False, **{"a.yaml": RULES, "b.yaml": RULES})
    bring(False, **{"a.yaml": RULES})
    assert Rule.objects.count() == 4
    bring(True, **{"a.yaml": RULES})
    assert Rule.objects.count() == 2


def test_a_broken_rule_file_is_named_with_its_line(client, lead):
    sent = {"files": zip_file(**{"bad.yaml": "groups:\n- name: [", "good.yaml": RULES})}
    job = worked(client.post("/import/rules", sent))
    html = page(client, job)
    assert "bad.yaml" in html
    assert "Line " in html
    assert job.counts["alerts"] == 2


def test_people_are_invited_by_a_lead_who_gives_no_roles(client, lead):
    html = client.post(
        "/import/people", {"people": "tom@shop.example, payments\nann@shop.example, admin\nwho?"}
    ).content.decode()
    assert "1 invited" in html
    assert "Only an admin makes somebody admin" in html
    assert "ann@shop.example, admin\nwho?</textarea>" in html
    assert len(mail.outbox) == 1
    assert not User.objects.filter(email="ann@shop.example").exists()


def test_a_csv_file_of_people_is_read(client, lead):
    csv = SimpleUploadedFile("people.csv", "\ufeffName,E-Mail\nJürgen,j@x.example\n".encode())
    assert "1 invited" in client.post("/import/people", {"file": csv}).content.decode()
    assert User.objects.get(email="j@x.example").name == "Jürgen"
    latin = SimpleUploadedFile("people.csv", "Jürgen <j@x.example>".encode("latin-1"))
    answer = client.post("/import/people", {"file": latin})
    assert answer.status_code == 422
    assert "is not UTF-8" in answer.content.decode()


# How much anybody may send


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, lead, settings):
    settings.IMPORT_MAX_MB = 5
    huge = SimpleUploadedFile("big.zip", b"\0" * (7 * 1024 * 1024))
    answer = client.post("/import/runbooks", {"files": huge})
    assert answer.status_code == 413
    assert "5 MB are taken at once" in answer.content.decode()


def test_who_may_not_import_uploads_nothing(client, leila, settings, tmp_path):
    large = SimpleUploadedFile("big.zip", b"\0" * (5 * 1024 * 1024))
    assert client.post("/import/runbooks", {"files": large}).status_code == 302
    client.force_login(leila)
    large.seek(0)
    assert client.post("/import/runbooks", {"files": large}).status_code == 403
    assert not ImportJob.objects.exists()


def test_no_other_page_takes_a_large_file_and_a_forged_form_is_refused(client, lead):
    large = SimpleUploadedFile("big.zip", b"\0" * (5 * 1024 * 1024))
    answer = client.post("/accounts/sign-in", {"file": large})
    assert answer.status_code == 413
    assert "takes 4 MB at most" in answer.content.decode()
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(lead)
    large.seek(0)
    assert strict.post("/import/runbooks", {"files": large}).status_code == 403
    assert not ImportJob.objects.exists()
