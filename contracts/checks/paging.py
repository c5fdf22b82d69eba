"""Pages of a list: that they are all of it, in order, once, and that what is told of them is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.answer import Answer
from contracts.checks.answers import rows_in, told, use_of
from contracts.checks.forms import Form
from contracts.checks.values import followed
from contracts.checks.visit import Visit
from contracts.checks.walking import MOST_PAGES, Walk, key_of, paged, walk
from contracts.finding import Finding
from mockserver.openapi.contract import Operation

SIZES = (1, 2, 3, 7)


def partition(visit: Visit) -> Iterator[Finding]:
    """For every page size the pages are the whole list: each row once, in the same order, then the end."""
    for operation, fact in paged(visit):
        form = visit.known.form(operation)
        largest = fact.get("size", {}).get("max", 100)
        whole = walk(visit, operation, fact, form, largest)
        if whole.trouble:
            # A list that cannot even be begun says nothing of its pages.
            if whole.pages:
                yield visit.finding(operation, whole.trouble, *whole.answers[-2:])
            continue
        if len(whole.rows) < 2 and visit.writes:
            whole = _filled(visit, operation, fact, form, whole)
        wanted = [key_of(visit, operation, row) for row in whole.rows]
        if len(wanted) < 2:
            continue
        for size in SIZES:
            if len(wanted) > size * MOST_PAGES:
                continue
            cut = walk(visit, operation, fact, form, size)
            visit.count(operation)
            got = [key_of(visit, operation, row) for row in cut.rows]
            if cut.trouble:
                yield visit.finding(operation, f"with {size} a page, {cut.trouble}", *cut.answers[-2:])
                break
            if got != wanted:
                yield visit.finding(operation, _difference(got, wanted, size), *_where(cut, got, wanted))
                break


def _filled(visit: Visit, operation: Operation, fact: Mapping[str, Any], form: Form, whole: Walk) -> Walk:
    """The list again, after some rows were made for it; as it was where nothing makes them."""
    largest = fact.get("size", {}).get("max", 100)
    for _ in range(4):
        if len(whole.rows) > 3 or visit.known.make(use_of(operation)["kind"]) is None:
            break
        whole = walk(visit, operation, fact, form, largest)
    return whole


def _difference(got: list[str], wanted: list[str], size: int) -> str:
    twice = sorted({each for each in got if got.count(each) > 1})
    lost = [each for each in wanted if each not in got]
    if twice:
        return f"with {size} a page, {twice[0]} comes twice"
    if lost:
        return f"with {size} a page, {lost[0]} is on no page"
    return f"with {size} a page, rows come in another order"


def _where(cut: Walk, got: list[str], wanted: list[str]) -> list[Answer]:
    """The two pages between which it goes wrong."""
    at = next((n for n, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), len(got) - 1)
    total = 0
    for number, page in enumerate(cut.pages):
        total += len(page)
        if total > at:
            return cut.answers[max(0, number - 1) : number + 1]
    return cut.answers[-2:]


def totals(visit: Visit) -> Iterator[Finding]:
    """Totals are those of the whole list, and next and previous are told where there is one."""
    for operation, fact in paged(visit):
        form = visit.known.form(operation)
        for size in (fact.get("size", {}).get("max", 100), 2):
            found = walk(visit, operation, fact, form, size)
            if found.trouble or not found.pages or len(found.pages) >= MOST_PAGES:
                continue
            count = len(found.rows)
            pages = -(-count // size)
            for number, (info, answer) in enumerate(zip(found.tellings, found.answers, strict=True)):
                if info.keys() & {
                    "total",
                    "pages",
                    "next",
                    "next-url",
                    "has-more",
                    "previous",
                    "previous-url",
                }:
                    visit.count(operation)
                problem = _false(info, number, count, pages, size, len(found.pages[number]))
                if problem:
                    yield visit.finding(operation, problem, answer)
                    break
            else:
                continue
            break


def _false(info: Mapping[str, Any], number: int, count: int, pages: int, size: int, here: int) -> str:
    """What is not true of what a page tells; "" for nothing."""
    if "total" in info and info["total"] != count:
        return f"tells of {info['total']} rows, and there are {count}"
    if "pages" in info and info["pages"] != pages:
        return f"tells of {info['pages']} pages of {size}, and there are {pages}"
    if "returned" in info and info["returned"] != here:
        return f"tells of {info['returned']} rows on a page of {here}"
    if number < pages:
        more = number + 1 < pages
        for name in ("next", "next-url", "has-more"):
            if name in info and bool(info[name]) != more:
                return (
                    f"page {number + 1} of {pages} says that there is {'a' if info[name] else 'no'} next one"
                )
        for name in ("previous", "previous-url", "has-previous"):
            # The first page by number may be 0, which is a previous one all the same.
            there = info.get(name) is not None and info.get(name) is not False
            if name in info and there != (number > 0):
                return (
                    f"page {number + 1} of {pages} says that there is {'a' if there else 'no'} one before it"
                )
    return ""


def sizes(visit: Visit) -> Iterator[Finding]:
    """A page has as many rows as are asked for, and as many as declared where nobody asks."""
    for operation, fact in paged(visit):
        params, declared_sizes = fact.get("params", {}), fact.get("size", {})
        form = visit.known.form(operation)
        largest = declared_sizes.get("max", 100)
        whole = walk(visit, operation, fact, form, largest)
        if len(whole.rows) < 2 and visit.writes and not whole.trouble:
            whole = _filled(visit, operation, fact, form, whole)
        count = len(whole.rows)
        if whole.trouble or count < 2 or "size" not in params:
            continue
        for size in (1, count - 1):
            if size > largest:
                continue
            answer = visit.ask(form.asking(**{params["size"]: size}))
            rows = rows_in(operation, answer.value) if answer.good else None
            visit.count(operation)
            if rows is not None and len(rows) != size:
                yield visit.finding(operation, f"gives {len(rows)} rows where {size} are asked for", answer)
                break
        usual = declared_sizes.get("default")
        if usual is not None and count > 1:
            answer = visit.ask(form)
            rows = rows_in(operation, answer.value) if answer.good else None
            if rows is not None and len(rows) != min(usual, count):
                yield visit.finding(
                    operation, f"gives {len(rows)} of {count} rows where {usual} a page are declared", answer
                )


def cursors(visit: Visit) -> Iterator[Finding]:
    """A cursor keeps its filters, and is good for nothing else: not changed, not under other filters."""
    for operation, fact in paged(visit):
        if fact["style"] != "cursor":
            continue
        params = fact["params"]
        place, size = params["cursor"], params.get("size", "")
        form = visit.known.form(operation).asking(**({size: 1} if size else {}))
        first = visit.ask(form)
        cursor = told(visit.contract, operation, first.value).get("next-cursor") if first.good else None
        if not isinstance(cursor, str):
            continue
        visit.count(operation)
        for text, what in _spoilt(cursor):
            answer = visit.ask(form.asking(**{place: text}))
            if answer.good:
                yield visit.finding(operation, f"takes a cursor that is {what}", first, answer)
                break
        for asked, name in _filtered(visit, operation, form):
            filtered = visit.ask(asked)
            if not filtered.good:
                continue
            mine = told(visit.contract, operation, filtered.value).get("next-cursor")
            whole = walk(visit, operation, fact, asked, fact.get("size", {}).get("max", 100))
            if isinstance(mine, str):
                following = walk(visit, operation, fact, asked, 1)
                got = [key_of(visit, operation, row) for row in following.rows]
                wanted = [key_of(visit, operation, row) for row in whole.rows]
                if got != wanted and not whole.trouble:
                    yield visit.finding(
                        operation, f"the pages after the first forget {name}", *following.answers[:2]
                    )
                    break
            answer = visit.ask(asked.asking(**{place: cursor}))
            if answer.good:
                yield visit.finding(
                    operation, f"takes a cursor made without {name} where {name} is asked for", first, answer
                )
                break


def _spoilt(cursor: str) -> Iterator[tuple[str, str]]:
    yield "not-a-cursor", "none"
    middle = len(cursor) // 2
    other = "A" if cursor[middle] != "A" else "B"
    yield cursor[:middle] + other + cursor[middle + 1 :], "changed in one letter"
    yield cursor[:-2], "cut short"


def _filtered(visit: Visit, operation: Operation, form: Form) -> Iterator[tuple[Form, str]]:
    for parameter in operation.parameters:
        if parameter.name in use_of(operation).get("filters", {}):
            schema = followed(visit.contract.data, parameter.schema)
            for value in schema.get("enum", [True, False] if schema.get("type") == "boolean" else [])[:2]:
                yield form.asking(**{parameter.name: value}), parameter.name


def stable(visit: Visit) -> Iterator[Finding]:
    """Rows that are made while somebody pages do not make others come twice or get lost. Writes."""
    for operation, fact in paged(visit):
        if fact["style"] != "cursor":
            continue
        params = fact["params"]
        form = visit.known.form(operation).asking(**({params["size"]: 2} if "size" in params else {}))
        before = walk(visit, operation, fact, form, None)
        first = visit.ask(form)
        info = told(visit.contract, operation, first.value) if first.good else {}
        cursor = info.get("next-cursor")
        if before.trouble or not isinstance(cursor, str):
            continue
        if visit.known.make(use_of(operation)["kind"]) is None:
            continue
        rest = walk(visit, operation, fact, form.asking(**{params["cursor"]: cursor}), None)
        visit.count(operation)
        got = [
            key_of(visit, operation, row) for row in [*(rows_in(operation, first.value) or []), *rest.rows]
        ]
        wanted = [key_of(visit, operation, row) for row in before.rows]
        twice = [each for each in got if got.count(each) > 1]
        lost = [each for each in wanted if each not in got]
        if twice or lost:
            what = f"{twice[0]} comes twice" if twice else f"{lost[0]} gets lost"
            yield visit.finding(operation, f"while a row is made, {what}", first, *rest.answers[:1])
