"""The web server in a process of its own, over a library of one runbook, for tests that kill it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.portal.processes import ROOT, environment, free_port, start, status, until

MAKE_LIBRARY = """
import django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from django.test import Client
from tests.factories import UserFactory, published
yash = UserFactory(username="yash")
published(owner=yash)
client = Client()
client.force_login(yash)
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


class Portal:
    """The web server alone, in a process of its own that a test may kill."""

    def __init__(self, prepared: Path, folder: Path) -> None:
        shutil.copytree(prepared, folder / "data")
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
