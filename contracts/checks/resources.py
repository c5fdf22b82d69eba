"""What is made, changed and taken away: that it is there, shows, is gone; once, and not at another's cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.answer import Answer
from contracts.checks.answers import id_field, row_in, use_of
from contracts.checks.forms import Form, body_schema
from contracts.checks.known import of_kind
from contracts.checks.lists import whole
from contracts.checks.slotting import slots_fact
from contracts.checks.values import followed, places, plain, properties, with_value
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation


def kinds(visit: Visit, *actions: str) -> list[str]:
    """The kinds of rows that the operations of this visit make, change or take away."""
    found = [use_of(each).get("kind") for each in visit.operations if use_of(each).get("action") in actions]
    return list(dict.fromkeys(kind for kind in found if kind))


def reader(visit: Visit, kind: str) -> Operation | None:
    """What reads one row of a kind by its id."""
    return next((each for each in of_kind(visit.contract, kind, "read") if "{" in each.path), None)


def reading(visit: Visit, operation: Operation, made: tuple[Form, Answer]) -> Form | None:
    """The request that reads what was made: by a link, or by its id in the path."""
    form, answer = made
    use = use_of(operation)
    for name in visit.known.links_to(operation, answer.status):
        found = visit.known.link(operation, answer, name)
        if found is not None and use_of(found.operation).get("action") == "read":
            return found
    source = reader(visit, use.get("kind", ""))
    row = row_in(operation, answer.value)
    name = id_field(visit.contract, use.get("kind", ""))
    if source is None or not isinstance(row, Mapping) or name not in row:
        return None
    place = use_of(source).get("id") or [each.name for each in source.parameters if each.place == "path"][-1]
    shared = {key: value for key, value in form.path.items() if key in visit.known.form(source).path}
    return visit.known.form(source).at(**{**shared, place: row[name]})


def creators(visit: Visit) -> Iterator[Operation]:
    """The operations that make rows, as x-resource says, or as a link from them to a read shows."""
    for operation in visit.contract.operations:
        if use_of(operation).get("action") == "create" and (
            operation in visit.operations
            or any(use_of(each).get("kind") == use_of(operation)["kind"] for each in visit.operations)
        ):
            yield operation


def created(visit: Visit) -> Iterator[Finding]:
    """What was made can be read as it was sent, and stands in the list."""
    for operation in creators(visit):
        made = visit.known.made(operation)
        if made is None:
            continue
        form, answer = made
        kind = use_of(operation)["kind"]
        row = row_in(operation, answer.value)
        if not isinstance(row, Mapping):
            continue
        asked = _sent(visit, form)
        visit.count(operation)
        different = _different(asked, row)
        if different:
            yield visit.finding(operation, f"is asked for {different}", answer)
        read = reading(visit, operation, made)
        if read is not None:
            again = visit.ask(read)
            visit.count(operation)
            visit.count(read.operation)
            if not again.good:
                yield visit.finding(operation, f"what it made is answered with {again.status}", answer, again)
                continue
            shown = row_in(read.operation, again.value)
            different = _different(_steady(visit, kind, row), shown) or _different(asked, shown)
            if different:
                yield visit.finding(operation, f"what it made reads otherwise: {different}", answer, again)
        yield from _listed(visit, operation, form, row, answer)


def _listed(
    visit: Visit, operation: Operation, form: Form, row: Mapping[str, Any], answer: Answer
) -> Iterator[Finding]:
    use = use_of(operation)
    name = id_field(visit.contract, use["kind"])
    for source in of_kind(visit.contract, use["kind"], "list"):
        asked = visit.known.form(source)
        shared = {key: value for key, value in form.path.items() if key in asked.path}
        if asked.path and not shared:
            continue
        rows = whole(visit, source, asked.at(**shared) if shared else asked)
        if rows is None or name not in row:
            continue
        visit.count(source)
        if row[name] not in [each.get(name) for each in rows if isinstance(each, Mapping)]:
            yield visit.finding(operation, f"what it made is not in {source.id}", answer, *visit.last(1))


def _sent(visit: Visit, form: Form) -> Mapping[str, Any]:
    """The members of a request's body that a row ought to show again as they are."""
    body = form.body
    if not isinstance(body, Mapping):
        return {}
    return {
        name: value for name, value in body.items() if isinstance(value, str | int | bool) and value != ""
    }


