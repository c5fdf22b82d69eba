"""One row: a value that is replaced, never changed; knows its place, not what it means."""

from __future__ import annotations

from typing import Any

Id = str | int


class Row:
    """A row of a kind.

    `ordinal` is its place in the order of creation, kept when it is replaced. `data` must not be changed
    (fields that begin with "_" are private). `views` holds renderings of it, each a pure function of
    `data`, so that worlds that share the row may share them. Most rows have one only, a text: that is
    `text`, as `view` makes it, and takes no dictionary, which would be a fifth of what a row takes.
    """

    __slots__ = ("_views", "data", "id", "kind", "ordinal", "text", "view")

    def __init__(self, kind: str, id: Id, ordinal: int, data: dict[str, Any]) -> None:
        self.kind = kind
        self.id = id
        self.ordinal = ordinal
        self.data = data
        self.view: object = None
        self.text = b""
        self._views: dict[object, Any] | None = None

    @property
    def views(self) -> dict[object, Any]:
        """By what made them, all other renderings."""
        if self._views is None:
            self._views = {}
        return self._views

    def __repr__(self) -> str:
        return f"Row({self.kind!r}, {self.id!r}, #{self.ordinal})"
