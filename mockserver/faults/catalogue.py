"""Every kind of fault by name, and how one is declared; knows nothing of what they do."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from jsonschema_rs import Draft202012Validator

from mockserver.faults import answers, bodies, deliveries, happenings, paging, refusing, variations, wire
from mockserver.faults.kinds import FaultError, FaultKind
from mockserver.world.declared import DELIVERIES

CATALOGUE: Mapping[str, FaultKind] = MappingProxyType(
    {
        **wire.KINDS,
        **refusing.KINDS,
        **happenings.KINDS,
        **bodies.KINDS,
        **variations.KINDS,
        **paging.KINDS,
        **answers.KINDS,
        **deliveries.KINDS,
    }
)


def parse_fault(declared: Any) -> dict[str, Any]:
    """A fault from its JSON, `{"fault": "<name>", filters…, parameters…}`, as a world is told of it.

    What comes back has the parameters apart, under `params`. Of the requests that match provider, operation,
    persona and method it acts from the `nth` on (1: the first), then at each `every`-th, and `times` times in
    all (always where it is absent). A fault of webhooks has an `event` in place of the last three. Raises
    FaultError naming everything that is wrong: the name with what was probably meant, unknown or missing
    parameters, values that do not fit.
    """
    if not isinstance(declared, Mapping):
        raise FaultError(['a fault is an object, {"fault": "<name>", …}'])
    name = declared.get("fault")
    if not isinstance(name, str):
        raise FaultError([f"fault is missing or not text; known are: {', '.join(CATALOGUE)}"])
    kind = kind_named(name)
    given = {key: value for key, value in declared.items() if key != "fault"}
    if problems := complaints(kind, given, filters=True):
        raise FaultError(problems)
    filters = {key: given.pop(key) for key in kind.filters if key in given}
    if kind.delivery:
        filters["operation"] = DELIVERIES + filters.pop("event", "")
    # JSON knows no integers: 1.0 is one for JSON Schema.
    counts: dict[str, Any] = {key: int(filters[key]) for key in ("nth", "times", "every") if key in filters}
    return {"fault": name, **filters, **counts, "params": given}


def kind_named(name: str) -> FaultKind:
    """The kind of that name; FaultError with the nearest ones and the whole list."""
    kind = CATALOGUE.get(name)
    if kind is None:
        near = get_close_matches(name, CATALOGUE, n=2)
        meant = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise FaultError([f"there is no fault {name!r}{meant}; known are: {', '.join(CATALOGUE)}"])
    return kind


def complaints(kind: FaultKind, given: Mapping[str, Any], *, filters: bool) -> list[str]:
    """What is wrong with the parameters of a fault, and with its filters where it may have any."""
    properties = {**(kind.filters if filters else {}), **kind.properties}
    found = [
        f"{kind.name} has no parameter {name!r}; it takes {', '.join(properties) or 'none'}"
        for name in given
        if name not in properties
    ]
    found += [f"{kind.name} needs the parameter {name!r}" for name in kind.required if name not in given]
    for name, schema in properties.items():
        if name in given:
            errors = Draft202012Validator(dict(schema), validate_formats=True).iter_errors(given[name])
            found += [f"{name}: {error.message}" for error in errors]
    return found
