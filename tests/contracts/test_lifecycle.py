"""Drawn lives of rows: a sound server is sound, a faulty one is shown in a short sequence."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from contracts.answer import Answer
from contracts.lifecycle.kinds import kinds
from contracts.suite.opening import open_mock
from contracts.suite.outcome import Outcome
from contracts.suite.running import run
from contracts.suite.selection import select
from contracts.targets.mock import MockTarget
from contracts.targets.target import NOT_SENT, SAFE, Spent
from tests.quality.catalogue import CATALOGUE
from tests.quality.door import door


def lives(target: MockTarget, *operations: str, seed: int = 1) -> Outcome:
    chosen = select(target.contract, phases=("lifecycle",), operations=operations, seed=seed, examples=8)
    return run(target, chosen)


@pytest.mark.parametrize("provider", ["zeeg", "caledee", "meetergo"])
def test_the_rows_of_a_sound_mock_live_as_they_ought_to(provider: str) -> None:
    target = open_mock(provider)
    outcome = lives(target)
    assert outcome.findings == []
    assert outcome.broken == []
    assert outcome.gaps == []
    assert len(outcome.rows) == len(list(kinds(target.contract)))


@pytest.mark.parametrize(
    ("fault", "create"),
    [
        ("created-and-lost", "createNote"),
        ("stale-read", "createNote"),
        ("update-cuts-text", "createNote"),
        ("deleted-still-there", "createNote"),
    ],
)
def test_a_fault_is_shown_in_a_few_steps(fault: str, create: str) -> None:
    deviation = next(each for each in CATALOGUE if each.name == fault)
    target = door("zeeg")
    deviation.twist(target.mock)
    outcome = lives(target, create)
    [found] = outcome.findings
    assert found.check == "lifecycle.note"
    assert 0 < len(found.answers) <= 6


class Limited(MockTarget):
    """A mock that may be asked so many times, and not be written to where `held`."""

    limit = 40
    held = False

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        if self.held and method not in SAFE:
            return Answer(method, target, 0, {}, NOT_SENT + b"not here", persona)
        if self.asked >= self.limit:
            raise Spent("that is enough")
        return super().send(method, target, headers, body, persona)


def test_a_limit_in_the_middle_ends_the_run_and_is_no_mistake() -> None:
    target = Limited(open_mock("zeeg").mock)
    outcome = lives(target, "createNote")
    assert outcome.stopped == "that is enough"
    assert outcome.findings == []
    assert outcome.broken == []
    assert target.asked == 40


def test_what_is_held_back_is_no_mistake() -> None:
    target = Limited(open_mock("zeeg").mock)
    target.limit, target.held = 10_000, True
    outcome = lives(target, "createNote")
    assert outcome.findings == []
    assert outcome.broken == []
