"""Booking, moving and cancelling: what takes a slot, what gives it back, and who is told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver import Mock
from mockserver.world.outbox import Message
from tests.providers.caledee_asking import (
    ALEX,
    DEEP_DIVE,
    INTRO,
    JAMIE,
    JOINT_REVIEW,
    NORAS,
    OLEKS,
    RIVAL_CHAT,
    SALES_CALL,
    VERAS,
    book,
    booked,
    cancel,
    found,
    slots,
)

TEN = "2026-04-14T10:00:00+02:00"


def of_the_day(mock: Mock) -> list[str]:
    return slots(mock, INTRO, "2026-04-14", "2026-04-15")


def told(mock: Mock) -> list[dict[str, Any]]:
    """The bodies of what waits in the outbox, oldest first."""
    return [orjson.loads(message.body) for message in queued(mock)]


def queued(mock: Mock) -> list[Message]:
    return list(reversed(mock.world.outbox.messages()))


class TestBooking:
    def test_a_booking_is_answered_and_listed_first(self, caledee: Mock) -> None:
        made = booked(caledee)
        assert made == {
            "id": made["id"],
            "eventTypeId": INTRO,
            "eventTypeName": "Intro talk",
            "hostId": ALEX,
            "hostSlug": "alex-mueller",
            "startAt": "2026-04-14T08:00:00.000Z",
            "endAt": "2026-04-14T08:30:00.000Z",
            "durationMin": 30,
            "status": "active",
            "location": {"kind": "google_meet", "value": "https://meet.example.com/intro"},
            "invitee": {"name": "Mira Oduya", "email": "mira.oduya@example.org", "timezone": "Asia/Tokyo"},
            "createdAt": "2026-04-06T08:00:00.000Z",
            "canceledAt": None,
            "cancelReason": None,
        }
        assert found(caledee, "/bookings")["bookings"][0] == made

    def test_it_takes_its_slot_away(self, caledee: Mock) -> None:
        before = of_the_day(caledee)
        booked(caledee)
        assert of_the_day(caledee) == [start for start in before if start != TEN]
        again = book(caledee)
        assert (again.status, again.json) == (
            409,
            {"title": "Conflict", "message": "This slot is no longer available."},
        )

    @pytest.mark.parametrize(
        "start",
        [
            "2026-04-14T10:10:00+02:00",  # between the slots
            "2026-04-14T10:00:00.5+02:00",
            "2026-04-14T08:30:00+02:00",  # before hours
            "2026-04-12T10:00:00+02:00",  # a Sunday
            "2026-04-02T10:00:00+02:00",  # past
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
        ],
    )
    def test_what_is_no_free_slot_is_409(self, caledee: Mock, start: str) -> None:
        assert book(caledee, startAt=start).status == 409
        assert len(caledee.state("booking")) == 4

    def test_the_same_instant_can_be_written_in_any_zone(self, caledee: Mock) -> None:
        for start in ("2026-04-14T10:00:00+02:00", "2026-04-14T08:30:00z", "2026-04-14T14:45:00+05:45"):
            booked(caledee, startAt=start)
        assert len(of_the_day(caledee)) == 13

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"eventTypeId": None}, ["eventTypeId"]),
            ({"startAt": "tomorrow"}, ["startAt"]),
            ({"startAt": "2026-04-14T10:00:00"}, ["startAt"]),
            ({"invitee": {"name": "x", "email": "nobody"}}, ["invitee", "email"]),
            ({"invitee": {"email": "a@example.org"}}, ["invitee", "name"]),
            (
                {"invitee": {"name": "x", "email": "a@example.org", "timezone": "Mars/Base"}},
                ["invitee", "timezone"],
            ),
            ({"durationMin": 45}, ["durationMin"]),
            ({"location": {"value": "x"}}, ["location", "kind"]),
        ],
    )
    def test_what_is_not_valid_is_400_with_details(
        self, caledee: Mock, changes: dict[str, Any], path: list[str]
    ) -> None:
        answer = book(caledee, **changes)
        assert (answer.status, answer.json["title"]) == (400, "Invalid Argument")
        assert [issue["path"] for issue in answer.json["details"]] == [path]

    @pytest.mark.parametrize("id", [RIVAL_CHAT, "nobody"])
    def test_an_event_type_that_is_not_yours_is_404(self, caledee: Mock, id: str) -> None:
        answer = book(caledee, eventTypeId=id)
        assert (answer.status, answer.json["title"]) == (404, "Not Found")

    def test_a_length_a_place_and_the_hosts_zone(self, caledee: Mock) -> None:
        made = booked(
            caledee,
            eventTypeId=DEEP_DIVE,
            startAt="2026-04-16T07:00:00Z",
            durationMin=90,
            location={"kind": "phone", "value": "+4915112345678"},
            invitee={"name": "Noa", "email": "noa@example.org"},
        )
        assert (made["durationMin"], made["endAt"]) == (90, "2026-04-16T08:30:00.000Z")
        assert made["location"] == {"kind": "phone", "value": "+4915112345678"}
        assert made["invitee"]["timezone"] == "Europe/Berlin"

    def test_a_round_robin_goes_to_the_first_who_is_free(self, caledee: Mock) -> None:
        start = "2026-04-14T14:00:00Z"
        hosts = [booked(caledee, eventTypeId=SALES_CALL, startAt=start)["hostId"] for _ in range(2)]
        assert hosts == [ALEX, JAMIE]
        assert book(caledee, eventTypeId=SALES_CALL, startAt=start).status == 409

    def test_a_joint_review_takes_the_time_of_everybody(self, caledee: Mock) -> None:
        booked(caledee, eventTypeId=JOINT_REVIEW, startAt="2026-04-14T13:00:00Z")
        assert book(caledee, eventTypeId=SALES_CALL, startAt="2026-04-14T13:30:00Z").status == 409

    def test_the_lead_has_booked_and_is_a_client_now(self, caledee: Mock) -> None:
        booked(
            caledee,
            eventTypeId=DEEP_DIVE,
            startAt="2026-04-14T10:00:00+02:00",
            invitee={"name": "Kofi Mensah", "email": "Kofi.Mensah@Example.org"},
        )
        (lead,) = (each for each in found(caledee, "/leads")["leads"] if each["email"].startswith("kofi"))
        assert lead["booked"] is True
        first = found(caledee, "/contacts")["contacts"][0]
        assert (first["email"], first["name"], first["kind"]) == (
            "kofi.mensah@example.org",
            "Kofi Mensah",
            "client",
        )
        assert (first["bookings"], first["leads"]) == (1, 1)


class TestCancelling:
    def test_it_gives_the_slot_back_and_keeps_the_reason(self, caledee: Mock) -> None:
        before = of_the_day(caledee)
        made = booked(caledee)
        caledee.clock.advance(60)
        answer = cancel(caledee, made["id"], reason="The room is flooded.")
        assert answer.status == 200
        assert answer.json == made | {
            "status": "canceled",
            "canceledAt": "2026-04-06T08:01:00.000Z",
            "cancelReason": "The room is flooded.",
        }
        assert of_the_day(caledee) == before
        assert found(caledee, "/bookings", status="canceled")["bookings"][0] == answer.json
        assert booked(caledee)["id"] != made["id"]

    def test_a_second_time_changes_nothing(self, caledee: Mock) -> None:
        made = booked(caledee)
        first = cancel(caledee, made["id"], reason="Ill.")
        caledee.clock.advance(60)
        booked(caledee)  # somebody else has the slot now
        count = len(queued(caledee))
        second = cancel(caledee, made["id"], reason="Something else.")
        assert (second.status, second.json) == (200, first.json)
        assert len(queued(caledee)) == count
        assert book(caledee).status == 409

    def test_what_was_cancelled_from_the_start_stays_so(self, caledee: Mock) -> None:
        answer = cancel(caledee, OLEKS, reason="Again.")
        assert (answer.status, answer.json["cancelReason"]) == (200, "Double booked.")

    def test_a_reason_is_not_needed(self, caledee: Mock) -> None:
        assert cancel(caledee, NORAS).json["cancelReason"] is None

    @pytest.mark.parametrize("id", [VERAS, "nobody"])
    def test_a_booking_that_is_not_yours_is_404(self, caledee: Mock, id: str) -> None:
        answer = cancel(caledee, id)
        assert (answer.status, answer.json["title"]) == (404, "Not Found")
        assert {row["status"] for row in caledee.state("booking") if row["id"] == VERAS} == {"active"}


class TestMoving:
    def test_a_move_frees_the_old_slot_and_takes_the_new_one(self, caledee: Mock) -> None:
        old = booked(caledee)
        new = booked(caledee, startAt="2026-04-14T11:00:00+02:00", rescheduleOf=old["id"])
        starts = of_the_day(caledee)
        assert TEN in starts
        assert "2026-04-14T11:00:00+02:00" not in starts
        gone = next(row for row in caledee.state("booking") if row["id"] == old["id"])
        assert (gone["status"], gone["cancelReason"]) == ("canceled", "Rescheduled.")
        assert new["status"] == "active"
        assert len([row for row in caledee.state("booking") if row["status"] == "active"]) == 4

    def test_a_booking_can_move_into_its_own_time(self, caledee: Mock) -> None:
        old = booked(caledee, eventTypeId=DEEP_DIVE, startAt="2026-04-14T10:00:00+02:00")
        moved = book(
            caledee,
            eventTypeId=DEEP_DIVE,
            startAt="2026-04-14T10:30:00+02:00",
            durationMin=90,
            rescheduleOf=old["id"],
        )
        assert moved.status == 201

    def test_a_move_that_is_refused_leaves_everything_as_it_was(self, caledee: Mock) -> None:
        old = booked(caledee)
        other = booked(caledee, startAt="2026-04-14T11:00:00+02:00")
        before = of_the_day(caledee)
        assert book(caledee, startAt="2026-04-14T11:00:00+02:00", rescheduleOf=old["id"]).status == 409
        assert of_the_day(caledee) == before
        assert [each["id"] for each in found(caledee, "/bookings", limit=2)["bookings"]] == [
            other["id"],
            old["id"],
        ]
        assert book(caledee, startAt="2026-04-14T12:00:00+02:00", rescheduleOf=VERAS).status == 404
        assert book(caledee, startAt="2026-04-14T12:00:00+02:00", rescheduleOf=OLEKS).status == 409
        assert [each["event"] for each in told(caledee)] == ["booking_created", "booking_created"]


class TestDeliveries:
    def test_each_step_is_told_once_and_in_order(self, caledee: Mock) -> None:
        first = booked(caledee)
        second = booked(caledee, startAt="2026-04-14T11:00:00+02:00", rescheduleOf=first["id"])
        cancel(caledee, second["id"], reason="Ill.")
        assert [(each["event"], each["data"]["id"]) for each in told(caledee)] == [
            ("booking_created", first["id"]),
            ("booking_canceled", first["id"]),
            ("booking_rescheduled", second["id"]),
            ("booking_canceled", second["id"]),
        ]
        assert [each["data"].get("cancelReason") for each in told(caledee)] == [
            None,
            "Rescheduled.",
            None,
            "Ill.",
        ]

    def test_payloads_and_headers_are_the_documented_ones(self, caledee: Mock) -> None:
        made = booked(caledee)
        cancel(caledee, made["id"])
        check = caledee.service().contract.schemas.check("/components/schemas/Delivery")
        (hook,) = caledee.state("webhook")
        for message, body in zip(queued(caledee), told(caledee), strict=True):
            assert list(check.problems(body)) == []
            assert list(body) == ["event", "attempt", "sentAt", "data"]
            assert (body["attempt"], body["sentAt"]) == (1, "2026-04-06T08:00:00.000Z")
            headers = dict(message.headers)
            assert headers["X-Caledee-Event"] == message.event == body["event"]
            assert headers["X-Caledee-Delivery-Attempt"] == "1"
            assert (message.url, message.subscription) == (hook["url"], hook["id"])
        created = told(caledee)[0]["data"]
        assert list(created) == [
            *("id", "eventTypeId", "eventTypeName", "hostId", "hostSlug", "startAt", "endAt"),
            *("durationMin", "status", "location", "invitee", "createdAt"),
        ]

    def test_an_account_without_a_subscription_is_not_told(self, caledee: Mock) -> None:
        body = {"eventTypeId": RIVAL_CHAT, "startAt": "2026-04-14T10:00:00+05:45"}
        assert book(caledee, "other", **body).status == 201
        assert queued(caledee) == []
