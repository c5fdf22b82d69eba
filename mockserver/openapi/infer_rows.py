"""What an answer says of rows: how one looks, what names it, what stands around it; supposes no verbs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.openapi.anatomy import lookup
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import fragment

_IDS = ("id", "uid", "uuid", "_id", "key", "slug", "code", "name")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# What a last path segment does to a row whose status has one of these values.
_AFTER: Mapping[str, tuple[str, ...]] = {
    "cancel": ("cancelled", "canceled"),
    "confirm": ("confirmed", "accepted"),
    "accept": ("accepted", "confirmed"),
    "approve": ("approved", "accepted"),
    "decline": ("declined", "rejected"),
    "reject": ("rejected", "declined"),
    "complete": ("completed", "done"),
    "finish": ("finished", "completed"),
    "close": ("closed",),
    "reopen": ("open", "opened"),
    "open": ("open", "opened"),
    "archive": ("archived",),
    "activate": ("active", "activated"),
    "deactivate": ("inactive", "deactivated"),
    "enable": ("enabled", "active"),
    "disable": ("disabled", "inactive"),
    "pause": ("paused",),
    "resume": ("active", "running"),
    "start": ("started", "running"),
    "stop": ("stopped",),
    "publish": ("published",),
    "void": ("voided", "void"),
    "pay": ("paid",),
    "capture": ("captured", "succeeded"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """How rows look in one answer: the pointer of their schema, the schema, and `wrap` around them."""

    pointer: str
    schema: Mapping[str, Any]
    wrap: Any
    properties: tuple[str, ...] = ()


def follow(data: Any, pointer: str) -> tuple[str, dict[str, Any]]:
    """Where a pointer leads after references, and what stands there; ("", {}) for nowhere."""
    for _ in range(64):
        try:
            value = lookup(data, pointer)
        except KeyError:
            return "", {}
        if not isinstance(value, dict):
            return "", {}
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return pointer, value
        pointer = fragment(reference)
    return "", {}


def answer_schema(data: Any, operation: str) -> str | None:
    """The pointer of the JSON schema of an operation's first success; None where it has none."""
    responses = follow(data, f"{operation}/responses")[1]
    for status in sorted(responses):
        if not status.startswith("2"):
            continue
        at, response = follow(data, f"{operation}/responses/{escape(status)}")
        content = response.get("content")
        if not isinstance(content, dict):
            return None
        for name in content:
            if "json" in name and isinstance(content[name], dict) and "schema" in content[name]:
                return f"{at}/content/{escape(name)}/schema"
        return None
    return None


def properties_of(data: Any, pointer: str) -> dict[str, str]:
    """Pointers of an object's properties by name, those of its `allOf` too."""
    at, schema = follow(data, pointer)
    found = {}
    for index, _ in enumerate(schema.get("allOf", ()) if isinstance(schema.get("allOf"), list) else ()):
        found.update(properties_of(data, f"{at}/allOf/{index}"))
    own = schema.get("properties")
    if isinstance(own, dict):
        found.update({name: f"{at}/properties/{escape(name)}" for name in own})
    return found


def row_of(data: Any, operation: str, like: Row | None = None) -> Row | None:
    """How an operation's answer holds one row: as the whole body, or as the only object in it."""
    pointer = answer_schema(data, operation)
    if pointer is None:
        return None
    return _row_at(data, pointer, like)


def _row_at(data: Any, pointer: str, like: Row | None) -> Row | None:
    at, schema = follow(data, pointer)
    names = properties_of(data, pointer)
    if not names:
        return None
    if _is_row(names, at, like):
        return Row(at, _flat(data, names), "$row", tuple(names))
    inner = [
        (name, row) for name, where in names.items() if (row := _row_inside(data, where, like)) is not None
    ]
    if len(inner) != 1:
        return None
    name, row = inner[0]
    wrap = _around(data, schema, names, name)
    return None if wrap is None else Row(row.pointer, row.schema, {**wrap, name: "$row"}, row.properties)


def _row_inside(data: Any, pointer: str, like: Row | None) -> Row | None:
    at, _ = follow(data, pointer)
    names = properties_of(data, pointer)
    return Row(at, _flat(data, names), "$row", tuple(names)) if _is_row(names, at, like) else None


