"""Booking: both answers, hosts and queues, what is refused, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from tests.providers.meetergo_asking import (
    ANNA,
    BEN,
    CARLAS,
    CONFIRMED,
    NORAS,
    QUEUE,
    RAVI,
    RIVALS,
    SALES,
    appointment,
    ask,
    attendee,
    book,
    booked,
    field_errors,
    spots,
)


def test_a_booking_answers_with_appointment_and_secret(meetergo: Mock) -> None:
    answer = book(meetergo)
    assert answer.status == 201
    assert list(answer.json) == ["appointmentId", "secret"]
    made = appointment(meetergo, answer.json["appointmentId"])
    assert (made["secret"], made["start"]) == (answer.json["secret"], "2026-04-14T08:00:00.000Z")
    assert (made["end"], made["hostIds"]) == ("2026-04-14T08:30:00.000Z", [ANNA])
    assert (made["isCancelled"], made["cancel"], made["rescheduleCount"]) == (False, None, 0)
    assert made["attendees"][0]["firstname"] == "Mira"
    assert made["hosts"][0]["fullName"] == "Anna Winter"


def test_everything_that_was_said_is_kept(meetergo: Mock) -> None:
    who = attendee(
        fullname=None,
        firstname="Tomas",
        lastname="Reyes",
        phone="+14155551234",
        language="en",
        timezone="America/New_York",
    )
    made = booked(
        meetergo,
        attendee=who,
        duration=60,
        channel="zoom",
        location="Room 1",
        icsTitle="A title",
        icsDescription="A text",
    )
    assert (made["end"], made["location"]) == ("2026-04-14T09:00:00.000Z", "Room 1")
    assert made["meetingInfo"]["channel"] == "zoom"
    assert made["meetingInfo"]["duration"] == 60
    assert made["ics"] == {"title": "A title", "description": "A text", "sequence": 0}
    told = {name: made["attendees"][0][name] for name in ("fullname", "phone", "language", "timezone")}
    assert told == {
        "fullname": "Tomas Reyes",
        "phone": "+14155551234",
        "language": "en",
        "timezone": "America/New_York",
    }


def test_a_meeting_type_that_wants_confirmation_gets_a_provisional_booking(meetergo: Mock) -> None:
    asked: dict[str, Any] = {"meetingTypeId": CONFIRMED, "hostIds": [BEN], "start": "2026-04-14T14:00:00Z"}
    answer = book(meetergo, **asked)
    assert answer.status == 201
    assert list(answer.json) == ["bookingType", "provisionalBookingId"]
    assert answer.json["bookingType"] == "DoubleOptIn"
    assert len(meetergo.state("provisional-booking")) == 1
    assert book(meetergo, **asked).status == 201  # it takes no time from anybody
    assert book(meetergo, **asked | {"start": "2026-04-14T14:10:00Z"}).status == 400


def test_a_queue_gives_the_first_who_is_free(meetergo: Mock) -> None:
    asked: dict[str, Any] = {
        "meetingTypeId": SALES,
        "hostIds": None,
        "queueId": QUEUE,
        "start": "2026-04-14T13:00:00Z",
    }
    first, second = booked(meetergo, **asked), booked(meetergo, **asked)
    assert (first["hostIds"], second["hostIds"]) == ([ANNA], [BEN])
    assert second["hostingInfo"] == {"type": "queue", "queueId": QUEUE}
    assert book(meetergo, **asked).status == 400


def test_hosts_are_all_needed(meetergo: Mock) -> None:
    asked: dict[str, Any] = {"meetingTypeId": SALES, "hostIds": [ANNA, BEN], "start": "2026-04-14T13:00:00Z"}
    assert booked(meetergo, **asked)["hostIds"] == [ANNA, BEN]
    assert book(meetergo, hostIds=[BEN], meetingTypeId=SALES, start=asked["start"]).status == 400


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("2026-04-15T07:00:00Z", "The selected time is no longer available"),
        ("2026-04-14T07:10:00Z", "The selected time cannot be booked"),
        ("2026-04-14T02:00:00Z", "The selected time cannot be booked"),
        ("2026-04-01T08:00:00Z", "The selected time cannot be booked"),
        ("9999-12-31T23:59:59-14:00", "Validation failed"),
    ],
)
def test_a_start_that_is_not_free_is_400(meetergo: Mock, start: str, message: str) -> None:
    answer = book(meetergo, start=start)
    assert (answer.status, answer.json["message"]) == (400, message)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"hostIds": None}, {"hostIds"}),
        ({"meetingTypeId": "x"}, {"meetingTypeId"}),
        ({"start": "2026-04-14T10:00:00"}, {"start"}),
        ({"attendee": attendee(notes=None)}, {"attendee.notes"}),
        ({"attendee": attendee(receiveReminders="yes")}, {"attendee.receiveReminders"}),
        ({"attendee": attendee(phone="0151 12345678")}, {"attendee.phone"}),
        ({"attendee": attendee(email="x")}, {"attendee.email"}),
        ({"attendee": attendee(bringalongEmails=["a@example.org"] * 6)}, {"attendee.bringalongEmails"}),
        ({"attendee": attendee(fullname=None, firstname="M")}, {"attendee.fullname"}),
        ({"channel": "teams"}, {"channel"}),
        ({"icsTitle": "x" * 201}, {"icsTitle"}),
    ],
)
def test_what_is_wrong_is_named_by_field(meetergo: Mock, changes: dict[str, Any], fields: set[str]) -> None:
    answer = book(meetergo, **changes)
    assert (answer.status, answer.json["message"]) == (400, "Validation failed")
    assert set(field_errors(answer)) & fields, answer


@pytest.mark.parametrize(
    "changes",
    [
        {"meetingTypeId": RIVALS},
        {"hostIds": [RAVI]},
        {"hostIds": None, "queueId": RAVI},
        {"rescheduledFromId": RAVI},
    ],
)
def test_what_is_not_there_is_404(meetergo: Mock, changes: dict[str, Any]) -> None:
    assert book(meetergo, **changes).status == 404


def test_one_of_two_bookings_of_a_start_wins(meetergo: Mock) -> None:
    assert [book(meetergo).status for _ in range(2)] == [201, 400]


def test_a_booking_may_take_the_place_of_another(meetergo: Mock) -> None:
    made = booked(meetergo, start="2026-04-15T07:00:00Z", rescheduledFromId=NORAS)
    old = appointment(meetergo, NORAS)
    assert (old["isCancelled"], old["cancel"]["actionSource"]) == (True, "reschedule")
    assert (made["rescheduleCount"], made["start"]) == (1, "2026-04-15T07:00:00.000Z")
    assert book(meetergo, rescheduledFromId=NORAS).json["message"] == "The appointment is cancelled already"


def test_a_booking_that_is_refused_leaves_everything_as_it_was(meetergo: Mock) -> None:
    before = spots(meetergo), meetergo.state("appointment"), meetergo.state("contact")
    assert book(meetergo, start="2026-04-14T02:00:00Z", rescheduledFromId=NORAS).status == 400
    assert before == (spots(meetergo), meetergo.state("appointment"), meetergo.state("contact"))


def test_a_member_may_not_replace_what_is_not_its_own(meetergo: Mock) -> None:
    assert book(meetergo, "member", rescheduledFromId=NORAS).status == 403
    assert book(meetergo, "member", rescheduledFromId=CARLAS).status == 201


def test_who_booked_is_a_contact_once(meetergo: Mock) -> None:
    before = ask(meetergo, "GET", "/crm?limit=100").json["total"]
    booked(meetergo)
    booked(
        meetergo,
        start="2026-04-14T11:00:00+02:00",
        attendee=attendee(fullname="Mira O.", phone="+4930123456"),
    )
    found = ask(meetergo, "GET", "/crm?limit=100").json
    assert found["total"] == before + 1
    contact = found["result"][-1]["item"]
    assert (contact["fullname"], contact["phone"]) == ("Mira O.", "+4930123456")
    assert contact["email"] == "mira.oduya@example.org"
    first = ask(meetergo, "GET", "/crm?page=1&limit=1").json["result"]
    second = ask(meetergo, "GET", "/crm?page=2&limit=1").json["result"]
    assert [*first, *second] == found["result"][:2]
    assert ask(meetergo, "GET", "/crm?page=0").status == 400
