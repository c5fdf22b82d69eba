from __future__ import annotations

import datetime as dt
from itertools import islice, pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.scheduling.hours import UnknownZone
from mockserver.scheduling.intervals import instant, moment
from mockserver.scheduling.recurrence import Frequency, occurrences
from tests.scheduling import slow
from tests.scheduling.cases import odd_days

FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)


def local(zone: str, *parts: int) -> int:
    return instant(dt.datetime(*parts, tzinfo=ZoneInfo(zone)))  # type: ignore[misc,arg-type]


def shown(instants: list[int], zone: str) -> list[str]:
    return [f"{moment(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for at in instants]


def is_due(first: dt.date, day: dt.date, frequency: Frequency, interval: int) -> bool:
    days = (day - first).days
    months = (day.year - first.year) * 12 + day.month - first.month
    if frequency == "daily":
        return days % interval == 0
    if frequency == "weekly":
        return days % (7 * interval) == 0
    if frequency == "monthly":
        return day.day == first.day and months % interval == 0
    return day.day == first.day and day.month == first.month and months // 12 % interval == 0


@settings(deadline=None)
@given(
    odd_days, st.integers(-3, 1), st.integers(0, 24 * 60 - 1), st.sampled_from(FREQUENCIES), st.integers(1, 3)
)
def test_occurrences_are_what_looking_at_every_day_finds(
    odd: tuple[str, dt.date], shift: int, minute: int, frequency: Frequency, interval: int
) -> None:
    zone, middle = odd
    wall = dt.datetime.combine(middle + shift * slow.ONE_DAY, dt.time(minute // 60, minute % 60))
    start = slow.moved_forward(wall, zone)
    wall = moment(start).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    expected: list[int] = []
    for days in range(60 if frequency in ("daily", "weekly") else 400):
        day = wall.date() + days * slow.ONE_DAY
        if len(expected) < 8 and is_due(wall.date(), day, frequency, interval):
            at = slow.moved_forward(dt.datetime.combine(day, wall.time()), zone) if days else start
            if at not in expected:  # the date that a zone skipped is the next date
                expected.append(at)
    assert list(occurrences(start, frequency, interval, zone=zone, count=len(expected))) == expected
    assert list(occurrences(start, frequency, interval, zone=zone, until=expected[-1])) == expected


def test_the_hour_is_kept_over_a_change_of_clocks() -> None:
    start = local("Europe/Berlin", 2026, 3, 28, 9)
    found = list(occurrences(start, "daily", zone="Europe/Berlin", count=3))
    assert [later - earlier for earlier, later in pairwise(found)] == [
        23 * 3600,
        24 * 3600,
    ]
    assert shown(found, "Europe/Berlin") == ["2026-03-28 09:00", "2026-03-29 09:00", "2026-03-30 09:00"]


def test_a_time_that_does_not_exist_moves_forward_on_that_day_only() -> None:
    found = list(
        occurrences(local("Europe/Berlin", 2026, 3, 28, 2, 30), "daily", zone="Europe/Berlin", count=3)
    )
    assert shown(found, "Europe/Berlin") == ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]


def test_a_time_that_happens_twice_means_the_first() -> None:
    found = list(
        occurrences(local("Europe/Berlin", 2026, 10, 24, 2, 30), "daily", zone="Europe/Berlin", count=2)
    )
    assert found[1] - found[0] == 24 * 3600


def test_a_start_in_the_second_of_two_hours_stays_there() -> None:
    start = local("Europe/Berlin", 2026, 10, 25, 2, 30) + 3600
    found = list(occurrences(start, "daily", zone="Europe/Berlin", count=2))
    assert (found[0], found[1] - found[0]) == (start, 24 * 3600)


def test_months_without_the_day_are_left_out() -> None:
    found = list(occurrences(local("UTC", 2026, 1, 31, 9), "monthly", zone="UTC", count=4))
    assert [day[5:10] for day in shown(found, "UTC")] == ["01-31", "03-31", "05-31", "07-31"]


def test_the_29th_of_february_comes_in_leap_years() -> None:
    found = list(occurrences(local("UTC", 2092, 2, 29, 9), "yearly", zone="UTC", count=3))
    assert [day[:10] for day in shown(found, "UTC")] == ["2092-02-29", "2096-02-29", "2104-02-29"]


def test_every_second_week() -> None:
    found = list(occurrences(local("UTC", 2026, 5, 4, 9), "weekly", 2, zone="UTC", count=3))
    assert [later - earlier for earlier, later in pairwise(found)] == [14 * 86400] * 2


def test_a_date_that_a_zone_skipped_is_not_counted_twice() -> None:
    start = local("Pacific/Apia", 2011, 12, 28, 9)
    found = list(occurrences(start, "daily", zone="Pacific/Apia", count=4))
    assert [day[8:10] for day in shown(found, "Pacific/Apia")] == ["28", "29", "31", "01"]


def test_the_end_may_itself_be_an_occurrence() -> None:
    start = local("UTC", 2026, 5, 4, 9)
    assert len(list(occurrences(start, "daily", zone="UTC", until=start + 86400))) == 2
    assert len(list(occurrences(start, "daily", zone="UTC", until=start + 86399))) == 1
    assert list(occurrences(start, "daily", zone="UTC", until=start - 1)) == []


def test_count_and_end_whichever_is_first() -> None:
    start = local("UTC", 2026, 5, 4, 9)
    assert len(list(occurrences(start, "daily", zone="UTC", count=2, until=start + 10 * 86400))) == 2


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_a_recurrence_ends_with_the_calendar(frequency: Frequency, zone: str) -> None:
    start = local("UTC", 9998, 12, 31, 1)
    found = list(occurrences(start, frequency, zone=zone, count=1000))
    assert found[0] == start
    assert moment(found[-1]).year in (9998, 9999)


def test_a_long_recurrence_is_not_reckoned_to_its_end() -> None:
    endless = occurrences(local("UTC", 2026, 5, 4, 9), "daily", zone="UTC", count=10**9)
    assert len(list(islice(endless, 3))) == 3


@pytest.mark.parametrize(
    "wrong", [{}, {"count": 0}, {"count": 1, "interval": 0}, {"count": 1, "frequency": "hourly"}]
)
def test_a_recurrence_that_makes_no_sense_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"count|interval|frequency"):
        occurrences(0, **{"frequency": "daily", "zone": "UTC", **wrong})


def test_a_recurrence_in_an_unknown_zone_is_refused_at_once() -> None:
    with pytest.raises(UnknownZone):
        occurrences(0, "daily", zone="Nowhere/Town", count=1)
