"""Which rows of a list are on the page that was asked for, and what is told of it; knows paging styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from mockserver.engine.exchange import Exchange
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.world.cursors import CursorError
from mockserver.world.run import Key
from mockserver.world.store import Row

# No list is as long; what is told of a page fits into 64 bits.
FARTHEST = 2**62


class Rows(Protocol):
    """An ordered sequence of rows that can tell how many stand before a position."""

    def __len__(self) -> int: ...
    def __getitem__(self, at: slice, /) -> Sequence[Row]: ...
    @property
    def position(self) -> Callable[[Row], Key]:
        """What a cursor remembers of a row: JSON values that order it among the others."""

    def after(self, position: Sequence[Any]) -> int:
        """How many rows stand before or at that position, whether or not its row still exists."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows, what is told of it, and a key that is the same only when all of `info` is."""

    rows: Sequence[Row]
    key: Any
    info: Mapping[str, Any]


class Pager:
    """A declared way of paging (an x-paging fact), ready to cut pages."""

    def __init__(self, fact: Mapping[str, Any], *, url_base: str = "") -> None:
        params = fact.get("params", {})
        size = fact.get("size", {})
        self.style: str = fact["style"]
        self.place: str = params.get(self.style, "")
        self.size_param: str = params.get("size", "")
        self.default: int = size.get("default", 20)
        self.maximum: int = size.get("max", 1_000_000)
        self.first: int = fact.get("first", 1)
        self.template: Any = fact.get("info")
        self.url_base = url_base
        self._infos: dict[object, Mapping[str, Any]] = {}

    def cut(self, exchange: Exchange, rows: Rows) -> Page:
        """The page of those rows that the exchange's parameters ask for."""
        if self.style == "none":
            return Page(rows[0 : len(rows)], len(rows), {"total": len(rows), "returned": len(rows)})
        size = exchange.params.get(self.size_param) or self.default
        if size > self.maximum:
            size = self.maximum
        if self.style == "cursor":
            return self._cut_after_cursor(exchange, rows, size)
        total = len(rows)
        if self.style == "page":
            number = exchange.params.get(self.place)
            start = 0 if number is None else (number - self.first) * size
        else:
            start = exchange.params.get(self.place) or 0
        if start > FARTHEST:
            start = FARTHEST
        key = (total, start, size, exchange.query, exchange.path, exchange.loop_cursor)
        info = self._infos.get(key)
        if info is None:
            info = self._remember(key, self._info(exchange, total, start, size))
        if exchange.page_shift:
            start = shifted(exchange, start, size)
        return Page(rows[start : start + size] if start < total else (), key, info)

    def _info(self, exchange: Exchange, total: int, start: int, size: int) -> Mapping[str, Any]:
        returned = max(0, min(size, total - start))
        pages = -(-total // size)
        number = start // size + self.first
        has_next = start + size < total
        step = 1 if self.style == "page" else size
        place = number if self.style == "page" else start
        following = place if exchange.loop_cursor else place + step
        previous = (place - step if self.style == "page" else max(0, start - size)) if start > 0 else None
        upcoming = following if has_next else None
        return MappingProxyType(
            {
                "total": total,
                "returned": returned,
                "remaining": max(0, total - start - returned),
                "size": size,
                "offset": start,
                "page": number,
                "pages": pages,
                "has-more": has_next,
                "has-previous": start > 0,
                "previous": previous,
                "next": upcoming,
                "next-cursor": None,
                "previous-url": self._url(exchange, previous),
                "next-url": self._url(exchange, upcoming),
            }
        )

    def _url(self, exchange: Exchange, place: int | None) -> str | None:
        """The path and query of another page, with everything else that was asked for kept."""
        if place is None:
            return None
        asked = parse_qsl(exchange.query.decode("latin-1"), keep_blank_values=True)
        kept = [(name, value) for name, value in asked if name != self.place]
        return f"{exchange.path}?{urlencode([*kept, (self.place, place)])}"

    def _cut_after_cursor(self, exchange: Exchange, rows: Rows, size: int) -> Page:
        bound = self._bound(exchange)
        text = exchange.params.get(self.place)
        start, total = 0, len(rows)
        if text is not None:
            start = rows.after(self._position(exchange, text, bound))
        page = rows[start : start + size]
        more = start + size < total
        cursor = None
        if more:
            cursor = exchange.world.cursors.encode(rows.position(page[-1]), bound)
            if exchange.loop_cursor and text is not None:
                cursor = text
        if exchange.page_shift:
            moved = shifted(exchange, start, size)
            page = rows[moved : moved + size]
        # What can differ between two pages is in the cursor, the number of rows, or the total.
        count = len(page)
        key = (total, start, count, size, cursor)
        info = {
            "total": total,
            "returned": count,
            "remaining": max(0, total - start - count),
            "size": size,
            "offset": start,
            "page": start // size + 1,
            "pages": -(-total // size),
            "has-more": more,
            "has-previous": start > 0,
            "next-cursor": cursor,
        }
        return Page(page, key, info)

    def _position(self, exchange: Exchange, text: str, bound: bytes) -> Sequence[Any]:
        try:
            return exchange.world.cursors.decode(text, bound, exchange.world.clock.epoch())
        except CursorError as error:
            plan = exchange.plan
            raise Refusal(
                plan.status_of("invalid-parameters"),
                "invalid-parameters",
                problems=[
                    Complaint("query", (self.place,), f"cursor-{error.kind}", "is not a cursor of this list")
                ],
                pointer=plan.pointer,
            ) from error

    def _bound(self, exchange: Exchange) -> bytes:
        """What a cursor is good for: this operation, caller and filters, whatever the page size."""
        asked = {
            name: value
            for name, value in exchange.params.items()
            if name not in (self.place, self.size_param)
        }
        caller = exchange.caller
        who = caller.account if caller is not None else ""
        text = repr((exchange.service.slug, exchange.path, who, sorted(asked.items(), key=lambda i: i[0])))
        return blake2b(text.encode(), digest_size=8).digest()

    def _remember(self, key: object, info: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(self._infos) >= 1024:
            self._infos.clear()
        self._infos[key] = info
        return info


def shifted(exchange: Exchange, start: int, size: int) -> int:
    """Where a page begins under a fault that repeats or skips pages; what is told of the page stays."""
    return max(0, start + exchange.page_shift * size) if start > 0 else start
