"""`python -m benchmarks.checking`: how long contract checks take, phase by phase, and where the time goes.

Each phase is run by itself, as `contracts check --phases` does; then all that generate are run one after the
other in one process, and what each request of them costs is told apart: in milliseconds of processor time,
which drift with the machine, and in counts, which are the same in every run.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks import seams
from benchmarks.__main__ import SOURCES

GENERATED = ("examples", "coverage", "fuzzing", "stateful")
PHASES = ("checks", *GENERATED, "lifecycle")
PROVIDERS = ("caledee", "zeeg")
EXAMPLES = 5
TOLD = re.compile(r"([\d,]+) requests?")
OURS = (seams.BRIDGE, seams.WORLD, seams.MOCK, seams.FINDINGS)
WIDTH = 28


class Unmeasured(RuntimeError):
    """A run that was to be measured failed; the message is its last line."""


def main() -> int:
    """Measure, and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=__doc__)
    options.add_argument(
        "providers", nargs="*", default=list(PROVIDERS), help=f"default: {' '.join(PROVIDERS)}"
    )
    options.add_argument("--json", type=Path, help="write the figures to this file")
    options.add_argument("--split-only", action="store_true", help="only where the time goes")
    chosen = options.parse_args()
    found: dict[str, Any] = {}
    try:
        for place, provider in enumerate(chosen.providers):
            print("\n" * bool(place) + provider)
            told = found[provider] = {}
            if not chosen.split_only:
                told["phases"] = phases(provider)
                print()
            told["split"] = split(provider)
            print("\n".join(table(told["split"])), flush=True)
    except Unmeasured as failed:
        print(f"python -m benchmarks.checking: {failed}", file=sys.stderr)
        return 2
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0


def phases(provider: str) -> dict[str, dict[str, float]]:
    """Print what a run of each phase by itself takes, its start included; the same as figures."""
    print(f"{'phase':<12}{'requests':>10}{'seconds':>10}{'processor':>11}{'ms a request':>14}")
    start, busy_start, _ = checked(provider, "--help")
    print(f"{'start only':<12}{'':>10}{start:>10.2f}{busy_start:>11.2f}")
    found: dict[str, dict[str, float]] = {"start": {"seconds": start, "processor": busy_start}}
    for phase in PHASES:
        seconds, busy, told = checked(provider, "--phases", phase)
        counted = TOLD.search(told)
        if counted is None:
            print(f"{phase:<12} was not counted: {told.strip()}")
            continue
        requests = int(counted[1].replace(",", ""))
        each = f"{seconds / requests * 1e3:.2f}" if requests else ""
        print(f"{phase:<12}{requests:>10,}{seconds:>10.2f}{busy:>11.2f}{each:>14}", flush=True)
        found[phase] = {"requests": requests, "seconds": seconds, "processor": busy}
    return found


def checked(*arguments: str) -> tuple[float, float, str]:
    """Seconds, seconds of a processor, and what `contracts check` said; its findings are not asked for."""
    command = [sys.executable, "-m", "contracts", "check", *arguments]
    command += ["--jobs", "1", "--seed", "1", "--examples", str(EXAMPLES), "--quiet"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCES).stdout
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told


def split(provider: str) -> dict[str, Any]:
    """The phases that generate, in parts, from a process that does nothing else. May raise Unmeasured."""
    command = [sys.executable, "-m", "benchmarks.seams", provider, ",".join(GENERATED), str(EXAMPLES)]
    ran = subprocess.run(command, capture_output=True, check=False, cwd=SOURCES)
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines()
        raise Unmeasured(f"{provider}: {said[-1] if said else f'ended with {ran.returncode}'}")
    found: dict[str, Any] = orjson.loads(ran.stdout)
    return found


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Where the time goes, as lines."""
    times, requests, counts = found["nanoseconds"], found["requests"], found["counts"]
    names = list(requests)
    yield row("ms of a processor a request", [*names, "all", "share"])
    everything = sum(sum(times[name].values()) for name in names) or 1
    whole = sum(requests.values())
    parts = [part for part in seams.PARTS if part != seams.IMPORTS]
    rows = [*((part, (part,)) for part in parts), ("all of it", tuple(parts)), ("of it ours", OURS)]
    for label, together in rows:
        spent = [sum(times[name][part] for part in together) for name in names]
        yield row(
            label,
            [
                *(each(nanoseconds, requests[name]) for name, nanoseconds in zip(names, spent, strict=True)),
                each(sum(spent), whole),
                f"{sum(spent) / everything:.1%}",
            ],
        )
    imports = sum(of[seams.IMPORTS] for of in times.values())
    yield f"importing, once: {imports / 1e6:.0f} ms of a processor"
    yield ""
    yield row("how often", [*names, "all", "different"])
    for label in sorted({name for of in counts.values() for name in of}):
        of = [counts[name].get(label, 0) for name in names]
        different = found["different"].get(label)
        shown = [f"{count:,}" for count in (*of, sum(of))]
        yield row(label, [*shown, "" if different is None else f"{different:,}"])


def each(nanoseconds: int, requests: int) -> str:
    """Milliseconds for one of so many."""
    return f"{nanoseconds / requests / 1e6:.2f}" if requests else ""


def row(label: str, values: Sequence[str]) -> str:
    """A line of a table."""
    return (f"{label:<{WIDTH}}" + "".join(f"{value:>11}" for value in values)).rstrip()


if __name__ == "__main__":
    sys.exit(main())
