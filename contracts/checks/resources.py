"""What is made, changed and taken away: that it is there, shows, is gone; once, and not at another's cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.answer import Answer
from contracts.checks.answers import id_field, row_in, use_of
from contracts.checks.forms import Form, body_schema
from contracts.checks.leading import of_kind
from contracts.checks.lists import instant_of, whole
from contracts.checks.values import followed, places, properties, with_value
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
        visit.renew()
        made = visit.known.made(operation)
        if made is None:
            continue
        form, answer = made
        kind = use_of(operation)["kind"]
        row = row_in(operation, answer.value)
        if not isinstance(row, Mapping):
            continue
        asked = _sent(form)
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
            different = _different(steady(visit, kind, row), shown) or _different(asked, shown)
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


def _sent(form: Form) -> Mapping[str, Any]:
    """The members of a request's body that a row ought to show again as they are."""
    body = form.body
    if not isinstance(body, Mapping):
        return {}
    return {
        name: value for name, value in body.items() if isinstance(value, str | int | bool) and value != ""
    }


def steady(visit: Visit, kind: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
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
            and not alike(row[name], value)
        ):
            return f"{name} {short(value)}, shows {short(row[name])}"
        if name in row and value is not None and row[name] is None:
            return f"{name} {short(value)}, shows null"
    return ""


def alike(one: Any, other: Any) -> bool:
    """Whether two texts mean the same: the same instant, or letters whose size does not count."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    first, second = instant_of(one), instant_of(other)
    if first is not None and second is not None:
        return first == second
    return "@" in one and one.casefold() == other.casefold()


def short(value: Any) -> str:
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def deleted(visit: Visit) -> Iterator[Finding]:
    """What was deleted cannot be read, is in no list, and cannot be deleted again."""
    readable = {
        each.address
        for each in visit.contract.operations
        if each.method == "GET" and each.address.endswith("}")
    }
    for operation in visit.operations:
        use = use_of(operation)
        # Without the fact, DELETE of one row that GET reads is a deletion too.
        plain = not use and operation.method == "DELETE" and operation.address in readable
        if use.get("action") != "delete" and not plain:
            continue
        visit.renew()
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
