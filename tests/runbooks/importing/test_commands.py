"""What a person sees who types the commands: sentences, exit codes, a report for a program."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import AuditEntry, Team, User
from runbooks.models import Runbook
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PAGE = "# Names do not resolve\n## Diagnosis\n- Look.\n"


@pytest.fixture(autouse=True)
def yash(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return UserFactory(username="yash", email="yash@shop.example")


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    root.mkdir()
    (root / "dns.md").write_text(PAGE)
    (root / "bad.md").write_bytes(b"\xff")
    return root


def run(command, *args, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *map(str, args), stdout=out, stderr=err, **options)
        code = 0
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def test_the_report_has_a_line_for_each_file_and_a_sentence_for_the_refused(tree):
    code, out, _ = run("import_runbooks", tree, owner="yash", publish_as="yash@shop.example")
    assert code == 0
    assert "created   dns.md -> /r/dns (owner yash, to confirm" in out
    assert "refused   bad.md" in out
    assert "not UTF-8" in out
    assert "1 new and live, 1 refused." in out


def test_the_audit_trail_names_who_publishes_and_the_command(tree):
    run("import_runbooks", tree, owner="yash")
    entry = AuditEntry.objects.get(action="proposal.made")
    assert (entry.by, entry.via) == (None, "command")
    (tree / "dns.md").write_text(f"{PAGE}- Look again.\n")
    run("import_runbooks", tree, owner="yash", publish_as="yash")
    for action in ("proposal.withdrawn", "proposal.made", "proposal.accepted"):
        entry = AuditEntry.objects.filter(action=action).first()
        assert (entry.by.username, entry.via) == ("yash", "command"), action


def test_debts_are_explained_and_listed_by_file_when_asked_for(tree):
    options = {"owner": "yash", "publish_as": "yash", "dry_run": True}
    _, out, _ = run("import_runbooks", tree, **options)
    assert "findings that stop nothing. Each page lists its own; -v 2 lists them here" in out
    assert "debt: " not in out
    _, out, _ = run("import_runbooks", tree, verbosity=2, json="-", **options)
    _, _, told = run("import_runbooks", tree, verbosity=2, json="-", **options)
    debts = next(file for file in json.loads(out)["files"] if file["path"] == "dns.md")
    assert len(debts["findings"]) == debts["debts"] > 0
    assert all(f"          debt: {finding}" in told for finding in debts["findings"])


def test_strict_exits_one_when_a_file_is_refused(tree):
    assert run("import_runbooks", tree, owner="yash", strict=True)[0] == 1


def test_nothing_that_could_be_read_exits_one(tree):
    (tree / "dns.md").unlink()
    assert run("import_runbooks", tree, owner="yash")[0] == 1
    (tree / "bad.md").unlink()
    assert run("import_runbooks", tree, owner="yash")[0] == 1


@pytest.mark.parametrize("to_file", [True, False])
def test_the_json_report_says_the_same(tree, tmp_path, to_file):
    target = tmp_path / "report.json" if to_file else "-"
    _, out, _ = run("import_runbooks", tree, owner="yash", json=str(target))
    said = json.loads(target.read_text() if to_file else out)
    assert said["counts"]["proposed"] == 1
    assert said["counts"]["refused"] == 1
    assert [file["path"] for file in said["files"]] == ["bad.md", "dns.md"]
    assert said["files"][1]["owner_guessed"] is True


def test_a_dry_run_says_so(tree):
    out = run("import_runbooks", tree, owner="yash", publish_as="yash", dry_run=True)[1]
    assert "Dry run, nothing is written: 1 new and live" in out
    assert not Runbook.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"owner": "nobody"}, "--owner: there is no active person 'nobody' here"),
        ({"publish_as": "nobody"}, "--publish-as: there is no active person 'nobody' here"),
        ({"owners": "gone.yaml"}, "--owners: gone.yaml cannot be read"),
        ({"json": "/nowhere/at/all.json", "owner": "yash"}, "cannot be written"),
    ],
)
def test_a_wrong_option_is_answered_with_a_sentence(tree, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("import_runbooks", tree, **options)


def test_a_folder_that_is_not_there_is_answered_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_runbooks", tmp_path / "gone")


PEOPLE = """\
username,name,email,team,time_zone,lead
leila,Leila Haddad,leila@shop.example,Platform; Data,Europe/Lisbon,yes
tom,Tom Okafor,tom@shop.example,Platform,,
bad name!,X,,,,
mira,Mira Sand,yash@shop.example,,,
ines,Ines Paz,ines@shop.example,,Mars/Base,
"""


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    return file


def test_people_come_in_with_their_teams_and_bad_rows_are_named(people):
    code, out, err = run("import_people", people)
    assert code == 0
    assert "2 new, 0 changed, 0 unchanged, 3 refused." in out
    assert [line.partition(":")[0] for line in err.splitlines()] == ["line 4", "line 5", "line 6"]
    assert "'Mars/Base' is not a time zone" in err
    leila = User.objects.get(username="leila")
    assert sorted(team.name for team in leila.teams.all()) == ["Data", "Platform"]
    assert Team.objects.get(slug="platform").lead == leila
    assert not leila.has_usable_password()
    trail = AuditEntry.objects.filter(object_name="Leila Haddad").order_by("pk")
    assert [e.action for e in trail] == ["person.made", "team.joined", "team.joined"]


def test_importing_people_again_changes_nothing(people):
    run("import_people", people)
    assert "0 new, 0 changed, 2 unchanged" in run("import_people", people)[1]


def test_an_empty_cell_takes_nothing_away_and_a_full_one_changes(people):
    run("import_people", people)
    people.write_text("username,name,time_zone\nLEILA,,Asia/Kolkata\n")
    assert "0 new, 1 changed, 0 unchanged" in run("import_people", people)[1]
    leila = User.objects.get(username="leila")
    assert (leila.name, leila.time_zone) == ("Leila Haddad", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"name,email\nx,y\n", "username"), (b"", "empty"), (b"\xff\xfe", "not UTF-8")],
)
def test_a_file_that_is_no_list_of_people_is_refused(tmp_path, content, sentence):
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        run("import_people", file)


def test_the_export_says_what_it_did(tree, tmp_path):
    run("import_runbooks", tree, owner="yash", publish_as="yash")
    out = tmp_path / "out"
    assert "2 written, 0 unchanged, 0 removed." in run("export_runbooks", out)[1]
    assert "0 written, 2 unchanged, 0 removed." in run("export_runbooks", out)[1]
