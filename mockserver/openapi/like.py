"""Lends one document the facts of another about the same operations; knows documents, not what facts do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.openapi.anatomy import METHODS, lookup, tokens
from mockserver.openapi.compile import base_path
from mockserver.openapi.infer_rows import follow
from mockserver.openapi.positions import escape
from mockserver.openapi.repairs import Action, jsonpath
from mockserver.openapi.table import shape

# What a document says of itself, and what an edition of it already is.
_OWN = frozenset({"x-provider", "x-versions", "x-version", "x-evidence", "x-behaviour"})


@dataclass(frozen=True, slots=True)
class Model:
    """The document whose facts are lent, and the same as it was by date (`x-versions`)."""

    slug: str
    data: Mapping[str, Any]
    editions: Mapping[str, Mapping[str, Any]]
    behaviours: frozenset[str]


def bind(data: dict[str, Any], model: Model) -> tuple[list[Action], list[tuple[str, str]], list[str]]:
    """Actions that name the behaviour of each operation which the model has too, by method and path.

    Also the operations so bound, and those that are not because they let everybody in where the model asks
    for credentials: a behaviour would not know who is asking.
    """
    behaviours = {
        (method, shape(base_path(operation, item, model.data) + path)): operation
        for path, method, operation, item in _operations(model.data)
    }
    actions: list[Action] = []
    bound: list[tuple[str, str]] = []
    open_to_all: list[str] = []
    for path, method, operation, item in _operations(data):
        address = base_path(operation, item, data) + path
        known = behaviours.get((method, shape(address)))
        if known is None:
            continue
        if _asks(known, model.data) and not _asks(operation, data):
            open_to_all.append(f"{method.upper()} {path}")
            continue
        name = known.get("x-behaviour", known.get("operationId"))
        if name not in model.behaviours and "x-resource" not in known:
            continue
        bound.append((method, path))
        actions.append(
            {
                "target": jsonpath(f"/paths/{escape(path)}/{method}", data),
                "description": f"The same method and path as {name} of {model.slug}.",
                "x-evidence": {"known": "assumed", "source": f"mockserver import --like {model.slug}"},
                "update": {"x-behaviour": name},
            }
        )
    return actions, bound, open_to_all


def adopt(data: dict[str, Any], model: Model) -> dict[str, Any]:
    """The document with the model's facts at its root and at the operations bound to the model's behaviours.

    What the document says itself stays. Schemas of the model's rows come along under the model's name, and so
    do those of what its behaviours read: parameters are read as the model declares them, and a body has to be
    one for both.
    """
    data = orjson.loads(orjson.dumps(data))
    sources = [model.data, *model.editions.values()]
    header = str(model.data.get("x-versions", {}).get("header", "")).lower()
    found: dict[tuple[str, str], dict[str, tuple[str, Mapping[str, Any]]]] = {}
    for date, document in [("", model.data), *model.editions.items()]:
        for path, method, operation, item in _operations(document):
            key = method, shape(base_path(operation, item, document) + path)
            found.setdefault(key, {})[date] = (path, operation)
    names: dict[str, str] = {}
    sources_of = {"": model.data, **model.editions}
    for path, method, operation, item in _operations(data):
        known = found.get((method, shape(base_path(operation, item, data) + path)))
        if known is None or "x-behaviour" not in operation:
            continue
        date = _date(data, f"/paths/{escape(path)}/{method}", header)
        newest = known.get("") or next(iter(known.values()))
        date = date if date in known and date in _accepted(newest[1]) else ""
        their_path, theirs = known.get(date) or newest
        if operation["x-behaviour"] not in model.behaviours:
            # What facts alone do has no function of that name.
            del operation["x-behaviour"]
        for fact, value in theirs.items():
            if fact.startswith("x-") and fact not in _OWN:
                operation.setdefault(fact, value)
        names[path] = their_path
        _demand(data, f"/paths/{escape(path)}/{method}", their_path, theirs, sources_of[date], model, date)
    _rename(data, names)
    for source in sources:
        for fact, value in source.items():
            if fact.startswith("x-") and fact not in _OWN:
                data[fact] = {**value, **data[fact]} if isinstance(data.get(fact), dict) else value
    _schemes(data, model.data)
    _rows(data, model)
    return data


def _operations(
    data: Mapping[str, Any],
) -> Iterator[tuple[str, str, dict[str, Any], Mapping[str, Any]]]:
    for path, item in data.get("paths", {}).items():
        if path[:1] == "/" and isinstance(item, dict):
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield path, method, item[method], item


def _asks(operation: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    security = operation.get("security", data.get("security"))
    return bool(security) and {} not in (security or [])


def _date(data: Any, pointer: str, header: str) -> str:
    """The dated version that an operation is of, by the default of the header that chooses one."""
    if not header:
        return ""
    parameters = follow(data, pointer)[1].get("parameters", [])
    for index, _ in enumerate(parameters):
        at, parameter = follow(data, f"{pointer}/parameters/{index}")
        if parameter.get("in") == "header" and str(parameter.get("name")).lower() == header:
            schema = follow(data, f"{at}/schema")[1]
            allowed = schema.get("enum")
            return str(schema.get("default") or schema.get("const") or (allowed[0] if allowed else ""))
    return ""


def _accepted(operation: Mapping[str, Any]) -> set[str]:
    version = operation.get("x-version", {})
    return {*version.get("accepts", ()), *version.get("disputed", ())}


def _demand(
    data: dict[str, Any],
    pointer: str,
    their_path: str,
    theirs: Mapping[str, Any],
    source: Mapping[str, Any],
    model: Model,
    date: str,
) -> None:
    """What the model's operation asks of requests, asked here too: its behaviour takes that for granted."""
    schemas = data.setdefault("components", {}).setdefault("schemas", {})
    # Schemas of an edition stand beside those of the newest, under names of their own.
    lent = Model(f"{model.slug}.{date}" if date else model.slug, source, {}, frozenset())
    operation = lookup(data, pointer)
    item = lookup(data, pointer.rpartition("/")[0])
    path = tokens(pointer)[1]
    own_names, their_names = _holes(path), _holes(their_path)
    known = {
        (
            str(each.get("in")),
            their_names.index(each["name"]) if each.get("in") == "path" else each.get("name"),
        ): each
        for each in _resolved(source, theirs.get("parameters", ()))
    }
    made: dict[tuple[str, Any], dict[str, Any]] = {}
    schema: Any
    for each in [
        *_resolved(data, item.get("parameters", ())),
        *_resolved(data, operation.get("parameters", ())),
    ]:
        place, name = str(each.get("in")), str(each.get("name"))
        if place == "path" and name not in own_names:
            continue
        key = place, own_names.index(name) if place == "path" else name
        other = known.get(key) if place in ("query", "path") else None
        if other is not None and "schema" in other:
            needed = place == "path" or each.get("required") is True or other.get("required") is True
            kept = {
                word: value for word, value in each.items() if word not in ("style", "explode", "example")
            }
            styled = {word: other[word] for word in ("style", "explode") if word in other}
            schema = _moved(other["schema"], lent, schemas)
            each = dict(kept, **styled, required=needed, schema=schema)
        made[key] = each
    for wanted, other in known.items():
        schema = other.get("schema")
        if wanted[0] == "query" and wanted not in made and isinstance(schema, dict) and "default" in schema:
            made[wanted] = {**other, "schema": _moved(schema, lent, schemas)}
    operation["parameters"] = list(made.values())
    _demand_body(data, pointer, theirs, source, lent)


