"""Connections among several workers: wherever it is cut, a stream is answered as by one server."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from mockserver import Mock
from mockserver.house import House
from mockserver.web.application import build_application
from mockserver.web.crew import NOT_YET, OURS, Crew, world_of
from mockserver.web.roaming import RoamingProtocol, is_alone
from tests.web.crewed import workers
from tests.web.raw import PATIENCE, Got, Raw, chunked, request

OWNER = ("Authorization", "Bearer zeeg_owner")
JSON = ("Content-Type", "application/json")
CHUNKED = ("Transfer-Encoding", "chunked")
WHOAMI = "/v2/whoami"
NOTES = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"
# What looks like the end of a request, and like another one.
DECOY = b"\r\n\r\nGET /w/elsewhere/v2/whoami HTTP/1.1\r\n\r\n"


# Whose a request is


@pytest.mark.parametrize(
    ("line", "world"),
    [
        (b"GET / HTTP/1.1\r\n", "default"),
        (b"GET /v2/whoami HTTP/1.1\r\n", "default"),
        (b"GET /w HTTP/1.1\r\n", "default"),
        (b"GET /w/a/v2/whoami HTTP/1.1\r\n", "a"),
        (b"GET /w/a HTTP/1.1\r\n", "a"),
        (b"GET /w/a?x=/ HTTP/1.1\r\n", "a"),
        (b"GET /w/a#/b HTTP/1.1\r\n", "a"),
        (b"GET  /w/a/b HTTP/1.1\r\n", "a"),
        (b"GET /w//b HTTP/1.1\r\n", ""),
        (b"GET //w/a/b HTTP/1.1\r\n", "default"),
        (b"GET /%77/%61%2Fb HTTP/1.1\r\n", "a"),
        (b"GET /w%2Fa/b HTTP/1.1\r\n", "a"),
        (b"GET http://w/w/a/b HTTP/1.1\r\n", "a"),
        (b"GET http://w HTTP/1.1\r\n", "default"),
        (b"OPTIONS * HTTP/1.1\r\n", "default"),
        (b"CONNECT w:80 HTTP/1.1\r\n", "default"),
        (b"GET /w/" + b"a" * 5000, "a" * 4092),
        (b"\x16\x03\x01 nothing of ours\r\n", "default"),
        (b"neither a method nor a target, but long", "default"),
        (b"neither\n", "default"),
        (b"", None),
        (b"GET", None),
        (b"GET ", None),
        (b"GET /w/a", None),
        (b"GET http://w/w/a/", None),
    ],
)
def test_the_world_is_the_one_that_the_path_names_however_it_is_written(
    line: bytes, world: str | None
) -> None:
    assert world_of(b"before" + line, 6) == world


def test_a_worker_knows_its_own_and_leaves_the_rest_to_the_first() -> None:
    house = House(["zeeg"])
    house.worlds.create("mine")
    near, far = socket.socketpair()
    with near, far:
        other = Crew(house, 1, [far])
        assert house.worlds.names() == ["mine"]
        cases = {b"mine/v2/": OURS, b"%6dine/v2": OURS, b"other/": 0, b"default/": 0, b"mi": NOT_YET}
        for rest, place in cases.items():
            end = b" " if place != NOT_YET else b""
            assert other.place(b"POST /w/" + rest + end, 0) == place
        assert other.place(b"GET /v2/whoami", 0) == 0
        assert other.place(b"GET /w", 0) == NOT_YET


# One connection, byte by byte


class Transport:
    """A connection without a wire."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.out = b""
        self.unsent = 0
        self.told: list[str] = []
        self.gone = False

    def write(self, data: bytes) -> None:
        self.out += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        self.told.append(f"limit {high}")

    def get_extra_info(self, name: str) -> Any:
        return self._socket if name == "socket" else None

    def is_closing(self) -> bool:
        return self.gone

    def close(self) -> None:
        self.gone = True

    abort = close

    def pause_reading(self) -> None:
        self.told.append("pause")

    def resume_reading(self) -> None:
        self.told.append("resume")


