"""Rows as JSON text, written and judged once for each row and shape; knows schemas, no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from mockserver.engine.refusals import NotConformant
from mockserver.openapi.schemas import Check
from mockserver.world.clock import iso_micro
from mockserver.world.store import Row

Project = Callable[[Row], dict[str, Any]]


class View:
    """How rows of one kind are written where a schema stands: bytes, kept with the row.

    A row never changes, so its text is made and judged once, whoever asks and in whichever world. Fields
    marked `x-now` are written last, from the clock, each time. `project` makes what is shown of a row, by
    the row alone and anew each time, where that is more than leaving out what is private.
    """

    __slots__ = ("_stamp", "_tail", "check", "name", "now_fields", "only", "project")

    def __init__(
        self,
        name: str,
        check: Check,
        now_fields: Sequence[str],
        only: frozenset[str] | None,
        project: Project | None = None,
    ) -> None:
        self.name = name
        self.check = check
        self.now_fields = tuple(now_fields)
        self.only = only
        self.project = project
        self._stamp: datetime | None = None
        self._tail = b"}"

    def value(self, row: Row, now: datetime) -> dict[str, Any]:
        """The row as a client sees it: its public fields and the present time where it is told."""
        project = self.project
        # A projection says itself what is shown; of a member that the schema lacks the judge will tell.
        public = without_private(row.data, self.only) if project is None else project(row)
        if self.now_fields:
            stamp = iso_micro(now)
            public.update((name, stamp) for name in self.now_fields)
        return public

    def tail(self, now: datetime) -> bytes:
        """What closes each row's text at this instant; made once for all rows of an answer."""
        if not self.now_fields:
            return b"}"
        if now is not self._stamp:
            stamp = iso_micro(now).encode()
            fields = [b"," + orjson.dumps(name) + b':"' + stamp + b'"' for name in self.now_fields]
            self._tail = b"".join(fields) + b"}"
            self._stamp = now
        return self._tail

    def text(self, row: Row, now: datetime) -> bytes:
        """The row as JSON text; NotConformant where the row does not fit its schema."""
        return self.head(row, now) + self.tail(now)

    def head(self, row: Row, now: datetime) -> bytes:
        """The row's text without what `tail` gives."""
        if row.view is self:
            return row.text
        body: bytes | None = None if row.view is None else row.views.get(self)
        if body is None:
            value = self.value(row, now)
            if not self.check.ok(value):
                raise NotConformant(
                    f"{row.kind} {row.id} does not fit {self.name}",
                    [f"/{'/'.join(map(str, v.path))} {v.message}" for v in self.check.problems(value)],
                )
            for name in self.now_fields:
                del value[name]
            # A slice is a copy without orjson's spare room: 4 kB become 0.5 kB a row.
            body = orjson.dumps(value)[:-1]
            if row.view is None:
                row.view, row.text = self, body
            else:
                row.views[self] = body
        return body


def without_private(data: dict[str, Any], only: frozenset[str] | None = None) -> dict[str, Any]:
    """A copy with the members whose names do not begin with "_", and of these `only` those, where given."""
    # A copy, and the few that are private taken out of it: quicker than to put the others in.
    public = data.copy()
    for name in data:
        if name.startswith("_") or (only is not None and name not in only):
            del public[name]
    return public


def now_fields(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The properties of an object schema that are marked x-now, in document order."""
    properties = schema.get("properties", {})
    return tuple(name for name, inner in properties.items() if isinstance(inner, dict) and inner.get("x-now"))
