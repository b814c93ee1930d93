"""`make run` as a person meets it: a real start, a real death, a real end."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.running import Child
from tests.portal.processes import (
    PATIENCE,
    ROOT,
    alive,
    children,
    environment,
    free_port,
    start,
    status,
    until,
)

RUN = [sys.executable, "-m", "portal.running"]


@dataclass
class Portal:
    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    def command_line(self, pid: int) -> str:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")

    def child(self, words: str) -> int:
        below = [pid for pid in children(self.process.pid) if words in self.command_line(pid)]
        return min(below, default=0)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    port, log = free_port(), folder / "said"
    environ = environment(folder / "data", PORT=str(port), DEMO="0")
    made = Portal(start(RUN, environ, log), port, folder / "data", log)
    try:
        until("the start", lambda: "is ready" in made.said() or made.process.poll() is not None)
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        made.process.wait(60)


def refused(folder: Path, port: int | str) -> str:
    done = subprocess.run(
        RUN,
        cwd=ROOT,
        env=environment(folder, PORT=str(port), DEMO="0"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_start_ends_with_the_address_and_a_portal_that_answers(portal: Portal):
    assert f"Drillbook is ready: http://127.0.0.1:{portal.port}" in portal.said()
    assert status(portal.port, "/readyz") == 200


def test_on_this_machine_one_reads_and_searches_without_a_sign_in(portal: Portal):
    assert status(portal.port, "/?q=disk") == 200
    assert status(portal.port, "/coverage") == 200
    assert status(portal.port, "/") == 302, "nobody has an account: the first run"


def test_it_listens_on_loopback_only(portal: Portal):
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    addresses = {
        line.split()[1].split(":")[0]
        for line in listening.splitlines()
        if f":{portal.port:04X} " in line and line.split()[3] == "0A"
    }
    assert addresses == {"0100007F"}  # 127.0.0.1, as the kernel writes it


def test_addresses_up_to_sixteen_kilobytes_pass_the_server_with_all_that_repeats_them(portal):
    address = "/healthz?" + "a" * 16_000
    repeated = {"HX-Current-URL": address, "Referer": address, "Cookie": "c" * 4000}
    assert status(portal.port, address, **repeated) == 200
    assert status(portal.port, "/healthz?" + "a" * 17_000) == 414


def test_idle_and_slow_connections_hold_nobody_up(portal: Portal):
    """A browser opens connections ahead of need and says nothing on them."""
    held = [socket.create_connection(("127.0.0.1", portal.port)) for _ in range(40)]
    try:
        for connection in held[::2]:
            connection.sendall(b"GET /healthz HTT")
        assert status(portal.port, "/healthz") == 200
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    ("words", "name"), [("portal.serving", "web server"), ("celery", "worker")]
)
def test_a_part_that_is_killed_is_started_again(portal: Portal, words: str, name: str):
    victim = portal.child(words)
    subprocess.run(["kill", "-KILL", str(victim)], check=True)
    until("the news", lambda: f"The {name} ended (signal 9); it is started again" in portal.said())
    until("its return", lambda: portal.child(words) not in (0, victim))
    until("an answer", lambda: status(portal.port, "/readyz") == 200)


def test_a_second_portal_in_the_same_folder_is_refused_with_the_way_out(portal: Portal):
    said = refused(portal.folder, free_port())
    assert f"A portal is already running in {portal.folder}." in said
    assert "make run PORT=8001 DATA_DIR=./var-second" in said


def test_a_port_that_is_taken_is_refused_with_another(portal: Portal, tmp_path: Path):
    assert f"Another: make run PORT={portal.port + 1}" in refused(tmp_path, portal.port)


def test_a_port_that_is_no_number_is_refused(tmp_path: Path):
    assert refused(tmp_path, "eighty") == "PORT is 'eighty': it takes a number from 1 to 65535.\n"


def test_a_wrong_setting_ends_the_start_with_its_sentence(tmp_path: Path):
    done = subprocess.run(
        RUN,
        cwd=ROOT,
        env=environment(tmp_path, PORT=str(free_port()), SITE_URL="runbooks"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "portal.E002) SITE_URL is 'runbooks'" in done.stderr
    assert "could not be prepared; the reason stands above." in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_leaves_no_process_and_a_second_start_keeps_the_data(
    prepared: Path, tmp_path: Path, number: int
):
    shutil.copytree(prepared, tmp_path / "data")
    first = start_and_end(tmp_path, number)
    assert start_and_end(tmp_path, number) == first


def start_and_end(folder: Path, number: int) -> str:
    """The key that signs sessions in this data folder, after a whole life of a portal."""
    log = folder / "said"
    environ = environment(folder / "data", PORT=str(free_port()), DEMO="0")
    process = start(RUN, environ, log)
    until("the start", lambda: "is ready" in log.read_text() or process.poll() is not None)
    below = children(process.pid)
    assert len(below) >= 4  # the server, its two workers, Celery, its scheduler
    process.send_signal(number)
    assert process.wait(60) == 0
    until("their end", lambda: not any(alive(pid) for pid in below))
    return (folder / "data" / "secret_key").read_text()


def test_children_end_with_a_supervisor_that_is_killed(prepared: Path, tmp_path: Path):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent died")
    shutil.copytree(prepared, tmp_path / "data")
    port, log = free_port(), tmp_path / "said"
    process = start(RUN, environment(tmp_path / "data", PORT=str(port), DEMO="0"), log)
    until("the start", lambda: "is ready" in log.read_text() or process.poll() is not None)
    below = children(process.pid)
    process.kill()
    process.wait(10)
    until("their end", lambda: not any(alive(pid) for pid in below))


def test_the_web_servers_processes_end_with_a_master_that_is_killed(tmp_path: Path):
    """Left behind they would go on answering on the port, beside those of the next master."""
    port, log = free_port(), tmp_path / "said"
    environ = environment(tmp_path / "data", BIND=f"127.0.0.1:{port}")
    master = start([sys.executable, "-m", "portal.serving"], environ, log)
    until("an answer", lambda: status(port, "/healthz") == 200 or master.poll() is not None)
    workers = children(master.pid)
    assert len(workers) == 2
    master.kill()
    master.wait(10)
    until("their end", lambda: not any(alive(pid) for pid in workers))
    assert status(port, "/healthz") is None


def test_a_web_process_that_never_hears_of_its_masters_death_looks_for_itself(tmp_path: Path):
    """As on systems that tell no child, and as a master dies that was gone before it was asked about."""
    orphan = (
        "import os, portal.serving as s; s.die_with_parent = lambda: None; "
        "s.loaded_in_worker(os.getppid() + 1, ''); import time; print('up', flush=True); time.sleep(600)"
    )
    done = subprocess.run(
        [sys.executable, "-c", orphan],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == -signal.SIGTERM


def test_a_part_that_dies_at_once_is_started_ever_later_and_not_forgotten():
    now = 0.0
    child = Child("worker", [sys.executable, "-c", "raise SystemExit(3)"], clock=lambda: now)
    waits = []
    for _ in range(8):
        child.start()
        assert child.process is not None
        child.process.wait()
        news = child.look()
        assert news is not None
        assert "The worker ended (exit status 3)" in news
        waits.append(child.due - now)
        assert child.look() is None  # not due yet
        now = child.due
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_part_that_served_for_long_is_started_again_at_once():
    now = 0.0
    child = Child("worker", [sys.executable, "-c", ""], clock=lambda: now)
    child.start()
    assert child.process is not None
    child.process.wait()
    now = 3600.0
    assert child.look() == "The worker ended (exit status 0); it is started again."
    assert child.due == now
    child.look()
    assert child.process is not None
    child.process.wait()
