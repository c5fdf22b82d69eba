from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.scheduling.hours import WeeklyHours, day_bounds, open_intervals
from mockserver.scheduling.intervals import Interval, merge
from mockserver.scheduling.slots import Unbookable, by_local_date, is_bookable, local_date, local_label, slots
from tests.scheduling import slow
from tests.scheduling.cases import compiled, plans

MINUTE = 60
HOUR = 3600

MONDAY = int(dt.datetime(2026, 5, 4, tzinfo=dt.UTC).timestamp())
NINE = MONDAY + 9 * HOUR
MORNING = [Interval(NINE, NINE + 3 * HOUR)]


def times(starts: list[int], zone: str = "UTC") -> list[str]:
    return [local_label(start, zone) for start in starts]


def openings(zone: str, date: dt.date, *spans: tuple[str, str]) -> list[Interval]:
    return open_intervals(WeeklyHours.of(zone, dict.fromkeys(range(7), spans)), (), date, date)


# --- The rule, against a search through every second and every minute ----------------------------------


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[list[Interval], list[Interval], dict[str, Any]]:
    """Openings (some touching), a calendar and rules, all within a hundred seconds."""
    edges = sorted(draw(st.sets(st.integers(0, 100), min_size=2, max_size=8)))
    kept = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    open = [Interval(a, b) for a, b, keep in zip(edges, edges[1:], kept, strict=False) if keep]
    busy = draw(st.lists(st.builds(Interval, st.integers(-10, 110), st.integers(-10, 110)), max_size=5))
    rules = {
        "duration": draw(st.integers(1, 30)),
        "step": draw(st.none() | st.integers(1, 30)),
        "now": draw(st.integers(-20, 60)),
        "minimum_notice": draw(st.integers(0, 30)),
        "horizon": draw(st.none() | st.integers(-10, 120)),
        "buffer_before": draw(st.integers(0, 10)),
        "buffer_after": draw(st.integers(0, 10)),
        "capacity": draw(st.integers(1, 3)),
        "taken": draw(st.none() | st.dictionaries(st.integers(-5, 105), st.integers(0, 4), max_size=6)),
    }
    return open, busy, rules


@settings(max_examples=400)
@given(small_cases())
def test_a_start_is_listed_exactly_when_it_is_bookable(
    case: tuple[list[Interval], list[Interval], dict[str, Any]],
) -> None:
    open, busy, rules = case
    listed = slots(open, busy, **rules)
    assert listed == [at for at in range(-30, 130) if is_bookable(at, open, busy, **rules) is None]


@settings(max_examples=400)
@given(small_cases())
def test_starts_are_what_a_search_through_every_second_finds(
    case: tuple[list[Interval], list[Interval], dict[str, Any]],
) -> None:
    open, busy, rules = case
    horizon, taken, capacity = rules["horizon"], rules["taken"] or {}, rules["capacity"]
    search = {
        "duration": rules["duration"],
        "step": rules["step"] or rules["duration"],
        "earliest": rules["now"] + rules["minimum_notice"],
        "unit": 1,
    }
    free = slow.slots(open, busy, before=rules["buffer_before"], after=rules["buffer_after"], **search)
    whatever_is_busy = slow.slots(open, (), before=0, after=0, **search)
    expected = [
        at
        for at in whatever_is_busy
        if (horizon is None or at < horizon)
        and taken.get(at, 0) < capacity
        and (at in free or taken.get(at, 0) > 0)
    ]
    assert slots(open, busy, **rules) == expected


@given(small_cases(), st.integers(-10, 110))
def test_since_only_leaves_out_what_is_earlier(
    case: tuple[list[Interval], list[Interval], dict[str, Any]], since: int
) -> None:
    open, busy, rules = case
    assert slots(open, busy, since=since, **rules) == [at for at in slots(open, busy, **rules) if at >= since]


_minutes = st.sampled_from([5, 10, 15, 20, 25, 30, 45, 60, 90, 240]).map(lambda count: count * MINUTE)


