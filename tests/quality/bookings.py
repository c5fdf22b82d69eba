"""Faults of slots and bookings: what is offered, what is booked, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from mockserver import Mock
from mockserver.engine.exchange import Behaviour, Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.world.world import World
from tests.quality.twists import Deviation, Twist, asking, behaving, refusing, replying, values


def emptied_calendars(kind: str) -> Callable[[Behaviour], Behaviour]:
    """While it works, nobody has anything in the calendar."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            store = exchange.store
            kept = [(row.id, dict(row.data)) for row in store.rows(kind)]
            for id, _ in kept:
                store.remove(kind, id)
            try:
                return inner(exchange)
            finally:
                for id, data in kept:
                    if store.get(kind, id) is None:
                        store.insert(kind, id, data)

        return behave

    return wrap


def forgiven(*rules: str, kind: str, operation: str) -> Twist:
    """Refusals of those rules are overlooked, by looking the other way."""
    return behaving(emptied_calendars(kind), operation)


def moved_clock(days: int, *operations: str) -> Twist:
    """It believes that it is another day."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            now = exchange.now
            exchange._now = now + timedelta(days=days)
            try:
                return inner(exchange)
            finally:
                exchange._now = now

        return behave

    return behaving(wrap, *operations)


def hour_late(exchange: Exchange, reply: Reply) -> None:
    """After the change of the clock, slots come an hour late: the offset of the first day is kept."""
    value = orjson.loads(reply.body)
    zone = ZoneInfo(value["timeZone"])
    days = value["availability"]
    first = datetime.fromisoformat(days[0]["date"]).replace(tzinfo=zone).utcoffset()
    for day in days:
        moved = datetime.fromisoformat(day["date"]).replace(hour=12, tzinfo=zone).utcoffset()
        assert first is not None
        assert moved is not None
        by = int((first - moved).total_seconds() // 3600)
        day["slots"] = [f"{(int(each[:2]) - by) % 24:02}{each[2:]}" for each in day["slots"]]
    reply.body = orjson.dumps(value)


def wrong_offsets(exchange: Exchange, reply: Reply) -> None:
    """All slots have the offset of the first one; the time of day stays."""
    value = orjson.loads(reply.body)
    slots = value["slots"]
    if slots:
        offset = slots[0]["startAt"][19:]
        for each in slots:
            each["startAt"] = each["startAt"][:19] + offset
            each["endAt"] = each["endAt"][:19] + offset
    reply.body = orjson.dumps(value)


def zone_ignored(name: str) -> Twist:
    """The zone that is asked for changes the name in the answer and nothing else."""

    def change(exchange: Exchange, reply: Reply) -> None:
        pass

    def ask(exchange: Exchange) -> None:
        if name in exchange.params:
            exchange.params = {**exchange.params, name: "Europe/Berlin"}

    def twist(mock: Mock) -> None:
        told: dict[str, str] = {}

        def remember(exchange: Exchange) -> None:
            told["zone"] = str(exchange.params.get(name, "Europe/Berlin"))
            ask(exchange)

        def restore(exchange: Exchange, reply: Reply) -> None:
            value = orjson.loads(reply.body)
            value["timeZone"] = told["zone"]
            reply.body = orjson.dumps(value)

        asking(remember, "getAvailability")(mock)
        replying(restore, "getAvailability", status=200)(mock)

    _ = change
    return twist


def offering(more: Callable[[list[dict[str, Any]]], None]) -> Callable[[Any], None]:
    """The days of the answer are changed."""

    def change(value: Any) -> None:
        more(value["availability"])

    return change


def before_hours(days: list[dict[str, Any]]) -> None:
    """One slot more before the day begins."""
    for day in days:
        if day["slots"]:
            hour, minute = day["slots"][0].split(":")
            if int(hour) >= 1:
                day["slots"] = [f"{int(hour) - 1:02}:{minute}", *day["slots"]]


def twice(days: list[dict[str, Any]]) -> None:
    """Slots come twice."""
    for day in days:
        day["slots"] = [slot for each in day["slots"] for slot in (each, each)]


def day_more(days: list[dict[str, Any]]) -> None:
    """One day more than was asked for."""
    after = datetime.fromisoformat(days[-1]["date"]) + timedelta(days=1)
    days.append({"date": after.date().isoformat(), "slots": ["10:00"]})


def half_past(days: list[dict[str, Any]]) -> None:
    """Slots that begin a quarter of an hour after those that can be booked."""
    for day in days:
        day["slots"] = [f"{each[:3]}{(int(each[3:]) + 15) % 60:02}" for each in day["slots"]]


def not_released(kind: str) -> Callable[[Behaviour], Behaviour]:
    """Cancelling leaves the time taken."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            kept = [(row.id, dict(row.data)) for row in exchange.store.rows(kind)]
            reply = inner(exchange)
            for id, data in kept:
                if exchange.store.get(kind, id) is None:
                    exchange.store.insert(kind, id, data)
            return reply

        return behave

    return wrap


