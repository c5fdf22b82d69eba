"""Knows the calendars of several people as one, or any of them; must not know who they are, nor providers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mockserver.scheduling.intervals import Instant, Interval, intersect
from mockserver.scheduling.slots import slots


class Calendar(NamedTuple):
    """When somebody is open (sorted, disjoint), and what is in the calendar (any order)."""

    open: Sequence[Interval]
    busy: Sequence[tuple[Instant, Instant]]


def together(calendars: Sequence[Calendar]) -> Calendar:
    """Everyone at once: open when all are, busy when one is. ValueError without anyone."""
    if not calendars:
        raise ValueError("nobody's calendar is neither open nor busy")
    open, busy = calendars[0]
    for more in calendars[1:]:
        open, busy = intersect(open, more.open), [*busy, *more.busy]
    return Calendar(open, busy)


def slots_of_any(
    calendars: Iterable[Calendar],
    *,
    duration: int,
    now: Instant,
    step: int | None = None,
    minimum_notice: int = 0,
    since: Instant | None = None,
    horizon: Instant | None = None,
    buffer_before: int = 0,
    buffer_after: int = 0,
) -> list[Instant]:
    """The starts at which at least one of them can be booked, in order; arguments as for `slots`."""
    found: set[Instant] = set()
    for open, busy in calendars:
        found.update(
            slots(
                open,
                busy,
                duration=duration,
                now=now,
                step=step,
                minimum_notice=minimum_notice,
                since=since,
                horizon=horizon,
                buffer_before=buffer_before,
                buffer_after=buffer_after,
            )
        )
    return sorted(found)
