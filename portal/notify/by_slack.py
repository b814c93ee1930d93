"""By Slack: an incoming webhook, or a direct message of the site's bot. Block Kit of the one body."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from portal import outgoing
from portal.notify.body import Body, Item, made_whole, whole
from portal.notify.models import Delivery
from portal.notify.outcomes import Failed, Later, Unknown

_SECONDS = 10
#: Its own logger would print addresses with tokens at DEBUG.
_silent = logging.getLogger("portal.notify.slack")
_silent.setLevel(logging.CRITICAL + 1)

#: Slack's limits, and room for the last line that says how many more there are.
_MOST_BLOCKS = 50
_MOST_TEXT = 3_000
_MOST_HEADER = 150
_MOST_BUTTON = 75

#: What Slack says when it will never work again -> how we say it.
GONE = {
    "channel_not_found": "Slack knows no such channel or person.",
    "user_not_found": "Slack knows no such person.",
    "not_in_channel": "Drillbook's app is not in that channel: invite it there.",
    "is_archived": "The channel is archived.",
    "channel_is_archived": "The channel is archived.",
    "user_disabled": "That person's Slack account is closed.",
    "cannot_dm_bot": "That is a bot, which reads no messages.",
    "messages_tab_disabled": "Drillbook's app may not write to people: open its Messages tab.",
    "account_inactive": "Slack has closed the account of Drillbook's app.",
    "invalid_auth": "Slack refuses this portal's token.",
    "not_authed": "Slack refuses this portal's token.",
    "token_revoked": "Slack's token was revoked.",
    "token_expired": "Slack's token has expired.",
    "missing_scope": "Slack's token lacks the right to write (chat:write).",
    "no_permission": "Slack's token lacks the right to write there.",
    "access_denied": "Slack's token lacks the right to write there.",
    "restricted_action": "Slack's admins do not let apps write there.",
    "action_prohibited": "Slack's admins do not let apps write there.",
    "posting_to_general_channel_denied": "Slack's admins do not let apps write there.",
    "no_service": "The Slack webhook was removed.",
    "no_service_id": "The Slack webhook was removed.",
    "no_team": "That Slack workspace is gone.",
    "team_disabled": "That Slack workspace is closed.",
    "invalid_token": "The Slack webhook was removed.",
    "no_active_hooks": "The Slack webhook was switched off.",
}
_LATER = ("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
          "request_timeout", "rollup_error", "team_added_to_org", "org_login_required")  # fmt: skip


def send(delivery: Delivery) -> None:
    """Raises Failed, Later or Unknown."""
    message = delivery.message
    blocks = blocks_of(message.subject, message.body, whole(message.url))
    try:
        if delivery.target.startswith(("https://", "http://")):
            _by_webhook(delivery, blocks)
        else:
            _by_bot(delivery, blocks)
    except TimeoutError as error:
        raise Unknown("Slack did not answer in time; it may have arrived.") from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise Unknown("Slack did not answer in time; it may have arrived.") from error
        raise Later("Slack cannot be reached.") from error
    except (OSError, SlackClientError) as error:
        raise Unknown("The connection to Slack broke off; it may have arrived.") from error


def _by_webhook(delivery: Delivery, blocks: list[dict[str, Any]]) -> None:
    if not delivery.target.startswith(settings.SLACK_HOOKS_URL):
        raise Failed("That is no Slack webhook (SLACK_HOOKS_URL).", channel=True)
    hook = WebhookClient(delivery.target, timeout=_SECONDS, retry_handlers=[], logger=_silent)
    answer = hook.send(text=_escaped(delivery.message.subject), blocks=blocks, unfurl_links=False)
    if answer.status_code == 200:
        return
    _judge(answer.status_code, (answer.body or "").strip(), answer.headers)


def _by_bot(delivery: Delivery, blocks: list[dict[str, Any]]) -> None:
    if not settings.SLACK_BOT_TOKEN:
        raise Failed("This portal has no Slack token (SLACK_BOT_TOKEN).", channel=True)
    try:
        bot().chat_postMessage(
            channel=delivery.target,
            text=_escaped(delivery.message.subject),
            blocks=blocks,
            unfurl_links=False,
            metadata={
                "event_type": "drillbook_message",
                "event_payload": {"id": delivery.event_id},
            },
        )
    except SlackApiError as error:
        found = error.response
        _judge(found.status_code, str(_said_by(found)), found.headers)


def bot() -> WebClient:
    """Slack's API with this portal's token."""
    return WebClient(
        settings.SLACK_BOT_TOKEN,
        base_url=settings.SLACK_API_URL,
        timeout=_SECONDS,
        retry_handlers=[],
        logger=_silent,
    )


def person_with(email: str) -> str:
    """The Slack id of who has that mail address. Raises Failed and Later."""
    try:
        found = bot().users_lookupByEmail(email=email)
        return str(found["user"]["id"])
    except SlackApiError as error:
        said = _said_by(error.response)
        if said == "users_not_found":
            words = "Slack knows nobody with the mail address of your account."
            raise Failed(words, channel=False) from error
        _judge(error.response.status_code, str(said), error.response.headers)
        raise
    except (OSError, SlackClientError) as error:
        raise Later("Slack cannot be reached.") from error


def _said_by(response: Any) -> Any:
    return response.data.get("error", "") if isinstance(response.data, dict) else ""


def _judge(status: int, said: str, headers: Any) -> None:
    if said in GONE:
        raise Failed(GONE[said], channel=True)
    if status == 429 or status >= 500 or said in _LATER:
        named = {str(name).lower(): value for name, value in dict(headers or {}).items()}
        after = named.get("retry-after")
        after = after[0] if isinstance(after, list) else after
        raise Later(f"Slack could not take it ({status}).", after=outgoing.retry_after(after))
    if status in (403, 404, 410):
        raise Failed(f"The Slack webhook was removed ({status}).", channel=True)
    shown = said if said.replace("_", "").isalnum() and len(said) < 60 else str(status)
    raise Failed(f"Slack refused the message ({shown}).", channel=False)


def blocks_of(subject: str, body: Body, url: str = "") -> list[dict[str, Any]]:
    """Block Kit within Slack's limits. What does not fit is counted, with a link to the whole."""
    body = made_whole(body)
    head = [{"type": "header", "text": _plain(subject, _MOST_HEADER)}]
    if body["intro"]:
        head.append(_section(_escaped(body["intro"])))
    tail = (
        [{"type": "context", "elements": [_mark(_escaped(body["outro"]))]}] if body["outro"] else []
    )
    middle = list(_lines(body))
    room = _MOST_BLOCKS - len(head) - len(tail)
    if len(middle) > room:
        kept = middle[: room - 1]
        cut = sum(block["type"] == "section" for block in middle[len(kept) :])
        more = f"and {cut} more"
        middle = [*kept, _section(_link(more, url))]
    return [*head, *middle, *tail]


