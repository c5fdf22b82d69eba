"""Slots, reservations, lists, schedules, event types, subscriptions and profiles of Cal.com."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from icalendar import Calendar

from mockserver import Mock
from tests.providers.calcom_asking import (
    BOS,
    LISTED,
    OLDER,
    SLOTS,
    ask,
    booked,
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


@pytest.fixture(scope="module")
def busy() -> Iterator[Mock]:
    yield from served(seed=1, data="busy-week", limits=False)


def test_slots_have_the_offset_of_the_zone_that_was_asked_for(cal: Mock) -> None:
    asked: dict[str, Any] = {"eventTypeId": 7, "start": "2026-04-07", "end": "2026-04-07"}
    told = found(cal, "/slots", None, SLOTS, **asked, timeZone="Asia/Kathmandu", format="range")
    first = told["2026-04-07"][0]
    assert first == {"start": "2026-04-07T12:45:00.000+05:45", "end": "2026-04-07T13:15:00.000+05:45"}
    refused(ask(cal, "GET", "/slots", None, None, None, **asked), 404)
    refused(ask(cal, "GET", "/slots", None, None, SLOTS, start="2026-04-07", end="2026-04-07"), 400)


def test_several_users_share_the_slots_that_suit_all(cal: Mock) -> None:
    told = found(cal, "/slots", None, SLOTS, usernames="ana,cem", start="2026-04-07", end="2026-04-07")
    assert told["2026-04-07"][0]["start"] == "2026-04-07T07:00:00.000Z"
    # Cem's hours end at five in Istanbul, an hour in which Ana is at the dentist's.
    assert told["2026-04-07"][-1]["start"] == "2026-04-07T12:30:00.000Z"


def test_the_guides_form_works_and_is_told_to_be_disputed(cal: Mock) -> None:
    query = "username=bailey&eventSlug=15min&startTime=2026-04-07T00:00:00Z&endTime=2026-04-07T10:00:00Z"
    answer = cal.call("GET", f"/v2/slots?{query}", headers={"cal-api-version": OLDER})
    assert answer.json["data"]["slots"]["2026-04-07"][0] == {"time": "2026-04-07T09:00:00.000Z"}
    assert answer.exchange.warnings


def test_a_reservation_keeps_a_slot_until_the_clock_says_otherwise(cal: Mock) -> None:
    slot = "2026-04-07T09:00:00.000Z"
    body = {"eventTypeId": 7, "slotStart": slot}
    made = done(cal, "/slots/reservations", body, None, SLOTS)
    assert made["reservationUntil"] == "2026-04-06T08:05:00.000Z"
    assert slot not in starts(cal, 7, "2026-04-07")
    refused(ask(cal, "POST", "/slots/reservations", body, None, SLOTS), 422)
    path = f"/slots/reservations/{made['reservationUid']}"
    assert found(cal, path, None, SLOTS) == made
    later = {**body, "slotStart": "2026-04-07T10:00:00Z"}
    assert ask(cal, "PATCH", path, later, None, SLOTS).status == 200
    assert slot in starts(cal, 7, "2026-04-07")
    cal.clock.advance(299)
    assert "2026-04-07T10:00:00.000Z" not in starts(cal, 7, "2026-04-07")
    cal.clock.advance(2)
    assert "2026-04-07T10:00:00.000Z" in starts(cal, 7, "2026-04-07")
    assert found(cal, path, None, SLOTS) is None
    refused(ask(cal, "DELETE", path, None, None, SLOTS), 404)
    long = {**body, "reservationDuration": 30}
    refused(ask(cal, "POST", "/slots/reservations", long, None, SLOTS), 401)
    own = done(cal, "/slots/reservations", long, "owner", SLOTS)
    assert ask(cal, "DELETE", f"/slots/reservations/{own['reservationUid']}", None, None, SLOTS).status == 200
    assert slot in starts(cal, 7, "2026-04-07")


@pytest.mark.parametrize(
    ("status", "descending"),
    [
        (None, True),
        ("upcoming", False),
        ("recurring", False),
        ("unconfirmed", False),
        ("past", True),
        ("cancelled", True),
    ],
)
def test_each_status_has_its_order_and_its_first_page(
    busy: Mock, status: str | None, descending: bool
) -> None:
    busy.reset()
    series = booked(busy, eventTypeId=9, start="2026-05-05T08:00:00Z")
    assert len(series) == 4
    query: dict[str, Any] = {"limit": 3} if status is None else {"limit": 3, "status": status}
    seen: list[dict[str, Any]] = []
    page = ask(busy, "GET", "/bookings", version=LISTED, **query).json
    while True:
        seen += page["data"]
        if not page["pagination"]["hasMore"]:
            assert page["pagination"]["nextCursor"] is None
            break
        cursor = page["pagination"]["nextCursor"]
        page = ask(busy, "GET", "/bookings", version=LISTED, **query, cursor=cursor).json
    times = [each["start"] for each in seen]
    assert times == sorted(times, reverse=descending)
    assert len({each["uid"] for each in seen}) == len(seen) > 0
    if status in ("upcoming", "recurring", "unconfirmed"):
        assert times[0] >= "2026-04-06T07:00:00.000Z"
    if status == "past":
        assert times[0] < "2026-04-06T08:00:00.000Z"


def test_the_older_list_takes_and_skips(busy: Mock) -> None:
    busy.reset()
    whole = ask(busy, "GET", "/bookings", version=OLDER, take=250).json["data"]
    page = ask(busy, "GET", "/bookings", version=OLDER, take=2, skip=2).json
    assert page["data"] == whole[2:4]
    assert page["pagination"]["currentPage"] == 2
    assert page["pagination"]["totalItems"] == len(whole)
    some = ask(busy, "GET", "/bookings", version=OLDER, status="past,unconfirmed", sortStart="desc").json[
        "data"
    ]
    times = [each["start"] for each in some]
    assert times == sorted(times, reverse=True)
    refused(ask(busy, "GET", "/bookings", version=None), 404)
    by = ask(busy, "GET", "/bookings", version=LISTED, attendeeEmail="bo@example.org").json["data"]
    assert BOS in [each["uid"] for each in by]


def test_a_calendar_file_is_read_back(cal: Mock) -> None:
    title = "Talk; about, \\ many\nthings " + "ä" * 80
    made = booked(cal, attendee={"name": title, "email": "bo@example.org", "timeZone": "UTC"})
    links = {each["label"]: each["link"] for each in found(cal, f"/bookings/{made['uid']}/calendar-links")}
    assert set(links) == {"Google Calendar", "Microsoft Office", "Microsoft Outlook", "ICS"}
    kind, _, file = links["ICS"].partition(",")
    assert kind == "data:text/calendar"
    text = unquote(file)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    event = event_in(text)
    assert not event.errors
    assert event["UID"] == made["icsUid"]
    assert event["SUMMARY"] == made["title"]
    assert event["DTSTART"].dt.isoformat() == "2026-04-07T08:00:00+00:00"
    assert event["DTEND"].dt.isoformat() == "2026-04-07T08:30:00+00:00"
    assert (event["STATUS"], event["LOCATION"]) == ("CONFIRMED", made["location"])
    assert event["ORGANIZER"] == "mailto:ana@example.com"
    assert event["ORGANIZER"].params["CN"] == "Ana"
    assert event["ATTENDEE"] == "mailto:bo@example.org"
    done(cal, f"/bookings/{made['uid']}/cancel", {})
    links = {each["label"]: each["link"] for each in found(cal, f"/bookings/{made['uid']}/calendar-links")}
    assert event_in(unquote(links["ICS"].partition(",")[2]))["STATUS"] == "CANCELLED"


def event_in(text: str) -> Any:
    """The one event of a calendar file, as a calendar library reads it."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


