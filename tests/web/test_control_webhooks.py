"""The control API's side of webhooks: what is told of deliveries, redelivery, the built-in receiver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from mockserver import Mock
from mockserver.signatures import verify
from tests.receiving import Receiver, receiving
from tests.web.raw import Raw

SECRET = "a-secret-of-the-tests"
BOOKING = {
    "eventTypeId": "cm8f2k4q00001a7d3e5b9c0f1",
    "startAt": "2026-04-14T10:00:00+02:00",
    "invitee": {"name": "Bo", "email": "bo@example.org", "timezone": "UTC"},
}


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    """A live mock that sends nothing by itself, so that each test says when."""
    with Mock("caledee", "zeeg", data="empty", limits=False, webhooks=False) as mock:
        assert mock.url
        yield mock


@pytest.fixture
def mock(served: Mock) -> Mock:
    served.reset()
    return served


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def control(mock: Mock, method: str, path: str, data: Any = None) -> tuple[int, Any]:
    with Raw(mock.url) as raw:
        if data is None:
            got = raw.ask(method, f"/_mock{path}")
        else:
            headers = [("Content-Type", "application/json")]
            got = raw.ask(method, f"/_mock{path}", headers, orjson.dumps(data))
    return got.status, got.json if got.body else None


def subscribe(mock: Mock, url: str, **more: Any) -> dict[str, Any]:
    wish = {"provider": "caledee", "url": url, "secret": SECRET, **more}
    status, made = control(mock, "POST", "/webhooks/subscriptions", wish)
    assert status == 201, made
    assert isinstance(made, dict)
    return made


def book(mock: Mock) -> None:
    path = "/api/v2/bookings"
    assert mock.call("POST", path, persona="owner", json=BOOKING, provider="caledee").status == 201


def test_a_delivery_is_told_with_its_attempts_and_without_its_secret(mock: Mock, receiver: Receiver) -> None:
    made = subscribe(mock, receiver.url)
    assert made == {
        "provider": "caledee",
        "id": made["id"],
        "url": receiver.url,
        "events": ["booking_created", "booking_canceled", "booking_rescheduled"],
    }
    book(mock)
    receiver.answer = lambda _: (500, {}, f"no, {SECRET} is not known".encode())
    mock.deliver_webhooks()
    _, listed = control(mock, "GET", "/webhooks?provider=caledee&status=failed")
    (told,) = [each for each in listed if each["subscription"] == made["id"]]
    assert told["attempts"][0]["status"] == 500
    assert told["attempts"][0]["answer"] == "no, <secret> is not known"
    assert (told["due_at"], told["retries_left"]) == ("2026-04-06T08:01:00.000000Z", 5)
    assert SECRET not in orjson.dumps(listed).decode()
    assert control(mock, "GET", f"/webhooks/{told['id']}") == (200, told)
    status, problem = control(mock, "GET", "/webhooks/m-999")
    assert (status, problem["detail"]) == (404, "there is no webhook 'm-999' among those that are kept")
    assert len(control(mock, "GET", "/webhooks?limit=1")[1]) == 1


def test_a_token_is_a_secret_too(mock: Mock) -> None:
    hook = {
        "callbackUrl": "https://hooks.example.org/zeeg",
        "events": ["invitee.scheduled"],
        "scope": "user",
        "token": SECRET,
    }
    assert mock.call("POST", "/v2/webhooks", persona="owner", json=hook, provider="zeeg").status == 201
    mock.deliver_webhooks()
    _, listed = control(mock, "GET", "/webhooks?provider=zeeg")
    _, received = control(mock, "GET", "/webhooks/received")
    assert listed[0]["headers"]["Token"] == received[0]["headers"]["Token"] == "<secret>"
    assert received[0]["body"] == {"event": "test"}


def test_the_built_in_receiver_keeps_what_verifies(mock: Mock) -> None:
    made = subscribe(mock, "https://hooks.example.com/caledee", events=["booking_created"])
    assert made["events"] == ["booking_created"]
    book(mock)
    mock.deliver_webhooks()
    (kept,) = mock.received
    verify("caledee", kept.headers, kept.body, SECRET, at=mock.clock.now.timestamp())
    status, (told,) = control(mock, "GET", "/webhooks/received")
    assert (status, told["message"], told["status"]) == (200, kept.message, 200)
    assert told["body"]["event"] == "booking_created"
    assert control(mock, "DELETE", "/webhooks/received") == (204, None)
    assert control(mock, "GET", "/webhooks/received") == (200, [])


def test_a_redelivery_is_an_attempt_more(mock: Mock, receiver: Receiver) -> None:
    made = subscribe(mock, receiver.url)
    book(mock)
    receiver.works()
    mock.deliver_webhooks()
    (message,) = [each for each in mock.webhooks if each.subscription == made["id"]]
    assert message.status == "delivered"
    status, told = control(mock, "POST", f"/webhooks/{message.id}/redeliver", {})
    assert (status, told["status"]) == (202, "pending")
    mock.deliver_webhooks()
    _, told = control(mock, "GET", f"/webhooks/{message.id}")
    assert [each["status"] for each in told["attempts"]] == [200, 200]
    # Each attempt has its own number.
    assert receiver.taken[-1].headers["x-caledee-delivery-attempt"] == "2"
    assert control(mock, "POST", "/webhooks/m-999/redeliver", {})[0] == 404


@pytest.mark.parametrize(
    ("wish", "status", "told"),
    [
        ({"provider": "zeeg"}, 409, "zeeg has operations of its own that subscribe"),
        ({"provider": "nobody"}, 404, "nobody"),
        ({"events": ["booking_born"]}, 422, "there is no event 'booking_born'"),
        ({"persona": "nobody"}, 404, "there is no persona 'nobody'"),
        ({"url": "nowhere"}, 422, "url"),
    ],
)
def test_a_subscription_that_cannot_be_is_told(
    mock: Mock, wish: dict[str, Any], status: int, told: str
) -> None:
    body = {"provider": "caledee", "url": "https://hooks.example.com/x", **wish}
    got, problem = control(mock, "POST", "/webhooks/subscriptions", body)
    assert got == status, problem
    assert told in problem["detail"]


def test_a_fork_has_webhooks_of_its_own(mock: Mock, receiver: Receiver) -> None:
    subscribe(mock, receiver.url)
    receiver.taken.clear()
    other = mock.fork()
    book(other)
    mock.deliver_webhooks()
    assert (receiver.taken, mock.webhooks) == ([], [])
    other.deliver_webhooks()
    assert len(receiver.taken) == 1
    other.drop()
