"""What this portal asks of other machines: never its own network, never for long, never without end."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from portal import outgoing
from portal.outgoing import Refused, Unreachable, fetch
from tests.serving import Handler, Server, serving


class _Handler(Handler):
    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        length = int(self.headers.get("Content-Length") or 0)
        self.server.bodies.append(self.rfile.read(length))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(301)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/drip":
            self._drip()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (200_000 if self.path == "/big" else 5))

    do_POST = do_GET

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while not self.server.ending.wait(0.05):
                self.wfile.write(b"X")
        except OSError:
            pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(_Handler)
    server.asked, server.bodies = [], []
    with serving(server):
        yield server


@pytest.fixture(autouse=True)
def nothing_private_unless_asked_for(settings):
    settings.OUTGOING_PRIVATE = []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "fd00:ec2::254",
    ],
)
def test_a_private_address_is_refused(address):
    assert not outgoing.allowed(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_allowed(address):
    assert outgoing.allowed(ip_address(address))


def test_what_is_allowed_by_network_by_name_or_altogether(settings):
    settings.OUTGOING_PRIVATE = ["10.0.0.0/8", "grafana.internal"]
    assert outgoing.allowed(ip_address("10.9.9.9"))
    assert outgoing.allowed(ip_address("192.168.1.1"), "grafana.internal")
    assert not outgoing.allowed(ip_address("192.168.1.1"), "other.internal")
    settings.OUTGOING_PRIVATE = ["all"]
    assert outgoing.allowed(ip_address("127.0.0.1"))
    assert not outgoing.allowed(ip_address("169.254.169.254"))
    settings.OUTGOING_PRIVATE = ["169.254.169.254/32"]
    assert outgoing.allowed(ip_address("169.254.169.254"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{}/",
        "http://2130706433:{}/",
        "http://localhost:{}/",
        "http://[::ffff:7f00:1]:{}/",
    ],
)
def test_no_way_of_writing_this_machine_reaches_it(server, url):
    with pytest.raises(Refused, match="OUTGOING_PRIVATE"):
        fetch(url.format(server.server_port))
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/", "//a.example", "https://", "http://[::1"]
)
def test_what_is_no_web_address_is_refused_in_words(url):
    with pytest.raises(Refused):
        fetch(url)


def test_an_allowed_address_answers(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    answer = fetch(f"{server.url}/x", method="POST", content=b"{}", headers={"X-Of-Ours": "1"})
    assert (answer.status, answer.body, answer.cut) == (200, b"xxxxx", False)
    [(method, path, headers)] = server.asked
    assert (method, path, headers["X-Of-Ours"], server.bodies) == ("POST", "/x", "1", [b"{}"])
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"


def test_the_connection_goes_to_the_address_that_was_judged(server, settings, monkeypatch):
    """A name that answers differently the second time gains nothing: there is no second time."""
    settings.OUTGOING_PRIVATE = ["127.0.0.0/8"]
    real, asked = socket.getaddrinfo, []

    def rebinding(host, *args, **kwargs):
        if host == "rebinding.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    answer = fetch(f"http://rebinding.example:{server.server_port}/")
    assert (answer.status, asked) == (200, ["rebinding.example"])
    assert server.asked[0][2]["Host"] == f"rebinding.example:{server.server_port}"


def test_a_redirect_is_the_answer_unless_following_was_asked_for(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    answer = fetch(f"{server.url}/to//end")
    assert (answer.status, answer.headers["location"]) == (302, "/end")
    answer = fetch(f"{server.url}/to//end", redirects=3)
    assert (answer.status, answer.url, answer.hops) == (
        200,
        f"{server.url}/end",
        (f"{server.url}/to//end",),
    )


def test_each_redirect_is_judged_anew(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    with pytest.raises(Refused):
        fetch(f"{server.url}/to/http://127.0.0.2:{server.server_port}/inside", redirects=3)
    assert [path for _, path, _ in server.asked] == [
        f"/to/http://127.0.0.2:{server.server_port}/inside"
    ]


def test_another_host_is_told_nothing_that_was_meant_for_the_first(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.0/8"]
    other = f"http://localhost:{server.server_port}/end"
    settings.OUTGOING_PRIVATE = ["all"]
    fetch(f"{server.url}/to/{other}", redirects=1, headers={"Authorization": "Bearer x"})
    assert "Authorization" in server.asked[0][2]
    assert "Authorization" not in server.asked[1][2]


def test_redirects_in_a_circle_end(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    with pytest.raises(Unreachable) as broken:
        fetch(f"{server.url}/loop", redirects=5)
    assert broken.value.kind == "redirects"
    assert len(server.asked) == 6


def test_no_more_bytes_than_asked_for(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    answer = fetch(f"{server.url}/big", most_bytes=1000)
    assert (len(answer.body), answer.cut) == (1000, True)


def test_a_server_that_drips_does_not_hold_us(server, settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    begun = time.monotonic()
    with pytest.raises(Unreachable) as broken:
        fetch(f"{server.url}/drip", seconds=0.5)
    assert broken.value.kind == "timeout"
    # Each of its bytes came in time; all together they did not. Far below the server's own patience.
    assert time.monotonic() - begun < 30


def test_nobody_there_is_said_in_words(settings):
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(Unreachable, match="does not take connections") as broken:
            fetch(f"http://127.0.0.1:{port}/secret-token")
    assert "secret-token" not in str(broken.value)
    with pytest.raises(Unreachable) as broken:
        fetch("http://no-such-host.invalid/")
    assert broken.value.kind == "name"
