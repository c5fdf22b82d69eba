"""Applies OpenAPI Overlays (1.0, and `copy` and scalar updates of 1.1); knows JSON, not OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.openapi.facts import check_evidence
from mockserver.openapi.positions import escape

_ROOT_KEYS = frozenset({"overlay", "info", "extends", "actions"})
_ACTION_KEYS = frozenset({"target", "description", "update", "remove", "copy"})


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The document after an overlay. `problems`: (pointer into the overlay, message, remedy)."""

    data: Any
    problems: tuple[tuple[str, str, str], ...]


def apply(data: Any, overlay: Any) -> Overlaid:
    """Apply each action in its order to a copy of `data`; an action that selects nothing is a problem.

    `update` merges objects recursively and appends to arrays; `remove` deletes; `copy` updates with what
    its JSONPath selects; other values are replaced. `extends` is not followed: the caller says what it
    applies to.
    """
    problems = _malformed(overlay)
    if problems:
        return Overlaid(data, tuple(problems))
    # A copy with no object in two places: YAML aliases would let one update change several.
    try:
        data = orjson.loads(orjson.dumps(data))
    except orjson.JSONEncodeError as error:
        return Overlaid(data, (("", f"cannot be applied: {error}", ""),))
    for index, action in enumerate(overlay["actions"]):
        problem = _act(data, action)
        if problem is not None:
            problems.append((f"/actions/{index}{problem[0]}", *problem[1:]))
    return Overlaid(data, tuple(problems))


def _malformed(overlay: Any) -> list[tuple[str, str, str]]:
    if type(overlay) is not dict:
        return [("", "is no mapping, so no Overlay", "")]
    found: list[tuple[str, str, str]] = []
    version = overlay.get("overlay")
    if type(version) is not str or not version.startswith(("1.0", "1.1")):
        found.append(("/overlay", "is not version 1.0 or 1.1 of Overlay", 'write overlay: "1.0.0"'))
    info = overlay.get("info")
    if type(info) is not dict or not {"title", "version"} <= info.keys():
        found.append(("/info", "an overlay needs info with title and version", ""))
    found.extend(_unknown("", overlay, _ROOT_KEYS))
    actions = overlay.get("actions")
    if type(actions) is not list or not actions:
        return [*found, ("/actions", "an overlay needs a list of actions", "")]
    for index, action in enumerate(actions):
        here = f"/actions/{index}"
        if type(action) is not dict or type(action.get("target")) is not str:
            found.append((here, "an action needs a target, a JSONPath such as $.info", ""))
            continue
        found.extend(_unknown(here, action, _ACTION_KEYS))
        if type(action.get("remove", False)) is not bool:
            found.append((f"{here}/remove", "must be true or false", ""))
        if type(action.get("copy", "")) is not str:
            found.append((f"{here}/copy", "must be a JSONPath", ""))
        if not action.get("remove") and ("update" in action) + ("copy" in action) != 1:
            found.append((here, "an action does one thing", "give update, copy or remove: true"))
        if "x-evidence" in action:
            found.extend(
                (f"{here}/x-evidence{pointer}", message, "")
                for pointer, message in check_evidence(action["x-evidence"])
            )
    return found


def _unknown(here: str, node: dict[str, Any], known: frozenset[str]) -> list[tuple[str, str, str]]:
    return [
        (f"{here}/{escape(key)}", f"{key!r} is no key of an overlay", f"known are {', '.join(sorted(known))}")
        for key in node
        if key not in known and not key.startswith("x-")
    ]


def _act(data: Any, action: dict[str, Any]) -> tuple[str, str, str] | None:
    targets = _select(data, action["target"])
    if isinstance(targets, str):
        return "/target", f"is not a JSONPath: {targets}", "see RFC 9535"
    if not targets:
        return (
            "/target",
            f"{action['target']} selects nothing",
            "the document has changed, or the path is wrong",
        )
    if action.get("remove"):
        return _remove(data, targets)
    update = action.get("update")
    if "copy" in action:
        chosen = _select(data, action["copy"])
        if isinstance(chosen, str):
            return "/copy", f"is not a JSONPath: {chosen}", "see RFC 9535"
        if len(chosen) != 1:
            return "/copy", f"{action['copy']} selects {len(chosen)} places, not one", ""
        update = _at(data, chosen[0])
    written = orjson.dumps(update)
    for place in targets:
        value = orjson.loads(written)  # each target has its own
        target = _at(data, place)
        if type(target) is dict:
            if type(value) is not dict:
                return "/update", f"{action['target']} is an object; only an object can be merged into it", ""
            _merge(target, value)
        elif type(target) is list:
            if type(value) is list:
                target.extend(value)
            else:
                target.append(value)
        elif place:
            _at(data, place[:-1])[place[-1]] = value
    return None


def _select(data: Any, path: str) -> list[tuple[str | int, ...]] | str:
    """The places that a JSONPath selects, each once, or what is wrong with it."""
    # A third of the start-up of a small document: only documents with overlays pay for it.
    import jsonpath

    try:
        found = jsonpath.JSONPathEnvironment(strict=True).finditer(path, data)
        return list(dict.fromkeys(match.parts for match in found))
    except jsonpath.JSONPathError as error:
        return str(error.args[0] if error.args else error).splitlines()[0]


def _at(data: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        data = data[step]
    return data


def _remove(data: Any, targets: list[tuple[str | int, ...]]) -> tuple[str, str, str] | None:
    if () in targets:
        return "/target", "the whole document cannot be removed", ""
    chosen = set(targets)
    # From the end, so that an index is still right when its turn comes; what goes with a parent goes once.
    for place in reversed(targets):
        if not any(place[:length] in chosen for length in range(1, len(place))):
            continue
        chosen.discard(place)
    ordered = sorted(chosen, key=lambda place: [(type(step) is int, step) for step in place], reverse=True)
    for place in ordered:
        del _at(data, place[:-1])[place[-1]]
    return None


def _merge(target: dict[str, Any], update: dict[str, Any]) -> None:
    for key, value in update.items():
        old = target.get(key)
        if type(old) is dict and type(value) is dict:
            _merge(old, value)
        elif type(old) is list and type(value) is list:
            old.extend(value)
        else:
            target[key] = value
