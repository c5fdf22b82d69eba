"""What a new world holds beyond the static rows; knows how bookings come about, draws by seed and number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.caledee.bookings import book, canceled, new_booking
from mockserver.providers.caledee.calendar import (
    MINUTE,
    busy_row,
    free_starts,
    hosts_at,
    occupy,
    release,
    starts_of_host,
)
from mockserver.providers.caledee.contacts import merged, nobody, note_activity
from mockserver.providers.caledee.kinds import BOOKING, BUSY, CONTACT, EVENT_TYPE, LEAD
from mockserver.providers.caledee.times import read_datetime
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, instant, moment
from mockserver.world.cast import somebody
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row
from mockserver.world.world import World

DATA_SETS: Final = ("empty", "busy-week", "large")
BUSY_WEEK: Final = 25
LEADS: Final = 12
LARGE: Final = 10_000
LARGE_LEADS: Final = 1_000
CLIENTS: Final = 200  # of a large world: they come back

_ZONES: Final = ("Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "Asia/Kathmandu")
_PLACES: Final = (None, {"kind": "phone", "value": "+4915112345678"}, {"kind": "zoom"})
_REASONS: Final = (None, "Something came up.", "Travelling that day.", "Solved by mail.")
_STATES: Final = ("new", "new", "contacted", "archived")


def populate(service: Service, world: World, data: str) -> None:
    """Make calendars and contacts of the static rows, then lay down the data set of that name."""
    store = world.store
    for row in list(store.rows(BOOKING)):
        booking, event_type = row.data, store.get(EVENT_TYPE, row.data["eventTypeId"])
        assert event_type is not None, "a static booking is one of a static event type"
        start = instant(read_datetime(booking["startAt"]))
        if booking["status"] == "active":
            occupy(store, event_type, booking["id"], booking["_hosts"], start, booking["durationMin"])
        who, account = booking["invitee"], booking["_account"]
        note_activity(service, world, account, who["email"], booking["createdAt"], who["name"], bookings=1)
        if booking["canceledAt"] is not None:
            note_activity(service, world, account, who["email"], booking["canceledAt"])
    for row in list(store.rows(LEAD)):
        lead = row.data
        note_activity(
            service, world, lead["_account"], lead["email"], lead["createdAt"], lead["name"], leads=1
        )
    if data == "busy-week":
        _busy_week(service, world)
    elif data == "large":
        _large(service, world)


def _busy_week(service: Service, world: World) -> None:
    """About 25 bookings in the week of the world's clock, some of them over, some cancelled; some leads."""
    store, now = world.store, world.now
    event_types = list(store.rows(EVENT_TYPE))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = instant(midnight) - now.weekday() * DAY
    early = monday - 9 * DAY  # bookable "as of then": slots that are past by now are wanted too
    wanted: list[tuple[Row, dict[str, Any]]] = []
    for number in range(1, LEADS + 1):
        dice = world.ids.random("caledee/leads", number)
        wanted.append((dice.choice(event_types), _person(dice)))
        lead = _lead(service, world, dice, *wanted[-1], now)
        store.insert(LEAD, lead["id"], lead)
        note_activity(
            service, world, lead["_account"], lead["email"], lead["createdAt"], lead["name"], leads=1
        )
    for number in range(1, BUSY_WEEK + 1):
        dice = world.ids.random("caledee/busy-week", number)
        event_type, person = dice.choice(event_types), _person(dice)
        if number % 5 == 0:
            event_type, person = wanted.pop()  # a lead that goes on to book
        minutes = dice.choice(event_type.data["durations"])
        day = monday + dice.randrange(5) * DAY
        starts = free_starts(store, event_type, minutes, early, day, day + DAY)
        if not starts:
            continue
        start = dice.choice(starts)
        hosts = hosts_at(store, event_type, start, minutes, early)
        assert isinstance(hosts, tuple), "what is listed can be booked"
        booked = min(now, moment(start)) - timedelta(minutes=dice.randrange(120, 12_000))
        asked = _request(dice, person)
        row = book(service, world, event_type, hosts, start, minutes, asked, iso_milli(booked))
        if number % 6 == 0:
            stamp = iso_milli(booked + timedelta(minutes=dice.randrange(5, 100)))
            store.put(BOOKING, row.id, canceled(row, stamp, dice.choice(_REASONS)))
            release(store, row)
            note_activity(service, world, row.data["_account"], row.data["invitee"]["email"], stamp)


