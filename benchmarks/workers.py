"""`python -m benchmarks.workers`: what several workers get through, and what it costs that they are several.

Three figures. Requests a second over some worlds, a load of its own for each, with one worker and with two,
by turns: load and workers share the machine's cores, so two workers on two cores cannot be twice as fast, and
on a machine that is busy with something else not even faster. Processor time a request says what they cost.
What it costs when a connection changes to a world of another worker: in time for a client that waits, and in
processor time of all workers. And what a request that is at home costs more than with one worker, in-process,
in processor time. Compiled where it is started in the folder of a compiled build.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.__main__ import CORES, ask_json, mint, mock_command, server, zeeg_asks
from benchmarks.inside import Inside, least_of
from benchmarks.lasting import Line
from benchmarks.load import Ask, lacks_wrk, measure
from benchmarks.stages import asks
from mockserver.house import House
from mockserver.web.crew import Crew
from mockserver.web.roaming import RoamingProtocol

CONNECTIONS = 4
CHANGES = 1_000
MOST_AT_HOME = 1.2


def main() -> int:
    """Measure, and print; 1 where a request at home costs more than it may."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    options.add_argument("--seconds", type=int, default=1, help="of load for each measurement")
    options.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median counts")
    options.add_argument("--worlds", type=int, default=4, help="a load of its own for each")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    if lacks_wrk():
        return 2
    home = at_home()
    with contextlib.ExitStack() as running:
        one, two = (running.enter_context(workers(count)) for count in (1, 2))
        loads = {count: loaded(url, chosen.worlds) for count, (url, _) in ((1, one), (2, two))}
        rates, works = through(loads, {1: one[1], 2: two[1]}, chosen.rounds, chosen.seconds)
        change = changing(*two, chosen.rounds)
    for name, by_count in rates.items():
        told = ", ".join(f"{rate:,.0f} with {count}" for count, rate in by_count.items())
        times = by_count[2] / by_count[1]
        print(f"{name}, requests a second over {chosen.worlds} worlds: {told} ({times:.2f} times)")
        costs = ", ".join(f"{cost:.1f} with {count}" for count, cost in works[name].items())
        print(f"{name}, microseconds of processors a request, the system's included: {costs}")
    for what, value in change.items():
        print(f"a connection changes to another worker's world, {what}: {value:.0f} microseconds more")
    for name, (alone, among) in home.items():
        times = among / alone
        print(f"{name} at home, microseconds: {alone:.2f}, as one of several {among:.2f} ({times:.2f} times)")
    if chosen.json:
        figures = {"rates": rates, "processors": works, "change": change, "home": home}
        chosen.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
    return 0 if all(among <= alone * MOST_AT_HOME for alone, among in home.values()) else 1


@contextlib.contextmanager
def workers(count: int) -> Iterator[tuple[str, Sequence[int]]]:
    """A server with so many workers, free to use every core: its address and the workers' process ids."""
    with server([*mock_command("zeeg"), "--workers", str(count)], Path.cwd()) as (url, pid):
        children = Path(f"/proc/{pid}/task/{pid}/children")
        pids = [int(each) for each in children.read_text().split()] if children.exists() else []
        for each in [pid, *pids]:
            if CORES:
                os.sched_setaffinity(each, CORES)
        yield url, pids or [pid]


def loaded(url: str, count: int) -> Mapping[str, Sequence[Ask]]:
    """For each kind of request one for each of so many new worlds."""
    found: dict[str, list[Ask]] = {}
    for _ in range(count):
        path = ask_json(url, "/_mock/worlds", "", {"seed": 1})["path"]
        for ask in zeeg_asks(url + path):
            below = Ask(ask.name, ask.method, path + ask.path, ask.token, ask.body)
            found.setdefault(ask.name, []).append(below)
        found.setdefault("url", []).append(Ask("url", "GET", url, ""))
    return found


