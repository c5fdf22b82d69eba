"""What is read of a document once a run: the same as what each visit would read of it each time."""

from __future__ import annotations

import pytest

from contracts.checks import ways as module
from contracts.checks.leading import last_of, leads, links_of
from contracts.checks.people import first_in
from contracts.checks.slotting import slots_fact
from contracts.checks.ways import Ways
from contracts.suite.asking import Asked, Asking
from contracts.suite.opening import open_mock
from contracts.suite.running import run
from contracts.suite.selection import select
from contracts.targets.mock import MockTarget
from mockserver.openapi.contract import Operation


@pytest.fixture(scope="module", params=["zeeg", "caledee", "meetergo", "calcom"])
def target(request: pytest.FixtureRequest) -> MockTarget:
    return open_mock(request.param)


def test_whoever_is_let_in_first_is_so_each_time(target: MockTarget) -> None:
    ways = Ways(target.contract, target.personas)
    for _ in range(2):
        for operation in target.contract.operations:
            assert ways.usual(operation) is first_in(target.contract, target.personas, operation)


def test_what_leads_to_an_operation_is_what_its_document_says(target: MockTarget) -> None:
    contract = target.contract
    ways = Ways(contract, target.personas)
    linked = [
        (source, fact)
        for source in contract.operations
        for status in source.responses
        if status in ("200", "201", "202", "204")
        for fact in links_of(contract, source, int(status)).values()
    ]
    for operation in contract.operations:
        shown = [(each.source, each.fact) for each in ways.links_to(operation)]
        assert shown == [
            (source, fact)
            for source, fact in linked
            if source.method == "GET" and fact.get("operationId") == operation.id
        ]
        above = [(each.source, each.fact, names) for each, names in ways.above(operation)]
        assert above == [
            (source, fact, leads(contract, fact, operation))
            for source, fact in linked
            if source.method != "GET"
            and source.facts.get("resource", {}).get("action") in ("create", None)
            and last_of(operation) in leads(contract, fact, operation)
        ]


def test_the_slots_that_an_operation_books_are_those_told_of_first(target: MockTarget) -> None:
    ways = Ways(target.contract, target.personas)
    for operation in target.contract.operations:
        told = [
            each
            for each in target.contract.operations
            if slots_fact(each).get("book", {}).get("operation") == operation.id
        ]
        assert ways.slots_of(operation) is (told[0] if told else None)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations at which it was looked for who is let in."""
    asked: list[str] = []

    def counted(contract: object, personas: object, operation: Operation) -> object:
        asked.append(operation.id)
        return first_in(contract, personas, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "first_in", counted)
    return asked


def test_a_run_looks_for_who_is_let_in_once_an_operation(looked: list[str]) -> None:
    target = open_mock("caledee")
    outcome = run(target, select(target.contract, checks=["auth", "errors"]))
    assert outcome.requests > len(looked) > 0
    assert len(looked) == len(set(looked))


def test_all_cases_of_a_session_together_do_so_once(looked: list[str]) -> None:
    asking = Asking(Asked("caledee", checks=("auth", "errors")))
    for name in asking.cases:
        assert not asking.put(name).wrong
    assert len(looked) == len(set(looked)) > 0