def _demand_body(
    data: dict[str, Any], pointer: str, theirs: Mapping[str, Any], source: Mapping[str, Any], lent: Model
) -> None:
    schemas = data["components"]["schemas"]
    body = next(iter(_resolved(data, [lookup(data, pointer).get("requestBody", {})])), {})
    wanted = next(iter(_resolved(source, [theirs.get("requestBody", {})])), {})
    media = wanted.get("content", {}).get("application/json", {})
    own = body.get("content", {}).get("application/json")
    if not isinstance(own, dict) or "schema" not in media:
        return
    schema = media["schema"]
    while isinstance(schema.get("$ref"), str):
        schema = lookup(source, schema["$ref"][1:])
    # Which further members there may be is the document's to say.
    open_one = {key: value for key, value in schema.items() if key != "additionalProperties"}
    both = {"allOf": [own.get("schema", {}), _moved(open_one, lent, schemas)]}
    content = {**body["content"], "application/json": {**own, "schema": both}}
    lookup(data, pointer)["requestBody"] = {**body, "content": content}


def _resolved(data: Any, listed: Any) -> list[dict[str, Any]]:
    found = []
    for each in listed:
        while isinstance(each, dict) and isinstance(each.get("$ref"), str):
            each = lookup(data, each["$ref"][1:])
        found.append(each)
    return found


