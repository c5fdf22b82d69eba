"""`python -m benchmarks.checking`: how long contract checks take for a case and a request, phase by phase."""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import orjson

from benchmarks.__main__ import SOURCES

PHASES = ("checks", "examples", "coverage", "fuzzing", "stateful", "lifecycle")
TOLD = re.compile(r"([\d,]+) requests?")


def main() -> int:
    """Measure, and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=__doc__)
    options.add_argument("provider", nargs="?", default="caledee")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    start, busy_start, _ = checked(chosen.provider, "--help")
    print(f"{'phase':<12}{'requests':>10}{'seconds':>10}{'processor':>11}{'ms a request':>14}")
    print(f"{'start only':<12}{'':>10}{start:>10.2f}{busy_start:>11.2f}")
    found = {"start": {"seconds": start, "processor": busy_start}}
    for phase in PHASES:
        seconds, busy, told = checked(chosen.provider, "--phases", phase)
        counted = TOLD.search(told)
        if counted is None:
            print(f"{phase:<12} was not counted: {told.strip()}")
            continue
        requests = int(counted[1].replace(",", ""))
        each = seconds / requests * 1e3 if requests else 0.0
        print(f"{phase:<12}{requests:>10,}{seconds:>10.2f}{busy:>11.2f}{each:>14.2f}", flush=True)
        found[phase] = {"requests": requests, "seconds": seconds, "processor": busy}
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0


def checked(*arguments: str) -> tuple[float, float, str]:
    """Seconds, seconds of a processor, and what `contracts check` said; its findings are not asked for."""
    command = [sys.executable, "-m", "contracts", "check", *arguments]
    command += ["--jobs", "1", "--seed", "1", "--examples", "5", "--quiet"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCES).stdout
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told


if __name__ == "__main__":
    sys.exit(main())
