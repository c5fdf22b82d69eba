"""Credentials that a document hides among header parameters, as security schemes; knows no tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.infer_rows import follow
from mockserver.openapi.positions import escape
from mockserver.openapi.repairs import Action, jsonpath

_KEYS = (
    "x-api-key", "api-key", "apikey", "x-apikey", "x-auth-token", "x-access-token", "x-token", "access-token",
)  # fmt: skip


def infer_security(data: dict[str, Any]) -> list[Action]:
    """Actions that ask for credentials which operations take as header parameters and nothing declares."""
    if data.get("security") or (data.get("components") or {}).get("securitySchemes"):
        return []
    schemes: dict[str, Any] = {}
    uses: list[Action] = []
    for pointer, operation in _operations(data):
        if "security" in operation:
            continue
        for name, required in _credentials(data, pointer):
            key = "bearer" if name == "authorization" else name
            schemes.setdefault(
                key,
                {"type": "http", "scheme": "bearer"}
                if key == "bearer"
                else {"type": "apiKey", "in": "header", "name": name},
            )
            uses.append(
                {
                    "target": jsonpath(pointer, data),
                    "description": f"The header {name} is a parameter here; it is a credential.",
                    "x-evidence": _known(f"its header parameter {name}"),
                    "update": {"security": [{key: []}] if required else [{}, {key: []}]},
                }
            )
            break
    if not schemes:
        return []
    declared: Action = {
        "target": "$",
        "description": "How callers say who they are, from header parameters.",
        "x-evidence": _known("header parameters"),
        "update": {"components": {"securitySchemes": schemes}},
    }
    return [declared, *uses]


def _known(what: str) -> Mapping[str, str]:
    return {"known": "assumed", "source": f"inferred by mockserver import from {what}"}


def _operations(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in data.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield f"/paths/{escape(path)}/{method}", item[method]


def _credentials(data: Any, pointer: str) -> Iterator[tuple[str, bool]]:
    """(name in lower case, whether required) of header parameters that carry credentials."""
    for owner in (pointer.rpartition("/")[0], pointer):
        listed = follow(data, owner)[1].get("parameters")
        for index, _ in enumerate(listed if isinstance(listed, list) else ()):
            parameter = follow(data, f"{owner}/parameters/{index}")[1]
            name = str(parameter.get("name", "")).lower()
            if parameter.get("in") == "header" and (name == "authorization" or name in _KEYS):
                yield name, parameter.get("required") is True
