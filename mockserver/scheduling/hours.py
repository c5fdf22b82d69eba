"""Knows hours on a wall clock and which instants a zone makes of them; must not know slots or providers.

One definition decides everything: an instant is open when the wall clock of the zone, at that instant, shows
a date and a time that the hours call open. So a time that a zone skips is never open, and a time that it
repeats is open twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from mockserver.scheduling.intervals import EPOCH, Instant, Interval

DAY = 86_400
_EPOCH_ORDINAL = EPOCH.toordinal()
# Where a zone can be asked for its offset without leaving the years that datetime can hold.
_FIRST_KNOWN = (dt.datetime(1, 1, 3, tzinfo=dt.UTC) - EPOCH) // dt.timedelta(seconds=1)
_LAST_KNOWN = (dt.datetime(9999, 12, 29, tzinfo=dt.UTC) - EPOCH) // dt.timedelta(seconds=1)
# Offsets are looked up a little more than a year at a time, and compared every five days: the shortest time
# in which any zone has changed its offset and changed it back is just under seven (Brazil in 2000).
_CHUNK = 1 << 25
_PROBE = 5 * DAY
_WALL_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")

Segment: TypeAlias = tuple[Instant, Instant, int]
"""A stretch of time `[start, end)` in which a zone keeps one offset (seconds ahead of UTC)."""


class UnknownZone(ValueError):
    """The name is not an IANA time zone that this machine knows."""


class Span(NamedTuple):
    """Wall times `[start, end)` in seconds from the midnight its day begins with.

    `end` may lie past 24:00 (86,400), up to the next midnight but one: the rest belongs to the next date.
    Empty when `end == start`.
    """

    start: int
    end: int


def span(start: str, end: str) -> Span:
    """The span between two wall times `HH:MM` or `HH:MM:SS`; `end` may be `24:00`.

    An end before the start is on the next date (`22:00` to `02:00`); equal times make an empty span.
    ValueError for anything else.
    """
    begins, ends = _seconds(start), DAY if end in ("24:00", "24:00:00") else _seconds(end)
    return Span(begins, ends if ends >= begins else ends + DAY)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The hours of a usual week in one zone.

    `days[0]` are the spans that begin on a Monday, `days[6]` those that begin on a Sunday.
    """

    zone: str
    days: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError(f"a week has 7 days, not {len(self.days)}")

    @classmethod
    def of(cls, zone: str, days: Mapping[int, Iterable[Sequence[str]]]) -> WeeklyHours:
        """Hours from `{weekday: [(start, end), ...]}`, Monday being 0; a weekday not named is closed."""
        return cls(
            zone, tuple(tuple(span(start, end) for start, end in days.get(day, ())) for day in range(7))
        )


@dataclass(frozen=True, slots=True)
class Override:
    """One date that is not as usual: open in these spans and at no other time, closed when there are none.

    What the evening before would carry over midnight into this date is gone too. Several overrides of one
    date add up.
    """

    date: dt.date
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, date: dt.date, spans: Iterable[Sequence[str]] = ()) -> Override:
        """An override from `[(start, end), ...]`, wall times as in `span`."""
        return cls(date, tuple(span(start, end) for start, end in spans))


def open_intervals(
    hours: WeeklyHours, overrides: Iterable[Override], first_date: dt.date, last_date: dt.date
) -> list[Interval]:
    """The openings that begin on the dates `first_date` to `last_date` of the hours' zone, both included.

    Sorted and disjoint. An opening is whole: one that begins at 22:00 on the last date and runs to 02:00 ends
    after that date, and one that began the day before the first date is not there. So whoever wants all that
    is open on some dates asks for one day more at either end (`slots` has `since` and `horizon` for it).

    Spans of one date that overlap or touch are one opening; so are spans that meet at midnight (22:00-24:00
    and 00:00-02:00 are the same as 22:00-02:00), except that a date after one that was open all day begins a
    new opening at midnight: the openings of a date must not depend on the dates that were asked for.
    UnknownZone when the zone is not known.
    """
    zone_named(hours.zone)  # a closed week must not hide a wrong zone
    walls = _openings(hours, overrides, first_date.toordinal(), last_date.toordinal())
    if not walls:
        return []
    segments = _segments(hours.zone, walls[0][0] - DAY, walls[-1][1] + DAY)
    if len(segments) == 1:
        offset = segments[0][2]
        return [Interval(start - offset, end - offset) for start, end in walls]
    found = [part for start, end in walls for part in _instants(start, end, segments)]
    found.sort()  # an hour that is repeated comes back to openings that were already past
    return found


def day_bounds(first_date: dt.date, last_date: dt.date, zone: str) -> Interval:
    """From the first to the last instant at which the zone shows a date from `first_date` to `last_date`.

    Empty for dates that the zone skipped. Where a clock goes back over midnight, part of the date before lies
    in between: `by_local_date` tells them apart. UnknownZone when the zone is not known.
    """
    start = (first_date.toordinal() - _EPOCH_ORDINAL) * DAY
    end = (last_date.toordinal() + 1 - _EPOCH_ORDINAL) * DAY
    segments = _segments(zone, start - DAY, end + DAY)
    if parts := _instants(start, end, segments):
        return Interval(parts[0].start, parts[-1].end)
    skipped = next(begins for begins, _, offset in segments if begins + offset >= start)
    return Interval(skipped, skipped)


