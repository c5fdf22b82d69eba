"""`python -m benchmarks.flat`: whether a request costs the same however much there is around it.

In-process, through the server's own protocol; processor time, the least of several turns. Compiled
where it is started in the folder of a compiled build.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from benchmarks.documents import write_document
from benchmarks.inside import Inside, least_of
from benchmarks.load import Ask
from benchmarks.peers.servers import CALL, REFUSED, resident_megabytes
from mockserver.world.worlds import Worlds

Asked = Mapping[str, Callable[[], object]]

MOST = {"rows": 1.2}
USUAL_MOST = 1.1


@dataclass(frozen=True, slots=True)
class Line:
    """Microseconds of one request as one thing grows."""

    grows: str
    request: str
    counts: Sequence[int]
    times: Sequence[float]

    @property
    def ratio(self) -> float:
        """The last over the first."""
        return self.times[-1] / self.times[0]

    @property
    def flat(self) -> bool:
        """Whether it is as flat as it has to be."""
        return self.ratio <= MOST.get(self.grows, USUAL_MOST)


def main() -> int:
    """Measure, and print a line for each; 1 where something is not flat."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.flat", description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000, help="at most")
    options.add_argument("--only", choices=[each.__name__ for each in EVERY], help="one of them")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    print(f"{'grows':<12}{'request':<10}{'from, microseconds':>28}{'to, microseconds':>28}{'ratio':>8}")
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as temporary:
        for each in EVERY:
            if chosen.only in (None, each.__name__):
                for line in measured(each, Path(temporary), chosen.rows):
                    lines.append(line)
                    show(line)
        if chosen.only is None:
            worlds_of_their_own(Path(temporary))
    if chosen.json:
        told = [
            {"grows": each.grows, "request": each.request, "counts": each.counts, "microseconds": each.times}
            for each in lines
        ]
        chosen.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 0 if all(line.flat for line in lines) else 1


def measured(grow: Callable[[Path, int], Asked], folder: Path, most: int) -> Iterator[Line]:
    """The four requests as one thing grows, turn by turn."""
    name = grow.__name__
    counts = [count for count in EVERY[grow] if name != "rows" or count <= most]
    puts = [grow(folder / name / str(count), count) for count in counts]
    for request in puts[0]:
        yield Line(name, request, counts, least_of([each[request] for each in puts]))


def show(line: Line) -> None:
    """One line of the table."""
    first, last = f"{line.counts[0]:,}: {line.times[0]:.2f}", f"{line.counts[-1]:,}: {line.times[-1]:.2f}"
    mark = "" if line.flat else "  not flat"
    print(f"{line.grows:<12}{line.request:<10}{first:>28}{last:>28}{line.ratio:>8.2f}{mark}", flush=True)


@dataclass(frozen=True, slots=True)
class Housed:
    """A mock on a document of some operations, with some rows: its slug, and the four requests."""

    inside: Inside
    slug: str
    asks: Sequence[Ask]

    def puts(self) -> Asked:
        """Functions that put the requests, by name."""
        return {ask.name: self.inside.ask(ask) for ask in self.asks}


def housed(folder: Path, operations: int = 4, rows: int = 25) -> Housed:
    """A mock with a token for everything."""
    document = write_document(folder, operations)
    inside, slug = Inside([str(document)], data="empty"), document.stem
    token = inside.mint(inside.house.worlds.default, slug)
    create = Ask("post", "POST", "/v2/things", token, orjson.dumps(CALL).decode())
    row = inside.made(create)
    fill(inside, slug, rows)
    asks = (
        Ask("list", "GET", "/v2/things?count=10", token),
        Ask("get", "GET", f"/v2/things/{row['id']}", token),
        create,
        Ask("refused", "POST", "/v2/things", token, orjson.dumps(REFUSED).decode()),
    )
    return Housed(inside, slug, asks)


def fill(inside: Inside, slug: str, rows: int) -> None:
    """Put rows into the store, as many as are wanted; not one by one, for there may be a million."""
    store = inside.house.worlds.default.store
    kind = f"{slug}/thing"
    one = next(store.rows(kind)).data
    there = store.count(kind)
    store.load(kind, ((f"row-{n:07}", {**one, "id": f"row-{n:07}"}) for n in range(there, rows)))