@settings(deadline=None, max_examples=60)
@given(plans(), _minutes, st.none() | _minutes, st.data())
def test_slots_are_what_a_walk_through_every_minute_finds(
    made: tuple[slow.Plan, dt.date], duration: int, step: int | None, data: st.DataObject
) -> None:
    plan, middle = made
    hours, overrides = compiled(plan)
    first, last = middle - 2 * slow.ONE_DAY, middle + 2 * slow.ONE_DAY
    bounds = day_bounds(first, last, plan.zone)
    moments = st.integers(0, (bounds.end - bounds.start) // MINUTE).map(
        lambda after: bounds.start + after * MINUTE
    )
    busy = [(at, at + 30 * MINUTE) for at in data.draw(st.lists(moments, max_size=6))]
    now, before, after = (
        data.draw(moments),
        data.draw(st.sampled_from([0, 300])),
        data.draw(st.sampled_from([0, 600])),
    )
    found = slots(
        open_intervals(hours, overrides, first, last),
        busy,
        duration=duration,
        step=step,
        now=now,
        buffer_before=before,
        buffer_after=after,
    )
    walked = slow.openings(plan, first, last, middle)
    assert found == slow.slots(walked, busy, duration, step or duration, now, before, after)


@settings(deadline=None)
@given(plans(), _minutes, st.none() | _minutes)
def test_the_slots_of_a_date_do_not_depend_on_the_dates_asked_for(
    made: tuple[slow.Plan, dt.date], duration: int, step: int | None
) -> None:
    plan, date = made
    hours, overrides = compiled(plan)
    bounds = day_bounds(date, date, plan.zone)

    def asked(days: int) -> list[int]:
        around = open_intervals(hours, overrides, date - days * slow.ONE_DAY, date + days * slow.ONE_DAY)
        found = slots(around, (), duration=duration, step=step, now=0, since=bounds.start, horizon=bounds.end)
        return by_local_date(found, plan.zone).get(date, [])

    # A day more at either end is enough, unless the zone skipped that day.
    assert asked(2) == asked(3) == asked(5)
    if plan.zone != "Pacific/Apia":
        assert asked(1) == asked(2)


def test_the_bounds_of_a_date_hold_part_of_another_where_a_clock_goes_back_over_midnight() -> None:
    zone, date = "America/St_Johns", dt.date(2010, 11, 7)  # at 00:01 it was 23:01 again
    hours = WeeklyHours.of(zone, dict.fromkeys(range(7), (("22:00", "01:00"),)))
    around = open_intervals(hours, (), date - slow.ONE_DAY, date + slow.ONE_DAY)
    bounds = day_bounds(date, date, zone)
    found = slots(
        around, (), duration=20 * MINUTE, step=20 * MINUTE, now=0, since=bounds.start, horizon=bounds.end
    )
    groups = by_local_date(found, zone)
    assert list(groups) == [date, date - slow.ONE_DAY]
    # 121 minutes after 22:00 it is 23:01 again, so the grid's 140th and 160th minute show these.
    assert times(groups[date - slow.ONE_DAY], zone) == ["23:20", "23:40"]


# --- The grid ------------------------------------------------------------------------------------------


def test_the_step_is_the_duration_when_none_is_given() -> None:
    assert times(slots(MORNING, (), duration=HOUR, now=0)) == ["09:00", "10:00", "11:00"]


def test_the_last_slot_ends_when_the_hours_end() -> None:
    found = slots(MORNING, (), duration=45 * MINUTE, step=30 * MINUTE, now=0)
    assert times(found) == ["09:00", "09:30", "10:00", "10:30", "11:00"]


def test_each_opening_has_a_grid_of_its_own() -> None:
    open = openings("UTC", dt.date(2026, 5, 4), ("09:10", "10:20"), ("13:05", "14:10"))
    assert times(slots(open, (), duration=30 * MINUTE, now=0)) == ["09:10", "09:40", "13:05", "13:35"]