def shifted_booking(field: str, hours: int) -> Callable[[Exchange], None]:
    """What is booked is another time than what was asked for."""

    def change(exchange: Exchange) -> None:
        text = exchange.data[field]
        if len(text) == 5:
            moved = f"{int(text[:2]) + hours:02}{text[2:]}"
        else:
            moved = (datetime.fromisoformat(text) + timedelta(hours=hours)).astimezone(UTC).isoformat()
        exchange.data = {**exchange.data, field: moved}

    return change


def zone_of_invitee_ignored(exchange: Exchange) -> None:
    """The time of day is taken in the owner's zone."""
    exchange.data = {**exchange.data, "timeZone": "Europe/Berlin"}


def rounded(field: str, minutes: int) -> Callable[[Exchange], None]:
    """A start between two slots is taken for the one before it."""

    def change(exchange: Exchange) -> None:
        text = exchange.data[field]
        if len(text) == 5:
            minute = int(text[3:]) // minutes * minutes
            exchange.data = {**exchange.data, field: f"{text[:3]}{minute:02}"}
        else:
            when = datetime.fromisoformat(text)
            exchange.data = {
                **exchange.data,
                field: when.replace(minute=when.minute // minutes * minutes).isoformat(),
            }

    return change


def past_welcome(operation: str, field: str) -> Twist:
    """A start that is past is booked as if it were today still to come."""

    def change(exchange: Exchange) -> None:
        text = str(exchange.data[field])
        now = exchange.now
        if int(text[:4]) < now.year:
            exchange.data = {**exchange.data, field: f"{int(text[:4]) + 1}{text[4:]}"}

    return asking(change, operation)


def every_refused_when(text: str, status: int, value: Any, operation: str) -> Twist:
    """Some of what is offered is refused all the same."""

    def when(exchange: Exchange) -> bool:
        return re.search(text, exchange.body.decode()) is not None

    return refusing(status, value, operation, when=when)


def overbooked(kind: str) -> Twist:
    """A look at the calendar that is not looked at while booking."""
    _: type[World] = World
    return behaving(emptied_calendars(kind), "createEvent" if kind.startswith("zeeg") else "createBooking")


def offered_all(kind: str, operation: str) -> Twist:
    """What is booked is offered all the same."""
    return behaving(emptied_calendars(kind), operation)


def inside(days: list[dict[str, Any]]) -> None:
    """Where a slot is missing in the middle of a day, it is offered five minutes later."""
    for day in days:
        found = list(day["slots"])
        for one, other in pairwise(found):
            gap = (int(other[:2]) * 60 + int(other[3:])) - (int(one[:2]) * 60 + int(one[3:]))
            if gap > 30:
                start = int(one[:2]) * 60 + int(one[3:]) + 35
                day["slots"] = sorted([*day["slots"], f"{start // 60:02}:{start % 60:02}"])


def refused_by(rule: str) -> Refusal:
    """A refusal as the provider words it."""
    return Refusal(409, rule)


CONFLICT = {"success": False, "message": "The slot is no longer available.", "status": 409}

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "double-booking",
        "zeeg",
        "slots.double-booking",
        overbooked("zeeg/busy"),
        ("createEvent",),
        "the same slot is booked twice",
    ),
    Deviation(
        "double-booking-by-instant",
        "caledee",
        "slots.double-booking",
        overbooked("caledee/busy"),
        ("createBooking",),
        "the same slot is booked twice",
    ),
    Deviation(
        "double-booking-of-hosts",
        "meetergo",
        "slots.double-booking",
        overbooked("meetergo/busy"),
        ("createBooking",),
        "the same spot is booked twice",
    ),
    Deviation(
        "booked-still-offered",
        "zeeg",
        "slots.taken",
        offered_all("zeeg/busy", "getAvailability"),
        ("getAvailability",),
        "what is booked is offered",
    ),
    Deviation(
        "booked-still-offered-by-instant",
        "caledee",
        "slots.taken",
        offered_all("caledee/busy", "getAvailability"),
        ("getAvailability",),
        "what is booked is offered",
    ),
    Deviation(
        "slot-inside-a-booking",
        "zeeg",
        "slots.taken",
        values(offering(inside), "getAvailability"),
        ("getAvailability",),
        "a slot begins inside a booking",
    ),
    Deviation(
        "summer-time-forgotten",
        "zeeg",
        "slots.same-everywhere",
        replying(hour_late, "getAvailability", status=200),
        ("getAvailability",),
        "after the change of the clock slots are an hour off",
    ),
    Deviation(
        "one-offset-for-all",
        "caledee",
        "slots.same-everywhere",
        replying(wrong_offsets, "getAvailability", status=200),
        ("getAvailability",),
        "after the change of the clock slots are an hour off",
    ),
    Deviation(
        "zone-ignored",
        "zeeg",
        "slots.same-everywhere",
        zone_ignored("timeZone"),
        ("getAvailability",),
        "slots are told in the owner's zone whatever is asked for",
    ),
    Deviation(
        "outside-hours",
        "zeeg",
        "slots.hours",
        values(offering(before_hours), "getAvailability"),
        ("getAvailability",),
        "a slot before the day begins",
    ),
    Deviation(
        "hour-late-in-winter",
        "zeeg",
        "slots.hours",
        replying(hour_late, "getAvailability", status=200),
        ("getAvailability",),
        "after the change of the clock slots leave the hours",
    ),
    Deviation(
        "offered-not-bookable",
        "zeeg",
        "slots.bookable",
        values(offering(half_past), "getAvailability"),
        ("getAvailability", "createEvent"),
        "what is offered is refused",
    ),
    Deviation(
        "offered-refused",
        "meetergo",
        "slots.bookable",
        every_refused_when(
            "T",
            400,
            {
                "statusCode": 400,
                "message": "The selected time is no longer available",
                "error": "Bad Request",
            },
            "createBooking",
        ),
        ("createBooking",),
        "what is offered is refused",
    ),
    Deviation(
        "booked-an-hour-later",
        "caledee",
        "slots.bookable",
        asking(shifted_booking("startAt", 1), "createBooking"),
        ("createBooking",),
        "another time is booked",
    ),
    Deviation(
        "invitees-zone-ignored",
        "zeeg",
        "slots.bookable",
        asking(zone_of_invitee_ignored, "createEvent"),
        ("createEvent",),
        "the time of day is taken in the owner's zone",
    ),
    Deviation(
        "cancelled-not-given-back",
        "zeeg",
        "slots.given-back",
        behaving(not_released("zeeg/busy"), "cancelEvent"),
        ("createEvent", "getAvailability"),
        "a cancelled booking still takes its time",
    ),
    Deviation(
        "cancelled-not-given-back-by-instant",
        "caledee",
        "slots.given-back",
        behaving(not_released("caledee/busy"), "cancelBooking"),
        ("createBooking", "getAvailability"),
        "a cancelled booking still takes its time",
    ),
    Deviation(
        "past-offered",
        "zeeg",
        "slots.asked-for",
        moved_clock(-3, "getAvailability"),
        ("getAvailability",),
        "slots of this morning are offered",
    ),
    Deviation(
        "day-more",
        "zeeg",
        "slots.asked-for",
        values(offering(day_more), "getAvailability"),
        ("getAvailability",),
        "a day more than was asked for",
    ),
    Deviation(
        "slots-twice",
        "zeeg",
        "slots.asked-for",
        values(offering(twice), "getAvailability"),
        ("getAvailability",),
        "every slot comes twice",
    ),
    Deviation(
        "past-booked",
        "zeeg",
        "slots.off-offer",
        past_welcome("createEvent", "date"),
        ("createEvent",),
        "a start that is past is booked",
    ),
    Deviation(
        "past-booked-by-instant",
        "caledee",
        "slots.off-offer",
        past_welcome("createBooking", "startAt"),
        ("createBooking",),
        "a start that is past is booked",
    ),
    Deviation(
        "between-slots-booked",
        "zeeg",
        "slots.off-offer",
        asking(rounded("start", 30), "createEvent"),
        ("createEvent",),
        "seven minutes past is booked",
    ),
    Deviation(
        "between-spots-booked",
        "meetergo",
        "slots.off-offer",
        asking(rounded("start", 30), "createBooking"),
        ("createBooking",),
        "seven minutes past is booked",
    ),
)
