"""Who is busy when, and which starts of an event type are free; knows rows and hours, no requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from mockserver.engine.diary import BY_HOST, Diary
from mockserver.providers.calcom.engagements import engagements, is_full
from mockserver.providers.calcom.kinds import BOOKING, BUSY, BY_OWNER, SCHEDULE
from mockserver.providers.calcom.limits import Bounds, bounds_of, within_limits
from mockserver.scheduling.hours import DAY, Override, WeeklyHours
from mockserver.scheduling.intervals import Instant, Interval, intersect
from mockserver.scheduling.slots import Unbookable, is_bookable, slots
from mockserver.scheduling.timetable import Timetable
from mockserver.world.store import Row, Store

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTE: Final = 60
_DIARY: Final = Diary(BUSY, 2 * DAY)  # no booking with its buffers is longer than two days
_HOURS: Final = "calcom hours"
_RULES: Final = "calcom rules"

Team = tuple[int, ...]
"""Hosts who are all needed."""
_NOBODY: Final[Mapping[Instant, Row]] = MappingProxyType({})


class Rules(NamedTuple):
    """What an event type asks of every start of that length; lengths are seconds."""

    teams: Sequence[Team]
    duration: int
    step: int
    offset: int
    notice: int
    before: int
    after: int
    seats: int


class Terms:
    """What an event type asks of a start now. `without` is a booking that moves away."""

    __slots__ = ("bounds", "event_type", "rules", "without")

    def __init__(self, event_type: Row, rules: Rules, bounds: Bounds, without: str = "") -> None:
        self.event_type = event_type
        self.rules = rules
        self.bounds = bounds
        self.without = without


class Place:
    """Where a booking goes: its hosts, and the booking that it takes a seat in, if there is one."""

    __slots__ = ("hosts", "joined")

    def __init__(self, hosts: Team, joined: Row | None = None) -> None:
        self.hosts = hosts
        self.joined = joined


def terms_of(event_type: Row, now: Instant, minutes: int | None = None, without: str = "") -> Terms:
    """The terms of an event type, for another length where `minutes` are given."""
    key = (_RULES, minutes)
    rules: Rules | None = event_type.views.get(key)
    if rules is None:
        rules = event_type.views[key] = _rules_of(event_type.data, minutes)
    return Terms(event_type, rules, bounds_of(event_type.data, now), without)


def _rules_of(data: Mapping[str, Any], minutes: int | None) -> Rules:
    duration = MINUTE * int(minutes or data["lengthInMinutes"])
    return Rules(
        teams_of(data),
        duration,
        MINUTE * int(data["slotInterval"]) if data.get("slotInterval") else duration,
        MINUTE * int(data.get("offsetStart", 0)),
        MINUTE * int(data.get("minimumBookingNotice", 0)),
        MINUTE * int(data.get("beforeEventBuffer", 0)),
        MINUTE * int(data.get("afterEventBuffer", 0)),
        int(data.get("seats", {}).get("seatsPerTimeSlot", 1)),
    )


def teams_of(data: Any) -> Sequence[Team]:
    """Who may receive a booking: the owner, anyone of a round robin, or all hosts together."""
    hosts = data.get("hosts")
    if hosts is None:
        return [(data["ownerId"],)]
    numbers = [host["userId"] for host in hosts]
    if not numbers:
        return []
    return (
        [(number,) for number in numbers] if data.get("schedulingType") == "roundRobin" else [tuple(numbers)]
    )


def hours_of(schedule: Row) -> Timetable:
    """When whoever has that schedule can be booked."""
    found: Timetable | None = schedule.views.get(_HOURS)
    if found is None:
        data = schedule.data
        weekly: dict[int, list[tuple[str, str]]] = {}
        for hours in data["availability"]:
            for day in hours["days"]:
                weekly.setdefault(WEEKDAYS.index(day), []).append((hours["startTime"], hours["endTime"]))
        special = [
            Override.of(date.fromisoformat(each["date"]), [(each["startTime"], each["endTime"])])
            for each in data["overrides"]
        ]
        found = schedule.views[_HOURS] = Timetable(WeeklyHours.of(data["timeZone"], weekly), special)
    return found


def schedule_of(store: Store, event_type: Row, host: int) -> Row | None:
    """The schedule that an event type means for a host: its own where it is theirs, else their default."""
    own = event_type.data.get("scheduleId")
    row = None if own is None else store.get(SCHEDULE, own)
    if row is not None and row.data["ownerId"] == host:
        return row
    return next((each for each in store.listed(SCHEDULE, BY_OWNER, (host,)) if each.data["isDefault"]), None)


def occupy(store: Store, id: str, hosts: Iterable[int], start: Instant, end: Instant, until: int = 0) -> None:
    """Put a booking, or a reservation that ends at `until`, into the calendars of its hosts."""
    for host in hosts:
        store.insert(BUSY, f"{id} {host}", busy_row(id, host, start, end, until))


def busy_row(id: str, host: int, start: Instant, end: Instant, until: int = 0) -> dict[str, Any]:
    """A stretch of a host's time that a booking or a reservation takes."""
    return {"host": host, "start": start, "end": end, "of": id, "until": until}


def release(store: Store, id: str, hosts: Iterable[int]) -> None:
    """Take a booking or reservation out of the calendars of its hosts."""
    _DIARY.strike(store, id, hosts)


