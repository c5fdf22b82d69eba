"""Bookings: what is offered can be booked, once, and nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.answer import Answer
from contracts.checks.answers import row_in
from contracts.checks.forms import Form
from contracts.checks.slots import offered, offering
from contracts.checks.slotting import Slot, later
from contracts.checks.values import field
from contracts.checks.visit import Visit
from contracts.finding import Finding


@dataclass(frozen=True, slots=True)
class Booked:
    """A slot that was booked: the answers, and from when to when what was booked says it is."""

    slot: Slot
    form: Form
    answer: Answer
    start: datetime | None
    end: datetime | None


def book(visit: Visit, fact: Mapping[str, Any], slot: Slot, **other: Any) -> Booked:
    """Book a slot."""
    booking = fact["book"]
    operation = visit.contract.operation(booking["operation"])
    form = slot.booking(visit.known.blank(operation))
    if other:
        form = form.saying({**dict(form.body), **other})
    answer = visit.ask(form)
    shown: Any = row_in(operation, answer.value) if answer.good else None
    if answer.good and "read" in booking:
        read = visit.known.link(operation, answer, booking["read"])
        again = None if read is None else visit.ask(read)
        shown = (
            row_in(read.operation, again.value)
            if read is not None and again is not None and again.good
            else None
        )
    return Booked(
        slot, form, answer, _instant(shown, booking.get("start")), _instant(shown, booking.get("end"))
    )


def undo(visit: Visit, fact: Mapping[str, Any], booked: Booked) -> Answer | None:
    """Cancel what was booked; None where nothing does."""
    name = fact["book"].get("undo")
    link = None if name is None else visit.known.link(booked.form.operation, booked.answer, name)
    return None if link is None else visit.ask(link)


def _instant(row: Any, path: str | None) -> datetime | None:
    for value in field(row, path) if path is not None and isinstance(row, Mapping) else ():
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            return None
        return found.astimezone(UTC) if found.tzinfo is not None else None
    return None


def bookable(visit: Visit) -> Iterator[Finding]:
    """What is offered can be booked, for the time that was offered. Writes."""
    for operation, fact, form in offering(visit):
        if "book" not in fact:
            continue
        found, answer = offered(visit, form)
        for slot in {each.told + each.date: each for each in [*found[:1], *found[-1:]]}.values():
            booked = book(visit, fact, slot)
            visit.count(operation)
            visit.count(booked.form.operation)
            if not booked.answer.good:
                yield visit.finding(
                    operation,
                    f"{slot.told}, which is offered, is refused with {booked.answer.status}",
                    answer,
                    booked.answer,
                )
                break
            if booked.start is not None and booked.start != slot.start:
                yield visit.finding(
                    booked.form.operation,
                    f"books {booked.start.isoformat()} where {slot.told} is asked for",
                    answer,
                    booked.answer,
                )
                break
            undo(visit, fact, booked)


def taken(visit: Visit) -> Iterator[Finding]:
    """What is booked is offered no more, and no slot begins inside it. Writes."""
    for operation, fact, form in offering(visit):
        if "book" not in fact:
            continue
        found, answer = offered(visit, form)
        middle = found[len(found) // 2 :]
        if not middle:
            continue
        booked = book(visit, fact, middle[0])
        if not booked.answer.good or booked.start is None:
            continue
        left, after = offered(visit, form)
        visit.count(operation)
        end = booked.end or booked.start + timedelta(minutes=1)
        inside = [slot for slot in left if slot.start is not None and booked.start <= slot.start < end]
        if inside:
            yield visit.finding(
                operation, f"offers {inside[0].told}, which is booked", answer, booked.answer, after
            )
        elif len(left) > len(found):
            yield visit.finding(
                operation, "offers more after a booking than before", answer, booked.answer, after
            )
        undo(visit, fact, booked)


def double_booking(visit: Visit) -> Iterator[Finding]:
    """The same slot cannot be booked twice, nor one that overlaps it. Writes."""
    for operation, fact, form in offering(visit):
        if "book" not in fact:
            continue
        found, _ = offered(visit, form)
        for slot in found[:1]:
            booked = book(visit, fact, slot)
            if not booked.answer.good:
                continue
            target = booked.form.operation
            second = book(visit, fact, slot)
            visit.count(operation)
            visit.count(target)
            if second.answer.good:
                yield visit.finding(target, f"books {slot.told} twice", booked.answer, second.answer)
            elif booked.start is not None and booked.end is not None:
                half = (booked.end - booked.start).total_seconds() / 120
                within = Slot(later(slot.told, half), slot.date, None, slot.zone, slot.asked)
                third = book(visit, fact, within)
                if third.answer.good:
                    yield visit.finding(
                        target, f"books {within.told} inside a booking", booked.answer, third.answer
                    )
            undo(visit, fact, booked)


def given_back(visit: Visit) -> Iterator[Finding]:
    """What is cancelled can be booked again. Writes."""
    for operation, fact, form in offering(visit):
        if "undo" not in fact.get("book", {}):
            continue
        found, _ = offered(visit, form)
        if not found:
            continue
        booked = book(visit, fact, found[0])
        if not booked.answer.good:
            continue
        gone = undo(visit, fact, booked)
        if gone is None or not gone.good:
            continue
        left, after = offered(visit, form)
        visit.count(operation)
        if [slot.start for slot in left] != [slot.start for slot in found]:
            yield visit.finding(
                operation,
                f"{found[0].told} is not offered again after its booking was cancelled",
                booked.answer,
                gone,
                after,
            )


def off_offer(visit: Visit) -> Iterator[Finding]:
    """What is not offered cannot be booked: a start that is past, between two slots, in the night. Writes."""
    for operation, fact, form in offering(visit):
        if "book" not in fact:
            continue
        found, _ = offered(visit, form)
        if not found or found[0].start is None:
            continue
        slot = found[0]
        taken_ = {each.start for each in found}
        tried: list[tuple[Slot, str]] = []
        tried.append((Slot(later(slot.told, 7), slot.date, None, slot.zone, slot.asked), "between two slots"))
        if slot.date:
            tried.append((Slot(slot.told, _years(slot.date, -1), None, slot.zone, slot.asked), "past"))
            night = Slot("03:00", slot.date, None, slot.zone, slot.asked)
        else:
            tried.append((Slot(_years(slot.told, -1), "", None, slot.zone, slot.asked), "past"))
            night = Slot(slot.told[:11] + "01:00:00" + slot.told[19:], "", None, slot.zone, slot.asked)
        tried.append((night, "in the night"))
        for other, what in tried:
            if other.start in taken_ and other.start is not None:
                continue
            booked = book(visit, fact, other)
            visit.count(operation)
            visit.count(booked.form.operation)
            if booked.answer.good:
                when = f"{other.date} {other.told}".strip()
                yield visit.finding(
                    booked.form.operation, f"books {when}, which is not offered ({what})", booked.answer
                )
                undo(visit, fact, booked)


def _years(text: str, by: int) -> str:
    return f"{int(text[:4]) + by}{text[4:]}".replace("-02-29", "-02-28")
