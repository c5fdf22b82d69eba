"""`python -m benchmarks.everything`: all that is measured here, one part after the other, and told of.

Each part is a command of its own that leaves its figures in `results/`, and its words in a text file beside
them; one that fails or takes too long leaves the others alone. `--only` runs some of them again. After each,
docs/benchmarks.md is written anew from all that is there; `--draw` does only that.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson

from benchmarks.__main__ import SOURCES
from benchmarks.peers.__main__ import draw
from benchmarks.peers.table import page

RESULTS = SOURCES / "benchmarks" / "results"
PAGE = SOURCES / "docs" / "benchmarks.md"
PEERS = "peers"


@dataclass(frozen=True, slots=True)
class Part:
    """A command, what it answers, and the seconds after which it is given up.

    `inside` is started in the folder of the compiled build; others are told of that folder. One that takes
    an hour is run `seldom`: where it is named.
    """

    name: str
    asks: str
    arguments: Sequence[str]
    seconds: int
    inside: bool = False
    told: bool = True
    seldom: bool = False


PARTS = (
    Part("stages", "What each of the ten steps costs", ("benchmarks.stages", "--check"), 60, told=False),
    Part("stages-compiled", "The same, compiled", ("benchmarks.stages",), 60, inside=True),
    Part(
        "stages-calcom-compiled",
        "And of Cal.com's requests, where a POST books a host's time",
        ("benchmarks.stages", "calcom"),
        90,
        inside=True,
    ),
    Part("flat", "Whether it stays flat as the work grows", ("benchmarks.flat",), 150, inside=True),
    Part("memory", "Memory, at the start and after a million requests", ("benchmarks.memory",), 120),
    Part("lasting", "Memory through an hour of load", ("benchmarks.lasting",), 4000, seldom=True),
    Part("workers", "What several workers get through", ("benchmarks.workers",), 90, inside=True),
    Part(
        "bare",
        "Beside bare uvicorn on the same bytes: Zeeg, everything on; starts; large data",
        ("benchmarks", "--rounds", "3", "--seconds", "1"),
        200,
    ),
    Part("checking", "How long contract checks take", ("benchmarks.checking",), 90, told=False),
    Part(
        PEERS,
        "Beside other mock servers, on the same documents",
        # A percentile needs more rounds than a rate: whatever else the machine does comes in bursts.
        ("benchmarks.peers", "--rounds", "5", "--seconds", "1"),
        1500,
    ),
)


def main() -> int:
    """Run the parts; 1 where one of them failed, missed its target or was given up."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.everything", description=__doc__)
    options.add_argument("--compiled", type=Path, help="the folder of a compiled build (make compiled)")
    options.add_argument("--only", help=f"some of {', '.join(part.name for part in PARTS)}, with commas")
    options.add_argument(
        "--draw", action="store_true", help="measure nothing; tables and pictures from what is there"
    )
    chosen = options.parse_args()
    if chosen.draw:
        if (RESULTS / f"{PEERS}.json").is_file():
            draw(RESULTS / f"{PEERS}.json")
        write_page()
        return 0
    names = chosen.only.split(",") if chosen.only else [part.name for part in PARTS if not part.seldom]
    unknown = sorted(set(names) - {part.name for part in PARTS})
    if unknown:
        options.error(f"--only: there is no {', '.join(unknown)}")
    RESULTS.mkdir(exist_ok=True)
    failed = []
    for part in PARTS:
        if part.name not in names:
            continue
        if part.inside and chosen.compiled is None and part.name.endswith("-compiled"):
            continue
        begun = time.monotonic()
        status = run(part, chosen.compiled)
        print(f"{part.name}: {status}, {time.monotonic() - begun:.0f} s", flush=True)
        failed += [part.name] * (status != "as it should be")
        write_page()
    return 1 if failed else 0


def run(part: Part, compiled: Path | None) -> str:
    """Run one part, and keep what it says; how it ended."""
    place = compiled.resolve() if part.inside and compiled is not None else SOURCES
    command = [sys.executable, "-m", *part.arguments]
    # The peers' own command draws, writes the README, and knows where its result belongs.
    if part.name != PEERS:
        command += ["--json", str(RESULTS / f"{part.name}.json")]
    if compiled is not None and part.told and not part.inside:
        command += ["--compiled", str(compiled.resolve())]
    # The package comes from the folder that Python is started in, these benchmarks from the sources.
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            output, _ = process.communicate(timeout=part.seconds)
        except subprocess.TimeoutExpired:
            give_up(process)
            return f"given up after {part.seconds} s"
    if process.returncode in (0, 1) and output and part.name != PEERS:
        (RESULTS / f"{part.name}.txt").write_text(
            f"{date.today().isoformat()}, {os.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}: python -m {' '.join(part.arguments)}\n\n"
            + output.replace(str(SOURCES) + "/", "")
        )
    return "as it should be" if process.returncode == 0 else f"ended with {process.returncode}"


def give_up(process: subprocess.Popen[str], patience: float = 60) -> None:
    """End a command as Ctrl-C would, so that it ends the servers that it has started; or else at once."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()


def write_page() -> None:
    """docs/benchmarks.md, from the results."""
    lines = [
        "# Speed, measured",
        "",
        "Written by `make bench-everything`, which is `make compiled` and then",
        "`python -m benchmarks.everything --compiled build/compiled`; one part again with `--only NAME`.",
        "It needs `wrk`; the other servers come from npm.",
        "Figures are in `benchmarks/results`. They drift with the machine; ratios within one run do not.",
    ]
    for part in PARTS:
        told = section(part)
        if told:
            lines += ["", f"## {part.asks}", "", told.rstrip("\n")]
    PAGE.write_text("\n".join(lines) + "\n")


def section(part: Part) -> str:
    """What the page shows of one part, as Markdown; nothing where it has no result."""
    if part.name == PEERS:
        result = RESULTS / f"{PEERS}.json"
        return page(orjson.loads(result.read_bytes())) if result.is_file() else ""
    text = RESULTS / f"{part.name}.txt"
    return "```\n" + text.read_text().rstrip("\n") + "\n```" if text.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
