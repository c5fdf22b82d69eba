"""What a user's own calendars, days away and limits leave of the slots that Cal.com offers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import Mock
from tests.providers.calcom_asking import (
    DEMO,
    DEMOED,
    INTRO,
    ask,
    booked,
    booking,
    done,
    found,
    refused,
    starts,
)

DAY, DENTIST = "2026-04-07", "2026-04-07T13:00:00.000Z"
EVENT = "/calendars/google/events/4k7q2m9v1c8t3x6b5n0z"
SELECTION = "/selected-calendars?integration=google_calendar&externalId=ana@example.com&credentialId=135"
AWAY = "/organizations/501/users/11/ooo"
HALF = timedelta(minutes=30)


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    with Mock("calcom", data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def cal(one: Mock) -> Mock:
    one.reset()
    return one


def test_an_event_of_a_selected_calendar_takes_its_time(cal: Mock) -> None:
    slot = "2026-04-07T13:30:00.000Z"
    assert DENTIST not in starts(cal, INTRO, DAY)
    assert slot not in starts(cal, INTRO, DAY)
    refused(ask(cal, "POST", "/bookings", booking(start=DENTIST), None), 400)
    assert ask(cal, "DELETE", SELECTION, version=None).status == 200
    assert {DENTIST, slot} <= set(starts(cal, INTRO, DAY))
    booked(cal, start=DENTIST)


def test_an_event_that_moves_gives_its_time_back(cal: Mock) -> None:
    moved = {"start": {"time": "2026-04-07T08:00:00Z", "timeZone": "UTC"}}
    moved["end"] = {"time": "2026-04-07T09:15:00Z", "timeZone": "UTC"}
    assert ask(cal, "PATCH", EVENT, moved).status == 200
    free = starts(cal, INTRO, DAY)
    assert DENTIST in free
    assert not {f"{DAY}T{at}:00.000Z" for at in ("08:00", "08:30", "09:00")} & set(free)
    assert f"{DAY}T09:30:00.000Z" in free
    assert ask(cal, "PATCH", EVENT, {"status": "cancelled"}).status == 200
    assert f"{DAY}T08:00:00.000Z" in starts(cal, INTRO, DAY)


def test_what_an_event_does_not_have_is_passed_over(cal: Mock) -> None:
    people = [{"email": "bo@example.org", "colour": "red"}]
    at = {"time": "2026-04-07T08:00:00Z", "timeZone": "UTC", "mood": "good"}
    changed = ask(cal, "PATCH", EVENT, {"start": at, "attendees": people, "room": 7}).json["data"]
    assert changed["start"] == {"time": "2026-04-07T08:00:00Z", "timeZone": "UTC"}
    assert changed["attendees"] == [{"email": "bo@example.org"}]
    assert "room" not in changed


def test_slots_and_busy_times_tell_the_same_story(cal: Mock) -> None:
    query = {"timeZone": "UTC", "dateFrom": DAY, "dateTo": DAY}
    query |= {"calendarsToLoad[0][credentialId]": "135", "calendarsToLoad[0][externalId]": "ana@example.com"}
    booked(cal, start="2026-04-07T09:00:00Z")
    times = [(each["start"], each["end"]) for each in found(cal, "/calendars/busy-times", **query)]
    assert times == [
        ("2026-04-07T09:00:00.000Z", "2026-04-07T09:30:00.000Z"),
        (DENTIST, "2026-04-07T14:00:00.000Z"),
    ]
    free = starts(cal, INTRO, DAY)
    assert not [slot for slot in free for start, end in times if start <= slot < end]


def test_whoever_is_away_has_no_slots_until_the_entry_is_gone(cal: Mock) -> None:
    entry = {"start": "2026-04-08T00:00:00Z", "end": "2026-04-09T23:59:59Z", "reason": "vacation"}
    made = done(cal, AWAY, entry)
    assert starts(cal, INTRO, "2026-04-08") == starts(cal, INTRO, "2026-04-09") == []
    assert starts(cal, INTRO, "2026-04-10")
    refused(ask(cal, "POST", "/bookings", booking(start="2026-04-08T08:00:00Z"), None), 400)
    assert ask(cal, "DELETE", f"{AWAY}/{made['id']}").status == 200
    assert starts(cal, INTRO, "2026-04-08")


def test_a_round_robin_goes_on_without_whoever_is_away(cal: Mock) -> None:
    """Cem is away in the first week of May; his demos go to Eli, and cannot come back to him."""
    made = [booked(cal, eventTypeId=DEMO, start="2026-05-05T09:00:00Z")["hosts"][0]["id"]]
    refused(ask(cal, "POST", "/bookings", booking(eventTypeId=DEMO, start="2026-05-05T09:00:00Z"), None), 400)
    assert made == [14]
    away = {"start": "2026-04-08T00:00:00Z", "end": "2026-04-08T23:59:59Z"}
    done(cal, "/organizations/501/users/14/ooo", away)
    answer = ask(cal, "POST", f"/bookings/{DEMOED}/reassign/14", {"reason": "x"})
    assert "not available" in refused(answer, 400)


def test_booking_limits_of_ones_own_close_the_day_for_every_event_type(cal: Mock) -> None:
    assert ask(cal, "PATCH", "/me/booking-limits", {"day": 1}).status == 200
    assert starts(cal, INTRO, DAY)
    made = booked(cal, start="2026-04-07T08:00:00Z")
    assert starts(cal, INTRO, DAY) == starts(cal, 8, DAY) == []
    refused(ask(cal, "POST", "/bookings", booking(start="2026-04-07T10:00:00Z"), None), 400)
    assert starts(cal, INTRO, "2026-04-10")
    # The booking itself may move within its day.
    moved = done(cal, f"/bookings/{made['uid']}/reschedule", {"start": "2026-04-07T10:00:00Z"}, None)
    assert starts(cal, INTRO, DAY) == []
    done(cal, f"/bookings/{moved['uid']}/cancel", {}, None)
    assert starts(cal, INTRO, DAY)


instants = st.datetimes(datetime(2026, 4, 6), datetime(2026, 4, 11)).map(lambda at: at.replace(tzinfo=UTC))


@given(begins=instants, minutes=st.integers(1, 600), zone=st.sampled_from(("UTC", "Asia/Kathmandu")))
def test_no_slot_meets_an_event_wherever_it_is(one: Mock, begins: datetime, minutes: int, zone: str) -> None:
    """Against a slow second look: every half hour that would be free, less those that the event meets."""
    one.reset()
    assert ask(one, "PATCH", EVENT, {"status": "cancelled"}).status == 200
    window: dict[str, Any] = {"eventTypeId": INTRO, "start": "2026-04-06", "end": "2026-04-11"}
    before = listed(found(one, "/slots", None, "2024-09-04", **window))
    ends = begins + timedelta(minutes=minutes)
    moved = {
        "start": {"time": begins.isoformat(), "timeZone": zone},
        "end": {"time": ends.isoformat(), "timeZone": zone},
        "status": "accepted",
    }
    assert ask(one, "PATCH", EVENT, moved).status == 200
    after = listed(found(one, "/slots", None, "2024-09-04", **window))
    starts_second = begins.replace(microsecond=0)
    assert [at for at in after if at < ends and at + HALF > begins] == []
    left = [at for at in before if not (at < ends and at + HALF > starts_second)]
    assert set(left) <= set(after)


def listed(days: Any) -> list[datetime]:
    return [datetime.fromisoformat(slot["start"]) for slots in days.values() for slot in slots]
