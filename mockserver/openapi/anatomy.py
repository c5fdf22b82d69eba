"""Which kind of object stands where in an OpenAPI document; a table and a walk, no opinion on either.

Only what the specification calls an object is visited: examples, defaults, enums, constants and
x- values are plain data, in which `$ref` means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.openapi.positions import escape

ONE, LIST, MAP = "one", "list", "map"

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Kind:
    """`fields`: key -> (one | list | map, kind of the value). `rest`: kind under every other key but x-.

    `section`: where under components such objects live; None for objects that nobody may refer to.
    """

    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    rest: str | None = None
    section: str | None = None


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

SECTIONS: Mapping[str, str] = {
    "schemas": "schema",
    "responses": "response",
    "parameters": "parameter",
    "examples": "example",
    "requestBodies": "requestBody",
    "headers": "header",
    "securitySchemes": "securityScheme",
    "links": "link",
    "callbacks": "callback",
    "pathItems": "pathItem",
    "mediaTypes": "mediaType",
}

_VALUE: Mapping[str, tuple[str, str]] = {
    "schema": (ONE, "schema"),
    "examples": (MAP, "example"),
    "content": (MAP, "mediaType"),
}

KINDS: Mapping[str, Kind] = {
    "document": Kind(
        {
            "info": (ONE, "info"),
            "servers": (LIST, "server"),
            "paths": (ONE, "paths"),
            "webhooks": (MAP, "pathItem"),
            "components": (ONE, "components"),
            "tags": (LIST, "tag"),
        }
    ),
    "info": Kind({"contact": (ONE, "contact"), "license": (ONE, "license")}),
    "contact": Kind(),
    "license": Kind(),
    "server": Kind(),
    "tag": Kind(),
    "components": Kind({name: (MAP, kind) for name, kind in SECTIONS.items()}),
    "paths": Kind(rest="pathItem"),
    "pathItem": Kind(
        {
            **dict.fromkeys(METHODS, (ONE, "operation")),
            "additionalOperations": (MAP, "operation"),
            "parameters": (LIST, "parameter"),
            "servers": (LIST, "server"),
        },
        section="pathItems",
    ),
    "operation": Kind(
        {
            "parameters": (LIST, "parameter"),
            "requestBody": (ONE, "requestBody"),
            "responses": (ONE, "responses"),
            "callbacks": (MAP, "callback"),
            "servers": (LIST, "server"),
        }
    ),
    "parameter": Kind(_VALUE, section="parameters"),
    "header": Kind(_VALUE, section="headers"),
    "requestBody": Kind({"content": (MAP, "mediaType")}, section="requestBodies"),
    "mediaType": Kind(
        {
            "schema": (ONE, "schema"),
            "itemSchema": (ONE, "schema"),
            "examples": (MAP, "example"),
            "encoding": (MAP, "encoding"),
        },
        section="mediaTypes",
    ),
    "encoding": Kind({"headers": (MAP, "header")}),
    "responses": Kind(rest="response"),
    "response": Kind(
        {"headers": (MAP, "header"), "content": (MAP, "mediaType"), "links": (MAP, "link")},
        section="responses",
    ),
    "callback": Kind(rest="pathItem", section="callbacks"),
    "example": Kind(section="examples"),
    "link": Kind({"server": (ONE, "server")}, section="links"),
    "securityScheme": Kind({"flows": (ONE, "flows")}, section="securitySchemes"),
    "flows": Kind(rest="flow"),
    "flow": Kind(),
    "schema": Kind(
        {
            **dict.fromkeys(
                (
                    "additionalProperties",
                    "items",
                    "not",
                    "if",
                    "then",
                    "else",
                    "contains",
                    "propertyNames",
                    "unevaluatedItems",
                    "unevaluatedProperties",
                    "contentSchema",
                ),
                (ONE, "schema"),
            ),
            **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), (LIST, "schema")),
            **dict.fromkeys(
                ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
                (MAP, "schema"),
            ),
        },
        section="schemas",
    ),
}


def walk(data: Any, kind: str = "document", pointer: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(pointer, kind, object) of every object in a document, parents first; wrong types are passed over.

    A Reference Object has no children here; a schema has, because in 3.1 what stands beside `$ref` counts.
    """
    stack: list[tuple[str, str, Any]] = [(pointer, kind, data)]
    kinds = KINDS
    while stack:
        here, name, node = stack.pop()
        if type(node) is not dict:
            continue
        yield here, name, node
        spec = kinds[name]
        if (
            spec.section is not None
            and name != "schema"
            and name != "pathItem"
            and type(node.get("$ref")) is str
        ):
            continue
        fields, rest = spec.fields, spec.rest
        found: list[tuple[str, str, Any]] = []
        for key, value in node.items():
            if type(value) is not dict and type(value) is not list:
                continue
            known = fields.get(key)
            if known is None:
                if rest is not None and not key.startswith("x-"):
                    found.append((f"{here}/{escape(key)}", rest, value))
                continue
            shape, child = known
            place = f"{here}/{escape(key)}"
            if shape is ONE:
                found.append((place, child, value))
            elif shape is LIST:
                if type(value) is list:
                    found.extend((f"{place}/{index}", child, each) for index, each in enumerate(value))
            elif type(value) is dict:
                found.extend((f"{place}/{escape(each)}", child, item) for each, item in value.items())
        found.reverse()
        stack.extend(found)


def tokens(pointer: str) -> list[str]:
    """The keys of a JSON pointer (RFC 6901); [] for the whole document."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def lookup(data: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; KeyError when nothing does."""
    if pointer and not pointer.startswith("/"):
        raise KeyError(pointer)
    for token in tokens(pointer):
        if type(data) is dict and token in data:
            data = data[token]
        elif type(data) is list and _INDEX.fullmatch(token) and int(token) < len(data):
            data = data[int(token)]
        else:
            raise KeyError(pointer)
    return data
