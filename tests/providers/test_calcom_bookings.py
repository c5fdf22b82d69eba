"""Booking at Cal.com: every way to book, to move, to cancel and to decide, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock
from tests.providers.calcom_asking import (
    CONSULTING,
    DEMO,
    DEMOED,
    NEWEST,
    OLDER,
    PANEL,
    PAST,
    PENDING,
    REVIEW,
    ROBS,
    SEATED,
    WEEKLY,
    WORKSHOP,
    ask,
    booked,
    booking,
    done,
    found,
    refused,
    served,
    starts,
)


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    yield from served(seed=1, data="empty", limits=False)


@pytest.fixture
def cal(one: Mock) -> Mock:
    one.reset()
    return one


def test_a_booked_slot_is_gone_and_a_cancelled_booking_gives_it_back(cal: Mock) -> None:
    slot = "2026-04-07T08:00:00.000Z"
    assert slot in starts(cal, 7, "2026-04-07")
    made = booked(cal)
    assert made["start"] == slot
    assert slot not in starts(cal, 7, "2026-04-07")
    assert found(cal, f"/bookings/{made['uid']}", None) == made
    gone = done(cal, f"/bookings/{made['uid']}/cancel", {"cancellationReason": "ill"}, None)
    assert gone["status"] == "cancelled"
    assert gone["cancellationReason"] == "ill"
    assert slot in starts(cal, 7, "2026-04-07")
    again = ask(cal, "POST", f"/bookings/{made['uid']}/cancel", {}, None)
    assert "has been cancelled already" in refused(again, 400)


def test_an_event_type_is_found_by_slug_and_user_or_team(cal: Mock) -> None:
    by_user = booked(cal, eventTypeId=None, eventTypeSlug="intro", username="ana")
    assert by_user["eventTypeId"] == 7
    by_team = booked(
        cal, eventTypeId=None, eventTypeSlug="demo", teamSlug="support", start="2026-04-07T10:00:00Z"
    )
    assert by_team["eventTypeId"] == DEMO
    answer = ask(
        cal, "POST", "/bookings", booking(eventTypeId=None, eventTypeSlug="nope", username="ana"), None
    )
    refused(answer, 404)


def test_a_busy_past_or_closed_start_is_refused(cal: Mock) -> None:
    booked(cal)
    assert "already has booking" in refused(ask(cal, "POST", "/bookings", booking(), None), 400)
    past = ask(cal, "POST", "/bookings", booking(start="2026-04-01T08:00:00Z"), None)
    assert "in the past" in refused(past, 400)
    refused(ask(cal, "POST", "/bookings", booking(start="2026-04-07T03:00:00Z"), None), 400)


def test_a_question_that_must_be_answered_is_missed(cal: Mock) -> None:
    answer = ask(cal, "POST", "/bookings", booking(eventTypeId=CONSULTING), None)
    assert refused(answer, 400) == "Missing required booking field response: topic"
    start, answers = "2026-04-07T07:45:00Z", {"topic": "Plans", "size": "1-10"}
    made = booked(cal, eventTypeId=CONSULTING, start=start, bookingFieldsResponses=answers)
    assert made["bookingFieldsResponses"]["topic"] == "Plans"
    other = booking(eventTypeId=CONSULTING, bookingFieldsResponses={"topic": "Plans", "size": "9"})
    refused(ask(cal, "POST", "/bookings", other, None), 400)


def test_a_recurring_event_type_books_a_series(cal: Mock) -> None:
    made = booked(cal, eventTypeId=WEEKLY, recurrenceCount=3)
    assert [each["start"][:10] for each in made] == ["2026-04-07", "2026-04-14", "2026-04-21"]
    series = made[0]["recurringBookingUid"]
    assert found(cal, f"/bookings/{series}", None) == made
    rest = {"cancelSubsequentBookings": True}
    gone = done(cal, f"/bookings/{made[1]['uid']}/cancel", rest, None)
    assert [each["uid"] for each in gone] == [each["uid"] for each in made[1:]]
    last = done(cal, f"/bookings/{series}/cancel", {}, None)
    assert [each["uid"] for each in last] == [made[0]["uid"]]
    refused(ask(cal, "POST", "/bookings", booking(eventTypeId=WEEKLY, recurrenceCount=9), None), 400)
    refused(ask(cal, "POST", "/bookings", booking(recurrenceCount=2), None), 400)


@pytest.mark.parametrize("version", ["2024-08-13", "2026-05-01"])
def test_lists_hide_who_has_the_other_seats(cal: Mock, version: str) -> None:
    guest = {"name": "Cem", "email": "cem@example.com", "timeZone": "UTC"}
    taken = booking(eventTypeId=WORKSHOP, start="2026-04-08T08:00:00Z", attendee=guest)
    assert done(cal, "/bookings", taken, None)["uid"] == SEATED

    def people(persona: str) -> list[str]:
        listed = found(cal, "/bookings", persona, version, status="upcoming")
        (seated,) = [each for each in listed if each["uid"] == SEATED]
        assert {"guests", "bookingFieldsResponses"}.isdisjoint(seated)
        return [each["email"] for each in seated["attendees"]]

    for _ in range(2):
        assert len(people("owner")) == 2
        assert "cem@example.com" in people("owner")
        assert people("member") == []
    email = "kim@example.org"
    other = {"name": "Kim", "email": email, "timeZone": "UTC"}
    done(cal, "/bookings", {**taken, "attendee": other}, None)
    assert email in people("owner")
    assert people("member") == []


def test_seats_are_taken_until_none_is_left(cal: Mock) -> None:
    def take(number: int) -> dict[str, object]:
        return booking(
            eventTypeId=WORKSHOP,
            start="2026-04-08T08:00:00Z",
            attendee={"name": f"P{number}", "email": f"p{number}@example.org", "timeZone": "UTC"},
        )

    first = done(cal, "/bookings", take(1), None)
    assert first["uid"] == SEATED
    assert first["attendees"] == []  # hidden from whoever is not above the booking
    seat = first["seatUid"]
    assert found(cal, f"/bookings/by-seat/{seat}", None)["uid"] == SEATED
    assert len(found(cal, f"/bookings/{SEATED}")["attendees"]) == 2
    slot = found(
        cal, "/slots", None, "2024-09-04", eventTypeId=WORKSHOP, start="2026-04-08", end="2026-04-08"
    )["2026-04-08"]
    assert {"seatsTotal": 3, "seatsBooked": 2, "seatsRemaining": 1}.items() <= slot[1].items()
    done(cal, "/bookings", take(2), None)
    refused(ask(cal, "POST", "/bookings", take(3), None), 409)
    done(cal, f"/bookings/{SEATED}/cancel", {"seatUid": seat}, None)
    refused(ask(cal, "GET", f"/bookings/by-seat/{seat}", persona=None), 404)
    done(cal, "/bookings", take(3), None)
    refused(ask(cal, "POST", f"/bookings/{SEATED}/cancel", {}, None), 403)
    assert done(cal, f"/bookings/{SEATED}/cancel", {})["status"] == "cancelled"


def test_a_seat_moves_alone(cal: Mock) -> None:
    seat = found(cal, f"/bookings/{SEATED}")["attendees"][0]["seatUid"]
    body = {"start": "2026-04-09T09:00:00Z", "seatUid": seat}
    moved = done(cal, f"/bookings/{SEATED}/reschedule", body, None)
    assert moved["start"] == "2026-04-09T09:00:00.000Z"
    assert moved["seatUid"] == seat
    assert found(cal, f"/bookings/{SEATED}")["status"] == "cancelled"


def test_an_instant_booking_rings_a_team_and_waits_for_a_host(cal: Mock) -> None:
    body = booking(eventTypeId=None, eventTypeSlug="urgent-support", username="support-team", instant=True)
    made = done(cal, "/bookings", {**body, "start": "2024-01-15T09:00:00Z"}, None)
    moved = ask(cal, "POST", f"/bookings/{made['uid']}/reschedule", {"start": "2026-04-07T09:00:00Z"}, None)
    assert "awaiting_host" in refused(moved, 400)
    refused(ask(cal, "POST", "/bookings", booking(instant=True), None), 400)


def test_a_moved_booking_is_a_new_one_and_both_name_each_other(cal: Mock) -> None:
    made = booked(cal)
    body = {"start": "2026-04-07T09:00:00Z", "reschedulingReason": "late"}
    moved = done(cal, f"/bookings/{made['uid']}/reschedule", body, None)
    assert moved["uid"] != made["uid"]
    assert moved["rescheduledFromUid"] == made["uid"]
    old = found(cal, f"/bookings/{made['uid']}", None)
    assert (old["status"], old["rescheduledToUid"]) == ("cancelled", moved["uid"])
    again = ask(cal, "POST", f"/bookings/{made['uid']}/reschedule", body, None)
    assert moved["uid"] in refused(again, 400)
    assert "2026-04-07T08:00:00.000Z" in starts(cal, 7, "2026-04-07")


def test_a_pending_booking_stays_pending_when_moved_and_a_rejected_one_does_not_move(cal: Mock) -> None:
    body = {"start": "2026-04-10T09:00:00Z"}
    moved = done(cal, f"/bookings/{PENDING}/reschedule", body, None)
    assert moved["status"] == "pending"
    done(cal, f"/bookings/{moved['uid']}/decline", {"reason": "full"})
    refused(ask(cal, "POST", f"/bookings/{moved['uid']}/reschedule", body, None), 400)


def test_hosts_confirm_and_decline_what_is_pending(cal: Mock) -> None:
    made = booked(cal, eventTypeId=REVIEW)
    assert made["status"] == "pending"
    stranger = ask(cal, "POST", f"/bookings/{made['uid']}/confirm", None, "outsider")
    assert refused(stranger, 403) == "you_do_not_have_permission"
    assert done(cal, f"/bookings/{made['uid']}/confirm")["status"] == "accepted"
    assert refused(ask(cal, "POST", f"/bookings/{made['uid']}/confirm"), 400) == "Booking already confirmed"
    told = done(cal, f"/bookings/{PENDING}/decline", {"reason": "full"})
    assert (told["status"], told["cancellationReason"]) == ("rejected", "full")


def test_absence_is_noted_after_the_beginning_only(cal: Mock) -> None:
    body = {"host": True, "attendees": [{"email": "bo@example.org", "absent": True}]}
    told = done(cal, f"/bookings/{PAST}/mark-absent", body)
    assert (told["absentHost"], told["attendees"][0]["absent"]) == (True, True)
    refused(ask(cal, "POST", f"/bookings/{SEATED}/mark-absent", {"host": True}), 400)
    refused(ask(cal, "POST", f"/bookings/{PAST}/mark-absent", body, "outsider"), 403)


def test_a_round_robins_booking_goes_to_another_host(cal: Mock) -> None:
    told = done(cal, f"/bookings/{DEMOED}/reassign", None, "team-admin")
    assert told["reassignedTo"]["id"] == 14
    told = done(cal, f"/bookings/{DEMOED}/reassign/12", {"reason": "knows"}, "owner")
    assert told["reassignedTo"]["name"] == "Cem"
    assert found(cal, f"/bookings/{DEMOED}")["hosts"][0]["id"] == 12
    refused(ask(cal, "POST", f"/bookings/{DEMOED}/reassign/11", None), 404)
    refused(ask(cal, "POST", f"/bookings/{PAST}/reassign", None), 400)
    refused(ask(cal, "POST", f"/bookings/{DEMOED}/reassign", None, "outsider"), 403)


def test_a_round_robin_shares_and_a_panel_needs_everyone(cal: Mock) -> None:
    start = "2026-04-09T10:00:00Z"
    hosts = {booked(cal, eventTypeId=DEMO, start=start)["hosts"][0]["id"] for _ in range(2)}
    assert hosts == {12, 14}
    refused(ask(cal, "POST", "/bookings", booking(eventTypeId=DEMO, start=start), None), 400)
    panel = booked(cal, eventTypeId=PANEL, start="2026-04-09T11:00:00Z")
    assert [host["id"] for host in panel["hosts"]] == [12, 14]


def test_a_request_for_another_time_cancels(cal: Mock) -> None:
    body = {"rescheduleReason": "travel"}
    answer = ask(cal, "POST", f"/bookings/{PENDING}/request-reschedule", body)
    assert answer.json == {"status": "success"}
    assert found(cal, f"/bookings/{PENDING}")["status"] == "cancelled"


def test_guests_are_at_most_thirty(cal: Mock) -> None:
    made = booked(cal)
    for ten in range(3):
        guests = [{"email": f"g{ten}{number}@example.org"} for number in range(10)]
        told = done(cal, f"/bookings/{made['uid']}/guests", {"guests": guests}, version=OLDER)
    assert len(told["guests"]) == 30
    one_more = {"guests": [{"email": "x@example.org"}]}
    path = f"/bookings/{made['uid']}/guests"
    assert "at most 30" in refused(ask(cal, "POST", path, one_more, version=OLDER), 400)
    eleven = {"guests": [{"email": f"h{number}@example.org"} for number in range(11)]}
    refused(ask(cal, "POST", path, eleven, version=OLDER), 400)
    refused(ask(cal, "POST", path, one_more, version=None), 404)


def test_attendees_are_added_by_the_bookings_people(cal: Mock) -> None:
    body = {"name": "Cleo", "email": "cleo@example.org", "timeZone": "Europe/Madrid"}
    path = f"/bookings/{SEATED}/attendees"
    made = done(cal, path, body, version=OLDER)
    assert made["bookingId"] == 904
    listed = found(cal, path, version=OLDER)
    assert [each["name"] for each in listed] == ["Gil", "Cleo"]
    assert found(cal, f"{path}/{made['id']}", version=OLDER) == listed[1]
    refused(ask(cal, "POST", path, body, "outsider", OLDER), 403)
    refused(ask(cal, "GET", f"{path}/1", version=OLDER), 404)


def test_the_place_of_a_booking_changes(cal: Mock) -> None:
    body = {"location": {"type": "address", "address": "1 High Street"}}
    answer = ask(cal, "PATCH", f"/bookings/{SEATED}/location", body, version=OLDER)
    assert answer.json["data"]["location"] == "1 High Street"
    body = {"location": {"type": "integration", "integration": "zoom"}}
    answer = ask(cal, "PATCH", f"/bookings/{SEATED}/location", body, version=OLDER)
    assert answer.json["data"]["meetingUrl"].startswith("https://zoom.")


def test_only_those_above_a_booking_see_what_hangs_on_it(cal: Mock) -> None:
    for what in ("calendar-links", "references", "recordings", "transcripts", "conferencing-sessions"):
        found(cal, f"/bookings/{PAST}/{what}")
        refused(ask(cal, "GET", f"/bookings/{PAST}/{what}", persona="outsider"), 403)
        refused(ask(cal, "GET", f"/bookings/nope/{what}"), 404)
        refused(ask(cal, "GET", f"/bookings/{PAST}/{what}", persona=None), 401)
    found(cal, f"/bookings/{DEMOED}/references", "admin")
    found(cal, f"/bookings/{ROBS}/references", "outsider")
    assert len(found(cal, f"/bookings/{PAST}/recordings", version=NEWEST)) == 1
    kinds = [each["type"] for each in found(cal, f"/bookings/{PAST}/references")]
    assert kinds == ["google_calendar", "daily_video"]


def test_links_to_transcripts_are_good_for_an_hour(cal: Mock) -> None:
    (link,) = found(cal, f"/bookings/{PAST}/transcripts")
    assert int(link.rpartition("=")[2]) == cal.clock.now.timestamp() + 3600


def test_deliveries_are_signed_and_say_what_happened(cal: Mock) -> None:
    made = booked(cal)
    done(cal, f"/bookings/{made['uid']}/cancel", {}, None)
    told = list(reversed(cal.world.outbox.messages()))
    assert [message.event for message in told] == ["BOOKING_CREATED", "BOOKING_CREATED", "BOOKING_CANCELLED"]
    assert len(dict(told[0].headers)["X-Cal-Signature-256"]) == 64
