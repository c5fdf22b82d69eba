"""`python -m benchmarks.webhooks`: what deliveries cost who asks the API, and an hour's retries.

A receiver in a process of its own answers after five seconds. In each round a server is put under load
while a hundred bookings are made, first with nobody subscribed, then with ten who are; the median of
the rounds counts, for both come from the same minute. Memory is the server's resident set.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.load import Ask, Measure, lacks_wrk, measure
from mockserver import Mock
from mockserver.house import House, as_headers
from mockserver.web.application import build_application
from mockserver.web.delivery import Courier
from mockserver.web.reach import Reach
from mockserver.web.server import Server, address, listen

OWNER = "cal_owner"
SLOWNESS = 5.0
HOOKS, BOOKINGS = 10, 100
VERSION = {"cal-api-version": "2026-02-25"}
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@dataclass(frozen=True, slots=True)
class Round:
    """Load without and with deliveries, and what the server holds after each, in megabytes."""

    quiet: Measure
    busy: Measure
    before: float
    after: float
    waiting: int


def main() -> int:
    """Measure, and print what came of it."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.webhooks", description=__doc__)
    options.add_argument("--seconds", type=int, default=1, help="of load for each measurement")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.receive:
        asyncio.run(receive(SLOWNESS))
        return 0
    if lacks_wrk():
        return 2
    on_the_processors_clock(chosen.rounds, chosen.seconds, chosen.connections)
    slow_receivers(chosen.rounds, chosen.seconds, chosen.connections)
    an_hour(100)
    return 0


def on_the_processors_clock(rounds: int, seconds: int, connections: int) -> None:
    """The same in processor time: what others do on this machine does not count.

    A server answers whatever has come in one turn of its loop, so a request takes as long as its turn. What
    the server's thread worked in a turn counts once for each request that was answered in it.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        started("-m", "benchmarks.webhooks", "--receive") as (_, to),
    ):
        quiet, busy, begun = uvloop.run(turns(rounds, seconds, connections, to, Path(folder)))
    print(f"{HOOKS * BOOKINGS} deliveries to a receiver that answers after {SLOWNESS:g} s, in processor time")
    print(f"  in {rounds} rounds {begun} were begun")
    tell(quiet, busy)


async def turns(
    rounds: int, seconds: int, connections: int, to: str, folder: Path
) -> tuple[list[float], list[float], int]:
    """p99 in milliseconds of each round without and with deliveries, and how many were begun."""
    house = House(["calcom"], data="empty", limited=False)
    courier = Courier(house, Reach(private=True))
    sock = listen("127.0.0.1", 0)
    ready = asyncio.Event()
    server = Server(build_application(house), ready=ready.set, ended=courier.stop, in_thread=True)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    await ready.wait()
    courier.start()
    read = Ask("get", "GET", "/calcom/v2/me", OWNER)
    quiet, busy, begun = [], [], 0

    async def loaded() -> float:
        probe = Probe(lambda: server.server_state.total_requests)
        load = partial(measure, connections=connections, seconds=seconds, folder=folder)
        await asyncio.to_thread(load, address(sock), read)
        return probe.end()

    def ask(path: str, body: Mapping[str, Any]) -> None:
        headers = {"authorization": f"Bearer {OWNER}", "content-type": "application/json", **VERSION}
        world = house.worlds.default
        answer = house.answer(world, None, "POST", path, as_headers(headers), orjson.dumps(body))
        assert answer.status == 201, answer

    for _ in range(rounds):
        house.worlds.default.reset()
        for number in range(BOOKINGS):
            ask("/v2/bookings", booking(0, number))
        quiet.append(await loaded())
        for number in range(HOOKS):
            hook = {"subscriberUrl": f"{to}/{number}", "triggers": ["BOOKING_CREATED"], "active": True}
            ask("/v2/webhooks", {**hook, "secret": "s3cret"})
        for number in range(BOOKINGS):
            ask("/v2/bookings", booking(3, number))
        before = courier.begun
        busy.append(await loaded())
        begun += courier.begun - before
    server.should_exit = True
    await serving
    sock.close()
    return quiet, busy, begun


class Probe:
    """How long the turns of an event loop take in processor time, while requests are answered in them."""

    def __init__(self, answered: Callable[[], int]) -> None:
        self._answered = answered
        self._turns: list[tuple[float, int]] = []
        self._last = (time.thread_time(), answered())
        self._goes_on = True
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._look)

    def _look(self) -> None:
        now, count = time.thread_time(), self._answered()
        if count > self._last[1]:
            self._turns.append((now - self._last[0], count - self._last[1]))
        self._last = (now, count)
        if self._goes_on:
            self._loop.call_soon(self._look)

    def end(self) -> float:
        """p99 of the requests' turns, in milliseconds."""
        self._goes_on = False
        left = sum(count for _, count in self._turns) / 100
        for took, count in sorted(self._turns, reverse=True):
            left -= count
            if left <= 0:
                return took * 1000
        return 0.0


