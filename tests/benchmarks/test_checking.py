"""How long contract checks take: what is counted is the same in every run, and what is shown adds up."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from benchmarks import checking, seams


def test_two_runs_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "GENERATED", ("examples",))
    first, second = checking.split("caledee"), checking.split("caledee")
    assert first["requests"] == second["requests"]
    assert first["counts"] == second["counts"]
    assert first["different"] == second["different"]
    assert first["counts"]["examples"]["requests at the mock"] == first["requests"]["examples"] > 0
    for part in (seams.DRAWING, seams.CARRYING, seams.BRIDGE, seams.MOCK, seams.JUDGING):
        assert first["nanoseconds"]["examples"][part] > 0, part


def figures() -> dict[str, Any]:
    """Two phases, each part of the first twice as long as that of the second; ten requests and none."""
    return {
        "requests": {"examples": 10, "stateful": 0},
        "nanoseconds": {
            "": dict.fromkeys(seams.PARTS, 0),
            "examples": dict.fromkeys(seams.PARTS, 20_000_000),
            "stateful": dict.fromkeys(seams.PARTS, 10_000_000),
        },
        "counts": {"examples": {"strategies built": 7, "cases sent": 3}, "stateful": {"strategies built": 5}},
        "different": {"strategies built": 8},
    }


def test_the_parts_are_told_by_request_and_importing_once() -> None:
    lines = list(checking.table(figures()))
    parts = [line for line in lines if re.match(rf"({'|'.join(map(re.escape, seams.PARTS))})  ", line)]
    assert len(parts) == len(seams.PARTS) - 1
    assert {tuple(line.split()[-3:]) for line in parts} == {("2.00", "3.00", f"{1 / 13:.1%}")}
    assert "importing, once: 30 ms of a processor" in lines
    whole = next(line for line in lines if line.startswith("all of it"))
    assert whole.split()[3:] == ["24.00", "36.00", f"{12 / 13:.1%}"]
    assert [line.split()[2:] for line in lines if line.startswith("strategies built")] == [
        ["7", "5", "12", "8"]
    ]
    assert [line.split()[2:] for line in lines if line.startswith("cases sent")] == [["3", "0", "3"]]


def test_a_provider_that_is_none_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks.checking", "--split-only", "nobody"])
    assert checking.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m benchmarks.checking: nobody: ")
    assert said.count("\n") == 1
