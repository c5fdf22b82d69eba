"""Which operations of a document each check has something to ask of; knows facts, asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contracts.checks import limits, webhooks
from contracts.checks.answers import paging_of, use_of
from contracts.checks.entitled import scoped, secured
from contracts.checks.forms import body_schema
from contracts.checks.phone import is_phone
from contracts.checks.slotting import slots_fact
from contracts.checks.values import followed, places, properties
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.parameter import Parameter

Needs = Callable[[Contract], Sequence[Operation]]
Test = Callable[[Contract, Operation], bool]

SLOTTED = {
    "book": "and something books it",
    "undo": "and a booking of it can be taken back",
    "zone": "in the zone that is asked for",
    "hours": "and where the weekly hours stand",
}


def where(test: Test) -> Needs:
    """The operations of which that is true."""

    def needs(contract: Contract) -> Sequence[Operation]:
        return [each for each in contract.operations if test(contract, each)]

    # What a check asks of is told by `Check.of`.
    needs.__doc__ = test.__doc__
    return needs


def first(test: Test) -> Needs:
    """The first operation of which that is true: one is enough."""

    def needs(contract: Contract) -> Sequence[Operation]:
        return [each for each in contract.operations if test(contract, each)][:1]

    needs.__doc__ = "One is enough." if test is any_operation else test.__doc__
    return needs


def ordered(contract: Contract, operation: Operation) -> bool:
    """It can be asked by somebody who may not, in a way that is wrong besides."""
    typed = any(
        each.place == "query"
        and ({"integer", "boolean"} & set(_types(contract, each.schema)) or _listed(contract, each))
        for each in operation.parameters
    )
    wrong = body_schema(operation) is not None or typed
    return secured(contract, operation) and (wrong or ("{" in operation.path and scoped(contract, operation)))


def _listed(contract: Contract, parameter: Parameter) -> bool:
    return "enum" in followed(contract.data, parameter.schema)


def asked(contract: Contract, operation: Operation) -> bool:
    """It can be asked wrongly."""
    typed = any(
        each.place == "query" and _types(contract, each.schema) != ["string"] for each in operation.parameters
    )
    return secured(contract, operation) or typed or operation.body is not None


def bodied(_: Contract, operation: Operation) -> bool:
    """It takes a body in JSON."""
    return body_schema(operation) is not None


def any_operation(_: Contract, __: Operation) -> bool:
    """Every operation."""
    return True


def styled(*styles: str) -> Test:
    """It is a list that is cut in one of these ways."""

    def test(contract: Contract, operation: Operation) -> bool:
        return (
            use_of(operation).get("action") == "list"
            and paging_of(contract, operation).get("style") in styles
        )

    test.__doc__ = f"It is a list that is cut by {' or '.join(styles)}."
    return test


def told(contract: Contract, operation: Operation) -> bool:
    """It is a list whose answers tell how much there is, or whether there is more."""
    names = {
        "total",
        "pages",
        "returned",
        "has-more",
        "has-previous",
        "next",
        "next-url",
        "previous",
        "previous-url",
    }
    info = paging_of(contract, operation).get("info", "")
    holes = info.values() if isinstance(info, Mapping) else [info]
    return styled("page", "offset", "cursor")(contract, operation) and any(
        f"${name}" in holes for name in names
    )


def growing(contract: Contract, operation: Operation) -> bool:
    """It is a list with cursors of what can be made."""
    kind = use_of(operation).get("kind")
    makes = any(
        use_of(each).get("kind") == kind and use_of(each).get("action") == "create"
        for each in contract.operations
    )
    return styled("cursor")(contract, operation) and makes


def filtered(_: Contract, operation: Operation) -> bool:
    """It is a list that can be narrowed."""
    return use_of(operation).get("action") == "list" and bool(use_of(operation).get("filters"))


def sorted_(_: Contract, operation: Operation) -> bool:
    """It is a list whose order can be asked for."""
    return use_of(operation).get("action") == "list" and "param" in use_of(operation).get("sort", {})


def counted(contract: Contract) -> Sequence[Operation]:
    """The read whose quota is measured."""
    found = limits.measured(contract, contract.operations)
    return [] if found is None else [found]


def telling(contract: Contract, operation: Operation) -> bool:
    """It is a read whose answers tell of a quota."""
    facts = contract.facts.get("rate-limit", {})
    named = operation.facts.get("rate-limit", facts.get("default", ()))
    names = [named] if isinstance(named, str) else list(named)
    tells = [
        name
        for name in names
        if facts.get(name, {}).get("headers", {}).keys() & {"limit", "remaining", "reset"}
    ]
    return operation.method == "GET" and bool(operation.security) and len(tells) == 1


def does(*actions: str) -> Test:
    """It does that to rows."""

    def test(_: Contract, operation: Operation) -> bool:
        return use_of(operation).get("action") in actions

    test.__doc__ = f"It is declared to {' or '.join(actions)} a row."
    return test


def changing(contract: Contract, operation: Operation) -> bool:
    """It changes texts of a row that can be read by its id, and shows them under the same names."""
    use = use_of(operation)
    if use.get("action") != "update" or body_schema(operation) is None or "{" not in operation.path:
        return False
    reads = any(
        use_of(each).get("kind") == use["kind"] and use_of(each).get("action") == "read" and "{" in each.path
        for each in contract.operations
    )
    return reads and bool(shared(contract, operation))


def shared(contract: Contract, operation: Operation) -> list[str]:
    """The members that a change takes and a row shows under the same name, as texts."""
    pointer = contract.facts["resources"].get(use_of(operation)["kind"], {}).get("schema", "")
    shown: Mapping[str, Any] = properties(contract.data, {"$ref": pointer}) if pointer else {}
    taken = properties(contract.data, body_schema(operation))
    return [name for name in taken if name in shown and "string" in _types(contract, taken[name])]


def _types(contract: Contract, schema: Any) -> list[Any]:
    kinds = followed(contract.data, schema).get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def merging(contract: Contract, operation: Operation) -> bool:
    """It changes single members, of which there are at least two."""
    schema = followed(contract.data, body_schema(operation) or {})
    return (
        changing(contract, operation) and len(shared(contract, operation)) > 1 and not schema.get("required")
    )


def repeatable(_: Contract, operation: Operation) -> bool:
    """It may be done twice."""
    return bool(use_of(operation).get("idempotent"))


def named_once(contract: Contract, operation: Operation) -> bool:
    """Its requests can have a name of the caller's."""
    return _has(contract, operation, lambda each: bool(each.get("x-once")))


