"""What a run created at a live server, on disk before and after each request; holds no secret."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from contracts.undoing import Undo


class LedgerError(ValueError):
    """A file that is no ledger; the message says where."""


@dataclass(slots=True)
class Entry:
    """One creation: what was about to be sent, what came of it, what is left to do.

    `headers` are those of the request that are no secrets. Neither `made` nor `nothing`: nothing is known of
    the answer, the request may have been lost, or its answer. `gone` is how its removal was verified, ""
    while it was not.
    """

    number: int
    operation: str
    method: str
    target: str
    persona: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    made: bool = False
    undo: Undo | None = None
    nothing: str = ""
    taken: bool = False
    gone: str = ""

    @property
    def open(self) -> bool:
        """Whether something may be there that was not there before."""
        return not self.nothing and not self.gone


class Ledger:
    """A file of lines, each on disk before what it tells of happens."""

    def __init__(
        self, path: Path, head: Mapping[str, Any] | None = None, scrub: Callable[[str], str] = str
    ) -> None:
        self.path = path
        self.scrub = scrub
        self.head: dict[str, Any] = dict(head or {})
        self.entries: dict[int, Entry] = {}
        self.before: dict[str, list[str]] = {}
        self._file: TextIO | None = None

    def intend(self, request: Mapping[str, Any]) -> Entry:
        """A creation is about to be sent: `operation`, `method`, `target`, `persona`, `body`, `headers`."""
        entry = Entry(len(self.entries) + 1, **request)
        self.entries[entry.number] = entry
        self._write({"intend": entry.number, **request})
        return entry

    def made(self, entry: Entry, undo: Undo | None, status: int) -> None:
        """It was made; without an undo there is no way to take it away."""
        entry.made, entry.undo = True, undo
        told = None if undo is None else asdict(undo)
        self._write({"made": entry.number, "status": status, "undo": told})

    def nothing_made(self, entry: Entry, why: str) -> None:
        """It was refused."""
        entry.nothing = why
        self._write({"nothing": entry.number, "why": why})

    def taken(self, entry: Entry) -> None:
        """A removal was answered with success, and not verified yet."""
        entry.taken = True
        self._write({"taken": entry.number})

    def gone(self, entry: Entry, how: str) -> None:
        """It is verified not to be there any more."""
        entry.gone = how
        self._write({"gone": entry.number, "how": how})

    def there_before(self, operation: str, names: list[str]) -> None:
        """What a list had before anything of its kind was created."""
        self.before[operation] = names
        self._write({"before": operation, "names": names})

    @property
    def open(self) -> list[Entry]:
        """What may still be there, the latest first."""
        return [each for each in reversed(self.entries.values()) if each.open]

    def undone_by(self, operation: str, target: str) -> Entry | None:
        """The open entry whose row is taken away by that request."""
        path = target.partition("?")[0]
        for each in self.open:
            undo = each.undo
            if undo is not None and undo.operation == operation and undo.target.partition("?")[0] == path:
                return each
        return None

    def close(self) -> None:
        """Done with; one in which nothing is open gets another name."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if not self.open:
                self._tidy()

    def _tidy(self) -> None:
        done = self.path.with_suffix(".done.jsonl")
        self.path.replace(done)
        self.path = done

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            if not fresh:
                _mend(self.path)
            # Bodies of requests are nobody else's business.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._file = os.fdopen(handle, "a", encoding="utf-8")
            if fresh:
                self._put({"ledger": 1, **self.head})
        self._put(line)

    def _put(self, line: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.write(self.scrub(json.dumps(line)) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _mend(path: Path) -> None:
    """End the last line, whose writer was killed, or take it away: the next one would be part of it."""
    with path.open("r+b") as file:
        told = file.read()
        if not told or told.endswith(b"\n"):
            return
        last = told.rfind(b"\n") + 1
        try:
            json.loads(told[last:])
        except ValueError:
            file.truncate(last)
        else:
            # All of it is there, and was read: only its end is missing.
            file.write(b"\n")


def read_ledger(path: Path) -> Ledger:
    """A ledger as it was left, also by a process that was killed while it wrote. Raises LedgerError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path}: {getattr(error, 'strerror', None) or 'it is no ledger'}") from error
    ledger = Ledger(path)
    for number, told in enumerate(_read(lines, path), 1):
        if number == 1:
            if "ledger" not in told:
                raise LedgerError(f"{path}:1: it is no ledger")
            ledger.head = {name: value for name, value in told.items() if name != "ledger"}
            continue
        try:
            _apply(ledger, told)
        except (KeyError, TypeError, AttributeError) as error:
            raise LedgerError(f"{path}:{number}: it is no line of a ledger") from error
    if not ledger.head:
        raise LedgerError(f"{path}: it is no ledger")
    return ledger


def _read(lines: list[str], path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
        except json.JSONDecodeError as error:
            if number == len(lines):
                return  # the process was killed while it wrote
            raise LedgerError(f"{path}:{number}: it is no ledger") from error
        if not isinstance(told, dict):
            raise LedgerError(f"{path}:{number}: it is no ledger")
        yield told


def _apply(ledger: Ledger, told: Mapping[str, Any]) -> None:
    if "intend" in told:
        names = ("operation", "method", "target", "persona", "body", "headers")
        fields = {name: told[name] for name in names}
        ledger.entries[told["intend"]] = Entry(told["intend"], **fields)
    elif "before" in told:
        ledger.before[told["before"]] = list(told["names"])
    elif "made" in told:
        undo = told["undo"]
        ledger.entries[told["made"]].made = True
        if undo is not None:
            ledger.entries[told["made"]].undo = Undo(**{**undo, "names": tuple(undo["names"])})
    elif "nothing" in told:
        ledger.entries[told["nothing"]].nothing = told["why"]
    elif "taken" in told:
        ledger.entries[told["taken"]].taken = True
    elif "gone" in told:
        ledger.entries[told["gone"]].gone = told["how"]
