"""Cases that can be put to two servers alike: an operation and what is unusual about the request."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contracts.checks.forms import ABSENT, Form, body_schema, nowhere
from contracts.checks.values import branches, followed, properties, required, without
from contracts.checks.visit import Visit
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.parameter import Parameter

Kind = Literal["persona", "token", "nowhere", "query", "header", "lacks", "member", "bytes"]
WRONG_TOKEN = "nobody-issued-this-token"
# Of what the cases draw, this share has one thing unusual about it; the rest has two.
SINGLE = 0.7
OTHERWISE: dict[str, tuple[Any, ...]] = {
    "integer": ("abc", "-1", "0", "1.5", "99999999999"),
    "number": ("abc", "-1"),
    "boolean": ("maybe", "TRUE", "1"),
    "string": ("",),
    "array": ("",),
}
BY_FORMAT: dict[str, tuple[str, ...]] = {
    "date": ("2026-02-30", "tomorrow", "2026-4-1"),
    "date-time": ("2026-04-15", "2026-04-15T09:00:00", "yesterday"),
    "iana-time-zone": ("Europe/Nowhere", "CET"),
    "email": ("nobody", "a@b"),
    "uuid": ("not-a-uuid",),
    "e164": ("0151 12345678", "+49"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is unusual about a request: what kind of, where, and which value."""

    kind: Kind
    name: str = ""
    value: Any = None

    def __str__(self) -> str:
        if self.kind == "persona":
            return f"as {self.name}" if self.name else "without credentials"
        if self.kind == "token":
            return "with a token that nobody issued"
        if self.kind == "nowhere":
            return "where the path names nothing"
        if self.kind == "lacks":
            return f"without {self.name}"
        if self.kind == "bytes":
            return f"with the body {self.value!r}"
        return f"with {self.name}={self.value!r}"


@dataclass(frozen=True, slots=True)
class Case:
    """A request in order, but for its changes."""

    operation: Operation
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self.changes)) or "as it is meant"


def cases(
    contract: Contract, operation: Operation, personas: Sequence[str], *, seed: int, count: int
) -> list[Case]:
    """Some of the cases of an operation, the plain one first; the same ones for the same seed."""
    draw = random.Random(f"{seed} {operation.id}")
    every = list(changes(contract, operation, personas))
    draw.shuffle(every)
    found = [Case(operation)]
    singles = every[: max(1, round((count - 1) * SINGLE))]
    found += [Case(operation, (each,)) for each in singles]
    while len(found) < count and len(every) > 1:
        one, other = draw.sample(every, 2)
        if (one.kind, one.name) != (other.kind, other.name):
            found.append(Case(operation, (one, other)))
    return found[:count]


def changes(contract: Contract, operation: Operation, personas: Sequence[str]) -> Iterator[Change]:
    """All that can be unusual about a request of an operation."""
    if operation.security:
        yield Change("persona")
        yield Change("token")
        yield from (Change("persona", name) for name in personas)
    if any(each.place == "path" for each in operation.parameters):
        yield Change("nowhere")
    for parameter in operation.parameters:
        if parameter.place != "query":
            continue
        if parameter.required:
            yield Change("lacks", f"query:{parameter.name}")
        yield from (Change("query", parameter.name, each) for each in _values(contract, parameter))
    yield Change("query", "nobody-knows-this", "1")
    yield Change("header", "accept", "application/xml")
    schema = body_schema(operation)
    if schema is None:
        return
    yield Change("bytes", value="{")
    yield Change("bytes", value="[]")
    yield Change("header", "content-type", "text/plain")
    yield Change("member", "nobodyKnowsThis", 1)
    needed = required(contract.data, schema)
    for name, part in properties(contract.data, schema).items():
        if name in needed:
            yield Change("lacks", f"body:{name}")
        yield Change("member", name, None)
        yield from (Change("member", name, each) for each in _wrong(contract, part))


def formed(visit: Visit, case: Case, *, fresh: bool) -> Form | None:
    """The request at one server; None where nothing is there that it could name."""
    form = visit.known.form(case.operation, fresh=fresh)
    away = any(each.kind == "nowhere" for each in case.changes)
    if away:
        form = nowhere(visit.contract, form)
    elif not set(form.path) <= form.known | form.made and not _says_it_itself(case.operation, form):
        return None
    for each in case.changes:
        form = _changed(form, each)
    return form


def asked(visit: Visit, case: Case, form: Form) -> Any:
    """Ask it."""
    options: dict[str, Any] = {}
    for each in case.changes:
        if each.kind == "token":
            options["token"] = WRONG_TOKEN
        elif each.kind == "persona":
            options["persona"] = next((one for one in visit.personas if one.name == each.name), None)
        elif each.kind == "header":
            options.setdefault("headers", {})[each.name] = each.value
    return visit.ask(form, **options)


def _says_it_itself(operation: Operation, form: Form) -> bool:
    """Whether a path's values are words of the document: a closed list of them."""
    closed = {
        each.name for each in operation.parameters if each.place == "path" and "enum" in (each.schema or {})
    }
    return set(form.path) <= closed | form.known | form.made


def _changed(form: Form, change: Change) -> Form:
    if change.kind == "query":
        return form.asking(**{change.name: change.value})
    if change.kind == "lacks":
        place, _, name = change.name.partition(":")
        return form.asking(**{name: None}) if place == "query" else form.saying(without(form.body, (name,)))
    if change.kind == "member" and isinstance(form.body, dict):
        return form.saying({**form.body, change.name: change.value})
    if change.kind == "bytes" and form.body is not ABSENT:
        return form.saying(str(change.value).encode())
    return form


def _values(contract: Contract, parameter: Parameter) -> Iterator[Any]:
    """Values of a parameter, good ones and others."""
    seen: list[Any] = []
    for each in branches(contract.data, parameter.schema):
        kinds = each.get("type", "string")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            seen += OTHERWISE.get(str(kind), ())
        seen += BY_FORMAT.get(str(each.get("format", "")), ())
        seen += each.get("enum", ())
        if "enum" in each:
            seen.append("none-of-these")
        if "maximum" in each:
            seen.append(each["maximum"] + 1)
        if each.get("minimum") is not None:
            seen.append(each["minimum"])
    yield from dict.fromkeys(each for each in seen if isinstance(each, str | int | float))


def _wrong(contract: Contract, schema: Any) -> Iterator[Any]:
    """Values that a member of a body should not have."""
    each = followed(contract.data, schema)
    kind = each.get("type", "string")
    yield 7 if kind in ("string", "array", "object") else "seven"
    yield from BY_FORMAT.get(str(each.get("format", "")), ())
    if "enum" in each:
        yield "none-of-these"
    if kind == "string":
        yield ""
