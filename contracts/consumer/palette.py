"""What can be done to a program, learnt from what it was seen to ask for; draws and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.consumer.seen import Run, Seen
from mockserver.faults.places import Place, places
from mockserver.faults.variations import moment

Fault = Mapping[str, Any]

# What people write: outside the basic plane, right to left, quotes and markup, control characters, very long.
TEXTS = (
    "\U0001f4c5 Tŷ Ō'Brien-\u00df \U0001d518",
    "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u200f",
    'a"b\\c <i>&amp;</i> %s {x} ; DROP',
    "tab\tnew\nline\u0000\u2028",
    "x" * 5_000,
    "",
    " ",
)
# Where clocks change in Europe and America, the day before and after, leap days, the turn of a year.
EDGES = (
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:30:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2026-03-08T09:30:00Z",
    "2026-11-01T05:30:00Z",
    "2028-02-29T23:30:00Z",
    "2026-12-31T23:30:00Z",
    "2026-03-29T21:59:59Z",
)
WAITS = (30, 1, 61)
EXTRA = "understudyUnknownField"


@dataclass(frozen=True, slots=True)
class Field:
    """A member of an answer that the program was shown: where it was, and what else it may legally be."""

    name: str
    nullable: bool
    optional: bool
    values: tuple[Any, ...]
    text: bool
    instant: bool
    listed: bool


@dataclass(frozen=True, slots=True)
class Used:
    """An operation that the program asked for: how often, and what its answers hold.

    `shared` says that somebody else may ask the same: a request for tokens (RFC 6749) is nobody else's.
    """

    id: str
    method: str
    count: int
    paged: bool
    rows: int
    ordered: bool
    open: bool
    links: bool
    lists: bool
    sized: bool
    shared: bool
    fields: tuple[Field, ...]
    statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class Palette:
    """The operations in order of first use, the provider's data sets, and what others may do meanwhile.

    `hooks` is how many webhooks the program had brought to it, `events` are those that were sent to it over
    HTTP. `removals` are requests by which somebody else takes away what the program was shown.
    """

    used: tuple[Used, ...]
    data_sets: tuple[str, ...]
    removals: tuple[Fault, ...]
    refreshable: bool
    timeout: float | None
    hooks: int = 0
    events: tuple[str, ...] = ()


def learn(runs: Sequence[Run], service: Any, *, refreshable: bool, timeout: float | None) -> Palette:
    """The palette for a program that was seen in these runs, all of one provider's `service`."""
    order: dict[str, list[Seen]] = {}
    for run in runs:
        for seen in run.seen:
            if seen.exchange.plan.operation is not None:
                order.setdefault(seen.operation, []).append(seen)
    # Where one run asked oftest, there is the most to disturb.
    used = tuple(
        _used(id, group, max(sum(each.operation == id for each in run.seen) for run in runs), service)
        for id, group in order.items()
    )
    return Palette(
        used=used,
        data_sets=tuple(service.provider.data_sets),
        removals=tuple(_removals(used, order, service)),
        refreshable=refreshable,
        timeout=min((run.timeout for run in runs if run.timeout), default=None)
        if timeout is None
        else timeout,
        hooks=max((0 if run.events else len(run.delivered) for run in runs), default=0),
        events=tuple(dict.fromkeys(event for run in runs for event in run.events)),
    )


