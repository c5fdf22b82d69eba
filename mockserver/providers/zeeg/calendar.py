"""Who is busy when, and which slots of a page are free; knows rows and hours, no requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from mockserver.engine.diary import Diary
from mockserver.providers.zeeg.hours import hours_for
from mockserver.providers.zeeg.kinds import BUSY, EVENT
from mockserver.scheduling.calendars import Calendar, slots_of_any
from mockserver.scheduling.hours import DAY, day_bounds
from mockserver.scheduling.intervals import Instant, intersect
from mockserver.scheduling.slots import Unbookable, is_bookable, slots
from mockserver.scheduling.timetable import Timetable
from mockserver.world.store import Row, Store

_DIARY: Final = Diary(BUSY, DAY)  # no event is longer than a day


@dataclass(frozen=True, slots=True)
class Place:
    """Where a booking goes: the hosts who receive it, and the group event it joins, if there is one."""

    hosts: tuple[str, ...]
    event: Row | None = None


def busy_rows(store: Store, host: str, since: Instant, until: Instant) -> list[Row]:
    """What a host has in `[since, until)`, in order."""
    return _DIARY.entries(store, host, since, until)


def occupy(store: Store, event: str, page: str, hosts: Iterable[str], start: Instant, end: Instant) -> None:
    """Put an event into the calendars of its hosts."""
    _DIARY.enter(store, event, hosts, {"start": start, "end": end, "event": event, "page": page})


def release(store: Store, event: str, hosts: Iterable[str]) -> None:
    """Take an event out of the calendars of its hosts."""
    _DIARY.strike(store, event, hosts)


def free_slots(
    store: Store, page: Row, duration: int, now: Instant, first: date, last: date, zone: str
) -> list[Instant]:
    """The starts that can be booked on the dates that a zone calls `first` to `last`; `duration` in seconds.

    On a round-robin page one free host is enough, on any other all hosts must be free.
    """
    since, until = day_bounds(first, last, zone)
    if since < now:
        since = now
    if since >= until:
        return []
    calendars = [
        (hours.covering(since, until), busy_rows(store, host, since - duration, until + duration))
        for host, hours in _hosts(store, page)
    ]
    if not calendars:
        return []
    seats = page.data["_seats"]
    if page.data["type"] == "ROUND_ROBIN":
        each = [Calendar(openings, _spans(busy)) for openings, busy in calendars]
        return slots_of_any(each, duration=duration, now=now, since=since, horizon=until)
    openings, busy = calendars[0]
    for more, rows in calendars[1:]:
        openings, busy = intersect(openings, more), busy + rows
    shared = _group_events(store, page, busy, duration) if seats > 1 else {}
    taken = {start: event.data["activeInviteesCount"] for start, event in shared.items()}
    return slots(
        openings,
        _spans(busy),
        duration=duration,
        now=now,
        since=since,
        horizon=until,
        capacity=seats,
        taken=taken,
    )


def find_place(store: Store, page: Row, start: Instant, duration: int, now: Instant) -> Place | Unbookable:
    """Who receives a booking at that start, or why nobody does; `duration` in seconds.

    The same starts are bookable that `free_slots` lists. Of a round robin's hosts the first free one is
    taken, in the order in which the page names them.
    """
    hosts = _hosts(store, page)
    if page.data["type"] == "ROUND_ROBIN":
        reason = Unbookable.OUTSIDE_HOURS
        for host, hours in hosts:
            busy = busy_rows(store, host, start, start + duration)
            refused = is_bookable(start, hours.near(start), _spans(busy), duration=duration, now=now)
            if refused is None:
                return Place((host,))
            if reason is not Unbookable.BUSY:
                reason = refused
        return reason
    if not hosts:
        return Unbookable.OUTSIDE_HOURS
    seats = page.data["_seats"]
    host, hours = hosts[0]
    openings = hours.near(start)
    busy = busy_rows(store, host, start, start + duration)
    for host, hours in hosts[1:]:
        openings = intersect(openings, hours.near(start))
        busy = busy + busy_rows(store, host, start, start + duration)
    shared = _group_events(store, page, busy, duration) if seats > 1 and busy else {}
    taken = {begins: event.data["activeInviteesCount"] for begins, event in shared.items()}
    refused = is_bookable(
        start, openings, _spans(busy), duration=duration, now=now, capacity=seats, taken=taken
    )
    if refused is not None:
        return refused
    return Place(tuple(page.data["_hosts"]), shared.get(start))


def is_free(store: Store, page: Row, host: str, start: Instant, duration: int, now: Instant) -> bool:
    """Whether a host could take an event of a page: within the hours, and nothing else at that time."""
    hours = hours_for(store, page, host)
    if hours is None:
        return False
    busy = busy_rows(store, host, start, start + duration)
    return (
        is_bookable(
            start,
            hours.near(start),
            _spans(busy),
            duration=duration,
            now=min(now, start),
            on_grid=False,
        )
        is None
    )


def next_free(store: Store, page: Row, host: str, duration: int, now: Instant, days: int) -> Instant | None:
    """The first start from now on at which a host could take an event of a page; None within so many days."""
    hours = hours_for(store, page, host)
    if hours is None:
        return None
    until = now + days * DAY
    openings = hours.covering(now, until)
    busy = busy_rows(store, host, now, until + duration)
    found = slots(openings, _spans(busy), duration=duration, now=now, horizon=until)
    return found[0] if found else None


def _hosts(store: Store, page: Row) -> list[tuple[str, Timetable]]:
    """The hosts of a page with their hours; none where one of those who are all needed has no hours."""
    known = []
    for host in page.data["_hosts"]:
        hours = hours_for(store, page, host)
        if hours is not None:
            known.append((host, hours))
        elif page.data["type"] != "ROUND_ROBIN":
            return []
    return known


def _spans(busy: Iterable[Row]) -> list[tuple[Instant, Instant]]:
    return [(row.data["start"], row.data["end"]) for row in busy]


def _group_events(store: Store, page: Row, busy: Iterable[Row], duration: int) -> dict[Instant, Row]:
    """The events of that page and length among what hosts have, by start."""
    found: dict[Instant, Row] = {}
    for row in busy:
        data = row.data
        if data["page"] == page.id and data["end"] - data["start"] == duration:
            event = store.get(EVENT, data["event"])
            if event is not None:
                found[data["start"]] = event
    return found
