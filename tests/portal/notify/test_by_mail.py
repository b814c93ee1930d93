"""By e-mail, to a real mail server: what arrives, and what each of its refusals does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import vobject

from portal.accounts.models import AuditEntry
from portal.notify import outbox, sending, stopping
from portal.notify.by_mail import drawn
from portal.notify.models import Channel, Choice, Delivery, Message
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = {
    "intro": "Two runbooks of yours are due.",
    "sections": [
        {
            "title": "Due now",
            "items": [
                {
                    "title": "API latency <above> 5 s & rising",
                    "url": "/r/api-latency",
                    "words": "Due since 20 November.",
                    "action": {"label": "Review it", "url": "/r/api-latency/review"},
                    "ref": {"runbook": "api-latency", "secret-of-the-caller": 1},
                }
            ],
        }
    ],
    "outro": "Nothing else is due before 14 March.",
}


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tell(person, key="digest:1", **more):
    told = {"kind": "digest", "subject": "Due for you: 2 runbooks", "body": BODY, "now": NOW}
    return outbox.tell(person=person, key=key, **told | more)


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_mail_arrives_as_text_and_html_with_whole_addresses(mailbox, clock, settings):
    settings.SITE_URL = "https://runbooks.shop.example"
    tell(UserFactory(email="yash@shop.example"), url="/owned")
    assert sending.send_due(clock=clock) == 1
    [mail] = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("yash@shop.example", "Due for you: 2 runbooks")
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "API latency <above> 5 s & rising" in text
    assert "API latency &lt;above&gt; 5 s &amp; rising" in html
    for shown in (text, html):
        assert "https://runbooks.shop.example/r/api-latency/review" in shown
        assert "https://runbooks.shop.example/owned" in shown
        assert "Nothing else is due before 14 March." in shown
        assert "secret-of-the-caller" not in shown
    assert only().state == "sent"
    assert only().sent_at == NOW


def test_it_says_what_it_is_to_programs(mailbox, clock):
    tell(UserFactory())
    sending.send_due(clock=clock)
    [mail] = mailbox.mails
    assert mail["Message-ID"] == f"<{only().event_id}>"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/messages/stop/")


def test_a_message_id_is_never_folded(settings):
    settings.SITE_URL = "https://runbooks.platform.company-name.example"
    tell(UserFactory())
    assert f"Message-ID: <{only().event_id}>\n".encode() in drawn(only()).message().as_bytes()


def test_only_what_comes_again_and_again_carries_the_way_out(mailbox, clock):
    tell(UserFactory(), kind="report.wrong", urgent=True)
    sending.send_due(clock=clock)
    [mail] = mailbox.mails
    assert mail["List-Unsubscribe"] is None
    assert "messages/stop" not in mail.as_string()


def test_one_click_in_a_mail_program_stops_that_kind_and_a_look_does_not(mailbox, clock, client):
    yash = UserFactory()
    tell(yash)
    sending.send_due(clock=clock)
    url = mailbox.mails[0]["List-Unsubscribe"].strip().strip("<>")
    path = url.removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert "No more mails of this kind?" in page.content.decode()
    assert not Choice.objects.exists()
    # As RFC 8058 has it: no cookie, no token of a form.
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    choice = Choice.objects.get()
    assert (choice.person, choice.kind, choice.channel_kind) == (yash, "digest", "email")
    assert not tell(yash, key="digest:2").deliveries.exists()
    assert AuditEntry.objects.filter(action="messages.chosen").count() == 1


def test_what_waited_to_be_tried_again_does_not_come_after_the_way_out(mailbox, clock, client):
    mailbox.on_rcpt = lambda _: "451 4.3.0 try again"
    yash = UserFactory()
    tell(yash)
    tell(yash, key="other", kind="report.wrong")
    sending.send_due(clock=clock)
    client.post(stopping.address_for(yash, "digest").removeprefix("http://127.0.0.1:8000"))
    mailbox.on_rcpt = lambda _: None
    clock.now += timedelta(hours=1)
    sending.send_due(clock=clock)
    assert dict(Delivery.objects.values_list("message__kind", "state")) == {
        "digest": "failed",
        "report.wrong": "sent",
    }


def test_a_forged_way_out_stops_nothing(client):
    assert client.post("/messages/stop/WzEsImRpZ2VzdCJd:1abcde:forged").status_code == 404
    assert not Choice.objects.exists()


def test_a_line_break_in_a_subject_makes_no_header(mailbox, clock):
    message = tell(UserFactory())
    Message.objects.filter(pk=message.pk).update(subject="Due\r\nBcc: all@shop.example")
    sending.send_due(clock=clock)
    [mail] = mailbox.mails
    assert mail["Subject"] == "Due Bcc: all@shop.example"
    assert mail["Bcc"] is None
    assert len(mailbox.recipients) == 1


def test_an_invitation_goes_along_as_a_calendar_part(mailbox, clock):
    ics = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        "UID:drill-1@shop.example\r\nDTSTAMP:20261123T090000Z\r\nDTSTART:20261201T140000Z\r\n"
        "SUMMARY:Drill: API latency\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    body = {"intro": "A drill.", "calendar": {"method": "REQUEST", "ics": ics}}
    tell(UserFactory(), kind="report.wrong", body=body)
    sending.send_due(clock=clock)
    [part] = [p for p in mailbox.mails[0].walk() if p.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    read = vobject.readOne(part.get_content())
    assert read.vevent.uid.value == "drill-1@shop.example"


def test_a_refused_address_fails_for_good_and_is_shown_and_let_alone(mailbox, clock, client):
    mailbox.on_rcpt = lambda _: "550 5.1.1 no such user here"
    yash = UserFactory(email="gone@shop.example")
    tell(yash)
    sending.send_due(clock=clock)
    delivery, channel = only(), Channel.objects.get()
    assert (delivery.state, channel.failed_at, channel.failed_address) == (
        "failed",
        NOW,
        "gone@shop.example",
    )
    assert "550" in channel.failure
    assert AuditEntry.objects.get(action="channel.failed").object_name == f"email of {yash}"
    clock.now += timedelta(days=1)
    assert sending.send_due(clock=clock) == 0
    assert tell(yash, key="digest:2") is not None
    assert sending.send_due(clock=clock) == 0
    client.force_login(yash)
    assert "Due for you: 2 runbooks" in client.get("/inbox").content.decode()
    assert "550" in client.get("/account/messages").content.decode()


def test_a_second_address_that_is_refused_is_shown_as_the_first_was(mailbox, clock, client):
    mailbox.on_rcpt = lambda _: "550 5.1.1 no such user here"
    yash, admin = UserFactory(email="gone@shop.example"), UserFactory(is_superuser=True)
    tell(yash)
    sending.send_due(clock=clock)

    def shown(path, person):
        client.force_login(person)
        return client.get(path).content.decode()

    assert "gone@shop.example" in shown("/messages/failed", admin)
    assert "1 way to people does not work" in shown("/people", admin)
    yash.email = "gone-too@shop.example"
    yash.save()
    assert "Every way to every person works" in shown("/messages/failed", admin)
    assert "to people" not in shown("/people", admin)
    assert "do not reach you" not in shown("/account", yash)
    tell(yash, key="digest:2")
    sending.send_due(clock=clock)
    assert Channel.objects.get().failed_address == "gone-too@shop.example"
    assert "gone-too@shop.example" in shown("/messages/failed", admin)
    assert "1 way to people does not work" in shown("/people", admin)
    assert "do not reach you" in shown("/account", yash)
    assert not tell(yash, key="digest:3").deliveries.exists()
    assert AuditEntry.objects.filter(action="channel.failed").count() == 2


def test_a_closed_accounts_way_is_nobodys_concern(mailbox, clock, client):
    mailbox.on_rcpt = lambda _: "550 5.1.1 no such user here"
    yash = UserFactory(email="gone@shop.example")
    tell(yash)
    sending.send_due(clock=clock)
    yash.is_active = False
    yash.save()
    client.force_login(UserFactory(is_superuser=True))
    assert "Every way to every person works" in client.get("/messages/failed").content.decode()


def test_one_refused_address_does_not_hold_up_the_others(mailbox, clock):
    mailbox.on_rcpt = lambda to: "550 5.1.1 who?" if "gone" in to else None
    for name in ("ana", "gone", "yash"):
        tell(UserFactory(email=f"{name}@shop.example"), key=name)
    assert sending.send_due(clock=clock) == 3
    assert mailbox.recipients == ["ana@shop.example", "yash@shop.example"]
    assert mailbox.connections == 1


def test_a_server_that_puts_off_is_asked_again_later_and_later(mailbox, clock):
    mailbox.on_rcpt = lambda _: "451 4.3.0 try again"
    tell(UserFactory())
    waits = []
    for _ in range(4):
        sending.send_due(clock=clock)
        row = only()
        assert (row.state, "451" in row.error) == ("waiting", True)
        waits.append(row.next_try_at - clock.now)
        assert sending.send_due(clock=clock) == 0
        clock.now = row.next_try_at
    assert waits == sorted(waits)
    assert timedelta(seconds=30) <= waits[0] <= timedelta(seconds=38)
    assert waits[3] >= timedelta(seconds=240)
    mailbox.on_rcpt = lambda _: None
    sending.send_due(clock=clock)
    assert (only().state, only().tries, len(mailbox.mails)) == ("sent", 5, 1)


def test_it_is_not_tried_for_ever(mailbox, clock, settings):
    settings.NOTIFY_GIVE_UP_DAYS = 3
    mailbox.on_rcpt = lambda _: "452 4.2.2 mailbox full"
    tell(UserFactory())
    for _ in range(100):
        sending.send_due(clock=clock)
        if only().state == "failed":
            break
        clock.now = only().next_try_at
    assert only().state == "failed"
    assert timedelta(days=3) <= clock.now - NOW <= timedelta(days=3, hours=7)
    assert "3 days" in Channel.objects.get().failure


@pytest.mark.parametrize("reply", ["550 5.7.1 relaying denied", "530 5.7.0 sign in first"])
def test_a_refusal_of_this_portal_is_no_fault_of_the_persons_address(mailbox, clock, reply):
    mailbox.on_rcpt = lambda _: reply
    tell(UserFactory(), key="a")
    tell(UserFactory(), key="b")
    sending.send_due(clock=clock)
    assert not Channel.objects.exclude(failed_at=None).exists()
    assert {row.state for row in Delivery.objects.all()} == {"waiting"}
    # The second was not tried: nothing goes this way just now.
    assert sorted(row.tries for row in Delivery.objects.all()) == [0, 1]


def test_a_refused_message_fails_alone(mailbox, clock):
    mailbox.on_data = lambda _: "554 5.6.0 looks like spam"
    tell(UserFactory())
    sending.send_due(clock=clock)
    assert only().state == "failed"
    assert not Channel.objects.exclude(failed_at=None).exists()


def test_a_server_that_drops_the_line_after_data_gets_the_same_message_id_again(mailbox, clock):
    """It may have arrived, and did: the mailbox holds two copies with one Message-ID, and shows one."""
    mailbox.hang_up = lambda _: "" if mailbox.mails else "kept"
    tell(UserFactory())
    sending.send_due(clock=clock)
    assert only().state == "waiting"
    assert "may have arrived" in only().error
    clock.now = only().next_try_at
    sending.send_due(clock=clock)
    assert only().state == "sent"
    assert len(mailbox.ids) == 2
    assert set(mailbox.ids) == {f"<{only().event_id}>"}


def test_a_server_that_loses_it_gets_it_again(mailbox, clock):
    dropped = []
    mailbox.hang_up = lambda _: "" if dropped else dropped.append(1) or "lost"
    tell(UserFactory())
    sending.send_due(clock=clock)
    clock.now = only().next_try_at
    sending.send_due(clock=clock)
    assert (only().state, len(mailbox.mails)) == ("sent", 1)


def test_a_server_that_goes_silent_is_not_waited_for(mailbox, clock, settings):
    settings.EMAIL_TIMEOUT = 0.3
    mailbox.hang_up = lambda _: "" if mailbox.mails else "silent"
    tell(UserFactory())
    sending.send_due(clock=clock)
    assert "may have arrived" in only().error
    clock.now = only().next_try_at
    settings.EMAIL_TIMEOUT = 5
    sending.send_due(clock=clock)
    assert only().state == "sent"
    assert len(set(mailbox.ids)) == 1


def test_a_server_that_says_yes_and_hangs_up_costs_the_next_mail_no_try(mailbox, clock):
    mailbox.keeps_no_lines = True
    tell(UserFactory(), key="a")
    tell(UserFactory(), key="b")
    assert sending.send_due(clock=clock) == 2
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}
    assert (len(set(mailbox.ids)), mailbox.connections) == (2, 2)


def test_a_server_that_has_had_enough_gets_the_rest_in_the_next_run(mailbox, clock):
    mailbox.on_data = lambda _: "421 4.3.2 enough" if mailbox.mails else None
    tell(UserFactory(), key="a")
    tell(UserFactory(), key="b")
    sending.send_due(clock=clock)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_a_full_mailbox_may_have_room_later(mailbox, clock):
    mailbox.on_rcpt = lambda _: "552 5.2.2 mailbox full"
    tell(UserFactory())
    sending.send_due(clock=clock)
    assert (only().state, only().error) == ("waiting", "The mailbox is full (552).")


def test_no_mail_server_at_all_is_asked_once_a_run(settings, clock, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    for number in range(5):
        tell(UserFactory(), key=str(number))
    assert sending.send_due(clock=clock) == 1
    assert Delivery.objects.filter(error="The mail server cannot be reached.").count() == 1
    assert Delivery.objects.filter(state="waiting").count() == 5


def test_the_mail_servers_password_stands_in_no_error_and_no_log(
    settings, clock, free_port, caplog
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "drill", "s3cret-of-smtp"
    tell(UserFactory())
    sending.send_due(clock=clock)
    assert "s3cret" not in caplog.text + only().error


def test_somebody_whose_account_was_closed_meanwhile_gets_no_mail(mailbox, clock):
    yash = UserFactory()
    tell(yash)
    yash.is_active = False
    yash.save()
    sending.send_due(clock=clock)
    assert (only().state, mailbox.mails) == ("failed", [])
    assert not Channel.objects.exclude(failed_at=None).exists()
