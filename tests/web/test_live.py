"""What only a connection shows: order, reuse, half requests, hanging up, and faults of the wire."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.web import protocol
from tests.web.crewed import handing_over
from tests.web.raw import Got, Raw, chunked, request

OWNER = ("Authorization", "Bearer zeeg_owner")
JSON = ("Content-Type", "application/json")
WHOAMI = "/v2/whoami"
NOTES = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"
NOTE = b'{"content":"x"}'
SECONDS = next(name for name in vars(protocol) if name in ("HEADER_SECONDS", "LOOK_SECONDS"))


@pytest.fixture(scope="module", params=["alone", "handed over", "handed over by asyncio"])
def mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """A live mock: by itself, or one that gets every connection from another worker."""
    if request.param == "alone":
        with Mock("zeeg", limits=False) as mock:
            yield mock
    else:
        with handing_over(asyncio=request.param.endswith("asyncio")) as mock:
            yield mock


@pytest.fixture(autouse=True)
def as_it_began(mock: Mock) -> Iterator[None]:
    """Each test has the world as it began, and leaves a server that answers."""
    mock.reset()
    yield
    mock.faults.clear()
    with Raw(mock.url) as raw:
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200


def contents(mock: Mock) -> list[Any]:
    return [row["content"] for row in mock.state("note")]


def settled(mock: Mock) -> None:
    """The server has seen all that was sent to it: what it is asked now comes after."""
    with Raw(mock.url) as raw:
        assert raw.ask("GET", "/v2/nothing").status == 404


# Order and reuse


def test_pipelined_requests_are_answered_in_their_order(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        bodies = [b'{"content":"%d"}' % number for number in range(30)]
        raw.send(b"".join(request(raw.host, "POST", NOTES, [OWNER, JSON], body) for body in bodies))
        got = [raw.answer() for _ in bodies]
    assert [each.status for each in got] == [201] * 30
    assert [each.json["resource"]["content"] for each in got] == [str(number) for number in range(30)]


def test_pipelined_requests_of_every_kind_keep_their_order(mock: Mock) -> None:
    asked: list[tuple[str, str, bytes, int]] = [
        ("GET", WHOAMI, b"", 200),
        ("GET", "/_mock/health", b"", 200),
        ("HEAD", WHOAMI, b"", 405),
        ("POST", NOTES, b"{nope", 400),
        ("GET", "/nowhere", b"", 404),
        ("POST", "/_mock/clock/advance", b'{"seconds":1}', 200),
        ("POST", NOTES, NOTE, 201),
        ("GET", "/", b"", 200),
        ("GET", WHOAMI, b"", 200),
    ]
    with Raw(mock.url) as raw:
        raw.send(
            b"".join(request(raw.host, verb, path, [OWNER, JSON], body) for verb, path, body, _ in asked)
        )
        assert [raw.answer(method).status for method, *_ in asked] == [status for *_, status in asked]


def test_a_request_behind_a_late_one_waits_for_it(mock: Mock) -> None:
    mock.faults.declare("latency", operation="whoami", seconds=0.05)
    with Raw(mock.url) as raw:
        raw.send(
            request(raw.host, "GET", WHOAMI, [OWNER]), request(raw.host, "POST", NOTES, [OWNER, JSON], NOTE)
        )
        assert "email" in raw.answer().json["resource"]
        assert raw.answer().status == 201


def test_a_late_answer_holds_nobody_else_up(mock: Mock) -> None:
    mock.faults.declare("latency", operation="whoami", seconds=0.1)
    with Raw(mock.url) as late, Raw(mock.url) as other:
        late.send(request(late.host, "GET", WHOAMI, [OWNER]))
        assert other.ask("GET", "/v2/event-types", [OWNER]).status == 200
        late.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            late.socket.recv(1)
        late.socket.settimeout(5)
        assert late.answer().status == 200


def test_bytes_that_come_one_at_a_time_make_the_same_request(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(raw.host, "POST", NOTES, [OWNER, JSON], NOTE):
            raw.send(bytes((byte,)))
        assert raw.answer().status == 201


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks_make_a_body(size: int, mock: Mock) -> None:
    with Raw(mock.url) as raw:
        head = request(raw.host, "POST", NOTES, [OWNER, JSON, ("Transfer-Encoding", "chunked")])
        raw.send(head, chunked(b'{"content":"in chunks"}', size))
        assert raw.answer().json["resource"]["content"] == "in chunks"
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200


def test_what_trails_a_body_lets_nobody_in(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        head = request(raw.host, "POST", NOTES, [JSON, ("Transfer-Encoding", "chunked")])
        name, value = OWNER
        trailer = f"{name}: {value}\r\n\r\n".encode()
        raw.send(head, chunked(NOTE).removesuffix(b"\r\n") + trailer)
        assert raw.answer().status == 401


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v2/nowhere", [OWNER, JSON], 404),
        ("POST", WHOAMI, [OWNER, JSON], 405),
        ("POST", NOTES, [JSON], 401),
        ("POST", NOTES, [OWNER, ("Content-Type", "text/plain")], 415),
        ("POST", "/_mock/nowhere", [JSON], 404),
        ("POST", "/_mock/tokens", [("Content-Type", "text/plain")], 415),
    ],
)
@pytest.mark.parametrize("size", [200, 3_000_000])
def test_a_refused_body_is_not_read_as_the_next_request(
    method: str, path: str, headers: Any, status: int, size: int, mock: Mock
) -> None:
    body = request("x", "POST", NOTES, [OWNER, JSON], NOTE).ljust(size, b"\n")
    with Raw(mock.url) as raw:
        # A body that is too large is refused for that before its type is looked at.
        assert raw.ask(method, path, headers, body).status in (status, 413)
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200
    assert "x" not in contents(mock)


# HTTP's corners


def test_head_has_no_body_and_the_connection_goes_on(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        for path in (WHOAMI, "/v2/nowhere", "/_mock/health", "/"):
            got = raw.ask("HEAD", path, [OWNER])
            assert (got.body, int(got.headers["content-length"]) > 0) == (b"", True)
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200


def test_options_says_what_is_allowed(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("OPTIONS", NOTES, [OWNER])
        assert (got.status, got.headers["allow"]) == (405, "GET, POST")
        assert raw.ask("OPTIONS", "*").status == 404


def test_no_content_has_neither_body_nor_length(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("DELETE", "/_mock/faults", [JSON])
        assert got.status == 204
        assert not {"content-length", "transfer-encoding"} & set(got.headers)
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200


@pytest.mark.parametrize("headers", [[OWNER], [OWNER, ("Connection", "keep-alive")]])
def test_http_1_0_is_answered_and_closed(headers: Any, mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("GET", WHOAMI, headers, version="1.0")
        assert (got.status, got.headers["connection"], got.whole) == (200, "close", True)
        assert raw.closed()


def test_a_connection_is_closed_when_that_is_asked_for(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("GET", WHOAMI, [OWNER, ("Connection", "close")])
        assert (got.status, got.headers["connection"], got.whole) == (200, "close", True)
        assert raw.closed()


def test_who_waits_for_100_is_told_to_go_on(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        length = ("Content-Length", str(len(NOTE)))
        raw.send(request(raw.host, "POST", NOTES, [OWNER, JSON, ("Expect", "100-continue"), length]))
        assert raw.socket.recv(100).startswith(b"HTTP/1.1 100 ")
        raw.send(NOTE)
        assert raw.answer().status == 201


def test_an_absolute_address_is_its_path(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("GET", f"http://{raw.host}{WHOAMI}", [OWNER])
        assert got.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")],
        [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")],
    ],
    ids=["websocket", "h2c"],
)
def test_who_asks_for_another_protocol_gets_this_one(headers: Any, mock: Mock) -> None:
    with Raw(mock.url) as raw:
        assert raw.ask("GET", WHOAMI, [OWNER, *headers]).status == 200


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\n" * 50, b"hello\r\n\r\n"]
)
def test_what_speaks_no_http_is_sent_away(sent: bytes, mock: Mock) -> None:
    with Raw(mock.url) as raw:
        raw.send(sent)
        raw.socket.shutdown(socket.SHUT_WR)
        answer = raw.socket.recv(1000)
        assert not answer or answer.startswith(b"HTTP/1.1 400 ")


# Half requests


@pytest.mark.parametrize("how", ["length", "chunks"])
def test_a_body_that_breaks_off_does_nothing(how: str, mock: Mock) -> None:
    before = contents(mock)
    with Raw(mock.url) as raw:
        if how == "length":
            raw.send(request(raw.host, "POST", NOTES, [OWNER, JSON, ("Content-Length", "100")]), NOTE)
        else:
            raw.send(request(raw.host, "POST", NOTES, [OWNER, JSON, ("Transfer-Encoding", "chunked")]))
            raw.send(chunked(NOTE).removesuffix(b"0\r\n\r\n"))
        settled(mock)
    settled(mock)
    assert contents(mock) == before
    assert {each.operation for each in mock.exchanges} == {""}


@pytest.mark.parametrize("why", ["a fault", "Expect"])
def test_a_body_that_breaks_off_does_nothing_on_the_long_way_either(why: str, mock: Mock) -> None:
    # What faults and interim answers ask for goes another way through the server.
    headers = [OWNER, JSON, ("Content-Length", "100")]
    if why == "a fault":
        mock.faults.declare("latency", operation="createNote", seconds=0)
    else:
        headers.append(("Expect", "100-continue"))
    before = contents(mock)
    with Raw(mock.url) as raw:
        raw.send(request(raw.host, "POST", NOTES, headers), NOTE)
        settled(mock)
    settled(mock)
    assert contents(mock) == before
    assert {each.operation for each in mock.exchanges} == {""}


def test_a_connection_that_is_reset_harms_nobody(mock: Mock) -> None:
    for sent in (b"", b"GET /v2/who", request("x", "GET", WHOAMI, [OWNER]) * 50):
        raw = Raw(mock.url)
        raw.send(sent)
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.socket.close()
    settled(mock)


def test_a_header_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, mock: Mock) -> None:
    monkeypatch.setattr(protocol, SECONDS, 0.05)
    with Raw(mock.url) as silent, Raw(mock.url) as slow, Raw(mock.url) as resting:
        assert resting.ask("GET", WHOAMI, [OWNER]).status == 200
        slow.send(b"GET /v2/whoami HTTP/1.1\r\nHost: x\r\nX-A: ")
        began = time.monotonic()
        assert silent.closed()
        assert slow.closed()
        assert time.monotonic() - began < 5
        # Between requests a connection may rest.
        assert resting.ask("GET", WHOAMI, [OWNER]).status == 200


def test_closing_ends_the_connections_of_those_who_say_nothing() -> None:
    mock = Mock("zeeg")
    with Raw(mock.url) as idle, Raw(mock.url) as silent:
        assert idle.ask("GET", WHOAMI, [OWNER]).status == 200
        mock.close()
        assert idle.closed()
        assert silent.closed()


# Faults of the wire


def faulty(mock: Mock, fault: str, **spec: Any) -> Got:
    mock.faults.declare(fault, operation="createNote", **spec)
    with Raw(mock.url) as raw:
        return raw.ask("POST", NOTES, [OWNER, JSON], NOTE)


def test_a_dropped_connection_does_nothing_and_says_nothing(mock: Mock) -> None:
    before = contents(mock)
    with pytest.raises(ConnectionResetError):
        faulty(mock, "dropped-connection")
    assert contents(mock) == before


def test_a_lost_reply_has_done_its_work(mock: Mock) -> None:
    before = contents(mock)
    with pytest.raises(ConnectionResetError):
        faulty(mock, "lost-reply")
    assert contents(mock) == [*before, "x"]


def test_a_truncated_body_promises_more_than_it_brings(mock: Mock) -> None:
    got = faulty(mock, "truncated-body", at=10)
    assert (got.status, len(got.body), got.whole) == (201, 10, False)
    assert int(got.headers["content-length"]) > 10


def test_a_fault_that_is_declared_while_the_body_comes_in_acts_too(mock: Mock) -> None:
    before = contents(mock)
    with Raw(mock.url) as raw:
        whole = request(raw.host, "POST", NOTES, [OWNER, JSON], NOTE)
        raw.send(whole[:-5])
        settled(mock)
        mock.faults.declare("lost-reply", operation="createNote")
        raw.send(whole[-5:])
        assert raw.closed()
    mock.faults.clear()
    assert contents(mock) == [*before, "x"]


def test_latency_is_real_and_the_answer_whole(mock: Mock) -> None:
    began = time.monotonic()
    got = faulty(mock, "latency", seconds=0.05)
    # The loop's timers count in whole milliseconds, from when its turn began.
    assert time.monotonic() - began >= 0.05 - 0.002
    assert (got.status, got.whole) == (201, True)


def test_who_does_not_wait_for_a_late_answer_harms_nobody(mock: Mock) -> None:
    mock.faults.declare("latency", operation="whoami", seconds=0.05)
    with Raw(mock.url) as raw:
        raw.send(request(raw.host, "GET", WHOAMI, [OWNER]))
    mock.faults.clear()
    settled(mock)


def test_faults_by_header_work_on_the_wire(mock: Mock) -> None:
    with Raw(mock.url) as raw, pytest.raises(ConnectionResetError):
        raw.ask("GET", WHOAMI, [OWNER, ("Prefer", "fault=dropped-connection")])
    with Raw(mock.url) as raw:
        got = raw.ask("GET", WHOAMI, [OWNER, ("Prefer", "code=429")])
        assert (got.status, got.headers["preference-applied"]) == (429, "code=429")
        assert raw.ask("GET", WHOAMI, [OWNER]).status == 200
