"""Takes away what a run created at a live server, and looks whether it is gone; knows the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from contracts.answer import Answer
from contracts.routing import Routing
from contracts.targets.ledger import Entry
from contracts.targets.listing import is_whole, list_of, rows_of
from contracts.targets.live import LiveTarget
from contracts.targets.permission import identifiers
from contracts.targets.target import Spent
from contracts.undoing import Undo, undo_of

Tell = Callable[[str], None]
OVER = frozenset({"cancelled", "canceled", "deleted", "removed", "archived"})
# A new row is taken for ours where it shows so many of the texts that were sent, or one as long as this, or
# one that nobody else sends.
ALIKE = 2
LONG = 16
OURS = "check-"
SHOWN = 12


def clean_up(target: LiveTarget, tell: Tell) -> int:
    """Take away all that is open in the target's ledger, the latest first; how many could not be."""
    ledger = target.ledger
    for entry in ledger.open:
        try:
            _clean(target, entry, tell)
        except Spent as spent:
            tell(f"clean-up ends: {spent}")
            break
    left = ledger.open
    for entry in left[:SHOWN]:
        row = entry.undo.names[0] if entry.undo is not None and entry.undo.names else entry.target
        tell(f"left behind: {entry.operation} {row}")
    if len(left) > SHOWN:
        tell(f"left behind: {len(left) - SHOWN} more")
    return len(left)


def _clean(target: LiveTarget, entry: Entry, tell: Tell) -> None:
    if entry.undo is None:
        _find(target, entry, tell)
    undo = entry.undo
    if undo is None:
        return
    if not entry.taken:
        answer = target.clean(entry, undo.method, undo.target, undo.body.encode(), undo.operation)
        if answer.good or answer.status in (404, 410):
            target.ledger.taken(entry)
        elif not undo.read:
            tell(f"{undo.operation} {undo.names[0]} is answered {answer.status or answer.body.decode()}")
            return
    if not undo.read:
        target.ledger.gone(entry, "removed; nothing shows it")
        return
    shown = target.clean(entry, "GET", undo.read, b"", undo.read_operation)
    if _is_gone(shown):
        target.ledger.gone(entry, f"{undo.read_operation} answers {shown.status}")
    else:
        tell(f"{undo.read_operation} {undo.names[0]} still answers {shown.status or shown.body.decode()}")


def _is_gone(answer: Answer) -> bool:
    """Not there any more, or shown as cancelled."""
    if answer.status in (404, 410):
        return True
    return answer.good and any(each.lower() in OVER for each in _texts(answer.value))


def _find(target: LiveTarget, entry: Entry, tell: Tell) -> None:
    """What became of a request whose answer was lost: look for a row that was not there before.

    Only what is certainly ours is taken away: of what somebody else created meanwhile nobody may guess.
    """
    contract = target.contract
    operation = contract.operation(entry.operation)
    found = list_of(contract, operation, entry.target)
    if found is None or found[1] not in target.ledger.before:
        what = "nothing in the document takes away what it makes" if entry.made else "its answer was lost"
        tell(f"{entry.operation}: {what}, and nothing lists it whole")
        return
    lists, asked = found
    answer = target.clean(entry, "GET", asked, b"", lists.id)
    if not answer.good:
        tell(f"{lists.id} is answered {answer.status}: what {entry.operation} may have made is not known")
        return
    known = set(target.ledger.before[asked])
    names = [each.name for each in operation.parameters if each.place == "path"]
    names.sort(key=lambda name: operation.address.find(f"{{{name}}}"))
    path = dict(zip(names, Routing(contract).place(entry.method, entry.target)[1], strict=False))
    mine = {each.undo.names[0] for each in target.ledger.entries.values() if each.undo and each.undo.names}
    new: list[tuple[Undo | None, dict[str, Any]]] = []
    for row in rows_of(answer.value):
        made = Answer(entry.method, entry.target, 200, {}, orjson.dumps(_wrapped(operation, row)))
        undo = undo_of(contract, operation, path, made)
        name = undo.names[0] if undo is not None else next(identifiers(row), "")
        if name not in known and name not in mine:
            new.append((undo, row))
    ours = [(undo, row) for undo, row in new if _is_ours(row, entry.body)]
    if len(ours) == 1 and ours[0][0] is not None:
        target.ledger.made(entry, ours[0][0], 0)
    elif not new and not entry.made and is_whole(contract, lists, answer):
        target.ledger.nothing_made(entry, f"{lists.id} shows nothing new")
    elif new:
        rows = ", ".join(sorted(undo.names[0] for undo, _ in new if undo is not None)[:5])
        tell(f"{entry.operation}: which of these it made is not certain: {rows or 'new rows'}")


def _is_ours(row: dict[str, Any], body: str) -> bool:
    """Whether a row shows what a request's body said, and enough of it to be nobody else's."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(asked, dict):
        return False
    shared = [name for name, each in asked.items() if isinstance(each, str) and each and name in row]
    if not all(row[name] == asked[name] for name in shared):
        return False
    shown = set(_texts(row))
    alike = {each for each in _texts(asked) if len(each) > 3 and each in shown}
    return len(alike) >= ALIKE or any(len(each) >= LONG or each.startswith(OURS) for each in alike)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
        elif isinstance(each, str):
            yield each


def _wrapped(operation: Any, row: dict[str, Any]) -> Any:
    """The row as the answer to its creation would have it."""

    def fill(wrap: Any) -> Any:
        if wrap == "$row":
            return row
        if isinstance(wrap, dict):
            return {name: fill(each) for name, each in wrap.items()}
        return wrap

    return fill(operation.facts.get("resource", {}).get("wrap", "$row"))
