"""Webhooks: who subscribes is told of what happens, with the shared secret and the declared payload."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver import Mock
from mockserver.providers.zeeg.deliveries import pretty_duration
from mockserver.world.outbox import Message
from tests.providers.zeeg_asking import ask, book, booked, cancel

HOOK = {
    "callbackUrl": "https://hooks.example.org/zeeg",
    "events": ["invitee.scheduled", "invitee.cancelled"],
    "scope": "user",
    "token": "not-a-real-secret",
}


def subscribe(mock: Mock, persona: str = "owner", **changes: Any) -> dict[str, Any]:
    body = {name: value for name, value in {**HOOK, **changes}.items() if value is not None}
    answer = ask(mock, "POST", "/webhooks", body, persona)
    assert answer.status == 201, answer
    found: dict[str, Any] = answer.json
    return found


def queued(mock: Mock) -> list[Message]:
    """What waits in the outbox, oldest first, without first messages."""
    return [message for message in reversed(mock.world.outbox.messages()) if message.event != "test"]


class TestSubscription:
    def test_a_subscription_is_answered_without_its_secret(self, zeeg: Mock) -> None:
        answer = subscribe(zeeg)
        hook = answer["resource"]
        assert hook["creator"] == {"firstName": "Alex", "lastName": "Mueller", "slug": "alex-mueller"}
        assert "not-a-real-secret" not in orjson.dumps(answer).decode()
        assert answer["testResult"] == {
            "delivered": False,
            "statusCode": None,
            "error": "The test delivery is still queued.",
        }
        assert ask(zeeg, "GET", f"/webhooks/{hook['uuid']}").json == {"resource": hook}
        assert ask(zeeg, "GET", "/webhooks").json["collection"] == [hook]

    def test_a_first_message_is_queued(self, zeeg: Mock) -> None:
        hook = subscribe(zeeg)["resource"]
        (message,) = zeeg.world.outbox.messages()
        assert (message.event, message.url, message.subscription) == (
            "test",
            hook["callbackUrl"],
            hook["uuid"],
        )
        assert ("Token", "not-a-real-secret") in message.headers

    @pytest.mark.parametrize(
        "changes",
        [
            {"callbackUrl": "http://hooks.example.org"},
            {"callbackUrl": "nowhere"},
            {"events": []},
            {"events": ["invitee.born"]},
            {"scope": "world"},
            {"token": "short"},
            {"token": "has a blank"},
        ],
    )
    def test_a_subscription_that_cannot_be_is_422(self, zeeg: Mock, changes: dict[str, Any]) -> None:
        answer = ask(zeeg, "POST", "/webhooks", {**HOOK, **changes})
        assert (answer.status, [name.split(".")[0] for name in answer.json["errors"]][:1]) == (
            422,
            list(changes),
        )
        assert zeeg.state("webhook") == []
        assert zeeg.world.outbox.messages() == []


class TestMessages:
    def test_scheduling_and_cancelling_are_told(self, zeeg: Mock) -> None:
        hook = subscribe(zeeg)["resource"]
        event = booked(
            zeeg,
            phone="+14155551234",
            location="ZOOM",
            name="Mira van Oduya",
            timeZone="Asia/Tokyo",
            start="17:00",
        )
        ask(zeeg, "PUT", f"/scheduled-events/{event['uuid']}/cancel", {"cancellationReason": "Ill."})
        first, second = queued(zeeg)
        assert [first.event, second.event] == ["invitee.scheduled", "invitee.cancelled"]
        for message in (first, second):
            assert message.url == hook["callbackUrl"]
            assert dict(message.headers)["Token"] == "not-a-real-secret"
        told, untold = orjson.loads(first.body), orjson.loads(second.body)
        assert told["eventUuid"] == untold["eventUuid"] == event["uuid"]
        assert told["inviteeUuid"] == event["invitees"][0]["uuid"]
        assert (told["inviteeFirstName"], told["inviteeLastName"]) == ("Mira", "van Oduya")
        assert told["inviteePhoneNumber"] == "+14155551234"
        assert told["startAt"] == "2026-04-14T08:00:00.000000Z"
        assert told["inviteeStartAt"] == "2026-04-14T17:00:00+09:00"
        assert told["inviteeStartAtPretty"] == "17:00 - Tuesday, April 14, 2026"
        assert told["hosts"] == {"1": "Alex Mueller"}
        assert told["location"] == "Zoom"
        assert told["cancelledAt"] is None
        assert (untold["cancelledBy"], untold["cancellationReason"]) == ("Alex Mueller", "Ill.")

    def test_payloads_fit_the_document(self, zeeg: Mock) -> None:
        subscribe(zeeg, scope="organization")
        cancel(zeeg, booked(zeeg))
        booked(zeeg, ownerSlug="sales", eventTypeSlug="joint-review", start="15:00")
        check = zeeg.service().contract.schemas.check("/components/schemas/InviteePayload")
        messages = queued(zeeg)
        assert len(messages) == 3
        for message in messages:
            assert list(check.problems(orjson.loads(message.body))) == []

    def test_everybody_in_a_cancelled_group_is_told_of(self, zeeg: Mock) -> None:
        subscribe(zeeg, events=["invitee.cancelled"])
        ask(zeeg, "PUT", "/scheduled-events/zg-O6a1f0c3b9d290/cancel")
        names = [orjson.loads(message.body)["inviteeName"] for message in queued(zeeg)]
        assert names == ["Kofi Mensah", "Yui Arai"]

    def test_only_what_was_asked_for_is_told(self, zeeg: Mock) -> None:
        subscribe(zeeg, events=["invitee.cancelled"])
        booked(zeeg)
        assert queued(zeeg) == []

    def test_a_users_subscription_is_told_of_that_users_events_only(self, zeeg: Mock) -> None:
        subscribe(zeeg)
        subscribe(zeeg, scope="organization", token=None)
        booked(zeeg, ownerSlug="jamie-rivera", eventTypeSlug="coffee-30", start="15:00", phone="+14155551234")
        (message,) = queued(zeeg)
        assert "Token" not in dict(message.headers)

    def test_another_account_is_told_nothing(self, zeeg: Mock) -> None:
        subscribe(zeeg, "other", scope="organization")
        booked(zeeg)
        assert queued(zeeg) == []

    def test_a_refused_booking_is_not_told(self, zeeg: Mock) -> None:
        subscribe(zeeg)
        book(zeeg, start="03:00")
        assert queued(zeeg) == []

    def test_nothing_is_told_after_the_subscription_ended(self, zeeg: Mock) -> None:
        hook = subscribe(zeeg)["resource"]
        assert ask(zeeg, "DELETE", f"/webhooks/{hook['uuid']}").status == 200
        booked(zeeg)
        assert queued(zeeg) == []

    def test_a_hand_over_that_moves_the_event_tells_of_the_new_time(self, zeeg: Mock) -> None:
        subscribe(zeeg)
        booked(zeeg, date="2026-04-16", start="16:00")
        body = {"newHostEmail": "alex.mueller@example.com", "fallbackToReschedule": True}
        ask(zeeg, "PUT", "/scheduled-events/zg-O6a1f0c3b9d28f/handover", body)
        told = orjson.loads(queued(zeeg)[-1].body)
        assert (told["event"], told["isRescheduled"]) == ("invitee.scheduled", True)
        assert told["startAt"] == "2026-04-06T08:00:00.000000Z"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 min"), (30, "30 mins"), (60, "1 hr"), (90, "1 hr 30 mins"), (120, "2 hrs")],
)
def test_durations_are_put_into_words(minutes: int, words: str) -> None:
    assert pretty_duration(minutes) == words
