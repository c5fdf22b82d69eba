"""Faults that meet webhooks: what arrives of what was sent, and what deliveries tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.deliveries import Subscribing
from mockserver.signatures import InvalidSignature, verify
from mockserver.world.outbox import Message
from tests.receiving import Receiver, receiving

SECRET = "a-secret-of-the-tests"
NEW = {"cal-api-version": "2026-02-25"}


@pytest.fixture(scope="module")
def everlasting() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def receiver(everlasting: Receiver) -> Receiver:
    everlasting.taken.clear()
    everlasting.works()
    return everlasting


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with Mock(data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def mock(served: Mock, receiver: Receiver) -> Mock:
    """A world in which everybody's bookings are told to the receiver, with a secret."""
    served.reset()
    body = {
        "subscriberUrl": f"{receiver.url}/cal",
        "triggers": ["BOOKING_CREATED", "BOOKING_CANCELLED"],
        "active": True,
        "secret": SECRET,
    }
    assert served.call("POST", "/v2/webhooks", persona="owner", json=body, provider="calcom").status == 201
    service = served.service("caledee")
    subscribe = service.provider.deliveries.subscribe
    assert subscribe is not None
    wish = Subscribing(f"{receiver.url}/dee", service.post.events, SECRET, "owner")
    served.run(lambda: subscribe(service, served.world, wish))
    return served


