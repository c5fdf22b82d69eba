"""A timetable remembers what it reckoned, and answers as if it did not."""

from __future__ import annotations

from datetime import date

import pytest

from mockserver.scheduling.hours import DAY, Override, WeeklyHours
from mockserver.scheduling.timetable import Timetable

WEEK = WeeklyHours.of("Australia/Lord_Howe", {day: [("22:00", "02:00")] for day in range(5)})
CLOSED = Override.of(date(2026, 4, 7))
MONDAY = 1_775_433_600  # 2026-04-06T00:00:00Z


@pytest.mark.parametrize("hour", range(0, 72, 7))
def test_what_is_near_an_instant_holds_every_opening_around_it(hour: int) -> None:
    table = Timetable(WEEK, [CLOSED])
    instant = MONDAY + hour * 3600
    near = table.near(instant)
    assert table.near(instant) is near
    around = table.covering(instant, instant + 1)
    assert [o for o in around if o.start <= instant < o.end] == [
        o for o in near if o.start <= instant < o.end
    ]


def test_covering_holds_every_opening_of_a_stretch() -> None:
    table = Timetable(WEEK, [CLOSED])
    since, until = MONDAY, MONDAY + 3 * DAY
    everything = table.between(date(2026, 3, 1), date(2026, 5, 1))
    wanted = [o for o in everything if o.start < until and since < o.end]
    assert set(wanted) <= set(table.covering(since, until))
    assert wanted
