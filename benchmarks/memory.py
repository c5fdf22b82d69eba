"""`python -m benchmarks.memory`: what a server's memory is at the start, and after a million requests."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import orjson

from benchmarks.__main__ import (
    CALL,
    CORES,
    REFUSED,
    SOURCES,
    ask_json,
    mint,
    mock_command,
    resident_megabytes,
    server,
    state,
)
from benchmarks.load import Ask, lacks_wrk, measure

MOST_AT_START, MOST_GROWTH = 90.0, 1.3
SECONDS = 2


def main() -> int:
    """Measure, and print; 1 where it takes more than it may."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    options.add_argument("--requests", type=int, default=1_000_000)
    options.add_argument("--compiled", type=Path, help="the folder of a compiled build (make compiled)")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    if lacks_wrk():
        return 2
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    place = (chosen.compiled or SOURCES).resolve()
    with tempfile.TemporaryDirectory() as folder, server(mock_command(), place) as (url, pid):
        start = resident_megabytes(pid)
        reads, create = asks(url)
        first = load(url, reads, chosen.requests // 10, Path(folder))
        early = resident_megabytes(pid)
        rest = load(url, reads, chosen.requests - first, Path(folder))
        late = resident_megabytes(pid)
        rows = load(url, [create], chosen.requests // 20, Path(folder))
        full = resident_megabytes(pid)
    told = {
        "start, every provider": start,
        f"after {first:,} requests": early,
        f"after {first + rest:,} requests": late,
        f"after {rows:,} rows more": full,
        "kilobytes a row": (full - late) * 1024 / rows,
    }
    for what, figure in told.items():
        print(f"{what:<32}{figure:>10.1f}{'' if what.startswith('kilo') else ' MB'}")
    growth = late / start
    print(f"after the load / at the start: {growth:.2f}")
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps({**told, "growth": growth}, option=orjson.OPT_INDENT_2))
    return 0 if start < MOST_AT_START and growth <= MOST_GROWTH else 1


def asks(url: str) -> tuple[list[Ask], Ask]:
    """Requests that keep nothing but the journal's last thousand, and one that keeps a row."""
    token = mint(url, "zeeg")
    event = ask_json(url, "/zeeg/v2/scheduled-events?count=10", token)["collection"][0]["uuid"]
    agent = next(each for each in state(url, "zeeg", "agent") if each["isActive"])["uuid"]
    calls = f"/zeeg/v2/agents/{agent}/outbound-calls"
    reads = [
        Ask("list", "GET", "/zeeg/v2/scheduled-events?count=10", token),
        Ask("get", "GET", f"/zeeg/v2/scheduled-events/{event}", token),
        Ask("refused", "POST", calls, token, orjson.dumps(REFUSED).decode()),
    ]
    return reads, Ask("post", "POST", calls, token, orjson.dumps(CALL).decode())


def load(url: str, asks: list[Ask], requests: int, folder: Path) -> int:
    """Put at least so many requests, turn by turn; how many they were."""
    put = 0
    while put < requests:
        for ask in asks:
            put += int(measure(url, ask, connections=16, seconds=SECONDS, folder=folder).rate * SECONDS)
    return put


if __name__ == "__main__":
    sys.exit(main())
