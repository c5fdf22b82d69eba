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
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from benchmarks.load import EACH_SECOND, Ask, Measure, lacks_wrk, measure
from benchmarks.peers import servers
from benchmarks.peers.installing import Installed, NotInstalled, install
from benchmarks.peers.picture import write_pictures
from benchmarks.peers.servers import CORES, SOURCES, Job, Peer, Running
from benchmarks.peers.subjects import CALCOM, Subject, subject
from benchmarks.peers.table import page, write_readme

COLD_STARTS = 3
RESULTS = SOURCES / "benchmarks" / "results" / "peers.json"
WARM = 16


def main() -> int:
    """Measure, write the result file, and what is made from it."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    options.add_argument("--seconds", type=int, default=2, help="of load for each measurement")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median counts")
    options.add_argument("--connections", default="16,1", help="counts, with commas")
    options.add_argument(
        "--documents", default=f"4,304,{CALCOM}", help=f"numbers of operations, or {CALCOM}; with commas"
    )
    options.add_argument("--only", help="these servers, with commas")
    options.add_argument("--compiled", type=Path, help="the folder of a compiled build (make compiled)")
    options.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "understudy-peers")
    options.add_argument("--output", type=Path, default=RESULTS)
    options.add_argument(
        "--draw", action="store_true", help="measure nothing; draw what the output file says"
    )
    chosen = options.parse_args()
    if chosen.draw:
        draw(chosen.output)
        return 0
    try:
        counts = [int(text) for text in chosen.connections.split(",")]
    except ValueError:
        options.error(f"--connections: {chosen.connections!r} are no numbers with commas between them")
    with tempfile.TemporaryDirectory() as temporary:
        try:
            subjects = [subject(name, Path(temporary)) for name in chosen.documents.split(",")]
        except ValueError as error:
            options.error(f"--documents: {error}")
        if lacks_wrk():
            return 2
        try:
            measured(chosen, subjects, counts, Path(temporary))
        except RuntimeError as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    draw(chosen.output)
    return 0


def measured(
    chosen: argparse.Namespace, subjects: Sequence[Subject], counts: Sequence[int], folder: Path
) -> None:
    """Every server on every document, into the result file; what is there is kept as it comes."""
    print("fetching the other servers from npm, where they are not there yet", file=sys.stderr)
    installed = install(chosen.cache)
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    peers = list(every_peer(installed, chosen.compiled))
    if chosen.only:
        wanted = chosen.only.split(",")
        names = ", ".join(peer.name for peer in peers)
        peers = [peer for peer in peers if peer.name in wanted]
        if not peers:
            raise RuntimeError(f"--only: there is no {chosen.only}; there are {names}")
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
        "command": command(chosen),
        "seconds": chosen.seconds,
        "rounds": chosen.rounds,
        "titles": {each.name: each.title for each in subjects},
        "notes": {each.name: each.note for each in subjects if each.note},
        "documents": {},
    }
    for each in subjects:
        # Mappings written by hand are as many as are asked, however long a generated document is; and what
        # the compiler saves is seen on the small one.
        left_out = {"WireMock"} if each.name not in ("4", CALCOM) else set()
        if chosen.compiled and each.name != "4":
            left_out.add("Understudy, interpreted")
        there = [peer for peer in peers if peer.name not in left_out]
        told["documents"][each.name] = compare(each, there, counts, chosen.rounds, chosen.seconds, folder)
        # Should the next one be broken off.
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


def command(chosen: argparse.Namespace) -> str:
    """How to measure it again."""
    text = f"python -m benchmarks.peers --rounds {chosen.rounds} --seconds {chosen.seconds}"
    return f"make compiled && {text} --compiled build/compiled" if chosen.compiled else text


def draw(output: Path) -> None:
    """Pictures and tables from a result file: into docs and the README, or beside it if it is another one."""
    told = orjson.loads(output.read_bytes())
    own = output.resolve() == RESULTS
    write_pictures(told, SOURCES / "docs" if own else output.parent)
    if own:
        write_readme(told, SOURCES / "README.md")
    print(page(told))


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
    of: Subject, peers: Sequence[Peer], counts: Sequence[int], rounds: int, seconds: int, folder: Path
) -> dict[str, Any]:
    """Every server on a document; by server, what was measured."""
    first = Job(of.name, folder / "none", of.served, [Ask("list", "GET", "/_mock/health", "none")])
    with servers.running(servers.ours("recorded", SOURCES), first, folder) as mock:
        asks = of.furnish(mock.url)
        replies = servers.recorded(mock.url, asks)
    job = Job(of.name, of.document(replies), of.served, asks, of.operations, of.needs, replies)
    cold = {peer.name: cold_starts(peer, job, folder) for peer in peers}
    with contextlib.ExitStack() as stack:
        there = [stack.enter_context(servers.running(peer, job, folder)) for peer in peers]
        asked = {
            each.peer.name: of.furnish(each.url) if each.peer.own else each.peer.asks(job) for each in there
        }
        instead = {each.peer.name: tried(each.url, asked[each.peer.name]) for each in there}
        found = load(there, asked, instead, of.title, counts, rounds, seconds, folder)
        return {
            each.peer.name: {
                "cold_start": round(statistics.median(cold[each.peer.name]), 3),
                "idle_megabytes": round(each.idle, 1),
                "loaded_megabytes": round(servers.resident_megabytes(each.process.pid), 1),
                "requests": each.asked,
                "instead": instead[each.peer.name],
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


def tried(url: str, asks: Sequence[Ask]) -> dict[str, str]:
    """By request, what a server does instead of answering as it should: it is not measured on that."""
    told = {}
    for ask in asks:
        try:
            status = servers.put(url, ask)[0]
        except OSError:
            told[ask.name] = "no answer"
            continue
        if ask.name == "refused":
            if not 400 <= status < 500:
                told[ask.name] = "accepted" if status < 300 else f"fails ({status})"
        elif status >= 300:
            told[ask.name] = f"refused ({status})" if status < 500 else f"fails ({status})"
    return told


def load(
    there: Sequence[Running],
    asked: Mapping[str, Sequence[Ask]],
    instead: Mapping[str, dict[str, str]],
    title: str,
    counts: Sequence[int],
    rounds: int,
    seconds: int,
    folder: Path,
) -> dict[str, Any]:
    """By server, connections and request: medians of the rounds. Who is not asked stands still.

    What a server does not answer as it should is put into `instead`, and not asked again; RuntimeError where
    that is Understudy.
    """
    found: dict[str, dict[int, dict[str, list[Measure]]]] = {
        each.peer.name: {connections: {} for connections in counts} for each in there
    }

    def loaded(server: Running, ask: Ask, connections: int, seconds: int) -> Measure | None:
        name = server.peer.name
        if ask.name in instead[name]:
            return None
        try:
            with alone(server, there):
                result = measure(
                    server.url,
                    ask,
                    connections=connections,
                    seconds=seconds,
                    folder=folder,
                    begin=server.series,
                )
        except RuntimeError:
            if server.peer.own:
                raise
            instead[name][ask.name] = "fails under load"
            for by_ask in found[name].values():
                by_ask.pop(ask.name, None)
            return None
        server.asked += int(result.rate * seconds)
        if ask.series is not None:
            # Where it got to, and what was on its way.
            server.series += min(int(result.rate * (seconds + 1)), seconds * EACH_SECOND) + connections
        return result

    for server in there:
        each_seconds = max(1, server.peer.warm // 4)
        for ask in asked[server.peer.name]:
            say(f"warming {server.peer.name}, {ask.name}")
            loaded(server, ask, WARM, each_seconds)
    for number in range(rounds):
        for connections in counts:
            for place in range(4):
                for server in there:
                    ask = asked[server.peer.name][place]
                    say(
                        f"{title}, round {number + 1}/{rounds}: {server.peer.name}, {ask.name}, {connections}"
                    )
                    result = loaded(server, ask, connections, seconds)
                    if result is not None:
                        found[server.peer.name][connections].setdefault(ask.name, []).append(result)
    say("")
    return {
        name: {
            str(connections): {ask: median(measures) for ask, measures in by_ask.items()}
            for connections, by_ask in by_count.items()
        }
        for name, by_count in found.items()
    }


def median(measures: Sequence[Measure]) -> dict[str, float]:
    """What is written of one request: the medians of its rounds."""
    return {
        "rate": round(statistics.median(each.rate for each in measures)),
        "p50": round(statistics.median(each.p50 for each in measures), 3),
        "p99": round(statistics.median(each.p99 for each in measures), 3),
    }


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
