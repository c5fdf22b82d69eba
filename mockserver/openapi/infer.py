"""Facts that a document lets one suppose, as actions of an overlay marked assumed; not for run time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.infer_auth import infer_security
from mockserver.openapi.infer_paging import Paging, info_wrap, paging_of, tells_of_pages, uncut
from mockserver.openapi.infer_rows import Row, id_field, list_of, row_of, status_after
from mockserver.openapi.positions import escape
from mockserver.openapi.repairs import Action, jsonpath
from mockserver.openapi.restate import at as standing
from mockserver.openapi.table import shape

# No list goes further.
LARGEST = 2**31 - 1


@dataclass(slots=True)
class Inferred:
    """`actions` of an overlay; `kinds`: by kind of row, the pointer of its schema and the field of its id."""

    actions: list[Action] = field(default_factory=list)
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)
    uses: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def without(self, operations: Sequence[tuple[str, ...]]) -> list[Action]:
        """The actions but those of some operations, for which what was supposed does not hold."""
        return [action for action in self.actions if tuple(action.get("x-operation", ())) not in operations]


def infer(data: dict[str, Any], known: Sequence[tuple[str, str]] = (), taken: Sequence[str] = ()) -> Inferred:
    """What can be supposed of a document in 3.1 that says no facts.

    `known` operations are left alone, and kinds are not called as those that are `taken`.
    """
    found = Inferred(kinds=dict.fromkeys(taken, ("", "")))
    paths: dict[str, Any] = data.get("paths", {})
    found.actions += infer_security(data)
    collections = {shape(path): path for path in paths if path.startswith("/")}
    pagings: dict[str, Paging] = {}
    uses: list[tuple[str, str, dict[str, Any], str]] = []
    whole: dict[str, None] = {}
    for path in paths:
        for method, use, paging in _uses(data, path, collections, found):
            if (method, path) in known:
                continue
            name = ""
            if paging is not None:
                whole.update(dict.fromkeys(paging.whole))
                name = next((each for each, other in pagings.items() if other == paging), "")
                if not name:
                    name = f"{paging.style}-{len(pagings) + 1}" if paging.style in pagings else paging.style
                    pagings[name] = paging
            uses.append((path, method, use, name))
    used = {use["kind"] for _, _, use, _ in uses}
    found.kinds = {kind: row for kind, row in found.kinds.items() if kind in used}
    if found.kinds:
        kinds, named = {}, {}
        for kind, (pointer, field_name) in found.kinds.items():
            if not _is_named(pointer):
                # A kind is a schema with a name of its own: one that refers to where rows are described.
                name = _free_name(kind, data)
                named[name] = {"$ref": f"#{quote(pointer, safe='/~')}"}
                pointer = f"/components/schemas/{name}"
                found.kinds[kind] = (pointer, field_name)
            kinds[kind] = {
                "schema": f"#{pointer}",
                "id": field_name,
                "x-evidence": _known("how rows look in answers"),
            }
        if named:
            found.actions.append(
                _at_root("Names for rows that have none.", {"components": {"schemas": named}})
            )
        found.actions.append(
            _at_root("The kinds of rows, from what is read and made by id.", {"x-resources": kinds})
        )
    if pagings:
        declared = {
            name: {**each.fact(), "x-evidence": _known("the parameters' names")}
            for name, each in pagings.items()
        }
        found.actions.append(
            _at_root("How lists are cut, from the names of parameters.", {"x-paging": declared})
        )
    found.actions += [
        {
            "target": jsonpath(pointer, data),
            "description": "A place in a list, or the size of a page, is a whole number, with an end.",
            "x-evidence": _known("the parameter's name"),
            "update": {
                "type": "integer",
                "minimum": standing(data, pointer).get("minimum", 0),
                "maximum": min(standing(data, pointer).get("maximum", LARGEST), LARGEST),
            },
        }
        for pointer in whole
    ]
    for path, method, use, name in uses:
        value: dict[str, Any] = {"x-resource": use}
        if name:
            value["x-paging"] = name
        found.uses[method, path] = use
        found.actions.append(
            {
                "target": jsonpath(f"/paths/{escape(path)}/{method}", data),
                "description": _told(use),
                "x-operation": [method, path],
                "x-evidence": _known(f"{method.upper()} {path} and what it answers"),
                "update": value,
            }
        )
    return found


def _known(what: str) -> dict[str, str]:
    return {"known": "assumed", "source": f"inferred by mockserver import from {what}"}


def _at_root(description: str, value: Any) -> Action:
    return {
        "target": "$",
        "description": description,
        "x-evidence": _known("the document as a whole"),
        "update": value,
    }


def _told(use: Mapping[str, Any]) -> str:
    kind = use["kind"]
    if use["action"] == "transition":
        return f"Leads a {kind} to {', '.join(map(str, use['set'].values()))}."
    verb = {"create": "Makes", "read": "Reads", "list": "Lists", "update": "Changes", "delete": "Removes"}
    return f"{verb[use['action']]} {'rows of' if use['action'] == 'list' else 'a'} {kind}."


def _uses(
    data: dict[str, Any], path: str, collections: Mapping[str, str], found: Inferred
) -> Iterator[tuple[str, dict[str, Any], Paging | None]]:
    """(method, x-resource, paging) of what a path's operations do to rows, as far as it can be seen."""
    item = data["paths"][path]
    if not isinstance(item, dict):
        return
    segments = path.strip("/").split("/")
    last = segments[-1]
    if _is_hole(last):
        yield from _of_one(data, path, segments, found)
    elif collections.get(shape(f"{path.rstrip('/')}/{{id}}")) is not None:
        yield from _of_many(data, path, segments, collections, found)
    elif len(segments) > 1 and _is_hole(segments[-2]):
        owner = "/" + "/".join(segments[:-1])
        yield from _transitions(data, path, owner, segments, found)


