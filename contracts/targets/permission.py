"""Which requests that may change something may be sent to a live target; sends none itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from contracts.targets.ledger import Ledger
from contracts.undoing import creates, undoable
from mockserver.openapi.contract import Contract, Operation

Writes = Literal["off", "own", "all"]
# Integers from here on are taken to name nothing, unless an answer had them.
FAR = 100_000_000
LONG = 12
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMES = re.compile(r"(?i)(^|_|-)(id|uid|uuid|slug|uri|username|code)s?$|(Id|Uid|Uuid|Slug|Uri)s?$")


class Permission:
    """What a mode allows.

    "off": nothing. "own": to create what can be taken away again, and to change that. "all": anything.
    Credentials make no difference: whether wrong ones are refused is what is being found out.
    """

    def __init__(self, contract: Contract, ledger: Ledger, mode: Writes, rows: Any = ()) -> None:
        self.mode = mode
        self._contract = contract
        self._ledger = ledger
        # What the document shows may be there as well as what answers show.
        self._seen: set[str] = scalars(contract.data) | scalars(rows)
        self._names: set[str] = set(identifiers(rows))

    def learn(self, value: Any) -> None:
        """An answer had this: whatever is in it is there."""
        self._seen |= scalars(value)
        self._names |= set(identifiers(value))

    def is_known(self, name: str) -> bool:
        """Whether that was seen to name something, before now."""
        return name in self._names if name.isdigit() else name in self._seen

    def refuses(self, operation: Operation | None, values: tuple[str, ...], target: str) -> str:
        """Why a request is not sent; "" where it may be. `values` are those in its path, in their order."""
        if self.mode == "off":
            return "writes are off"
        if self.mode == "all":
            return ""
        if operation is None:
            return "it is not in the document, and could change anything"
        if any(each in (".", "..") for each in re.split(r"[/\\]", unquote(target.partition("?")[0]))):
            return "a path with dots in it may lead elsewhere"
        # What is put at a name of one's own choosing may be somebody's already.
        if creates(operation) and (operation.method == "POST" or not values):
            if undoable(self._contract, operation):
                return ""
            return f"nothing takes away what {operation.id} makes"
        if not values:
            return f"{operation.id} changes the account itself"
        if self._is_own(values, target) or self._names_nothing(values[-1]):
            return ""
        return f"{operation.id} would change what this run did not make"

    def _is_own(self, values: tuple[str, ...], target: str) -> bool:
        """Whether it is at a row that this run made, or below it."""
        path = target.partition("?")[0]
        for each in self._ledger.entries.values():
            if each.undo is None or not each.undo.names:
                continue
            place, own = each.undo.place, each.undo.names[0]
            if place and (path == place or path.startswith(f"{place}/")):
                return True
            # Two kinds may both have a row 7; what is long enough is the same row wherever it stands.
            if len(own) >= LONG and not own.isdigit() and own in values:
                return True
        return False

    def _names_nothing(self, value: str) -> bool:
        """Whether nobody can have a row of that name: it was made up, and could not be guessed."""
        if value in self._seen or value in self._names:
            return False
        if value.isdigit():
            return int(value) >= FAR
        if _UUID.fullmatch(value) or value.endswith("zzz"):
            return True
        return len(value) >= LONG and sum(map(str.isdigit, value)) >= 2


def scalars(value: Any) -> set[str]:
    """Every text and whole number in a JSON value, as it would stand in a path."""
    found: set[str] = set()
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            stack.extend(each.values())
        elif isinstance(each, list | tuple):
            stack.extend(each)
        elif isinstance(each, str) and 0 < len(each) <= 100:
            found.add(each)
        elif isinstance(each, int) and not isinstance(each, bool):
            found.add(str(each))
    return found


def identifiers(value: Any) -> Iterator[str]:
    """Those of members whose names say that they name something."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list | tuple):
            stack.extend(each)
        elif isinstance(each, Mapping):
            for name, inner in each.items():
                if isinstance(inner, Mapping | list | tuple):
                    stack.append(inner)
                elif (
                    isinstance(inner, str | int) and not isinstance(inner, bool) and _NAMES.search(str(name))
                ):
                    yield str(inner)
