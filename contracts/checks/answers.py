"""Where rows and pages stand in an answer, as `x-resource` and `x-paging` say; knows values, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.checks.values import Path, at
from mockserver.openapi.contract import Contract, Operation


def path_of(template: Any, hole: str) -> Path | None:
    """Where in a template that hole stands; None for nowhere."""
    if template == hole:
        return ()
    if isinstance(template, Mapping):
        for name, each in template.items():
            found = path_of(each, hole)
            if found is not None:
                return (name, *found)
    return None


def use_of(operation: Operation) -> Mapping[str, Any]:
    """The operation's x-resource; {} where it has none."""
    found: Mapping[str, Any] = operation.facts.get("resource", {})
    return found


def id_field(contract: Contract, kind: str) -> str:
    """The field that names a row of that kind."""
    return str(contract.facts.get("resources", {}).get(kind, {}).get("id", "id"))


def row_in(operation: Operation, value: Any) -> Any:
    """The row that an answer of that operation holds; None where none does."""
    wrap = use_of(operation).get("wrap", "$row")
    path = path_of(wrap, "$row")
    return None if path is None else at(value, path)


def rows_in(operation: Operation, value: Any) -> list[Any] | None:
    """The rows of a list's answer; None where they do not stand where the facts say."""
    path = path_of(use_of(operation).get("wrap", "$rows"), "$rows")
    found = None if path is None else at(value, path)
    return found if isinstance(found, list) else None


def paging_of(contract: Contract, operation: Operation) -> Mapping[str, Any]:
    """How a list is cut (x-paging); {} where it is not."""
    name = operation.facts.get("paging")
    found: Mapping[str, Any] = contract.facts.get("paging", {}).get(name, {}) if isinstance(name, str) else {}
    return found


def told(contract: Contract, operation: Operation, value: Any) -> Mapping[str, Any]:
    """What an answer says of its page, by the names that `info` has: `{"total": 25, "next-url": null}`."""
    info = paging_of(contract, operation).get("info")
    wrap = use_of(operation).get("wrap", "$rows")
    found: dict[str, Any] = {}
    _match(wrap, value, info, found)
    return found


def _match(template: Any, value: Any, info: Any, found: dict[str, Any]) -> None:
    if isinstance(template, str) and template.startswith("$page"):
        inner = info
        for step in template.split(".")[1:]:
            inner = inner.get(step) if isinstance(inner, Mapping) else None
        _read(inner, value, found)
    elif isinstance(template, Mapping) and isinstance(value, Mapping):
        for name, each in template.items():
            if name in value:
                _match(each, value[name], info, found)


def _read(info: Any, value: Any, found: dict[str, Any]) -> None:
    if isinstance(info, str) and info.startswith("$"):
        found[info[1:]] = value
    elif isinstance(info, Mapping) and isinstance(value, Mapping):
        for name, each in info.items():
            if name in value:
                _read(each, value[name], found)
