"""Answers that are as legal as the usual one, and different; knows schemas and paging facts, no provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from mockserver.engine.exchange import MISSING, Exchange, Reply
from mockserver.faults.bodies import FIELD, MOST_PLACES, media_of, put, read, tell, write
from mockserver.faults.kinds import Active, FaultKind
from mockserver.faults.paging import paging_of
from mockserver.faults.places import Path, Place, places
from mockserver.openapi.contract import Media
from mockserver.world.clock import parse_instant


def other_value(exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Give the first member of that name, or at that pointer, another value that the document allows."""
    media, body = _declared(exchange, reply)
    if media is None:
        return tell(reply, active, "cannot act: there is no JSON body of which the document speaks")
    wanted, value = active.params["field"], active.params["value"]
    found = False
    for place in _places(exchange, media, body):
        if wanted not in (place.name, place.pointer):
            continue
        found = True
        if _keep(reply, media, put(orjson.loads(reply.body), place.path, value)):
            return tell(reply, active, place.pointer)
    why = "would not be legal with that value" if found else "is not in the body"
    return tell(reply, active, f"cannot act: {wanted} {why}")


def move_times(exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Move the times of the first row that has any: it starts at `to` and takes as long as before."""
    media, body = _declared(exchange, reply)
    if media is None:
        return tell(reply, active, "cannot act: there is no JSON body of which the document speaks")
    try:
        to = parse_instant(active.params["to"])
    except ValueError as error:
        return tell(reply, active, f"cannot act: {error}")
    row: Path | None = None
    start: datetime | None = None
    moved = orjson.loads(reply.body)
    for place in _places(exchange, media, body):
        when = moment(place)
        if when is None or (row is not None and place.path[: len(row)] != row):
            continue
        if start is None:
            if "start" not in str(place.name).lower():
                continue
            row, start = place.path[:-1], when
        if when >= start:
            put(moved, place.path, written(to + (when - start), str(place.value)))
    if row is None:
        return tell(reply, active, "cannot act: there is no row with a start")
    if not _keep(reply, media, moved):
        return tell(reply, active, "cannot act: the moved times would not be legal")
    return tell(
        reply, active, f"the row {''.join(f'/{part}' for part in row) or '/'} starts at {to.isoformat()}"
    )


def reorder(exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Turn the answer's longest list round; for lists of which no order is promised."""
    media, body = _declared(exchange, reply)
    lists = list(_lists(body, ()))
    if not lists:
        return tell(reply, active, "cannot act: there is no list of two rows")
    path, rows = max(lists, key=lambda each: len(each[1]))
    turned: Any = list(reversed(rows))
    if path:
        turned = put(body, path, turned)
    if media is not None and media.check is not None and not media.check.ok(turned):
        return tell(reply, active, "cannot act: the order is part of the document")
    write(reply, turned)
    return tell(reply, active, f"{len(rows)} rows the other way round")


def shorten_pages(exchange: Exchange, active: Active) -> Reply | None:
    """Hold pages to at most `size` rows, whatever size is asked for: a few rows fill several pages."""
    fact = paging_of(exchange)
    name = (fact or {}).get("params", {}).get("size")
    if fact is None or not name:
        active.note = "cannot act: the operation has no size of pages"
        return None
    size = int(active.params["size"])
    asked = parse_qsl(exchange.query.decode("latin-1"), keep_blank_values=True)
    sent = [value for key, value in asked if key == name]
    if sent and not (sent[-1].isascii() and sent[-1].isdigit() and int(sent[-1][:9]) > size):
        active.note = "nothing to do: the pages asked for are not longer"
        return None
    if sent and fact["style"] != "cursor":
        # Numbers and offsets count by the size that was asked for.
        active.note = "nothing to do: the request names the size of its pages"
        return None
    kept = [(key, value) for key, value in asked if key != name]
    exchange.query = urlencode([*kept, (name, size)]).encode()
    active.note = f"at most {size} rows a page"
    return None


def link_elsewhere(exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Make the links of an answer that lead back here lead to another host."""
    body = read(reply)
    if body is MISSING:
        return tell(reply, active, "cannot act: there is no JSON body")
    host = exchange.headers.get(b"host", b"").decode("latin-1")
    other = str(active.params.get("host", ""))
    if not other:
        other = "localhost:" + host.rpartition(":")[2] if ":" in host else "elsewhere.invalid"
    prefix = f"/w/{exchange.world.name}" if exchange.world.name != "default" else ""
    changed = 0
    for path, text in list(_texts(body, ())):
        if text.startswith(f"{exchange.service.base_path}/"):
            put(body, path, f"http://{other}{prefix}{text}")
        elif host and text.startswith(f"http://{host}/"):
            put(body, path, f"http://{other}/" + text.partition(f"//{host}/")[2])
        else:
            continue
        changed += 1
    if not changed:
        return tell(reply, active, "cannot act: there is no link that leads back here")
    write(reply, body)
    return tell(reply, active, f"{changed} links lead to {other}")


def moment(place: Place) -> datetime | None:
    """The instant that a member declared as date-time holds; None for others and for what shows the clock."""
    if not isinstance(place.value, str):
        return None
    if not any(schema.get("format") == "date-time" for schema in place.schemas):
        return None
    if any(schema.get("x-now") for schema in place.schemas):
        return None
    try:
        return parse_instant(place.value)
    except ValueError:
        return None


def written(when: datetime, like: str) -> str:
    """An instant in the form of another one: as many decimals, `Z` or an offset."""
    digits = len(like.partition(".")[2].rstrip("Z").partition("+")[0]) if "." in like else 0
    text = when.strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += "." + f"{when.microsecond:06d}"[:digits].ljust(digits, "0")
    return text + ("Z" if like.endswith("Z") else "+00:00")


def _declared(exchange: Exchange, reply: Reply) -> tuple[Media | None, Any]:
    body = read(reply)
    media = media_of(exchange, reply) if body is not MISSING else None
    if media is not None and not isinstance(media.schema, Mapping):
        media = None
    return media, body


def _places(exchange: Exchange, media: Media, body: Any) -> Iterator[Place]:
    return islice(places(media.schema, body, exchange.service.contract.data), MOST_PLACES)


def _keep(reply: Reply, media: Media, changed: Any) -> bool:
    if media.check is not None and not media.check.ok(changed):
        return False
    write(reply, changed)
    return True


def _lists(body: Any, path: Path) -> Iterator[tuple[Path, Sequence[Any]]]:
    if isinstance(body, list):
        if len(body) > 1 and all(isinstance(each, dict) for each in body):
            yield path, body
    elif isinstance(body, dict):
        for key, value in body.items():
            yield from _lists(value, (*path, key))


def _texts(body: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(body, str):
        yield path, body
    elif isinstance(body, dict | list):
        items = body.items() if isinstance(body, dict) else enumerate(body)
        for key, value in items:
            yield from _texts(value, (*path, key))


INSTANT = MappingProxyType(
    {"type": "string", "format": "date-time", "description": "ISO 8601 with an offset."}
)

KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "other-value",
                "The member `field` holds `value` where the document allows that. The answer is still legal.",
                properties={"field": FIELD, "value": {"description": "Any JSON value."}},
                required=("field", "value"),
                after=other_value,
            ),
            FaultKind(
                "moved-times",
                "The first row with a start has it at `to`, and its other times move along. Still legal.",
                properties={"to": INSTANT},
                required=("to",),
                after=move_times,
            ),
            FaultKind(
                "other-order",
                "The rows of the answer's longest list come the other way round.",
                after=reorder,
            ),
            FaultKind(
                "small-pages",
                "Pages have at most `size` rows, with cursors or where no size is asked for. Still legal.",
                properties={"size": {"type": "integer", "minimum": 1, "maximum": 100}},
                required=("size",),
                before=shorten_pages,
            ),
            FaultKind(
                "link-elsewhere",
                "Links that lead back here lead to another host, `host`.",
                properties={"host": {"type": "string", "minLength": 1, "maxLength": 255}},
                after=link_elsewhere,
            ),
        )
    }
)