def book(mock: Mock, start: str = "2026-04-14T09:00:00Z") -> str:
    body = {
        "eventTypeId": 7,
        "start": start,
        "attendee": {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"},
    }
    made = mock.call("POST", "/v2/bookings", json=body, headers=NEW, provider="calcom")
    assert made.status == 201, made
    return str(made.json["data"]["uid"])


def cancel(mock: Mock, uid: str) -> None:
    path = f"/v2/bookings/{uid}/cancel"
    assert mock.call("POST", path, persona="owner", json={}, headers=NEW, provider="calcom").status == 200


def book_dee(mock: Mock) -> None:
    body = {
        "eventTypeId": "cm8f2k4q00001a7d3e5b9c0f1",
        "startAt": "2026-04-14T10:00:00+02:00",
        "invitee": {"name": "Bo", "email": "bo@example.org", "timezone": "UTC"},
    }
    made = mock.call("POST", "/api/v2/bookings", persona="owner", json=body, provider="caledee")
    assert made.status == 201, made


def delivered(mock: Mock, receiver: Receiver) -> list[Message]:
    return [message for message in mock.deliver_webhooks() if message.url.startswith(receiver.url)]


def test_a_lost_one_is_never_sent_and_not_tried_again(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-lost", event="booking_created")
    book(mock)
    book_dee(mock)
    told = {message.event: message for message in delivered(mock, receiver)}
    mock.clock.advance(100_000)
    mock.deliver_webhooks()
    assert [taken.path for taken in receiver.taken] == ["/cal"]
    assert told["BOOKING_CREATED"].status == "delivered"
    assert told["booking_created"].status == "given-up"
    assert [each.error for each in told["booking_created"].attempts] == ["webhook-lost (f-1): never sent"]


def test_it_meets_the_ones_that_were_asked_for(mock: Mock, receiver: Receiver) -> None:
    # Of each booking three are told, two of them to subscriptions that are there from the start.
    mock.faults.declare("webhook-lost", provider="calcom", nth=3, every=3, times=2)
    for hour in range(9, 12):
        book(mock, f"2026-04-14T{hour:02}:00:00Z")
    statuses = [message.status for message in delivered(mock, receiver)]
    assert statuses == ["given-up", "given-up", "delivered"]
    assert [(each["seen"], each["fired"]) for each in mock.faults] == [(9, 2)]


def test_a_duplicate_comes_a_second_time_the_same(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-duplicated", event="booking_created")
    book(mock)
    book_dee(mock)
    messages = {message.event: message for message in delivered(mock, receiver)}
    assert [each.note for each in messages["booking_created"].attempts] == [
        "",
        "again: webhook-duplicated (f-1)",
    ]
    assert len(messages["BOOKING_CREATED"].attempts) == 1
    first, second = [taken for taken in receiver.taken if taken.path == "/dee"]
    assert (first.body, first.headers) == (second.body, second.headers)


def test_a_duplicate_counts_as_no_retry(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-duplicated", event="booking_created")
    receiver.fails()
    book_dee(mock)
    for seconds in (0, 60, 300, 1800, 7200, 21600):
        mock.clock.advance(seconds)
        (message,) = [m for m in delivered(mock, receiver) if m.event == "booking_created"]
    assert (message.status, len(message.attempts), len(receiver.taken)) == ("given-up", 6, 6)


def test_a_reordered_one_leaves_after_the_next_of_its_subscription(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-reordered", event="BOOKING_CREATED", provider="calcom")
    uid = book(mock)
    mock.deliver_webhooks()
    assert receiver.taken == []
    cancel(mock, uid)
    mock.deliver_webhooks()
    assert [taken.json["triggerEvent"] for taken in receiver.taken] == [
        "BOOKING_CANCELLED",
        "BOOKING_CREATED",
    ]


def test_a_reordered_one_that_nothing_follows_leaves_later(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-reordered", event="BOOKING_CREATED", seconds=30)
    book(mock)
    mock.deliver_webhooks()
    mock.clock.advance(29)
    mock.deliver_webhooks()
    assert receiver.taken == []
    mock.clock.advance(1)
    mock.deliver_webhooks()
    assert len(receiver.taken) == 1


def test_a_delayed_one_waits_for_the_worlds_clock(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-delayed", event="BOOKING_CREATED", seconds=3600)
    uid = book(mock)
    cancel(mock, uid)
    mock.deliver_webhooks()
    assert [taken.json["triggerEvent"] for taken in receiver.taken] == ["BOOKING_CANCELLED"]
    mock.clock.advance(3600)
    (created, _) = [m for m in delivered(mock, receiver) if m.url.endswith("/cal")]
    assert receiver.taken[-1].json["triggerEvent"] == "BOOKING_CREATED"
    assert [twist.fault for twist in created.twists or ()] == ["webhook-delayed"]


@pytest.mark.parametrize("slug", ["calcom", "caledee"])
def test_a_bad_signature_is_not_the_secrets(mock: Mock, receiver: Receiver, slug: str) -> None:
    make: dict[str, Callable[[Mock], Any]] = {"calcom": book, "caledee": book_dee}
    mock.faults.declare("webhook-bad-signature", provider=slug)
    make[slug](mock)
    told = [m for m in delivered(mock, receiver) if m.provider == slug]
    assert [each.note for each in told[-1].attempts] == [
        "webhook-bad-signature (f-1): the signature is not the secret's"
    ]
    (taken,) = receiver.taken
    with pytest.raises(InvalidSignature, match="is not that of this body"):
        verify(slug, taken.headers, taken.body, SECRET, at=mock.clock.now.timestamp())


def test_an_old_timestamp_is_signed_and_refused_by_its_age(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-old-timestamp", provider="caledee")
    book_dee(mock)
    mock.deliver_webhooks()
    (taken,) = receiver.taken
    now = mock.clock.now.timestamp()
    with pytest.raises(InvalidSignature, match="600 s off, and 300 s are allowed"):
        verify("caledee", taken.headers, taken.body, SECRET, at=now)
    verify("caledee", taken.headers, taken.body, SECRET, at=now - 600)


def test_a_fault_that_can_do_nothing_says_so(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("webhook-old-timestamp", provider="calcom")
    book(mock)
    told = [m for m in delivered(mock, receiver) if m.url.endswith("/cal")]
    assert [each.note for each in told[0].attempts] == [
        "webhook-old-timestamp (f-1): cannot act: no time is signed"
    ]
    (taken,) = receiver.taken
    verify("calcom", taken.headers, taken.body, SECRET)


def test_a_fault_of_requests_meets_no_webhook_and_the_other_way_round(mock: Mock, receiver: Receiver) -> None:
    mock.faults.declare("server-error", operation="cancelBooking", provider="calcom")
    mock.faults.declare("webhook-lost", event="BOOKING_CANCELLED")
    book(mock)
    mock.deliver_webhooks()
    assert len(receiver.taken) == 1
    assert [(each["seen"], each["fired"]) for each in mock.faults] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"fault": "webhook-lost", "event": "BOOKING_CREATD"}, r"did you mean BOOKING_CREATED\?"),
        ({"fault": "webhook-lost", "event": "BOOKING_CREATED", "provider": "zeeg"}, "no event"),
    ],
)
def test_an_event_that_does_not_exist_is_told(mock: Mock, spec: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        mock.faults.declare(**spec)
