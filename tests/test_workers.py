"""Several processes behind one port: every world in one of them, every request where its world is."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.commands.workers import WholeLines
from tests.receiving import Taken, receiving
from tests.serving import PATIENCE, Served, serving
from tests.web.raw import Raw, request

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked processes")

OWNER = ("Authorization", "Bearer zeeg_owner")
JSON = ("Content-Type", "application/json")
NOTES = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"
# An appointment at meetergo.
NORAS = "0a5d9e31-c84f-4b72-86e0-1f3b7d6294ca"


@pytest.fixture(scope="module")
def crew() -> Iterator[Served]:
    """Three workers."""
    with serving("zeeg", "--quiet", "--limits", "off", "--workers", "3") as served:
        yield served


@pytest.fixture
def client(crew: Served) -> Iterator[httpx.Client]:
    """A client of three workers, whose worlds are gone when it ends."""
    with httpx.Client(base_url=crew.url, headers=dict([OWNER]), timeout=PATIENCE) as client:
        yield client
        for world in client.get("/_mock/worlds").json()[1:]:
            assert client.delete(f"/_mock/worlds/{world['name']}").status_code == 204


def made(client: httpx.Client, **wish: Any) -> str:
    """The name of a new world."""
    answer = client.post("/_mock/worlds", json=wish)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["name"]
    return name


def notes(client: httpx.Client, world: str) -> list[str]:
    rows = client.get(f"/w/{world}/_mock/state/zeeg/note").json()
    return sorted(row["content"] for row in rows)


def children(process: subprocess.Popen[str]) -> list[int]:
    file = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not file.exists():
        pytest.skip("this system does not tell a process's children")
    return [int(pid) for pid in file.read_text().split()]


def is_there(url: str) -> bool:
    """Whether anybody answers."""
    try:
        httpx.get(f"{url}/_mock/health", timeout=PATIENCE)
    except httpx.TransportError:
        return False
    return True


# Every request reaches its world


def test_each_world_keeps_what_is_written_to_it_whatever_connection_is_used(client: httpx.Client) -> None:
    worlds = [made(client) for _ in range(6)]
    for number, world in enumerate(worlds):
        with Raw(str(client.base_url)) as raw:
            body = b'{"content":"for %d"}' % number
            assert raw.ask("POST", f"/w/{world}{NOTES}", [OWNER, JSON], body).status == 201
    began = notes(client, "default")
    for number, world in enumerate(worlds):
        assert sorted([*began, f"for {number}"]) == notes(client, world)


def test_one_connection_goes_to_and_fro_between_worlds(client: httpx.Client) -> None:
    worlds = ["default", *(made(client) for _ in range(5))]
    with Raw(str(client.base_url)) as raw:
        for turn in range(4):
            for world in worlds:
                body = b'{"content":"%s %d"}' % (world.encode(), turn)
                assert raw.ask("POST", f"/w/{world}{NOTES}", [OWNER, JSON], body).status == 201
        for world in worlds:
            kept = [text for text in notes(client, world) if text.startswith(f"{world} ")]
            assert kept == [f"{world} {turn}" for turn in range(4)]
    assert client.post("/_mock/reset", json={}).status_code == 200


def test_pipelined_requests_to_many_worlds_are_answered_in_their_order(client: httpx.Client) -> None:
    worlds = [made(client) for _ in range(5)]
    asked = [worlds[number % 5] for number in range(60)]
    with Raw(str(client.base_url)) as raw:
        raw.send(
            b"".join(
                request(
                    raw.host, "POST", f"/w/{world}{NOTES}", [OWNER, JSON], b'{"content":"n%02d"}' % number
                )
                for number, world in enumerate(asked)
            )
        )
        got = [raw.answer("POST") for _ in asked]
    assert [each.status for each in got] == [201] * 60
    assert [each.json["resource"]["content"] for each in got] == [f"n{number:02}" for number in range(60)]
    for first, world in enumerate(worlds):
        kept = [text for text in notes(client, world) if re.fullmatch(r"n\d\d", text)]
        assert kept == [f"n{number:02}" for number in range(first, 60, 5)]


def test_a_pipelined_request_finds_the_world_that_the_one_before_it_makes(client: httpx.Client) -> None:
    with Raw(str(client.base_url)) as raw:
        for number in range(4):
            world = f"at-once-{number}"
            make = request(raw.host, "POST", "/_mock/worlds", [JSON], b'{"name":"%s"}' % world.encode())
            use = request(raw.host, "GET", f"/w/{world}/v2/whoami", [OWNER])
            drop = request(raw.host, "DELETE", f"/w/{world}/_mock/worlds/{world}")
            raw.send(make + use + drop + use)
            got = [raw.answer(method).status for method in ("POST", "GET", "DELETE", "GET")]
            assert got == [201, 200, 204, 404]


def test_many_clients_at_once_each_see_their_own_world(client: httpx.Client) -> None:
    def work(number: int) -> list[int]:
        with Raw(str(client.base_url)) as raw:
            raw.ask("POST", "/_mock/worlds", [JSON], b'{"name":"c%d"}' % number)
            return [
                len(raw.ask("GET", f"/w/c{number}{NOTES}", [OWNER]).json["collection"])
                for _ in range(3)
                if raw.ask("POST", f"/w/c{number}{NOTES}", [OWNER, JSON], b'{"content":"x"}').status == 201
            ]

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(work, range(24)))
    assert len(set(map(tuple, counts))) == 1
    assert counts[0] == list(range(counts[0][0], counts[0][0] + 3))


def test_who_names_no_world_always_reaches_the_default_one(client: httpx.Client) -> None:
    before = len(notes(client, "default"))
    for _ in range(8):
        with Raw(str(client.base_url)) as raw:
            assert raw.ask("POST", NOTES, [OWNER, JSON], b'{"content":"x"}').status == 201
    assert len(notes(client, "default")) == before + 8
    assert client.post("/_mock/reset", json={}).status_code == 200


def test_a_world_that_is_nowhere_is_told_as_one_server_tells_it(client: httpx.Client) -> None:
    for path in ("/w/nowhere/v2/whoami", "/w/nowhere/_mock/clock", "/w/nowhere/_mock/worlds", "/w//v2/x"):
        for _ in range(4):
            with Raw(str(client.base_url)) as raw:
                got = raw.ask("GET", path, [OWNER])
            assert got.status == 404
            assert got.headers["content-type"] == "application/problem+json"
            assert "there is no world" in got.json["detail"]


# What is about all worlds


def test_worlds_spread_over_the_workers_and_the_list_has_all_of_them(client: httpx.Client) -> None:
    names = [made(client) for _ in range(100)]
    assert names == list(dict.fromkeys(names))
    assert [each["name"] for each in client.get("/_mock/worlds").json()] == ["default", *names]
    # The same from inside a world, wherever that lives.
    assert [each["name"] for each in client.get(f"/w/{names[1]}/_mock/worlds").json()] == ["default", *names]
    assert client.get(f"/w/{names[5]}/_mock/worlds/{names[7]}").json()["name"] == names[7]


def test_a_name_is_given_once_over_all_workers(client: httpx.Client) -> None:
    worlds = [made(client, name=f"n{number}") for number in range(3)]
    for world in worlds:
        for asker in ("", *(f"/w/{each}" for each in worlds)):
            again = client.post(f"{asker}/_mock/worlds", json={"name": world})
            assert again.status_code == 409
            assert again.json()["detail"] == f"there is already a world {world!r}"


def test_wishes_that_cannot_be_met_are_refused_as_by_one_server(client: httpx.Client) -> None:
    inside = made(client, name="inside")
    made(client, name="other")
    wishes: list[tuple[dict[str, Any], int]] = [
        ({"name": "no/name"}, 422),
        ({"from": "nowhere"}, 404),
        ({"from": "inside", "seed": 2}, 422),
        ({"data": "nothing"}, 422),
    ]
    with serving("zeeg", "--quiet") as alone:
        httpx.post(f"{alone.url}/_mock/worlds", json={"name": "inside"})
        for wish, status in wishes:
            there = httpx.post(f"{alone.url}/_mock/worlds", json=wish)
            assert there.status_code == status
            for asker in ("", f"/w/{inside}", "/w/other"):
                here = client.post(f"{asker}/_mock/worlds", json=wish)
                assert (here.status_code, here.json()) == (status, there.json())
    assert len(client.get("/_mock/worlds").json()) == 3


def test_a_fork_has_what_its_source_had(client: httpx.Client) -> None:
    sources = ["default", *(made(client) for _ in range(3))]
    for source in sources:
        body = {"content": f"of {source}"}
        assert client.post(f"/w/{source}{NOTES}", json=body).status_code == 201
        fork = made(client, **{"from": source})
        assert f"of {source}" in notes(client, fork)
        assert client.post(f"/w/{fork}{NOTES}", json={"content": "later"}).status_code == 201
        assert "later" not in notes(client, source)
    assert client.post("/_mock/reset", json={}).status_code == 200


def test_a_dropped_world_is_gone_and_its_name_is_free(client: httpx.Client) -> None:
    for turn in range(4):
        made(client, name="again", seed=turn)
        assert client.get("/w/again/v2/whoami").status_code == 200
        assert client.get("/_mock/worlds/again").json()["seed"] == turn
        asker = "/w/again" if turn % 2 else ""
        assert client.delete(f"{asker}/_mock/worlds/again").status_code == 204
        assert client.get("/w/again/v2/whoami").status_code == 404
        assert client.delete("/_mock/worlds/again").status_code == 404
    refused = client.delete("/_mock/worlds/default")
    assert refused.status_code == 409


def test_fresh_worlds_begin_alike_in_every_worker(client: httpx.Client) -> None:
    worlds = [made(client, seed=7) for _ in range(4)]
    for kind in ("event", "note"):
        assert len({client.get(f"/w/{world}/_mock/state/zeeg/{kind}").text for world in worlds}) == 1
    answers = [client.post(f"/w/{world}{NOTES}", json={"content": "x"}).json() for world in worlds]
    assert len({answer["resource"]["uuid"] for answer in answers}) == 1
    assert client.post(f"/w/{worlds[1]}/_mock/reset", json={"seed": 9}).json()["seed"] == 9
    assert client.get(f"/_mock/worlds/{worlds[1]}").json()["seed"] == 9
    clocks = [client.get(f"/w/{world}/_mock/clock").json()["now"] for world in worlds]
    assert all(clock.startswith("2026-04-06T08:0") for clock in clocks)


def test_worlds_of_every_worker_deliver_their_webhooks_each_once() -> None:
    taken: list[str] = []
    all_came = threading.Event()

    def answer(got: Taken) -> tuple[int, dict[str, str], bytes]:
        taken.append(got.path)
        if len(taken) == 4:
            all_came.set()
        return 204, {}, b""

    with receiving() as receiver, serving("meetergo", "--quiet", "--workers", "3") as served:
        receiver.answer = answer
        with httpx.Client(headers={"Authorization": "Bearer rgo-owner"}, timeout=PATIENCE) as client:
            for _ in range(3):
                assert client.post(f"{served.url}/_mock/worlds", json={}).status_code == 201
            for world in ("default", "w1", "w2", "w3"):
                base = f"{served.url}/w/{world}"
                hook = {"endpoint": f"{receiver.url}/{world}", "eventTypes": ["booking_cancelled"]}
                assert client.post(f"{base}/webhooks", json=hook).status_code == 201
                assert client.delete(f"{base}/v4/appointment/{NORAS}").status_code == 204
            assert all_came.wait(PATIENCE)
            for world in ("default", "w1", "w2", "w3"):
                told = client.get(f"{served.url}/w/{world}/_mock/webhooks").json()
                assert len(told) == 1
        assert served.end()[0] == 0
    assert sorted(taken) == ["/default", "/w1", "/w2", "/w3"]


# The command


def test_every_line_of_the_log_is_whole_whoever_writes_it() -> None:
    with serving("zeeg", "--workers", "2") as served:
        assert served.lines[-1].endswith(served.url)
        with httpx.Client(base_url=served.url, headers=dict([OWNER]), timeout=PATIENCE) as client:
            worlds = [made(client) for _ in range(2)]

        def work(world: str) -> None:
            with Raw(served.url) as raw:
                ask = request(raw.host, "GET", f"/w/{world}/v2/whoami?{'q' * 150}", [OWNER])
                raw.send(ask * 300)
                for _ in range(300):
                    raw.answer()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, worlds * 2))
        status, _, told = served.end()
    assert status == 0
    lines = told.splitlines()
    assert len(lines) == 1200
    whole = re.compile(r"w[12]/zeeg GET /v2/whoami -> \d{3} .*\[owner\] x-\d+")
    assert [line for line in lines if not whole.fullmatch(line)] == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_command(how: signal.Signals) -> None:
    with serving("zeeg", "--quiet", "--workers", "2") as served:
        pids = children(served.process)
        assert len(pids) == 2
        assert is_there(served.url)
        status, _, told = served.end(how)
        assert (status, told) == (0, "")
        assert not is_there(served.url)
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("which", [0, 1])
def test_all_end_where_one_of_them_does(which: int) -> None:
    with serving("zeeg", "--quiet", "--workers", "2") as served:
        os.kill(children(served.process)[which], signal.SIGKILL)
        assert served.process.wait(PATIENCE) == 1
        assert served.process.stderr is not None
        assert served.process.stderr.read() == "a worker ended, so all of them did\n"
        assert not is_there(served.url)


def test_a_port_in_use_is_told_before_anything_is_served() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "mockserver", "serve", "zeeg", "--port", str(port), "--workers", "2"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("--workers", "0"),
        ("--workers", "x"),
        ("--workers", "2", "--watch"),
        ("--workers", "2", "--proxy", "http://127.0.0.1:1"),
    ],
)
def test_wrong_workers_are_told_in_a_line(wrong: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "zeeg", "--port", "0", *wrong],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "workers" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_line_is_not_lost_where_the_pipe_does_not_wait() -> None:
    out, into = os.pipe()
    os.set_blocking(into, False)
    lines = [f"{number:06} {'x' * 90}\n" for number in range(5_000)]

    def write() -> None:
        try:
            WholeLines(into).write("".join(lines))
        finally:
            os.close(into)

    writing = threading.Thread(target=write)
    writing.start()
    with os.fdopen(out) as file:
        assert file.readlines() == lines
    writing.join(PATIENCE)
