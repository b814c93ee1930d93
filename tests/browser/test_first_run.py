"""An empty portal on a phone: from the first account to the first look at what is covered."""

import re

import pytest
from celery import current_app
from playwright.sync_api import expect

from portal.accounts.models import User
from runbooks import tasks
from runbooks.models import ImportJob, Runbook
from tests.browser.conftest import PHONE
from tests.factories import runbook_text

RULES = """groups:
- name: ops
  rules:
  - {alert: DiskFilling, expr: disk > 90}
  - {alert: NobodyKnows, expr: up == 0, annotations: {runbook_url: "https://wiki.shop.example/gone"}}
"""
OWL = "an owl in the attic"


@pytest.fixture
def folder(tmp_path):
    """What lies on somebody's laptop; only its text and images are sent."""
    root = tmp_path / "ops"
    (root / "storage" / "img").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "notes.md").write_text("# Not a runbook")
    text = runbook_text(title="Disk above 90 % on the primary", alert="DiskFilling", owner="leila")
    text = text.replace("## Diagnosis", "![The curve](img/curve.png)\n\n## Diagnosis")
    (root / "storage" / "disk.md").write_text(text)
    (root / "storage" / "img" / "curve.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    (root / "storage" / "tool.exe").write_bytes(b"MZ")
    for number in range(42):  # more than one portion
        (root / f"old-{number}.md").write_text(f"# Old page {number}\n\nThe disk is full again.\n")
    return root


@pytest.fixture
def portal(transactional_db, settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path / "imports"
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.BIND, settings.SITE_URL = "127.0.0.1:8000", "http://127.0.0.1:8000"


def worker(page):
    """The person closes the page, a worker takes up the job as beat hands it out, the person comes back."""
    at = page.url
    page.goto("about:blank")
    pk = ImportJob.objects.get(state=ImportJob.State.WAITING).pk
    current_app.tasks[tasks.run_import.name].apply(args=[pk]).get()
    page.goto(at)


def test_the_whole_first_run_on_a_phone(open_context, portal, folder, tmp_path, keep_picture):
    page = open_context(viewport=PHONE).new_page()

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome. Nobody is here yet")
    keep_picture(page, "first-run-welcome")
    page.get_by_label("Your name").fill("Yash Rao")
    page.get_by_label("E-mail address").fill("yash@shop.example")
    page.get_by_label("User name").fill("yash")
    page.get_by_label("Password").fill(OWL)
    page.get_by_role("button", name="Make the first account").click()

    page.get_by_label("Name").fill("Shop Example")
    page.get_by_role("button", name="Keep the name, go on").click()
    expect(page.locator("a.brand")).to_have_text("Shop Example")

    page.get_by_label("People").fill("Leila Haddad <leila@shop.example>, storage, lead")
    page.get_by_role("button", name="Invite them").click()
    expect(page.get_by_text("1 person is invited")).to_be_visible()
    assert str(User.objects.get(username="leila").roles.get()) == "lead of storage"

    expect(page.get_by_role("heading", level=1)).to_have_text("Bring the runbooks you have")
    page.get_by_label("Or a folder of this computer").set_input_files(folder)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_text("It waits for the worker")).to_be_visible()
    worker(page)
    expect(page.get_by_text("43 runbooks would come in.")).to_be_visible()
    keep_picture(page, "first-run-preview")
    page.get_by_role("button", name=re.compile("Publish as Yash Rao, 42 with")).click()
    expect(page.get_by_text("You can close this page and come back")).to_be_visible()
    worker(page)
    expect(page.get_by_text("43 runbooks are live.")).to_be_visible()
    disk = Runbook.objects.get(slug="disk")
    assert disk.owner.username == "leila"
    assert disk.attachments.count() == 1
    page.get_by_role("button", name="Go on").click()

    rules = tmp_path / "ops.yaml"
    rules.write_text(RULES)
    page.get_by_label("YAML files").set_input_files(rules)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_role("heading", name="Looking at it")).to_be_visible()
    worker(page)
    page.get_by_role("button", name="Bring the rules in").click()
    expect(page.get_by_role("heading", name="Bringing it in")).to_be_visible()
    worker(page)
    page.get_by_role("button", name="Finish: see what is covered").click()

    page.wait_for_url("**/coverage")
    expect(page.locator(".lead").first).to_contain_text(
        "1 of your 2 alerts has no runbook, 1 link is dead."
    )
    keep_picture(page, "first-run-coverage")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
