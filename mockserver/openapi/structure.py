"""Whether a document is built as OpenAPI says: mappings, lists and texts in place; follows no `$ref`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.openapi.anatomy import KINDS, LIST, ONE
from mockserver.openapi.positions import escape

Fault = tuple[str, str, str]
"""(pointer, message, remedy), as `Document.problem` takes them."""


def check_structure(data: Any) -> Iterator[Fault]:
    """Everything that is of another type than OpenAPI 3.1 says at its place, where something reads it.

    What a schema may be is the schema compiler's to say, save for a `type` that names none.
    """
    stack: list[tuple[str, str, Any]] = [("", "document", data)]
    while stack:
        here, kind, node = stack.pop()
        if type(node) is not dict:
            if kind != "schema":
                yield _other(here, "a mapping", node)
            continue
        if kind != "schema" and type(node.get("$ref")) is str:
            continue
        for key, (fits, wanted, needed) in _PLAIN.get(kind, {}).items():
            if key not in node:
                if needed:
                    yield here, f"{_A[kind]} needs {key}", f"add {key}: {wanted}"
            elif not fits(node[key]):
                yield _other(f"{here}/{key}", wanted, node[key])
        spec = KINDS[kind]
        for key, value in node.items():
            place = f"{here}/{escape(key)}"
            known = spec.fields.get(key)
            if known is None:
                if spec.rest is not None and not key.startswith("x-"):
                    stack.append((place, spec.rest, value))
                continue
            shape, child = known
            # A schema's own keywords are told of, with more to say, where schemas are compiled.
            silent = kind == "schema"
            if shape is ONE:
                stack.append((place, child, value))
            elif shape is LIST:
                if type(value) is list:
                    stack.extend((f"{place}/{index}", child, each) for index, each in enumerate(value))
                elif not silent:
                    yield _other(place, "a list", value)
            elif type(value) is dict:
                stack.extend((f"{place}/{escape(name)}", child, each) for name, each in value.items())
            elif not silent and not (key == "examples" and type(value) is list):
                # `examples` as a list is how schemas have them, and is read over.
                yield _other(place, "a mapping", value)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_texts(value: Any) -> bool:
    return type(value) is list and all(type(each) is str for each in value)


def _is_security(value: Any) -> bool:
    return type(value) is list and all(
        type(each) is dict and all(_is_texts(scopes) for scopes in each.values()) for each in value
    )


def _is_variables(value: Any) -> bool:
    return type(value) is dict and all(type(each) is dict for each in value.values())


def _is_type(value: Any) -> bool:
    return not (type(value) is list and not value)


Plain = tuple[Callable[[Any], bool], str, bool]
_SECURITY: Plain = (_is_security, "a list of mappings from a scheme's name to a list of scopes", False)
_PLAIN: Mapping[str, Mapping[str, Plain]] = {
    "document": {"security": _SECURITY},
    "operation": {
        "security": _SECURITY,
        "tags": (_is_texts, "a list of names", False),
        "operationId": (_is_text, "a text", False),
    },
    "server": {
        "url": (_is_text, "a text", False),
        "variables": (_is_variables, "a mapping of mappings", False),
    },
    "parameter": {"name": (_is_text, "a text", True), "in": (_is_text, "a text", True)},
    "securityScheme": {"type": (_is_text, "a text", True)},
    "schema": {"type": (_is_type, "a type or a list of some", False)},
}
_A: Mapping[str, str] = {"parameter": "a parameter", "securityScheme": "a security scheme"}


def _other(pointer: str, wanted: str, found: Any) -> Fault:
    return pointer, f"must be {wanted}, not {_told(found)}", ""


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    if type(value) is dict:
        return "a mapping"
    if type(value) is list:
        return "a list" if value else "an empty list"
    text = str(value).lower() if type(value) is bool else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