def test_notice_does_not_move_the_grid() -> None:
    found = slots(MORNING, (), duration=30 * MINUTE, now=NINE + 7 * MINUTE)
    assert times(found) == ["09:30", "10:00", "10:30", "11:00", "11:30"]


def test_a_night_keeps_its_grid_over_midnight() -> None:
    night = openings("UTC", dt.date(2026, 5, 4), ("22:30", "01:00"))
    assert times(slots(night, (), duration=40 * MINUTE, now=0)) == ["22:30", "23:10", "23:50"]


def test_a_slot_may_run_on_where_one_day_meets_the_next() -> None:
    hours = WeeklyHours.of("UTC", dict.fromkeys(range(7), (("00:00", "24:00"),)))
    open = open_intervals(hours, (), dt.date(2026, 5, 4), dt.date(2026, 5, 5))
    midnight = MONDAY + 24 * HOUR
    assert is_bookable(midnight - 30 * MINUTE, open, (), duration=HOUR, step=30 * MINUTE, now=0) is None
    assert midnight - 30 * MINUTE in slots(open, (), duration=HOUR, step=30 * MINUTE, now=0)


def test_a_repeated_hour_has_its_slots_twice() -> None:
    open = openings("Europe/Berlin", dt.date(2026, 10, 25), ("01:00", "04:00"))
    found = slots(open, (), duration=HOUR, now=0)
    assert times(found, "Europe/Berlin") == ["01:00", "02:00", "02:00", "03:00"]
    assert [later - earlier for earlier, later in pairwise(found)] == [HOUR] * 3


def test_no_slot_shows_a_time_that_does_not_exist() -> None:
    open = openings("America/New_York", dt.date(2026, 3, 8), ("01:00", "05:00"))
    assert times(slots(open, (), duration=HOUR, now=0), "America/New_York") == ["01:00", "03:00", "04:00"]


def test_half_an_hour_is_lost_on_lord_howe() -> None:
    open = openings("Australia/Lord_Howe", dt.date(2026, 10, 4), ("01:30", "04:00"))
    found = slots(open, (), duration=30 * MINUTE, now=0)
    assert times(found, "Australia/Lord_Howe") == ["01:30", "02:30", "03:00", "03:30"]


# --- What rules a start out ----------------------------------------------------------------------------


def test_what_is_busy_takes_its_slots_away_and_no_others() -> None:
    found = slots(MORNING, [(NINE + HOUR, NINE + 2 * HOUR)], duration=30 * MINUTE, now=0)
    assert times(found) == ["09:00", "09:30", "11:00", "11:30"]


def test_buffers_need_to_be_free_too() -> None:
    meeting = [(NINE + HOUR, NINE + 2 * HOUR)]
    before = slots(MORNING, meeting, duration=30 * MINUTE, now=0, buffer_before=MINUTE)
    after = slots(MORNING, meeting, duration=30 * MINUTE, now=0, buffer_after=MINUTE)
    assert (times(before), times(after)) == (["09:00", "09:30", "11:30"], ["09:00", "11:00", "11:30"])


def test_buffers_may_lie_outside_the_hours() -> None:
    found = slots(MORNING, (), duration=3 * HOUR, now=0, buffer_before=HOUR, buffer_after=HOUR)
    assert times(found) == ["09:00"]


def test_an_empty_stretch_in_the_calendar_is_not_busy() -> None:
    assert slots(MORNING, [(NINE + 60, NINE + 60)], duration=3 * HOUR, now=0) == [NINE]


def test_notice_is_counted_from_now_and_reached_exactly() -> None:
    rules: dict[str, Any] = {"duration": HOUR, "now": NINE - HOUR, "minimum_notice": 2 * HOUR}
    assert times(slots(MORNING, (), **rules)) == ["10:00", "11:00"]
    assert is_bookable(NINE, MORNING, (), **rules) is Unbookable.NOTICE


