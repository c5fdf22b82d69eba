"""What is wrong with a document, all at once; knows places in files, not what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where it is, what it is, what to do about it.

    `line` counts from 1 (0: not known), `pointer` is an RFC 6901 JSON pointer into the file.
    """

    file: str
    line: int
    pointer: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        pointer = f" {self.pointer}" if self.pointer else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}:{pointer} {self.message}{remedy}"


class SpecificationError(Exception):
    """A document of ours, or one that was given to us, is broken; carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