def resolve(date: dt.date, time: dt.time, zone: str, *, fold: int = 0) -> dt.datetime | None:
    """The moment, in UTC, at which the wall clock of a zone shows this date and time.

    None when it never does: the zone skips that time, or the moment is outside the years 1 to 9999. When the
    zone shows it twice, `fold` says which: 0 the first, 1 the second. UnknownZone when the zone is not known.
    """
    wall = dt.datetime.combine(date, time, tzinfo=zone_named(zone)).replace(fold=fold)
    try:
        found = wall.astimezone(dt.UTC)
        shown = found.astimezone(wall.tzinfo)
    except OverflowError:
        return None
    return found if shown.replace(tzinfo=None) == wall.replace(tzinfo=None) else None


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. UnknownZone when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:
        raise UnknownZone(f"unknown time zone {name!r}") from problem


def offset_at(instant: Instant, zone: str) -> int:
    """How many seconds the wall clock of a zone is ahead of UTC. UnknownZone when the zone is not known."""
    for start, end, offset in _chunk(zone, instant // _CHUNK):
        if start <= instant < end:
            return offset
    raise AssertionError("a chunk covers all of its instants")


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int:
    found = _WALL_TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"not a wall time HH:MM: {text!r}")
    hour, minute, second = found.groups(default="0")
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def _openings(
    hours: WeeklyHours, overrides: Iterable[Override], first: int, last: int
) -> list[tuple[int, int]]:
    """Openings that begin on the dates with these ordinals, in wall seconds since 1970-01-01 00:00."""
    usual = _usual_week(hours.days)
    changed: dict[int, tuple[Span, ...]] = {}
    for override in overrides:
        ordinal = override.date.toordinal()
        changed[ordinal] = changed.get(ordinal, ()) + override.spans
    found: list[tuple[int, int]] = []
    earlier = 0  # openings that began on the day before the first: there only to be continued
    continues = False
    for ordinal in range(first - 1, last + 2):
        if ordinal in changed:
            pieces = _pieces(changed[ordinal], ())
        elif ordinal - 1 in changed:
            pieces = _pieces(hours.days[(ordinal + 6) % 7], changed[ordinal - 1])
        else:
            pieces = usual[(ordinal + 6) % 7]
        midnight = (ordinal - _EPOCH_ORDINAL) * DAY
        joined = 0
        if continues and pieces and pieces[0][0] == 0:
            found[-1] = (found[-1][0], midnight + pieces[0][1])
            joined = 1
        if ordinal > last:
            break
        found.extend((midnight + start, midnight + end) for start, end in pieces[joined:])
        if ordinal < first:
            earlier = len(found)
        continues = bool(pieces) and pieces[-1][1] == DAY and pieces[-1][0] > 0
    return found[earlier:]


@lru_cache(maxsize=1024)
def _usual_week(days: tuple[tuple[Span, ...], ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(_pieces(days[day], days[day - 1]) for day in range(7))


def _pieces(today: Iterable[Span], yesterday: Iterable[Span]) -> tuple[tuple[int, int], ...]:
    """When a date is open, in seconds from its midnight: its own spans and what yesterday's carry over."""
    spans = [(start, min(end, DAY)) for start, end in today if start < end]
    spans.extend((0, min(end - DAY, DAY)) for _, end in yesterday if end > DAY)
    spans.sort()
    pieces: list[tuple[int, int]] = []
    for start, end in spans:
        if pieces and start <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return tuple(pieces)


def _instants(start: int, end: int, segments: Sequence[Segment]) -> list[Interval]:
    """When the wall clock shows a time in `[start, end)`, in wall seconds since 1970-01-01 00:00."""
    parts: list[Interval] = []
    for begins, ends, offset in segments:
        low = max(start - offset, begins)
        high = min(end - offset, ends)
        if low < high:
            if parts and parts[-1].end == low:
                parts[-1] = Interval(parts[-1].start, high)
            else:
                parts.append(Interval(low, high))
    return parts


def _segments(zone: str, start: Instant, end: Instant) -> list[Segment]:
    """The offsets of a zone over at least `[start, end)`, each change of offset beginning a new segment."""
    found: list[Segment] = []
    for index in range(start // _CHUNK, end // _CHUNK + 1):
        for begins, ends, offset in _chunk(zone, index):
            if ends <= start or begins >= end:
                continue
            if found and found[-1][2] == offset:
                found[-1] = (found[-1][0], ends, offset)
            else:
                found.append((begins, ends, offset))
    return found


@lru_cache(maxsize=512)
def _chunk(zone: str, index: int) -> tuple[Segment, ...]:
    tz = zone_named(zone)
    first, stop = index * _CHUNK, (index + 1) * _CHUNK
    changes: list[tuple[Instant, int]] = [(first, _offset(tz, first))]
    low = first
    while low < stop:
        high = min(low + _PROBE, stop)
        _changes(tz, low, changes[-1][1], high, _offset(tz, high), changes)
        low = high
    ends = [begins for begins, _ in changes[1:]] + [stop]
    return tuple(
        (begins, end, offset) for (begins, offset), end in zip(changes, ends, strict=True) if begins < end
    )


def _changes(
    tz: ZoneInfo, low: Instant, before: int, high: Instant, after: int, into: list[tuple[Instant, int]]
) -> None:
    """Add each change of offset in `(low, high]`, found by halving."""
    if before == after:
        return
    if high - low == 1:
        into.append((high, after))
        return
    middle = (low + high) // 2
    between = _offset(tz, middle)
    _changes(tz, low, before, middle, between, into)
    _changes(tz, middle, between, high, after, into)


def _offset(tz: ZoneInfo, instant: Instant) -> int:
    known = min(max(instant, _FIRST_KNOWN), _LAST_KNOWN)
    ahead = (EPOCH + dt.timedelta(seconds=known)).astimezone(tz).utcoffset()
    assert ahead is not None  # a ZoneInfo always knows
    return ahead // dt.timedelta(seconds=1)
