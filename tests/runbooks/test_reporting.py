"""Readers talk back: what a report keeps, where it shows, what closes it, and who may."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils.html import escape

from portal.accounts.models import User
from runbooks import hooks, reporting, writing
from runbooks.models import Report, Runbook, TrustLine
from runbooks.views import alert_values
from runbooks.views import reporting as views
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


HTMX = {"HX-Request": "true"}


def step_of(runbook, label="R1"):
    live = Runbook.objects.get(pk=runbook.pk).live_revision
    return live.steps.select_related("revision__runbook").get(label=label)


def address(runbook, label="R1"):
    return f"/r/{runbook.slug}/steps/{step_of(runbook, label).key}/report"


def known(runbook):
    return TrustLine.objects.get(runbook=runbook).reports


def publish(runbook, old, new):
    runbook = Runbook.objects.select_related("live_revision", "owner").get(pk=runbook.pk)
    text = runbook.live_revision.text.replace(old, new)
    assert text != runbook.live_revision.text
    outcome = writing.publish(
        text=text, by=runbook.owner, runbook=runbook, base=runbook.live_revision
    )
    return outcome.revision


def test_one_tap_reports_a_step_and_the_page_says_so(client, runbook, reader):
    page = client.get("/r/api-latency").content.decode()
    assert address(runbook) in page
    answer = client.post(address(runbook), {"verdict": "wrong"}, follow=True)
    said = answer.content.decode()
    assert "1 report on this step" in said
    assert "R1 is reported wrong, 1 report" in said
    report = Report.objects.get()
    assert (report.by, report.verdict, report.step_text) == (
        reader,
        "wrong",
        step_of(runbook).text,
    )


def test_the_form_beside_the_step_is_a_fragment(client, runbook, reader):
    said = client.get(address(runbook), headers={"HX-Request": "true"}).content.decode()
    assert said.lstrip().startswith("<form")
    done = client.post(
        address(runbook), {"verdict": "unclear"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "R1 is reported unclear" in done
    assert "<html" not in done


def test_the_same_from_the_same_person_is_one_report(client, runbook, reader):
    client.post(address(runbook), {"verdict": "wrong"})
    client.post(address(runbook), {"verdict": "wrong", "words": "It says 20, it is 24."})
    assert Report.objects.get().words == "It says 20, it is 24."
    assert known(runbook)[0]["count"] == 1


def test_the_worst_stands_first(runbook):
    for verdict, label in (("unclear", "D1"), ("wrong", "R1"), ("missing", "D1")):
        reporting.report(step_of(runbook, label), verdict=verdict)
    assert [r["verdict"] for r in known(runbook)] == ["wrong", "missing", "unclear"]


def test_who_is_not_signed_in_reports_only_where_it_is_set(client, runbook, settings):
    settings.READ_WITHOUT_LOGIN = True
    answer = client.post(address(runbook), {"verdict": "wrong"})
    assert answer["Location"].startswith("/accounts/sign-in")
    settings.REPORT_WITHOUT_LOGIN = True
    client.post(address(runbook), {"verdict": "wrong"})
    assert Report.objects.get().by is None


def test_many_reports_at_once_are_slowed_down_with_a_sentence(client, runbook, settings):
    settings.READ_WITHOUT_LOGIN = settings.REPORT_WITHOUT_LOGIN = True
    for _ in range(views.BY_ADDRESS.most):
        assert client.post(address(runbook), {"verdict": "wrong"}).status_code == 302
    before = TrustLine.objects.get(runbook=runbook)
    answer = client.post(address(runbook), {"verdict": "wrong", "words": "my long words"})
    assert answer.status_code == 429
    said = answer.content.decode()
    assert "Nothing was kept: that were many reports at once. Try again in" in said
    assert "my long words" in said
    fragment = client.post(address(runbook), {"verdict": "wrong"}, headers=HTMX)
    assert fragment.status_code == 200
    assert "Nothing was kept" in fragment.content.decode()
    after = TrustLine.objects.get(runbook=runbook)
    assert (after.version, after.reports) == (before.version, before.reports)
    assert Report.objects.count() == views.BY_ADDRESS.most


def test_an_unknown_verdict_and_a_nul_are_sentences(client, runbook, reader):
    for sent in ({"verdict": "hacked"}, {"verdict": "wrong", "words": "a\0b"}):
        answer = client.post(address(runbook), sent)
        assert answer.status_code == 422
        assert not Report.objects.exists()


def test_hostile_words_are_only_words(client, runbook, reader):
    evil = '<script>alert(1)</script><var data-name="x" data-quote="bare">x</var>'
    client.post(address(runbook), {"verdict": "wrong", "words": evil, "command": evil})
    for page in ("/r/api-latency", "/proposals", address(runbook)):
        said = client.get(page).content.decode()
        assert "<script>alert" not in said
        assert '<var data-name="x"' not in said


def test_the_revision_that_answers_closes_it_and_the_reporter_reads_that(client, runbook, reader):
    client.post(address(runbook), {"verdict": "wrong"})
    revision = publish(runbook, "--replicas=20", "--replicas=24")
    assert known(runbook)[0]["label"] == "R1"
    reporting.answer(revision, reports=[Report.objects.get().pk], by=runbook.owner)
    assert known(runbook) == []
    assert "Answered by revision 2" in client.get("/proposals").content.decode()
    assert "1 report on this step" not in client.get("/r/api-latency").content.decode()


def test_a_report_follows_its_step_to_a_new_label(runbook):
    reporting.report(step_of(runbook, "D1"), verdict="unclear")
    publish(
        runbook,
        "## Diagnosis\n",
        "## Diagnosis\n1. Ask who deployed. {.observe}\n   Expect: nobody.\n",
    )
    assert known(runbook)[0]["label"] == "D2"


def test_a_step_that_is_gone_takes_its_reports_with_it(runbook, yash):
    reporting.report(step_of(runbook, "D1"), verdict="unclear")
    runbook = Runbook.objects.select_related("live_revision").get(pk=runbook.pk)
    text = runbook.live_revision.text
    start, end = text.index("## Diagnosis"), text.index("## Resolution")
    outcome = writing.publish(
        text=text[:start] + text[end:], by=yash, runbook=runbook, base=runbook.live_revision
    )
    assert Report.objects.get().answered_by == outcome.revision
    assert known(runbook) == []


def test_the_owner_closes_a_report_only_with_a_reason(client, runbook, yash):
    report = reporting.report(step_of(runbook), verdict="wrong", by=UserFactory())
    client.force_login(yash)
    assert "Reported steps of yours" in client.get("/proposals").content.decode()
    client.post(f"/reports/{report.pk}/set-aside", {"why": " "})
    assert Report.objects.open().exists()
    client.post(f"/reports/{report.pk}/set-aside", {"why": "It is right at night."})
    report.refresh_from_db()
    assert (report.answer, report.closed_by) == ("It is right at night.", yash)


def test_nobody_else_closes_a_report(client, runbook, reader):
    report = reporting.report(step_of(runbook), verdict="wrong")
    assert client.post(f"/reports/{report.pk}/set-aside", {"why": "no"}).status_code == 403
    assert Report.objects.open().exists()


def test_a_private_runbooks_step_cannot_be_reported_by_others(client, runbook, reader):
    runbook.services.update(private=True)
    assert client.post(address(runbook), {"verdict": "wrong"}).status_code == 404


def test_a_person_who_is_gone_leaves_their_report(runbook):
    person = UserFactory()
    reporting.report(step_of(runbook), verdict="wrong", by=person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert known(runbook)[0]["count"] == 1


def receipt_in(html):
    return html.split('name="made" value="')[1].split('"')[0]


def test_the_page_that_all_readers_share_takes_a_tap_without_anybodys_token(runbook, settings):
    settings.READ_WITHOUT_LOGIN = settings.REPORT_WITHOUT_LOGIN = True
    browser = Client(enforce_csrf_checks=True)
    assert "csrfmiddlewaretoken" not in browser.get("/r/api-latency").content.decode()
    at = address(runbook)
    assert browser.post(at, {"verdict": "wrong"}).status_code == 403
    for elsewhere in ("https://evil.example", "http://testserver.evil.example", "null", ""):
        answer = browser.post(at, {"verdict": "wrong"}, headers={"Origin": elsewhere})
        assert answer.status_code == 403, elsewhere
    assert not Report.objects.exists()
    here = {"Origin": "http://testserver", **HTMX}
    said = browser.post(at, {"verdict": "wrong"}, headers=here).content.decode()
    assert "R1 is reported wrong." in said
    assert Report.objects.count() == 1


def test_who_tapped_says_more_in_place(client, runbook, reader):
    tapped = client.post(address(runbook), {"verdict": "wrong"}, headers=HTMX).content.decode()
    sent = {"do": "more", "made": receipt_in(tapped), "words": "24", "command": "kubectl scale"}
    said = client.post(address(runbook), sent, headers=HTMX).content.decode()
    assert "Yash Patel reads that" in said
    report = Report.objects.get()
    assert (report.words, report.command) == ("24", "kubectl scale")
    assert "Suggested," in client.get("/r/api-latency").content.decode()


@pytest.mark.parametrize("known_person", [True, False])
def test_a_slip_of_the_thumb_is_undone(client, runbook, settings, known_person):
    settings.READ_WITHOUT_LOGIN = settings.REPORT_WITHOUT_LOGIN = True
    if known_person:
        client.force_login(UserFactory())
    tapped = client.post(address(runbook), {"verdict": "wrong"}, headers=HTMX).content.decode()
    undo = {"do": "undo", "made": receipt_in(tapped)}
    assert "Taken back" in client.post(address(runbook), undo, headers=HTMX).content.decode()
    assert not Report.objects.exists()
    assert known(runbook) == []
    again = client.post(address(runbook), undo, headers=HTMX).content.decode()
    assert "closed by now" in again


def test_a_receipt_is_for_its_own_step_and_cannot_be_made_up(client, runbook, reader):
    tapped = client.post(address(runbook), {"verdict": "wrong"}, headers=HTMX).content.decode()
    receipt = receipt_in(tapped)
    client.post(address(runbook, "D1"), {"do": "undo", "made": receipt})
    client.post(address(runbook), {"do": "undo", "made": receipt[:-2] + "xx"})
    client.post(address(runbook), {"do": "undo", "made": str(Report.objects.get().pk)})
    assert Report.objects.open().count() == 1


def test_without_javascript_one_tap_leads_back_to_the_step(client, runbook, reader):
    answer = client.post(address(runbook), {"verdict": "blocked"})
    step = step_of(runbook)
    assert answer["Location"] == f"/r/api-latency#step-{step.key}"
    said = client.get("/r/api-latency").content.decode()
    more = said.split('">Say more, or undo it')[0].rpartition('href="')[2]
    page = client.get(more).content.decode()
    assert "R1 is reported blocked." in page
    client.post(address(runbook), {"do": "undo", "made": receipt_in(page)})
    assert not Report.objects.exists()


def test_who_has_to_sign_in_first_finds_the_verdict_again(client, runbook, settings):
    settings.READ_WITHOUT_LOGIN = True
    answer = client.post(address(runbook), {"verdict": "unclear"}, headers=HTMX)
    assert answer["HX-Redirect"].endswith("/report%3Fverdict%3Dunclear")
    client.force_login(UserFactory())
    page = client.get(f"{address(runbook)}?verdict=unclear").content.decode()
    assert '<button name="verdict" value="unclear" class="main">' in page


def test_rooms_hear_of_a_report_and_of_its_end(runbook, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "on_report", [lambda made: heard.append(made.verdict)])
    monkeypatch.setattr(hooks, "on_reports_closed", [lambda closed: heard.append(closed.slug)])
    made = reporting.report(step_of(runbook), verdict="wrong", by=runbook.owner)
    reporting.take_back(made)
    assert heard == ["wrong", "api-latency"]


def test_a_step_that_is_reported_wrong_shows_the_suggested_command_above_its_own(
    client, runbook, reader
):
    reporting.report(
        step_of(runbook), verdict="wrong", command="kubectl -n {{ namespace }} get hpa"
    )
    said = client.get("/r/api-latency").content.decode()
    key = step_of(runbook).key
    assert f'<li class="step" id="step-{key}" data-reported="wrong"' in said
    assert (
        said.index("not reviewed yet")
        < said.index("As it is written")
        < said.index("--replicas=20")
    )
    assert said.count("data-reported") == 1


def test_a_report_that_is_not_wrong_asks_nothing(client, runbook, reader):
    reporting.report(step_of(runbook), verdict="unclear", command="kubectl get hpa")
    said = client.get("/r/api-latency").content.decode()
    assert "data-reported" not in said
    assert "Suggested, not reviewed yet:" in said


ALERT = "cluster=eu-1&namespace=shop%26co"


def read_at(runbook, query=ALERT):
    return {"Referer": f"http://testserver/r/{runbook.slug}?{query}"}


def test_a_report_leads_back_to_the_page_with_the_alerts_values(client, runbook, reader):
    back = f"/r/api-latency?{ALERT}#step-{step_of(runbook).key}"
    answer = client.post(address(runbook), {"verdict": "wrong"}, headers=read_at(runbook))
    assert answer["Location"] == back
    said = client.get("/r/api-latency").content.decode()
    more = unescape(said.split('">Say more, or undo it')[0].rpartition('href="')[2])
    page = client.get(more).content.decode()
    assert f'href="{escape(back)}"' in page
    sent = {"do": "undo", "made": receipt_in(page), "values": ALERT}
    assert f'name="values" value="{escape(ALERT)}"' in page
    assert client.post(address(runbook), sent)["Location"] == back


def test_the_alerts_values_outlive_the_detour_to_sign_in(client, runbook, settings):
    settings.READ_WITHOUT_LOGIN = True
    answer = client.post(address(runbook), {"verdict": "unclear"}, headers=read_at(runbook))
    client.force_login(UserFactory())
    page = client.get(parse_qs(urlsplit(answer["Location"]).query)["next"][0]).content.decode()
    assert f'name="values" value="{escape(ALERT)}"' in page
    answer = client.post(address(runbook), {"verdict": "unclear", "values": ALERT})
    assert answer["Location"] == f"/r/api-latency?{ALERT}#step-{step_of(runbook).key}"


@pytest.mark.parametrize(
    "referer",
    [
        f"http://elsewhere.example/r/api-latency?{ALERT}",
        f"http://testserver/search?{ALERT}",
        "http://[",
        f"http://testserver/r/api-latency?cluster={'x' * alert_values.MOST}",
        f"http://testserver/r/api-latency?{'a=1&' * 300}",
    ],
)
def test_of_any_other_page_nothing_is_carried(client, runbook, reader, referer):
    answer = client.post(address(runbook), {"verdict": "wrong"}, headers={"Referer": referer})
    assert answer["Location"] == f"/r/api-latency#step-{step_of(runbook).key}"


def test_values_cannot_lead_to_another_site(client, runbook, reader):
    sent = {"verdict": "wrong", "values": "//evil.example/#&x=\r\nSet-Cookie: a"}
    answer = client.post(address(runbook), sent)
    assert answer["Location"].startswith("/r/api-latency?x=%0D%0A")
    assert answer["Location"].endswith(f"#step-{step_of(runbook).key}")
