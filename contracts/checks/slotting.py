"""Slots as `x-slots` says where they stand; knows answers and instants, not what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.checks.forms import Form
from mockserver.openapi.contract import Operation

if TYPE_CHECKING:
    from contracts.checks.visit import Visit


@dataclass(frozen=True, slots=True)
class Slot:
    """One start that is offered: the instant, as it was told, and the request whose answer it stands in.

    `start` is None where what was told is no time.
    """

    told: str
    date: str
    start: datetime | None
    zone: str
    asked: Form

    def booking(self, form: Form) -> Form:
        """A request to book, for this slot."""
        body = dict(form.body) if isinstance(form.body, Mapping) else {}
        for name, value in slots_fact(self.asked.operation)["book"]["body"].items():
            body[name] = self._filled(value)
        return form.saying(body)

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value.startswith("$param."):
            name = value.removeprefix("$param.")
            return self.asked.query.get(name, self.asked.path.get(name))
        return {"$start": self.told, "$time": self.told, "$date": self.date, "$zone": self.zone}[value]


def slots_fact(operation: Operation) -> Mapping[str, Any]:
    """The operation's x-slots; {} where it has none."""
    found: Mapping[str, Any] = operation.facts.get("slots", {})
    return found


def first_slots(visit: Visit, form: Form) -> list[Slot]:
    """The slots that a request is answered with; [] where it is refused."""
    fact = slots_fact(form.operation)
    zone = fact.get("zone")
    if zone is not None and zone not in form.query:
        form = form.asking(**{zone: "UTC"})
    answer = visit.ask(form)
    return slots_in(form, answer.value) if answer.good else []


def slots_in(form: Form, value: Any) -> list[Slot]:
    """The slots of an answer, in its order."""
    fact = slots_fact(form.operation)
    zone = str(form.query.get(fact.get("zone", ""), "UTC"))
    found = []
    for day, told in _told(fact, value):
        start = instant(told, day, zone)
        found.append(Slot(str(told), day, start, zone, form))
    return found


def _told(fact: Mapping[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """(date, start as told) of every slot; the date "" where the starts say it themselves."""
    starts = fact["starts"].split(".")
    dates = fact["date"].split(".") if "date" in fact else None
    shared = 0
    if dates is not None:
        while shared < min(len(dates), len(starts)) and dates[shared] == starts[shared]:
            shared += 1
    for holder in _walk(value, starts[:shared]):
        day = "" if dates is None else next((str(each) for each in _walk(holder, dates[shared:])), "")
        for each in _walk(holder, starts[shared:]):
            yield day, each


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, steps)
    elif not steps:
        yield value
    elif isinstance(value, Mapping):
        if steps[0] == "*":
            for each in value.values():
                yield from _walk(each, steps[1:])
        elif steps[0] in value:
            yield from _walk(value[steps[0]], steps[1:])


def instant(told: Any, day: str, zone: str) -> datetime | None:
    """The instant of a start: text with an offset, or a time of day on a date of a zone; None for neither."""
    if not isinstance(told, str):
        return None
    try:
        if day:
            wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(told))
            return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        found = datetime.fromisoformat(told)
    except (ValueError, ZoneInfoNotFoundError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def later(text: str, minutes: float) -> str:
    """The same time of day or instant so many minutes later, written alike."""
    if len(text) == 5:
        base = datetime(2000, 1, 1, int(text[:2]), int(text[3:]))
        return (base + timedelta(minutes=minutes)).strftime("%H:%M")
    moved = datetime.fromisoformat(text) + timedelta(minutes=minutes)
    return moved.isoformat().replace("+00:00", "Z")