def _lines(body: Body) -> Iterator[dict[str, Any]]:
    for section in body["sections"]:
        if section["title"]:
            yield {"type": "header", "text": _plain(section["title"], _MOST_HEADER)}
        for item in section["items"]:
            yield _item(item)


def _item(item: Item) -> dict[str, Any]:
    words = f"\n{_escaped(item['words'])}" if item.get("words") else ""
    block = _section(f"{_link(item['title'], item.get('url', ''))}{words}")
    action = item.get("action")
    if (
        action
        and action["url"].startswith(("https://", "http://"))
        and len(action["url"]) <= _MOST_TEXT
    ):
        block["accessory"] = {
            "type": "button",
            "text": _plain(action["label"], _MOST_BUTTON),
            "url": action["url"],
        }
    return block


def _link(words: str, url: str) -> str:
    shown = _escaped(words[:500]).replace("\n", " ")
    if not url or len(url) > 2_000:
        return shown
    return f"<{url.replace('|', '%7C').replace('<', '%3C').replace('>', '%3E')}|{shown}>"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mark(text)}


def _mark(text: str) -> dict[str, Any]:
    # verbatim: a name in a title calls nobody.
    return {"type": "mrkdwn", "text": _cut(text, _MOST_TEXT), "verbatim": True}


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(" ".join(text.split()) or "–", most), "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    # Not in the middle of "&lt;", which Slack would show as it stands.
    start = cut.rfind("&")
    if start > len(cut) - 6 and ";" not in cut[start:]:
        cut = cut[:start]
    return f"{cut}…"