def _used(id: str, group: Sequence[Seen], count: int, service: Any) -> Used:
    sample = next((seen for seen in group if seen.done and seen.body), group[0])
    plan = sample.exchange.plan
    operation = plan.operation
    assert operation is not None
    media = plan.media(sample.status) if sample.done else None
    found: dict[str, Field] = {}
    allows = False
    if media is not None and isinstance(media.schema, Mapping) and isinstance(sample.body, dict | list):
        listing = (operation.facts.get("resource") or {}).get("action") == "list" or sample.paging is not None
        for place in places(media.schema, sample.body, service.contract.data):
            # What frames the rows of a list says how many there are: it is left alone.
            framing = listing and not any(isinstance(part, int) for part in place.path)
            if isinstance(place.name, str) and place.name not in found and not framing:
                found[place.name] = _field(place)
        allows = media.check is None or media.check.ok(_with_extra(sample.body))
    rows = max((len(each) for each in _lists(sample.body)), default=0)
    return Used(
        id=id,
        method=sample.method,
        count=count,
        paged=sample.paging is not None,
        rows=rows,
        ordered=_promises_order(operation, service),
        open=allows,
        links=sample.paging is not None and sample.paging["style"] != "cursor",
        lists=(operation.facts.get("resource") or {}).get("action") == "list",
        sized=any(_names_size(seen) for seen in group),
        shared=sample.method != "GET" and b"grant_type" not in sample.exchange.body,
        fields=tuple(found.values()),
        statuses=frozenset(int(status) for status in operation.responses if status.isdigit()),
    )


def _names_size(seen: Seen) -> bool:
    """Whether a request said how long pages shall be, where that counts for the ones after it."""
    fact = seen.paging
    if fact is None or fact["style"] == "cursor" or "small-pages" in seen.acted:
        return False
    return fact.get("params", {}).get("size", "") in seen.query


def _field(place: Place) -> Field:
    name = str(place.name)
    plain = isinstance(place.value, str) and not any(
        word in schema for schema in place.schemas for word in ("format", "pattern", "enum", "const")
    )
    return Field(
        name=name,
        nullable="null" in place.types,
        optional=not place.required,
        values=tuple(value for value in place.enum if value is not None and value != place.value),
        text=plain and not name.lower().endswith(("uri", "url", "id", "slug", "token", "cursor", "timezone")),
        instant=moment(place) is not None,
        listed=isinstance(place.value, list),
    )


def _with_extra(body: Any) -> Any:
    target = body[0] if isinstance(body, list) and body else body
    if isinstance(target, dict):
        changed = {**target, EXTRA: "unexpected"}
        return [changed, *body[1:]] if isinstance(body, list) else changed
    return body


def _lists(body: Any) -> Iterator[Sequence[Any]]:
    if isinstance(body, list):
        yield body
    elif isinstance(body, dict):
        yield from (value for value in body.values() if isinstance(value, list))


def _promises_order(operation: Any, service: Any) -> bool:
    """Whether the document says in which order the rows come: by a parameter, or as a documented fact."""
    resource = operation.facts.get("resource") or {}
    if "sort" in resource:
        return True
    kinds = service.contract.facts.get("resources") or {}
    return "sort" in kinds.get(resource.get("kind"), {})


def _removals(used: Sequence[Used], order: Mapping[str, list[Seen]], service: Any) -> Iterator[Fault]:
    """Deletions and cancellations of rows that the program was shown in a list."""
    for each in used:
        listing = service.operations[each.id]
        resource = service.resources.get((listing.facts.get("resource") or {}).get("kind", ""))
        if resource is None or not each.rows:
            continue
        ids: list[str] = []
        for rows in (rows for seen in order[each.id] for rows in _lists(seen.body)):
            ids += [
                str(row[resource.id_field])
                for row in rows
                if isinstance(row, dict) and resource.id_field in row
            ]
        for operation in service.operations.values():
            params = [part for part in operation.path.split("/") if part.startswith("{")]
            same = operation.path.split("/")[1] == listing.path.split("/")[1]
            takes = operation.method == "DELETE" or "cancel" in operation.id.lower()
            if not (same and takes and len(params) == 1):
                continue
            for id in list(dict.fromkeys(ids))[:2]:
                request = {"method": operation.method, "target": operation.address.replace(params[0], id)}
                yield {
                    "fault": "meanwhile",
                    "request": request if operation.method == "DELETE" else {**request, "json": {}},
                }