def operations(folder: Path, count: int) -> Asked:
    """In the number of the document's operations."""
    return housed(folder, operations=count).puts()


def rows(folder: Path, count: int) -> Asked:
    """In the number of rows."""
    return housed(folder, rows=count).puts()


def worlds(folder: Path, count: int) -> Asked:
    """In the number of worlds, one of which is asked."""
    there = housed(folder)
    every = there.inside.house.worlds
    for number in range(1, count):
        every.create(f"w-{number}", "default")
    token = there.inside.mint(every.get("w-1"), there.slug)
    return {
        ask.name: there.inside.ask(replace(ask, token=token), f"/w/w-1/{there.slug}") for ask in there.asks
    }


def tokens(folder: Path, count: int) -> Asked:
    """In the number of credentials."""
    there = housed(folder)
    for _ in range(count):
        there.inside.mint(there.inside.house.worlds.default, there.slug)
    return there.puts()


def faults(folder: Path, count: int) -> Asked:
    """In the number of declared faults, none of which is for what is asked."""
    there = housed(folder, operations=40)
    house = there.inside.house
    wish = {"fault": "latency", "seconds": 1, "provider": there.slug, "operation": "delete-other-3"}
    for _ in range(count):
        house.worlds.default.faults.declare(house.fault(wish))
    return there.puts()


def exchanges(folder: Path, count: int) -> Asked:
    """In the number of exchanges that were answered before: the journal is a ring."""
    puts = housed(folder).puts()
    for _ in range(count):
        puts["get"]()
    return puts


def worlds_of_their_own(folder: Path) -> None:
    """Microseconds to make, fork, reset and drop a world, with few rows and with many; a thousand forks."""
    print()
    print(f"{'a world is':<12}{'with 25 rows':>28}{'with 100,000 rows':>28}{'ratio':>8}")
    both = [housed(folder / f"worlds-{count}", rows=count).inside.house.worlds for count in (25, 100_000)]
    # Turn by turn, and the least of them, as above.
    turns = [[_kept(worlds, turn) for worlds in both] for turn in range(7)]
    for what in turns[0][0]:
        few, many = (min(turn[place][what] for turn in turns) for place in (0, 1))
        print(f"{what:<12}{few:>28.1f}{many:>28.1f}{many / few:>8.2f}")
    inside = Inside(["zeeg", "caledee", "meetergo", "calcom"], data="large")
    before = resident_megabytes(_self())
    for number in range(1_000):
        inside.house.worlds.create(f"w-{number}", "default")
    print(f"1,000 worlds of the large data take {resident_megabytes(_self()) - before:.0f} MB")


def _kept(worlds: Worlds, turn: int) -> dict[str, float]:
    """Microseconds for what is done to worlds: made as the data says, forked, dropped, reset."""
    gc.collect()
    times = {
        "made": _mean(lambda n: worlds.create(f"m-{turn}-{n}"), 100),
        "forked": _mean(lambda n: worlds.create(f"f-{turn}-{n}", "default"), 100),
        "dropped": _mean(lambda n: worlds.drop(f"f-{turn}-{n}"), 100),
    }
    worlds.create(f"again-{turn}", "default")
    return {**times, "reset": _mean(lambda _: worlds.reset(f"again-{turn}"), 100)}


def _mean(do: Callable[[int], object], count: int) -> float:
    begun = time.thread_time()
    for number in range(count):
        do(number)
    return (time.thread_time() - begun) / count * 1e6


def _self() -> int:
    return os.getpid()


EVERY: dict[Callable[[Path, int], Asked], Sequence[int]] = {
    operations: (4, 40, 304, 1_000),
    rows: (10, 1_000, 100_000, 1_000_000),
    worlds: (2, 100, 10_000),
    tokens: (0, 100, 10_000),
    faults: (0, 10, 1_000),
    exchanges: (0, 10_000, 100_000),
}

if __name__ == "__main__":
    sys.exit(main())
