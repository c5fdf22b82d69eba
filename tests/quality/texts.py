"""Faults of what is taken: telephone numbers, zones, instants, dates, times that are past."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mockserver.engine.exchange import Behaviour, Exchange, Reply, Stage
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.validate import validate
from tests.quality.twists import Deviation, Twist, asking, behaving, body_schema, staged

CALLS = ("createOutboundCall",)
NUMBER = "+4915112345678"


def lenient(pattern: str, member: str) -> Callable[[dict[str, Any]], None]:
    """The member has that pattern and nothing else."""

    def edit(schema: dict[str, Any]) -> None:
        schema["properties"][member] = {"type": "string", "pattern": pattern}

    return edit


def stored_as(member: str, value: str) -> Callable[[Exchange], None]:
    """What was sent is made fit for the answer, as who accepts anything does."""

    def change(exchange: Exchange) -> None:
        if member in exchange.data:
            exchange.data = {**exchange.data, member: value}

    return change


def numbers(pattern: str) -> Twist:
    """Telephone numbers of that pattern are taken for a call."""

    def twist(mock: Any) -> None:
        body_schema(lenient(pattern, "phoneNumber"), *CALLS)(mock)
        asking(stored_as("phoneNumber", NUMBER), *CALLS)(mock)

    return twist


def refusing_numbers(pattern: str, operation: str, member: str, status: int, *path: str) -> Twist:
    """Telephone numbers of that pattern are refused, though they are in order."""

    def change(exchange: Exchange) -> None:
        holder = exchange.data
        for step in path:
            holder = holder.get(step) or {}
        number = holder.get(member)
        if number is not None and re.fullmatch(pattern, number):
            wrong = Complaint("body", (*path, member), "pattern", "is no telephone number")
            raise Refusal(status, "invalid-body", problems=[wrong])

    return asking(change, operation)


def loosened(member: str, *path: str, operation: str, keep: str) -> Twist:
    """A text of the body may be anything; it is kept as `keep`."""

    def edit(schema: dict[str, Any]) -> None:
        for step in path:
            schema = schema["properties"][step]
        schema["properties"][member] = {"type": "string"}

    def change(exchange: Exchange) -> None:
        data = dict(exchange.data)
        holder = data
        for step in path:
            if step not in holder:
                return
            holder[step] = dict(holder[step])
            holder = holder[step]
        if member in holder:
            holder[member] = keep
        exchange.data = data

    def twist(mock: Any) -> None:
        body_schema(edit, operation)(mock)
        asking(change, operation)(mock)

    return twist


def parameter_as(name: str, operation: str, good: Callable[[str], bool], keep: str) -> Twist:
    """A query parameter that is none is taken for something else."""

    def wrap(inner: Stage) -> Stage:
        def check(exchange: Exchange) -> Reply | None:
            from urllib.parse import parse_qsl, urlencode

            pairs = parse_qsl(exchange.query.decode(), keep_blank_values=True)
            fixed = [(key, value if key != name or good(value) else keep) for key, value in pairs]
            exchange.query = urlencode(fixed).encode()
            return inner(exchange)

        return check

    return staged(validate, wrap, operation)


def refused_zone(zone: str, name: str, operation: str, status: int) -> Twist:
    """A zone that there is, is refused."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            if exchange.params.get(name) == zone:
                wrong = Complaint("query", (name,), "format", "is no time zone")
                raise Refusal(status, "invalid-parameters", problems=[wrong])
            return inner(exchange)

        return behave

    return behaving(wrap, operation)


def past_calls(exchange: Exchange) -> None:
    """A call that was due is due now."""
    due = exchange.data.get("scheduledTime")
    if due is not None and due < exchange.now.strftime("%Y-%m-%d %H:%M:%S"):
        exchange.data = {**exchange.data, "scheduledTime": "2030-01-15 09:30:00"}


def in_local_time(exchange: Exchange) -> None:
    """A due time is taken in a zone two hours behind: what is to come is past."""
    due = exchange.data.get("scheduledTime")
    if due is not None:
        from datetime import datetime, timedelta

        moved = datetime.fromisoformat(due) - timedelta(hours=2)
        exchange.data = {**exchange.data, "scheduledTime": str(moved)}


def no_offset_needed(text: str) -> bool:
    """Whether that is an instant with its offset."""
    return re.search(r"([Zz]|[+-]\d\d:\d\d)$", text) is not None


def real_day(text: str) -> bool:
    """Whether that date exists."""
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


