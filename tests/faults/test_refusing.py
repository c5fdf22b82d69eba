from __future__ import annotations

from typing import Any

import pytest

from tests.faults.model import Model, answered, body_of

NEW = {"text": "Hello", "size": 1}


@pytest.mark.parametrize(
    ("fault", "spec", "status"),
    [
        ("server-error", {}, 500),
        ("server-error", {"status": 502}, 502),
        ("outage", {}, 503),
        ("rate-limit-storm", {}, 429),
        ("expired-token", {}, 401),
    ],
)
def test_it_refuses_in_the_providers_envelope_and_does_nothing(
    model: Model, fault: str, spec: dict[str, Any], status: int
) -> None:
    model.declare(fault, **spec)
    before = model.world.store.count("notes/note")
    exchange = model.ask("POST", "/notes", NEW)
    assert answered(exchange).status == status
    assert set(body_of(exchange)) == {"error", "status"}
    assert body_of(exchange)["status"] == status
    assert model.world.store.count("notes/note") == before
    assert f"fault {fault}" in answered(exchange).reason
    assert exchange.stop is not None
    assert exchange.stop.stage == "faults"


def test_an_expired_token_is_refused_in_the_words_for_one(model: Model) -> None:
    model.declare("expired-token")
    assert body_of(model.ask("GET", "/notes"))["error"] == "Too late."


def headers(exchange: Any) -> dict[bytes, bytes]:
    return dict(answered(exchange).headers)


def test_an_outage_says_when_to_come_back_only_where_it_is_told(model: Model) -> None:
    id = model.declare("outage")
    assert b"retry-after" not in headers(model.ask("GET", "/notes"))
    model.world.faults.remove(id)
    model.declare("outage", retry_after=2.5)
    assert headers(model.ask("GET", "/notes"))[b"retry-after"] == b"3"


def test_a_storm_has_the_quotas_own_headers(model: Model) -> None:
    model.declare("rate-limit-storm", retry_after=7)
    assert headers(model.ask("GET", "/notes")) == {
        b"x-limit": b"5",
        b"x-left": b"0",
        b"x-reset": b"7",
        b"retry-after": b"7",
    }


def test_a_storm_may_keep_quiet_about_when_it_ends(model: Model) -> None:
    model.declare("rate-limit-storm", retry_after=None)
    exchange = model.ask("GET", "/notes")
    assert answered(exchange).status == 429
    assert b"retry-after" not in headers(exchange)


def test_an_undeclared_status_comes_with_the_work_done(model: Model) -> None:
    model.declare("undeclared-status")
    before = model.world.store.count("notes/note")
    exchange = model.ask("POST", "/notes", NEW)
    assert answered(exchange).status == 418
    assert body_of(exchange)["text"] == "Hello"
    assert model.world.store.count("notes/note") == before + 1
    assert "201 became 418" in answered(exchange).reason


def test_a_declared_status_is_not_undeclared(model: Model) -> None:
    model.declare("undeclared-status", status=422)
    exchange = model.ask("GET", "/notes")
    assert answered(exchange).status == 200
    assert "cannot act: 422 is declared for listNotes" in answered(exchange).reason
