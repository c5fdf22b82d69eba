"""Slots: instants to come, the same whatever zone they are told in, within the hours behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.answer import Answer
from contracts.checks.forms import Form
from contracts.checks.hours import open_at, read_hours
from contracts.checks.slotting import Slot, slots_fact, slots_in
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
    """Slots lie within the hours that the server tells, in their zone, through changes of the clock."""
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
                date = f"{datetime.fromordinal(day):%Y-%m-%d}"
                return f"from {date} on, slots begin at {min(times)} where hours begin at {opens}"
    return ""
