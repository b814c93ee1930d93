"""A real browser against a real server. Without Chromium these tests are skipped, with its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from portal.accounts.models import User
from runbooks.models import TrustLine
from tests.browser.killed_portal import Portal
from tests.factories import ServiceFactory, UserFactory, published
from tests.kept_pages import forget_pages
from tests.parts import require_part

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
#: ms until what does not come is a failure. A busy machine is none.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
#: An answer of 404 or 409 on purpose, a request that a test or a newer question breaks off: logged, too.
MEANT = (
    "Failed to load resource: the server responded with a status of 404",
    "Failed to load resource: the server responded with a status of 409",
    "Failed to load resource: net::ERR_FAILED",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    "htmx:afterRequest",
    "htmx:sendAbort",
    "htmx:sendError",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = require_part("chromium")
    # Playwright's loop runs in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_context(browser: Browser, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """A new window's context; every page in it fails the test when its console shows an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(**options) -> BrowserContext:
        options = {"viewport": DESKTOP, "base_url": live_server.url} | options
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda found: errors.append(str(found.error)))
        context.on(
            "console",
            lambda said: errors.append(said.text) if said.type == "error" else None,
        )
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()
    assert [error for error in errors if not error.startswith(MEANT)] == []


@pytest.fixture
def signed_in(open_context, live_server) -> Callable[..., BrowserContext]:
    """A window's context of a person; the same person may have several."""

    def opened(person: User, **options) -> BrowserContext:
        client = Client()
        client.force_login(person)
        name = django_settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        context = open_context(**options)
        context.add_cookies([cookie])
        return context

    return opened


@pytest.fixture
def page(open_context) -> Page:
    return open_context().new_page()


@pytest.fixture
def library(transactional_db, settings):
    """Two runbooks of one service, one with a step that is reported wrong, open to read."""
    settings.READ_WITHOUT_LOGIN = True
    forget_pages()
    yash = UserFactory(username="yash", name="Yash Patel")
    ServiceFactory(slug="api-server", name="api-server", owner=yash)
    runbook = published(owner=yash)
    published(slug="disk", owner=yash, title="Disk above 90 % on the primary", alert="DiskFilling")
    TrustLine.objects.filter(runbook=runbook).update(
        reports=[{"label": "R1", "key": "k", "verdict": "wrong", "count": 2}], version=2
    )
    return runbook


@pytest.fixture
def as_person(signed_in, library) -> Callable[..., BrowserContext]:
    """A window's context of somebody who is signed in: the library's owner, when nobody is named."""

    def opened(person: User | None = None, **options) -> BrowserContext:
        return signed_in(person or library.owner, **options)

    return opened


@pytest.fixture
def keep_picture(request) -> Callable[[Page, str], None]:
    """Keep a picture of the whole page to look at, in the folder that SCREENSHOTS names."""

    def keep(page: Page, name: str) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def portal(prepared, tmp_path):
    """A portal of the test's own, which it may kill and begin again."""
    made = Portal(prepared, tmp_path)
    made.begin()
    yield made
    made.kill()
