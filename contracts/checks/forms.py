"""A request to be sent, put together from what a document says of an operation; knows no server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from contracts.checks.values import followed, plain
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.parameter import Parameter

NOWHERE = "0f0e0d0c-0b0a-4908-8706-050403020100"


class Absent:
    """The type of `ABSENT`: no body, where null is one."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a request of one operation, as values.

    `known` names the path parameters whose values come from the server, and so are there; `made` those that
    name nothing that was there before: what was made for this request, or what is not there at all.
    """

    operation: Operation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = ABSENT
    content_type: str = "application/json"
    known: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()

    def asking(self, **query: Any) -> Form:
        """The same with these query parameters too; None takes one away."""
        merged = {**self.query, **query}
        return replace(self, query={name: value for name, value in merged.items() if value is not None})

    def at(self, known: bool = True, **path: Any) -> Form:
        """The same at another place."""
        names = self.known | path.keys() if known else self.known - path.keys()
        return replace(self, path={**self.path, **path}, known=frozenset(names))

    def at_own(self, **path: Any) -> Form:
        """The same at a place that was made for it."""
        return replace(self.at(**path), made=self.made | path.keys())

    def saying(self, body: Any) -> Form:
        """The same with another body."""
        return replace(self, body=body)

    def with_headers(self, **headers: str) -> Form:
        """The same with these headers too."""
        return replace(self, headers={**self.headers, **headers})

    @property
    def target(self) -> str:
        """Path and query, as they go over the wire."""
        path = self.operation.address
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
        pairs: list[tuple[str, str]] = []
        for name, value in self.query.items():
            pairs += [(name, _text(each)) for each in (value if isinstance(value, list) else [value])]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def content(self) -> bytes:
        """The body's bytes; b"" for none."""
        if isinstance(self.body, Absent):
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


def blank(contract: Contract, operation: Operation) -> Form:
    """What the document alone gives: examples and plain values of all that is required."""
    path: dict[str, Any] = {}
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.place == "path":
            path[parameter.name] = value_of(contract, parameter)
        elif parameter.required and parameter.place == "query":
            query[parameter.name] = value_of(contract, parameter)
        elif parameter.required and parameter.place == "header":
            headers[parameter.name] = _text(value_of(contract, parameter))
    form = Form(operation, path, query, headers)
    return form if operation.body is None else replace(form, **body_of(contract, operation))


def body_of(contract: Contract, operation: Operation) -> dict[str, Any]:
    """The body that an operation shows as its example, else a plain one, and its media type."""
    body = operation.body
    assert body is not None
    usual = "application/json"
    media = body.media.get(usual) or next(iter(body.media.values()), None)
    if media is None:
        return {}
    value = media.examples[0] if media.examples else plain(contract.data, media.schema)
    if media.content_type == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
        value = urlencode(value).encode()
    elif isinstance(value, str) and "json" not in media.content_type:
        value = value.encode()
    return {"body": value, "content_type": media.content_type}


def body_schema(operation: Operation) -> Any:
    """The schema of an operation's JSON body; None where it takes none."""
    body = operation.body
    if body is None:
        return None
    media = next((each for name, each in body.media.items() if "json" in name), None)
    return None if media is None else media.schema


def value_of(contract: Contract, parameter: Parameter) -> Any:
    """A parameter's example, else a plain value."""
    if parameter.examples:
        return parameter.examples[0]
    return plain(contract.data, parameter.schema)


def parameter_named(operation: Operation, name: str) -> Parameter | None:
    """The operation's parameter of that name."""
    return next((each for each in operation.parameters if each.name == name), None)


def nowhere(contract: Contract, form: Form) -> Form:
    """The same request for something that is not there, as far as the path names something."""
    path = dict(form.path)
    for parameter in form.operation.parameters:
        if parameter.place == "path":
            path[parameter.name] = elsewhere(contract, parameter, path[parameter.name])
    return replace(form, path=path, known=frozenset(), made=frozenset(path))


def elsewhere(contract: Contract, parameter: Parameter, value: Any) -> Any:
    """A value of the same look that names nothing."""
    schema = followed(contract.data, parameter.schema)
    if schema.get("type") in ("integer", "number") or isinstance(value, int):
        return 987654321
    text = str(value)
    if schema.get("format") == "uuid" or (len(text) == 36 and text.count("-") == 4):
        return NOWHERE
    head = text[: -len(text) // 2] if len(text) > 3 else ""
    return head + "".join("z" if each.isalpha() else each for each in text[len(head) :])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
