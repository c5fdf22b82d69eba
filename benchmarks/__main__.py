"""`python -m benchmarks`: the mock beside bare uvicorn, on the same bytes and in the same run."""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from benchmarks import large
from benchmarks.documents import write_document
from benchmarks.load import Ask, Measure, lacks_wrk, measure

SOURCES = Path(__file__).parents[1]
INTERPRETED = "mock, interpreted"
PLENTY = 1_000_000_000
# Servers share the first core, one of them under load at a time, and the load comes from the others: where
# the scheduler may move both about, one run differs from the next by more than what is measured.
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
CALL = {"phoneNumber": "+4915112345678", "email": "alex@example.com", "fullName": "Alex Mueller"}
REFUSED = {**CALL, "phoneNumber": "0049 151 12345678"}


@dataclass(frozen=True, slots=True)
class Target:
    """A running server and the requests that are put to it."""

    name: str
    url: str
    asks: Sequence[Ask]
    pid: int


def main() -> int:
    """Measure, and print the tables."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--seconds", type=int, default=3, help="of load for each measurement")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median counts")
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--operations", type=int, default=272, help="of the large document")
    options.add_argument("--compiled", type=Path, help="measure the build in this folder too (make compiled)")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    if lacks_wrk():
        return 2
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as running:
        folder = Path(temporary)
        # Python takes the package from the folder that it is started in.
        place = (chosen.compiled or SOURCES).resolve()
        starts = start_times(folder, place)
        targets = prepare(folder, running, chosen.operations, place)
        memory = {target.name: resident_megabytes(target.pid) for target in targets}
        figures = rounds(targets, chosen.rounds, chosen.connections, chosen.seconds, folder)
        after = {target.name: resident_megabytes(target.pid) for target in targets}
    print(f"mock: {'compiled' if chosen.compiled else 'interpreted'}, from {place}")
    report(figures, starts, memory, after, chosen.connections)
    print()
    pairs = list(large.compare())
    large.report(pairs)
    if chosen.json:
        told = {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            "python": platform.python_version(),
            "uvicorn": version("uvicorn"),
            "compiled": chosen.compiled is not None,
            "connections": chosen.connections,
            "starts": starts,
            "memory": {"start": memory, "end": after},
            "large": {f"{p.question.slug} {p.question.kind}": p.ratio for p in pairs},
            "figures": {
                name: {ask: {"rate": m.rate, "p99": m.p99} for ask, m in by_ask.items()}
                for name, by_ask in figures.items()
            },
        }
        chosen.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 0


def prepare(folder: Path, running: contextlib.ExitStack, operations: int, place: Path) -> list[Target]:
    """The mock on Zeeg, bare uvicorn on what it answers, the mock on a small and a large document.

    Where `place` is not the sources, the mock on Zeeg as it is without being compiled, too.
    """
    mock_url, mock_pid = running.enter_context(server(mock_command("zeeg"), place))
    zeeg = zeeg_asks(mock_url)
    answers = folder / "answers.json"
    answers.write_bytes(orjson.dumps([record(mock_url, ask) for ask in zeeg]))
    bare_url, bare_pid = running.enter_context(
        server([sys.executable, "-m", "benchmarks.bare", str(answers)], SOURCES)
    )
    targets = [Target("mock", mock_url, zeeg, mock_pid), Target("bare uvicorn", bare_url, zeeg, bare_pid)]
    if place != SOURCES:
        url, pid = running.enter_context(server(mock_command("zeeg"), SOURCES))
        targets.append(Target(INTERPRETED, url, zeeg_asks(url), pid))
    for count in (4, operations):
        path = write_document(folder / "documents", count)
        url, pid = running.enter_context(server(mock_command(str(path), data="empty"), place))
        slug = path.stem
        token = mint(url, slug)
        made = [ask_json(url, "/v2/things", token, {**CALL, "note": str(n)}) for n in range(25)]
        asks = (
            Ask("list", "GET", "/v2/things?count=10", token),
            Ask("get", "GET", f"/v2/things/{made[0]['id']}", token),
            Ask("post", "POST", "/v2/things", token, orjson.dumps(CALL).decode()),
            Ask("refused", "POST", "/v2/things", token, orjson.dumps(REFUSED).decode()),
        )
        targets.append(Target(f"{count} operations", url, asks, pid))
    return targets


def zeeg_asks(url: str) -> tuple[Ask, ...]:
    """The four requests, with a token of that server's."""
    token = mint(url, "zeeg")
    events = ask_json(url, "/v2/scheduled-events?count=10", token)
    agent = next(a for a in state(url, "zeeg", "agent") if a["isActive"])
    calls = f"/v2/agents/{agent['uuid']}/outbound-calls"
    return (
        Ask("list", "GET", "/v2/scheduled-events?count=10", token),
        Ask("get", "GET", f"/v2/scheduled-events/{events['collection'][0]['uuid']}", token),
        Ask("post", "POST", calls, token, orjson.dumps(CALL).decode()),
        Ask("refused", "POST", calls, token, orjson.dumps(REFUSED).decode()),
    )


