"""Follows a list from page to page; knows how lists are cut, judges none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.answer import Answer
from contracts.checks.answers import id_field, paging_of, rows_in, told, use_of
from contracts.checks.forms import Form
from contracts.checks.visit import Visit
from mockserver.openapi.contract import Operation

MOST_PAGES = 60


@dataclass(slots=True)
class Walk:
    """A list, page by page, until it ends or goes wrong."""

    pages: list[list[Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    tellings: list[Mapping[str, Any]] = field(default_factory=list)
    trouble: str = ""

    @property
    def rows(self) -> list[Any]:
        """All rows, in the order in which they came."""
        return [row for page in self.pages for row in page]


def paged(visit: Visit) -> Iterator[tuple[Operation, Mapping[str, Any]]]:
    """The lists that are cut, and how."""
    for operation in visit.operations:
        fact = paging_of(visit.contract, operation)
        if use_of(operation).get("action") == "list" and fact.get("style") in ("page", "offset", "cursor"):
            yield operation, fact


def walk(visit: Visit, operation: Operation, fact: Mapping[str, Any], form: Form, size: int | None) -> Walk:
    """Follow a list to its end; at most sixty pages."""
    params = fact.get("params", {})
    found = Walk()
    if size is not None and "size" in params:
        form = form.asking(**{params["size"]: size})
    style, seen, place = fact["style"], set[str](), fact.get("first", 1) if fact["style"] == "page" else 0
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        asked = form
        if style == "cursor":
            asked = form.asking(**{params["cursor"]: cursor}) if cursor is not None else form
        else:
            asked = form.asking(**{params["page" if style == "page" else "offset"]: place})
        answer = visit.ask(asked)
        found.answers.append(answer)
        if not answer.good:
            found.trouble = f"a page is refused with {answer.status}"
            return found
        rows = rows_in(operation, answer.value)
        if rows is None:
            found.trouble = "a page has no rows where they are declared"
            return found
        found.pages.append(rows)
        info = told(visit.contract, operation, answer.value)
        found.tellings.append(info)
        if style == "cursor":
            cursor = info.get("next-cursor")
            if not isinstance(cursor, str) or not cursor:
                return found
            if cursor in seen:
                found.trouble = "a cursor leads to a page that was there before"
                return found
            seen.add(cursor)
            if not rows:
                found.trouble = "a page is empty and names a next one"
                return found
        else:
            if not rows or (not _more(info, size, len(rows), fact)):
                return found
            place += 1 if style == "page" else len(rows)
    found.trouble = "" if size and size < 3 else f"there is no end within {MOST_PAGES} pages"
    return found


def _more(info: Mapping[str, Any], size: int | None, count: int, fact: Mapping[str, Any]) -> bool:
    """Whether pages by number or offset go on: until one comes that is empty or short."""
    if "has-more" in info:
        return bool(info["has-more"])
    wanted = size or fact.get("size", {}).get("default", count)
    return count >= wanted


def key_of(visit: Visit, operation: Operation, row: Any) -> str:
    """What tells a row from others: its id, else all of it."""
    name = id_field(visit.contract, use_of(operation).get("kind", ""))
    if isinstance(row, Mapping) and name in row:
        return str(row[name])
    inner = (
        next((each for each in row.values() if isinstance(each, Mapping) and "id" in each), None)
        if isinstance(row, Mapping)
        else None
    )
    return str(inner["id"]) if inner is not None else orjson.dumps(row).decode()
