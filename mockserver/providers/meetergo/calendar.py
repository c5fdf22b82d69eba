"""Who is busy when, and which starts of a meeting type are free; knows rows and hours, no requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.engine.diary import Diary
from mockserver.providers.meetergo.hours import timetable_for
from mockserver.providers.meetergo.kinds import APPOINTMENT, BUSY
from mockserver.scheduling.calendars import Calendar, together
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, Interval, merge
from mockserver.scheduling.slots import Unbookable, is_bookable, slots
from mockserver.world.store import Row, Store

_DIARY: Final = Diary(BUSY, DAY)  # no appointment is longer than a day

Team = tuple[str, ...]
"""Hosts who are all needed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a meeting type asks of a start, in seconds. `without` is an appointment that moves away."""

    meeting_type: Row
    duration: int
    notice: int
    before: int
    after: int
    seats: int
    without: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a booking goes: the hosts, and the appointment that it joins, if there is one."""

    hosts: Team
    joined: Row | None = None


def terms_of(meeting_type: Row, minutes: int | None = None, without: str | None = None) -> Terms:
    """The terms of a meeting type, for another length where `minutes` are given."""
    data = meeting_type.data
    info = data["meetingInfo"]
    return Terms(
        meeting_type,
        duration=60 * int(minutes or info["duration"]),
        notice=60 * int(data["minimumNotice"]),
        before=60 * int(info["bufferBefore"]),
        after=60 * int(info["bufferAfter"]),
        seats=int(data["maxAttendees"]),
        without=without,
    )


def teams_of(hosts: Sequence[str], anyone: bool) -> Sequence[Team]:
    """Everyone together, or anyone alone."""
    return [(host,) for host in hosts] if anyone else [tuple(hosts)]


def busy_rows(store: Store, host: str, since: Instant, until: Instant) -> list[Row]:
    """What a host has in `[since, until)`, in order."""
    return _DIARY.entries(store, host, since, until)


def occupy(store: Store, appointment: str, hosts: Iterable[str], start: Instant, end: Instant) -> None:
    """Put an appointment into the calendars of its hosts."""
    _DIARY.enter(store, appointment, hosts, {"start": start, "end": end, "appointment": appointment})


def release(store: Store, appointment: str, hosts: Iterable[str]) -> None:
    """Take an appointment out of the calendars of its hosts."""
    _DIARY.strike(store, appointment, hosts)


def free_starts(
    store: Store, terms: Terms, teams: Iterable[Team], now: Instant, since: Instant, until: Instant
) -> dict[Instant, Row | None]:
    """The starts in `[since, until)` that one of the teams can take, in order, and the appointment joined."""
    found: dict[Instant, Row | None] = {}
    for team, openings, rows in _calendars(store, terms, teams, since, until):
        shared = _shared(store, terms, team, rows)
        taken = {start: len(row.data["attendees"]) for start, row in shared.items()}
        for start in slots(
            openings,
            _spans(rows),
            duration=terms.duration,
            now=now,
            minimum_notice=terms.notice,
            since=since,
            horizon=until,
            buffer_before=terms.before,
            buffer_after=terms.after,
            capacity=terms.seats,
            taken=taken,
        ):
            found.setdefault(start, shared.get(start))
    return dict(sorted(found.items()))


def blocked_starts(
    store: Store, terms: Terms, teams: Iterable[Team], now: Instant, since: Instant, until: Instant
) -> dict[Instant, list[Interval]]:
    """The starts that hours allow, and what is in the calendars that is in the way of each."""
    found: dict[Instant, list[Interval]] = {}
    for _, openings, rows in _calendars(store, terms, teams, since, until):
        for start in slots(
            openings,
            (),
            duration=terms.duration,
            now=now,
            minimum_notice=terms.notice,
            since=since,
            horizon=until,
        ):
            low, high = start - terms.before, start + terms.duration + terms.after
            found.setdefault(start, []).extend(
                Interval(begins, ends) for begins, ends in _spans(rows) if begins < high and low < ends
            )
    return found


def openings(
    store: Store, terms: Terms, teams: Iterable[Team], since: Instant, until: Instant
) -> list[Interval]:
    """When one of the teams is open in `[since, until)`, whatever is in the calendars."""
    return merge(
        (max(start, since), min(end, until))
        for _, opened, _ in _calendars(store, terms, teams, since, until)
        for start, end in opened
    )


def find_seat(
    store: Store, terms: Terms, teams: Iterable[Team], start: Instant, now: Instant
) -> Seat | Unbookable:
    """Who of the teams, in their order, receives a booking at that start, or why nobody does.

    The same starts are bookable that `free_starts` lists.
    """
    reason = Unbookable.OUTSIDE_HOURS
    for team, opened, rows in _calendars(store, terms, teams, start, start + 1):
        shared = _shared(store, terms, team, rows)
        refused = is_bookable(
            start,
            opened,
            _spans(rows),
            duration=terms.duration,
            now=now,
            minimum_notice=terms.notice,
            buffer_before=terms.before,
            buffer_after=terms.after,
            capacity=terms.seats,
            taken={begins: len(row.data["attendees"]) for begins, row in shared.items()},
        )
        if refused is None:
            return Seat(team, shared.get(start))
        if reason not in (Unbookable.BUSY, Unbookable.FULL):
            reason = refused
    return reason


def _calendars(
    store: Store, terms: Terms, teams: Iterable[Team], since: Instant, until: Instant
) -> Iterator[tuple[Team, Sequence[Interval], list[Row]]]:
    """Each team that has hours: when all of it is open, and what is in its calendars then."""
    margin = terms.duration + terms.before + terms.after
    for team in teams:
        calendars: list[Calendar] = []
        rows: list[Row] = []
        for host in team:
            table = timetable_for(store, terms.meeting_type, host)
            if table is None:
                break
            open = table.near(since) if until == since + 1 else table.covering(since, until)
            calendars.append(Calendar(open, ()))
            found = busy_rows(store, host, since - margin, until + margin)
            rows += [row for row in found if row.data["appointment"] != terms.without]
        else:
            if calendars:
                yield team, together(calendars).open, rows


def _spans(rows: Iterable[Row]) -> list[tuple[Instant, Instant]]:
    return [(row.data["start"], row.data["end"]) for row in rows]


def _shared(store: Store, terms: Terms, team: Team, rows: Iterable[Row]) -> dict[Instant, Row]:
    """The team's appointments, by start, that another attendee of this meeting type and length could join."""
    found: dict[Instant, Row] = {}
    if terms.seats == 1:
        return found
    for row in rows:
        data = row.data
        if data["end"] - data["start"] == terms.duration:
            appointment = store.get(APPOINTMENT, data["appointment"])
            if appointment is None or appointment.data["meetingTypeId"] != terms.meeting_type.id:
                continue
            if set(appointment.data["hostIds"]) == set(team):
                found[data["start"]] = appointment
    return found
