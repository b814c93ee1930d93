"""The portal's process dies while somebody writes, and starts again on the same data."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.portal.processes import ROOT, environment, free_port, start, status, until

TEXT = "#ed-text"
MAKE_LIBRARY = """
import django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
from tests.factories import UserFactory, published
yash = UserFactory(username="yash")
published(owner=yash)
client = Client()
client.force_login(yash)
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


class Portal:
    """The web server alone, in a process of its own that a test may kill."""

    def __init__(self, folder: Path) -> None:
        self.port, self.log = free_port(), folder / "said"
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = environment(
            folder / "data",
            BIND=f"127.0.0.1:{self.port}",
            PORT=str(self.port),
            SITE_URL=self.url,
            DEMO="0",
            DJANGO_SETTINGS_MODULE="portal.settings",
            WEB_WORKERS="1",
        )
        said = subprocess.run(
            [sys.executable, "-c", MAKE_LIBRARY],
            cwd=ROOT,
            env=self.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        )
        self.cookie, self.session = said.stdout.split()[-2:]

    def begin(self) -> None:
        self.process = start([sys.executable, "-m", "portal.serving"], self.environ, self.log)
        until("the start", lambda: status(self.port, "/healthz") == 200)

    def kill(self) -> None:
        """As the kernel does it when there is no memory left: no last word. Its workers end with it."""
        self.process.kill()
        self.process.wait()
        until("the end", lambda: status(self.port, "/healthz") is None)


@pytest.fixture
def portal(tmp_path):
    made = Portal(tmp_path)
    made.begin()
    yield made
    made.kill()


@pytest.fixture
def signed_in(browser, portal):
    """A browser of its own, with nothing kept in it, of the same person."""
    contexts = []

    def opened():
        context = browser.new_context(base_url=portal.url, viewport=DESKTOP)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": portal.cookie, "value": portal.session, "url": portal.url}])
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


def write(page, words):
    page.evaluate(
        """words => { const a = document.getElementById("ed-text"); a.focus();
            a.setSelectionRange(a.value.length, a.value.length);
            document.execCommand("insertText", false, words); }""",
        words,
    )


def test_a_server_that_is_killed_while_somebody_types_costs_no_word(portal, signed_in):
    page = signed_in().new_page()
    page.goto("/r/api-latency/edit")
    saved = page.locator("#ed-saved")
    write(page, "Before it died. ")
    expect(saved).to_contain_text("Kept")
    write(page, "While it died. ")
    portal.kill()
    expect(saved).to_contain_text("kept in this browser")
    portal.begin()
    # The window that stayed open sends by itself what it kept.
    expect(saved).to_contain_text("Kept")

    write(page, "With its window.")
    page.evaluate(
        """async () => { while (!Object.values(localStorage).join().includes("With its window."))
            await new Promise((resolve) => setTimeout(resolve, 20)); }"""
    )
    portal.kill()
    page.close()
    portal.begin()
    # What the server had is offered to the person in any browser.
    elsewhere = signed_in().new_page()
    elsewhere.goto("/r/api-latency/edit")
    elsewhere.get_by_role("link", name="Take it up").click()
    expect(elsewhere.locator(TEXT)).to_have_value(re.compile(r"Before it died\. While it died\. "))
