from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.agreement import fidelity
from mockserver.commands.lint import examine
from mockserver.faults.catalogue import CATALOGUE
from mockserver.house import build_service, document_path, known_slugs
from mockserver.openapi.lint import KNOWN
from tests.sections import sections
from tests.serving import PATIENCE, serving

README = Path(__file__).resolve().parent.parent / "README.md"
PRINTED_PORT = "4010"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of the README: the line of its fence, its language, its text."""

    line: int
    language: str
    text: str


def blocks() -> Iterator[Block]:
    text = README.read_text()
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(text.count("\n", 0, found.start()) + 1, found[1], found[2])


def assert_shown(shown: str, printed: str, line: int) -> None:
    """What the README shows is what was printed, an `…` standing for anything."""
    place = 0
    for piece in re.split(r"\s*…\s*", shown.strip()):
        words = " ".join(piece.split())
        found = printed.find(words, place)
        assert found >= 0, f"README.md:{line}: {words!r} is not (any more) in {printed[place:]!r}"
        place = found + len(words)


def test_the_commands_run_as_printed(tmp_path: Path) -> None:
    found = list(blocks())
    commands = [block for block in found if block.language == "sh"]
    assert commands[0].text == "make serve\n"
    ran = 0
    # `make serve` without arguments, but for the port.
    with serving("--clock", "running:2026-04-06T08:00:00Z", cwd=tmp_path) as served:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        for block, after in zip(found, [*found[1:], None], strict=True):
            if block.language != "sh" or block is commands[0]:
                continue
            done = subprocess.run(
                ["bash", "-euc", block.text.replace(PRINTED_PORT, str(served.port))],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env=environment,
                cwd=tmp_path,
            )
            assert done.returncode == 0, f"README.md:{block.line}: {done.stderr}"
            if after is not None and after.language in ("json", "text"):
                printed = " ".join(done.stdout.replace(str(served.port), PRINTED_PORT).split())
                assert_shown(after.text, printed, after.line)
            ran += 1
    assert ran == len(commands) - 1


def test_every_answer_shown_is_that_of_a_command() -> None:
    found = list(blocks())
    for before, block in zip([None, *found[:-1]], found, strict=True):
        if block.language in ("json", "text"):
            assert before is not None
            assert before.language == "sh", f"README.md:{block.line}"


@pytest.mark.parametrize(
    "block", [block for block in blocks() if block.language == "python"], ids=lambda b: f"line {b.line}"
)
def test_the_python_runs_as_printed(block: Block) -> None:
    exec(compile(block.text, f"README.md:{block.line}", "exec"), {})


def evidence_table() -> str:
    lines = ["| provider | operations | documented | observed | assumed |", "|---|---|---|---|---|"]
    for slug in known_slugs():
        report = examine(*document_path(slug), cache=None)[2]
        shares = " | ".join(
            f"{report.evidence.get(known, 0)} ({report.share(known):.0f} %)" for known in KNOWN
        )
        lines.append(f"| {slug} | {report.operations} | {shares} |")
    return "\n".join(lines) + "\n"


def fault_table() -> str:
    lines = ["| fault | what happens |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{kind.name}` | {kind.summary} |" for kind in CATALOGUE.values())]) + "\n"


def fidelity_table() -> str:
    lines = [
        "| provider | operations | agreed | disagreed | not tried | last tried |",
        "|---|---|---|---|---|---|",
    ]
    for slug in known_slugs():
        operations = [each.id for each in build_service(slug).contract.operations]
        entries = fidelity.read(fidelity.place(slug))
        sums, latest = fidelity.summed(entries, operations)
        counts = " | ".join(str(sums[each]) for each in fidelity.RESULTS)
        lines.append(f"| {slug} | {len(operations)} | {counts} | {latest or 'never'} |")
        lines += [
            f"| `{name}` | | | {entry.what} | | {entry.at} |"
            for name, entry in entries.items()
            if entry.result == "disagreed"
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("evidence", evidence_table),
        ("fidelity", fidelity_table),
        ("providers", sections),
        ("faults", fault_table),
    ],
)
def test_tables_say_what_is_so(name: str, make: object) -> None:
    assert callable(make)
    text = README.read_text()
    begin = f"<!-- {name}: written by tests/test_readme.py, UPDATE_README=1 -->\n"
    before, _, rest = text.partition(begin)
    table, end, after = rest.partition("<!-- end -->")
    assert end, f"README.md has no place for the table of {name}"
    wanted = make()
    if os.environ.get("UPDATE_README"):
        README.write_text(before + begin + wanted + end + after)
        return
    assert table == wanted, "UPDATE_README=1 make test ARGS=tests/test_readme.py writes it anew"