def _rename(data: dict[str, Any], names: Mapping[str, str]) -> None:
    """Call path parameters as the model's paths do: behaviours ask for them by name."""
    paths: dict[str, Any] = {}
    for path, item in data["paths"].items():
        theirs = names.get(path)
        renamed = {} if theirs is None else dict(zip(_holes(path), _holes(theirs), strict=False))
        renamed = {old: new for old, new in renamed.items() if old != new}
        if renamed:
            for old, new in renamed.items():
                path = path.replace(f"{{{old}}}", f"{{{new}}}")
            for owner in [item, *(item[method] for method in METHODS if isinstance(item.get(method), dict))]:
                if isinstance(owner.get("parameters"), list):
                    owner["parameters"] = [_called(data, each, renamed) for each in owner["parameters"]]
        paths[path] = item
    data["paths"] = paths


def _holes(path: str) -> list[str]:
    return [piece.partition("}")[0] for piece in path.split("{")[1:]]


def _called(data: Any, parameter: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    reference = parameter.get("$ref")
    resolved = follow(data, reference[1:])[1] if isinstance(reference, str) else parameter
    if resolved.get("in") != "path" or resolved.get("name") not in names:
        return parameter
    return {**resolved, "name": names[resolved["name"]]}


def _schemes(data: dict[str, Any], model: Mapping[str, Any]) -> None:
    """Facts of security schemes that have the same name in both."""
    own = data.get("components", {}).get("securitySchemes", {})
    for name, theirs in model.get("components", {}).get("securitySchemes", {}).items():
        for key, value in theirs.items():
            if key.startswith("x-") and key not in _OWN and name in own:
                own[name].setdefault(key, value)


def _rows(data: dict[str, Any], model: Model) -> None:
    """The schemas of the model's rows and all that they refer to, under names of their own."""
    schemas = data.setdefault("components", {}).setdefault("schemas", {})
    for kind, fact in data.get("x-resources", {}).items():
        theirs = model.data.get("x-resources", {}).get(kind)
        if theirs is None or fact is not theirs:
            continue
        data["x-resources"][kind] = {**fact, "schema": _take(fact["schema"], model, schemas)}


def _take(reference: str, model: Model, schemas: dict[str, Any]) -> str:
    name = f"{model.slug}.{reference.rpartition('/')[2]}"
    if name not in schemas:
        schemas[name] = {}
        schemas[name] = _moved(lookup(model.data, reference[1:]), model, schemas)
    return f"#/components/schemas/{name}"


def _moved(node: Any, model: Model, schemas: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {
            key: _take(value, model, schemas)
            if key == "$ref" and isinstance(value, str) and value.startswith("#/components/schemas/")
            else _moved(value, model, schemas)
            for key, value in node.items()
        }
    return [_moved(each, model, schemas) for each in node] if isinstance(node, list) else node
