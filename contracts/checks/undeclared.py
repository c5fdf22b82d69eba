"""What answers have that the document does not know, even where it allows anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.answer import Answer
from contracts.checks.errors import wrongs
from contracts.checks.judging import declared, fits
from contracts.checks.rounds import once, orderly
from contracts.checks.values import branches
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation

# What servers, proxies and caches add of their own.
COMMON = frozenset(
    {
        *(
            "date",
            "server",
            "content-type",
            "content-length",
            "content-encoding",
            "content-language",
            "connection",
        ),
        *(
            "transfer-encoding",
            "keep-alive",
            "vary",
            "etag",
            "last-modified",
            "cache-control",
            "expires",
            "pragma",
        ),
        *(
            "age",
            "via",
            "location",
            "allow",
            "retry-after",
            "link",
            "set-cookie",
            "www-authenticate",
            "alt-svc",
        ),
        *("strict-transport-security", "content-security-policy", "referrer-policy", "permissions-policy"),
        *("access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"),
        *(
            "x-content-type-options",
            "x-frame-options",
            "x-xss-protection",
            "x-powered-by",
            "x-request-id",
            "x-cache",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Surplus:
    """A member or value that no schema knows: where it stands, by the schema's own place there."""

    path: str
    value: Any


def surplus(data: Mapping[str, Any], schema: Any, value: Any, path: str = "") -> Iterator[Surplus]:
    """Members that no branch of the schema names, where it names any; it may allow them all the same."""
    parts = list(branches(data, schema))
    if isinstance(value, Mapping):
        named: dict[str, Any] = {}
        free = False
        for each in parts:
            for name, part in each.get("properties", {}).items():
                named[name] = {"anyOf": [named[name], part]} if name in named else part
            extra = each.get("additionalProperties")
            free = free or isinstance(extra, Mapping) or "patternProperties" in each
        for name, member in value.items():
            if name in named:
                yield from surplus(data, named[name], member, f"{path}/{name}")
            elif named and not free:
                yield Surplus(f"{path}/{name}", member)
    elif isinstance(value, list):
        items = [each["items"] for each in parts if isinstance(each.get("items"), Mapping)]
        for each in value if items else ():
            yield from surplus(data, {"anyOf": items} if len(items) > 1 else items[0], each, f"{path}/*")


def strangers(data: Mapping[str, Any], schema: Any, value: Any, path: str = "") -> Iterator[Surplus]:
    """Values that are in none of the lists of values that the schema has for their place."""
    parts = list(branches(data, schema))
    if isinstance(value, Mapping):
        named: dict[str, list[Any]] = {}
        for each in parts:
            for name, part in each.get("properties", {}).items():
                named.setdefault(name, []).append(part)
        for name, member in value.items():
            if name in named:
                options = named[name]
                schema = {"anyOf": options} if len(options) > 1 else options[0]
                yield from strangers(data, schema, member, f"{path}/{name}")
    elif isinstance(value, list):
        items = [each["items"] for each in parts if isinstance(each.get("items"), Mapping)]
        for item in value if items else ():
            yield from strangers(data, {"anyOf": items} if len(items) > 1 else items[0], item, f"{path}/*")
    elif value is not None:
        known = [
            option
            for each in parts
            for option in each.get("enum", [each["const"]] if "const" in each else [])
        ]
        free = any(
            not {"enum", "const", "oneOf", "anyOf", "allOf"} & each.keys() and each.get("type") != "null"
            for each in parts
        )
        if known and value not in known and not free:
            yield Surplus(path, value)


def seen(visit: Visit, operation: Operation) -> Iterator[Answer]:
    """Answers of an operation, good ones and refusals."""
    answer = once(visit, operation)
    if answer is None:
        # It was refused however it was asked; that is an answer too.
        mine = (each for asked, each in visit.answers[-1:] if asked is operation and each.refused)
        answer = next(mine, None)
    if answer is not None:
        yield answer
    for count, wrong in enumerate(wrongs(visit, operation)):
        refused = visit.ask(wrong.form)
        if refused.refused:
            yield refused
        if count > 3 and wrong.invalid:
            continue


