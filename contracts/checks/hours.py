"""Weekly hours, in whatever form an answer has them; knows days, times and dates, nothing of slots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)([a-z]*day)?s?", re.IGNORECASE)
TIME = re.compile(r"([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Span = tuple[str, str]


@dataclass(slots=True)
class Week:
    """Spans of local time by day of the week (0 is Monday), and by date where a date differs."""

    days: dict[int, list[Span]] = field(default_factory=dict)
    dates: dict[str, list[Span]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.days.values())

    def on(self, when: datetime) -> list[Span]:
        """The spans of a date."""
        special = self.dates.get(when.date().isoformat())
        return self.days.get(when.weekday(), []) if special is None else special

    def opens(self, when: datetime) -> str | None:
        """When a date begins to be open, `09:00`; None for never."""
        return min((start for start, _ in self.on(when)), default=None)


def open_at(week: Week, local: datetime) -> bool:
    """Whether a local time lies within the hours."""
    clock = f"{local:%H:%M}"
    return any(start <= clock < end or (end <= start and clock >= start) for start, end in week.on(local))


def read_hours(value: Any) -> Week:
    """The hours in an answer: spans below the name of a day, or beside it, or beside a date."""
    week = Week()
    _read(value, (), "", week)
    return week


def _read(value: Any, days: tuple[int, ...], date: str, week: Week) -> None:
    if isinstance(value, Mapping):
        if value.get("enabled") is False:
            if date or isinstance(value.get("date"), str):
                week.dates.setdefault(date or value["date"], [])
            return
        named = tuple(day for each in value.values() for day in _named(each))
        dated = next((each for each in value.values() if isinstance(each, str) and DATE.fullmatch(each)), "")
        if dated and not named:
            week.dates.setdefault(dated, [])
            date = dated
        days = named or days
        times = [each[:5] for each in value.values() if isinstance(each, str) and TIME.fullmatch(each)]
        if len(times) == 2:
            _keep(week, days, date, (min(times), max(times)))
        for name, each in value.items():
            key = _named(name)
            _read(each, key or days, date, week)
    elif isinstance(value, list):
        if len(value) == 2 and all(isinstance(each, str) and TIME.fullmatch(each) for each in value):
            _keep(week, days, date, (value[0][:5], value[1][:5]))
            return
        for each in value:
            _read(each, days, date, week)


def _keep(week: Week, days: tuple[int, ...], date: str, span: Span) -> None:
    if date:
        week.dates.setdefault(date, []).append(span)
    else:
        for day in days:
            week.days.setdefault(day, []).append(span)


def _named(value: Any) -> tuple[int, ...]:
    """The days of the week that a text, or a list of texts, names."""
    if isinstance(value, list):
        return tuple(day for each in value for day in _named(each) if isinstance(each, str))
    if isinstance(value, str) and NAMES.fullmatch(value):
        return (DAYS.index(value[:3].lower()),)
    return ()
