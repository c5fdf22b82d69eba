"""What a new world holds beyond the static rows; knows how events come about, draws by seed and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.zeeg.calendar import Place, find_place, free_slots, occupy, release
from mockserver.providers.zeeg.kinds import BUSY, EVENT, INVITEE, NOTE, PAGE
from mockserver.providers.zeeg.records import (
    active_invitees,
    book,
    new_event,
    new_invitee,
    starts_at,
    user_name,
    without,
)
from mockserver.scheduling.intervals import instant, moment
from mockserver.world.cast import first_name, somebody
from mockserver.world.clock import iso_micro
from mockserver.world.store import Row
from mockserver.world.world import World

DATA_SETS: Final = ("empty", "busy-week", "large")
BUSY_WEEK: Final = 25
LARGE: Final = 10_000

_ZONE: Final = "Europe/Berlin"
_ZONES: Final = ("Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "Asia/Tokyo")
_PLACES: Final = (None, "GOOGLE_MEET", "ZOOM", "MICROSOFT_TEAMS")
_NOTES: Final = ("Prefers to be called Doctor.", "Has a contract until June.", "Wants a written summary.")
_REASONS: Final = (None, "Something came up.", "Travelling that day.", "Solved by mail.")


def populate(service: Service, world: World, data: str) -> None:
    """Put the static events into their hosts' calendars, then lay down the data set of that name."""
    store = world.store
    for row in list(store.rows(EVENT)):
        event = row.data
        for invitee in event["invitees"]:
            store.insert(INVITEE, invitee["uuid"], {"event": row.id})
        if event["status"] != "cancelled":
            start = starts_at(event)
            occupy(
                store,
                event["uuid"],
                event["_eventType"],
                event["_hosts"],
                start,
                start + event["duration"] * 60,
            )
    if data == "busy-week":
        _busy_week(service, world)
    elif data == "large":
        _large(service, world)


def _busy_week(service: Service, world: World) -> None:
    """About 25 events in the week of the world's clock, some of them over, some cancelled."""
    store, now = world.store, world.now
    pages = [row for row in store.rows(PAGE) if row.data["isActive"]]
    monday = now.date() - timedelta(days=now.weekday())
    early = instant(now) - 9 * 86_400  # bookable "as of then": slots that are past by now are wanted too
    for number in range(1, BUSY_WEEK + 1):
        dice = world.ids.random("zeeg/busy-week", number)
        page = dice.choice(pages)
        duration = dice.choice(page.data["_durations"])
        day = monday + timedelta(days=dice.randrange(7))
        starts = free_slots(store, page, duration * 60, early, day, day, _ZONE)
        if not starts:
            day = monday + timedelta(days=dice.randrange(5))
            starts = free_slots(store, page, duration * 60, early, day, day, _ZONE)
            if not starts:
                continue
        start = dice.choice(starts)
        place = find_place(store, page, start, duration * 60, early)
        if not isinstance(place, Place):
            continue
        asked, questions = _request(dice, page)
        booked = min(now, moment(start)) - timedelta(hours=dice.randrange(2, 200))
        event = book(service, world, page, place, start, duration, asked, questions, iso_micro(booked))
        if number % 6 == 0:
            _cancel(world, event, dice, booked)
        if number % 5 == 0:
            _note(service, world, event, dice, booked)


def _cancel(world: World, event: Row, dice: Random, booked: datetime) -> None:
    gone = [invitee["uuid"] for invitee in active_invitees(event.data)]
    by = user_name(world.store, event.data["_hosts"][0])
    data = without(event, gone, by, dice.choice(_REASONS), booked + timedelta(minutes=dice.randrange(5, 100)))
    world.store.put(EVENT, event.id, data)
    release(world.store, str(event.id), data["_hosts"])


def _note(service: Service, world: World, event: Row, dice: Random, booked: datetime) -> None:
    id = service.new_id(world, "note")
    stamp = iso_micro(booked + timedelta(minutes=1))
    world.store.insert(
        NOTE,
        id,
        {
            "uuid": id,
            "eventUuid": event.id,
            "content": dice.choice(_NOTES),
            "createdBy": event.data["_hosts"][0],
            "createdAt": stamp,
            "updatedAt": stamp,
            "_account": event.data["_account"],
            "_event": event.id,
        },
    )


def _large(service: Service, world: World) -> None:
    """10,000 events over a year, half of it past; every fifth is cancelled."""
    store, now = world.store, world.now
    today = now.date()
    first, last = today - timedelta(days=183), today + timedelta(days=182)
    pages = [row for row in store.rows(PAGE) if row.data["isActive"] and len(row.data["_hosts"]) == 1]
    pages = [page for page in pages if page.data["duration"] <= 30]
    dice = world.ids.random("zeeg/large", 0)
    offered = [(page, start) for page in pages for start in _all_slots(world, page, first, last)]
    dice.shuffle(offered)
    events, invitees, busy = [], [], []
    for number, (page, start) in enumerate(offered[:LARGE]):
        asked, questions = _request(dice, page)
        at = min(now, moment(start)) - timedelta(minutes=dice.randrange(60, 20_000))
        hosts = page.data["_hosts"]
        duration = page.data["duration"]
        invitee = new_invitee(service, world, asked, questions, iso_micro(at))
        event = new_event(service, world, page, hosts, start, duration, asked, invitee, iso_micro(at))
        id = event["uuid"]
        if number % 5 == 0:
            by = user_name(store, hosts[0])
            event = without(Row(EVENT, id, 0, event), [invitee["uuid"]], by, dice.choice(_REASONS), at)
        else:
            busy.append(
                (
                    f"{id} {hosts[0]}",
                    {
                        "host": hosts[0],
                        "start": start,
                        "end": start + duration * 60,
                        "event": id,
                        "page": page.id,
                    },
                )
            )
        events.append((id, event))
        invitees.append((invitee["uuid"], {"event": id}))
    for kind, rows in ((EVENT, events), (INVITEE, invitees), (BUSY, busy)):
        store.load(kind, rows)


def _all_slots(world: World, page: Row, first: date, last: date) -> Sequence[int]:
    since = instant(world.now) - 400 * 86_400
    return free_slots(world.store, page, page.data["duration"] * 60, since, first, last, _ZONE)


def _request(dice: Random, page: Row) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """Somebody's booking, as POST /event would have it, and their answers."""
    who = somebody(dice)
    number = who.number
    asked: dict[str, Any] = {
        "name": who.name,
        "email": who.email,
        "timeZone": dice.choice(_ZONES),
        "location": dice.choice(_PLACES),
    }
    if page.data["inviteePhoneNumber"] or number % 4 == 0:
        asked["phone"] = f"+4915112{number:06}"
    if number % 3 == 0:
        asked["guests"] = [f"{first_name(dice)}{number}@example.org".lower()]
    if number % 7 == 0:
        asked["utm"] = {"utm_source": "newsletter", "utm_medium": "mail"}
    questions = [
        {
            "answer": dice.choice(question["options"] or ("The next steps", "Prices", "A migration")),
            "answer_type": "STRING",
            "question": question["question"],
        }
        for question in page.data["inviteeQuestions"]
        if question["isRequired"] or number % 2
    ]
    return asked, questions
