"""`contracts agree`: a sound server and its mock agree; of a fault the smallest disagreement is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.agreement.cases import Case, Change, cases
from contracts.agreement.comparing import difference
from contracts.agreement.fidelity import FidelityError, read, summed
from contracts.agreement.running import agree
from contracts.answer import Answer
from contracts.suite.opening import open_mock
from mockserver.house import build_service
from tests.contracts.second import second
from tests.quality.catalogue import CATALOGUE
from tests.quality.door import door

ZEEG = build_service("zeeg").contract


@pytest.mark.parametrize("provider", ["zeeg", "caledee", "meetergo"])
def test_a_mock_agrees_with_another(provider: str) -> None:
    outcome, agreeing = agree(
        open_mock(provider), open_mock(provider, seed=2), build_service(provider).contract.operations, seed=3
    )
    assert [each.message for each in outcome.findings] == []
    assert len(agreeing.tried) >= 0.85 * len(outcome.operations), agreeing.untried


@pytest.mark.parametrize(
    ("fault", "operation", "about"),
    [
        ("missing-page-field", "listUsers", "shape"),
        ("undeclared-header", "listUsers", ""),
        ("scope-ignored-timetable", "getAvailability", "status"),
        ("wrong-envelope-not-found", "getNote", "shape"),
        ("extra-field", "getSchedule", "shape"),
        ("wrong-success-status", "createNote", "status"),
        ("bad-enum-parameter-accepted", "listEvents", "status"),
        ("authentication-skipped", "listWebhooks", "status"),
    ],
)
def test_a_fault_is_a_disagreement_with_one_thing_unusual_at_most(
    fault: str, operation: str, about: str
) -> None:
    deviation = next(each for each in CATALOGUE if each.name == fault)
    other = door("zeeg")
    deviation.twist(other.mock)
    outcome, _ = agree(open_mock("zeeg"), other, [ZEEG.operation(operation)], count=60)
    if not about:  # it is neither declared nor told to clients
        assert outcome.findings == []
        return
    [found] = outcome.findings
    assert found.check == f"agree.{about}"
    assert found.message.count(", with") + found.message.count(", as only") <= 1
    assert len(found.answers) == 1


def test_the_same_seed_draws_the_same_cases() -> None:
    operation = ZEEG.operation("listEvents")
    first = cases(ZEEG, operation, ["owner", "reader"], seed=7, count=20)
    assert first == cases(ZEEG, operation, ["owner", "reader"], seed=7, count=20)
    assert first != cases(ZEEG, operation, ["owner", "reader"], seed=8, count=20)
    assert first[0] == Case(operation)
    assert len(first) == 20


def test_what_depends_on_data_is_no_difference() -> None:
    operation = ZEEG.operation("getNote")

    def answer(**members: object) -> Answer:
        row = {"uuid": "a", "eventUuid": "b", "content": "c", "createdBy": "d", **members}
        headers = {"content-type": "application/json"}
        return Answer("GET", "/", 200, headers, json.dumps({"resource": row}).encode())

    assert difference(ZEEG, operation, answer(content=None), answer()) is None
    found = difference(ZEEG, operation, answer(), answer(content=7))
    assert found is not None
    assert found.says == "the answer (200): /resource/content is number where the mock has text"


def test_changes_are_told_in_words() -> None:
    case = Case(ZEEG.operation("listEvents"), (Change("persona"), Change("query", "count", "0")))
    assert str(case) == "without credentials, with count='0'"


def test_a_server_is_read_only_and_what_was_found_is_recorded(tmp_path: Path) -> None:
    with second(tmp_path, "zeeg", "--fault", "missing-page-field") as server:
        arguments = [
            *("--target", server.url, "--rate", "0", "--record", "table.json", "--max-requests", "400"),
            *("--report", "html=run.html", "--report", "json=run.json", "--report", "sarif=run.sarif"),
        ]
        code, told = server.run("agree", "zeeg", *arguments)
        assert code == 1, told
        assert "listUsers the answer (200): /pagination/totalPages is missing, and the mock has it" in told
        assert "not tried (writes are off)" in told
        assert server.writes == []
        [finding] = json.loads((server.folder / "run.json").read_text("utf-8"))["findings"]
        assert finding["check"] == "agree.shape"
        assert server.url in finding["exchanges"][0]["curl"]
        table = read(server.folder / "table.json")
        assert table["listUsers"].result == "disagreed"
        assert table["whoami"].result == "agreed"
        assert "createNote" not in table
        assert [name for name, token in server.tokens.items() if token in server.everything()] == []
        sums, at = summed(table, [each.id for each in ZEEG.operations])
        assert sums["disagreed"] == 1
        assert sums["not tried"] > 10
        assert at == table["whoami"].at


def test_a_file_that_is_no_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "fidelity.json"
    path.write_text('{"operations": {"a": 1}}')
    with pytest.raises(FidelityError, match=r"fidelity\.json"):
        read(path)