def tell(quiet: Sequence[float], busy: Sequence[float]) -> None:
    """Print p99 without and with deliveries; what disturbs from outside only adds."""
    for name, of in (("median of the rounds", statistics.median), ("lowest quarter", quarter)):
        one, other = of(quiet), of(busy)
        print(f"  p99, {name:<21} {one:.3f} ms without, {other:.3f} ms with: {other / one - 1:+.1%}")


def slow_receivers(rounds: int, seconds: int, connections: int) -> None:
    """The p99 of a read with and without a thousand deliveries under way."""
    with (
        tempfile.TemporaryDirectory() as folder,
        started("-m", "benchmarks.webhooks", "--receive") as (_, to),
    ):
        options = ["--port", "0", "--quiet", "--limits", "off", "--data", "empty"]
        command = ("-m", "mockserver", "serve", "calcom", *options)
        with started(*command, core=CORES[:1]) as (pid, url):
            found = [one_round(url, to, pid, seconds, connections, Path(folder)) for _ in range(rounds)]
    quiet, busy = ([getattr(each, name).p99 for each in found] for name in ("quiet", "busy"))
    rates = [statistics.median(getattr(each, name).rate for each in found) for name in ("quiet", "busy")]
    print(f"{HOOKS * BOOKINGS} deliveries to a receiver that answers after {SLOWNESS:g} s, {rounds} rounds")
    tell(quiet, busy)
    print(f"  requests a second   {rates[0]:,.0f} without, {rates[1]:,.0f} with")
    print(f"  still under way at the end of the load   {min(each.waiting for each in found)} or more")
    memory = ", ".join(f"{each.after:.0f}" for each in found)
    print(f"  memory, MB          {found[0].before:.0f} at first, after each round {memory}")


def quarter(values: Sequence[float]) -> float:
    """The first quartile."""
    return statistics.quantiles(values, n=4)[0]


def one_round(url: str, to: str, pid: int, seconds: int, connections: int, folder: Path) -> Round:
    """One world: quiet, then with deliveries made while it is under load."""
    read = Ask("get", "GET", "/calcom/v2/me", OWNER)
    control(url, "POST", "/_mock/reset", {})
    time.sleep(0.5)
    before = resident(pid)
    with under_way(book, url, 0):
        quiet = measure(url, read, connections=connections, seconds=seconds, folder=folder)
    for number in range(HOOKS):
        hook = {"subscriberUrl": f"{to}/{number}", "triggers": ["BOOKING_CREATED"], "active": True}
        control(url, "POST", "/calcom/v2/webhooks", {**hook, "secret": "s3cret"})
    with under_way(book, url, 3):
        busy = measure(url, read, connections=connections, seconds=seconds, folder=folder)
    listed = control(url, "GET", "/_mock/webhooks?limit=1000")
    waiting = sum(each["url"].startswith(to) and each["status"] == "pending" for each in listed)
    return Round(quiet, busy, before, resident(pid), waiting)


