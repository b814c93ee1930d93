"""The real parts that tests talk to. One that this machine lacks skips the test with its name;
where DRILLBOOK_REQUIRE lists it (CI does, for what it installs), its absence fails the test instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator

import pytest


def _program(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _postgresql() -> str | None:
    running_on = os.environ.get("DATABASE_URL", "")
    return running_on if running_on.startswith("postgres") else os.environ.get("TEST_POSTGRES_URL")


#: name -> how it is found (an address or a path, None when absent), and what brings it
PARTS: dict[str, tuple[Callable[[], str | None], str]] = {
    "postgresql": (_postgresql, "DATABASE_URL or TEST_POSTGRES_URL names a server"),
    "redis": (lambda: os.environ.get("TEST_REDIS_URL"), "TEST_REDIS_URL names a server"),
    "redis-server": (lambda: _program("redis-server"), "install redis"),
    "chromium": (
        lambda: os.environ.get("CHROMIUM") or _program("chromium", "chromium-browser"),
        "install chromium, or CHROMIUM names it",
    ),
    "promtool": (lambda: _program("promtool"), "install prometheus"),
    "amtool": (lambda: _program("amtool"), "install prometheus-alertmanager"),
    "docker-compose": (lambda: _program("docker-compose"), "install docker-compose"),
    "meilisearch": (
        lambda: os.environ.get("MEILISEARCH_URL") or _program("meilisearch"),
        "MEILISEARCH_URL names a server, or meilisearch is on PATH",
    ),
    "make": (lambda: _program("make"), "install make"),
    "git": (lambda: _program("git"), "install git"),
}


def required() -> list[str]:
    return [name.strip() for name in os.environ.get("DRILLBOOK_REQUIRE", "").split(",") if name]


def require_part(name: str) -> str:
    """Address or path of a part, by its name in `PARTS`. Without it the test is skipped, or fails when
    the part is required."""
    find, remedy = PARTS[name]
    found = find()
    if found:
        return found
    reason = f"{name} is not on this machine ({remedy})"
    if name in required():
        pytest.fail(reason)
    pytest.skip(reason)


def _forbidden(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """The required part that a skip names, however the skip was made."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return None
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return next((name for name in required() if name in reason.lower()), None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if name := _forbidden(report):
        report.outcome = "failed"
        report.longrepr = f"skipped for want of {name}, which is required here: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if name := _forbidden(report):
        report.outcome = "failed"
        report.longrepr = f"skipped for want of {name}, which is required here: {report.longrepr}"
    return report
