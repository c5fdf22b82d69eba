"""`python -m benchmarks.peers`: the mock beside other mock servers, the same requests in the same run."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from benchmarks.documents import write_document
from benchmarks.load import Ask, Measure, NoLoadTool, find_wrk, measure
from benchmarks.peers import servers
from benchmarks.peers.installing import Installed, NotInstalled, install
from benchmarks.peers.picture import write_pictures
from benchmarks.peers.servers import CALL, CORES, PLENTY, REFUSED, SOURCES, Job, Peer, Running
from benchmarks.peers.table import write_tables

COLD_STARTS = 3
RESULTS = SOURCES / "benchmarks" / "results" / "peers.json"


def main() -> int:
    """Measure, write the result file, and what is made from it."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    options.add_argument("--seconds", type=int, default=2, help="of load for each measurement")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median counts")
    options.add_argument("--connections", default="16,1", help="counts, with commas")
    options.add_argument("--operations", default="4,304", help="of the documents, with commas")
    options.add_argument("--only", help="these servers, with commas")
    options.add_argument("--compiled", type=Path, help="the folder of a compiled build (make compiled)")
    options.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "understudy-peers")
    options.add_argument("--output", type=Path, default=RESULTS)
    options.add_argument(
        "--draw", action="store_true", help="measure nothing; draw what the output file says"
    )
    chosen = options.parse_args()
    if chosen.draw:
        made(orjson.loads(chosen.output.read_bytes()))
        return 0
    try:
        find_wrk()
    except NoLoadTool as error:
        print(error, file=sys.stderr)
        return 2
    print("fetching the other servers from npm, where they are not there yet", file=sys.stderr)
    installed = install(chosen.cache)
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    peers = list(every_peer(installed, chosen.compiled))
    if chosen.only:
        wanted = chosen.only.split(",")
        peers = [peer for peer in peers if peer.name in wanted]
    counts = [int(text) for text in chosen.connections.split(",")]
    told: dict[str, Any] = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": {
            "Python": platform.python_version(),
            "uvicorn": version("uvicorn"),
            "Node": _output([installed.node, "--version"]) if installed.node else "",
            "Java": _java(installed),
            **{peer.name: peer.version for peer in peers if peer.version},
        },
        "command": "make compiled && python -m benchmarks.peers --compiled build/compiled",
        "seconds": chosen.seconds,
        "rounds": chosen.rounds,
        "documents": {},
    }
    with tempfile.TemporaryDirectory() as temporary:
        for operations in map(int, chosen.operations.split(",")):
            # Mappings written by hand are as many as are asked, however long the document is; and what
            # the compiler saves is seen on the small one.
            left_out = {"WireMock", *(["Understudy, interpreted"] if chosen.compiled else [])}
            there = [peer for peer in peers if operations <= 4 or peer.name not in left_out]
            told["documents"][str(operations)] = compare(
                operations, there, counts, chosen.rounds, chosen.seconds, Path(temporary)
            )
            # What is there is kept, should the next one be broken off.
            chosen.output.parent.mkdir(parents=True, exist_ok=True)
            chosen.output.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    made(told)
    return 0


def made(told: dict[str, Any]) -> None:
    """The README's tables and the pictures, from a result."""
    write_pictures(told, SOURCES / "docs")
    print(write_tables(told, SOURCES / "README.md"))


def every_peer(installed: Installed, compiled: Path | None) -> Iterator[Peer]:
    """Every server that can be had here; of the others it is said why not."""
    if compiled is not None:
        yield servers.ours("Understudy", compiled.resolve())
    yield servers.ours("Understudy, interpreted", SOURCES)
    yield servers.bare()
    for make in (servers.prism, servers.mockoon, servers.openapi_backend, servers.wiremock):
        try:
            yield make(installed)
        except NotInstalled as error:
            print(f"left out: {make.__name__}: {error}", file=sys.stderr)


def compare(
    operations: int, peers: Sequence[Peer], counts: Sequence[int], rounds: int, seconds: int, folder: Path
) -> dict[str, Any]:
    """Every server on a document of that many operations; by server, what was measured."""
    document = write_document(folder / "documents", operations)
    job = Job(document, operations, asks_with("a-token", "an-id"))
    with servers.running(servers.ours("recorded", SOURCES), job, folder) as mock:
        asks, token = furnished(mock.url, document.stem)
        job = servers.prepared(Job(document, operations, asks), mock.url, token)
    cold = {peer.name: cold_starts(peer, job, folder) for peer in peers}
    with contextlib.ExitStack() as stack:
        there = [stack.enter_context(servers.running(peer, job, folder)) for peer in peers]
        found = load(there, job, counts, rounds, seconds, folder)
        return {
            each.peer.name: {
                "cold_start": round(statistics.median(cold[each.peer.name]), 3),
                "idle_megabytes": round(each.idle, 1),
                "loaded_megabytes": round(servers.resident_megabytes(each.process.pid), 1),
                "requests": each.asked,
                "figures": found[each.peer.name],
            }
            for each in there
        }