def test_event_types_are_made_listed_changed_and_removed(cal: Mock) -> None:
    body = {"title": "Consultation", "slug": "consult", "lengthInMinutes": 45, "minimumBookingNotice": 0}
    made = done(cal, "/event-types", body, version="2024-06-14")
    path = f"/event-types/{made['id']}"
    assert made["bookingUrl"] == "https://cal.com/ana/consult"
    assert "already has an event type" in refused(ask(cal, "POST", "/event-types", body), 400)
    assert found(cal, path) == made
    refused(ask(cal, "GET", path, persona="outsider"), 403)
    found(cal, path, "admin")
    changed = ask(cal, "PATCH", path, {"title": "Talk", "hidden": True}).json["data"]
    assert (changed["title"], changed["slug"]) == ("Talk", "consult")
    public = found(cal, "/event-types", None, username="ana")
    assert made["id"] not in [each["id"] for each in public]
    own = found(cal, "/event-types", username="ana", eventSlug="consult")
    assert [each["id"] for each in own] == [made["id"]]
    assert starts(cal, made["id"], "2026-04-07")[1] == "2026-04-07T07:45:00.000Z"
    refused(ask(cal, "DELETE", path, persona="member"), 403)
    assert ask(cal, "DELETE", path).json["data"]["slug"] == "consult"
    refused(ask(cal, "GET", path), 404)


