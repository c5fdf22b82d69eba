"""What leaves is what was asked for, and nothing that a library would add or follow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from contracts.targets.guard import Barred, Guard, Rules
from contracts.targets.target import SAFE
from contracts.targets.wire import AGENT, Wire


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers.items())))
        if self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b".")
                    self.server.dripped.wait(0)
            except ConnectionError:
                pass
            return
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Set-Cookie", "session=1; Path=/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.dripped = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    base = f"http://127.0.0.1:{server.server_address[1]}"
    made = Wire(base, Guard(Rules(frozenset({base}), verbs=SAFE | {"POST"})))
    yield made
    made.close()


def test_no_cookie_goes_back(server: Server, wire: Wire) -> None:
    for _ in range(2):
        assert wire.send("GET", "/", {}, b"", "").headers["set-cookie"] == "session=1; Path=/"
    assert len(server.asked) == 2
    assert not any("Cookie" in headers for _, _, headers in server.asked)


def test_no_redirect_is_followed(server: Server, wire: Wire) -> None:
    answer = wire.send("GET", "/away", {}, b"", "")
    assert (answer.status, answer.body) == (302, b"{}")
    assert len(server.asked) == 1


def test_a_netrc_is_nobodys_business(
    server: Server, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("home") / "netrc"
    file.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(file))
    wire.send("GET", "/", {}, b"", "")
    assert "Authorization" not in server.asked[0][2]


def test_what_is_asked_arrives_as_it_is(server: Server, wire: Wire) -> None:
    target = "/a/../b//c;d?x=%2F&y=%00&&z"
    wire.send(
        "POST", target, {"X-Odd": "ü", "Host": "evil.example", "Expect": "100-continue"}, b"body", "owner"
    )
    method, path, headers = server.asked[0]
    assert (method, path) == ("POST", target)
    assert headers["X-Odd"] == "ü"
    assert headers["Host"] == wire.base.removeprefix("http://")
    assert headers["User-Agent"] == AGENT
    assert "Expect" not in headers


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("@evil.example/", {}),
        (".evil.example/", {}),
        ("", {}),
        ("/", {"X-Odd": "a\r\nX-Other: b"}),
        ("/", {"X-\u00fc": "a"}),
    ],
)
def test_what_has_no_form_in_http_does_not_leave(
    server: Server, wire: Wire, target: str, headers: dict[str, str]
) -> None:
    with pytest.raises(Barred):
        wire.send("GET", target, headers, b"", "")
    assert server.asked == []


def test_a_header_beyond_latin_1_leaves_as_utf_8(server: Server, wire: Wire) -> None:
    assert wire.send("GET", "/", {"X-Odd": "€"}, b"", "").status == 200


def test_half_an_answer_is_none(wire: Wire) -> None:
    answer = wire.send("GET", "/cut", {}, b"", "")
    assert answer.status == 0
    assert answer.body.startswith(b"no ")


def test_an_answer_that_drips_ends(server: Server) -> None:
    base = f"http://127.0.0.1:{server.server_address[1]}"
    ticks = count()
    wire = Wire(base, Guard(Rules(frozenset({base}))), seconds=5.0, clock=lambda: float(next(ticks) * 3))
    answer = wire.send("GET", "/drip", {}, b"", "")
    wire.close()
    assert (answer.status, answer.body) == (0, b"no answer in time")


def test_nobody_there_is_an_answer_of_its_own() -> None:
    wire = Wire("http://127.0.0.1:1", Guard(Rules(frozenset({"http://127.0.0.1:1"}))))
    answer = wire.send("GET", "/", {}, b"", "")
    wire.close()
    assert (answer.status, answer.body) == (0, b"no connection")