def _large(service: Service, world: World) -> None:
    """10,000 bookings over a year, half of it past, every fifth cancelled; as many clients as come back."""
    store, now = world.store, world.now
    dice = world.ids.random("caledee/large", 0)
    people = [_person(dice) for _ in range(CLIENTS)]
    offered = list(_offered(world, now))
    dice.shuffle(offered)
    bookings, busy, leads = [], [], []
    contacts = {(row.data["_account"], row.data["email"]): dict(row.data) for row in store.rows(CONTACT)}

    def note(account: str, email: str, at: str, name: str | None, **counts: int) -> None:
        known = contacts.get((account, email))
        if known is None:
            known = nobody(service.new_id(world, "contact"), account, email)
        contacts[account, email] = merged(known, at, name, **counts)

    for number, (event_type, host, start) in enumerate(offered[:LARGE]):
        minutes = event_type.data["durationMin"]
        made = min(now, moment(start)) - timedelta(minutes=dice.randrange(60, 20_000))
        asked = _request(dice, dice.choice(people))
        data = new_booking(service, world, event_type, (host,), start, minutes, asked, iso_milli(made))
        id, who = data["id"], data["invitee"]
        note(data["_account"], who["email"], data["createdAt"], who["name"], bookings=1)
        if number % 5 == 0:
            stamp = iso_milli(made + timedelta(minutes=dice.randrange(1, 60)))
            data = canceled(Row(BOOKING, id, 0, data), stamp, dice.choice(_REASONS))
            note(data["_account"], who["email"], stamp, None)
        else:
            busy.append((f"{id} {host}", busy_row(id, host, start, start + minutes * MINUTE)))
        bookings.append((id, data))
    invited = {(data["eventTypeId"], data["invitee"]["email"]) for _, data in bookings}
    event_types = list(store.rows(EVENT_TYPE))
    for _ in range(LARGE_LEADS):
        event_type = dice.choice(event_types)
        lead = _lead(service, world, dice, event_type, dice.choice(people), now)
        note(lead["_account"], lead["email"], lead["createdAt"], lead["name"], leads=1)
        booked = (event_type.id, lead["email"]) in invited
        leads.append((lead["id"], {**lead, "booked": booked}))
    world.store.load(BOOKING, bookings)
    world.store.load(BUSY, busy)
    world.store.load(LEAD, leads)
    for row in list(store.rows(CONTACT)):
        store.remove(CONTACT, row.id)
    store.load(CONTACT, [(data["id"], data) for data in contacts.values()])


def _offered(world: World, now: datetime) -> Iterable[tuple[Row, str, Instant]]:
    """Every slot of a year of those event types that take half an hour; no host twice at the same time."""
    since = instant(now) // DAY * DAY - 183 * DAY
    hosts: set[str] = set()
    for row in world.store.rows(EVENT_TYPE):
        if row.data["durationMin"] > 30:
            continue
        for host in row.data["_hosts"]:
            if host not in hosts:
                hosts.add(host)
                for start in starts_of_host(world.store, row, host, 30, since, since + 365 * DAY):
                    yield row, host, start


def _person(dice: Random) -> dict[str, Any]:
    """Somebody who books: name, address and zone."""
    who = somebody(dice)
    return {"name": who.name, "email": who.email, "timezone": dice.choice(_ZONES)}


def _request(dice: Random, invitee: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody's booking, as POST /bookings would have it, as far as it differs from one to the next."""
    return {"invitee": invitee, "location": dice.choice(_PLACES)}


def _lead(
    service: Service, world: World, dice: Random, event_type: Row, who: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "id": service.new_id(world, "lead"),
        "eventTypeId": event_type.id,
        "eventTypeName": event_type.data["name"],
        "name": who["name"] if dice.randrange(3) else None,
        "email": who["email"],
        "status": dice.choice(_STATES),
        "booked": False,
        "createdAt": iso_milli(now - timedelta(minutes=dice.randrange(30, 40_000))),
        "_account": event_type.data["_account"],
    }
