"""Each check finds its seeded faults, and is silent on every sound provider."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import orjson
import pytest

from contracts.check import Check
from contracts.checks import CHECKS
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.suite.baseline import unreached
from contracts.targets.mock import MockTarget
from contracts.targets.target import SAFE
from tests.quality.catalogue import CATALOGUE, MISSED, check_named, confined, found, twisted
from tests.quality.door import door
from tests.quality.kinds import KINDS
from tests.quality.pages import PAGE, page, told
from tests.quality.twists import Deviation

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PROVIDERS = ("caledee", "calcom", "meetergo", "zeeg")
SEEDS = {slug: tuple(range(1, 11)) if NIGHTLY else (1,) if slug == "calcom" else (1, 2) for slug in PROVIDERS}
REPORT = Path("build/quality")
BY_NAME = {f"{each.provider}-{each.name}": each for each in CATALOGUE}


@cache
def verdict(name: str) -> list[Finding]:
    """What the check that should find a fault says, asked of the whole provider."""
    deviation = BY_NAME[name]
    return found(twisted(deviation), check_named(deviation.check))


def test_the_catalogue_has_what_it_promises() -> None:
    names = {check.name for check in CHECKS}
    assert len(CATALOGUE) >= 80
    assert len(BY_NAME) == len(CATALOGUE), "names are unique"
    assert {each.check for each in CATALOGUE} <= names
    # Every check catches something: one that no fault can wake proves nothing by its silence.
    assert names == {each.check for each in CATALOGUE}


def test_every_kind_of_fault_is_in_the_catalogue() -> None:
    named = {name for names in KINDS.values() for name in names}
    assert named - BY_NAME.keys() == set()
    assert all(KINDS.values())


@pytest.mark.parametrize("name", BY_NAME)
def test_the_check_finds_the_fault(name: str) -> None:
    deviation = BY_NAME[name]
    check = check_named(deviation.check)
    if NIGHTLY:
        sound = found(door(deviation.provider, data=deviation.data), check)
        assert sound == [], "the same question to the sound mock"
    findings = verdict(name)
    if name in MISSED:
        assert findings == [], "it is found after all: take it from the list of those that are missed"
        return
    assert findings, f"{deviation.check} does not find it: {deviation.what}"
    for each in findings:
        assert each.check == deviation.check
        assert each.message
        assert "\n" not in each.message
        assert each.answers, "a finding shows the exchanges"
        assert each.pointer.startswith("/")


@pytest.mark.parametrize(("slug", "seed"), [(slug, seed) for slug in PROVIDERS for seed in SEEDS[slug]])
def test_a_sound_provider_is_asked_everything_and_gives_no_finding(slug: str, seed: int) -> None:
    exercised: Counter[str] = Counter()
    findings, idle = [], []
    target = door(slug, seed=seed)
    for check in CHECKS:
        target.renew()
        visit = Visit(target, check=check.name, seed=seed)
        findings += list(check.run(visit))
        exercised.update(visit.counts)
        idle += [
            f"{check.name} {each.id}"
            for each in check.needs(target.contract)
            if not visit.counts.get(each.id)
        ]
    assert [(each.check, each.operation, each.message) for each in findings] == []
    excused = unreached(slug)
    assert [key for key in idle if key not in excused] == []
    assert excused - set(idle) == set(), "what is asked after all needs no excuse"
    assert [each.id for each in target.contract.operations if not exercised[each.id]] == []


@pytest.mark.parametrize("slug", PROVIDERS)
def test_nothing_is_written_where_writes_are_off(slug: str) -> None:
    target = door(slug)
    for check in CHECKS:
        if not check.writes:
            target.renew()
            asked = len(target.mock.exchanges)
            visit = Visit(target, check=check.name, writes=False)
            assert list(check.run(visit)) == []
            methods = {each.method for each in target.mock.exchanges[asked:]}
            assert methods <= SAFE, check.name


def test_at_least_95_of_100_faults_are_found_by_the_check_that_should() -> None:
    missed = [name for name in BY_NAME if not verdict(name)]
    assert len(missed) <= len(CATALOGUE) // 20, f"missed: {', '.join(missed)}"
    assert missed == list(MISSED), "those that are missed are named"


def test_the_page_says_what_is_found() -> None:
    told(PAGE, page({each: bool(verdict(name)) for name, each in BY_NAME.items()}))


@pytest.mark.slow
@pytest.mark.skipif(
    not NIGHTLY, reason="every fault by every check takes minutes: HYPOTHESIS_PROFILE=nightly"
)
def test_every_fault_is_put_to_every_check() -> None:
    table: dict[Deviation, list[str]] = {}
    for each in CATALOGUE:
        table[each] = [check.name for check in CHECKS if _finds(check, each)]
    _crossed(table)
    lost = [f"{each.provider}-{each.name}" for each, names in table.items() if each.check not in names]
    assert lost == list(MISSED)


def _finds(check: Check, deviation: Deviation) -> bool:
    wanted = confined(deviation)
    return bool(found(twisted(deviation), check, wanted))


def _crossed(table: dict[Deviation, list[str]]) -> None:
    """By which checks each fault was found, as JSON."""
    REPORT.mkdir(parents=True, exist_ok=True)
    rows = [
        {"provider": each.provider, "fault": each.name, "should": each.check, "found": names}
        for each, names in table.items()
    ]
    (REPORT / "cross.json").write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


class Elsewhere(MockTarget):
    """A mock that says it is none: no world to renew, and rows that belong to somebody."""

    @property
    def name(self) -> str:
        return "https://api.example.com"

    def renew(self) -> bool:
        return False


@pytest.mark.parametrize("slug", PROVIDERS)
def test_what_was_there_before_is_left_alone_where_it_is_no_mock(slug: str) -> None:
    mock = door(slug).mock
    target = Elsewhere(mock)
    store, prefix = mock.world.store, f"{slug}/"
    kinds = [each for each in store.kinds() if each.startswith(prefix) and each != f"{slug}/token"]
    shown = {each.name for each in mock.service().resources.values()}
    before = {(kind, row.id): dict(row.data) for kind in kinds for row in store.rows(kind)}
    made = 0
    for check in CHECKS:
        if not check.costly:
            visit = Visit(target, check=check.name)
            assert [(each.operation, each.message) for each in check.run(visit)] == [], check.name
            made += sum(times for (_, status), times in visit.statuses.items() if status == 201)
    changed = [
        key
        for key, data in before.items()
        if key[0].removeprefix(prefix) in shown and ((row := store.get(*key)) is None or {**row.data} != data)
    ]
    assert changed == []
    assert made