def test_limits_and_windows_bound_what_can_be_booked(cal: Mock) -> None:
    body = {
        "title": "Rare",
        "slug": "rare",
        "lengthInMinutes": 30,
        "minimumBookingNotice": 0,
        "bookingLimitsCount": {"day": 1},
        "bookingWindow": {"type": "calendarDays", "value": 2},
    }
    id = done(cal, "/event-types", body)["id"]
    assert starts(cal, id, "2026-04-08")
    assert starts(cal, id, "2026-04-09") == []
    booked(cal, eventTypeId=id, start="2026-04-08T10:00:00Z")
    assert starts(cal, id, "2026-04-08") == []
    assert starts(cal, id, "2026-04-07")


def test_private_links_end(cal: Mock) -> None:
    path = "/event-types/7/private-links"
    made = done(cal, path, {})
    assert (made["maxUsageCount"], made["isExpired"]) == (1, False)
    changed = ask(cal, "PATCH", f"{path}/{made['linkId']}", {"expiresAt": "2026-04-06T09:00:00Z"}).json[
        "data"
    ]
    assert "maxUsageCount" not in changed
    cal.clock.advance(3601)
    assert [each["isExpired"] for each in found(cal, path)] == [False, True]
    ask(cal, "DELETE", f"{path}/{made['linkId']}")
    assert len(found(cal, path)) == 1
    refused(ask(cal, "GET", path, persona="member"), 403)


def test_there_is_one_default_schedule(cal: Mock) -> None:
    assert found(cal, "/schedules/default")["id"] == 21
    made = done(cal, "/schedules", {"name": "Late", "timeZone": "UTC", "isDefault": True})
    assert found(cal, "/schedules/default") == made
    assert [each["isDefault"] for each in found(cal, "/schedules")] == [False, True]
    assert found(cal, "/me")["defaultScheduleId"] == made["id"]
    refused(ask(cal, "GET", "/schedules/21", persona="outsider"), 403)
    assert ask(cal, "PATCH", "/schedules/21", {"name": "Old", "isDefault": True}).status == 200
    assert ask(cal, "DELETE", f"/schedules/{made['id']}").json == {"status": "success"}
    refused(ask(cal, "GET", f"/schedules/{made['id']}"), 404)


