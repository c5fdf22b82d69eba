"""Says in OpenAPI 3.1 what a document says in 3.0; a pure function on data, it reads no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mockserver.openapi.anatomy import KINDS, LIST, ONE, tokens, walk
from mockserver.openapi.positions import escape

_TARGET = "3.1.1"
# What 3.0 lets stand beside `$ref` in a schema says nothing there; what only describes may stay in 3.1.
_ANNOTATIONS = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
    }
)
_COMBINED = ("allOf", "anyOf", "oneOf", "not", "$ref")
_NULL = {"type": "null"}


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A document in 3.1. `problems`: (pointer, message, remedy); `warnings` name what was taken on trust."""

    data: Any
    problems: tuple[tuple[str, str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def upgrade(data: Any) -> Upgraded:
    """The same document in OpenAPI 3.1; `data` is not changed.

    `nullable`, boolean `exclusiveMinimum`/`exclusiveMaximum`, `example` of schemas, `format: binary|byte`,
    `type: file` and keywords beside `$ref` are restated. 3.2 is read as 3.1, with a warning. Everything
    else than 3.0, 3.1 and 3.2 is a problem.
    """
    if type(data) is not dict:
        return Upgraded(data, (("", "is no mapping, so no OpenAPI document", ""),))
    if "swagger" in data:
        said = str(data["swagger"])[:20]
        remedy = "convert it to OpenAPI 3 first, for example with swagger2openapi"
        return Upgraded(data, (("/swagger", f"is a Swagger {said} document", remedy),))
    version = data.get("openapi")
    if type(version) is not str:
        message = "has no `openapi` version" if version is None else "the `openapi` version must be a string"
        return Upgraded(data, (("/openapi" if "openapi" in data else "", message, 'write openapi: "3.1.1"'),))
    if re.match(r"3\.1(\.|\Z)", version):
        return Upgraded(data)
    if re.match(r"3\.2(\.|\Z)", version):
        warning = f"OpenAPI {version} is read as 3.1: what only 3.2 knows has no effect"
        return Upgraded({**data, "openapi": _TARGET}, (), (warning,))
    if not re.match(r"3\.0(\.|\Z)", version):
        message = f"OpenAPI {version!r} is not supported"
        return Upgraded(data, (("/openapi", message, "use 3.1; 3.0 and 3.2 are read too"),))
    moved: dict[str, str] = {}
    result = _object(data, "document", "", moved)
    result["openapi"] = _TARGET
    if moved:
        _follow(result, moved)
    return Upgraded(result)


def _object(node: Any, kind: str, at: str, moved: dict[str, str]) -> Any:
    if type(node) is not dict:
        return node
    spec = KINDS[kind]
    result: dict[str, Any] = {}
    for key, value in node.items():
        known = spec.fields.get(key)
        if known is None:
            if spec.rest is not None and not key.startswith("x-"):
                result[key] = _object(value, spec.rest, f"{at}/{escape(key)}", moved)
            else:
                result[key] = value
            continue
        shape, child = known
        place = f"{at}/{escape(key)}"
        if shape == ONE:
            result[key] = _object(value, child, place, moved)
        elif shape == LIST:
            if type(value) is list:
                value = [_object(each, child, f"{place}/{index}", moved) for index, each in enumerate(value)]
            result[key] = value
        elif type(value) is dict:
            result[key] = {
                name: _object(each, child, f"{place}/{escape(name)}", moved) for name, each in value.items()
            }
        else:
            result[key] = value
    if kind == "schema":
        return _schema(result, at, moved)
    return result


def _schema(schema: dict[str, Any], at: str, moved: dict[str, str]) -> dict[str, Any]:
    if type(schema.get("$ref")) is str:
        kept = {
            key
            for key in schema
            if key in _ANNOTATIONS or key.startswith("x-") or key in ("$ref", "nullable")
        }
        schema = {key: value for key, value in schema.items() if key in kept}
    _limit(schema, "minimum", "exclusiveMinimum")
    _limit(schema, "maximum", "exclusiveMaximum")
    if "example" in schema:
        example = schema.pop("example")
        if type(schema.get("examples")) is not list:
            schema["examples"] = [example]
    _content(schema)
    if schema.get("type") == "array" and "items" not in schema:
        schema["items"] = {}
    if schema.pop("nullable", False) is True:
        return _nullable(schema, at, moved)
    return schema


def _limit(schema: dict[str, Any], bound: str, exclusive: str) -> None:
    value = schema.get(exclusive)
    if type(value) is bool:
        del schema[exclusive]
        if value and bound in schema:
            schema[exclusive] = schema.pop(bound)


def _content(schema: dict[str, Any]) -> None:
    if schema.get("type") == "file":
        schema["type"] = "string"
        schema.setdefault("contentMediaType", "application/octet-stream")
    elif schema.get("type", "string") == "string":
        form = schema.get("format")
        if form == "binary":
            del schema["format"]
            schema.setdefault("contentMediaType", "application/octet-stream")
        elif form in ("byte", "base64"):
            del schema["format"]
            schema.setdefault("contentEncoding", "base64")


def _nullable(schema: dict[str, Any], at: str, moved: dict[str, str]) -> dict[str, Any]:
    """By its letter 3.0.3 gives `nullable` no power over `$ref`, `allOf` and `enum`; documents mean it."""
    if not any(key in schema for key in _COMBINED):
        enum = schema.get("enum")
        if type(enum) is list and None not in enum:
            schema["enum"] = [*enum, None]
        kind = schema.get("type")
        if type(kind) is str and kind != "null":
            schema["type"] = [kind, "null"]
        elif type(kind) is list and "null" not in kind:
            schema["type"] = [*kind, "null"]
        return schema
    outside = {key: value for key, value in schema.items() if key in _ANNOTATIONS or key.startswith("x-")}
    inside = {key: value for key, value in schema.items() if key not in outside}
    moved[at] = f"{at}/anyOf/0"
    return {**outside, "anyOf": [inside, _NULL.copy()]}


def _follow(data: dict[str, Any], moved: Mapping[str, str]) -> None:
    """References into a schema that was wrapped in `anyOf` go one level deeper; changes `data`, our copy."""
    for _, _, node in walk(data):
        ref = node.get("$ref")
        if type(ref) is not str or not ref.startswith("#/"):
            continue
        old, new, changed = "", "", False
        steps = tokens(unquote(ref[1:]))
        for index, token in enumerate(steps):
            old, new = f"{old}/{escape(token)}", f"{new}/{escape(token)}"
            if old in moved and index + 1 < len(steps):
                new, changed = f"{new}/anyOf/0", True
        if changed:
            node["$ref"] = "#" + new
