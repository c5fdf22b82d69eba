from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.scheduling.hours import (
    Override,
    Span,
    UnknownZone,
    WeeklyHours,
    day_bounds,
    offset_at,
    open_intervals,
    resolve,
    span,
)
from mockserver.scheduling.intervals import Interval, moment
from mockserver.scheduling.slots import local_label
from tests.scheduling import slow
from tests.scheduling.cases import ODD_DAYS, compiled, odd_days, plans

HOUR = 3600
DAY = 24 * HOUR


def every_day(zone: str, *spans: tuple[str, str]) -> WeeklyHours:
    return WeeklyHours.of(zone, dict.fromkeys(range(7), spans))


def on(hours: WeeklyHours, date: dt.date, *overrides: Override) -> list[Interval]:
    return open_intervals(hours, overrides, date, date)


def utc(*parts: int) -> int:
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())  # type: ignore[misc,arg-type]


def labels(intervals: list[Interval], zone: str) -> list[tuple[str, str]]:
    return [(local_label(start, zone), local_label(end, zone)) for start, end in intervals]


# --- The rule, against a walk through every minute -----------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(plans(), st.integers(-3, 1), st.integers(0, 3))
def test_openings_are_what_a_walk_through_every_minute_finds(
    made: tuple[slow.Plan, dt.date], shift: int, more: int
) -> None:
    plan, middle = made
    first = middle + shift * slow.ONE_DAY
    last = first + more * slow.ONE_DAY
    hours, overrides = compiled(plan)
    assert open_intervals(hours, overrides, first, last) == slow.openings(plan, first, last, middle)


@settings(deadline=None)
@given(plans())
def test_days_asked_one_by_one_give_what_the_range_gives(made: tuple[slow.Plan, dt.date]) -> None:
    plan, middle = made
    hours, overrides = compiled(plan)
    days = [middle + shift * slow.ONE_DAY for shift in range(-4, 5)]
    one_by_one = [opening for day in days for opening in open_intervals(hours, overrides, day, day)]
    assert sorted(one_by_one) == open_intervals(hours, overrides, days[0], days[-1])


