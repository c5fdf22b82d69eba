"""How two answers to the same question differ: status, kind of body, its shape, headers; knows no server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.answer import NOTHING, Answer
from contracts.checks.values import Path, branches, properties, required
from mockserver.openapi.contract import Contract, Operation

# Headers that say something to a client; whatever else there is belongs to what stands in front of a server.
TOLD = re.compile(r"^(allow|location|retry-after|www-authenticate|link|x-?rate-?limit.*|ratelimit.*)$")
KINDS: Mapping[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    list: "list",
    dict: "object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What two servers do not agree about (status, type, shape or headers), and a line that says how."""

    about: str
    says: str
    pointer: str


def difference(contract: Contract, operation: Operation, mock: Answer, server: Answer) -> Difference | None:
    """The first thing that differs, the gravest first; None for nothing."""
    if mock.status != server.status:
        says = f"answers {server.status} where the mock answers {mock.status}"
        return Difference("status", says, _place(operation, server.status))
    pointer = _place(operation, server.status)
    if mock.media_type != server.media_type:
        says = (
            f"answers {server.media_type or 'no type'} where the mock answers {mock.media_type or 'no type'}"
        )
        return Difference("type", says, pointer)
    one, other = mock.value, server.value
    if one is not NOTHING and other is not NOTHING:
        schema = _schema(operation, server)
        for says in _shapes(contract, schema, [one], [other], ()):
            return Difference("shape", f"the answer ({server.status}): {says}", pointer)
    for says in _headers(operation, mock, server):
        return Difference("headers", f"the answer ({server.status}): {says}", pointer)
    return None


def _place(operation: Operation, status: int) -> str:
    response = operation.responses.get(str(status))
    return f"{operation.pointer}/responses" if response is None else response.pointer


def _schema(operation: Operation, answer: Answer) -> Any:
    response = operation.responses.get(str(answer.status)) or operation.responses.get("default")
    media = None if response is None else response.media.get(answer.media_type)
    return None if media is None else media.schema


def _shapes(contract: Contract, schema: Any, mock: list[Any], server: list[Any], path: Path) -> Iterator[str]:
    """What kinds of values, and which members, one has there and the other has not.

    Both are all the values at one place. What is empty, null or optional depends on the data: no difference.
    """
    at = "/" + "/".join("*" if each == 0 else str(each) for each in path)
    one, other = _kinds(mock), _kinds(server)
    if one and other and not one & other:
        yield f"{at} is {_words(other)} where the mock has {_words(one)}"
        return
    ours = [each for each in mock if isinstance(each, dict)]
    theirs = [each for each in server if isinstance(each, dict)]
    if ours and theirs:
        known = set(properties(contract.data, schema)) if schema is not None else set()
        needed = _needed(contract, schema)
        mine, yours = _members(ours), _members(theirs)
        for name in sorted(yours - mine):
            if name not in known or name in needed:
                yield f"{at.rstrip('/')}/{name} is there, and the mock has none"
        for name in sorted(mine - yours):
            if name not in known or name in needed:
                yield f"{at.rstrip('/')}/{name} is missing, and the mock has it"
        for name in sorted(mine & yours):
            part = None if schema is None else properties(contract.data, schema).get(name)
            yield from _shapes(
                contract,
                part,
                [each[name] for each in ours if name in each],
                [each[name] for each in theirs if name in each],
                (*path, name),
            )
    items = [item for each in mock if isinstance(each, list) for item in each]
    others = [item for each in server if isinstance(each, list) for item in each]
    if items and others:
        yield from _shapes(contract, _items(contract, schema), items, others, (*path, 0))


def _needed(contract: Contract, schema: Any) -> set[str]:
    if schema is None:
        return set()
    alternatives = any("oneOf" in each or "anyOf" in each for each in branches(contract.data, schema))
    return set() if alternatives else set(required(contract.data, schema))


def _items(contract: Contract, schema: Any) -> Any:
    if schema is None:
        return None
    return next((each["items"] for each in branches(contract.data, schema) if "items" in each), None)


def _members(rows: list[dict[str, Any]]) -> set[str]:
    return {name for each in rows for name in each}


def _kinds(values: list[Any]) -> set[str]:
    return {KINDS[type(each)] for each in values} - {"null"}


def _words(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


def _headers(operation: Operation, mock: Answer, server: Answer) -> Iterator[str]:
    response = operation.responses.get(str(server.status))
    declared = set() if response is None else {name.lower() for name in response.headers}
    told = {name for name in (*mock.headers, *server.headers) if TOLD.match(name) or name in declared}
    for name in sorted(told):
        if (name in mock.headers) != (name in server.headers):
            who, other = ("the mock", "it has none") if name in mock.headers else ("it", "the mock has none")
            yield f"{who} sends the header {name}, {other}"
    if "allow" in mock.headers and "allow" in server.headers and _verbs(mock) != _verbs(server):
        yield f"Allow is {server.headers['allow']} where the mock says {mock.headers['allow']}"


def _verbs(answer: Answer) -> set[str]:
    return {each.strip().upper() for each in answer.headers.get("allow", "").split(",")}
