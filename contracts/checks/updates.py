"""What is changed: that it shows at once, and that nothing else is changed with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.checks.answers import row_in, use_of
from contracts.checks.forms import Form, body_schema
from contracts.checks.resources import alike, kinds, reader, short, steady
from contracts.checks.slotting import slots_fact
from contracts.checks.values import followed, plain, properties
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation


def updates(visit: Visit) -> Iterator[tuple[Operation, Form, Form]]:
    """(update, its request on a row that was made for it, the request that reads that row)."""
    for operation in visit.contract.operations:
        use = use_of(operation)
        if use.get("action") != "update" or body_schema(operation) is None or slots_fact(operation):
            continue
        if operation not in visit.operations and use["kind"] not in kinds(visit, "read"):
            continue
        source = reader(visit, use["kind"])
        if source is None or not operation.path.count("{"):
            continue
        visit.renew()
        form = visit.known.form(operation, fresh=True)
        names = [each.name for each in operation.parameters if each.place == "path"]
        place = use.get("id", names[-1])
        theirs = [each.name for each in source.parameters if each.place == "path"]
        read = visit.known.form(source).at(**{use_of(source).get("id", theirs[-1]): form.path[place]})
        yield operation, form, read


def changes(visit: Visit, operation: Operation, row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(member, new value) of what an update can change, and a row shows under the same name."""
    data, schema = visit.contract.data, body_schema(operation)
    example = visit.known.blank(operation).body
    found: list[tuple[str, Any]] = []
    for name, part in properties(data, schema).items():
        if name not in row:
            continue
        check = visit.contract.schemas.check_inline(part)
        each = followed(data, part)
        options = [
            "Asia/Kathmandu" if each.get("format") == "iana-time-zone" else None,
            "https://example.org/changed" if each.get("format") == "uri" else None,
            f"Changed by a check {visit.seed}" if "format" not in each else None,
            f"changed-by-a-check-{visit.seed}" if "pattern" in each else None,
            row[name][:1] if isinstance(row[name], list) else None,
            example.get(name) if isinstance(example, Mapping) else None,
        ]
        value = next(
            (
                option
                for option in options
                if option is not None
                and option != row[name]
                and check.ok(option)
                and _comparable(row[name], option)
            ),
            None,
        )
        if value is not None and each.get("format") != "email":
            found.append((name, value))
    return found


def _comparable(before: Any, after: Any) -> bool:
    """Whether a member with the one value will show the other as it was sent: texts, and lists of them."""
    if isinstance(after, str):
        return before is None or isinstance(before, str)
    return (
        isinstance(after, list) and all(isinstance(each, str) for each in after) and isinstance(before, list)
    )


def updated(visit: Visit) -> Iterator[Finding]:
    """A change shows at once, and only what was named is changed."""
    for operation, form, read in updates(visit):
        before = visit.ask(read)
        row = row_in(read.operation, before.value) if before.good else None
        if not isinstance(row, Mapping):
            continue
        options = changes(visit, operation, row) or _example_changes(form, row)
        for name, value in options[:2]:
            answer = visit.ask(form.saying(_body(form, name, value, visit)))
            if not answer.good:
                continue
            after = visit.ask(read)
            shown = row_in(read.operation, after.value) if after.good else None
            visit.count(operation)
            visit.count(read.operation)
            if not isinstance(shown, Mapping):
                yield visit.finding(
                    operation, f"after it the row is answered with {after.status}", answer, after
                )
                break
            if shown.get(name) != value and not alike(shown.get(name), value):
                yield visit.finding(
                    operation,
                    f"changes {name} to {short(value)}, and it reads {short(shown.get(name))}",
                    answer,
                    after,
                )
                break
            lost = _lost(
                visit,
                operation,
                row,
                shown,
                {name, *_touched(visit, operation)},
                _body(form, name, value, visit),
            )
            if lost:
                yield visit.finding(operation, f"changes {name}, and {lost} too", before, answer, after)
                break
            row = shown
            before = after


def _body(form: Form, name: str, value: Any, visit: Visit) -> Mapping[str, Any]:
    """A body that changes one member, with those that an update has to have."""
    schema = body_schema(form.operation)
    needed = followed(visit.contract.data, schema).get("required", ())
    example = form.body if isinstance(form.body, Mapping) else {}
    rest = {
        each: example.get(
            each, plain(visit.contract.data, properties(visit.contract.data, schema).get(each, {}))
        )
        for each in needed
    }
    return {**rest, name: value}


def _example_changes(form: Form, row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    body = form.body if isinstance(form.body, Mapping) else {}
    return [
        (name, value)
        for name, value in body.items()
        if name in row and row[name] != value and isinstance(value, str | list | bool)
    ]


def _touched(visit: Visit, operation: Operation) -> list[str]:
    touch = visit.contract.facts["resources"].get(use_of(operation)["kind"], {}).get("touch", {})
    return [*touch, "updatedAt", "updated_at", "modifiedAt"]


def _lost(
    visit: Visit,
    operation: Operation,
    row: Mapping[str, Any],
    shown: Mapping[str, Any],
    but: set[str],
    body: Mapping[str, Any],
) -> str:
    """A member that the request did not name and that is another now; "" for none."""
    for each, value in steady(visit, use_of(operation)["kind"], row).items():
        if each in but or each in body or shown.get(each) == value:
            continue
        # A member made of another one (a whole name of its parts) may follow it, but not be emptied.
        if value is not None and (shown.get(each) is None or shown.get(each) in ("", [])):
            return f"{each} is gone"
        if each not in shown:
            return f"{each} is gone"
    return ""


def lost_update(visit: Visit) -> Iterator[Finding]:
    """Two who have read the same row and change different members of it both have their way."""
    for operation, form, read in updates(visit):
        first = visit.ask(read)
        visit.ask(read)
        row = row_in(read.operation, first.value) if first.good else None
        options = changes(visit, operation, row) if isinstance(row, Mapping) else []
        if len(options) < 2 or followed(visit.contract.data, body_schema(operation)).get("required"):
            continue
        (name, value), (other, another) = options[:2]
        one = visit.ask(form.saying({name: value}))
        two = visit.ask(form.saying({other: another}))
        after = visit.ask(read)
        shown = row_in(read.operation, after.value) if after.good else None
        if not (one.good and two.good and isinstance(shown, Mapping)):
            continue
        visit.count(operation)
        for each, wanted in ((name, value), (other, another)):
            if shown.get(each) != wanted and not alike(shown.get(each), wanted):
                yield visit.finding(
                    operation, f"of two changes, that of {each} is lost", first, one, two, after
                )
                break
