"""One row: a value that is replaced, never changed; knows its place, not what it means."""

from __future__ import annotations

from typing import Any

Id = str | int


class Row:
    """A row of a kind.

    `ordinal` is its place in the order of creation, kept when it is replaced. `data` must not be changed
    (fields that begin with "_" are private). `views` holds renderings of it, each a pure function of
    `data`, so that worlds that share the row may share them.
    """

    __slots__ = ("data", "id", "kind", "ordinal", "views")

    def __init__(self, kind: str, id: Id, ordinal: int, data: dict[str, Any]) -> None:
        self.kind = kind
        self.id = id
        self.ordinal = ordinal
        self.data = data
        self.views: dict[object, Any] = {}

    def __repr__(self) -> str:
        return f"Row({self.kind!r}, {self.id!r}, #{self.ordinal})"
