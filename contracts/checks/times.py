"""Times: zones, offsets, dates that do not exist, and what has to lie in the future."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from contracts.answer import Answer
from contracts.checks.forms import Form, body_schema
from contracts.checks.slotting import slots_fact
from contracts.checks.values import Path, at, followed, places, with_value
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation

ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe", "UTC")
NO_ZONES = ("Mars/Phobos", "Europe/Atlantis", "+02:00", "CEST+1", "Europe/Berlin ", "")
INSTANTS = (
    "2027-04-15T09:00:00Z",
    "2027-04-15T09:00:00.123456Z",
    "2027-04-15T11:00:00+02:00",
    "2027-04-15T14:45:00+05:45",
    "2028-02-29T00:00:00-11:00",
)
NO_INSTANTS = (
    "2027-02-30T09:00:00Z",
    "2027-04-15T25:00:00Z",
    "2027-13-01T00:00:00Z",
    "2027-04-15T09:00:00",
    "2027-04-15T09:00:00+0200x",
    "15.04.2027 09:00",
    "tomorrow",
)
DATES = ("2028-02-29", "2027-04-15")
NO_DATES = ("2027-02-29", "2027-04-31", "2027-4-15", "15.04.2027")

Put = Callable[[Form, Any], Form]


def spots(visit: Visit, format: str) -> Iterator[tuple[Operation, str, Put, Any]]:
    """(operation, name, how to put a value there, its schema) of every text of that format in requests."""

    def wanted(schema: Mapping[str, Any]) -> bool:
        return schema.get("format") == format

    for operation in visit.operations:
        fact = slots_fact(operation)
        for parameter in operation.parameters:
            bound = parameter.name in (fact.get("from"), fact.get("to"))
            named = parameter.place == "query" and not bound
            if named and wanted(followed(visit.contract.data, parameter.schema)):
                yield operation, parameter.name, _query(parameter.name), parameter.schema
        schema = body_schema(operation)
        if schema is not None and visit.writing(operation):
            for path, found in places(visit.contract.data, schema, wanted):
                name = ".".join(map(str, path))
                yield (
                    operation,
                    name,
                    _body(path),
                    found,
                )


def _body(path: Path) -> Put:
    return lambda form, value: form.saying(with_value(form.body, path, value))


def _query(name: str) -> Put:
    return lambda form, value: form.asking(**{name: value})


def _tried(
    visit: Visit, format: str, good: tuple[str, ...], bad: tuple[str, ...], what: str
) -> Iterator[Finding]:
    for operation, name, put, schema in spots(visit, format):
        check = visit.contract.schemas.check_inline(schema)
        form = visit.known.form(operation)
        for value in bad:
            if check.ok(value):
                continue
            answer = visit.ask(put(form, value))
            visit.count(operation)
            if answer.good or answer.status >= 500:
                yield visit.finding(
                    operation, f"answers {answer.status} to {value!r} as {what} in {name}", answer
                )
                break
        base = visit.ask(form)
        if not base.good:
            continue
        for value in _same_moment(form, name) or (
            () if visit.writing(operation) and format == "date-time" else good
        ):
            if not check.ok(value):
                continue
            fresh = put(visit.known.form(operation) if visit.writing(operation) else form, value)
            whole = body_schema(operation)
            if visit.writing(operation) and not visit.contract.schemas.check_inline(whole).ok(fresh.body):
                continue
            answer = visit.ask(fresh)
            visit.count(operation)
            if answer.status in (400, 422) and (not visit.writing(operation) or _named(answer, name)):
                yield visit.finding(
                    operation, f"refuses {value!r} as {what} in {name} with {answer.status}", answer
                )
                break


def _same_moment(form: Form, name: str) -> tuple[str, ...]:
    """The instant that a request has there already, written in other ways; () where it has none."""
    path = tuple(int(step) if step.isdigit() else step for step in name.split("."))
    text = form.query.get(name, at(form.body, path))
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return ()
    if when.tzinfo is None:
        return ()
    east, west = (when.astimezone(timezone(timedelta(minutes=each))) for each in (345, -660))
    plain = when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return plain + "Z", plain + "+00:00", east.isoformat(), west.isoformat()


def _named(answer: Answer, name: str) -> bool:
    """Whether a refusal is about that member: it may mean that a time is not free."""
    return name.rpartition(".")[2].encode() in answer.body


def zones(visit: Visit) -> Iterator[Finding]:
    """Zones of the time-zone database are taken, what is none is refused."""
    yield from _tried(visit, "iana-time-zone", ZONES, NO_ZONES, "a zone")


def instants(visit: Visit) -> Iterator[Finding]:
    """Instants with any offset are taken; days that do not exist and times without an offset are not."""
    yield from _tried(visit, "date-time", INSTANTS, NO_INSTANTS, "an instant")


def dates(visit: Visit) -> Iterator[Finding]:
    """Dates of the calendar are taken, others are not."""
    yield from _tried(visit, "date", DATES, NO_DATES, "a date")


def future(visit: Visit) -> Iterator[Finding]:
    """What has to lie in the future is taken there, and refused where it is past. Writes."""
    now = visit.now()
    if now is None:
        return
    for operation in visit.operations:
        schema = body_schema(operation)
        if schema is None:
            continue
        for path, found in places(visit.contract.data, schema, lambda each: bool(each.get("x-future"))):
            form = visit.known.form(operation)
            example = str((found.get("examples") or [at(form.body, path) or ""])[0])
            name = ".".join(map(str, path))
            for ahead, due in (
                (timedelta(hours=-1), False),
                (timedelta(days=-400), False),
                (timedelta(hours=1), True),
            ):
                value = alike(now + ahead, example)
                answer = visit.ask(form.saying(with_value(form.body, path, value)))
                if not answer.status:
                    break
                visit.count(operation)
                if answer.good != due:
                    what = "to come" if due else "past"
                    yield visit.finding(
                        operation, f"answers {answer.status} to {value!r} in {name}, which is {what}", answer
                    )
                    break


def alike(when: datetime, example: str) -> str:
    """An instant written as an example is: with a T or a space, with an offset or without."""
    when = when.astimezone(UTC).replace(microsecond=0)
    text = when.replace(tzinfo=None).isoformat(sep=" " if example[10:11] == " " else "T")
    return text + ("Z" if example.endswith("Z") else "+00:00" if "+" in example[10:] else "")