class OneWorker:
    """Worker 1 of two, which has the world `mine`."""

    def __init__(self) -> None:
        self.house = House(["zeeg"], limited=False)
        self.house.worlds.create("mine")
        self._near, far = socket.socketpair()
        self.crew = Crew(self.house, 1, [far])
        self.handed: list[tuple[int, bytes]] = []
        self.loop = asyncio.new_event_loop()
        self._far = far

        def hand_on(to: int, connection: int, data: bytes) -> None:
            os.close(connection)
            self.handed.append((to, data))

        self.crew.hand_on = hand_on  # type: ignore[method-assign]
        protocol: Any = partial(RoamingProtocol, self.crew)
        self.config = uvicorn.Config(
            build_application(self.house),
            http=protocol,
            proxy_headers=False,
            log_config=None,
            lifespan="off",
        )
        self.config.load()

    def connect(self) -> tuple[Any, Transport]:
        """A new connection."""
        self.handed.clear()
        transport = Transport(self._far)
        protocol: Any = RoamingProtocol(
            self.crew, config=self.config, server_state=ServerState(), app_state={}, _loop=self.loop
        )
        protocol.connection_made(transport)
        return protocol, transport

    def read(self, pieces: list[bytes]) -> tuple[bytes, bytes | None, list[bytes]]:
        """What is answered, what is handed on, and the pieces that are left then."""
        protocol, transport = self.connect()
        left = list(pieces)
        while left and not transport.gone:
            protocol.data_received(left.pop(0))
        protocol.connection_lost(None)
        assert transport.told == [], "nothing here has to wait"
        return transport.out, self.handed[0][1] if self.handed else None, left

    def close(self) -> None:
        self._near.close()
        self._far.close()
        self.loop.close()


@pytest.fixture(scope="module")
def one() -> Iterator[OneWorker]:
    one = OneWorker()
    yield one
    one.close()


bodies = st.lists(
    st.sampled_from([b"x", b"\r", b"\n", b"\r\n\r\n", b"0\r\n\r\n", DECOY, b"y" * 300]), max_size=5
).map(b"".join)


@st.composite
def requests(draw: st.DrawFn, prefix: str) -> bytes:
    """One request, of some kind, below that prefix."""
    kind = draw(st.sampled_from(["get", "post", "chunks", "trailed", "empty", "after lines"]))
    if kind == "get":
        return request("h", "GET", prefix + WHOAMI, [OWNER])
    if kind == "after lines":
        return b"\r\n\r\n" + request("h", "GET", prefix + WHOAMI, [OWNER])
    if kind == "empty":
        return request("h", "POST", prefix + NOTES, [OWNER, ("Content-Length", "0")])
    body = draw(bodies)
    if kind == "post":
        return request("h", "POST", prefix + NOTES, [OWNER, JSON], body)
    head = request("h", "POST", prefix + NOTES, [OWNER, JSON, CHUNKED])
    chunks = chunked(body, draw(st.integers(1, 8)))
    return head + (chunks if kind == "chunks" else chunks[:-2] + b"x-a: b\r\n\r\n")


