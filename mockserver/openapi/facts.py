"""Checks declared facts (x- keys, provider.yaml) against specs/facts.schema.json; obeys none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import orjson

from mockserver.openapi import positions, yaml
from mockserver.openapi.anatomy import lookup, walk
from mockserver.openapi.places import specs_folder
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.sources import read_bytes

_CARRIERS = ("document", "operation", "securityScheme", "parameter", "schema")
_EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """facts.schema.json, read: `places` maps the name of a fact to the kinds of object that carry it."""

    schema: Mapping[str, Any]
    places: Mapping[str, tuple[str, ...]]

    def check(self, definition: str, value: Any) -> Iterator[tuple[str, str]]:
        """(pointer into `value`, message) of everything in it that the definition does not allow."""
        for error in _validator(definition).iter_errors(value):
            pointer = "".join(f"/{escape(str(step))}" for step in error.instance_path)
            kind = type(error.kind).__name__
            if kind == "AdditionalProperties":
                parent = _at(self.schema, error.schema_path[:-1])
                for key in getattr(error.kind, "unexpected", ()):
                    hint = did_you_mean(key, parent.get("properties", ()))
                    yield f"{pointer}/{escape(key)}", f"the key {key!r} is not known here{hint}"
            elif kind == "FalseSchema":
                yield pointer, "is not allowed beside the other keys"
            elif kind == "Pattern":
                meaning = _at(self.schema, error.schema_path[:-1]).get("description") or ""
                if not meaning:
                    meaning = _at(self.schema, error.schema_path[:-2]).get("description") or ""
                yield pointer, f"{error.instance!r} is malformed" + (f": {meaning}" if meaning else "")
            else:
                yield pointer, error.message


def check_facts(data: Any, *, strict: bool) -> list[tuple[str, str]]:
    """(pointer, message) of every fact that is unknown, misplaced, malformed or names what is not declared.

    `data` is a whole document in 3.1. Not strict: x- keys that are none of ours are left alone.
    """
    vocabulary = _vocabulary()
    places = vocabulary.places
    found: list[tuple[str, str]] = []
    for pointer, kind, node in walk(data):
        for key, value in node.items():
            if key[:2] != "x-":
                continue
            carriers = places.get(key)
            here = f"{pointer}/{escape(key)}"
            if carriers is None:
                if strict:
                    found.append((here, f"the fact {key} is not known{did_you_mean(key, places)}"))
                continue
            carrier = _EVERYWHERE if carriers == (_EVERYWHERE,) else kind
            if carrier not in carriers:
                found.append((here, f"{key} belongs to {_one_of(carriers)}, not to {_noun(kind)}"))
                continue
            definition = f"{carrier}/properties/{escape(key)}"
            found.extend((here + inner, message) for inner, message in vocabulary.check(definition, value))
    if type(data) is dict:
        found.extend(_undeclared(data))
    return found


def check_evidence(value: Any) -> list[tuple[str, str]]:
    """The same for one x-evidence that stands outside a document: in the action of an overlay."""
    return list(_vocabulary().check("evidence", value))


def read_provider(path: Path) -> Mapping[str, Any]:
    """specs/<slug>/provider.yaml, read and checked; SpecificationError lists everything wrong with it."""
    file = str(path)
    text = read_bytes(path, file)
    data = yaml.read(text, file)
    found = list(_vocabulary().check("provider", data))
    if found:
        lines = positions.positions(text)
        raise SpecificationError(
            [Problem(file, positions.nearest(lines, pointer), pointer, message) for pointer, message in found]
        )
    return MappingProxyType(data)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'x-paging'?` or nothing, to end a message with."""
    # Only a broken document pays for the import.
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _undeclared(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names that a fact uses and the root of the document does not declare."""
    kinds, pagings, limits = (_table(data, key) for key in ("x-resources", "x-paging", "x-rate-limit"))
    for name, resource in kinds.items():
        schema = resource.get("schema") if type(resource) is dict else None
        if type(schema) is str and schema.startswith("#/"):
            try:
                lookup(data, schema[1:])
            except KeyError:
                known = (f"#/components/schemas/{each}" for each in _table(data.get("components"), "schemas"))
                hint = did_you_mean(schema, known)
                yield f"/x-resources/{escape(name)}/schema", f"there is no {schema}{hint}"
    names = {name for name in limits if name != "default"}
    for pointer, kind, node in walk(data):
        if kind == "document":
            for name in _listed(limits.get("default")):
                if name not in names:
                    yield "/x-rate-limit/default", _missing("x-rate-limit", name, names)
        if kind != "operation":
            continue
        use = node.get("x-resource")
        if type(use) is dict:
            parent = use.get("parent")
            parent = parent if type(parent) is dict else {}
            for place, used in (("/kind", use.get("kind")), ("/parent/kind", parent.get("kind"))):
                if type(used) is str and used not in kinds:
                    yield f"{pointer}/x-resource{place}", _missing("x-resources", used, kinds)
        paging = node.get("x-paging")
        if type(paging) is str and paging not in pagings:
            yield f"{pointer}/x-paging", _missing("x-paging", paging, pagings)
        for name in _listed(node.get("x-rate-limit")):
            if name not in names:
                yield f"{pointer}/x-rate-limit", _missing("x-rate-limit", name, names)


def _missing(table: str, name: str, known: Iterable[str]) -> str:
    return f"{name!r} is not declared in the document's {table}{did_you_mean(name, known)}"


def _table(data: Any, key: str) -> dict[str, Any]:
    value = data.get(key) if type(data) is dict else None
    return value if type(value) is dict else {}


def _listed(value: Any) -> list[str]:
    return [each for each in (value if type(value) is list else [value]) if type(each) is str]


def _noun(kind: str) -> str:
    if kind == "document":
        return "the document's root"
    words = "security scheme" if kind == "securityScheme" else kind
    return f"{'an' if kind[0] in 'aeio' else 'a'} {words}"


def _one_of(kinds: tuple[str, ...]) -> str:
    return " or ".join(_noun(kind) for kind in kinds)


def _at(schema: Any, path: Iterable[str | int]) -> dict[str, Any]:
    for step in path:
        schema = schema[step]
    return schema if type(schema) is dict else {}


# Both are functions of a file that ships with the package; nothing in them changes while it runs.
@cache
def _vocabulary() -> _Vocabulary:
    schema = orjson.loads((specs_folder() / "facts.schema.json").read_bytes())
    places: dict[str, tuple[str, ...]] = {}
    for carrier in (*_CARRIERS, _EVERYWHERE):
        for name in schema["$defs"][carrier]["properties"]:
            places[name] = (*places.get(name, ()), carrier)
    return _Vocabulary(schema, MappingProxyType(places))


@cache
def _validator(definition: str) -> jsonschema_rs.Draft202012Validator:
    schema = {**_vocabulary().schema, "$ref": f"#/$defs/{definition}"}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
