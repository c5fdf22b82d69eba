"""What a new world holds beyond the static rows; knows how bookings come about, draws by seed and number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.calcom.calendar import MINUTE, Place, busy_row, free_starts, place_at, terms_of
from mockserver.providers.calcom.event_types import completed, type_user
from mockserver.providers.calcom.extras import video_past
from mockserver.providers.calcom.kinds import BOOKING, BUSY, EVENT_TYPE, USER
from mockserver.providers.calcom.meetings import begin
from mockserver.providers.calcom.records import host_shown, indexed, into_calendars, new_attendee, new_booking
from mockserver.providers.calcom.times import read_datetime
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, instant, moment
from mockserver.world.cast import somebody
from mockserver.world.clock import iso_milli, iso_milli_at
from mockserver.world.store import Row
from mockserver.world.world import World

DATA_SETS: Final = ("empty", "busy-week", "large")
BUSY_WEEK: Final = 25
LARGE: Final = 10_000
_ZONES: Final = ("Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "Asia/Kathmandu")


def populate(service: Service, world: World, data: str) -> None:
    """Complete the static rows, put their bookings into calendars, and lay down the data set of that name."""
    store = world.store
    for row in list(store.rows(EVENT_TYPE)):
        owner = None if row.data["ownerId"] is None else store.get(USER, row.data["ownerId"])
        about = dict(row.data)
        if owner is not None and "teamId" not in about:
            about["users"] = [type_user(owner)]
        store.put(EVENT_TYPE, row.id, completed(about, owner))
    for row in list(store.rows(BOOKING)):
        _complete(world, row)
    begin(world)
    if data == "busy-week":
        _busy_week(service, world)
    elif data == "large":
        _large(service, world)


def _complete(world: World, row: Row) -> None:
    """A static booking with what its indexes go by, in the calendars of its hosts."""
    store, told = world.store, row.data
    event_type = store.get(EVENT_TYPE, told["eventTypeId"])
    assert event_type is not None, "a static booking is one of a static event type"
    start = instant(read_datetime(told["start"]))
    users = [user for user in (store.get(USER, host) for host in told["_hosts"]) if user is not None]
    people = []
    for person in told["attendees"]:
        full = new_attendee(world, person)
        people.append({**full, **person})
    data = {
        "description": "",
        "absentHost": False,
        "updatedAt": None,
        "metadata": {},
        "guests": [],
        "bookingFieldsResponses": {
            "name": people[0]["name"],
            "email": people[0]["email"],
            "displayEmail": people[0]["email"],
        },
        **told,
        "hosts": [host_shown(user) for user in users],
        "eventType": {"id": event_type.id, "slug": event_type.data["slug"]},
        "end": iso_milli_at(start + told["duration"] * MINUTE),
        "attendees": people,
        "_seated": "seatUid" in people[0],
        "_open": bool(event_type.data.get("seats", {}).get("showAttendeeInfo")),
        "_team": event_type.data.get("teamId"),
        "_at": start,
        "_until": start + told["duration"] * MINUTE,
        "_awaiting": told.get("_awaiting", False),
    }
    if told.get("_took_place"):
        data |= video_past(data)
    store.put(BOOKING, row.id, indexed(data))
    if data["status"] in ("accepted", "pending") and not data["_awaiting"]:
        into_calendars(world, data)


def _busy_week(service: Service, world: World) -> None:
    """About 25 bookings in the week of the world's clock: some over, some cancelled, some to be confirmed."""
    store, now = world.store, world.now
    event_types = [row for row in store.rows(EVENT_TYPE) if _plain(row)]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = instant(midnight) - now.weekday() * DAY
    early = monday - 9 * DAY  # bookable "as of then": slots that are past by now are wanted too
    for number in range(1, BUSY_WEEK + 1):
        dice = world.ids.random("calcom/busy-week", number)
        event_type = dice.choice(event_types)
        day = monday + dice.randrange(5) * DAY
        terms = terms_of(event_type, early)
        starts = list(free_starts(store, terms, early, day, day + DAY))
        if not starts:
            continue
        start = dice.choice(starts)
        place = place_at(store, terms, start, early)
        assert isinstance(place, Place), "what is listed can be booked"
        made = min(now, moment(start)) - timedelta(minutes=dice.randrange(120, 12_000))
        minutes = event_type.data["lengthInMinutes"]
        status = "cancelled" if number % 6 == 0 else _status(event_type, start, instant(now))
        fields = {"status": status}
        if status == "cancelled":
            fields |= {"cancellationReason": "Something came up.", "cancelledByEmail": ""}
        data = new_booking(
            service,
            world,
            event_type,
            place.hosts,
            start,
            minutes,
            {"attendee": _person(dice)},
            iso_milli(made),
            fields,
        )
        if data["_until"] <= instant(now) and status == "accepted":
            data |= video_past(data)
        store.insert(BOOKING, data["uid"], indexed(data))
        if status != "cancelled":
            into_calendars(world, data)


def _large(service: Service, world: World) -> None:
    """10,000 bookings over a year, half of it past, every fifth cancelled."""
    now = world.now
    dice = world.ids.random("calcom/large", 0)
    people = [_person(dice) for _ in range(200)]
    offered = list(_offered(world))
    dice.shuffle(offered)
    bookings, busy = [], []
    for number, (event_type, host, start) in enumerate(offered[:LARGE]):
        made = min(now, moment(start)) - timedelta(minutes=dice.randrange(60, 20_000))
        status = "cancelled" if number % 5 == 0 else "accepted"
        minutes = event_type.data["lengthInMinutes"]
        asked = {"attendee": dice.choice(people)}
        stamp = iso_milli(made)
        data = new_booking(
            service, world, event_type, (host,), start, minutes, asked, stamp, {"status": status}
        )
        data["id"] += number  # the store's next number stays the same until all are laid down
        if status == "accepted":
            uid = data["uid"]
            busy.append((f"{uid} {host}", busy_row(uid, host, start, data["_until"])))
        bookings.append((data["uid"], indexed(data)))
    world.store.load(BOOKING, bookings)
    world.store.load(BUSY, busy)


def _offered(world: World) -> Iterable[tuple[Row, int, Instant]]:
    """Every slot of a year of one half-hour event type for each owner."""
    since = instant(world.now) // DAY * DAY - 183 * DAY
    owners: set[int] = set()
    for row in world.store.rows(EVENT_TYPE):
        owner = row.data["ownerId"]
        if (
            _plain(row)
            and "teamId" not in row.data
            and owner not in owners
            and row.data["lengthInMinutes"] <= 30
        ):
            owners.add(owner)
            for start in free_starts(world.store, terms_of(row, since), since, since, since + 365 * DAY):
                yield row, owner, start


def _plain(row: Row) -> bool:
    data = row.data
    return not (data["recurrence"] or data["seatsPerTimeSlot"] or data["isInstantEvent"])


def _status(event_type: Row, start: Instant, now: Instant) -> str:
    policy = event_type.data.get("confirmationPolicy") or {"disabled": True}
    return "accepted" if policy.get("disabled") or start < now else "pending"


def _person(dice: Random) -> dict[str, Any]:
    """Somebody who books."""
    who = somebody(dice)
    return {"name": who.name, "email": who.email, "timeZone": dice.choice(_ZONES), "language": "en"}
