"""Every broken client is found, each repaired twin passes."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from contracts import fuzz
from contracts.consumer.fuzzing import Wrong
from tests.quality.clients.api import Client, GaveUp, Pair
from tests.quality.clients.catalogue import PAIRS

CASES = 200
SECONDS = 30.0
# What the catalogue promises is tried in full at night; by day the first pair of each judgement and of each
# provider, each twin once and in fewer cases.
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SEEDS = 5 if NIGHTLY else 1
TWIN_CASES = CASES if NIGHTLY else 40


def some(pairs: Sequence[Pair]) -> list[Pair]:
    """The first pair of each judgement and each provider."""
    met: set[str] = set()
    found = []
    for pair in pairs:
        if not {pair.provider, pair.found_by[0]} <= met:
            found.append(pair)
            met |= {pair.provider, pair.found_by[0]}
    return found


TRIED = list(PAIRS) if NIGHTLY else some(PAIRS)
pytestmark = pytest.mark.fuzz

SCRIPTS: pytest.StashKey[list[int]] = pytest.StashKey()


@dataclass(frozen=True)
class Outcome:
    """What came of fuzzing one client."""

    found_by: str
    exchanges: int
    seconds: float
    text: str


def fuzzed(
    pair: Pair, client: Client, scopes: tuple[str, ...] | None, *, seed: int | None = None, cases: int = CASES
) -> Outcome:
    def program(mock: object) -> None:
        client(mock)  # type: ignore[arg-type]

    test = fuzz(
        pair.provider,
        cases=cases,
        scopes=scopes,
        gives_up=(GaveUp, OSError),
        deviations=pair.deviations,
        seed=seed,
        remember=False,
    )(program)
    began = time.perf_counter()
    try:
        test()
    except Wrong as wrong:
        return Outcome(
            wrong.finding.judgement, len(wrong.finding.run.seen), time.perf_counter() - began, str(wrong)
        )
    except AssertionError as wrong:
        return Outcome(str(wrong).partition(":")[0], 0, time.perf_counter() - began, str(wrong))
    return Outcome("", 0, time.perf_counter() - began, "")


def test_the_catalogue_is_large_enough_and_names_are_its_own() -> None:
    assert len({pair.name for pair in PAIRS}) == len(PAIRS) >= 30


def test_the_comparison_names_them_all() -> None:
    told = (Path(__file__).parents[2] / "docs" / "fuzzing-compared.md").read_text()
    rows = [line.split(" | ") for line in told.splitlines() if line.startswith("| ") and " | " in line]
    named = {row[0].removeprefix("| "): row[1] for row in rows}
    assert {pair.name for pair in PAIRS} <= set(named)
    assert all(named[pair.name] in pair.found_by for pair in PAIRS)


@pytest.mark.parametrize("pair", TRIED, ids=lambda pair: pair.name)
def test_a_broken_client_is_found_in_a_short_script(pair: Pair, request: pytest.FixtureRequest) -> None:
    outcome = fuzzed(pair, pair.broken, pair.broken_scopes or pair.scopes, seed=1)
    assert outcome.found_by in pair.found_by, outcome.text
    assert outcome.exchanges <= 12, outcome.text
    request.config.stash.setdefault(SCRIPTS, []).append(outcome.exchanges)
    assert outcome.seconds < SECONDS


def test_the_scripts_are_short_in_the_median(request: pytest.FixtureRequest) -> None:
    scripts = request.config.stash.get(SCRIPTS, [])
    if len(scripts) < len(TRIED) * 0.95:
        pytest.skip("needs the test above, in this process")
    assert median(scripts) <= 5


@pytest.mark.parametrize("pair", TRIED, ids=lambda pair: pair.name)
def test_its_repaired_twin_passes(pair: Pair) -> None:
    for seed in range(1, SEEDS + 1):
        outcome = fuzzed(pair, pair.repaired, pair.scopes, seed=seed, cases=TWIN_CASES)
        assert not outcome.found_by, outcome.text
