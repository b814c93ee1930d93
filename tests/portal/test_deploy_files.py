"""The files a team deploys with: what they promise, and their own commands run against real servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import yaml

from tests.parts import require_part
from tests.portal.processes import ROOT, environment, free_port, start, status, until

SECRETS = {
    "SITE_URL": "https://runbooks.example.org",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "POSTGRES_PASSWORD": "letters1and2digits3",
    "MEILISEARCH_KEY": "sixteen-characters-or-more",
}
OURS = ("web", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def config(**environ: str) -> subprocess.CompletedProcess[str]:
    program = require_part("docker-compose")
    return subprocess.run(
        [program, "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_compose_accepts_the_file_with_every_secret_given():
    done = config(**SECRETS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SECRETS)
def test_compose_refuses_to_start_without(name: str):
    done = config(**{key: value for key, value in SECRETS.items() if key != name})
    assert done.returncode != 0
    assert f"${{{name}:?" in (ROOT / "docker-compose.yml").read_text()


def test_the_example_environment_asks_for_exactly_the_secrets():
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(SECRETS) <= set(given)
    assert all(given[name] == "" for name in SECRETS if name != "SITE_URL")


def test_only_the_web_port_is_published(compose):
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["web"]
    assert compose["networks"]["back"] == {"internal": True}


def test_every_service_that_stays_has_a_health_check_and_comes_back(compose):
    for name, service in compose["services"].items():
        if name == "migrate":
            continue
        assert "test" in service["healthcheck"], name
        assert service["restart"] == "unless-stopped", name


def test_nothing_serves_before_the_migrations_ran_once(compose):
    for name in OURS:
        needs = compose["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
    assert compose["services"]["migrate"]["restart"] == "no"


def test_every_setting_that_compose_hands_over_is_one_that_the_portal_reads(compose):
    from portal.settings import env

    assert set(compose["x-portal"]["environment"]) <= {knob.name for knob in env.knobs}


def test_every_image_is_pinned_by_version(compose):
    images = [
        service["image"] for service in compose["services"].values() if "build" not in service
    ]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 5
    for image in images:
        assert re.search(r":v?\d+\.\d+", image), image


def test_the_image_runs_as_a_person_without_rights_and_checks_its_health():
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER drillbook$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert last_stage.index("\nUSER") < last_stage.index("\nCMD")


def test_every_folder_that_the_image_copies_is_let_through_and_is_there():
    ignore = (ROOT / ".dockerignore").read_text().split()
    build = (ROOT / "Dockerfile").read_text().split("\nFROM ")[1]
    copied = list(re.findall(r"^COPY (\S+)", build, re.MULTILINE))
    assert copied
    for source in copied:
        assert f"!{source}" in ignore
        assert (ROOT / source).exists()


@pytest.mark.parametrize("name", ["run", "dev"])
def test_what_is_installed_is_pinned_with_hashes_and_names_no_server(name: str):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert "index-url" not in text


def test_every_dependency_of_the_project_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "run": project["project"]["dependencies"],
        "dev": project["dependency-groups"]["dev"],
    }
    for name, requirements in wanted.items():
        pinned = re.findall(
            r"^([\w.-]+)==", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE
        )
        names = {re.match(r"[\w.-]+", line)[0] for line in requirements}
        missing = {each.lower().replace(".", "-") for each in names} - {
            each.lower().replace(".", "-") for each in pinned
        }
        assert missing == set()


def test_make_names_the_right_python_when_there_is_none(tmp_path: Path):
    done = subprocess.run(
        [require_part("make"), "run", "PYTHON=/bin/false", f"VENV={tmp_path}/venv"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Drillbook needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / "venv" / "bin").exists()


# -- The commands of docker-compose.yml, as they stand there, on a real PostgreSQL and a real Redis


@pytest.fixture
def database() -> Iterator[str]:
    """Address of a database of this test alone."""
    server = require_part("postgresql")
    name = f"deploy_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(server)
    yield parts._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def broker() -> Iterator[str]:
    """Address of a Redis database of this test alone."""
    address = require_part("redis").rsplit("/", 1)[0] + "/11"
    with redis.Redis.from_url(address) as client:
        client.flushdb()
        yield address
        client.flushdb()


def command_of(service: dict[str, Any], key: str = "command") -> list[str]:
    command = service[key] if key == "command" else service["healthcheck"]["test"][1:]
    words = command.split() if isinstance(command, str) else command
    return [sys.executable if word == "python" else word for word in words]


def healthy(
    service: dict[str, Any], environ: dict[str, str], process: subprocess.Popen[bytes] | None = None
) -> bool:
    """What the service's own health check says."""
    assert process is None or process.poll() is None, f"it ended: {service['command']}"
    check = command_of(service, "healthcheck")
    return not subprocess.run(
        check, cwd=ROOT, env=environ, capture_output=True, check=False
    ).returncode


def test_the_commands_of_compose_bring_up_a_healthy_portal(
    compose, database, broker, prepared, tmp_path
):
    services = compose["services"]
    port = free_port()
    environ = environment(
        tmp_path / "data",
        STATIC_ROOT=str(prepared / "static"),  # the image is built with them
        BIND=f"127.0.0.1:{port}",
        SITE_URL="https://runbooks.example.org",
        SECRET_KEY=SECRETS["SECRET_KEY"],
        DATABASE_URL=database,
        REDIS_URL=broker,
    )
    subprocess.run(command_of(services["migrate"]), cwd=ROOT, env=environ, check=True, timeout=300)
    running = [
        start(command_of(services[name]), environ, tmp_path / f"{name}.log") for name in OURS
    ]
    try:
        for name, process in zip(OURS, running, strict=True):
            until(f"the health of {name}", partial(healthy, services[name], environ, process))
        host = {"Host": "runbooks.example.org"}
        assert status(port, "/readyz", **host) == 200
        assert status(port, "/", **host) == 301  # to https, which a proxy in front speaks
        behind_proxy = {**host, "X-Forwarded-Proto": "https"}
        assert status(port, "/", **behind_proxy) == 301  # not believed unless TRUST_PROXY says so
        assert status(port, "/", Host="another.example.org") == 400
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
    assert [process.returncode for process in running] == [0, 0, 0]
    assert not healthy(services["web"], environ)
    assert not healthy(services["worker"], environ)
