"""The caller's bookings, in the form of 2026-05-01 (cursor) and of 2024-08-13 (take and skip)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.filters import Selection, Span
from mockserver.engine.paging import Pager, Rows
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.kinds import BOOKING, BY_PERSON, BY_STATE
from mockserver.providers.calcom.people import me
from mockserver.providers.calcom.records import shown
from mockserver.providers.calcom.times import read_bound
from mockserver.scheduling.intervals import instant, instant_not_before
from mockserver.world.run import Key
from mockserver.world.store import Row

_HOUR: Final = 3600
# By status: the state that an index knows, whether lists go back, and where they begin: an hour ago or now.
_ORDERS: Final[dict[str | None, tuple[str | None, bool]]] = {
    None: (None, True),
    "upcoming": ("live", False),
    "recurring": ("live", False),
    "unconfirmed": ("unconfirmed", False),
    "past": ("live", True),
    "cancelled": ("cancelled", True),
}
_SORTS: Final = {
    "sortStart": "start",
    "sortEnd": "end",
    "sortCreated": "createdAt",
    "sortUpdatedAt": "updatedAt",
}

Test = Callable[[Row], bool]


def list_bookings(exchange: Exchange) -> Reply:
    """A page of the caller's bookings; 400 for a cursor that is none of this list."""
    return _older(exchange) if exchange.service.date else _newest(exchange)


def _newest(exchange: Exchange) -> Reply:
    """The order and the beginning of the first page go by the status (seed 004); pages by cursor."""
    params, store = exchange.params, exchange.store
    status = params.get("status")
    state, descending = _ORDERS[status]
    email = me(exchange).data["email"]
    index = BY_PERSON if state is None else BY_STATE
    run = store.run(BOOKING, index, (email,) if state is None else (state, email))
    start, stop = 0, len(run)
    if len(run):
        now = instant(exchange.now)
        if status == "past":
            stop = run.bisect_left((instant_not_before(exchange.now),))
        elif not descending and "cursor" not in params:
            start = run.bisect_left((now - _HOUR,))

    def position(row: Row) -> Key:
        return store.position(BOOKING, index, row)

    tests = list(_tests(exchange))
    if status == "recurring":
        tests.append(lambda row: "recurringBookingUid" in row.data)
    rows: Rows = Span(run, start, stop, descending, position)
    if tests:
        kept = [row for row in rows[0 : len(rows)] if all(test(row) for test in tests)]
        rows = Selection(kept, descending, position)
    page = Pager(exchange.service.contract.facts["paging"]["bookings"]).cut(exchange, rows)
    told = {"nextCursor": page.info["next-cursor"], "hasMore": page.info["has-more"]}
    data = [shown(exchange, row) for row in page.rows]
    return reply_json(exchange, {"status": "success", "data": data, "pagination": told})


def _older(exchange: Exchange) -> Reply:
    """Any of several states, in the order asked for, cut by number; by start where no order is asked for."""
    params, store, now = exchange.params, exchange.store, instant(exchange.now)
    run = store.run(BOOKING, BY_PERSON, (me(exchange).data["email"],))
    rows: Rows = Span(run, 0, len(run), False, lambda row: store.position(BOOKING, BY_PERSON, row))
    wanted = params.get("status")
    tests = list(_tests(exchange))
    if wanted:
        wanted = [wanted] if isinstance(wanted, str) else wanted
        tests.append(lambda row: any(_is(row, status, now) for status in wanted))
    sorts = [(field, params[name]) for name, field in _SORTS.items() if name in params]
    if tests or sorts:
        kept = [row for row in rows[0 : len(rows)] if all(test(row) for test in tests)]
        for field, way in reversed(sorts):
            kept.sort(key=lambda row: row.data[field] or "", reverse=way == "desc")
        rows = Selection(kept, False, lambda row: store.position(BOOKING, BY_PERSON, row))
    page = Pager(exchange.service.contract.facts["paging"]["bookings-2024-08-13"]).cut(exchange, rows)
    info = page.info
    told = {
        "totalItems": info["total"],
        "remainingItems": info["remaining"],
        "returnedItems": info["returned"],
        "itemsPerPage": info["size"],
        "currentPage": info["page"],
        "totalPages": info["pages"],
        "hasNextPage": info["has-more"],
        "hasPreviousPage": info["has-previous"],
    }
    data = [shown(exchange, row) for row in page.rows]
    return reply_json(exchange, {"status": "success", "data": data, "pagination": told})


def _is(row: Row, status: str, now: int) -> bool:
    """Whether a booking is in one of the states that the older list knows."""
    data = row.data
    state, over = data["_state"], data["_until"] <= now
    if status == "cancelled":
        return bool(state == "cancelled")
    if status == "past":
        return bool(over and state != "cancelled")
    if over:
        return False
    if status == "unconfirmed":
        return bool(state == "unconfirmed")
    return bool(state == "live" and (status == "upcoming" or "recurringBookingUid" in data))


def _tests(exchange: Exchange) -> Iterable[Test]:
    """What else a request asks of bookings."""
    params = exchange.params
    for name in ("eventTypeIds", "eventTypeId"):
        if name in params:
            types = _numbers(params[name])
            yield lambda row, types=types: row.data["eventTypeId"] in types  # type: ignore[misc]
    for name in ("teamsIds", "teamId"):
        if name in params:
            teams = _numbers(params[name])
            yield lambda row, teams=teams: row.data["_team"] in teams  # type: ignore[misc]
    if "bookingUid" in params:
        yield lambda row: row.id == params["bookingUid"]
    if "attendeeEmail" in params:
        email = params["attendeeEmail"].lower()
        yield lambda row: any(each["email"].lower() == email for each in row.data["attendees"])
    if "attendeeName" in params:
        name = params["attendeeName"].lower()
        yield lambda row: any(name in each["name"].lower() for each in row.data["attendees"])
    if "afterStart" in params:
        since = read_bound(params["afterStart"], "afterStart")
        yield lambda row: row.data["_at"] >= since
    if "beforeEnd" in params:
        until = read_bound(params["beforeEnd"], "beforeEnd")
        yield lambda row: row.data["_until"] <= until
    for param, field, after in (
        ("afterCreatedAt", "createdAt", True),
        ("beforeCreatedAt", "createdAt", False),
        ("afterUpdatedAt", "updatedAt", True),
        ("beforeUpdatedAt", "updatedAt", False),
    ):
        if param in params:
            yield _stamped(field, read_bound(params[param], param), after=after)


def _stamped(field: str, bound: int, *, after: bool) -> Test:
    def test(row: Row) -> bool:
        text = row.data[field]
        if text is None:
            return False
        at = read_bound(text, field)
        return at >= bound if after else at <= bound

    return test


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(map(int, str(value).split(",")))