def slotted(*keys: str) -> Test:
    """It tells when something can be booked, and the fact says all of that."""

    def test(_: Contract, operation: Operation) -> bool:
        fact = slots_fact(operation)
        return bool(fact) and all(key in fact or key in fact.get("book", {}) for key in keys)

    told = [SLOTTED[key] for key in keys]
    test.__doc__ = f"It tells when something can be booked{''.join(f', {each}' for each in told)}."
    return test


def phoned(contract: Contract, operation: Operation) -> bool:
    """Its requests have telephone numbers."""
    return _has(contract, operation, is_phone)


def timed(format: str) -> Test:
    """Its requests have texts of that format, beside those that say from when to when."""

    def test(contract: Contract, operation: Operation) -> bool:
        fact = slots_fact(operation)
        inner = any(
            followed(contract.data, each.schema).get("format") == format
            for each in operation.parameters
            if each.place == "query" and each.name not in (fact.get("from"), fact.get("to"))
        )
        return inner or _has(contract, operation, lambda each: each.get("format") == format)

    test.__doc__ = f"Its requests have a text of the format {format}."
    return test


def subscribing(contract: Contract) -> Sequence[Operation]:
    """What subscribes to webhooks."""
    return [each for each, *_ in webhooks.subscribing(contract)]


def signing(contract: Contract) -> Sequence[Operation]:
    """What subscribes to webhooks that are signed."""
    scheme = contract.facts.get("deliveries", {}).get("signature", {}).get("scheme", "none")
    return [] if scheme == "none" else subscribing(contract)


def ahead(contract: Contract, operation: Operation) -> bool:
    """Its requests have a time that has to lie in the future."""
    return _has(contract, operation, lambda each: bool(each.get("x-future")))


def _has(contract: Contract, operation: Operation, wanted: Callable[[Mapping[str, Any]], bool]) -> bool:
    schema = body_schema(operation)
    found: Iterator[Any] = iter(()) if schema is None else places(contract.data, schema, wanted)
    return operation.method != "GET" and next(found, None) is not None