def through(
    loads: Mapping[int, Mapping[str, Sequence[Ask]]],
    pids: Mapping[int, Sequence[int]],
    rounds: int,
    seconds: int,
) -> tuple[Mapping[str, Mapping[int, float]], Mapping[str, Mapping[int, float]]]:
    """Requests a second of all worlds together, and what one costs all workers, in processor microseconds.

    By request and number of workers; medians.
    """
    found: dict[str, dict[int, list[float]]] = {}
    costs: dict[str, dict[int, list[float]]] = {}
    for _ in range(rounds):
        for name in ("get", "post"):
            for count, by_name in loads.items():
                worked = sum(map(processor_seconds, pids[count]))
                rate = together(by_name["url"][0].path, by_name[name], seconds)
                worked = sum(map(processor_seconds, pids[count])) - worked
                found.setdefault(name, {}).setdefault(count, []).append(rate)
                costs.setdefault(name, {}).setdefault(count, []).append(worked / rate / seconds * 1e6)
    return medians(found), medians(costs)


def medians(found: Mapping[str, Mapping[int, Sequence[float]]]) -> Mapping[str, Mapping[int, float]]:
    """Of each list its median."""
    return {
        name: {count: statistics.median(values) for count, values in by_count.items()}
        for name, by_count in found.items()
    }


def together(url: str, each: Sequence[Ask], seconds: int) -> float:
    """Requests a second of all of these at once."""
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(each)) as pool:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in each]
        load = partial(measure, url, connections=CONNECTIONS, seconds=seconds)
        measures = list(pool.map(lambda of: load(of[0], folder=of[1]), zip(each, folders, strict=True)))
    return sum(one.rate for one in measures)


# A change


def changing(url: str, pids: Sequence[int], rounds: int) -> Mapping[str, float]:
    """Microseconds that a request costs more where each is for the other worker; the median of the rounds."""
    # Two that were made one after the other are not in the same worker.
    paths = [ask_json(url, "/_mock/worlds", "", {"seed": 1})["path"] for _ in range(2)]
    stay = [(paths[0], paths[0]), (paths[1], paths[1])]
    waited, worked = [], []
    for _ in range(rounds):
        kept = [asked(url, pair, pids) for pair in stay]
        waits, works = asked(url, (paths[0], paths[1]), pids)
        waited.append(waits - statistics.mean(each[0] for each in kept))
        worked.append(works - statistics.mean(each[1] for each in kept))
    told = {"waiting": statistics.median(waited)}
    if not any(each != each for each in worked):
        told["processors"] = statistics.median(worked)
    return told


def asked(url: str, paths: tuple[str, str], pids: Sequence[int]) -> tuple[float, float]:
    """Microseconds of one request, waited and of processors, on one connection that asks these by turns."""
    tokens = [mint(url + path, "zeeg") for path in paths]
    with contextlib.closing(Line(url)) as line:

        def ask(number: int) -> None:
            place = number % 2
            status, body = line.ask("GET", f"{paths[place]}/v2/whoami", tokens[place])
            if status != 200:
                raise RuntimeError(body.decode())

        for number in range(50):
            ask(number)
        worked = sum(map(processor_seconds, pids))
        begun = time.perf_counter()
        for number in range(CHANGES):
            ask(number)
        waits = time.perf_counter() - begun
        works = sum(map(processor_seconds, pids)) - worked
    return waits / CHANGES * 1e6, works / CHANGES * 1e6


def processor_seconds(pid: int) -> float:
    """What a process has used; nan where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return float("nan")


# At home


def at_home() -> Mapping[str, tuple[float, float]]:
    """Microseconds of each of the four requests: with the usual protocol, and as one worker of several."""
    near, far = socket.socketpair()
    with near, far, contextlib.ExitStack() as stack:

        def roaming(house: House) -> Callable[..., Any]:
            return partial(RoamingProtocol, Crew(house, 1, [far]))

        found = []
        for protocol in (None, roaming):
            inside = Inside(["zeeg"], protocol=protocol)
            stack.callback(inside.close)
            # The same world for both, and the same length of path.
            world = inside.house.worlds.create("home")
            puts = {}
            for ask in asks(inside):
                token = inside.mint(world, "zeeg")
                puts[ask.name] = inside.ask(Ask(ask.name, ask.method, ask.path, token, ask.body), "/w/home")
            found.append(puts)
        alone, among = found
        # Both of a request by turns: what is compared comes from the same minute.
        return {
            name: (times[0], times[1]) for name in alone if (times := least_of([alone[name], among[name]]))
        }


if __name__ == "__main__":
    sys.exit(main())