_NEAR = {
    "spaces": r"^\+[0-9 ]{2,20}$|^\+[1-9][0-9]{1,14}$",
    "dashes": r"^\+[1-9][0-9-]{1,18}$",
    "no-plus": r"^\+?[1-9][0-9]{1,14}$",
    "leading-zero": r"^\+0?[1-9][0-9]{1,14}$",
    "zeros": r"^\+(00|[1-9][0-9]{1,14})$",
    "sixteen-digits": r"^\+[1-9][0-9]{1,15}$",
    "sixteen-or-more": r"^\+[1-9][0-9]{1,20}$",
    "national": r"^(\+|0)[1-9][0-9]{1,14}$",
    "double-zero": r"^(\+|00)[1-9][0-9]{1,14}$",
    "any-digits": r"^\+[1-9٠-٩][0-9٠-٩]{1,14}$",
    "line-break": r"^\+[1-9][0-9]{1,14}\n?$",
    "padded": r"^\s*\+[1-9][0-9]{1,14}$",
    "brackets": r"^\+[1-9][0-9()]{1,18}$",
    "extension": r"^\+[1-9][0-9]{1,14}(;ext=[0-9]+)?$",
    "anything": r"",
}
_REFUSED = {
    "shortest-number-refused": (r"\+\d{2,6}", "a number of two digits is refused"),
    "longest-number-refused": (r"\+\d{15}", "a number of fifteen digits is refused"),
    "american-number-refused": (r"\+1415\d{7}", "a number of North America is refused"),
}

DEVIATIONS: tuple[Deviation, ...] = (
    *(
        Deviation(
            f"phone-{name}",
            "zeeg",
            "phone.refused",
            numbers(pattern),
            CALLS,
            f"nearly a telephone number is taken: {name}",
        )
        for name, pattern in _NEAR.items()
    ),
    *(
        Deviation(
            name,
            "zeeg",
            "phone.accepted",
            refusing_numbers(pattern, "createOutboundCall", "phoneNumber", 422),
            CALLS,
            what,
        )
        for name, (pattern, what) in _REFUSED.items()
    ),
    Deviation(
        "phone-of-invitee-unchecked",
        "zeeg",
        "phone.refused",
        loosened("phone", operation="createEvent", keep=NUMBER),
        ("createEvent",),
        "any text is taken for the invitee's telephone",
    ),
    Deviation(
        "phone-of-attendee-unchecked",
        "meetergo",
        "phone.refused",
        loosened("phone", "attendee", operation="createBooking", keep=NUMBER),
        ("createBooking",),
        "any text is taken for the attendee's telephone",
    ),
    Deviation(
        "phone-of-attendee-refused",
        "meetergo",
        "phone.accepted",
        refusing_numbers(r"\+1\d+", "createBooking", "phone", 400, "attendee"),
        ("createBooking",),
        "a number of North America is refused",
    ),
    Deviation(
        "unknown-zone-accepted",
        "zeeg",
        "times.zones",
        parameter_as(
            "timeZone", "getAvailability", lambda text: "/" in text and "Mars" not in text, "Europe/Berlin"
        ),
        ("getAvailability",),
        "Mars/Phobos is taken for a zone",
    ),
    Deviation(
        "unknown-zone-of-invitee-accepted",
        "caledee",
        "times.zones",
        loosened("timezone", "invitee", operation="createBooking", keep="Europe/Berlin"),
        ("createBooking",),
        "any text is taken for the invitee's zone",
    ),
    Deviation(
        "zone-refused",
        "zeeg",
        "times.zones",
        refused_zone("Asia/Kathmandu", "timeZone", "getAvailability", 400),
        ("getAvailability",),
        "a zone with three quarters of an hour is refused",
    ),
    Deviation(
        "instant-without-offset-accepted",
        "zeeg",
        "times.instants",
        parameter_as("minStartTime", "listEvents", no_offset_needed, "2026-04-01T00:00:00Z"),
        ("listEvents",),
        "a time without offset is taken",
    ),
    Deviation(
        "instant-of-no-day-accepted",
        "meetergo",
        "times.instants",
        parameter_as("start", "listAppointments", lambda text: "02-30" not in text, "2026-04-01T00:00:00Z"),
        ("listAppointments",),
        "the 30th of February is taken",
    ),
    Deviation(
        "booking-instant-unchecked",
        "caledee",
        "times.instants",
        loosened("startAt", operation="createBooking", keep="2026-04-21T12:00:00Z"),
        ("createBooking",),
        "any text is taken for a start",
    ),
    Deviation(
        "date-of-no-day-accepted",
        "zeeg",
        "times.dates",
        loosened("date", operation="createEvent", keep="2026-04-21"),
        ("createEvent",),
        "the 31st of April is taken",
    ),
    Deviation(
        "past-time-accepted",
        "zeeg",
        "times.future",
        asking(past_calls, *CALLS),
        CALLS,
        "a call is due in the past",
    ),
    Deviation(
        "future-time-refused",
        "zeeg",
        "times.future",
        asking(in_local_time, *CALLS),
        CALLS,
        "a call an hour ahead is called past",
    ),
)
