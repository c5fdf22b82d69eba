"""Takes away what a run created at a live server, and looks whether it is gone; knows the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from contracts.answer import Answer
from contracts.targets.ledger import Entry
from contracts.targets.live import LiveTarget, list_of, scalars
from contracts.targets.target import Spent
from contracts.undoing import undo_of

Tell = Callable[[str], None]


def clean_up(target: LiveTarget, tell: Tell) -> int:
    """Take away all that is open in the target's ledger, the latest first; how many could not be."""
    ledger = target.ledger
    for entry in ledger.open:
        try:
            _clean(target, entry, tell)
        except Spent as spent:
            tell(f"clean-up ends: {spent}")
            break
    for entry in ledger.open:
        row = entry.undo.names[-1] if entry.undo is not None and entry.undo.names else entry.target
        tell(f"left behind: {entry.operation} {row}")
    return len(ledger.open)


def _clean(target: LiveTarget, entry: Entry, tell: Tell) -> None:
    if not entry.made and entry.undo is None:
        _find(target, entry, tell)
        if entry.nothing:
            return
    undo = entry.undo
    if undo is None:
        tell(f"{entry.operation}: nothing in the document takes away what it makes")
        return
    if not entry.taken:
        answer = target.clean(entry, undo.method, undo.target, undo.body.encode(), undo.operation)
        if answer.good or answer.status in (404, 410):
            target.ledger.taken(entry)
        else:
            tell(f"{undo.operation} {undo.names[-1]} is answered {answer.status or answer.body.decode()}")
            return
    if not undo.read:
        target.ledger.gone(entry, "removed; nothing shows it")
        return
    shown = target.clean(entry, "GET", undo.read, b"", undo.read_operation)
    if _is_gone(shown):
        target.ledger.gone(entry, f"{undo.read_operation} answers {shown.status}")


def _is_gone(answer: Answer) -> bool:
    """Not there any more, or shown as cancelled."""
    if answer.status in (404, 410):
        return True
    return answer.good and any("cancel" in each.lower() for each in scalars(answer.value))


def _find(target: LiveTarget, entry: Entry, tell: Tell) -> None:
    """What became of a request whose answer was lost: look for a row that was not there before."""
    operation = target.contract.operation(entry.operation)
    lists = list_of(target.contract, operation)
    if lists is None or lists.id not in target.ledger.before:
        tell(f"{entry.operation}: its answer was lost, and nothing lists what it may have made")
        return
    answer = target.clean(entry, "GET", lists.address, b"", lists.id)
    if not answer.good:
        tell(f"{lists.id} is answered {answer.status}: what {entry.operation} may have made is not known")
        return
    known = set(target.ledger.before[lists.id])
    mine = {name for each in target.ledger.entries.values() if each.undo for name in each.undo.names}
    for row in _rows(answer.value):
        if not _like(row, entry.body):
            continue
        made = Answer(entry.method, entry.target, 200, {}, orjson.dumps(_wrapped(operation, row)))
        undo = undo_of(target.contract, operation, {}, made)
        if undo is not None and undo.names and undo.names[0] not in known and undo.names[0] not in mine:
            target.ledger.made(entry, undo, 0)
            return
    target.ledger.nothing_made(entry, "it is not in the list")


def _rows(value: Any) -> list[dict[str, Any]]:
    """The objects in the longest list of an answer."""
    best: list[dict[str, Any]] = []
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            rows = [row for row in each if isinstance(row, dict)]
            best = rows if len(rows) > len(best) else best
        elif isinstance(each, dict):
            stack.extend(each.values())
    return best


def _like(row: dict[str, Any], body: str) -> bool:
    """Whether a row shows all the texts that a request's body and it have a member for."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(asked, dict):
        return False
    shared = [name for name, each in asked.items() if isinstance(each, str) and name in row]
    return all(row[name] == asked[name] for name in shared)


def _wrapped(operation: Any, row: dict[str, Any]) -> Any:
    """The row as the answer to its creation would have it."""

    def fill(wrap: Any) -> Any:
        if wrap == "$row":
            return row
        if isinstance(wrap, dict):
            return {name: fill(each) for name, each in wrap.items()}
        return wrap

    return fill(operation.facts.get("resource", {}).get("wrap", "$row"))
