"""Slots: those that are offered can be booked, once, and nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.answer import Answer
from contracts.checks.answers import row_in
from contracts.checks.forms import Form
from contracts.checks.hours import open_at, read_hours
from contracts.checks.slotting import Slot, later, slots_fact, slots_in
from contracts.checks.values import field
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation


def offering(visit: Visit, anyhow: bool = False) -> Iterator[tuple[Operation, Mapping[str, Any], Form]]:
    """The operations that tell of slots, with the fact and a request for the days to come.

    Anyhow: also those that the run is not about.
    """
    booking = {each.id for each in visit.operations}
    for operation in visit.contract.operations:
        fact = slots_fact(operation)
        if fact and (
            anyhow or operation in visit.operations or fact.get("book", {}).get("operation") in booking
        ):
            form = visit.known.form(operation)
            zone = fact.get("zone")
            yield (
                operation,
                fact,
                form if zone is None or zone in form.query else form.asking(**{zone: "UTC"}),
            )


def offered(visit: Visit, form: Form) -> tuple[list[Slot], Answer]:
    """The slots that a request is answered with, and the answer."""
    answer = visit.ask(form)
    return (slots_in(form, answer.value) if answer.good else []), answer


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


def asked_for(visit: Visit) -> Iterator[Finding]:
    """Slots are instants to come, within the days that were asked for, in order and each once."""
    for operation, fact, form in offering(visit):
        found, answer = offered(visit, form)
        if not found:
            continue
        visit.count(operation)
        starts = [slot.start for slot in found if slot.start is not None]
        if len(starts) != len(found):
            yield visit.finding(operation, "offers a start that is no time", answer)
            continue
        if starts != sorted(set(starts)):
            yield visit.finding(operation, "offers slots twice, or not in order", answer)
        problem = _outside(fact, form, found)
        if problem:
            yield visit.finding(operation, problem, answer)
        now = visit.now()
        if now is not None:
            today, tomorrow = visit.days(0, 1)
            near = form.asking(**{fact["from"]: today, fact["to"]: tomorrow})
            early, second = offered(visit, near)
            past = [
                slot for slot in early if slot.start is not None and slot.start < now - timedelta(minutes=1)
            ]
            if past:
                yield visit.finding(operation, f"offers {past[0].told}, which is past", second)


def _outside(fact: Mapping[str, Any], form: Form, found: list[Slot]) -> str:
    since, until = str(form.query.get(fact["from"], ""))[:10], str(form.query.get(fact["to"], ""))[:10]
    for slot in found:
        assert slot.start is not None
        day = slot.start.astimezone(ZoneInfo(slot.zone)).date().isoformat()
        if since and not since <= day <= until:
            return f"offers {slot.told} on {day}, outside {since} to {until}"
    return ""


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
        found, before = offered(visit, form)
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
    """What is not offered cannot be booked: a start that is past, between two slots, or in the night. Writes."""
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
                yield visit.finding(
                    booked.form.operation, f"books {other.date} {other.told}, which is not offered ({what})".replace("  ", " "),
                    booked.answer,
                )  # fmt: skip
                undo(visit, fact, booked)


def _years(text: str, by: int) -> str:
    return f"{int(text[:4]) + by}{text[4:]}".replace("-02-29", "-02-28")


def same_everywhere(visit: Visit) -> Iterator[Finding]:
    """The same slots are offered whatever zone they are told in, through changes of the clock too."""
    for operation, fact, form in offering(visit):
        zone = fact.get("zone")
        if zone is None:
            continue
        for since, until in _weeks(visit):
            asked = form.asking(**{fact["from"]: since, fact["to"]: until, zone: "UTC"})
            utc, answer = offered(visit, asked)
            inner = _inner(utc)
            for name in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"):
                other, second = offered(visit, asked.asking(**{zone: name}))
                if not answer.good or not second.good:
                    continue
                if utc:
                    visit.count(operation)
                told = {slot.start for slot in other}
                lost = [start for start in inner if start not in told]
                extra = [start for start in _inner(other) if start not in {slot.start for slot in utc}]
                if lost or extra:
                    one = (lost or extra)[0]
                    what = "is not offered" if lost else "is offered, and not in UTC"
                    yield visit.finding(
                        operation, f"{one.isoformat()} {what} where {name} is asked for", answer, second
                    )
                    return


def _weeks(visit: Visit) -> list[tuple[str, str]]:
    """A week near, and the weeks in which Europe and America change their clocks next."""
    now = visit.now() or datetime.now(UTC)
    found = [visit.days(3, 6)]
    for name in ("Europe/Berlin", "America/New_York"):
        zone = ZoneInfo(name)
        day = now + timedelta(days=1)
        offset = day.astimezone(zone).utcoffset()
        for _ in range(370):
            day += timedelta(days=1)
            if day.astimezone(zone).utcoffset() != offset:
                start = (day - timedelta(days=4)).date()
                found.append((start.isoformat(), (start + timedelta(days=11)).isoformat()))
                break
    return found


def _inner(found: list[Slot]) -> list[datetime]:
    """The starts that are a day and a half away from either end: those days end elsewhere at other times."""
    starts = sorted(slot.start for slot in found if slot.start is not None)
    if not starts:
        return []
    margin = timedelta(hours=36)
    return [start for start in starts if starts[0] + margin <= start <= starts[-1] - margin]


def hours(visit: Visit) -> Iterator[Finding]:
    """Slots lie within the hours that the server tells, in the zone of the hours, through changes of the clock."""
    for operation, fact, form in offering(visit):
        source = fact.get("hours")
        zone = fact.get("zone")
        if source is None or zone is None:
            continue
        reads = visit.contract.operation(source["operation"])
        told = visit.ask(visit.known.form(reads))
        if not told.good:
            continue
        name = next((str(each) for each in field(told.value, source["zone"])), "")
        week = read_hours(told.value)
        if not week or not name:
            continue
        for since, until in _weeks(visit):
            found, answer = offered(
                visit, form.asking(**{fact["from"]: since, fact["to"]: until, zone: name})
            )
            if found:
                visit.count(operation)
            for slot in found:
                if slot.start is not None and not open_at(week, slot.start.astimezone(ZoneInfo(name))):
                    local = slot.start.astimezone(ZoneInfo(name))
                    yield visit.finding(
                        operation,
                        f"offers {local:%A %Y-%m-%d %H:%M} in {name}, outside the hours",
                        told,
                        answer,
                    )
                    return
            closed = _never_first(week, found, name)
            if closed:
                yield visit.finding(operation, closed, told, answer)
                return


def _never_first(week: Any, found: list[Slot], name: str) -> str:
    """On some day of a week whose clock changes slots begin an hour late; "" where they do not."""
    firsts: dict[int, set[str]] = {}
    for slot in found:
        if slot.start is None:
            continue
        local = slot.start.astimezone(ZoneInfo(name))
        firsts.setdefault(local.toordinal(), set()).add(f"{local:%H:%M}")
    for day, times in firsts.items():
        opens = week.opens(datetime.fromordinal(day))
        if opens and min(times) > opens:
            late = [other for other in firsts if other != day]
            shifted = all(
                min(firsts[other]) > (week.opens(datetime.fromordinal(other)) or "")
                for other in late
                if other > day
            )
            before = [other for other in late if other < day]
            fine = before and all(
                min(firsts[other]) == week.opens(datetime.fromordinal(other)) for other in before
            )
            if shifted and fine and len([other for other in late if other > day]) >= 2:
                return f"from {datetime.fromordinal(day):%Y-%m-%d} on, slots begin at {min(times)} where hours begin at {opens}"
    return ""
