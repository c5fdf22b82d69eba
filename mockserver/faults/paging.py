"""Faults of paging: a page again, a page missed, a cursor that never ends; knows x-paging facts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from mockserver.engine.exchange import Exchange, Reply
from mockserver.faults.kinds import Active, FaultKind


def shift(by: int) -> Callable[[Exchange, Active], Reply | None]:
    """A `before` that makes the list answer another page than the one asked for, after the first."""

    def before(exchange: Exchange, active: Active) -> Reply | None:
        if not is_paged(exchange):
            active.note = "cannot act: the operation is not paged"
        elif not is_later_page(exchange):
            active.note = "nothing to do: this is the first page"
        else:
            exchange.page_shift += by
            active.note = (
                "the page before the one asked for" if by < 0 else "the page after the one asked for"
            )
        return None

    return before


def loop(exchange: Exchange, active: Active) -> Reply | None:
    """Make every page's cursor, or link to the next page, lead to that same page."""
    if is_paged(exchange):
        exchange.loop_cursor = True
        active.note = "the next page is this page again"
    else:
        active.note = "cannot act: the operation is not paged"
    return None


def is_paged(exchange: Exchange) -> bool:
    """Whether the document gives this operation a way of paging."""
    return paging_of(exchange) is not None


def paging_of(exchange: Exchange) -> Mapping[str, Any] | None:
    """The x-paging fact of the exchange's operation; None where it has none."""
    operation = exchange.plan.operation
    if operation is None:
        return None
    name = operation.facts.get("x-paging", operation.facts.get("paging"))
    facts = exchange.service.contract.facts
    declared = facts.get("x-paging", facts.get("paging")) or {}
    fact = declared.get(name) if isinstance(name, str) else None
    return fact if fact is not None and fact.get("style", "none") != "none" else None


def is_later_page(exchange: Exchange) -> bool:
    """Whether the request asks for a page after the first, by its number, offset or cursor."""
    fact = paging_of(exchange) or {}
    style = fact.get("style")
    name = fact.get("params", {}).get(style)
    sent = parse_qs(exchange.query.decode("latin-1")).get(name) if name else None
    if not sent:
        return False
    if style == "cursor":
        return True
    first = int(fact.get("first", 1)) if style == "page" else 0
    return sent[-1].isascii() and sent[-1].isdigit() and int(sent[-1][:18]) > first


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "page-repeated", "A page after the first is the page before it again.", before=shift(-1)
            ),
            FaultKind(
                "page-skipped", "A page after the first is the one after it: rows are lost.", before=shift(1)
            ),
            FaultKind("cursor-loop", "The next page is always this page: a client never ends.", before=loop),
        )
    }
)
