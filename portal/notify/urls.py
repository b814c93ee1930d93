"""Addresses of messages: the inbox, one's choices, the calendar, what does not work."""

from django.urls import path

from portal.notify.views import calendar, failed, inbox, settings, stopping

app_name = "notify"
urlpatterns = [
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.mark_all_read, name="mark_all_read"),
    path("inbox/<int:pk>", inbox.message, name="message"),
    path("inbox/<int:pk>/mark", inbox.mark, name="mark"),
    path("account/messages", settings.settings_page, name="settings"),
    path("account/messages/choose", settings.choose, name="choose"),
    path("account/messages/mail", settings.switch_mail, name="switch_mail"),
    path("account/messages/mail/test", settings.send_test_mail, name="send_test_mail"),
    path("account/messages/slack", settings.add_slack, name="add_slack"),
    path("account/messages/webhook", settings.add_webhook, name="add_webhook"),
    path("account/messages/<int:pk>/test", settings.send_test, name="send_test"),
    path("account/messages/<int:pk>/remove", settings.remove, name="remove"),
    path("account/messages/calendar", settings.reset_calendar, name="reset_calendar"),
    path("messages/failed", failed.failed, name="failed"),
    path("messages/failed/mend", failed.mend, name="mend"),
    path("messages/stop/<str:token>", stopping.stop, name="stop"),
    path("calendar/<str:token>.ics", calendar.calendar, name="calendar"),
]