def _is_row(names: Mapping[str, str], at: str, like: Row | None) -> bool:
    if like is not None:
        shared = set(like.properties) & set(names)
        return at == like.pointer or len(shared) * 3 >= 2 * max(len(like.properties), len(names))
    return any(name in _IDS[:4] or name.lower().endswith(("_id", "uid", "uuid")) for name in names) or (
        len(names) > 1 and "name" in names and not {"data", "items", "results"} & names.keys()
    )


def _flat(data: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {"properties": {name: follow(data, pointer)[1] for name, pointer in names.items()}}


def list_of(data: Any, operation: str, row: Row) -> Row | None:
    """How an operation's answer holds rows like that one: as the whole body, or as a list in it."""
    pointer = answer_schema(data, operation)
    if pointer is None:
        return None
    at, schema = follow(data, pointer)
    if _is_list(data, at, row):
        return Row(at, schema, "$rows")
    names = properties_of(data, pointer)
    lists = [name for name, where in names.items() if _is_list(data, where, row)]
    if len(lists) != 1:
        return None
    wrap = _around(data, schema, names, lists[0])
    return None if wrap is None else Row(at, schema, {**wrap, lists[0]: "$rows"}, tuple(names))


def _is_list(data: Any, pointer: str, row: Row) -> bool:
    at, schema = follow(data, pointer)
    if "items" not in schema:
        return False
    inner, _ = follow(data, f"{at}/items")
    return _is_row(properties_of(data, f"{at}/items"), inner, row)


def _around(
    data: Any, schema: Mapping[str, Any], names: Mapping[str, str], but: str
) -> dict[str, Any] | None:
    """What else must stand in the body: a constant for each member; None where one cannot be told."""
    wrap: dict[str, Any] = {}
    for name, where in names.items():
        if name == but:
            continue
        value = next(_constants(follow(data, where)[1]), None)
        if value is not None:
            wrap[name] = value
        elif name in (schema.get("required") or ()):
            wrap[name] = None
    return wrap


def _constants(schema: Mapping[str, Any]) -> Iterator[Any]:
    """A plain value that a schema names: its constant, example, default, or the best of its list."""
    if "const" in schema:
        yield schema["const"]
    allowed = schema.get("enum")
    if isinstance(allowed, list) and allowed:
        good = [each for each in allowed if str(each).lower() in ("success", "ok", "true")]
        yield (good or allowed)[0]
    if schema.get("type") == "boolean":
        yield True
    for example in schema.get("examples", ()) if isinstance(schema.get("examples"), list) else ():
        if isinstance(example, (str, int, float, bool)):
            yield example
    if isinstance(schema.get("default"), (str, int, float, bool)):
        yield schema["default"]


def id_field(schema: Mapping[str, Any], parameter: str) -> str | None:
    """The field of a row that a path parameter names: bookingUid is `uid`, petId is `id`."""
    properties = {name: each for name, each in schema["properties"].items() if _is_plain(each)}
    if parameter in properties:
        return parameter
    words: list[str] = [str(word).lower() for word in _WORDS.findall(parameter)]
    if words and words[-1] in properties and words[-1] in _IDS:
        return words[-1]
    folded = {str(name).lower().replace("_", ""): str(name) for name in properties}
    whole = "".join(words)
    if whole in folded:
        return folded[whole]
    for name in _IDS:
        if name in properties:
            return name
    return None


def _is_plain(schema: Mapping[str, Any]) -> bool:
    """Whether values may be names of something: lists and objects are not."""
    allowed = schema.get("type", ())
    composed = {"array", "object"} & set([allowed] if isinstance(allowed, str) else allowed)
    return not composed and not {"items", "properties", "allOf"} & schema.keys()


def status_after(word: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a row has after the verb that ends a path: {"status": "cancelled"}; None where it is not told."""
    wanted = _AFTER.get(word.lower().removeprefix(":"))
    if wanted is None:
        return None
    for name in ("status", "state"):
        inner = schema["properties"].get(name)
        allowed = inner.get("enum") if isinstance(inner, dict) else None
        for each in allowed if isinstance(allowed, list) else ():
            if isinstance(each, str) and each.lower() in wanted:
                return {name: each}
    return None