def _is_hole(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}") and segment.count("{") == 1


def _kind_of(data: dict[str, Any], path: str, found: Inferred) -> tuple[str, Row, str] | None:
    """The kind of row that an item path names: its name, how one looks, the path parameter."""
    segments = path.strip("/").split("/")
    parameter = segments[-1][1:-1]
    row = row_of(data, f"/paths/{escape(path)}/get")
    for method in ("put", "patch"):
        row = row or row_of(data, f"/paths/{escape(path)}/{method}")
    if row is None:
        return None
    id = id_field(row.schema, parameter)
    if id is None:
        return None
    words = [segment for segment in segments if not _is_hole(segment)]
    name = _singular(_slug(words[-1])) if words else "row"
    for length in range(1, len(words) + 1):
        name = "-".join([*map(_slug, words[-length:-1]), _singular(_slug(words[-1]))]).strip("-") or "row"
        if found.kinds.get(name, (row.pointer, id)) == (row.pointer, id):
            break
    else:
        return None
    found.kinds[name] = (row.pointer, id)
    return name, row, parameter


def _parent(segments: Sequence[str], data: dict[str, Any], found: Inferred) -> dict[str, Any] | None:
    """The row in whose path others stand: the last hole but that of the row itself."""
    for index in range(len(segments) - (2 if _is_hole(segments[-1]) else 1), -1, -1):
        if _is_hole(segments[index]):
            above = "/" + "/".join(segments[: index + 1])
            if above not in data["paths"]:
                return None
            kind = _kind_of(data, above, found)
            if kind is None:
                return None
            name, _, parameter = kind
            return {"kind": name, "param": parameter, "field": f"_{parameter}"}
    return None


def _of_one(
    data: dict[str, Any], path: str, segments: Sequence[str], found: Inferred
) -> Iterator[tuple[str, dict[str, Any], None]]:
    kind = _kind_of(data, path, found)
    if kind is None:
        return
    name, row, parameter = kind
    parent = _parent(segments, data, found)
    for method, action in (("get", "read"), ("put", "update"), ("patch", "update"), ("delete", "delete")):
        if method not in data["paths"][path]:
            continue
        use: dict[str, Any] = {"kind": name, "action": action, "id": parameter}
        answer = row_of(data, f"/paths/{escape(path)}/{method}", row)
        if answer is not None:
            use["wrap"] = answer.wrap
        elif action == "delete":
            wrap = _constant(data, f"/paths/{escape(path)}/{method}")
            if wrap is not None:
                use["wrap"] = wrap
        else:
            continue
        if parent is not None:
            use["parent"] = parent
        yield method, use, None


def _of_many(
    data: dict[str, Any],
    path: str,
    segments: Sequence[str],
    collections: Mapping[str, str],
    found: Inferred,
) -> Iterator[tuple[str, dict[str, Any], Paging | None]]:
    one = collections[shape(f"{path.rstrip('/')}/{{id}}")]
    kind = _kind_of(data, one, found)
    if kind is None:
        return
    name, row, _ = kind
    parent = _parent(segments, data, found)
    more = {} if parent is None else {"parent": parent}
    item = data["paths"][path]
    if "get" in item:
        rows = list_of(data, f"/paths/{escape(path)}/get", row)
        if rows is not None:
            paging = paging_of(data, f"/paths/{escape(path)}/get")
            wrap = info_wrap(data, rows, paging)
            if paging is None and tells_of_pages(wrap):
                paging = uncut()
            yield "get", {"kind": name, "action": "list", "wrap": wrap, **more}, paging
    if "post" in item:
        made = row_of(data, f"/paths/{escape(path)}/post", row)
        if made is not None:
            yield "post", {"kind": name, "action": "create", "wrap": made.wrap, **more}, None


def _transitions(
    data: dict[str, Any], path: str, owner: str, segments: Sequence[str], found: Inferred
) -> Iterator[tuple[str, dict[str, Any], None]]:
    if owner not in data["paths"]:
        return
    kind = _kind_of(data, owner, found)
    if kind is None:
        return
    name, row, parameter = kind
    for method in ("post", "put", "patch"):
        if method not in data["paths"][path]:
            continue
        after = status_after(segments[-1], row.schema)
        answer = row_of(data, f"/paths/{escape(path)}/{method}", row)
        if after is None or answer is None:
            continue
        parent = _parent(segments[:-1], data, found)
        more = {} if parent is None else {"parent": parent}
        yield (
            method,
            {
                "kind": name,
                "action": "transition",
                "id": parameter,
                "wrap": answer.wrap,
                "set": after,
                **more,
            },
            None,
        )


def _constant(data: dict[str, Any], operation: str) -> Any:
    """An example of a body that tells of no row: what a removal answers."""
    for status, raw in (standing(data, f"{operation}/responses") or {}).items():
        if status[0] == "2" and isinstance(raw, dict):
            content = raw.get("content") or {}
            media = content.get("application/json") or {}
            example = media.get("example")
            if isinstance(example, (dict, list)):
                return example
    return None


def _is_named(pointer: str) -> bool:
    return pointer.startswith("/components/schemas/") and pointer.count("/") == 3


def _free_name(kind: str, data: Mapping[str, Any]) -> str:
    taken = (data.get("components") or {}).get("schemas") or {}
    name = "".join(word.capitalize() for word in kind.split("-"))
    while name in taken:
        name += "Row"
    return name


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in text.lower()).split()) or "row"


def _singular(word: str) -> str:
    for ending, other in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + other
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def operations_of(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(method, path) of every operation."""
    for path, item in data.get("paths", {}).items():
        if path[:1] == "/" and isinstance(item, dict):
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield method, path