def rounds(
    targets: Sequence[Target], count: int, connections: int, seconds: int, folder: Path
) -> Mapping[str, Mapping[str, Measure]]:
    """The median of each request on each target, all interleaved so that they share the machine's moods."""
    found: dict[str, dict[str, list[Measure]]] = {target.name: {} for target in targets}
    for number in range(count):
        for place in range(len(targets[0].asks)):
            for target in targets:
                ask = target.asks[place]
                print(
                    f"\rround {number + 1}/{count}: {target.name} {ask.name}        ", end="", file=sys.stderr
                )
                with alone(target, targets):
                    result = measure(target.url, ask, connections=connections, seconds=seconds, folder=folder)
                found[target.name].setdefault(ask.name, []).append(result)
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return {
        name: {
            ask: Measure(
                statistics.median(m.rate for m in measures), statistics.median(m.p99 for m in measures)
            )
            for ask, measures in by_ask.items()
        }
        for name, by_ask in found.items()
    }


@contextlib.contextmanager
def alone(target: Target, targets: Sequence[Target]) -> Iterator[None]:
    """The other servers stand still: what they put off under load would take the core from this one."""
    others = [other.pid for other in targets if other is not target]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def report(
    figures: Mapping[str, Mapping[str, Measure]],
    starts: Mapping[str, float],
    memory: Mapping[str, float],
    after: Mapping[str, float],
    connections: int,
) -> None:
    """Print what was found, as ratios where only ratios mean anything."""
    names = list(next(iter(figures.values())))
    print(f"requests a second, {connections} connections (p99 in ms)")
    print(f"{'':<20}" + "".join(f"{name:>20}" for name in names))
    for target, by_ask in figures.items():
        cells = "".join(f"{f'{by_ask[n].rate:,.0f} ({by_ask[n].p99:.2f})':>20}" for n in names)
        print(f"{target:<20}{cells}")
    small, big = list(figures)[-2:]
    ratios = [("mock / bare", "mock", "bare uvicorn"), (f"{big} / {small}", big, small)]
    if INTERPRETED in figures:
        ratios.insert(1, ("interpreted / bare", INTERPRETED, "bare uvicorn"))
    for title, over, under in ratios:
        cells = "".join(f"{figures[over][n].rate / figures[under][n].rate:>20.2f}" for n in names)
        print(f"{title:<20}{cells}" if len(title) <= 20 else f"{title}\n{'':<20}{cells}")
    print()
    for title, seconds in starts.items():
        print(f"start to ready line, {title}: {seconds:.2f} s")
    for name, megabytes in memory.items():
        print(f"memory of {name}: {megabytes:.0f} MB at the start, {after[name]:.0f} MB after the load")


# Servers


def mock_command(*what: str, data: str = "busy-week") -> list[str]:
    """How to start the mock for providers or a document, with everything on but the request log."""
    return [sys.executable, "-m", "mockserver", "serve", *what, "--port", "0", "--quiet", "--data", data]


@contextlib.contextmanager
def server(
    command: Sequence[str], place: Path, env: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """A server of ours in a process of its own, started in that folder: its address and process id.

    It is ended by its id.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=place,
    )
    try:
        if len(CORES) > 1:
            os.sched_setaffinity(process.pid, CORES[:1])
        assert process.stdout is not None
        for line in process.stdout:
            if "http://" in line and line.startswith("ready"):
                yield "http://" + line.split("http://")[1].split()[0], process.pid
                return
        raise RuntimeError(f"{' '.join(command)} ended before it was ready")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def start_times(folder: Path, place: Path) -> dict[str, float]:
    """Seconds from command to ready line, for one provider and all, without and with a cache; medians."""
    found: dict[str, list[float]] = {}
    for number in range(3):
        for title, what in (("zeeg", ("zeeg",)), ("every provider", ())):
            cache = {"UNDERSTUDY_CACHE": str(folder / f"cache-{number}-{title}")}
            for state in ("no cache", "cached"):
                begun = time.perf_counter()
                with server(mock_command(*what), place, cache):
                    found.setdefault(f"{title}, {state}", []).append(time.perf_counter() - begun)
    return {title: statistics.median(values) for title, values in found.items()}


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process; nan where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def mint(url: str, provider: str) -> str:
    """A token for everything whose quota load does not use up: the quota is counted all the same."""
    made = ask_json(url, "/_mock/tokens", "", {"provider": provider, "quota": PLENTY})
    return str(made["token"])


def state(url: str, provider: str, kind: str) -> Any:
    """Rows of a kind."""
    return ask_json(url, f"/_mock/state/{provider}/{kind}", "")


def ask_json(url: str, path: str, token: str, body: Any = None) -> Any:
    """One request; the value of its answer."""
    _, _, content = send(
        url, Ask("", "POST" if body else "GET", path, token, orjson.dumps(body).decode() if body else "")
    )
    return orjson.loads(content)


def send(url: str, ask: Ask) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request; status, headers, body."""
    headers = {"Content-Type": "application/json"} if ask.body else {}
    if ask.token:
        headers["Authorization"] = f"Bearer {ask.token}"
    request = urllib.request.Request(url + ask.path, ask.body.encode() or None, headers, method=ask.method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.getheaders(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, list(error.headers.items()), error.read()


def record(url: str, ask: Ask) -> dict[str, Any]:
    """What the mock answers, for bare uvicorn to answer too."""
    status, headers, body = send(url, ask)
    own = {"date", "server", "connection"}
    return {
        "method": "REFUSED" if ask.name == "refused" else ask.method,
        "path": ask.path.partition("?")[0],
        "asked": ask.body,
        "status": status,
        "headers": [(name.lower(), value) for name, value in headers if name.lower() not in own],
        "body": base64.b64encode(body).decode(),
    }


if __name__ == "__main__":
    sys.exit(main())
