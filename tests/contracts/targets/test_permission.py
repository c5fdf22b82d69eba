"""What "own" lets out: what can be taken away again, and changes to that."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.answer import Answer
from contracts.routing import Routing
from contracts.targets.ledger import Ledger
from contracts.targets.permission import Permission, Writes
from contracts.undoing import Undo, undo_of
from mockserver.house import build_service

CALCOM = build_service("calcom").contract
ZEEG = build_service("zeeg").contract
NOTE = "402af4a5-b3c1-4a7e-aea5-320cdfedd399"
UNDO = Undo("deleteNote", "DELETE", f"/v2/notes/{NOTE}", "", f"/v2/notes/{NOTE}", "getNote", (NOTE,))


def refusal(
    tmp_path: Path, method: str, target: str, *, mode: Writes = "own", seen: object = None, undo: Undo = UNDO
) -> str:
    contract = ZEEG if "zg" in target or "notes" in target or "schedules/default" in target else CALCOM
    ledger = Ledger(tmp_path / "run.jsonl")
    request = {"method": "POST", "target": "/", "persona": "", "body": "", "headers": {}}
    ledger.made(ledger.intend({"operation": undo.operation, **request}), undo, 201)
    ledger.close()
    permission = Permission(contract, ledger, mode)
    permission.learn(seen)
    operation, values = Routing(contract).place(method, target)
    return permission.refuses(operation, values, target)


def test_what_the_run_made_may_be_changed(tmp_path: Path) -> None:
    assert refusal(tmp_path, "DELETE", f"/v2/notes/{NOTE}") == ""
    assert refusal(tmp_path, "DELETE", f"/v2/notes/{NOTE}?force=1") == ""


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", "/v2/notes/7d4e5a71-08d4-4b62-a1f7-5e20c6d8934b"),
        ("PUT", "/v2/scheduled-events/zg-O6a1f0c3b9d27e/cancel"),
        ("PUT", "/v2/schedules/default"),
        ("DELETE", f"/v2/notes/{NOTE}/../7d4e5a71-08d4-4b62-a1f7-5e20c6d8934b"),
        ("DELETE", f"/v2/notes/{NOTE}%2F..%2Fother"),
        ("DELETE", "/v2/notes"),
        ("TRACE", f"/v2/notes/{NOTE}"),
    ],
)
def test_what_was_there_may_not(tmp_path: Path, method: str, target: str) -> None:
    seen = {"uuid": "7d4e5a71-08d4-4b62-a1f7-5e20c6d8934b"}
    assert refusal(tmp_path, method, target, seen=seen) != ""


@pytest.mark.parametrize("name", ["me", "current", "alex-mueller", "7", "31", "default", "a1"])
def test_a_name_that_somebody_could_have_guessed_may_be_somebodys(tmp_path: Path, name: str) -> None:
    assert "did not make" in refusal(tmp_path, "DELETE", f"/v2/notes/{name}")


@pytest.mark.parametrize("name", ["0f0e0d0c-0b0a-4908-8706-050403020100", "987654321", "zg-O6a1fzzzzzz"])
def test_what_names_nothing_may_be_asked_for_unless_it_was_seen(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, "DELETE", f"/v2/notes/{name}") == ""
    assert refusal(tmp_path, "DELETE", f"/v2/notes/{name}", seen=[{"id": name}]) != ""


def test_an_example_of_the_document_may_be_somebodys(tmp_path: Path) -> None:
    assert refusal(tmp_path, "PUT", "/v2/scheduled-events/zg-O6a1f0c3b9d27e/cancel") != ""


def test_numbers_of_other_kinds_are_other_rows(tmp_path: Path) -> None:
    undo = Undo("deleteSchedule", "DELETE", "/v2/schedules/7", "", "", "", ("7",))
    assert refusal(tmp_path, "DELETE", "/v2/schedules/7", undo=undo) == ""
    assert refusal(tmp_path, "DELETE", "/v2/event-types/7", undo=undo) != ""
    assert refusal(tmp_path, "DELETE", "/v2/event-types/7/webhooks/7", undo=undo) != ""


def test_what_the_run_made_something_in_is_not_its_own(tmp_path: Path) -> None:
    undo = Undo(
        "x", "DELETE", "/v2/event-types/31/webhooks/a-b-c-d-e-f-g", "", "", "", ("a-b-c-d-e-f-g", "31")
    )
    assert undo.place == "/v2/event-types/31/webhooks/a-b-c-d-e-f-g"
    assert refusal(tmp_path, "PATCH", "/v2/event-types/31", undo=undo) != ""
    assert refusal(tmp_path, "DELETE", "/v2/event-types/31/webhooks", undo=undo) != ""


def test_off_is_off_and_all_is_all(tmp_path: Path) -> None:
    assert refusal(tmp_path, "DELETE", f"/v2/notes/{NOTE}", mode="off") == "writes are off"
    assert refusal(tmp_path, "PUT", "/v2/schedules/default", mode="all") == ""


def test_what_nothing_takes_away_is_not_created(tmp_path: Path) -> None:
    agent = "/v2/agents/3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b/outbound-calls?zg"
    assert "nothing takes away" in refusal(tmp_path, "POST", agent)


def test_every_undo_takes_away_what_the_answer_named_and_nothing_above_it() -> None:
    """For every operation that creates: never a place whose own name stood in the request's path."""
    for contract in (ZEEG, CALCOM):
        for operation in contract.operations:
            names = [each.name for each in operation.parameters if each.place == "path"]
            path = dict.fromkeys(names, "in-the-path")
            if not names:
                continue
            for body in (
                b'{"data":{"id":1,"uid":"in-the-path","bookingUid":"in-the-path"}}',
                b'{"uuid":"new"}',
            ):
                undo = undo_of(contract, operation, path, Answer("POST", "/", 201, {}, body))
                assert undo is None or undo.names[0] != "in-the-path", operation.id