@st.composite
def cut(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes in pieces, down to single ones."""
    if draw(st.booleans()):
        places = set(draw(st.lists(st.integers(1, len(data)), max_size=12)))
    else:
        step = draw(st.integers(1, 7))
        places = set(range(step, len(data), step))
    ends = [0, *sorted(places | {len(data)})]
    return [data[start:end] for start, end in itertools.pairwise(ends) if end > start]


@given(st.data())
def test_all_before_a_foreign_request_is_answered_and_no_byte_of_it_is_lost(
    one: OneWorker, data: st.DataObject
) -> None:
    ours = data.draw(st.lists(requests("/w/mine"), max_size=4))
    prefix = data.draw(st.sampled_from(["", "/w/nowhere", "/w/default"]))
    rest = data.draw(st.lists(requests(prefix) | requests("/w/mine"), max_size=2))
    foreign = data.draw(requests(prefix)) + b"".join(rest)
    answered, handed, left = one.read(data.draw(cut(b"".join(ours) + foreign)))
    assert answered.count(b"HTTP/1.1 ") == len(ours)
    assert b" 404 " not in answered
    assert handed is not None
    assert (handed + b"".join(left)).lstrip(b"\r\n") == foreign.lstrip(b"\r\n")


@given(st.data())
def test_where_all_are_its_own_a_worker_answers_all_however_they_come(
    one: OneWorker, data: st.DataObject
) -> None:
    ours = data.draw(st.lists(requests("/w/mine"), min_size=1, max_size=5))
    answered, handed, left = one.read(data.draw(cut(b"".join(ours))))
    whole, _, _ = one.read([b"".join(ours)])
    assert answered.count(b"HTTP/1.1 ") == whole.count(b"HTTP/1.1 ") == len(ours)
    assert (handed, left) == (None, [])


@pytest.mark.parametrize(
    "target", ["  /v2/whoami", " http://h/v2/whoami", " /%76%32/whoami", " /w/min%65/v2/whoami", " *"]
)
def test_what_is_written_in_no_usual_way_is_looked_at_all_the_same(one: OneWorker, target: str) -> None:
    head = f"GET{target} HTTP/1.1\r\nhost: h\r\n\r\n".encode()
    mine = "min%65" in target
    for before in (b"", request("h", "GET", f"/w/mine{WHOAMI}", [OWNER])):
        answered, handed, _ = one.read([before + head])
        assert answered.count(b"HTTP/1.1 ") == bool(before) + mine
        assert handed == (None if mine else head)
        answered, handed, _ = one.read([before, head] if before else [head])
        assert handed == (None if mine else head)


def test_what_is_still_going_out_goes_before_the_connection_does(one: OneWorker) -> None:
    protocol, transport = one.connect()
    transport.unsent = 5
    foreign = request("h", "GET", WHOAMI, [OWNER])
    protocol.data_received(request("h", "GET", f"/w/mine{WHOAMI}", [OWNER]) + foreign[:20])
    assert transport.out.count(b" 200 ") == 1
    assert (one.handed, transport.told) == ([], ["pause", "limit 0"])
    # The transport tells of the limit, takes what it had read already, and tells when all has gone.
    protocol.pause_writing()
    protocol.data_received(foreign[20:])
    assert not one.handed
    transport.unsent = 0
    protocol.resume_writing()
    one.loop.run_until_complete(asyncio.sleep(0))
    assert one.handed == [(0, foreign)]
    assert transport.gone
    protocol.connection_lost(None)


def test_a_connection_that_may_stay_after_all_reads_on(one: OneWorker) -> None:
    protocol, transport = one.connect()
    transport.unsent = 5
    protocol.data_received(request("h", "GET", f"/w/late{WHOAMI}", [OWNER]))
    protocol.pause_writing()
    one.house.worlds.create("late")
    transport.unsent = 0
    protocol.resume_writing()
    one.loop.run_until_complete(asyncio.sleep(0))
    one.house.worlds.drop("late")
    assert transport.told == ["pause", "limit 0", "limit None", "resume"]
    assert (one.handed, transport.out.count(b" 200 ")) == ([], 1)
    protocol.connection_lost(None)


def test_a_first_line_that_does_not_end_is_not_waited_for(one: OneWorker) -> None:
    protocol, transport = one.connect()
    protocol.data_received(request("h", "GET", f"/w/mine{WHOAMI}", [OWNER]) + b"GET /w/mi")
    for _ in range(3):
        protocol._look()
    assert transport.gone
    protocol.connection_lost(None)


# Several workers beside one server


class Both:
    """Three workers, each of which has a world, and one server that has the same."""

    worlds = ("default", "one", "two", "three")

    def __init__(self, urls: list[str], alone: str) -> None:
        self.urls = urls
        self.alone = alone
        for base in (urls[0], alone):
            for world in self.worlds[1:]:
                assert httpx.post(f"{base}/_mock/worlds", json={"name": world}).status_code == 201
        self._clients = [httpx.Client(base_url=base, timeout=PATIENCE) for base in (urls[0], alone)]

    def begin_anew(self) -> None:
        """All worlds as they began, and no others."""
        for client in self._clients:
            for world in client.get("/_mock/worlds").json():
                if world["name"] in self.worlds:
                    assert client.post(f"{world['path']}/_mock/reset", json={}).status_code == 200
                else:
                    assert client.delete(f"/_mock/worlds/{world['name']}").status_code == 204

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def both_of(stack: ExitStack) -> Iterator[Both]:
    urls = stack.enter_context(workers(3))
    mock = stack.enter_context(Mock("zeeg", limits=False))
    both = Both(urls, mock.url)
    yield both
    both.close()


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with ExitStack() as stack, both_of(stack) as both:
        yield both


CONTROL: list[tuple[str, str, bytes]] = [
    ("GET", "/_mock/worlds", b""),
    ("GET", "/_mock/worlds/two", b""),
    ("POST", "/_mock/worlds", b'{"name":"new"}'),
    ("POST", "/_mock/worlds", b'{"from":"two"}'),
    ("POST", "/_mock/worlds", b'{"name":"copy","from":"three"}'),
    ("POST", "/_mock/worlds", b'{"from":"gone"}'),
    ("DELETE", "/_mock/worlds/new", b""),
    ("DELETE", "/_mock/worlds/copy", b""),
    ("POST", "/_mock/clock/advance", b'{"seconds":1}'),
    ("GET", "/_mock/exchanges?limit=1", b""),
    ("GET", "/_mock/nothing", b""),
]


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, bytes]:
    """(method, bytes) of one call of a provider or of the control API, in some world."""
    world = draw(st.sampled_from(["", "/w/default", "/w/one", "/w/two", "/w/three", "/w/new", "/w/copy"]))
    kind = draw(
        st.sampled_from(
            ["get", "post", "chunks", "expect", "absolute", "escaped", "spaced", "control", "control"]
        )
    )
    if kind == "control":
        method, path, body = draw(st.sampled_from(CONTROL))
        return method, request("127.0.0.1", method, world + path, [JSON], body)
    note = b'{"content":"%s"}' % draw(st.sampled_from([b"x", b"y" * 2000]))
    if kind == "post":
        return "POST", request("127.0.0.1", "POST", world + NOTES, [OWNER, JSON], note)
    if kind == "expect":
        expect = ("Expect", "100-continue")
        return "POST", request("127.0.0.1", "POST", world + NOTES, [OWNER, JSON, expect], note)
    if kind == "chunks":
        head = request("127.0.0.1", "POST", world + NOTES, [OWNER, JSON, CHUNKED])
        return "POST", head + chunked(note, 7)
    path = world + NOTES
    if kind == "absolute":
        path = f"http://127.0.0.1{path}"
    elif kind == "escaped":
        path = path.replace("w/", "%77/").replace("o", "%6F")
    asked = request("127.0.0.1", "GET", path, [OWNER])
    return "GET", asked.replace(b"GET /", b"GET  /") if kind == "spaced" else asked


def answers(url: str, asked: list[tuple[str, bytes]], pieces: list[bytes]) -> list[tuple[int, bytes]]:
    """The answers of one connection to all of these, sent without waiting for any."""
    with Raw(url) as raw:
        raw.send(*pieces)
        got: list[Got] = [raw.answer(method) for method, _ in asked]
    return [(each.status, each.body) for each in got]


@given(st.lists(calls(), min_size=1, max_size=8), st.integers(0, 2), st.data())
def test_several_workers_answer_a_connection_as_one_server_does(
    both: Both, asked: list[tuple[str, bytes]], entry: int, data: st.DataObject
) -> None:
    both.begin_anew()
    stream = b"".join(sent for _, sent in asked)
    pieces = data.draw(cut(stream))
    there = answers(both.urls[entry], asked, pieces)
    assert there == answers(both.alone, asked, [stream])


def test_a_kept_connection_notices_that_its_world_was_dropped_and_made_again(both: Both) -> None:
    both.begin_anew()
    for entry in both.urls:
        with Raw(entry) as raw:
            path = f"/w/again{WHOAMI}"
            for seed in range(4):
                assert [raw.ask("GET", path, [OWNER]).status for _ in range(2)] == [404, 404]
                wish = {"name": "again", "seed": seed}
                assert httpx.post(f"{both.urls[0]}/_mock/worlds", json=wish).status_code == 201
                assert [raw.ask("GET", path, [OWNER]).status for _ in range(3)] == [200] * 3
                assert raw.ask("GET", "/w/again/_mock/worlds/again").json["seed"] == seed
                assert httpx.delete(f"{both.urls[0]}/_mock/worlds/again").status_code == 204


@pytest.mark.parametrize(
    ("lines", "body", "alone"),
    [
        (b"Content-Length: 3\r\nA: b", b"xyz", True),
        (b"content-length:3", b"xyz", True),
        (b"Content-Length: 0", b"", True),
        (b"Content-Length: 3", b"xy", False),
        (b"Content-Length: 3", b"xyzGET /", False),
        (b"CONTENT-LENGTH: 3", b"xyz", False),
        (b"Content-Length: three", b"xyz", False),
        (b"X-Content-Length: 3", b"xyz", False),
        (b"Transfer-Encoding: chunked", b"0\r\n\r\n", False),
    ],
)
def test_a_request_is_taken_whole_where_its_length_says_that_it_is(
    lines: bytes, body: bytes, alone: bool
) -> None:
    head = b"POST / HTTP/1.1\r\n" + lines
    assert is_alone(head + b"\r\n\r\n" + body, len(head)) is alone


def test_a_large_body_goes_with_its_connection(both: Both) -> None:
    both.begin_anew()
    note = b'{"content":"%s"}' % (b"x" * 900_000)
    for world in both.worlds:
        for entry in both.urls:
            with Raw(entry) as raw:
                path = f"/w/{world}{NOTES}"
                asked = request(raw.host, "POST", path, [OWNER, JSON], note)
                raw.send(asked + request(raw.host, "GET", f"/w/{world}/_mock/clock") + asked)
                got = [raw.answer(method).status for method in ("POST", "GET", "POST")]
                assert got == [got[0], 200, got[0]]
                assert got[0] in (201, 400, 422)


def test_answers_that_are_read_late_are_not_lost_when_the_connection_leaves(both: Both) -> None:
    both.begin_anew()
    with Raw(both.urls[1]) as raw:
        # More than the system keeps of what nobody reads.
        asked = [f"/w/{world}/_mock/state/zeeg/event" for world in ("default", "one", "two")] * 200
        raw.send(b"".join(request(raw.host, "GET", path) for path in asked))
        got = [raw.answer() for _ in asked]
    assert {each.status for each in got} == {200}
    assert all(each.whole for each in got)
    assert len({each.body for each in got}) == 1
    assert len(got) * len(got[0].body) > 4_000_000


def test_who_asks_for_the_end_of_the_connection_gets_it(both: Both) -> None:
    both.begin_anew()
    for world in both.worlds:
        with Raw(both.urls[1]) as raw:
            assert raw.ask("GET", f"/w/two{WHOAMI}", [OWNER]).status == 200
            last = request(raw.host, "GET", f"/w/{world}{WHOAMI}", [OWNER, ("Connection", "close")])
            raw.send(last + request(raw.host, "GET", f"/w/one{WHOAMI}", [OWNER]))
            assert raw.answer().status == 200
            assert raw.closed()
        with Raw(both.urls[1]) as raw:
            assert raw.ask("GET", f"/w/{world}{WHOAMI}", [OWNER], version="1.0").status == 200
            assert raw.closed()


def test_who_has_said_all_and_closes_his_side_is_answered_wherever_he_came_in(both: Both) -> None:
    both.begin_anew()
    for entry in (*both.urls, both.alone):
        for world in both.worlds * 5:
            with Raw(entry) as raw:
                raw.send(request(raw.host, "GET", f"/w/{world}{WHOAMI}", [OWNER]) * 2)
                raw.socket.shutdown(socket.SHUT_WR)
                assert [raw.answer().status for _ in range(2)] == [200, 200]
                assert raw.closed()


def test_who_closes_his_side_gets_the_answers_of_all_worlds_that_he_asked(both: Both) -> None:
    both.begin_anew()
    for entry in (*both.urls, both.alone):
        for first in both.worlds:
            with Raw(entry) as raw:
                asked = [first, *(world for world in both.worlds if world != first), first]
                paths = [f"/w/{world}{WHOAMI}" for world in asked]
                paths.append("/_mock/health")  # One that ASGI answers, and by the first worker.
                raw.send(b"".join([request(raw.host, "GET", path, [OWNER]) for path in paths]))
                raw.socket.shutdown(socket.SHUT_WR)
                assert [raw.answer().status for _ in paths] == [200] * len(paths)
                assert raw.closed()


def test_who_sends_on_while_he_has_to_wait_is_not_read_without_end(both: Both) -> None:
    both.begin_anew()
    most = 64 * 2**20
    for world in both.worlds:
        late = {"fault": "latency", "operation": "whoami", "seconds": 5}
        assert httpx.post(f"{both.urls[0]}/w/{world}/_mock/faults", json=late).status_code == 201
        for entry in both.urls:
            with Raw(entry) as raw:
                many = request(raw.host, "GET", f"/w/{world}{WHOAMI}", [OWNER]) * 5_000
                raw.socket.settimeout(0.3)
                sent = 0
                with suppress(TimeoutError):
                    while sent < most:
                        sent += raw.socket.send(many)
                # What the system's buffers hold, and no more.
                assert sent < most
    both.begin_anew()


def test_clients_that_hang_up_half_way_leave_all_workers_at_work(both: Both) -> None:
    both.begin_anew()
    whole = request("h", "POST", f"/w/three{NOTES}", [OWNER, JSON], b'{"content":"x"}')
    for number in range(60):
        with Raw(both.urls[number % 3]) as raw:
            cut_off = whole[: min(number * 4, len(whole) - 1)]
            raw.send(request("h", "GET", f"/w/one{WHOAMI}", [OWNER]) * 3 + cut_off)
    for entry in both.urls:
        for world in both.worlds:
            assert httpx.get(f"{entry}/w/{world}{WHOAMI}", headers=dict([OWNER])).status_code == 200
    assert len(httpx.get(f"{both.alone}/w/three/_mock/state/zeeg/note").json()) == len(
        httpx.get(f"{both.urls[0]}/w/three/_mock/state/zeeg/note").json()
    )


def test_there_are_no_more_worlds_than_may_be_however_many_workers() -> None:
    with workers(2, most=4) as urls:
        for _ in range(3):
            assert httpx.post(f"{urls[1]}/_mock/worlds", json={}).status_code == 201
        full = httpx.post(f"{urls[0]}/w/w1/_mock/worlds", json={})
        assert (full.status_code, full.json()["detail"]) == (
            409,
            "there are 4 worlds already; drop some first",
        )
        assert httpx.delete(f"{urls[1]}/_mock/worlds/w2").status_code == 204
        assert httpx.post(f"{urls[1]}/_mock/worlds", json={}).json()["name"] == "w4"
