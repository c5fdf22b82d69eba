from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.world.outbox import Attempt, Bell, Message, Outbox, Twist
from mockserver.world.store import Store

NOON = datetime(2026, 4, 6, 12, 0, tzinfo=UTC)


def message(
    event: str = "invitee.scheduled", retries: tuple[float, ...] = (), provider: str = "zeeg"
) -> Message:
    return Message(provider, event, "https://example.com/hook", b"{}", NOON, retries=retries)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


def test_what_was_queued_in_a_transaction_that_failed_never_was() -> None:
    store, rung = Store(), list[str]()
    bell = Bell()
    bell.ring = rung.append
    outbox = Outbox(store, "w", bell)
    store.begin()
    assert outbox.put(message()).id == "m-1"
    assert outbox.take(NOON) == []
    assert outbox.messages() == []
    store.rollback()
    assert outbox.take(NOON) == []
    assert rung == []
    store.begin()
    assert outbox.put(message("again")).id == "m-1"
    store.commit()
    assert rung == ["w"]
    assert [taken.event for taken in outbox.take(NOON)] == ["again"]
    assert outbox.take(NOON) == []


def test_messages_outside_of_a_transaction_stand_at_once_and_keep_their_order() -> None:
    outbox = Outbox(Store())
    for number in range(12):
        outbox.put(message(f"e{number}"))
    assert [taken.id for taken in outbox.take(NOON)] == [f"m-{number}" for number in range(1, 13)]
    assert outbox.messages()[0].id == "m-12"


def test_a_message_that_was_taken_is_delivered() -> None:
    outbox = Outbox(Store())
    id = outbox.put(message()).id
    done = outbox.record_attempt(id, seconds(1), 204)
    assert (done.status, done.due_at, len(done.attempts)) == ("delivered", None, 1)
    assert outbox.take(seconds(99)) == []
    assert outbox.get(id) == done
    with pytest.raises(KeyError):
        outbox.record_attempt(id, seconds(2), 204)


def test_a_message_that_fails_is_tried_again_by_its_schedule_and_then_given_up() -> None:
    outbox = Outbox(Store())
    id = outbox.put(message(retries=(10, 60))).id
    first = outbox.record_attempt(id, seconds(0), 500)
    assert (first.status, first.due_at) == ("failed", seconds(10))
    assert outbox.take(seconds(9)) == []
    assert outbox.next_due() == seconds(10)
    assert [due.id for due in outbox.take(seconds(10))] == [id]
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
    assert [taken.id for taken in outbox.take(NOON)] == ["m-1"]
    outbox.clear()
    assert outbox.messages() == []


def test_too_many_waiting_messages_push_out_the_oldest() -> None:
    outbox = Outbox(Store(), most=3)
    for _ in range(5):
        outbox.put(message())
    assert [found.id for found in outbox.take(NOON)] == ["m-3", "m-4", "m-5"]
    assert [found.id for found in outbox.messages(status="given-up")] == ["m-2", "m-1"]


def test_what_was_taken_is_on_its_way_until_it_is_recorded_or_put_back() -> None:
    outbox = Outbox(Store())
    outbox.put(message(retries=(10,)))
    (taken,) = outbox.take(NOON)
    assert (outbox.take(seconds(99)), outbox.next_due()) == ([], None)
    outbox.put_back(taken, seconds(5))
    assert outbox.next_due() == seconds(5)
    (taken,) = outbox.take(seconds(5))
    failed = outbox.record(taken, Attempt(seconds(5), 500))
    assert failed is not None
    assert (failed.status, failed.due_at) == ("failed", seconds(15))


def test_a_clock_that_jumps_past_several_retries_has_them_all_happen() -> None:
    outbox = Outbox(Store())
    outbox.put(message(retries=(10, 60, 600)))
    tried = 0
    while due := outbox.take(seconds(3600)):
        outbox.record(due[0], Attempt(seconds(3600), 503))
        tried += 1
    assert (tried, outbox.messages()[0].status) == (4, "given-up")


def test_how_it_went_before_the_world_was_brought_back_is_not_recorded() -> None:
    outbox = Outbox(Store())
    outbox.put(message())
    mark = outbox.mark()
    (before,) = outbox.take(NOON)
    outbox.return_to(mark)
    (again,) = outbox.take(NOON)
    assert outbox.record(outbox.twist(before, ()), Attempt(NOON, 500)) is None
    done = outbox.record(outbox.twist(again, (Twist("f-1", "x"),)), Attempt(NOON, 200))
    assert done is not None
    assert (done.status, len(done.attempts), done.twists) == ("delivered", 1, (Twist("f-1", "x"),))


def test_a_message_can_be_delivered_once_more_whatever_became_of_it() -> None:
    outbox = Outbox(Store())
    for _ in range(2):
        outbox.put(message(retries=(10,)))
    outbox.record_attempt("m-1", NOON, 200)
    outbox.record_attempt("m-2", NOON, 500)
    assert outbox.redeliver("m-1", seconds(1)).status == "pending"
    assert outbox.redeliver("m-2", seconds(1)).due_at == seconds(1)
    first, second = outbox.take(seconds(1))
    assert [len(each.attempts) for each in (first, second)] == [1, 1]
    done = outbox.record(first, Attempt(seconds(1), 500))
    assert done is not None
    assert (done.status, len(done.attempts)) == ("given-up", 2)
    with pytest.raises(KeyError):
        outbox.redeliver("m-9", NOON)


def test_waiting_messages_can_be_abandoned_and_say_why() -> None:
    outbox = Outbox(Store())
    outbox.put(message("a"))
    outbox.put(message("b"))
    outbox.abandon(lambda each: each.event == "a", "the subscription has ended")
    (gone,) = outbox.messages(status="given-up")
    assert (gone.id, gone.attempts[-1].error) == ("m-1", "the subscription has ended")
    assert [each.id for each in outbox.take(NOON)] == ["m-2"]


def test_the_secret_is_not_in_what_a_message_says_of_itself() -> None:
    assert "s3cret" not in repr(Message("zeeg", "e", "https://a.example", b"", NOON, secret="s3cret"))
