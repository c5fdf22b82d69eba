from __future__ import annotations

from typing import Any

import pytest

from tests.faults.model import Model, answered


def statuses(model: Model, count: int, **ask: Any) -> list[int]:
    return [answered(model.ask("GET", "/notes", **ask)).status for _ in range(count)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, [503, 503, 503, 503, 503]),
        ({"nth": 2}, [200, 503, 503, 503, 503]),
        ({"times": 2}, [503, 503, 200, 200, 200]),
        ({"nth": 2, "times": 1}, [200, 503, 200, 200, 200]),
        ({"every": 2}, [503, 200, 503, 200, 503]),
        ({"nth": 2, "every": 2, "times": 1}, [200, 503, 200, 200, 200]),
    ],
)
def test_it_acts_on_schedule(model: Model, schedule: dict[str, int], expected: list[int]) -> None:
    model.declare("outage", **schedule)
    assert statuses(model, 5) == expected


def test_it_acts_on_its_operation_only(model: Model) -> None:
    model.declare("outage", operation="getNote", provider="notes")
    assert statuses(model, 1) == [200]
    assert answered(model.ask("GET", "/notes/n-seed-1")).status == 503


def test_it_acts_on_its_method_only(model: Model) -> None:
    model.declare("outage", method="DELETE")
    assert statuses(model, 1) == [200]
    assert answered(model.ask("DELETE", "/notes/n-seed-1")).status == 503


def test_it_acts_on_its_persona_only_though_nobody_was_authenticated_yet(model: Model) -> None:
    model.declare("outage", persona="reader")
    assert statuses(model, 1, persona="owner") == [200]
    assert statuses(model, 1, persona="reader") == [503]
    assert statuses(model, 1, persona=None) == [401]
    assert statuses(model, 1, persona="nobody") == [401]


def test_another_provider_is_not_meant(model: Model) -> None:
    model.declare("outage", provider="other")
    assert statuses(model, 1) == [200]


def test_the_first_that_answers_wins_and_all_say_what_they_did(model: Model) -> None:
    model.declare("latency", seconds=1)
    model.declare("server-error", status=599)
    model.declare("outage")
    exchange = model.ask("GET", "/notes")
    reply = answered(exchange)
    assert reply.status == 599
    assert reply.wire is not None
    assert "fault latency" in reply.reason
    assert "fault server-error: answered 599" in reply.reason
    assert [fault.note for fault in exchange.faults or ()][-1] == "another fault answered first"


def test_a_fault_does_not_outlive_its_withdrawal(model: Model) -> None:
    id = model.declare("outage")
    assert statuses(model, 1) == [503]
    model.world.faults.remove(id)
    assert statuses(model, 1) == [200]


def test_a_path_that_is_not_there_can_fail_too(model: Model) -> None:
    model.declare("outage")
    assert answered(model.ask("GET", "/nowhere")).status == 503


def test_what_a_fault_answers_is_not_counted_by_the_quota(tmp_path: Any) -> None:
    model = Model(tmp_path, limited=True)
    model.declare("outage", times=10)
    assert statuses(model, 10) == [503] * 10
    assert statuses(model, 5) == [200] * 5
    assert statuses(model, 1) == [429]


def test_a_declared_status_is_given_only_where_the_document_has_it(model: Model) -> None:
    model.declare("code", code=404)
    assert statuses(model, 1) == [200]
    exchange = model.ask("GET", "/notes")
    assert "fault code: cannot act: listNotes declares" in answered(exchange).reason
    assert answered(model.ask("GET", "/notes/n-seed-1")).status == 404