@contextlib.contextmanager
def under_way(work: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Something that is done beside the block, which waits for its end."""
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    yield
    thread.join()


def book(url: str, week: int) -> None:
    """A hundred bookings; whoever subscribed is told of each."""
    for number in range(BOOKINGS):
        control(url, "POST", "/calcom/v2/bookings", booking(week, number))


def booking(week: int, number: int) -> Mapping[str, Any]:
    """The body of a booking: half an hour apart, ten a day, from that week on."""
    day, half = divmod(number, 10)
    days = 7 * week + day + 2 * (day // 5)
    moment = datetime(2026, 4, 13, 7, tzinfo=UTC) + timedelta(days=days, minutes=30 * half)
    person = {"name": "Bo", "email": f"bo{number}@example.org", "timeZone": "UTC"}
    return {"eventTypeId": 7, "start": moment.isoformat(), "attendee": person}


def an_hour(messages: int) -> None:
    """An hour of a receiver that fails, on the world's clock: what it takes in real time."""
    with started("-m", "benchmarks.webhooks", "--receive", slowness=0.0, failing=True) as (_, to):
        for live in (False, True):
            with Mock("meetergo", limits=False) as mock:
                if live:
                    assert mock.url
                hook = {"endpoint": to, "eventTypes": ["booking_created"]}
                mock.call("POST", "/webhooks", persona="owner", json=hook)
                service, world = mock.service(), mock.world
                row = mock.state("appointment")[0]
                value = hour_value(mock, row["id"])
                put = partial(
                    service.post.put, world, "booking_created", to=to, subscription="s", value=value
                )
                for _ in range(messages):
                    mock.run(partial(put, now=world.now))
                began = time.perf_counter()
                mock.deliver_webhooks()
                mock.clock.advance(60 * 60)
                mock.deliver_webhooks()
                mock.clock.advance(11 * 60)
                told = mock.deliver_webhooks()
                took = time.perf_counter() - began
                tried = "/".join(sorted({str(len(message.attempts)) for message in told}))
                where = "over a live port" if live else "in-process"
                what = f"{messages} webhooks of {tried} attempts each"
                print(f"an hour of failures, {what}, {where}: {took:.2f} s")


def hour_value(mock: Mock, id: str) -> Any:
    """The payload of an appointment."""
    from mockserver.providers.meetergo.deliveries import payload

    row = mock.world.store.get("meetergo/appointment", id)
    assert row is not None
    return payload(mock.world.store, "booking_created", row)


def control(url: str, method: str, path: str, data: Any = None) -> Any:
    """The value of an answer."""
    headers = {"Authorization": f"Bearer {OWNER}", **VERSION}
    body = None if data is None else orjson.dumps(data)
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        content = answer.read()
    return orjson.loads(content) if content else None


def resident(pid: int) -> float:
    """Megabytes of a process that are in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


@contextlib.contextmanager
def started(
    *arguments: str, core: Sequence[int] = (), slowness: float = SLOWNESS, failing: bool = False
) -> Iterator[tuple[int, str]]:
    """A process that says where it listens; (its id, the address)."""
    environment = {**os.environ, "SLOWNESS": str(slowness), "FAILING": "1" if failing else ""}
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        if core:
            os.sched_setaffinity(process.pid, core)
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                yield process.pid, found[0]
                break
        else:
            raise RuntimeError(f"{' '.join(arguments)} did not start")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


async def receive(slowness: float) -> None:
    """Take whatever comes, answer late, and keep the connection no longer."""
    slowness = float(os.environ.get("SLOWNESS", slowness))
    status = b"503 Service Unavailable" if os.environ.get("FAILING") else b"200 OK"

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: ([0-9]+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            await asyncio.sleep(slowness)
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
