"""Free slots: local to the zone asked for, right where clocks change, and the same as what can be booked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Mock
from mockserver.providers.zeeg.calendar import busy_rows, free_slots
from mockserver.providers.zeeg.hours import default_schedule, hours_of
from mockserver.providers.zeeg.kinds import PAGE
from mockserver.scheduling.intervals import Interval, instant, merge, subtract
from tests.providers.zeeg_asking import (
    ALEX,
    BERLIN,
    INTRO,
    LORD_HOWE,
    NEW_YORK,
    ask,
    availability,
    book,
    booked,
    cancel,
    day,
    slots,
)

PAGES = {
    BERLIN: ("alex-mueller", "intro-30", "alex.mueller@example.com"),
    NEW_YORK: ("jamie-rivera", "coffee-30", "jamie.rivera@example.com"),
    LORD_HOWE: ("sam-taylor", "island-30", "sam.taylor@example.com"),
}
# zone, date, open from, until, the labels of that day, how far ahead of UTC its first slot is (minutes)
CHANGES = [
    (BERLIN, "2026-10-25", "01:00", "04:00", "01:00 01:30 02:00 02:30 02:00 02:30 03:00 03:30", 120),
    (BERLIN, "2027-03-28", "01:00", "04:00", "01:00 01:30 03:00 03:30", 60),
    (NEW_YORK, "2026-11-01", "00:00", "03:00", "00:00 00:30 01:00 01:30 01:00 01:30 02:00 02:30", -240),
    (NEW_YORK, "2027-03-14", "01:00", "04:00", "01:00 01:30 03:00 03:30", -300),
    (LORD_HOWE, "2026-10-04", "01:00", "04:00", "01:00 01:30 02:30 03:00 03:30", 630),
    (LORD_HOWE, "2027-04-04", "01:00", "03:00", "01:00 01:30 01:30 02:00 02:30", 660),
]


def open_on(mock: Mock, zone: str, when: str, start: str, end: str) -> tuple[str, str]:
    """Open the page of that zone on one date; (owner, page)."""
    owner, page, email = PAGES[zone]
    special = [{"date": when, "timesets": [[start, end]]}]
    answer = ask(mock, "PATCH", "/schedules/default", {"email": email, "specialHours": special})
    assert answer.status == 200, answer
    return owner, page


class TestClockChanges:
    @pytest.mark.parametrize(("zone", "when", "start", "end", "labels", "ahead"), CHANGES)
    def test_a_day_on_which_the_clock_changes(
        self, zeeg: Mock, zone: str, when: str, start: str, end: str, labels: str, ahead: int
    ) -> None:
        owner, page = open_on(zeeg, zone, when, start, end)
        assert day(zeeg, when, owner, page, timeZone=zone) == labels.split()
        # In UTC the same slots are half an hour apart, whatever the clocks on the wall do.
        first = datetime.fromisoformat(f"{when}T{start}:00+00:00") - timedelta(minutes=ahead)
        until = (first + timedelta(days=1)).date().isoformat()
        in_utc = slots(zeeg, owner, page, timeZone="UTC", startDate=first.date().isoformat(), endDate=until)
        found = [f"{date}T{label}" for date, of_day in in_utc.items() for label in of_day]
        expected = [
            (first + timedelta(minutes=30 * n)).strftime("%Y-%m-%dT%H:%M") for n in range(len(labels.split()))
        ]
        assert [slot for slot in found if expected[0] <= slot <= expected[-1]] == expected

    @pytest.mark.parametrize(("zone", "when", "start", "end", "labels", "ahead"), CHANGES)
    def test_each_slot_of_such_a_day_can_be_booked_once(
        self, zeeg: Mock, zone: str, when: str, start: str, end: str, labels: str, ahead: int
    ) -> None:
        owner, page = open_on(zeeg, zone, when, start, end)
        asked: dict[str, Any] = {"ownerSlug": owner, "eventTypeSlug": page, "date": when, "timeZone": zone}
        asked["phone"] = "+14155551234"
        starts = [booked(zeeg, **asked, start=label)["startTime"] for label in labels.split()]
        moments = [datetime.fromisoformat(start) for start in starts]
        first = datetime.fromisoformat(f"{when}T{start}:00+00:00") - timedelta(minutes=ahead)
        assert sorted(moments) == [first + timedelta(minutes=30 * n) for n in range(len(moments))]
        assert day(zeeg, when, owner, page, timeZone=zone) == []
        assert {book(zeeg, **asked, start=label).status for label in labels.split()} == {409}

    @pytest.mark.parametrize(
        ("zone", "when", "skipped"),
        [
            (BERLIN, "2027-03-28", "02:00"),
            (NEW_YORK, "2027-03-14", "02:30"),
            (LORD_HOWE, "2026-10-04", "02:00"),
        ],
    )
    def test_a_time_that_the_clock_skips_cannot_be_booked(
        self, zeeg: Mock, zone: str, when: str, skipped: str
    ) -> None:
        owner, page = open_on(zeeg, zone, when, "01:00", "04:00")
        asked = {"ownerSlug": owner, "eventTypeSlug": page, "date": when, "timeZone": zone, "start": skipped}
        assert book(zeeg, **asked, phone="+14155551234").status == 409

    @pytest.mark.parametrize(
        ("owner", "page", "before", "after", "first_before", "first_after"),
        [
            ("alex-mueller", "intro-30", "2026-10-23", "2026-10-26", "07:00", "08:00"),
            ("alex-mueller", "intro-30", "2027-03-26", "2027-03-29", "08:00", "07:00"),
            ("jamie-rivera", "coffee-30", "2026-10-30", "2026-11-02", "13:00", "14:00"),
            ("jamie-rivera", "coffee-30", "2027-03-12", "2027-03-15", "14:00", "13:00"),
        ],
    )
    def test_hours_stay_where_they_are_on_the_wall(
        self, zeeg: Mock, owner: str, page: str, before: str, after: str, first_before: str, first_after: str
    ) -> None:
        assert day(zeeg, before, owner, page, timeZone="UTC")[0] == first_before
        assert day(zeeg, after, owner, page, timeZone="UTC")[0] == first_after

    def test_for_a_week_new_york_and_berlin_are_five_hours_apart(self, zeeg: Mock) -> None:
        first = {
            when: day(zeeg, when, "jamie-rivera", "coffee-30", timeZone=BERLIN)[0]
            for when in ("2026-10-23", "2026-10-30", "2026-11-02")
        }
        assert first == {"2026-10-23": "15:00", "2026-10-30": "14:00", "2026-11-02": "15:00"}


class TestAnswer:
    def test_every_day_asked_for_is_there(self, zeeg: Mock) -> None:
        found = availability(zeeg, startDate="2026-04-17", endDate="2026-04-20")
        assert [entry["date"] for entry in found["availability"]] == [
            "2026-04-17",
            "2026-04-18",
            "2026-04-19",
            "2026-04-20",
        ]
        assert (found["firstAvailableDate"], found["lastAvailableDate"]) == ("2026-04-17", "2026-04-20")
        assert not found["isNotAvailable"]
        assert (found["timeZone"], found["timeZoneOffset"]) == (BERLIN, "+02:00")

    def test_two_weeks_from_today_are_told_unless_asked_otherwise(self, zeeg: Mock) -> None:
        found = list(slots(zeeg))
        assert (found[0], found[-1], len(found)) == ("2026-04-06", "2026-04-19", 14)

    def test_no_more_than_three_months_are_told(self, zeeg: Mock) -> None:
        assert len(slots(zeeg, startDate="2026-04-06", endDate="9999-12-31")) == 92

    @pytest.mark.parametrize(
        "query",
        [
            {"startDate": "2026-04-04", "endDate": "2026-04-05"},
            {"startDate": "0001-01-01", "endDate": "0001-01-03"},
            {"startDate": "9999-12-31"},
            {"startDate": "2026-04-10", "endDate": "2026-04-09"},
            {"startDate": "2026-04-10", "endDate": "2026-04-10", "duration": 31},
        ],
    )
    def test_where_nothing_can_be_there_is_nothing(self, zeeg: Mock, query: dict[str, Any]) -> None:
        found = availability(zeeg, **query)
        assert found["isNotAvailable"]
        assert found["firstAvailableDate"] is found["lastAvailableDate"] is None
        assert all(entry["slots"] == [] for entry in found["availability"])

    @pytest.mark.parametrize(
        ("zone", "when", "offset"),
        [
            (NEW_YORK, "2026-04-14", "-04:00"),
            (LORD_HOWE, "2026-04-14", "+10:30"),
            ("Asia/Kathmandu", "2026-04-14", "+05:45"),
            ("America/St_Johns", "2026-04-14", "-02:30"),
        ],
    )
    def test_the_offset_is_that_of_the_first_day(self, zeeg: Mock, zone: str, when: str, offset: str) -> None:
        assert availability(zeeg, timeZone=zone, startDate=when)["timeZoneOffset"] == offset

    def test_slots_fall_on_the_dates_of_the_zone_asked_for(self, zeeg: Mock) -> None:
        found = slots(
            zeeg, "sam-taylor", "island-30", timeZone=BERLIN, startDate="2026-04-13", endDate="2026-04-14"
        )
        # Tuesday 09:00 on Lord Howe Island is Tuesday 00:30 in Berlin (the day before, in New York).
        assert found["2026-04-14"][0] == "00:30"
        found = slots(
            zeeg, "sam-taylor", "island-30", timeZone=NEW_YORK, startDate="2026-04-13", endDate="2026-04-13"
        )
        assert "18:30" in found["2026-04-13"]

    @pytest.mark.parametrize(
        ("owner", "page"), [("nobody", "intro-30"), ("alex-mueller", "x"), ("robin-stone", "chat-15")]
    )
    def test_an_unknown_page_is_404(self, zeeg: Mock, owner: str, page: str) -> None:
        assert ask(zeeg, "GET", f"/availability/{owner}/event-types/{page}").status == 404

    def test_slots_need_a_paid_plan(self, zeeg: Mock) -> None:
        path = "/availability/alex-mueller/event-types/intro-30"
        assert ask(zeeg, "GET", path, persona="free").status == 403


WEEK = [date(2026, 4, 13) + timedelta(days=n) for n in range(7)]
labels = st.builds(lambda n: f"{n // 2:02}:{n % 2 * 30:02}", st.integers(14, 36))


class TestPartition:
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["intro-30", "deep-dive-60", "workshop", "sales-call", "joint-review"]),
                st.sampled_from(WEEK),
                labels,
                st.booleans(),
            ),
            max_size=25,
        )
    )
    def test_slots_and_busy_times_partition_the_hours_whatever_is_booked_and_cancelled(
        self, one_zeeg: Mock, steps: list[tuple[str, date, str, bool]]
    ) -> None:
        mock = one_zeeg
        mock.reset()
        for page, when, start, cancelled in steps:
            owner = "sales" if page in ("sales-call", "joint-review") else "alex-mueller"
            length = 60 if page in ("deep-dive-60", "workshop") else 30
            answers = [{"question_id": 2, "answer": "x"}] if page == "deep-dive-60" else None
            offered = start in day(mock, when.isoformat(), owner, page, duration=length, timeZone=BERLIN)
            answer = book(
                mock,
                ownerSlug=owner,
                eventTypeSlug=page,
                duration=length,
                date=when.isoformat(),
                start=start,
                question_answers=answers,
            )
            assert (answer.status == 200) is offered, "what is offered can be booked, and nothing else"
            if answer.status == 200 and cancelled:
                assert cancel(mock, answer.json).status == 200
        self.check(mock)

    @staticmethod
    def check(mock: Mock) -> None:
        store = mock.world.store
        active = [event for event in mock.state("event") if event["status"] != "cancelled"]
        for host in {host for event in active for host in event["_hosts"]}:
            spans = sorted((e["startTime"], e["endTime"]) for e in active if host in e["_hosts"])
            assert all(end <= start for (_, end), (start, _) in pairwise(spans)), host
            rows = [(row.data["start"], row.data["end"]) for row in busy_rows(store, host, 0, 1 << 40)]
            told = [
                tuple(instant(datetime.fromisoformat(text)) for text in (start, end)) for start, end in spans
            ]
            assert rows == told, "the calendar says what the events say"
        zone = ZoneInfo(BERLIN)
        since, until = (
            instant(datetime.combine(when, datetime.min.time(), zone))
            for when in (WEEK[0], WEEK[-1] + timedelta(days=1))
        )
        page = store.get(PAGE, INTRO)
        schedule = default_schedule(store, ALEX)
        assert page is not None
        assert schedule is not None
        free = free_slots(
            store, page, 1800, instant(datetime(2026, 4, 6, tzinfo=UTC)), WEEK[0], WEEK[-1], BERLIN
        )
        opened = hours_of(schedule).between(WEEK[0], WEEK[-1])
        busy = [(row.data["start"], row.data["end"]) for row in busy_rows(store, ALEX, since, until)]
        assert merge([(start, start + 1800) for start in free]) == merge(subtract(opened, busy))
        assert not any(Interval(s, e) for s, e in busy for start in free if s < start + 1800 and start < e)
