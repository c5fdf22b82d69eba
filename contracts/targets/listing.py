"""The list in which what an operation creates can be seen, and whether one shows all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from contracts.answer import Answer
from mockserver.openapi.contract import Contract, Operation


def list_of(contract: Contract, operation: Operation, target: str) -> tuple[Operation, str] | None:
    """The list that shows what a request makes, and the target that asks for all that it gives at once.

    It is at the same path as the request, or at one without variables.
    """
    kind = operation.facts.get("resource", {}).get("kind")
    best: tuple[Operation, str] | None = None
    for each in contract.operations:
        use = each.facts.get("resource", {})
        if not kind or use.get("kind") != kind or use.get("action") != "list" or each.method != "GET":
            continue
        if each.address == operation.address:
            return each, _asking(contract, each, target.partition("?")[0])
        if best is None and "{" not in each.address:
            best = each, _asking(contract, each, each.address)
    return best


def _asking(contract: Contract, lists: Operation, path: str) -> str:
    fact = _paging(contract, lists)
    name, most = fact.get("params", {}).get("size"), fact.get("size", {}).get("max")
    return f"{path}?{urlencode({name: most})}" if name and most else path


def is_whole(contract: Contract, lists: Operation, answer: Answer) -> bool:
    """Whether an answer to that has every row there is: not as many as fit."""
    fact = _paging(contract, lists)
    if fact.get("style", "none") == "none":
        return True
    size = fact.get("size", {})
    most = size.get("max", size.get("default"))
    return most is not None and len(rows_of(answer.value)) < int(most)


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The objects in the longest list of an answer."""
    best: list[dict[str, Any]] = []
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            rows = [row for row in each if isinstance(row, dict)]
            best = rows if len(rows) > len(best) else best
        elif isinstance(each, dict):
            stack.extend(each.values())
    return best


def _paging(contract: Contract, lists: Operation) -> Mapping[str, Any]:
    name = lists.facts.get("paging")
    found: Mapping[str, Any] = contract.facts.get("paging", {}).get(name, {}) if name else {}
    return found
