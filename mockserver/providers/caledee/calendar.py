"""Who is busy when, and which starts of an event type are free; knows rows and hours, no requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from mockserver.engine.diary import Diary
from mockserver.providers.caledee.kinds import BUSY, USER
from mockserver.scheduling.calendars import Calendar, slots_of_any, together
from mockserver.scheduling.hours import DAY, Override, WeeklyHours
from mockserver.scheduling.intervals import Instant
from mockserver.scheduling.slots import Unbookable, is_bookable, slots
from mockserver.scheduling.timetable import Timetable
from mockserver.world.store import Row, Store

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE: Final = 60
_DIARY: Final = Diary(BUSY, 2 * DAY)  # no booking with its buffer is longer than two days

_VIEW: Final = "caledee hours"


def hours_of(user: Row) -> Timetable:
    """When a user can be booked."""
    found: Timetable | None = user.views.get(_VIEW)
    if found is None:
        data = user.data
        weekly = {DAYS.index(day): spans for day, spans in data["_week"].items()}
        special = [Override.of(date.fromisoformat(day), spans) for day, spans in data["_dates"].items()]
        found = user.views[_VIEW] = Timetable(WeeklyHours.of(data["timezone"], weekly), special)
    return found


def busy_times(store: Store, host: str, since: Instant, until: Instant) -> list[tuple[Instant, Instant]]:
    """What a host has in `[since, until)`, in order, buffers included."""
    return [(row.data["start"], row.data["end"]) for row in _DIARY.entries(store, host, since, until)]


def occupy(
    store: Store, event_type: Row, booking: str, hosts: Iterable[str], start: Instant, minutes: int
) -> None:
    """Put a booking and the buffer after it into the calendars of its hosts."""
    end = start + (minutes + event_type.data["_buffer"]) * MINUTE
    _DIARY.enter(store, booking, hosts, {"start": start, "end": end, "booking": booking})


def busy_row(booking: str, host: str, start: Instant, end: Instant) -> dict[str, object]:
    """A stretch of a host's time that a booking takes."""
    return {"host": host, "start": start, "end": end, "booking": booking}


def release(store: Store, booking: Row) -> None:
    """Take a booking out of the calendars of its hosts."""
    _DIARY.strike(store, str(booking.id), booking.data["_hosts"])


def free_starts(
    store: Store, event_type: Row, minutes: int, now: Instant, since: Instant, until: Instant
) -> list[Instant]:
    """The starts in `[since, until)` that can be booked, in order.

    For a round robin one free host is enough, for any other kind all hosts must be free.
    """
    data = event_type.data
    since = max(since, now)
    if since >= until:
        return []
    duration, buffer = minutes * MINUTE, data["_buffer"] * MINUTE
    calendars = [
        Calendar(hours.covering(since, until), busy_times(store, host, since, until + duration + buffer))
        for host, hours in _hosts(store, event_type)
    ]
    if data["kind"] != "round_robin":
        calendars = [together(calendars)]
    return slots_of_any(
        calendars,
        duration=duration,
        now=now,
        minimum_notice=data["_notice"] * MINUTE,
        since=since,
        horizon=until,
        buffer_after=buffer,
    )


def starts_of_host(
    store: Store, event_type: Row, host: str, minutes: int, since: Instant, until: Instant
) -> list[Instant]:
    """The starts in `[since, until)` at which one of the hosts is free, whatever the time is now."""
    hours = dict(_hosts(store, event_type))[host]
    duration = minutes * MINUTE
    busy = busy_times(store, host, since, until + duration)
    return slots(hours.covering(since, until), busy, duration=duration, now=since, horizon=until)


def hosts_at(
    store: Store, event_type: Row, start: Instant, minutes: int, now: Instant
) -> tuple[str, ...] | Unbookable:
    """Who receives a booking at that start, or why nobody does.

    The same starts are bookable that `free_starts` lists. Of a round robin's hosts the first free one is
    taken, in the order in which the event type names them.
    """
    data = event_type.data
    duration, buffer = minutes * MINUTE, data["_buffer"] * MINUTE
    if start < now:
        return Unbookable.PAST
    hosts = _hosts(store, event_type)
    calendars = [
        Calendar(hours.near(start), busy_times(store, host, start, start + duration + buffer))
        for host, hours in hosts
    ]
    names: Sequence[tuple[str, ...]] = [(host,) for host, _ in hosts]
    if data["kind"] != "round_robin":
        calendars, names = [together(calendars)], [tuple(host for host, _ in hosts)]
    reason = Unbookable.OUTSIDE_HOURS
    for found, calendar in zip(names, calendars, strict=True):
        refused = is_bookable(
            start,
            calendar.open,
            calendar.busy,
            duration=duration,
            now=now,
            minimum_notice=data["_notice"] * MINUTE,
            buffer_after=buffer,
        )
        if refused is None:
            return found
        if reason is not Unbookable.BUSY:
            reason = refused
    return reason


def _hosts(store: Store, event_type: Row) -> list[tuple[str, Timetable]]:
    found = []
    for host in event_type.data["_hosts"]:
        user = store.get(USER, host)
        if user is None:
            raise LookupError(f"an event type names a host {host!r} who is no user")
        found.append((host, hours_of(user)))
    return found
