"""What a list shows: the rows that its filters mean, in the order that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from contracts.checks.answers import paging_of, rows_in, use_of
from contracts.checks.forms import Form, parameter_named
from contracts.checks.values import field, followed
from contracts.checks.visit import Visit
from contracts.checks.walking import key_of, walk
from contracts.finding import Finding
from mockserver.openapi.contract import Operation

MOST_VALUES = 3


def whole(visit: Visit, operation: Operation, form: Form) -> list[Any] | None:
    """All rows of a list; None where it goes wrong."""
    fact = paging_of(visit.contract, operation)
    if fact.get("style") in ("page", "offset", "cursor"):
        found = walk(visit, operation, fact, form, fact.get("size", {}).get("max", 100))
        return None if found.trouble else found.rows
    answer = visit.ask(form)
    return rows_in(operation, answer.value) if answer.good else None


def filters(visit: Visit) -> Iterator[Finding]:
    """A filter shows the rows that it means, and all of them."""
    for operation in visit.operations:
        use = use_of(operation)
        if use.get("action") != "list" or not use.get("filters"):
            continue
        form = visit.known.form(operation)
        everything = whole(visit, operation, form)
        if not everything:
            continue
        for name, fact in use["filters"].items():
            parameter = parameter_named(operation, name)
            names = [fact["field"]] if "field" in fact else fact["fields"]
            if parameter is None or any(each.startswith("_") or "._" in each for each in names):
                yield from _declared_only(visit, operation, form, name, everything)
                continue
            op = fact.get("op", "eq")
            for value in _values(everything, names, op, parameter.schema):
                got = whole(visit, operation, form.asking(**{name: value}))
                if got is None:
                    continue
                visit.count(operation)
                wanted = [row for row in everything if _passes(row, names, op, value)]
                mine, theirs = ({key_of(visit, operation, row) for row in rows} for rows in (got, wanted))
                if mine != theirs:
                    odd = sorted(mine - theirs) or sorted(theirs - mine)
                    what = (
                        f"shows {odd[0]}, which it does not mean" if mine - theirs else f"leaves out {odd[0]}"
                    )
                    yield visit.finding(
                        operation,
                        f"{name}={value} {what}",
                        *visit.last(2),
                        pointer=parameter.pointer,
                    )
                    break


def _declared_only(
    visit: Visit, operation: Operation, form: Form, name: str, everything: list[Any]
) -> Iterator[Finding]:
    """A filter whose field no answer shows: its values must at least share the rows out among themselves."""
    parameter = parameter_named(operation, name)
    schema = {} if parameter is None else followed(visit.contract.data, parameter.schema)
    options = schema.get("enum", [])
    if len(options) < 2 or parameter is None:
        return
    parts = [whole(visit, operation, form.asking(**{name: option})) for option in options]
    if any(part is None for part in parts):
        return
    visit.count(operation)
    keys = [key_of(visit, operation, row) for part in parts for row in part or ()]
    if len(keys) != len(set(keys)) and len(set(keys)) == len(everything):
        yield visit.finding(
            operation,
            f"{name} shows the same rows for different values",
            *visit.last(2),
            pointer=parameter.pointer,
        )


def _values(rows: list[Any], names: list[str], op: str, schema: Any) -> list[Any]:
    """Values to filter by, taken from rows that are there: the middle one, and others that split them."""
    found = [value for row in rows for name in names for value in field(row, name) if _scalar(value)]
    if not found:
        return []
    if op == "contains":
        texts = [each for each in found if isinstance(each, str) and len(each) >= 3]
        addresses = [each for each in texts if "@" in each][:1]
        return [
            *addresses,
            *(each[1:6].strip() or each for each in texts[:1]),
            *(each.upper() for each in texts[:1]),
        ]
    if op in ("eq", "in"):
        options = schema.get("enum", []) if isinstance(schema, Mapping) else []
        return list(dict.fromkeys([*found[:1], *found[-1:], *options]))[:MOST_VALUES]
    ordered = sorted({each for each in found if isinstance(each, str)})
    if not ordered:
        return []
    middle = ordered[len(ordered) // 2]
    moment = instant_of(middle)
    if moment is None:
        return [middle]
    east = moment.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat()
    return [moment.astimezone(UTC).isoformat().replace("+00:00", "Z"), east]


def _scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _passes(row: Any, names: list[str], op: str, wanted: Any) -> bool:
    found = [value for name in names for value in field(row, name)]
    if op == "contains":
        return any(isinstance(each, str) and str(wanted).casefold() in each.casefold() for each in found)
    if op in ("eq", "in"):
        return any(_same(each, wanted) for each in found)
    return any(_compared(each, op, wanted) for each in found)


def _same(value: Any, wanted: Any) -> bool:
    one, other = instant_of(value), instant_of(wanted)
    return one == other if one is not None and other is not None else value == wanted


def _compared(value: Any, op: str, wanted: Any) -> bool:
    one, other = instant_of(value), instant_of(wanted)
    if one is None or other is None:
        return False
    return {"ge": one >= other, "gt": one > other, "le": one <= other, "lt": one < other}[op]


def instant_of(value: Any) -> datetime | None:
    """The instant that a text is, with its offset; None for anything else."""
    if not isinstance(value, str) or len(value) < 16 or value[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def order(visit: Visit) -> Iterator[Finding]:
    """A list is in the declared order, and in the one that is asked for."""
    for operation in visit.operations:
        use = use_of(operation)
        if use.get("action") != "list":
            continue
        form = visit.known.form(operation)
        sort: Mapping[str, Any] = use.get("sort", {})
        usual = visit.contract.facts["resources"].get(use["kind"], {}).get("sort", [])
        wanted: list[tuple[Form, str, bool, str]] = []
        if usual and "behaviour" not in operation.facts and not usual[0].lstrip("-").startswith("_"):
            down = sort.get("default") == "desc" if sort else usual[0].startswith("-")
            wanted.append((form, sort.get("field", usual[0].lstrip("-")), down, "by default"))
        if "param" in sort and "field" in sort:
            for told, down in (("asc", False), ("desc", True)):
                wanted.append((form.asking(**{sort["param"]: told}), sort["field"], down, told))
        by = sort.get("by")
        if by is not None:
            fields = [(name, form.asking(**{by["param"]: name})) for name in by["fields"]]
            wanted += [(asked, name, False, f"by {name}") for name, asked in fields]
        for asked, name, down, what in wanted:
            rows = whole(visit, operation, asked)
            if rows is None or len(rows) < 2:
                continue
            keys = [next(iter(field(row, name)), None) for row in rows]
            if any(key is None for key in keys) or len(set(map(str, keys))) < 2:
                continue
            visit.count(operation)
            instants = [instant_of(key) for key in keys]
            comparable: list[Any] = keys if any(each is None for each in instants) else instants
            if comparable != sorted(comparable, reverse=down):
                yield visit.finding(
                    operation,
                    f"is not in order of {name} ({what})",
                    *visit.last(1),
                    pointer=operation.pointer,
                )
                break