def busy_rows(
    store: Store, host: int, since: Instant, until: Instant, now: Instant, without: str = ""
) -> list[Row]:
    """What a host has in `[since, until)`, in order; reservations that have ended are nothing."""
    return [
        row
        for row in _DIARY.entries(store, host, since, until)
        if row.data["of"] != without and (not row.data["until"] or row.data["until"] > now)
    ]


def free_starts(
    store: Store, terms: Terms, now: Instant, since: Instant, until: Instant
) -> dict[Instant, Row | None]:
    """The starts in `[since, until)` that somebody can take, in order, and the booking with seats joined."""
    found: dict[Instant, Row | None] = {}
    until = min(until, terms.bounds.until)
    since = max(since, terms.bounds.since, now)
    if since >= until:
        return found
    rules = terms.rules
    for team, opened, busy, shared in _calendars(store, terms, since, until, now):
        for start in slots(
            opened,
            busy,
            duration=rules.duration,
            now=now,
            step=rules.step,
            minimum_notice=rules.notice,
            since=since,
            horizon=until,
            buffer_before=rules.before,
            buffer_after=rules.after,
            capacity=rules.seats,
            taken={start: len(row.data["attendees"]) for start, row in shared.items()},
        ):
            if not any(is_full(store, host, start, terms.without) for host in team):
                found.setdefault(start, shared.get(start))
    return {
        start: found[start] for start in within_limits(store, terms.event_type, sorted(found), terms.without)
    }


def place_at(
    store: Store, terms: Terms, start: Instant, now: Instant, *, reserved: str = ""
) -> Place | Unbookable:
    """Who receives a booking at that start, or why nobody does; the same starts that `free_starts` lists.

    Of several hosts the one with the fewest bookings is taken (assumed: real weights are not known). What
    `reserved` names, the reservation of that very slot, is in nobody's way.
    """
    reason = Unbookable.OUTSIDE_HOURS
    if start < now:
        return Unbookable.PAST
    if not terms.bounds.since <= start < terms.bounds.until:
        return Unbookable.HORIZON
    rules = terms.rules
    free: list[tuple[int, int, Place]] = []
    calendars = _calendars(store, terms, start, start + 1, now, reserved)
    for place, (team, opened, busy, shared) in enumerate(calendars):
        refused = is_bookable(
            start,
            opened,
            busy,
            duration=rules.duration,
            now=now,
            step=rules.step,
            minimum_notice=rules.notice,
            buffer_before=rules.before,
            buffer_after=rules.after,
            capacity=rules.seats,
            taken={begins: len(row.data["attendees"]) for begins, row in shared.items()},
        )
        if refused is None and any(is_full(store, host, start, terms.without) for host in team):
            refused = Unbookable.BUSY
        if refused is None:
            # Nobody else is there to be compared with.
            alone = len(rules.teams) == 1
            load = 0 if alone else sum(store.amount(BUSY, BY_HOST, (host,)) for host in team)
            free.append((load, place, Place(team, shared.get(start))))
        elif reason not in (Unbookable.BUSY, Unbookable.FULL):
            reason = refused
    if not free:
        return reason
    if not within_limits(store, terms.event_type, [start], terms.without):
        return Unbookable.BUSY
    return min(free, key=lambda each: each[:2])[2]


def _calendars(
    store: Store, terms: Terms, since: Instant, until: Instant, now: Instant, reserved: str = ""
) -> Iterator[tuple[Team, Sequence[Interval], list[tuple[Instant, Instant]], Mapping[Instant, Row]]]:
    """Each team all of whom have hours, when all of it is open, what is in its calendars, and what can be
    joined."""
    event_type, rules, without = terms.event_type, terms.rules, terms.without
    margin = rules.duration + rules.before + rules.after
    for team in rules.teams:
        opened: Sequence[Interval] | None = None
        rows: list[Row] = []
        other: list[tuple[Instant, Instant]] = []
        for host in team:
            schedule = schedule_of(store, event_type, host)
            if schedule is None:
                break
            table = hours_of(schedule)
            open = table.near(since) if until == since + 1 else table.covering(since, until)
            opened = open if opened is None else intersect(opened, open)
            found = busy_rows(store, host, since - margin, until + margin, now, without)
            rows += [row for row in found if row.data["of"] != reserved] if reserved else found
            other += engagements(store, host, since - margin, until + margin)
        else:
            assert opened is not None, "a team has hosts"
            if rules.offset:
                opened = [Interval(a + rules.offset, b) for a, b in opened if a + rules.offset < b]
            busy = [(row.data["start"], row.data["end"]) for row in rows]
            yield team, opened, busy + other, _shared(store, terms, rows)


def _shared(store: Store, terms: Terms, rows: Iterable[Row]) -> Mapping[Instant, Row]:
    """By start, the bookings of this event type and length that another attendee could join."""
    if terms.rules.seats <= 1:
        return _NOBODY
    found: dict[Instant, Row] = {}
    for row in rows:
        data = row.data
        booking = store.get(BOOKING, data["of"])
        if booking is None or booking.data["eventTypeId"] != terms.event_type.id:
            continue
        if data["end"] - data["start"] == terms.rules.duration:
            found[data["start"]] = booking
    return found