@settings(deadline=None)
@given(plans())
def test_openings_are_sorted_and_disjoint_and_not_empty(made: tuple[slow.Plan, dt.date]) -> None:
    plan, middle = made
    hours, overrides = compiled(plan)
    found = open_intervals(hours, overrides, middle - 4 * slow.ONE_DAY, middle + 4 * slow.ONE_DAY)
    assert all(start < end for start, end in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@settings(deadline=None, max_examples=300)
@given(odd_days, st.integers(-1, 1), st.integers(0, 24 * 60 - 1), st.integers(0, 1))
@example(("Europe/Berlin", dt.date(2026, 3, 29)), 0, 150, 0)
@example(("Europe/Berlin", dt.date(2026, 10, 25)), 0, 150, 1)
def test_a_local_time_resolves_to_what_a_walk_finds(
    odd: tuple[str, dt.date], shift: int, minute: int, fold: int
) -> None:
    zone, middle = odd
    wall = dt.datetime.combine(middle + shift * slow.ONE_DAY, dt.time(minute // 60, minute % 60))
    instants = slow.resolve(wall, zone)
    found = resolve(wall.date(), wall.time(), zone, fold=fold)
    assert found == (moment(instants[-1] if fold else instants[0]) if instants else None)


@pytest.mark.parametrize(("zone", "middle"), ODD_DAYS)
def test_an_offset_is_the_one_the_zone_has_at_every_minute(zone: str, middle: dt.date) -> None:
    for at, wall in slow.walk(zone, middle, 2):
        assert moment(at).replace(tzinfo=None) + dt.timedelta(seconds=offset_at(at, zone)) == wall


@pytest.mark.parametrize(("zone", "middle"), ODD_DAYS)
def test_the_bounds_of_a_date_are_its_first_and_last_minute(zone: str, middle: dt.date) -> None:
    for shift in (-1, 0, 1):
        date = middle + shift * slow.ONE_DAY
        shown = [at for at, wall in slow.walk(zone, middle, 3) if wall.date() == date]
        bounds = day_bounds(date, date, zone)
        if shown:
            assert bounds == (shown[0], shown[-1] + 60)
        else:
            assert bounds.start == bounds.end == day_bounds(date, date + slow.ONE_DAY, zone).start


# --- Daylight saving, by name --------------------------------------------------------------------------


def test_a_span_over_the_gap_loses_the_hour_that_does_not_exist() -> None:
    found = on(every_day("Europe/Berlin", ("01:30", "03:30")), dt.date(2026, 3, 29))
    assert found == [(utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30))]


def test_a_span_inside_the_gap_is_never_open() -> None:
    assert on(every_day("America/New_York", ("02:00", "03:00")), dt.date(2026, 3, 8)) == []


def test_a_span_that_begins_in_the_gap_opens_when_the_gap_ends() -> None:
    found = on(every_day("Europe/Berlin", ("02:30", "05:00")), dt.date(2026, 3, 29))
    assert labels(found, "Europe/Berlin") == [("03:00", "05:00")]


def test_a_span_over_the_fold_is_open_in_both_hours() -> None:
    [found] = on(every_day("Europe/Berlin", ("01:00", "04:00")), dt.date(2026, 10, 25))
    assert found == (utc(2026, 10, 24, 23), utc(2026, 10, 25, 3))


def test_a_span_inside_the_fold_is_open_twice() -> None:
    found = on(every_day("America/New_York", ("01:15", "01:45")), dt.date(2026, 11, 1))
    assert found == [
        (utc(2026, 11, 1, 5, 15), utc(2026, 11, 1, 5, 45)),
        (utc(2026, 11, 1, 6, 15), utc(2026, 11, 1, 6, 45)),
    ]


def test_openings_of_a_repeated_hour_come_in_the_order_in_which_they_happen() -> None:
    found = on(every_day("Europe/Berlin", ("02:00", "02:15"), ("02:30", "02:45")), dt.date(2026, 10, 25))
    assert labels(found, "Europe/Berlin") == [("02:00", "02:15"), ("02:30", "02:45")] * 2
    assert found == sorted(found)


def test_lord_howe_moves_by_half_an_hour() -> None:
    hours = every_day("Australia/Lord_Howe", ("01:00", "04:00"))
    [spring] = on(hours, dt.date(2026, 10, 4))
    [autumn] = on(hours, dt.date(2026, 4, 5))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (2.5 * HOUR, 3.5 * HOUR)


def test_a_zone_with_quarter_hours_is_exact() -> None:
    [found] = on(every_day("Asia/Kathmandu", ("09:00", "10:00")), dt.date(2026, 5, 4))
    assert found == (utc(2026, 5, 4, 3, 15), utc(2026, 5, 4, 4, 15))


def test_a_date_that_a_zone_skipped_has_no_hours() -> None:
    hours = every_day("Pacific/Apia", ("00:00", "24:00"))
    found = [on(hours, dt.date(2011, 12, day)) for day in (29, 30, 31)]
    skip = utc(2011, 12, 30, 10)
    assert found == [[(skip - DAY, skip)], [], [(skip, skip + DAY)]]


def test_a_day_has_23_or_25_hours_where_clocks_change() -> None:
    hours = every_day("Europe/Berlin", ("00:00", "24:00"))
    [[spring], [autumn]] = on(hours, dt.date(2026, 3, 29)), on(hours, dt.date(2026, 10, 25))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (23 * HOUR, 25 * HOUR)


# --- Days and midnights --------------------------------------------------------------------------------


def test_a_span_may_run_over_midnight() -> None:
    hours = WeeklyHours.of("UTC", {4: [("22:00", "02:00")]})
    friday = dt.date(2026, 5, 8)
    expected = [(utc(2026, 5, 8, 22), utc(2026, 5, 9, 2))]
    assert on(hours, friday) == expected
    assert on(hours, friday + slow.ONE_DAY) == []  # it began the day before


def test_a_night_in_two_pieces_is_the_night_in_one() -> None:
    one = WeeklyHours.of("Europe/Berlin", {4: [("22:00", "02:00")]})
    two = WeeklyHours.of("Europe/Berlin", {4: [("22:00", "24:00")], 5: [("00:00", "02:00")]})
    whole_year = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    assert open_intervals(one, (), *whole_year) == open_intervals(two, (), *whole_year)


def test_sunday_night_runs_into_monday() -> None:
    hours = WeeklyHours.of("UTC", {6: [("23:00", "01:00")]})
    assert on(hours, dt.date(2026, 5, 10)) == [(utc(2026, 5, 10, 23), utc(2026, 5, 11, 1))]


def test_always_open_is_one_opening_a_day() -> None:
    hours = every_day("UTC", ("00:00", "24:00"))
    found = open_intervals(hours, (), dt.date(2026, 5, 4), dt.date(2026, 5, 6))
    assert [end - start for start, end in found] == [DAY, DAY, DAY]


def test_spans_of_a_day_that_overlap_or_touch_are_one_opening() -> None:
    hours = every_day("UTC", ("13:00", "15:00"), ("09:00", "11:00"), ("10:00", "12:00"), ("12:00", "13:00"))
    assert labels(on(hours, dt.date(2026, 5, 4)), "UTC") == [("09:00", "15:00")]


def test_a_leap_day_has_the_hours_of_its_weekday() -> None:
    hours = WeeklyHours.of("UTC", {3: [("09:00", "10:00")]})  # 29 February 2024 was a Thursday
    assert on(hours, dt.date(2024, 2, 29)) == [(utc(2024, 2, 29, 9), utc(2024, 2, 29, 10))]


def test_an_override_replaces_its_day_and_no_other() -> None:
    hours = every_day("UTC", ("09:00", "17:00"))
    changed = Override.of(dt.date(2026, 5, 5), [("12:00", "13:00")])
    found = open_intervals(hours, [changed], dt.date(2026, 5, 4), dt.date(2026, 5, 6))
    assert labels(found, "UTC") == [("09:00", "17:00"), ("12:00", "13:00"), ("09:00", "17:00")]


def test_an_override_without_spans_closes_the_day_and_the_night_that_ran_into_it() -> None:
    hours = every_day("UTC", ("22:00", "02:00"))
    closed = Override(dt.date(2026, 5, 5))
    found = open_intervals(hours, [closed], dt.date(2026, 5, 4), dt.date(2026, 5, 6))
    assert labels(found, "UTC") == [("22:00", "00:00"), ("22:00", "02:00")]
    assert found[0].end == utc(2026, 5, 5)


def test_several_overrides_of_a_date_add_up() -> None:
    date = dt.date(2026, 5, 5)
    overrides = [Override.of(date, [("09:00", "10:00")]), Override.of(date, [("12:00", "13:00")])]
    assert labels(on(every_day("UTC"), date, *overrides), "UTC") == [("09:00", "10:00"), ("12:00", "13:00")]


def test_a_range_that_ends_before_it_begins_is_empty() -> None:
    assert (
        open_intervals(every_day("UTC", ("09:00", "10:00")), (), dt.date(2026, 5, 5), dt.date(2026, 5, 4))
        == []
    )


@pytest.mark.parametrize("date", [dt.date.min, dt.date.max])
def test_the_first_and_the_last_date_of_the_calendar_do_no_harm(date: dt.date) -> None:
    for zone in ("UTC", "Asia/Tokyo", "America/New_York", "Pacific/Apia"):
        [found] = on(every_day(zone, ("00:00", "24:00")), date)
        assert found.end - found.start == DAY
        assert day_bounds(date, date, zone) == found


# --- What is written -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("09:00", "17:30", Span(9 * HOUR, 17 * HOUR + 1800)),
        ("00:00", "24:00", Span(0, DAY)),
        ("22:00", "00:00", Span(22 * HOUR, DAY)),
        ("22:00", "02:00", Span(22 * HOUR, DAY + 2 * HOUR)),
        ("09:00:30", "10:00:00", Span(9 * HOUR + 30, 10 * HOUR)),
        ("09:00", "09:00", Span(9 * HOUR, 9 * HOUR)),
    ],
)
def test_wall_times_make_a_span(start: str, end: str, expected: Span) -> None:
    assert span(start, end) == expected


@pytest.mark.parametrize(
    "text", ["", "9:00", "24:01", "25:00", "12:60", "12", "12:00\n", "٠٩:٠٠", "noon", "24:00"]
)
def test_a_start_that_is_not_a_wall_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wall time"):
        span(text, "23:00")


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Town", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000]
)
def test_an_unknown_zone_is_one_kind_of_error(name: str) -> None:
    with pytest.raises(UnknownZone):
        resolve(dt.date(2026, 1, 1), dt.time(9), name)
    with pytest.raises(UnknownZone):
        on(WeeklyHours.of(name, {}), dt.date(2026, 1, 1))
    with pytest.raises(UnknownZone):
        day_bounds(dt.date(2026, 1, 1), dt.date(2026, 1, 1), name)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days"):
        WeeklyHours("UTC", ((),))


def test_a_moment_before_the_calendar_begins_does_not_resolve() -> None:
    assert resolve(dt.date.min, dt.time(0), "Asia/Tokyo") is None
    assert resolve(dt.date.max, dt.time(23), "America/New_York") is None
