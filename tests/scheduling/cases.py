"""Zones and dates at which clocks misbehave, and strategies for plans around them."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from mockserver.scheduling.hours import Override, WeeklyHours
from tests.scheduling.slow import ONE_DAY, Plan

ODD_DAYS: tuple[tuple[str, dt.date], ...] = (
    ("UTC", dt.date(2026, 2, 28)),
    ("Europe/Berlin", dt.date(2026, 3, 29)),
    ("Europe/Berlin", dt.date(2026, 10, 25)),
    ("America/New_York", dt.date(2026, 3, 8)),
    ("America/New_York", dt.date(2026, 11, 1)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 5)),
    ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
    ("Asia/Kathmandu", dt.date(2024, 2, 29)),
    ("Asia/Kathmandu", dt.date(1986, 1, 1)),  # 05:30 ahead became 05:45
    ("Pacific/Apia", dt.date(2011, 12, 30)),  # a date that did not happen
    ("Pacific/Apia", dt.date(2012, 4, 1)),
    ("America/Santiago", dt.date(2025, 9, 7)),  # a gap that begins at midnight
    ("America/Santiago", dt.date(2026, 4, 5)),  # a fold that ends at midnight
    ("America/St_Johns", dt.date(2010, 11, 7)),  # a fold across midnight: dates interleave
    ("America/Recife", dt.date(2000, 10, 8)),  # summer time that was given up after a week
    ("America/Recife", dt.date(2000, 10, 15)),
)

odd_days = st.sampled_from(ODD_DAYS)


def label(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


# Often near the hours in which clocks change, and on the edges of the day.
_starts = st.one_of(
    st.sampled_from(["00:00", "01:30", "02:00", "02:15", "22:00"]), st.integers(0, 1439).map(label)
)
_ends = st.one_of(
    st.sampled_from(["00:00", "01:45", "02:30", "03:00", "24:00", "24:00"]), st.integers(0, 1439).map(label)
)
texts = st.lists(st.tuples(_starts, _ends), max_size=3)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, dt.date]:
    zone, middle = draw(odd_days)
    week = draw(st.dictionaries(st.integers(0, 6), texts, max_size=7))
    days_away = st.integers(-3, 3)
    exceptions = draw(st.dictionaries(days_away.map(lambda days: middle + days * ONE_DAY), texts, max_size=2))
    return Plan(zone, week, exceptions), middle


def compiled(plan: Plan) -> tuple[WeeklyHours, list[Override]]:
    overrides = [Override.of(date, spans) for date, spans in plan.exceptions.items()]
    return WeeklyHours.of(plan.zone, plan.week), overrides
