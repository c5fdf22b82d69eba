"""Free slots: in windows of at most 31 days, right where clocks change, and what can be booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Mock
from tests.providers.caledee_asking import (
    DEEP_DIVE,
    INTRO,
    JOINT_REVIEW,
    RIVAL_CHAT,
    SALES_CALL,
    ask,
    book,
    booked,
    cancel,
    found,
    slots,
)


def refused(mock: Mock, **query: Any) -> dict[str, Any]:
    answer = ask(mock, "GET", "/availability", **query)
    assert answer.status == 400, answer
    told: dict[str, Any] = answer.json
    return told


class TestWindow:
    def test_a_day_of_half_hours(self, caledee: Mock) -> None:
        told = found(caledee, "/availability", eventTypeId=INTRO, from_="2026-04-14", to="2026-04-15")
        starts = [slot["startAt"] for slot in told["slots"]]
        assert (starts[0], starts[-1], len(starts)) == (
            "2026-04-14T09:00:00+02:00",
            "2026-04-14T16:30:00+02:00",
            16,
        )
        assert told["slots"][0]["endAt"] == starts[1]
        assert (told["durationMin"], told["timezone"]) == (30, "Europe/Berlin")

    def test_instants_and_dates_bound_the_starts(self, caledee: Mock) -> None:
        starts = slots(caledee, INTRO, "2026-04-14T10:00:00+02:00", "2026-04-14T09:00:00Z")
        assert [start[11:16] for start in starts] == ["10:00", "10:30"]

    def test_dates_begin_in_the_zone_that_is_asked_for(self, caledee: Mock) -> None:
        starts = slots(caledee, INTRO, "2026-04-14", "2026-04-15", tz="Asia/Kathmandu")
        assert (starts[0], starts[-1]) == ("2026-04-14T12:45:00+05:45", "2026-04-14T20:15:00+05:45")
        starts = slots(caledee, INTRO, "2026-04-14", "2026-04-15", tz="Pacific/Auckland")
        # The afternoon of Monday in Berlin, and the morning of Tuesday.
        assert (starts[0], starts[-1]) == ("2026-04-14T00:00:00+12:00", "2026-04-14T23:30:00+12:00")
        assert len(starts) == 6 + 10

    @pytest.mark.parametrize(
        ("from_", "to", "status"),
        [
            ("2026-04-06", "2026-05-07", 200),
            ("2026-04-06", "2026-05-08", 400),
            ("2026-10-10", "2026-11-10", 200),  # 31 days and an hour, where the clock goes back
            ("2026-04-06T00:00:00Z", "2026-05-07T00:00:00Z", 200),
            ("2026-04-06T00:00:00Z", "2026-05-07T00:00:01Z", 400),
            ("2026-04-06T00:00:00Z", "2026-04-06T00:00:01Z", 200),
            ("2026-04-06", "2026-04-06", 400),
            ("2026-04-07", "2026-04-06", 400),
            ("0001-01-01", "0001-01-31", 200),
            ("9999-12-01", "9999-12-31", 200),
            ("2016-12-31T23:59:60Z", "2017-01-01t00:00:00.5z", 200),
            ("2026-04-31", "2026-05-02", 400),
            ("yesterday", "2026-05-02", 400),
        ],
    )
    def test_a_window_is_at_most_31_days(self, caledee: Mock, from_: str, to: str, status: int) -> None:
        assert ask(caledee, "GET", "/availability", eventTypeId=INTRO, from_=from_, to=to).status == status

    def test_what_is_wrong_with_a_window_is_said(self, caledee: Mock) -> None:
        told = refused(caledee, eventTypeId=INTRO, from_="2026-04-07", to="2026-04-06")
        assert (told["title"], told["message"]) == ("Invalid Argument", "`to` must be after `from`.")
        assert told["details"][0]["path"] == ["to"]
        told = refused(caledee, eventTypeId=INTRO, from_="2026-04-06", to="2026-06-06")
        assert "31 days" in told["message"]
        assert {issue["path"][0] for issue in refused(caledee)["details"]} == {"eventTypeId", "from", "to"}

    def test_nothing_is_free_in_the_past(self, caledee: Mock) -> None:
        assert slots(caledee, INTRO, "2026-03-20", "2026-04-06") == []
        assert slots(caledee, INTRO, "2026-04-06", "2026-04-07")[0] == "2026-04-06T10:00:00+02:00"


class TestEventTypes:
    def test_a_length_is_one_that_is_offered(self, caledee: Mock) -> None:
        for minutes, count in ((45, 10), (60, 8), (90, 5)):
            starts = slots(caledee, DEEP_DIVE, "2026-04-14", "2026-04-15", duration=minutes)
            assert len(starts) == count, minutes
        told = refused(caledee, eventTypeId=DEEP_DIVE, from_="2026-04-14", to="2026-04-15", duration=30)
        assert told["details"][0]["path"] == ["duration"]
        assert "45, 60, 90" in told["details"][0]["message"]

    def test_a_day_ahead_and_a_pause_afterwards(self, caledee: Mock) -> None:
        assert slots(caledee, DEEP_DIVE, "2026-04-06", "2026-04-07") == []
        assert slots(caledee, DEEP_DIVE, "2026-04-07", "2026-04-08")[0] == "2026-04-07T10:00:00+02:00"
        booked(caledee, eventTypeId=DEEP_DIVE, startAt="2026-04-14T10:00:00+02:00")
        intro = [start[11:16] for start in slots(caledee, INTRO, "2026-04-14", "2026-04-15")]
        assert "09:30" in intro
        assert not {"10:00", "10:30", "11:00"} & set(intro)
        assert "11:30" in intro
        # Its own pause must be free too.
        booked(caledee, startAt="2026-04-14T13:00:00+02:00")
        deep = [start[11:16] for start in slots(caledee, DEEP_DIVE, "2026-04-14", "2026-04-15")]
        assert "12:00" not in deep

    def test_a_round_robin_needs_one_and_a_joint_review_everybody(self, caledee: Mock) -> None:
        robin = slots(caledee, SALES_CALL, "2026-04-14", "2026-04-15", tz="UTC")
        assert (robin[0], robin[-1]) == ("2026-04-14T07:00:00+00:00", "2026-04-14T20:30:00+00:00")
        joint = slots(caledee, JOINT_REVIEW, "2026-04-14", "2026-04-15", tz="UTC")
        # From nine in New York until five in Berlin.
        assert [start[11:16] for start in joint] == ["13:00", "14:00"]

    def test_hours_run_past_midnight(self, caledee: Mock) -> None:
        starts = slots(caledee, RIVAL_CHAT, "2026-04-11", "2026-04-13", "other")
        assert [start[5:16] for start in starts] == [
            *("04-11T22:00", "04-11T22:30", "04-11T23:00", "04-11T23:30"),
            *("04-12T00:00", "04-12T00:30", "04-12T01:00", "04-12T01:30"),
        ]
        assert all(start.endswith("+05:45") for start in starts)

    def test_exceptions_of_the_calendar_are_kept(self, caledee: Mock) -> None:
        assert slots(caledee, INTRO, "2026-05-01", "2026-05-02") == []
        assert len(slots(caledee, INTRO, "2026-05-09", "2026-05-10")) == 4

    @pytest.mark.parametrize(
        ("day", "first"), [("2026-10-23", "07:00"), ("2026-10-26", "08:00"), ("2027-03-29", "07:00")]
    )
    def test_hours_stay_where_they_are_on_the_wall(self, caledee: Mock, day: str, first: str) -> None:
        until = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
        assert slots(caledee, INTRO, day, until, tz="UTC")[0][11:16] == first

    def test_an_event_type_of_somebody_else_is_404(self, caledee: Mock) -> None:
        query = {"from_": "2026-04-14", "to": "2026-04-15"}
        for id in (RIVAL_CHAT, "nobody"):
            assert ask(caledee, "GET", "/availability", eventTypeId=id, **query).status == 404


STARTS = st.builds(
    lambda day, half: f"2026-04-{day:02}T{half // 2:02}:{half % 2 * 30:02}:00+02:00",
    st.integers(13, 17),
    st.integers(16, 36),
)


class TestWhatIsOffered:
    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from([INTRO, DEEP_DIVE, SALES_CALL, JOINT_REVIEW]), STARTS, st.booleans()),
            max_size=20,
        )
    )
    def test_what_is_offered_can_be_booked_and_nothing_else_whatever_came_before(
        self, one_caledee: Mock, steps: list[tuple[str, str, bool]]
    ) -> None:
        mock = one_caledee
        mock.reset()
        for event_type, start, gone in steps:
            day = start[:10]
            until = f"{day[:8]}{int(day[8:]) + 1:02}"
            offered = slots(mock, event_type, day, until)
            answer = book(mock, eventTypeId=event_type, startAt=start)
            assert answer.status == (201 if start in offered else 409)
            if answer.status == 201:
                assert start not in slots(mock, event_type, day, until) or event_type == SALES_CALL
                if gone:
                    assert cancel(mock, answer.json["id"]).status == 200
                    assert slots(mock, event_type, day, until) == offered
        active = [row for row in mock.state("booking") if row["status"] == "active"]
        assert {row["booking"] for row in mock.state("busy")} == {row["id"] for row in active}
        for host in {host for row in active for host in row["_hosts"]}:
            spans = sorted((row["startAt"], row["endAt"]) for row in active if host in row["_hosts"])
            assert all(end <= start for (_, end), (start, _) in pairwise(spans)), host