def test_subscriptions_are_kept_once_an_address(cal: Mock) -> None:
    guide = {"subscriberUrl": "https://a.example/h", "eventTriggers": ["BOOKING_CREATED"], "active": True}
    made = done(cal, "/webhooks", guide)
    assert made["triggers"] == ["BOOKING_CREATED"]
    refused(ask(cal, "POST", "/webhooks", guide), 409)
    refused(ask(cal, "GET", f"/webhooks/{made['id']}", persona="outsider"), 403)
    assert ask(cal, "PATCH", f"/webhooks/{made['id']}", {"active": False}).json["data"]["active"] is False
    assert len(found(cal, "/webhooks", take=1)) == 1
    assert ask(cal, "DELETE", f"/webhooks/{made['id']}").status == 200
    path = "/event-types/7/webhooks"
    done(cal, path, {"subscriberUrl": "https://b.example/h", "triggers": ["BOOKING_CREATED"], "active": True})
    assert ask(cal, "DELETE", path).json["data"] == "2 webhooks deleted"


def test_profiles_and_booking_limits(cal: Mock) -> None:
    told = ask(cal, "PATCH", "/me", {"name": "Ana B.", "email": "new@example.com"}).json["data"]
    assert (told["name"], told["email"]) == ("Ana B.", "ana@example.com")
    refused(ask(cal, "PATCH", "/me", {"email": "cem@example.com"}), 409)
    limits = ask(cal, "PATCH", "/me/booking-limits", {"day": 4}).json["data"]
    assert limits == {"day": 4, "week": None, "month": None, "year": None} == found(cal, "/me/booking-limits")
    assert ask(cal, "DELETE", "/me/booking-limits").json["data"]["day"] is None
    for method, body in (("GET", None), ("PATCH", {"day": 1}), ("DELETE", None)):
        refused(ask(cal, method, "/me/booking-limits", body, "outsider"), 403)


def test_tokens_of_every_kind_are_told_apart(cal: Mock) -> None:
    assert found(cal, "/me", "only-PROFILE_READ")["id"] == 11
    refused(ask(cal, "GET", "/me", persona="only-BOOKING_READ"), 403)
    assert found(cal, "/me", "managed")["id"] == 71
    for persona in ("revoked", "expired"):
        refused(ask(cal, "GET", "/me", persona=persona), 401)
    refused(ask(cal, "GET", "/me", persona=None), 401)


def test_a_question_of_ones_own_stays_so_when_it_is_named_twice(cal: Mock) -> None:
    own = {"type": "text", "slug": "topic", "label": "What about?", "required": False}
    asked = {
        "title": "T",
        "slug": "t",
        "lengthInMinutes": 30,
        "bookingFields": [own, {**own, "label": "Why?"}],
    }
    made = done(cal, "/event-types", asked, "owner", "2024-06-14")
    fields = {each["slug"]: each for each in made["bookingFields"] if not each["isDefault"]}
    assert {slug: each["label"] for slug, each in fields.items()} == {"topic": "Why?"}


@pytest.mark.parametrize(
    "asked",
    [
        {"slotInterval": 15.0},
        {"beforeEventBuffer": 5.0, "afterEventBuffer": 10.0},
        {"minimumBookingNotice": 60.0},
        {"offsetStart": 10.0},
        {"lengthInMinutes": 45.0},
        {"seats": {"seatsPerTimeSlot": 3.0, "showAttendeeInfo": True, "showAvailabilityCount": True}},
        {"bookingLimitsCount": {"day": 1.0}},
        {"bookingLimitsDuration": {"week": 90.0}},
        {"recurrence": {"interval": 1.0, "occurrences": 2.0, "frequency": "weekly"}},
    ],
)
def test_a_whole_number_may_be_written_with_a_point(cal: Mock, asked: dict[str, Any]) -> None:
    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: whole(each) for name, each in value.items()}
        return int(value) if isinstance(value, float) else value

    free = []
    for number, more in enumerate((asked, whole(asked))):
        body = {"title": "T", "slug": f"t-{number}", "lengthInMinutes": 30, **more}
        id = done(cal, "/event-types", body, version="2024-06-14")["id"]
        free.append(starts(cal, id, "2026-04-14"))
        assert free[-1], "somebody can book"
        if number == 0:
            booked(cal, "owner", eventTypeId=id, start=starts(cal, id, "2026-04-21")[0])
    assert free[0] == free[1]