def cold_starts(peer: Peer, job: Job, folder: Path) -> list[float]:
    """Seconds from the command to the first answer."""
    found = []
    for _ in range(COLD_STARTS):
        with servers.running(peer, job, folder) as server:
            found.append(server.cold)
    return found


def load(
    there: Sequence[Running], job: Job, counts: Sequence[int], rounds: int, seconds: int, folder: Path
) -> dict[str, Any]:
    """By server, connections and request: medians of the rounds. Who is not asked stands still."""
    asks: dict[str, Sequence[Ask]] = {}
    for server in there:
        own = server.peer.name.startswith("Understudy")
        asks[server.peer.name] = furnished(server.url, job.document.stem)[0] if own else server.peer.asks(job)
    found: dict[str, dict[int, dict[str, list[Measure]]]] = {each.peer.name: {} for each in there}
    for server in there:
        with alone(server, there):
            each_seconds = max(1, server.peer.warm // len(asks[server.peer.name]))
            for ask in asks[server.peer.name]:
                say(f"warming {server.peer.name}, {ask.name}")
                measure(server.url, ask, connections=16, seconds=each_seconds, folder=folder)
    for number in range(rounds):
        for connections in counts:
            for place in range(4):
                for server in there:
                    if place >= len(asks[server.peer.name]):
                        continue
                    ask = asks[server.peer.name][place]
                    say(
                        f"{job.operations} operations, round {number + 1}/{rounds}: {server.peer.name}, "
                        f"{ask.name}, {connections} connections"
                    )
                    with alone(server, there):
                        result = measure(
                            server.url, ask, connections=connections, seconds=seconds, folder=folder
                        )
                    server.asked += int(result.rate * seconds)
                    found[server.peer.name].setdefault(connections, {}).setdefault(ask.name, []).append(
                        result
                    )
    say("")
    return {
        name: {
            str(connections): {
                ask: {
                    "rate": round(statistics.median(each.rate for each in measures)),
                    "p50": round(statistics.median(each.p50 for each in measures), 3),
                    "p99": round(statistics.median(each.p99 for each in measures), 3),
                }
                for ask, measures in by_ask.items()
            }
            for connections, by_ask in by_count.items()
        }
        for name, by_count in found.items()
    }


def asks_with(token: str, id: str) -> tuple[Ask, ...]:
    """The four requests."""
    return (
        Ask("list", "GET", "/v2/things?count=10", token),
        Ask("get", "GET", f"/v2/things/{id}", token),
        Ask("post", "POST", "/v2/things", token, orjson.dumps(CALL).decode()),
        Ask("refused", "POST", "/v2/things", token, orjson.dumps(REFUSED).decode()),
    )


def furnished(url: str, slug: str) -> tuple[tuple[Ask, ...], str]:
    """Give a mock a token with a quota that load does not use up, and 25 rows; the requests, the token."""
    token = str(post(url + "/_mock/tokens", {"provider": slug, "quota": PLENTY})["token"])
    rows = [post(url + "/v2/things", {**CALL, "note": str(number)}, token) for number in range(25)]
    return asks_with(token, rows[0]["id"]), token


def post(url: str, body: Any, token: str = "") -> Any:
    """One request; the value of its answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, orjson.dumps(body), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return orjson.loads(answer.read())


@contextlib.contextmanager
def alone(server: Running, there: Sequence[Running]) -> Iterator[None]:
    """The other servers stand still: what they put off under load would take the core from this one."""
    others = [other for other in there if other is not server]
    for other in others:
        servers.pause(other)
    try:
        yield
    finally:
        for other in others:
            servers.resume(other)


def machine() -> str:
    """What this was measured on."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.machine()}, {len(CORES) or os.cpu_count()} cores, {platform.system()}"


def say(line: str) -> None:
    """Progress, on one line of the terminal."""
    print(f"\r{line:<90}", end="" if line else "\r", file=sys.stderr, flush=True)


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _java(installed: Installed) -> str:
    if installed.java is None:
        return ""
    told = subprocess.run([installed.java, "-version"], capture_output=True, text=True, check=False).stderr
    return told.partition('"')[2].partition('"')[0]


if __name__ == "__main__":
    sys.exit(main())
