"""Schemathesis behind its one adapter: our facts in its terms, its pitfalls, its failures as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.answer import Answer
from contracts.generated.people import people
from contracts.generated.terms import expected, in_its_terms
from contracts.suite.opening import open_mock
from contracts.suite.outcome import Outcome
from contracts.suite.running import run
from contracts.suite.selection import select
from contracts.targets.mock import MockTarget
from contracts.targets.target import NOT_SENT, SAFE
from tests.quality.catalogue import CATALOGUE
from tests.quality.door import door


class Watched(MockTarget):
    """A mock that keeps what it was asked."""

    def __init__(self, target: MockTarget, **options: bool) -> None:
        super().__init__(target.mock, **options)
        self.sent: list[tuple[str, str, Mapping[str, str]]] = []

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        self.sent.append((method, target, headers))
        return super().send(method, target, headers, body, persona)


def generated(target: MockTarget, phase: str, *operations: str, examples: int = 5) -> Outcome:
    selection = select(target.contract, phases=(phase,), operations=operations, seed=1, examples=examples)
    return run(target, selection)


def test_without_writes_no_phase_sends_one() -> None:
    for phase in ("examples", "coverage", "fuzzing", "stateful"):
        target = Watched(open_mock("caledee"), writes=False)
        outcome = generated(target, phase, "listBookings", "createBooking", "cancelBooking", examples=2)
        assert outcome.broken == []
        assert {method for method, _, _ in target.sent} <= SAFE, phase


def test_an_opaque_cursor_is_one_that_was_given() -> None:
    target = open_mock("caledee")
    real = {("listBookings", "cursor"): ["given"]}
    data = in_its_terms(target.contract, real)
    shown: list[Any] = []
    for operation in target.contract.operations:
        if any(each.facts.get("opaque") for each in operation.parameters):
            item = data["paths"][operation.address]
            for owner in (item, item[operation.method.lower()]):
                shown += [
                    (operation.id, each)
                    for each in owner.get("parameters", ())
                    if "enum" in each.get("schema", {})
                ]
                names = [each.get("name") for each in owner.get("parameters", ())]
                assert "cursor" not in names or (operation.id, "cursor") in real
    assert [(name, each["schema"]["enum"]) for name, each in shown if each["name"] == "cursor"] in (
        [],
        [("listBookings", ["given"])],
    )


@pytest.mark.parametrize("provider", ["zeeg", "caledee", "meetergo", "calcom"])
def test_the_document_itself_is_not_changed(provider: str) -> None:
    contract = open_mock(provider).contract
    before = repr(contract.data)
    in_its_terms(contract, {})
    assert repr(contract.data) == before


def test_rows_are_linked_from_what_makes_and_lists_them() -> None:
    contract = open_mock("zeeg").contract
    data = in_its_terms(contract, {})
    links = data["paths"]["/v2/webhooks"]["get"]["responses"]["200"]["links"]
    assert links["deleteWebhookOfThis"]["operationId"] == "deleteWebhook"


def test_no_token_is_told_to_schemathesis() -> None:
    for provider in ("zeeg", "meetergo", "calcom"):
        target = open_mock(provider)
        found = people(target)
        told = repr((found.schemes, found.headers))
        tokens = [each.token for each in target.mock.service().settings.personas]
        assert found.stands_for
        assert [each for each in tokens if each in told] == []


def test_a_refusal_that_a_schema_cannot_tell_is_none_of_its_business() -> None:
    contract = open_mock("zeeg").contract
    assert 409 in expected(contract, contract.operation("createEvent"))
    assert 400 not in expected(contract, contract.operation("whoami"))


@pytest.mark.parametrize(
    ("fault", "operation", "phase", "check"),
    [
        ("missing-page-field", "listUsers", "fuzzing", "generated.response-schema-conformance"),
        ("authentication-skipped", "listWebhooks", "coverage", "generated.ignored-auth"),
        ("undeclared-refusal-status", "getWebhook", "fuzzing", "generated.status-code-conformance"),
    ],
)
def test_what_schemathesis_finds_is_a_finding(fault: str, operation: str, phase: str, check: str) -> None:
    deviation = next(each for each in CATALOGUE if each.name == fault)
    target = door("zeeg")
    deviation.twist(target.mock)
    outcome = generated(target, phase, operation)
    found = {each.check for each in outcome.findings}
    assert check in found
    finding = next(each for each in outcome.findings if each.check == check)
    assert finding.operation == operation
    assert finding.pointer.startswith(("/paths/", "/components/"))
    assert finding.answers


def test_what_was_held_back_is_no_finding() -> None:
    class Holding(Watched):
        def send(
            self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str
        ) -> Answer:
            if method not in SAFE:
                return Answer(method, target, 0, {}, NOT_SENT + b"not here", persona)
            return super().send(method, target, headers, body, persona)

    outcome = generated(Holding(open_mock("caledee")), "fuzzing", examples=2)
    assert [each.message for each in outcome.findings] == []
    assert "createBooking" not in outcome.rows[0].exercised
    assert outcome.rows[0].exercised["listBookings"]


@pytest.mark.parametrize("phase", ["examples", "fuzzing"])
def test_only_what_is_selected_is_asked(phase: str) -> None:
    target = Watched(open_mock("zeeg"))
    outcome = generated(target, phase, "listUsers", "deleteNote", examples=2)
    assert outcome.findings == []
    paths = {asked.partition("?")[0] for _, asked, _ in target.sent}
    assert all(each == "/v2/organizations/users" or each.startswith("/v2/notes/") for each in paths), paths


def test_sequences_follow_links_and_find_nothing_in_a_sound_mock() -> None:
    target = Watched(open_mock("caledee"))
    outcome = generated(target, "stateful", examples=5)
    assert outcome.findings == []
    assert outcome.broken == []
    assert not any("/None" in asked for _, asked, _ in target.sent)


def test_no_literal_of_our_own_source_is_drawn_as_a_value() -> None:
    class Kept(Watched):
        def send(
            self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str
        ) -> Answer:
            texts.append(f"{target} {body!r} {' '.join(headers.values())}")
            return super().send(method, target, headers, body, persona)

    texts: list[str] = []
    generated(Kept(open_mock("caledee")), "fuzzing", examples=10)
    assert len(texts) > 20
    # Schemathesis looks for such in its application, which here is the bridge and none of the server.
    for literal in ("query_string", "transfer-encoding", "content-encoding", "latin-1", "retry-after"):
        assert [each for each in texts if literal in each] == []
