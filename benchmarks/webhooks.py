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

from benchmarks.load import Ask, Measure, NoLoadTool, find_wrk, measure
from mockserver import Mock
from mockserver.web.delivery import Courier
from mockserver.web.reach import Reach

OWNER = "cal_owner"
SLOWNESS = 5.0
HOOKS, BOOKINGS, REQUESTS = 10, 100, 20_000
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
    try:
        find_wrk()
    except NoLoadTool as error:
        print(error, file=sys.stderr)
        return 2
    on_the_processors_clock(chosen.rounds, chosen.connections)
    slow_receivers(chosen.rounds, chosen.seconds, chosen.connections)
    an_hour(100)
    return 0


def on_the_processors_clock(rounds: int, connections: int) -> None:
    """The same in one process, in processor time: what others do on this machine does not count.

    So many requests at once go around an event loop, each asked again as soon as it is answered; how long one
    takes is what the loop's thread worked from its asking to its answer.
    """
    with started("-m", "benchmarks.webhooks", "--receive") as (_, to):
        quiet, busy, delivered = uvloop.run(turns(rounds, connections, to))
    print(f"{delivered} deliveries to a receiver that answers after {SLOWNESS:g} s, processor time")
    for name, of in (("median of the rounds", statistics.median), ("lowest quarter", quarter)):
        one, other = of(quiet), of(busy)
        print(f"  p99, {name:<21} {one:.3f} ms without, {other:.3f} ms with: {other / one - 1:+.1%}")


async def turns(rounds: int, connections: int, to: str) -> tuple[list[float], list[float], int]:
    """p99 in milliseconds of each round without and with deliveries, and how many were begun."""
    mock = Mock("calcom", limits=False, data="empty", webhooks=False)
    courier = Courier(mock.house, Reach(private=True))
    courier.start()
    quiet, busy, begun = [], [], 0
    for _ in range(rounds):
        mock.reset()
        quiet.append(await asked(mock, connections, 0))
        for number in range(HOOKS):
            hook = {"subscriberUrl": f"{to}/{number}", "triggers": ["BOOKING_CREATED"], "active": True}
            mock.call("POST", "/v2/webhooks", persona="owner", json={**hook, "secret": "s3cret"})
        busy.append(await asked(mock, connections, 3))
        begun += sum(message.url.startswith(to) for message in mock.webhooks)
    courier.stop()
    return quiet, busy, begun


async def asked(mock: Mock, connections: int, week: int) -> float:
    """p99 in milliseconds of REQUESTS reads, among which a hundred bookings are made."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    answer, world = mock.house.answer, mock.world
    head = [(b"authorization", f"Bearer {OWNER}".encode())]
    took: list[float] = []
    bookings = iter(range(BOOKINGS))

    def ask(began: float) -> None:
        if len(took) % (REQUESTS // BOOKINGS) == 0 and (number := next(bookings, None)) is not None:
            mock.call("POST", "/v2/bookings", json=booking(week, number), headers=VERSION)
        assert answer(world, None, "GET", "/v2/me", head).status == 200
        now = time.thread_time()
        took.append(now - began)
        if len(took) < REQUESTS:
            loop.call_soon(ask, now)
        else:
            done.set()

    for _ in range(connections):
        loop.call_soon(ask, time.thread_time())
    await done.wait()
    return statistics.quantiles(took, n=100)[98] * 1000


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
    # Whatever else runs on the machine only adds: the lowest quarter is nearest to the mock itself.
    for name, of in (("median of the rounds", statistics.median), ("lowest quarter", quarter)):
        one, other = of(quiet), of(busy)
        print(f"  p99, {name:<21} {one:.2f} ms without, {other:.2f} ms with: {other / one - 1:+.1%}")
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
