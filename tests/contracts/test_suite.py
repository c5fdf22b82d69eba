"""What is selected is asked, whoever asks it: shards, processes, cases, `hold`."""

from __future__ import annotations

import pytest

from contracts.suite.again import hold
from contracts.suite.baseline import unreached
from contracts.suite.cases import cases
from contracts.suite.opening import open_mock
from contracts.suite.outcome import Outcome
from contracts.suite.parallel import merged, run_in_parallel
from contracts.suite.running import run
from contracts.suite.selection import Unselectable, select
from mockserver.house import build_service, known_slugs
from tests.quality.catalogue import CATALOGUE
from tests.quality.door import door


def asked(slug: str, phases: tuple[str, ...], shard: tuple[int, int] = (1, 1)) -> Outcome:
    target = open_mock(slug)
    return run(target, select(target.contract, phases=phases, shard=shard, seed=2, examples=2))


def test_four_shards_together_ask_what_the_whole_asks() -> None:
    phases = ("checks", "examples", "fuzzing", "lifecycle")
    whole = asked("caledee", phases)
    shards = [asked("caledee", phases, (number, 4)) for number in range(1, 5)]
    assert set().union(*(outcome.cases for outcome in shards)) == whole.cases
    assert [outcome.findings for outcome in (whole, *shards)] == [[]] * 5
    generated = [outcome.rows[-1].exercised.keys() for outcome in shards]
    assert sum(map(len, generated)) == len(whole.rows[-1].exercised), "no shard generates for another"
    put_together = merged(shards, select(open_mock("caledee").contract))
    assert put_together.cases == whole.cases
    assert put_together.gaps == whole.gaps == []


def test_processes_together_ask_what_one_asks() -> None:
    target = open_mock("caledee")
    chosen = select(target.contract, phases=("checks", "lifecycle"), seed=2)
    assert run_in_parallel("caledee", chosen, 2).cases == run(target, chosen).cases


def test_cases_one_by_one_are_the_whole() -> None:
    target = open_mock("zeeg")
    chosen = select(target.contract, phases=("checks", "lifecycle"), seed=2)
    one_by_one: set[tuple[str, str]] = set()
    for case in cases(target, chosen):
        one_by_one |= case.put(target).cases
    assert one_by_one == run(target, chosen).cases


def test_the_same_seed_asks_the_same() -> None:
    def drawn(seed: int) -> Outcome:
        target = open_mock("caledee")
        return run(target, select(target.contract, phases=("fuzzing", "lifecycle"), seed=seed, examples=3))

    first = drawn(5)
    again = drawn(5)
    assert (first.statuses, first.requests) == (again.statuses, again.requests)
    assert drawn(6).statuses != first.statuses


def test_what_is_named_is_selected() -> None:
    contract = open_mock("zeeg").contract
    chosen = select(contract, checks=["paging", "auth.wrong"], skipped=["paging.sizes"], operations=["list*"])
    assert {each.theme for each in chosen.checks} == {"paging", "auth"}
    assert "paging.sizes" not in {each.name for each in chosen.checks}
    assert chosen.phases == ("checks",)
    assert all(each.id.startswith("list") for each in chosen.operations)
    with pytest.raises(Unselectable, match="did you mean 'listEvents'"):
        select(contract, operations=["listEvent"])


def test_hold_is_silent_where_all_is_well_and_shows_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTRACTS_TARGET", raising=False)
    hold("zeeg", check="paging.totals", operation="listEvents")
    deviation = next(each for each in CATALOGUE if each.name == "total-off-by-one")

    def opened(provider: str, **_: object) -> object:
        target = door(provider)
        deviation.twist(target.mock)
        return target

    monkeypatch.setattr("contracts.suite.again.open_mock", opened)
    with pytest.raises(AssertionError, match=r"tells of 21 rows, and there are 20 \(paging.totals"):
        hold("zeeg", check="paging.totals", operation="listEvents")


@pytest.mark.parametrize("slug", known_slugs())
def test_what_nobody_can_ask_of_a_mock_is_there_and_has_a_reason(slug: str) -> None:
    from contracts.checks import CHECKS

    operations = {each.id for each in build_service(slug).contract.operations}
    for key in unreached(slug):
        check, operation = key.split(" ")
        assert check in {each.name for each in CHECKS}
        assert operation in operations
