"""How an answer is put together around its rows, so that rows and frame can be judged apart.

Knows response schemas and wrap templates; not which rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import NotConformant
from mockserver.engine.render import Project, View, now_fields
from mockserver.engine.template import compile_bytes, compile_value, fill_bytes, path_to, replace
from mockserver.openapi.choices import ANNOTATIONS, branches_of, said_in, takes_objects
from mockserver.openapi.contract import Contract, Media
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import Check, fragment
from mockserver.world.clock import EPOCH
from mockserver.world.store import Row

OBJECT_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "propertyNames"})
ARRAY_KEYWORDS = frozenset({"type", "items", "minItems", "maxItems"})


class Views:
    """The views of a contract, one for each schema that rows are written for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._views: dict[tuple[str, str, Project | None], View] = {}

    def at(self, kind: str, pointer: str, project: Project | None = None) -> View:
        """The view of that kind's rows under the schema at that pointer; the same object each time."""
        pointer, schema = of_objects(self._contract.data, *resolve(self._contract.data, pointer))
        view = self._views.get((kind, pointer, project))
        if view is None:
            # A schema that is closed shows what it names of a row; an open one shows all that is public.
            closed = schema.get("additionalProperties") is False
            only = frozenset(schema.get("properties", {})) if closed else None
            view = View(pointer, self._contract.schemas.check(pointer), now_fields(schema), only, project)
            self._views[kind, pointer, project] = view
        return view


class RowShape:
    """A reply that holds one row, as `wrap` says: `$row` alone, or somewhere inside an object."""

    def __init__(
        self,
        contract: Contract,
        views: Views,
        kind: str,
        schema: str,
        media: Media,
        wrap: Any,
        project: Project | None = None,
    ) -> None:
        path = path_to(wrap, "row")
        split = None if path is None else split_schema(contract.data, media.pointer, path)
        self.wrap = compile_value(wrap)
        self.content_type = media.content_type.encode()
        self.view: View
        self.prefix: bytes | None = None
        self.suffix = b""
        if split is None:
            # The schema cannot be taken apart here: every reply is judged whole.
            self.view = views.at(kind, schema, project)
            return
        frame, pointer = split
        self.view = views.at(kind, pointer, project)
        pieces = compile_bytes(wrap)
        at = pieces.index("row")
        self.prefix = b"".join(p for p in pieces[:at] if isinstance(p, bytes))
        self.suffix = b"".join(p for p in pieces[at + 1 :] if isinstance(p, bytes))
        judge_frame(contract, frame, self.wrap({"row": None}), media.pointer)

    def reply(self, exchange: Exchange, status: int, row: Row) -> Reply:
        """The reply with that row in it."""
        view = self.view
        # Nobody looks at the time where no field tells it.
        now = exchange.now if view.now_fields else EPOCH
        if self.prefix is None:
            value = self.wrap({"row": view.value(row, now)})
            return Reply(status, orjson.dumps(value), content_type=self.content_type, value=value)
        parts = (self.prefix, (view.head(row, now), view.tail(now)), b"", self.suffix)
        return Reply(status, content_type=self.content_type, sealed=True, parts=parts)


