"""Answer the rows that filters, order and page select, from x-resource facts alone; knows no provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.filters import Filter, Selection, Sifted, Span
from mockserver.engine.paging import Pager
from mockserver.engine.resources import Parent, Resource
from mockserver.engine.shapes import ListShape
from mockserver.world.index import hashable
from mockserver.world.run import Run, Sieve, order_key
from mockserver.world.store import Index, Row


@dataclass(frozen=True, slots=True)
class Sort:
    """How a list may be ordered: the parameter that says asc or desc, and what happens without it.

    `by` is the parameter that names the field, "" where there is only one.
    """

    param: str
    descending: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """A list shows the caller's own rows: those with its user in `field`, unless a parameter asks for all,
    or the caller has one of the `wide` roles. Numbered: users are numbers in that field, not text."""

    field: str
    unless: Mapping[str, str]
    wide: frozenset[str] = frozenset()
    numbered: bool = False

    def key(self, user: str) -> str | int:
        """The caller's user as the field has it."""
        return int(user) if self.numbered and user.isdecimal() else user

    def applies(self, params: Mapping[str, Any], role: str) -> bool:
        """Whether a request with these parameters, from that role, gets the caller's own rows only."""
        return role not in self.wide and not any(
            params.get(name) == value for name, value in self.unless.items()
        )


Indexes = Mapping[frozenset[str], Index]
# By the field that a list is ordered by, its usual one first: the indexes of all rows, and those of the
# caller's own rows where the list is limited to them.
Orders = Mapping[str, tuple[Indexes, Indexes]]
_RANGES = frozenset(("ge", "gt", "le", "lt"))
# So many rows are put in order for one answer; of more, a list is made in its own order.
_FEW = 64


class List:
    """Answer the rows that filters, order and page select, from the index that serves them best."""

    def __init__(
        self,
        resource: Resource,
        shape: ListShape,
        pager: Pager,
        filters: Sequence[Filter],
        orders: Orders,
        ranges: Orders,
        within: Within | None,
        sort: Sort,
        parent: Parent | None,
    ) -> None:
        self.resource = resource
        self._shape = shape
        self._pager = pager
        self._filters = filters
        self._filter_params = frozenset(found.param for found in filters)
        self._orders = orders
        self._usual = next(iter(orders.values()))
        # By a field that filters bound: indexes ordered by it, for lists that are ordered by another.
        self._ranges = ranges if len(orders) == 1 else {**orders, **ranges}
        self._within = within
        self._sort = sort
        self._parent = parent

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        resource = self.resource
        params = exchange.params
        key: tuple[Any, ...] = ()
        if resource.owner is not None:
            key = (exchange.caller.account if exchange.caller is not None else None,)
        if self._parent is not None:
            above = self._parent.resource.find(exchange, params[self._parent.param])
            key = (*key, above.id)
        asked: list[Filter] = []
        if not self._filter_params.isdisjoint(params):
            asked = [found for found in self._filters if params.get(found.param) is not None]
        descending = self._sort.descending
        if self._sort.param:
            told = params.get(self._sort.param)
            descending = descending if told is None else told == "desc"
        caller, within = exchange.caller, self._within
        own = within is not None and caller is not None and within.applies(params, caller.role)
        everything, owned = self._usual
        if self._sort.by:
            everything, owned = self._orders.get(str(params.get(self._sort.by)), self._usual)
        indexes = owned if own else everything
        order = indexes[frozenset()]
        store, kind, name = exchange.store, resource.kind, order.name
        user: tuple[Any, ...] = (
            (within.key(caller.user),) if own and within is not None and caller is not None else ()
        )

        def position(row: Row) -> tuple[Any, ...]:
            return store.position(kind, name, row)

        if not asked:
            run = store.run(kind, name, key + user)
            page = self._pager.cut(exchange, Span(run, 0, len(run), descending, position))
            return self._shape.reply(exchange, page.rows, page.key, page.info)
        bounding = self._bounding(asked, order, own) if self._ranges else None
        if bounding is not None:
            index, found, left = self._best(bounding, asked, params, key)
            run = store.run(kind, index.name, found + user)
            start, stop, left = self._bounds(run, index.order[:1], left, params)
            if stop - start <= _FEW:
                rows = run[start:stop]
                for each in left:
                    test, wanted = each.test, each.normal(params[each.param])
                    rows = [row for row in rows if test(row.data, wanted)]
                rows.sort(key=position)
                if descending:
                    rows.reverse()
                page = self._pager.cut(exchange, Selection(rows, descending, position))
                return self._shape.reply(exchange, page.rows, page.key, page.info)
        index, found, left = self._best(indexes, asked, params, key)
        run = store.run(kind, index.name, found + user)
        start, stop, left = self._bounds(run, index.order[:1], left, params)
        if left:
            sieve = _sieve([(each, each.normal(params[each.param])) for each in left])
            page = self._pager.cut(exchange, Sifted(run, start, stop, descending, position, sieve))
        else:
            page = self._pager.cut(exchange, Span(run, start, stop, descending, position))
        return self._shape.reply(exchange, page.rows, page.key, page.info)

    def _bounding(self, asked: list[Filter], order: Index, own: bool) -> Indexes | None:
        """Indexes ordered by a field that the request bounds; None where the list's own order serves."""
        bounded = [found.field for found in asked if found.op in _RANGES]
        if order.order[0:1] and order.order[0] in bounded:
            return None
        field = next((name for name in bounded if name in self._ranges), None)
        return None if field is None else self._ranges[field][own]

    def _best(
        self, indexes: Indexes, asked: list[Filter], params: Mapping[str, Any], key: tuple[Any, ...]
    ) -> tuple[Index, tuple[Any, ...], list[Filter]]:
        """The index whose partition serves most of the filters, its key, and the filters left over."""
        fields = {found.field: found for found in asked if found.equality}
        names = max((by for by in indexes if by <= fields.keys()), key=len)
        index = indexes[names]
        by = [name for name in index.by if name in names]
        served = [fields[name] for name in by]
        key = (*key, *(found.normal(params[found.param]) for found in served))
        return index, key, [found for found in asked if found not in served]

    def _bounds(
        self, run: Run, order: tuple[str, ...], asked: list[Filter], params: Mapping[str, Any]
    ) -> tuple[int, int, list[Filter]]:
        """Turn filters on the field that the run is ordered by into a start and a stop."""
        start, stop = 0, len(run)
        left = []
        for found in asked:
            if (found.field,) != order or found.op not in _RANGES:
                left.append(found)
                continue
            wanted = order_key(found.normal(params[found.param]))
            if found.op == "ge":
                start = max(start, run.bisect_left(wanted))
            elif found.op == "gt":
                start = max(start, run.bisect_right(wanted))
            elif found.op == "le":
                stop = min(stop, run.bisect_right(wanted))
            else:
                stop = min(stop, run.bisect_left(wanted))
        return start, max(start, stop), left


def _sieve(wanted: Sequence[tuple[Filter, Any]]) -> Sieve:
    """What lets the rows through that pass each of those filters."""
    name = tuple([(each.test, hashable(value)) for each, value in wanted])
    if len(wanted) == 1:
        test, only = wanted[0][0].test, wanted[0][1]
        return Sieve(name, lambda row: test(row.data, only))
    tests = [(each.test, value) for each, value in wanted]
    return Sieve(name, lambda row: all(test(row.data, value) for test, value in tests))
