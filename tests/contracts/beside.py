"""Plain `schemathesis run` beside `contracts check`: same servers, same faults, same document, same time.

`python -m tests.contracts.beside [SECONDS]` writes docs/contracts-compared.md anew. It is no test: it takes
half an hour.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as xml

from tests.contracts.second import ROOT, Second, second
from tests.quality.catalogue import CATALOGUE
from tests.quality.twists import Deviation

PROVIDER = "zeeg"
# Of the faults every fourth: that is what half an hour holds. Quotas are off at these servers, and nothing is
# delivered from them, so what is about those is left out.
EVERY = 4
LEFT_OUT = ("limits", "webhooks")
PAGE = ROOT / "docs" / "contracts-compared.md"
SECONDS = 20

INTRODUCTION = """\
# Seeded faults: `contracts check`, and plain `schemathesis run`

{count} of the faults in `tests/quality` (every fourth of Zeeg's, those of quotas and webhooks left out,
because these servers have no quota and deliver nothing), each in a server of its own, started
separately. Both get the same document, the token of the owner and {seconds} seconds.

- **contracts check**: `--phases checks,lifecycle --writes all`, the tokens of all personas. That is what
  it adds to Schemathesis; with generation, which is Schemathesis itself, it takes longer. The column
  names the checks that found something that they do not find on the sound server.
- **schemathesis run**: version {version}, all phases, all checks, `--max-time {seconds}`,
  `--continue-on-failure`, one worker. The column names the failures that two runs against the sound
  server do not have at that operation; in brackets where they have that kind at others: a coincidence
  cannot be told from a find then, and none is counted.

What this is not: Schemathesis reads the document alone and knows none of the facts (`x-`) that our
checks are made from; one token is all that its command line takes, so it cannot see who may do what.
With hooks and checks of one's own it finds whatever one writes. A name in its column means that
something new failed while the fault was there, not that it says what the fault is; `contracts` is held
to the check that should find it elsewhere (`tests/quality`). The faults were chosen by the people who
made the checks.

`python -m tests.contracts.beside` writes the table anew.

"""


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    wanted = [
        each
        for each in CATALOGUE
        if each.provider == PROVIDER and each.check.partition(".")[0] not in LEFT_OUT
    ][::EVERY]
    usual = plain(None, seconds, 1)[1] | plain(None, seconds, 2)[1]
    # Generated at random, these come and go from operation to operation.
    noise = {name.partition(": ")[2] for name in usual}
    ours_usual = ours(None)[1]
    lines, found, theirs, spent, took = [], 0, 0, 0.0, 0.0
    for each in wanted:
        time_ours, checks = ours(each)
        time_plain, failures = plain(each, seconds, 1)
        mine, others = sorted(checks - ours_usual), sorted(failures - usual)
        spent, took = spent + time_ours, took + time_plain
        names = sorted({name.partition(" ")[0] for name in mine})
        titles = sorted({name.partition(": ")[2] for name in others})
        sure = [title for title in titles if title not in noise]
        found, theirs = found + bool(mine), theirs + bool(sure)
        told = ", ".join(title if title in sure else f"({title})" for title in titles)
        lines.append(
            f"| {each.name} | {each.what} | {', '.join(f'`{name}`' for name in names) or '-'} | "
            f"{told or '-'} |"
        )
        print(lines[-1], flush=True)
    version = subprocess.run([_st(), "--version"], capture_output=True, text=True, check=True).stdout
    text = INTRODUCTION.format(count=len(wanted), seconds=seconds, version=version.split()[-1])
    text += "| fault | what | contracts check | schemathesis run |\n|---|---|---|---|\n" + "\n".join(lines)
    text += (
        f"\n\nFound: {found} of {len(wanted)} by contracts check, in {spent / len(wanted):.1f} s each; "
        f"{theirs} by schemathesis run, in {took / len(wanted):.1f} s each.\n"
    )
    PAGE.write_text(text, encoding="utf-8")


def ours(fault: Deviation | None) -> tuple[float, frozenset[str]]:
    """How long it took, and `check operation` of all that it found."""
    with _served(fault) as server:
        began = time.perf_counter()
        code, told = server.check(
            *("--phases", "checks,lifecycle", "--writes", "all", "--max-requests", "20000"),
            *("--quiet", "--report", "json=run.json"),
        )
        took = time.perf_counter() - began
        if code not in (0, 1):
            raise SystemExit(told)
        run = json.loads((server.folder / "run.json").read_text("utf-8"))
        return took, frozenset(f"{each['check']} {each['operation']}" for each in run["findings"])


def plain(fault: Deviation | None, seconds: int, seed: int) -> tuple[float, frozenset[str]]:
    """How long it took, and `operation: title` of all that it found."""
    with _served(fault) as server:
        began = time.perf_counter()
        subprocess.run(
            [
                *(_st(), "run", str(ROOT / "specs" / PROVIDER / "openapi.yaml"), "-u", f"{server.url}/v2"),
                *("-H", f"Authorization: Bearer {server.tokens['owner']}", "--max-time", str(seconds)),
                *("--seed", str(seed), "--continue-on-failure", "--checks", "all", "--no-color"),
                *("--report", "junit", "--report-junit-path", "run.xml"),
            ],
            cwd=server.folder,
            capture_output=True,
            timeout=seconds * 10,
            check=False,
        )
        took = time.perf_counter() - began
        root = xml.parse(server.folder / "run.xml").getroot()
        found = set()
        for case in root.iter("testcase"):
            for failure in case.iter("failure"):
                told = f"{failure.get('message') or ''}\n{failure.text or ''}"
                for title in re.findall(r"^- (.+)$", told, re.MULTILINE):
                    found.add(f"{case.get('name')}: {title.strip()}")
        return took, frozenset(found)


def _st() -> str:
    return str(Path(sys.executable).parent / "st")


def _served(fault: Deviation | None) -> _Served:
    return _Served(fault)


class _Served:
    """A server with one fault, or none, in a folder that goes with it."""

    def __init__(self, fault: Deviation | None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        arguments = [] if fault is None else ["--fault", fault.name]
        self._context = second(Path(self._folder.name), PROVIDER, *arguments)

    def __enter__(self) -> Second:
        return self._context.__enter__()

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)
        self._folder.cleanup()


if __name__ == "__main__":
    main()
