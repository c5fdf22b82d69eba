from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.world import outbox as module
from mockserver.world.outbox import Message, Outbox
from mockserver.world.store import Store

NOON = datetime(2026, 4, 6, 12, 0, tzinfo=UTC)


def message(
    event: str = "invitee.scheduled", retries: tuple[float, ...] = (), provider: str = "zeeg"
) -> Message:
    return Message(provider, event, "https://example.com/hook", b"{}", NOON, retries=retries)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


def test_what_was_queued_in_a_transaction_that_failed_never_was() -> None:
    store = Store()
    outbox = Outbox(store)
    store.begin()
    assert outbox.put(message()).id == "m-1"
    assert outbox.take_committed() == ()
    assert outbox.messages() == []
    store.rollback()
    assert outbox.take_committed() == ()
    store.begin()
    assert outbox.put(message("again")).id == "m-1"
    store.commit()
    assert [taken.event for taken in outbox.take_committed()] == ["again"]
    assert outbox.take_committed() == ()


def test_messages_outside_of_a_transaction_stand_at_once_and_keep_their_order() -> None:
    outbox = Outbox(Store())
    for number in range(12):
        outbox.put(message(f"e{number}"))
    assert [taken.id for taken in outbox.take_committed()] == [f"m-{number}" for number in range(1, 13)]
    assert [taken.id for taken in outbox.due(NOON)] == [f"m-{number}" for number in range(1, 13)]
    assert outbox.messages()[0].id == "m-12"


def test_a_message_that_was_taken_is_delivered() -> None:
    outbox = Outbox(Store())
    id = outbox.put(message()).id
    done = outbox.record_attempt(id, seconds(1), 204)
    assert (done.status, done.due_at, len(done.attempts)) == ("delivered", None, 1)
    assert outbox.due(seconds(99)) == []
    assert outbox.get(id) == done
    with pytest.raises(KeyError):
        outbox.record_attempt(id, seconds(2), 204)


def test_a_message_that_fails_is_tried_again_by_its_schedule_and_then_given_up() -> None:
    outbox = Outbox(Store())
    id = outbox.put(message(retries=(10, 60))).id
    first = outbox.record_attempt(id, seconds(0), 500)
    assert (first.status, first.due_at) == ("failed", seconds(10))
    assert outbox.due(seconds(9)) == []
    assert outbox.next_due() == seconds(10)
    assert [due.id for due in outbox.due(seconds(10))] == [id]
    second = outbox.record_attempt(id, seconds(10), None, "connection refused")
    assert second.due_at == seconds(70)
    third = outbox.record_attempt(id, seconds(70), 302)
    assert (third.status, third.due_at) == ("given-up", None)
    assert [attempt.status for attempt in third.attempts] == [500, None, 302]
    assert outbox.next_due() is None


def test_messages_are_found_by_provider_and_status() -> None:
    outbox = Outbox(Store())
    outbox.put(message())
    outbox.put(message(provider="calcom"))
    outbox.record_attempt("m-1", NOON, 200)
    assert [found.id for found in outbox.messages(provider="calcom")] == ["m-2"]
    assert [found.id for found in outbox.messages(status="delivered")] == ["m-1"]
    assert outbox.get("m-3") is None


def test_a_mark_brings_waiting_and_finished_messages_back() -> None:
    outbox = Outbox(Store())
    outbox.put(message())
    mark = outbox.mark()
    outbox.record_attempt("m-1", NOON, 200)
    outbox.put(message())
    outbox.return_to(mark)
    assert [(found.id, found.status) for found in outbox.messages()] == [("m-1", "pending")]
    assert outbox.take_committed() == ()
    outbox.clear()
    assert outbox.messages() == []


def test_too_many_waiting_messages_push_out_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    outbox = Outbox(Store())
    for _ in range(5):
        outbox.put(message())
    assert [found.id for found in outbox.due(NOON)] == ["m-3", "m-4", "m-5"]
    assert [found.id for found in outbox.messages(status="given-up")] == ["m-2", "m-1"]