def _steady(visit: Visit, kind: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of a row that do not go by the time at which it is shown."""
    pointer = visit.contract.facts["resources"].get(kind, {}).get("schema", "")
    named = {}
    if pointer:
        named = dict(properties(visit.contract.data, {"$ref": pointer}))
    return {
        name: value
        for name, value in row.items()
        if not followed(visit.contract.data, named.get(name, {})).get("x-now")
    }


def _different(wanted: Mapping[str, Any], row: Any) -> str:
    """`content "a", shows "b"` for the first member that is there and differs; "" for none."""
    if not isinstance(row, Mapping):
        return ""
    for name, value in wanted.items():
        if (
            name in row
            and type(row[name]) is type(value)
            and row[name] != value
            and not _alike(row[name], value)
        ):
            return f"{name} {_short(value)}, shows {_short(row[name])}"
        if name in row and value is not None and row[name] is None:
            return f"{name} {_short(value)}, shows null"
    return ""


def _alike(one: Any, other: Any) -> bool:
    """Whether two texts mean the same: the same instant, or letters whose size does not count."""
    from contracts.checks.lists import _instant

    if not isinstance(one, str) or not isinstance(other, str):
        return False
    first, second = _instant(one), _instant(other)
    if first is not None and second is not None:
        return first == second
    return "@" in one and one.casefold() == other.casefold()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


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
    """Whether a member that has the one value will show the other as it was sent: texts, and lists of them."""
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
            if shown.get(name) != value and not _alike(shown.get(name), value):
                yield visit.finding(
                    operation,
                    f"changes {name} to {_short(value)}, and it reads {_short(shown.get(name))}",
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
    steady = _steady(visit, use_of(operation)["kind"], row)
    for each, value in steady.items():
        if each in but or each in body or shown.get(each) == value:
            continue
        # A member made of another one (a whole name of its parts) may follow it; one that is emptied does not.
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
            if shown.get(each) != wanted and not _alike(shown.get(each), wanted):
                yield visit.finding(
                    operation, f"of two changes, that of {each} is lost", first, one, two, after
                )
                break


def deleted(visit: Visit) -> Iterator[Finding]:
    """What was deleted cannot be read, is in no list, and cannot be deleted again."""
    for operation in visit.operations:
        use = use_of(operation)
        if use.get("action") != "delete" and not (
            operation.method == "DELETE" and "204" in operation.responses and not use
        ):
            continue
        form = visit.known.form(operation, fresh=True)
        if not form.known:
            continue
        answer = visit.ask(form)
        if not answer.good:
            continue
        visit.count(operation)
        again = visit.ask(form)
        kind = use.get("kind", "")
        if again.good:
            yield visit.finding(
                operation, f"answers {again.status} to what it deleted already", answer, again
            )
            continue
        source = reader(visit, kind)
        names = [each.name for each in operation.parameters if each.place == "path"]
        id = form.path[use.get("id", names[-1])]
        if source is not None:
            theirs = [each.name for each in source.parameters if each.place == "path"]
            read = visit.ask(visit.known.form(source).at(**{use_of(source).get("id", theirs[-1]): id}))
            visit.count(source)
            if read.good:
                yield visit.finding(operation, "what it deleted can be read", answer, read)
                continue
        name = id_field(visit.contract, kind)
        for each in of_kind(visit.contract, kind, "list"):
            rows = whole(visit, each, visit.known.form(each)) if "{" not in each.path else None
            if rows and id in [row.get(name) for row in rows if isinstance(row, Mapping)]:
                yield visit.finding(operation, f"what it deleted is in {each.id}", answer, *visit.last(1))


def idempotent(visit: Visit) -> Iterator[Finding]:
    """What may be done twice has the effect of once: the second answer is like the first."""
    for operation in visit.operations:
        if use_of(operation).get("idempotent"):
            form = visit.known.form(operation, fresh=True)
            first = visit.ask(form)
            visit.wait(1)
            second = visit.ask(_otherwise(form))
            if not first.good:
                continue
            visit.count(operation)
            if not second.good:
                yield visit.finding(operation, f"answers {second.status} the second time", first, second)
            elif first.value != second.value:
                yield visit.finding(operation, "answers something else the second time", first, second)


def _otherwise(form: Form) -> Form:
    """The same transition with another reason, which must not count any more."""
    for parameter in form.operation.parameters:
        schema = parameter.schema if isinstance(parameter.schema, Mapping) else {}
        if (
            parameter.place == "query"
            and not parameter.required
            and schema.get("type") == "string"
            and "enum" not in schema
        ):
            return form.asking(**{parameter.name: "Another reason."})
    return form


def once(visit: Visit) -> Iterator[Finding]:
    """A request that has a name of the caller's has its effect once, however often it is sent."""
    for operation in visit.operations:
        schema = body_schema(operation)
        if schema is None:
            continue
        for path, _ in places(visit.contract.data, schema, lambda each: bool(each.get("x-once"))):
            form = visit.known.form(operation)
            named = form.saying(with_value(form.body, path, f"check-{visit.seed}-once"))
            first, second = visit.ask(named), visit.ask(named)
            if not first.good:
                continue
            visit.count(operation)
            if first.value != second.value or second.status != first.status:
                yield visit.finding(operation, f"has its effect again for the same {path[-1]}", first, second)
            other = visit.ask(form.saying(with_value(form.body, path, f"check-{visit.seed}-twice")))
            if other.good and other.value == first.value:
                yield visit.finding(operation, f"has no effect for another {path[-1]}", first, other)
