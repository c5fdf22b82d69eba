"""The caller's bookings, in the form of 2026-05-01 (cursor) and of 2024-08-13 (take and skip)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.filters import Selection, Sifted, Span
from mockserver.engine.paging import Page, Rows
from mockserver.providers.calcom.kinds import BOOKING, BY_PERSON, BY_STATE
from mockserver.providers.calcom.people import me
from mockserver.providers.calcom.records import hides_people, manages, public, without_people
from mockserver.providers.calcom.times import read_bound
from mockserver.scheduling.intervals import instant, instant_not_before
from mockserver.world.run import Key, Sieve
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
_WRAP: Final = {"status": "success", "data": "$rows", "pagination": "$page"}
_CURSORS: Final = {"nextCursor": "$next-cursor", "hasMore": "$has-more"}
_NUMBERS: Final = {
    "totalItems": "$total",
    "remainingItems": "$remaining",
    "returnedItems": "$returned",
    "itemsPerPage": "$size",
    "currentPage": "$page",
    "totalPages": "$pages",
    "hasNextPage": "$has-more",
    "hasPreviousPage": "$has-previous",
}

# What is asked of a booking, and a name that is the same only where the same is asked.
Test = tuple[Hashable, Callable[[Row], bool]]


def list_bookings(exchange: Exchange) -> Reply:
    """A page of the caller's bookings; 400 for a cursor that is none of this list."""
    operation = exchange.plan.operation
    assert operation is not None
    # Not by the service's date: the vendor's own document shows the older form as its only one.
    return _newest(exchange) if operation.facts["paging"] == "bookings" else _older(exchange)


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
        tests.append((status, lambda row: "recurringBookingUid" in row.data))
    rows: Rows = Span(run, start, stop, descending, position)
    if tests:
        rows = Sifted(run, start, stop, descending, position, _sieve(tests))
    return _reply(exchange, exchange.service.pager("bookings").cut(exchange, rows), _CURSORS)


def _older(exchange: Exchange) -> Reply:
    """Any of several states, in the order asked for, cut by number; by start where no order is asked for."""
    params, store, now = exchange.params, exchange.store, instant(exchange.now)
    run = store.run(BOOKING, BY_PERSON, (me(exchange).data["email"],))

    def position(row: Row) -> Key:
        return store.position(BOOKING, BY_PERSON, row)

    rows: Rows = Span(run, 0, len(run), False, position)
    wanted = params.get("status")
    tests = list(_tests(exchange))
    if wanted:
        wanted = [wanted] if isinstance(wanted, str) else wanted
        tests.append(((now, *wanted), lambda row: any(_is(row, status, now) for status in wanted)))
    sorts = [(field, params[name]) for name, field in _SORTS.items() if name in params]
    sieve = _sieve(tests)
    if sorts:
        arranged = run.arranged((sieve.name, *sorts), lambda every: _arranged(every, sieve, sorts))
        rows = Selection(arranged, False, position)
    elif tests:
        rows = Sifted(run, 0, len(run), False, position, sieve)
    return _reply(exchange, exchange.service.pager("bookings-2024-08-13").cut(exchange, rows), _NUMBERS)


def _arranged(rows: list[Row], sieve: Sieve, sorts: Sequence[tuple[str, str]]) -> list[Row]:
    """Those that pass, by several fields, of which the first counts most; each with the way it goes."""
    kept = [row for row in rows if sieve.test(row)]
    for field, way in reversed(sorts):
        kept.sort(key=lambda row: str(row.data[field] or ""), reverse=way == "desc")
    return kept


def _reply(exchange: Exchange, page: Page, info: Mapping[str, str]) -> Reply:
    """The page's bookings, as whoever asks may see them."""
    service, plan = exchange.service, exchange.plan
    whole = service.list_shape(plan, BOOKING, _WRAP, info, public)
    rows = page.rows
    hiding = [row for row in rows if hides_people(row) and not manages(exchange, row)]
    if not hiding:
        return whole.reply(exchange, rows, page.key, page.info)
    less = service.list_shape(plan, BOOKING, _WRAP, info, without_people)
    shown = [(less.view if row in hiding else whole.view, row) for row in rows]
    return whole.reply_each(exchange, shown, page.key, page.info)


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


def _sieve(tests: list[Test]) -> Sieve:
    """What passes all of them."""
    return Sieve(tuple([name for name, _ in tests]), lambda row: all(test(row) for _, test in tests))


def _tests(exchange: Exchange) -> Iterable[Test]:
    """What else a request asks of bookings; a name is the parameter and its value."""
    params = exchange.params
    for name in ("eventTypeIds", "eventTypeId"):
        if name in params:
            types = _numbers(params[name])
            yield (name, types), lambda row, types=types: row.data["eventTypeId"] in types  # type: ignore[misc]
    for name in ("teamsIds", "teamId"):
        if name in params:
            teams = _numbers(params[name])
            yield (name, teams), lambda row, teams=teams: row.data["_team"] in teams  # type: ignore[misc]
    if "bookingUid" in params:
        yield ("uid", params["bookingUid"]), lambda row: row.id == params["bookingUid"]
    if "attendeeEmail" in params:
        email = params["attendeeEmail"].lower()
        yield ("email", email), lambda row: any(e["email"].lower() == email for e in row.data["attendees"])
    if "attendeeName" in params:
        name = params["attendeeName"].lower()
        yield ("name", name), lambda row: any(name in each["name"].lower() for each in row.data["attendees"])
    if "afterStart" in params:
        since = read_bound(params["afterStart"], "afterStart")
        yield ("since", since), lambda row: row.data["_at"] >= since
    if "beforeEnd" in params:
        until = read_bound(params["beforeEnd"], "beforeEnd")
        yield ("until", until), lambda row: row.data["_until"] <= until
    for param, field, after in (
        ("afterCreatedAt", "createdAt", True),
        ("beforeCreatedAt", "createdAt", False),
        ("afterUpdatedAt", "updatedAt", True),
        ("beforeUpdatedAt", "updatedAt", False),
    ):
        if param in params:
            bound = read_bound(params[param], param)
            yield (param, bound), _stamped(field, bound, after=after)


def _stamped(field: str, bound: int, *, after: bool) -> Callable[[Row], bool]:
    def test(row: Row) -> bool:
        text = row.data[field]
        if text is None:
            return False
        at = read_bound(text, field)
        return at >= bound if after else at <= bound

    return test


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(map(int, str(value).split(",")))
