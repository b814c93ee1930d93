"""Settings as a person meets them: from the environment, through `manage.py check`."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = """
import json, django
from django.conf import settings
django.setup()
print(json.dumps({name: getattr(settings, name) for name in %r}, default=str))
"""


def manage(tmp_path: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run(tmp_path, "manage.py", *arguments, **environ)


def run(tmp_path: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), **environ}
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_wrong_setting_is_named_at_once(tmp_path):
    done = manage(
        tmp_path,
        "check",
        DEBUG="perhaps",
        WEB_WORKERS="0",
        SITE_URL="runbooks",
        MEILISEARCH_URL="meilisearch:7700",
        TIME_ZONE="Mars/Olympus",
        BIND="8000",
        LOG_LEVEL="loud",
        DATABASE_URL="mysql://somewhere",
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for found in (
        "portal.E001) DEBUG is 'perhaps'",
        "portal.E001) WEB_WORKERS is 0: it takes 1 or more.",
        "portal.E002) SITE_URL is 'runbooks'",
        "portal.E003) MEILISEARCH_URL",
        "portal.E001) TIME_ZONE is 'Mars/Olympus': it takes a name such as UTC.",
        "portal.E001) LOG_LEVEL is 'loud': it takes DEBUG, ERROR, INFO, WARNING.",
        "portal.E001) DATABASE_URL does not begin with postgresql://.",
        "portal.E006) BIND is '8000'",
    ):
        assert found in done.stderr
    assert "CSRF_TRUSTED_ORIGINS" not in done.stderr


def test_a_production_without_a_flaw_passes_the_deploy_checks(tmp_path):
    done = manage(
        tmp_path,
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        SITE_URL="https://runbooks.example.org",
        SECRET_KEY="a-key-for-this-test-0123456789-0123456789-abcdefghij-klmnop",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_the_web_server_does_not_start_with_a_wrong_setting(tmp_path):
    done = run(tmp_path, "-m", "portal.serving", SITE_URL="runbooks")
    assert done.returncode == 1
    assert "portal.E002) SITE_URL is 'runbooks'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_deploy_checks_warn_of_demo_people_and_of_open_reading(tmp_path):
    done = manage(
        tmp_path,
        "check",
        "--deploy",
        SITE_URL="https://runbooks.example.org",
        DEMO="1",
        READ_WITHOUT_LOGIN="1",
    )
    assert "portal.W002" in done.stderr
    assert "portal.W003" in done.stderr


def test_an_https_address_makes_cookies_secure_and_sends_http_away(tmp_path):
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "ALLOWED_HOSTS"]
    done = run(
        tmp_path,
        "-c",
        READ % names,
        DJANGO_SETTINGS_MODULE="portal.settings",
        SITE_URL="https://runbooks.example.org/",
    )
    assert done.stdout.startswith(
        '{"SESSION_COOKIE_SECURE": true, "CSRF_COOKIE_SECURE": true, "SECURE_SSL_REDIRECT": true'
    )
    assert "runbooks.example.org" in done.stdout


def test_the_key_is_made_once_for_a_data_folder_and_only_its_owner_reads_it(tmp_path):
    first = run(tmp_path, "-c", READ % ["SECRET_KEY"], DJANGO_SETTINGS_MODULE="portal.settings")
    second = run(tmp_path, "-c", READ % ["SECRET_KEY"], DJANGO_SETTINGS_MODULE="portal.settings")
    assert first.stdout == second.stdout
    assert len(first.stdout) > 60
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_and_one_that_died_before_them_leave_one_key(tmp_path):
    kept = tmp_path / "data" / "secret_key"
    kept.parent.mkdir()
    kept.touch(mode=0o600)  # who made it died before the key was written
    with ThreadPoolExecutor() as many:
        reads = [
            many.submit(
                run, tmp_path, "-c", READ % ["SECRET_KEY"], DJANGO_SETTINGS_MODULE="portal.settings"
            )
            for _ in range(3)
        ]
    assert {read.result().stdout for read in reads} == {
        json.dumps({"SECRET_KEY": kept.read_text()}) + "\n"
    }
    assert len(kept.read_text()) > 60


def test_the_content_policy_allows_no_script_or_style_of_a_page_itself(settings):
    directives = settings.CONTENT_SECURITY_POLICY
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert not re.search("unsafe|https?:|[*]", str(directives))


@pytest.mark.parametrize("given", ["", "1"])
def test_nothing_dangerous_is_on_unless_it_is_asked_for(tmp_path, given):
    names = ["DEBUG", "READ_WITHOUT_LOGIN", "DEMO"]
    environ = dict.fromkeys(names, given)
    done = run(tmp_path, "-c", READ % names, DJANGO_SETTINGS_MODULE="portal.settings", **environ)
    assert done.stdout.count("true") == (3 if given else 0)
