"""On which line of which file of the document a pointer stands; knows files, no finding."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from mockserver.openapi.contract import Contract
from mockserver.openapi.positions import nearest, positions


class Places:
    """Looks pointers up in a document's file, which is read once."""

    def __init__(self, contract: Contract) -> None:
        self._path = Path(contract.file)

    @property
    def file(self) -> str:
        """The file, as it is written from here."""
        try:
            return self._path.resolve().relative_to(Path.cwd()).as_posix()
        except ValueError:
            return os.fspath(self._path)

    @cached_property
    def _lines(self) -> dict[str, int]:
        try:
            return positions(self._path.read_bytes())
        except OSError:
            return {}

    def line(self, pointer: str) -> int:
        """The line of what stands there, or of what holds it; 1 where that is not known."""
        return nearest(self._lines, pointer) or 1
