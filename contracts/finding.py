"""What a check reports: a value that a person can act on; knows no check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.answer import Answer


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an operation.

    `message` says in one line what is wrong, `pointer` where the document says otherwise, `known` how sure
    that statement is (documented, observed, assumed). `answers` are the exchanges that show it, the shortest
    sequence there is, the last one worst. `learnt` is what an overlay would add to the document for it, as
    plain data.
    """

    check: str
    operation: str
    message: str
    pointer: str
    known: str = "assumed"
    answers: tuple[Answer, ...] = ()
    learnt: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """The same for the same mistake, whatever the run: check, operation and pointer."""
        return f"{self.check} {self.operation} {self.pointer}"
