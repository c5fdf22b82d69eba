"""Faults of lists: pages, cursors, totals, filters, order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from mockserver import Mock
from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.lists import List
from mockserver.engine.paging import Pager
from mockserver.engine.plan import Plan
from tests.quality.twists import Deviation, Twist, behaving, planned, replying, requests, values


def pager_of(plan: Plan) -> Pager:
    """The part of a list that cuts pages."""
    behaviour = plan.behaviour
    assert isinstance(behaviour, List)
    return behaviour._pager


def paged(change: Callable[[Exchange, dict[str, Any]], None], *operations: str) -> Twist:
    """Change the JSON of a page, knowing what was asked for."""

    def alter(exchange: Exchange, reply: Reply) -> None:
        value = orjson.loads(reply.body)
        change(exchange, value)
        reply.body = orjson.dumps(value)

    return replying(alter, *operations, status=200)


def asked_differently(path: str, change: Callable[[dict[str, str]], None]) -> Twist:
    """Understand the query of a path in another way."""

    def alter(asked: dict[str, Any]) -> None:
        if asked["path"].endswith(path) and asked["method"] == "GET":
            query = dict(parse_qsl(asked["query"].decode(), keep_blank_values=True))
            change(query)
            asked["query"] = urlencode(query).encode()

    return requests(alter)


def overlapping(exchange: Exchange, value: dict[str, Any]) -> None:
    """Every page but the first begins with the row before it."""
    size, number = exchange.params.get("count") or 20, exchange.params.get("page") or 1
    if number > 1:
        before = type(exchange.service).answer(
            exchange.service,
            exchange.world, "GET", exchange.path, exchange.path.encode(),
            f"count={size}&page={number - 1}".encode(), exchange.header_list, exchange.headers, b"",
        )  # fmt: skip
        assert before.reply is not None
        last = orjson.loads(before.reply.body)["collection"][-1:]
        value["collection"] = [*last, *value["collection"]][:size]


def skipping(rows: str) -> Callable[[Exchange, dict[str, Any]], None]:
    """Every page but the first lacks its first row."""

    def change(exchange: Exchange, value: dict[str, Any]) -> None:
        place = exchange.params.get("page") or exchange.params.get("cursor") or exchange.params.get("offset")
        if place not in (None, 0, 1):
            value[rows] = value[rows][1:]

    return change


def looping(exchange: Exchange, value: dict[str, Any]) -> None:
    """The next page is this page."""
    cursor = exchange.params.get("cursor")
    if cursor is not None:
        value["nextCursor"] = cursor


def never_ending(exchange: Exchange, value: dict[str, Any]) -> None:
    """There is a next page after the last one."""
    page = value["pagination"]
    if page["nextPage"] is None:
        page["nextPage"] = f"{exchange.path}?page={page['currentPage'] + 1}"


def ending_early(exchange: Exchange, value: dict[str, Any]) -> None:
    """The second page is said to be the last."""
    if exchange.params.get("cursor") is not None:
        value["nextCursor"] = None


def total_of(change: Callable[[int, int], int], rows: str, *members: str) -> Callable[[dict[str, Any]], None]:
    """The total is another one; `change` is given it and the number of rows on this page."""

    def alter(value: dict[str, Any]) -> None:
        holder = value
        for name in members:
            holder = holder[name]
        holder["total"] = change(holder["total"], len(value[rows]))

    return alter


def loose_cursors(*operations: str) -> Twist:
    """A cursor is good for any filter, and any list."""

    def change(plan: Plan) -> None:
        vars(pager_of(plan))["_bound"] = lambda _: b"anything"

    return planned(change, *operations)


def tampered_cursor(exchange_query: dict[str, str]) -> None:
    """A cursor that cannot be read means the first page."""
    text = exchange_query.get("cursor", "")
    if text and not text.isascii():
        exchange_query.pop("cursor")


def unread_cursor_is_first_page(*operations: str) -> Twist:
    """A cursor that is none is overlooked."""
    from mockserver.engine.refusals import Refusal

    def wrap(inner: Callable[[Exchange], Reply]) -> Callable[[Exchange], Reply]:
        def behave(exchange: Exchange) -> Reply:
            try:
                return inner(exchange)
            except Refusal:
                exchange.params.pop("cursor", None)
                return inner(exchange)

        return behave

    return behaving(wrap, *operations)


def cursor_forgets_filters(operation: str, *filters: str) -> Twist:
    """After the first page, the filters are forgotten, but for those that are sent again they are ignored."""

    def wrap(inner: Callable[[Exchange], Reply]) -> Callable[[Exchange], Reply]:
        def behave(exchange: Exchange) -> Reply:
            if exchange.params.get("cursor") is not None:
                for name in filters:
                    exchange.params.pop(name, None)
            return inner(exchange)

        return behave

    def twist(mock: Mock) -> None:
        loose_cursors(operation)(mock)
        behaving(wrap, operation)(mock)

    return twist


def by_number_of_rows(operation: str) -> Twist:
    """The cursor is a number of rows: who books in between sees a row twice."""

    def wrap(inner: Callable[[Exchange], Reply]) -> Callable[[Exchange], Reply]:
        def behave(exchange: Exchange) -> Reply:
            cursor, size = exchange.params.get("cursor"), exchange.params.get("limit") or 50
            start = int(cursor, 16) if cursor else 0
            exchange.params = {**exchange.params, "limit": 100}
            exchange.params.pop("cursor", None)
            reply = inner(exchange)
            value = orjson.loads(reply.body)
            found = value["bookings"]
            value["bookings"] = found[start : start + size]
            value["nextCursor"] = f"{start + size:08x}" if start + size < len(found) else None
            reply.body = orjson.dumps(value)
            return reply

        return behave

    return behaving(wrap, operation)


def fixed_size(size: int) -> Callable[[dict[str, str]], None]:
    """However many are asked for, pages have that many."""

    def change(query: dict[str, str]) -> None:
        for name in ("count", "limit", "pageSize"):
            if name in query:
                query[name] = str(size)

    return change


def default_size(name: str, size: int) -> Callable[[dict[str, str]], None]:
    """Who asks for no size gets that one."""

    def change(query: dict[str, str]) -> None:
        query.setdefault(name, str(size))

    return change


def counted_from_one(query: dict[str, str]) -> None:
    """Page 0 is page 1."""
    number = int(query["page"]) if query.get("page", "").isdigit() else 0
    query["page"] = str(max(number - 1, 0))


def forgetting(*names: str) -> Callable[[dict[str, str]], None]:
    """Those parameters are not looked at."""

    def change(query: dict[str, str]) -> None:
        for name in names:
            query.pop(name, None)

    return change


def as_text_compared(query: dict[str, str]) -> None:
    """A time's offset is cut off: what is left is compared as text."""
    if "minStartTime" in query:
        query["minStartTime"] = query["minStartTime"][:19] + "Z"


