"""Knows which starts can be booked, given what is open and what is busy; must not know providers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum

from mockserver.scheduling.hours import DAY, offset_at
from mockserver.scheduling.intervals import EPOCH, Instant, Interval, merge

_EPOCH_ORDINAL = EPOCH.toordinal()
_LABELS = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60))


class Unbookable(Enum):
    """Why a start cannot be booked, in the order in which the reasons are looked for."""

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    OUTSIDE_HOURS = "outside-hours"
    OFF_GRID = "off-grid"
    FULL = "full"
    BUSY = "busy"


def slots(
    open: Sequence[Interval],
    busy: Iterable[tuple[Instant, Instant]],
    *,
    duration: int,
    now: Instant,
    step: int | None = None,
    minimum_notice: int = 0,
    since: Instant | None = None,
    horizon: Instant | None = None,
    buffer_before: int = 0,
    buffer_after: int = 0,
    capacity: int = 1,
    taken: Mapping[Instant, int] | None = None,
) -> list[Instant]:
    """The starts that can be booked, in order. All lengths are seconds.

    `open`: sorted and disjoint, as from `open_intervals`. Each opening has its own grid: its beginning, then
    every `step` (the duration when not given) of real time. A slot may run on into the next opening when the
    two touch. `busy`: in any order, everything in the calendar. A slot with its buffers must not overlap it
    (touching is fine). A start is at or after `now + minimum_notice` and `since`, and before `horizon`.

    Seats: `taken` says how many of the `capacity` seats are taken at a start. A start with some taken and
    some left is offered although the calendar is busy then (with that very event); one with none left is not.
    ValueError when a length or the capacity makes no sense.
    """
    step = _checked_step(duration, step, minimum_notice, buffer_before, buffer_after, capacity)
    earliest = now + minimum_notice
    if since is not None and since > earliest:
        earliest = since
    reach = duration + buffer_after - 1
    # The starts, not the times, that a busy interval rules out.
    blocked = merge((start - reach, end + buffer_before) for start, end in busy if start < end)
    found: list[Instant] = []
    skip, count = 0, len(blocked)
    for opening, runs_to in zip(open, _runs(open), strict=True):
        start = opening.start
        if start < earliest:
            start += -((start - earliest) // step) * step
        stop = min(opening.end, runs_to - duration + 1)
        if horizon is not None and horizon < stop:
            stop = horizon
        if start >= stop:
            continue
        while skip < count and blocked[skip].end <= start:
            skip += 1
        at = skip
        while at < count and start < stop:
            begins, ends = blocked[at]
            if begins > start:
                found.extend(range(start, min(begins, stop), step))
            if ends > start:
                start += -((start - ends) // step) * step
            at += 1
        if start < stop:
            found.extend(range(start, stop, step))
    if not taken:
        return found
    offered = {start for start in found if taken.get(start, 0) < capacity}
    for start, seats in taken.items():
        if 0 < seats < capacity and start >= earliest and (horizon is None or start < horizon):
            where = _in_hours(start, open, duration, step, on_grid=True)
            if where is None:
                offered.add(start)
    return sorted(offered)


def is_bookable(
    start: Instant,
    open: Sequence[Interval],
    busy: Iterable[tuple[Instant, Instant]],
    *,
    duration: int,
    now: Instant,
    step: int | None = None,
    minimum_notice: int = 0,
    horizon: Instant | None = None,
    buffer_before: int = 0,
    buffer_after: int = 0,
    capacity: int = 1,
    taken: Mapping[Instant, int] | None = None,
    on_grid: bool = True,
) -> Unbookable | None:
    """Why one start cannot be booked; None when it can (so compare with None, do not ask for its truth).

    The same arguments and rules as `slots`: the answer is None exactly for the starts that `slots` lists.
    With `on_grid=False` a start between the steps of the grid will do too.
    """
    step = _checked_step(duration, step, minimum_notice, buffer_before, buffer_after, capacity)
    if start < now:
        return Unbookable.PAST
    if start < now + minimum_notice:
        return Unbookable.NOTICE
    if horizon is not None and start >= horizon:
        return Unbookable.HORIZON
    outside = _in_hours(start, open, duration, step, on_grid=on_grid)
    if outside is not None:
        return outside
    seats = taken.get(start, 0) if taken else 0
    if seats >= capacity:
        return Unbookable.FULL
    if seats > 0:
        return None
    needed_from, needed_to = start - buffer_before, start + duration + buffer_after
    for begins, ends in busy:
        if begins < needed_to and needed_from < ends and begins < ends:
            return Unbookable.BUSY
    return None


def local_label(instant: Instant, zone: str) -> str:
    """The wall time `HH:MM` of an instant in a zone. An hour that is repeated has the same labels twice."""
    return _LABELS[(instant + offset_at(instant, zone)) % DAY // 60]


def local_date(instant: Instant, zone: str) -> date:
    """The date that a zone shows at an instant. ValueError outside the years 1 to 9999."""
    return date.fromordinal((instant + offset_at(instant, zone)) // DAY + _EPOCH_ORDINAL)


def by_local_date(starts: Iterable[Instant], zone: str) -> dict[date, list[Instant]]:
    """Instants grouped by the date a zone shows then, in the order given; dates without any are not there."""
    groups: dict[int, list[Instant]] = {}
    for start in starts:
        groups.setdefault((start + offset_at(start, zone)) // DAY, []).append(start)
    return {date.fromordinal(day + _EPOCH_ORDINAL): group for day, group in groups.items()}


def _checked_step(
    duration: int, step: int | None, notice: int, buffer_before: int, buffer_after: int, capacity: int
) -> int:
    if step is None:
        step = duration
    if duration <= 0 or step <= 0:
        raise ValueError(f"a slot needs a duration and a step above 0, not {duration} and {step}")
    if notice < 0 or buffer_before < 0 or buffer_after < 0 or capacity < 1:
        raise ValueError("notice and buffers cannot be below 0, nor the capacity below 1")
    return step


def _runs(open: Sequence[Interval]) -> list[Instant]:
    """For each opening, until when it is open without a break, touching openings counted."""
    ends = [opening.end for opening in open]
    for at in range(len(open) - 2, -1, -1):
        if ends[at] == open[at + 1].start:
            ends[at] = ends[at + 1]
    return ends


def _in_hours(
    start: Instant, open: Sequence[Interval], duration: int, step: int, *, on_grid: bool
) -> Unbookable | None:
    at = bisect_right(open, start, key=_start) - 1
    if at < 0 or open[at].end <= start:
        return Unbookable.OUTSIDE_HOURS
    opened, runs_to = open[at]
    while runs_to < start + duration:
        at += 1
        if at == len(open) or open[at].start != runs_to:
            return Unbookable.OUTSIDE_HOURS
        runs_to = open[at].end
    return Unbookable.OFF_GRID if on_grid and (start - opened) % step else None


def _start(interval: Interval) -> Instant:
    return interval.start
