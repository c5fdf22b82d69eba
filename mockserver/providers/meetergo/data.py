"""What a new world holds beyond the static rows; draws appointments by seed and number, knows no requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.meetergo.calendar import Seat, find_seat, free_starts, occupy, teams_of, terms_of
from mockserver.providers.meetergo.contacts import new_contact, remember
from mockserver.providers.meetergo.kinds import APPOINTMENT, BUSY, CONTACT, MEETING_TYPE
from mockserver.providers.meetergo.records import (
    book,
    cancel,
    cancelled,
    lasts,
    new_appointment,
    new_attendee,
    starts_at,
)
from mockserver.providers.meetergo.times import read_instant
from mockserver.scheduling.hours import day_bounds
from mockserver.scheduling.intervals import Instant, instant, moment
from mockserver.world.store import Row
from mockserver.world.world import World

DATA_SETS: Final = ("empty", "busy-week", "large")
BUSY_WEEK: Final = 25
LARGE: Final = 10_000

_ZONE: Final = "Europe/Berlin"
_FIRST: Final = ("Aline", "Bruno", "Cleo", "Dario", "Enya", "Felix", "Gwen", "Henri", "Ines", "Joris", "Kim")
_LAST: Final = ("Abadi", "Blanc", "Costa", "Dunn", "Ersoy", "Falk", "Gruber", "Holm", "Irwin", "Jung")
_ZONES: Final = (None, "Europe/Berlin", "Europe/Paris", "America/New_York", "Asia/Kolkata")
_REASONS: Final = (None, "Something came up.", "Travelling that day.", "Solved by mail.")
_NOTES: Final = (None, "Prefers to be called Doctor.", "Wants a written summary.")


def populate(service: Service, world: World, data: str) -> None:
    """Put the static appointments into calendars and contacts, then lay down the data set of that name."""
    store = world.store
    for row in list(store.rows(APPOINTMENT)):
        made = read_instant(row.data["createdAt"])
        assert made is not None, "static rows were made at some time"
        for attendee in row.data["attendees"]:
            remember(service, world, row.data["companyId"], attendee, made)
        if not row.data["isCancelled"]:
            start = starts_at(row.data)
            occupy(store, str(row.id), row.data["hostIds"], start, start + lasts(row.data))
    if data == "busy-week":
        _busy_week(service, world)
    elif data == "large":
        _large(service, world)


def _busy_week(service: Service, world: World) -> None:
    """About 25 appointments in the week of the world's clock, some of them over, some cancelled."""
    store, now = world.store, world.now
    bookable = [row for row in store.rows(MEETING_TYPE) if not row.data["doubleOptIn"]]
    monday = now.date() - timedelta(days=now.weekday())
    early = instant(now) - 20 * 86_400  # bookable "as of then": starts that are past by now are wanted too
    for number in range(1, BUSY_WEEK + 1):
        dice = world.ids.random("meetergo/busy-week", number)
        meeting_type = dice.choice(bookable)
        starts = _starts(world, meeting_type, early, monday + timedelta(days=dice.randrange(5)))
        if not starts:
            starts = _starts(world, meeting_type, early, monday + timedelta(days=dice.choice((1, 3))))
            if not starts:
                continue
        start = dice.choice(starts)
        teams = teams_of(meeting_type.data["hostIds"], anyone=False)
        seat = find_seat(store, terms_of(meeting_type), teams, start, early)
        if not isinstance(seat, Seat):
            continue
        booked = _before(min(now, moment(start)), hours=dice.randrange(2, 200))
        row = book(service, world, meeting_type, seat, start, _request(dice), booked)
        if number % 6 == 0:
            later = booked + timedelta(minutes=dice.randrange(5, 100))
            cancel(store, row, "api", row.data["hostIds"][0], dice.choice(_REASONS), later)
        elif number % 5 == 0:
            store.put(APPOINTMENT, row.id, {**row.data, "note": dice.choice(_NOTES)})


def _starts(world: World, meeting_type: Row, early: Instant, day: date) -> list[Instant]:
    since, until = day_bounds(day, day, _ZONE)
    teams = teams_of(meeting_type.data["hostIds"], anyone=False)
    return list(free_starts(world.store, terms_of(meeting_type), teams, early, since, until))


def _large(service: Service, world: World) -> None:
    """10,000 appointments over a year, half of it past; every fifth is cancelled."""
    store, now = world.store, world.now
    since, until = instant(now) - 183 * 86_400, instant(now) + 182 * 86_400
    simple = [
        row
        for row in store.rows(MEETING_TYPE)
        if len(row.data["hostIds"]) == 1 and lasts(row.data) == 1800 and not row.data["doubleOptIn"]
    ]
    dice = world.ids.random("meetergo/large", 0)
    offered = [
        (row, start)
        for row in simple
        for start in free_starts(
            store, terms_of(row), teams_of(row.data["hostIds"], False), since - 86_400, since, until
        )
    ]
    dice.shuffle(offered)
    appointments, busy = [], []
    contacts = {(row.data["_account"], row.data["item"]["email"]): row.data for row in store.rows(CONTACT)}
    for number, (meeting_type, start) in enumerate(offered[:LARGE]):
        asked = _request(dice)
        at = _before(min(now, moment(start)), hours=dice.randrange(1, 330))
        hosts = meeting_type.data["hostIds"]
        attendee = new_attendee(service, world, asked["attendee"])
        data = new_appointment(service, world, meeting_type, hosts, start, asked, attendee, at)
        if number % 5 == 0:
            data = cancelled(data, "api", hosts[0], dice.choice(_REASONS), at)
        else:
            stretch = {
                "host": hosts[0],
                "start": start,
                "end": start + lasts(data),
                "appointment": data["id"],
            }
            busy.append((f"{data['id']} {hosts[0]}", stretch))
        appointments.append((data["id"], data))
        key = (data["companyId"], attendee["email"])
        if key not in contacts:
            contacts[key] = new_contact(service.new_id(world, "contact"), key[0], attendee, at)
    world.store.load(APPOINTMENT, appointments)
    world.store.load(BUSY, busy)
    known = {row.id for row in store.rows(CONTACT)}
    world.store.load(CONTACT, [(each["_id"], each) for each in contacts.values() if each["_id"] not in known])


def _before(when: datetime, *, hours: int) -> datetime:
    return when - timedelta(hours=hours)


def _request(dice: Random) -> Mapping[str, Any]:
    """Somebody's booking, as far as POST /booking would have it."""
    first, last, number = dice.choice(_FIRST), dice.choice(_LAST), dice.randrange(10_000)
    attendee: dict[str, Any] = {
        "email": f"{first}.{last}{number % 97}@example.org".lower(),
        "firstname": first,
        "lastname": last,
        "receiveReminders": number % 2 == 0,
        "notes": {},
        "timezone": dice.choice(_ZONES),
    }
    if number % 4 == 0:
        attendee["phone"] = f"+4915112{number:06}"
    return {"attendee": attendee}