def strictly_after(exchange: Exchange, value: dict[str, Any]) -> None:
    """What starts at the bound is left out."""
    bound = exchange.params.get("start")
    if bound is not None:
        value["appointments"] = [row for row in value["appointments"] if row["start"][:19] != str(bound)[:19]]


def folded(query: dict[str, str]) -> None:
    """A search looks at names only: what has an @ finds nothing."""
    if "@" in query.get("q", ""):
        query["q"] = "\u2603"


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "overlapping-pages",
        "zeeg",
        "paging.partition",
        paged(overlapping, "listEvents"),
        ("listEvents",),
        "each page begins with the last row of the one before",
    ),
    Deviation(
        "missing-rows",
        "zeeg",
        "paging.partition",
        paged(skipping("collection"), "listEventTypes"),
        ("listEventTypes",),
        "a row is lost between two pages",
    ),
    Deviation(
        "missing-rows-by-cursor",
        "caledee",
        "paging.partition",
        paged(skipping("leads"), "listLeads"),
        ("listLeads",),
        "a row is lost between two pages",
    ),
    Deviation(
        "missing-rows-by-offset",
        "caledee",
        "paging.partition",
        paged(skipping("contacts"), "listContacts"),
        ("listContacts",),
        "a row is lost between two pages",
    ),
    Deviation(
        "looping-pages",
        "caledee",
        "paging.partition",
        paged(looping, "listBookings"),
        ("listBookings",),
        "the cursor leads to its own page",
    ),
    Deviation(
        "ends-early",
        "caledee",
        "paging.partition",
        paged(ending_early, "listBookings"),
        ("listBookings",),
        "the second page says it is the last",
    ),
    Deviation(
        "first-page-is-another",
        "meetergo",
        "paging.partition",
        asked_differently("/appointment/paginated", counted_from_one),
        ("listAppointments",),
        "pages are counted from one, not from zero",
    ),
    Deviation(
        "never-ending",
        "zeeg",
        "paging.totals",
        paged(never_ending, "listWebhooks", "listEvents"),
        ("listEvents",),
        "the last page names a next one",
    ),
    Deviation(
        "total-off-by-one",
        "zeeg",
        "paging.totals",
        values(total_of(lambda total, _: total + 1, "collection", "pagination"), "listEvents"),
        ("listEvents",),
        "one more is told than there is",
    ),
    Deviation(
        "total-off-by-one-below",
        "meetergo",
        "paging.totals",
        values(total_of(lambda total, _: max(0, total - 1), "appointments"), "listAppointments"),
        ("listAppointments",),
        "one less is told than there is",
    ),
    Deviation(
        "total-of-the-page",
        "caledee",
        "paging.totals",
        values(total_of(lambda _, here: here, "contacts"), "listContacts"),
        ("listContacts",),
        "the total counts this page only",
    ),
    Deviation(
        "size-ignored",
        "zeeg",
        "paging.sizes",
        asked_differently("/scheduled-events", fixed_size(20)),
        ("listEvents",),
        "pages have twenty rows whatever is asked for",
    ),
    Deviation(
        "default-size-wrong",
        "meetergo",
        "paging.sizes",
        asked_differently("/appointment/paginated", default_size("pageSize", 5)),
        ("listAppointments",),
        "five rows a page where twenty are declared",
    ),
    Deviation(
        "cursor-without-filters",
        "caledee",
        "paging.cursors",
        cursor_forgets_filters("listBookings", "status"),
        ("listBookings",),
        "after the first page the filter is gone",
    ),
    Deviation(
        "foreign-cursor-accepted",
        "caledee",
        "paging.cursors",
        loose_cursors("listBookings", "listLeads"),
        ("listBookings",),
        "a cursor made under other filters is taken",
    ),
    Deviation(
        "tampered-cursor-accepted",
        "caledee",
        "paging.cursors",
        unread_cursor_is_first_page("listLeads"),
        ("listLeads",),
        "a cursor that is none is overlooked",
    ),
    Deviation(
        "cursor-counts-rows",
        "caledee",
        "paging.stable",
        by_number_of_rows("listBookings"),
        ("listBookings",),
        "a row comes twice when somebody books in between",
    ),
    Deviation(
        "filter-ignored",
        "zeeg",
        "lists.filters",
        asked_differently("/scheduled-events", forgetting("status")),
        ("listEvents",),
        "status is not looked at",
    ),
    Deviation(
        "boolean-filter-ignored",
        "caledee",
        "lists.filters",
        asked_differently("/leads", forgetting("booked")),
        ("listLeads",),
        "booked is not looked at",
    ),
    Deviation(
        "bound-excluded",
        "meetergo",
        "lists.filters",
        paged(strictly_after, "listAppointments"),
        ("listAppointments",),
        "what starts at the bound is left out",
    ),
    Deviation(
        "times-compared-as-text",
        "zeeg",
        "lists.filters",
        asked_differently("/scheduled-events", as_text_compared),
        ("listEvents",),
        "the offset of a bound is not looked at",
    ),
    Deviation(
        "search-looks-at-names-only",
        "caledee",
        "lists.filters",
        asked_differently("/contacts", folded),
        ("listContacts",),
        "an address is not searched for",
    ),
    Deviation(
        "order-ignored",
        "zeeg",
        "lists.order",
        asked_differently("/scheduled-events", forgetting("sort")),
        ("listEvents",),
        "sort=desc changes nothing",
    ),
    Deviation(
        "order-field-ignored",
        "meetergo",
        "lists.order",
        asked_differently("/appointment/paginated", forgetting("sortBy")),
        ("listAppointments",),
        "sortBy=createdAt changes nothing",
    ),
)
