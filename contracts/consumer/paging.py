"""Which pages of which lists a program asked for, and whether there were more; knows x-paging facts only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.consumer.seen import Seen

DEEPEST = 3
# So many requests in a row say what a program is at.
GETTING_ON = 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was asked for. `place` is its cursor, number or offset, "" for the first one.

    `more` says whether the answer told of another page; None where nothing in it does. `rows` is how many
    there were.
    """

    seen: Seen
    place: str
    more: bool | None
    rows: int


@dataclass(frozen=True, slots=True)
class Series:
    """The pages of one list, in the order in which they were asked for."""

    operation: str
    pages: Sequence[Page]


def series_of(seen: Sequence[Seen]) -> list[Series]:
    """The lists that were gone through: a first page, and the pages after it with the same filters."""
    found: dict[tuple[object, ...], list[list[Page]]] = {}
    for each in seen:
        if each.paging is None or each.method != "GET":
            continue
        params = each.paging.get("params", {})
        name, size = params.get(each.paging["style"], ""), params.get("size", "")
        asked = tuple(sorted((key, value) for key, value in each.query.items() if key not in (name, size)))
        page = page_of(each)
        runs = found.setdefault((each.operation, each.exchange.path, asked), [])
        first = page.place == ""
        # A first page that could not be had is tried again, and is no new beginning.
        again = bool(runs) and first and runs[-1][-1].place == "" and not _had(runs[-1][-1].seen)
        if (first and not again) or not runs:
            runs.append([])
        runs[-1].append(page)
    return [Series(str(key[0]), pages) for key, runs in found.items() for pages in runs]


def _had(seen: Seen) -> bool:
    return seen.done and seen.arrived


def page_of(seen: Seen) -> Page:
    """What one exchange of a paged operation was about."""
    assert seen.paging is not None
    fact = seen.paging
    style, params, sizes = fact["style"], fact.get("params", {}), fact.get("size", {})
    place = seen.query.get(params.get(style, ""), "")
    first = str(fact.get("first", 1)) if style == "page" else "0" if style == "offset" else ""
    if place == first:
        place = ""
    rows = longest_list(seen.body)
    more = None
    if (told := _next(seen.body, 0)) is not None:
        more = told
    elif style in ("page", "offset") and (total := _total(seen.body, 0)) is not None:
        asked = seen.query.get(params.get("size", ""), "")
        size = int(asked) if asked.isdigit() else int(sizes.get("default", 20))
        size = min(size, int(sizes.get("max", size)))
        at = int(place) if place.isdigit() else int(first or 0)
        before = at if style == "offset" else (at - int(fact.get("first", 1))) * size
        more = before + rows < total and rows > 0
    return Page(seen, place, more, rows)


def gets_on(seen: Sequence[Seen]) -> bool:
    """Whether the program's last requests brought new pages with rows, one after the other."""
    pages = [page_of(each) for each in seen[-GETTING_ON:] if each.paging is not None and each.done]
    return (
        len(seen) >= GETTING_ON == len(pages)
        and len({page.place for page in pages}) == len(pages)
        and all(page.rows and page.more is not False for page in pages)
    )


def longest_list(body: Any) -> int:
    """How many rows the longest list at the top of a body has."""
    if isinstance(body, list):
        return len(body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return max((len(each) for each in lists), default=0)


def _members(body: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """The plain members of a body and of the objects in it, rows left out."""
    if isinstance(body, dict) and depth < DEEPEST:
        for key, value in body.items():
            if isinstance(value, dict):
                yield from _members(value, depth + 1)
            elif not isinstance(value, list):
                yield str(key).lower(), value


def _next(body: Any, depth: int) -> bool | None:
    for key, value in _members(body, depth):
        if key.startswith("next") or key in ("hasmore", "has_more", "hasnextpage", "has_next_page"):
            return bool(value)
    return None


def _total(body: Any, depth: int) -> int | None:
    for key, value in _members(body, depth):
        if key in ("total", "totalcount", "total_count", "totalitems") and isinstance(value, int):
            return value
    return None
