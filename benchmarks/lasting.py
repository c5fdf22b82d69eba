"""`python -m benchmarks.lasting`: whether a server's memory after an hour of load is that after a minute.

A load as of a test farm, and steady: lists, single rows, refusals, notes that are made and taken away again,
and now and then a world of somebody's own that is dropped when it was used. Nothing of it is kept but the
journal's last thousand. `--minutes` and `--rate` bound it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from benchmarks.__main__ import CORES, REFUSED, SOURCES, mint, mock_command, resident_megabytes, server, state

MOST_GROWTH = 1.1
# Of a thousand requests so many make a world, ask it once and drop it.
WORLDS = 3


def main() -> int:
    """Load, and print a line a minute; 1 where memory grew by more than it may."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.lasting", description=__doc__)
    options.add_argument("--minutes", type=int, default=60)
    options.add_argument("--rate", type=int, default=400, help="requests a second")
    options.add_argument("--compiled", type=Path, help="the folder of a compiled build (make compiled)")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    if chosen.minutes < 2 or chosen.rate < 1:
        options.error("it takes two minutes and a request a second to tell anything")
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    place = (chosen.compiled or SOURCES).resolve()
    with server(mock_command(), place) as (url, pid):
        start = resident_megabytes(pid)
        minutes, put = [], 0
        requests = round_and_round(url)
        for minute in range(1, chosen.minutes + 1):
            put += for_a_minute(requests, chosen.rate)
            minutes.append(resident_megabytes(pid))
            if minute in (1, 2, 5, 10) or minute % 15 == 0 or minute == chosen.minutes:
                print(f"after {minute:>4} min {put:>12,} requests {minutes[-1]:>10.1f} MB", flush=True)
    growth = minutes[-1] / minutes[0]
    print(f"at the start {start:.1f} MB; the last minute / the first: {growth:.2f}")
    if chosen.json:
        told = {"start": start, "minutes": minutes, "requests": put, "rate": chosen.rate, "growth": growth}
        chosen.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 0 if growth <= MOST_GROWTH else 1


def for_a_minute(requests: Iterator[None], rate: int) -> int:
    """Put requests at that rate; how many they were. What a slow moment held up is not made up for."""
    begun, put = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < 60:
        ahead = put / rate - passed
        if ahead > 0:
            time.sleep(ahead)
        next(requests)
        put += 1
    return put


def round_and_round(url: str) -> Generator[None]:
    """One request each time, for ever. RuntimeError where one is not answered as it should be."""
    with contextlib.closing(Line(url)) as line:
        yield from _rounds(url, line)


def _rounds(url: str, line: Line) -> Iterator[None]:
    token = mint(url, "zeeg")
    _, listed = line.ask("GET", "/zeeg/v2/scheduled-events?count=10", token)
    event = orjson.loads(listed)["collection"][0]["uuid"]
    agent = next(each for each in state(url, "zeeg", "agent") if each["isActive"])["uuid"]
    note = orjson.dumps({"content": "Call back on Monday."})
    refused = orjson.dumps(REFUSED)
    number = 0
    while True:
        number += 1
        place = number % 1000
        if place < WORLDS:
            name = f"farm-{number}"
            _due(line.ask("POST", "/_mock/worlds", body=orjson.dumps({"name": name})), 201)
            persona = orjson.loads(line.ask("GET", f"/w/{name}/_mock/personas?provider=zeeg")[1])[0]
            _due(line.ask("GET", f"/w/{name}/zeeg/v2/scheduled-events", persona["token"]), 200)
            _due(line.ask("DELETE", f"/_mock/worlds/{name}"), 204)
        elif place % 5 == 0:
            told = line.ask("POST", f"/zeeg/v2/scheduled-events/{event}/notes", token, note)
            _due(told, 201)
            yield
            _due(
                line.ask("DELETE", f"/zeeg/v2/notes/{orjson.loads(told[1])['resource']['uuid']}", token),
                200,
                204,
            )
        elif place % 5 == 1:
            _due(line.ask("POST", f"/zeeg/v2/agents/{agent}/outbound-calls", token, refused), 400, 422)
        elif place % 5 == 2:
            _due(line.ask("GET", f"/zeeg/v2/scheduled-events/{event}", token), 200)
        else:
            _due(line.ask("GET", "/zeeg/v2/scheduled-events?count=10", token), 200)
        yield


def _due(told: tuple[int, bytes], *statuses: int) -> None:
    if told[0] not in statuses:
        raise RuntimeError(f"{told[0]} where {statuses} is due: {told[1][:500].decode()}")


class Line:
    """A connection that is kept: what a client costs here must not be what is measured."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._sock = socket.create_connection((parts.hostname, parts.port or 80), timeout=30)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def close(self) -> None:
        """End it."""
        self._sock.close()

    def ask(self, method: str, path: str, token: str = "", body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the answer. ConnectionError where the connection ends."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._sock.sendall(f"{head}\r\n".encode() + body)
        while (end := self._read.find(b"\r\n\r\n")) < 0:
            self._more()
        header, self._read = self._read[:end].lower(), self._read[end + 4 :]
        _, found, rest = header.partition(b"content-length: ")
        length = int(rest.partition(b"\r\n")[0]) if found else 0
        while len(self._read) < length:
            self._more()
        content, self._read = self._read[:length], self._read[length:]
        return int(header[9:12]), content

    def _more(self) -> None:
        part = self._sock.recv(65_536)
        if not part:
            raise ConnectionError("the server has closed the connection")
        self._read += part


if __name__ == "__main__":
    sys.exit(main())
