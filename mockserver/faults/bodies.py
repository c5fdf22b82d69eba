"""Faults of the body: one member gone, null, unknown or of the wrong type; knows schemas, no provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.engine.exchange import MISSING, Exchange, Reply
from mockserver.faults.kinds import Active, FaultKind
from mockserver.faults.places import Path, Place, places, pointer, undeclared
from mockserver.openapi.contract import Media

# A page of a hundred long rows has that many members; what fits is nearly always in the first row.
MOST_PLACES = 5000

UNKNOWN_FIELD = "understudyUnknownField"
UNKNOWN_VALUE = "understudy-unknown-value"

FIELD = MappingProxyType(
    {
        "type": "string",
        "minLength": 1,
        "description": "The member to act on: its name, or a JSON pointer into the body.",
    }
)


@dataclass(frozen=True, slots=True)
class Spoiling:
    """How one kind changes a body: which places fit, what to put there, and whether the result is legal.

    `change` gives the new value, MISSING for none at all. `legal` says that the changed body must still keep
    to the document, otherwise it must break it; None leaves that open.
    """

    fits: Callable[[Place], bool]
    change: Callable[[Place], Any]
    legal: bool
    why_not: str


def spoil(spoiling: Spoiling) -> Callable[[Exchange, Reply, Active], Reply]:
    """An `after` that changes the first place that fits, or says why there is none."""

    def after(exchange: Exchange, reply: Reply, active: Active) -> Reply:
        body = read(reply)
        if body is MISSING:
            return tell(reply, active, "cannot act: there is no JSON body")
        media = media_of(exchange, reply)
        wanted = active.params.get("field")
        found = False
        for place in islice(_places(exchange, media, body), MOST_PLACES):
            if wanted is not None and wanted not in (place.name, place.pointer):
                continue
            found = True
            if not spoiling.fits(place):
                continue
            changed = put(orjson.loads(reply.body), place.path, spoiling.change(place))
            if media is not None and media.check is not None and media.check.ok(changed) != spoiling.legal:
                continue
            write(reply, changed)
            return tell(reply, active, place.pointer)
        if wanted is not None and not found:
            return tell(reply, active, f"cannot act: the body has no {wanted}")
        subject = "there is no" if wanted is None else f"{wanted} is no"
        return tell(reply, active, f"cannot act: {subject} {spoiling.why_not}")

    return after


def add_unknown(_exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Give the first object that has plain members one more, which the document does not declare.

    `field` may be a JSON pointer, to say which object gets it.
    """
    body = read(reply)
    field = str(active.params.get("field", UNKNOWN_FIELD))
    parent, name = field.rsplit("/", 1) if field.startswith("/") else (None, field)
    name = name.replace("~1", "/").replace("~0", "~")
    objects = list(islice(_objects(body, ()), MOST_PLACES))
    if parent is None:
        plain = [path for path, held in objects if any(not isinstance(v, dict | list) for v in held.values())]
        chosen = next(iter(plain or [path for path, _ in objects]), None)
    else:
        chosen = next((path for path, _ in objects if pointer(path) == parent), None)
    if chosen is None:
        return tell(reply, active, "cannot act: there is no object to add to")
    path = (*chosen, name)
    if name in dict(objects)[chosen]:
        return tell(reply, active, f"cannot act: there is a {pointer(path)} already")
    write(reply, put(body, path, active.params.get("value", "unexpected")))
    return tell(reply, active, pointer(path))


def read(reply: Reply) -> Any:
    """The reply's JSON body, MISSING where it has none."""
    content_type = reply.content_type.partition(b";")[0].strip()
    if not reply.body or not content_type.endswith(b"json"):
        return MISSING
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return MISSING


def write(reply: Reply, body: Any) -> None:
    """Replace the reply's body."""
    reply.body = orjson.dumps(body)
    reply.value = MISSING


def tell(reply: Reply, active: Active, note: str) -> Reply:
    """Note on the fault what it did."""
    active.note = note
    return reply


def media_of(exchange: Exchange, reply: Reply) -> Media | None:
    """The declared media type of this reply; None where the document says nothing of it."""
    response = exchange.plan.response(reply.status)
    if response is None:
        return None
    content_type = reply.content_type.partition(b";")[0].strip().decode("latin-1")
    return response.media.get(content_type) or response.media.get("*/*")


def put(body: Any, path: Path, value: Any) -> Any:
    """The body with `value` at `path`, or without that member where the value is MISSING; changes `body`."""
    holder = body
    for part in path[:-1]:
        holder = holder[part]
    if value is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return body


def _places(exchange: Exchange, media: Media | None, body: Any) -> Iterator[Place]:
    if media is None or not isinstance(media.schema, Mapping):
        return undeclared(body)
    return places(media.schema, body, exchange.service.contract.data)


def _objects(body: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(body, dict):
        yield path, body
        for key, value in body.items():
            yield from _objects(value, (*path, key))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from _objects(value, (*path, number))


def _other_type(place: Place) -> Any:
    value = place.value
    types = place.types
    if isinstance(value, int | float) and not isinstance(value, bool) and "string" not in types:
        return str(value)
    if isinstance(value, bool) and "string" not in types:
        return "true" if value else "false"
    for name, other in (("integer", 0), ("string", "0"), ("boolean", True), ("array", []), ("object", {})):
        if name not in types and not (name == "integer" and "number" in types):
            return other
    return None


def _unlisted(place: Place) -> Any:
    numbers = [v for v in place.enum if isinstance(v, int | float) and not isinstance(v, bool)]
    if numbers and len(numbers) == len([v for v in place.enum if v is not None]):
        return int(max(numbers)) + 1
    return UNKNOWN_VALUE


def _is_plain(place: Place) -> bool:
    return not isinstance(place.value, dict | list)


DROP = Spoiling(
    fits=lambda place: not place.required,
    change=lambda _: MISSING,
    legal=True,
    why_not="optional member",
)
NULL = Spoiling(
    fits=lambda place: place.value is not None and (not place.schemas or "null" in place.types),
    change=lambda _: None,
    legal=True,
    why_not="nullable member that has a value",
)
ENUM = Spoiling(
    fits=lambda place: bool(place.enum) and place.value is not None,
    change=_unlisted,
    legal=False,
    why_not="member with a closed list of values",
)
TYPE = Spoiling(
    fits=lambda place: (bool(place.types) or not place.schemas) and _is_plain(place),
    change=_other_type,
    legal=False,
    why_not="plain member with a declared type",
)


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "dropped-optional-field",
                "A member that the document calls optional is not there. The answer is still legal.",
                properties={"field": FIELD},
                after=spoil(DROP),
            ),
            FaultKind(
                "null-for-nullable",
                "A member that may be null is null. The answer is still legal.",
                properties={"field": FIELD},
                after=spoil(NULL),
            ),
            FaultKind(
                "unknown-extra-field",
                "An object has a member that the document does not know.",
                properties={"field": FIELD, "value": {"description": "What it holds; any JSON value."}},
                after=add_unknown,
            ),
            FaultKind(
                "unknown-enum-value",
                "A member with a closed list of values holds one that is not in it.",
                properties={"field": FIELD},
                after=spoil(ENUM),
            ),
            FaultKind(
                "wrong-type",
                "A plain member is of another type than declared: a number as text, text as a number.",
                properties={"field": FIELD},
                after=spoil(TYPE),
            ),
        )
    }
)