class ListShape:
    """A reply that holds many rows and what is told of the page: `$rows` and the paging's `$page`."""

    FRAMES = 1024  # Frames kept ready: one for each page, size and total that was asked for lately.

    def __init__(
        self,
        contract: Contract,
        views: Views,
        kind: str,
        schema: str,
        media: Media,
        wrap: Any,
        info: Any,
        project: Project | None = None,
    ) -> None:
        wrap = replace(wrap, "page", info)
        path = path_to(wrap, "rows")
        split = None if path is None else split_schema(contract.data, media.pointer, (*path, "[]"))
        self._wrap = compile_value(wrap)
        self._pieces = compile_bytes(wrap)
        self._frames: dict[object, tuple[bytes, bytes]] = {}
        self.content_type = media.content_type.encode()
        self._media = media
        self._check: Check | None = None
        if split is None:
            self.view = views.at(kind, schema, project)
            return
        frame, pointer = split
        self.view = views.at(kind, pointer, project)
        self._check = contract.schemas.check_inline(frame)

    def reply(self, exchange: Exchange, rows: Sequence[Row], key: object, info: Mapping[str, Any]) -> Reply:
        """The reply with those rows; `info` are the paging's values, `key` stands for them."""
        view = self.view
        now = exchange.now if view.now_fields else EPOCH
        if self._check is None:
            return self._whole([view.value(row, now) for row in rows], info)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frame(key, info, len(rows))
        first, last = frame
        tail = view.tail(now)
        heads = [row.text if row.view is view else view.head(row, now) for row in rows]
        parts = (first, heads, tail + b",", tail + last if heads else last)
        return Reply(200, content_type=self.content_type, sealed=True, parts=parts)

    def reply_each(
        self, exchange: Exchange, shown: Sequence[tuple[View, Row]], key: object, info: Mapping[str, Any]
    ) -> Reply:
        """The reply with those rows, each in a view of its own: that of this shape, or of another."""
        now = exchange.now
        if self._check is None:
            return self._whole([view.value(row, now) for view, row in shown], info)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frame(key, info, len(shown))
        texts = [view.text(row, now) for view, row in shown]
        return Reply(
            200, content_type=self.content_type, sealed=True, parts=(frame[0], texts, b",", frame[1])
        )

    def _whole(self, values: Sequence[Any], info: Mapping[str, Any]) -> Reply:
        value = self._wrap({**info, "rows": values})
        return Reply(200, orjson.dumps(value), content_type=self.content_type, value=value)

    def _frame(self, key: object, info: Mapping[str, Any], count: int) -> tuple[bytes, bytes]:
        assert self._check is not None
        value = self._wrap({**info, "rows": [None] * count})
        if not self._check.ok(value):
            raise NotConformant(
                f"the page does not fit {self._media.pointer}",
                [f"/{'/'.join(map(str, v.path))} {v.message}" for v in self._check.problems(value)],
            )
        at = self._pieces.index("rows")
        env = {name: orjson.dumps(item) for name, item in info.items()}
        frame = (
            fill_bytes(self._pieces[:at], env) + b"[",
            b"]" + fill_bytes(self._pieces[at + 1 :], env),
        )
        if len(self._frames) >= self.FRAMES:
            self._frames.clear()
        self._frames[key] = frame
        return frame


def resolve(data: Mapping[str, Any], pointer: str) -> tuple[str, Mapping[str, Any]]:
    """Follow a pointer, and the $ref that stands there alone, to (pointer, schema)."""
    for _ in range(100):
        node: Any = data
        for part in pointer.strip("/").split("/") if pointer else ():
            key = part.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        if not isinstance(node, dict):
            return pointer, {}
        reference = node.get("$ref")
        if not isinstance(reference, str) or set(node) - ANNOTATIONS - {"$ref"}:
            return pointer, node
        pointer = fragment(reference)
    raise ValueError(f"the references at {pointer} go round in circles")


def of_objects(
    data: Mapping[str, Any], pointer: str, schema: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """Of a schema that is a choice, the one branch that lets objects through, where that is easily seen.

    "A row, or a list of rows": both rows are then written in one manner.
    """
    choice = branches_of(schema)
    if choice is not None:
        word, schemas = choice
        branches = [resolve(data, f"{pointer}/{word}/{number}") for number in range(len(schemas))]
        objects = [branch for branch in branches if takes_objects(branch[1])]
        if len(objects) == 1:
            return of_objects(data, *objects[0])
    return pointer, schema


def split_schema(
    data: Mapping[str, Any], pointer: str, path: Sequence[str]
) -> tuple[dict[str, Any], str] | None:
    """Take a response schema apart at `path` ("[]" for the elements of an array).

    Gives the frame (the schema with anything allowed at that place) and the pointer of what stood there,
    or None where a keyword on the way looks at the value as a whole, so that parts cannot be judged apart.
    """
    pointer, schema = resolve(data, pointer)
    if not path:
        return {}, pointer
    step, rest = path[0], path[1:]
    allowed = ARRAY_KEYWORDS if step == "[]" else OBJECT_KEYWORDS
    if not allowed.issuperset(said_in(schema)):
        return None
    frame = dict(schema)
    if step == "[]":
        inner = split_schema(data, pointer + "/items", rest) if "items" in schema else None
        if inner is None:
            return None
        frame["items"] = inner[0]
        return frame, inner[1]
    if step not in schema.get("properties", {}):
        return None
    inner = split_schema(data, f"{pointer}/properties/{escape(step)}", rest)
    if inner is None:
        return None
    frame["properties"] = {**schema["properties"], step: inner[0]}
    return frame, inner[1]


def judge_frame(contract: Contract, frame: Any, value: Any, pointer: str) -> None:
    """NotConformant where a frame with nothing in it breaks its schema."""
    check = contract.schemas.check_inline(frame)
    if not check.ok(value):
        raise NotConformant(
            f"the wrapping does not fit {pointer}",
            [f"/{'/'.join(map(str, v.path))} {v.message}" for v in check.problems(value)],
        )