def test_the_horizon_itself_is_too_far() -> None:
    rules: dict[str, Any] = {"duration": HOUR, "now": 0, "horizon": NINE + HOUR}
    assert times(slots(MORNING, (), **rules)) == ["09:00"]
    assert is_bookable(NINE + HOUR, MORNING, (), **rules) is Unbookable.HORIZON


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (NINE, None),
        (NINE - 2 * HOUR, Unbookable.PAST),
        (NINE - 30 * MINUTE, Unbookable.OUTSIDE_HOURS),
        (NINE + 2 * HOUR + MINUTE, Unbookable.OUTSIDE_HOURS),  # it would end after closing
        (NINE + 10 * MINUTE, Unbookable.OFF_GRID),
        (NINE + 2 * HOUR, Unbookable.BUSY),
    ],
)
def test_a_start_that_cannot_be_booked_says_why(start: int, reason: Unbookable | None) -> None:
    busy = [(NINE + 2 * HOUR, NINE + 3 * HOUR)]
    assert is_bookable(start, MORNING, busy, duration=HOUR, now=NINE - HOUR) is reason


def test_off_the_grid_will_do_where_the_grid_is_not_asked_for() -> None:
    start = NINE + 10 * MINUTE
    assert is_bookable(start, MORNING, (), duration=HOUR, now=0, on_grid=False) is None


# --- Seats ---------------------------------------------------------------------------------------------


def test_a_group_event_is_offered_until_its_seats_are_taken() -> None:
    meeting = [(NINE, NINE + HOUR)]
    rules: dict[str, Any] = {"duration": HOUR, "now": 0, "capacity": 3}
    assert times(slots(MORNING, meeting, taken={NINE: 2}, **rules)) == ["09:00", "10:00", "11:00"]
    assert times(slots(MORNING, meeting, taken={NINE: 3}, **rules)) == ["10:00", "11:00"]
    assert is_bookable(NINE, MORNING, meeting, taken={NINE: 3}, **rules) is Unbookable.FULL


def test_a_group_event_does_not_make_room_for_another_beside_it() -> None:
    meeting = [(NINE, NINE + HOUR)]
    found = slots(MORNING, meeting, duration=HOUR, step=30 * MINUTE, now=0, capacity=3, taken={NINE: 1})
    assert times(found) == ["09:00", "10:00", "10:30", "11:00"]


def test_a_seat_that_was_given_back_leaves_an_ordinary_start() -> None:
    assert slots(MORNING, [(NINE, NINE + HOUR)], duration=3 * HOUR, now=0, capacity=2, taken={NINE: 0}) == []


# --- The rest ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 0},
        {"step": 0},
        {"step": -1},
        {"minimum_notice": -1},
        {"buffer_before": -1},
        {"buffer_after": -1},
        {"capacity": 0},
    ],
)
def test_lengths_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    rules: dict[str, Any] = {"duration": HOUR, "now": 0} | wrong
    with pytest.raises(ValueError, match=r"0|below"):
        slots(MORNING, (), **rules)
    with pytest.raises(ValueError, match=r"0|below"):
        is_bookable(NINE, MORNING, (), **rules)


def test_nothing_open_gives_no_slots() -> None:
    assert slots([], [], duration=HOUR, now=0) == []
    assert is_bookable(NINE, [], [], duration=HOUR, now=0) is Unbookable.OUTSIDE_HOURS


@settings(deadline=None)
@given(plans())
def test_slots_are_grouped_by_the_date_their_zone_shows(made: tuple[slow.Plan, dt.date]) -> None:
    plan, middle = made
    shown = dict(slow.walk(plan.zone, middle, 2))
    starts = list(shown)[::30]
    groups = by_local_date(starts, plan.zone)
    assert merge((at, at + 1) for group in groups.values() for at in group) == [(at, at + 1) for at in starts]
    for date, group in groups.items():
        for at in group:
            assert shown[at].date() == date == local_date(at, plan.zone)
            assert local_label(at, plan.zone) == f"{shown[at]:%H:%M}"