def _schema(operation: Operation, answer: Answer) -> Any:
    response = declared(operation, answer.status)
    if response is None:
        return None
    return next((each.schema for name, each in response.media.items() if fits(name, answer.media_type)), None)


def fields(visit: Visit) -> Iterator[Finding]:
    """Members that the document does not name."""
    yield from _found(visit, surplus, "has a member {path} that the document does not know")


def values(visit: Visit) -> Iterator[Finding]:
    """Values of an enumeration that the document does not list."""
    yield from _found(visit, strangers, "has {value!r} at {path}, which the document does not list")


def _found(visit: Visit, look: Any, words: str) -> Iterator[Finding]:
    for operation in orderly(visit.operations):
        told: set[str] = set()
        for answer in seen(visit, operation):
            schema = _schema(operation, answer)
            value = answer.value
            if schema is None or not isinstance(value, dict | list):
                continue
            visit.count(operation)
            for each in look(visit.contract.data, schema, value):
                if each.path not in told:
                    told.add(each.path)
                    yield visit.finding(
                        operation,
                        f"the answer ({answer.status}) " + words.format(path=each.path, value=each.value),
                        answer,
                        pointer=f"{operation.pointer}/responses/{answer.status}",
                        learnt=learnt(operation, answer, each),
                    )


def statuses(visit: Visit) -> Iterator[Finding]:
    """Statuses that the document does not declare for the operation."""
    for operation in orderly(visit.operations):
        told: set[int] = set()
        for answer in seen(visit, operation):
            visit.count(operation)
            if declared(operation, answer.status) is None and answer.status not in told:
                told.add(answer.status)
                yield visit.finding(
                    operation,
                    f"answers {answer.status}, which is not declared",
                    answer,
                    pointer=f"{operation.pointer}/responses",
                    learnt={"target": operation.pointer, "status": answer.status},
                )


def headers(visit: Visit) -> Iterator[Finding]:
    """Headers that the document does not declare; what comes with every answer is the transport's."""
    answers = [
        (operation, answer) for operation in orderly(visit.operations) for answer in seen(visit, operation)
    ]
    everywhere: set[str] = set(answers[0][1].headers) if answers else set()
    for _, answer in answers:
        everywhere &= answer.headers.keys()
    limits = {
        name.lower()
        for fact in visit.contract.facts.get("rate-limit", {}).values()
        if isinstance(fact, Mapping)
        for name in fact.get("headers", {}).values()
    }
    told: set[tuple[str, str]] = set()
    for operation, answer in answers:
        visit.count(operation)
        response = declared(operation, answer.status)
        named = set() if response is None else set(response.headers)
        for name in sorted(answer.headers.keys() - named - COMMON - everywhere - limits):
            if (operation.id, name) not in told:
                told.add((operation.id, name))
                yield visit.finding(
                    operation,
                    f"the answer ({answer.status}) has a header {name} that the document does not declare",
                    answer,
                    pointer=f"{operation.pointer}/responses/{answer.status}",
                    learnt={"target": operation.pointer, "status": answer.status, "header": name},
                )


def learnt(operation: Operation, answer: Answer, each: Surplus) -> Mapping[str, Any]:
    """What an overlay would add to the document for a member or value, as plain data."""
    return {
        "target": f"{operation.pointer}/responses/{answer.status}",
        "path": each.path,
        "schema": outline(each.value),
    }


def outline(value: Any, depth: int = 4) -> Mapping[str, Any]:
    """A schema of what was seen, no tighter than its types."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if isinstance(value, str):
        return {"type": "string"}
    if isinstance(value, Mapping):
        if not depth:
            return {"type": "object"}
        return {
            "type": "object",
            "properties": {name: outline(each, depth - 1) for name, each in value.items()},
        }
    if isinstance(value, list):
        return {"type": "array", "items": outline(value[0], depth - 1) if value and depth else {}}
    return {"type": "null"}
