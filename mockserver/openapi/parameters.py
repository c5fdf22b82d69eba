"""Parameters read by style and schema, checked and defaulted; knows of a request no more than its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from mockserver.openapi.parameter import Parameter, ParameterProblem, Place
from mockserver.openapi.styles import (
    Read,
    ReadPairs,
    decode_component,
    pairs_reader,
    parse_cookies,
    parse_query,
    text_reader,
)
from mockserver.openapi.values import MISSING, Shape, Unreadable, is_any_text

__all__ = ["MISSING", "Parameter", "ParameterPlan", "ParameterProblem", "Place", "compile_parameters"]

_RECENT, _SHORT = 1_024, 200
"""Queries whose values are kept, and how many bytes one may have for that."""

Ok = Callable[[Any], bool]
Fast = tuple[str, Read | None, Ok | None]
"""A scalar on the hot path: the key of its value, how to read its text, whether the value is right."""


class ParameterPlan:
    """The parameters of one operation, compiled. Made by `compile_parameters`."""

    __slots__ = (
        "_claimed",
        "_cookies",
        "_defaults",
        "_headers",
        "_path",
        "_plain_path",
        "_prefixes",
        "_query",
        "_recent",
        "_required",
        "_single",
        "_spread",
        "parameters",
    )

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self._single: list[tuple[Parameter, Read | None]] = []
        self._spread: list[tuple[Parameter, ReadPairs]] = []
        self._query: dict[bytes, Fast | None] = {}  # None: a name that takes the thorough way
        self._recent: dict[bytes, dict[str, Any]] = {}
        self._headers: dict[bytes, Fast] = {}
        self._claimed: set[str] = set()
        self._prefixes: list[str] = []
        path: list[Fast] = []
        for parameter in self.parameters:
            shape = parameter.shape
            read = text_reader(parameter, shape)
            ok = None if _takes_any_text(parameter) else parameter.check.ok
            fast: Fast = (parameter.key, read, ok)
            if parameter.place == "path":
                path.append(fast)
                self._single.append((parameter, read))
            elif parameter.place == "header":
                self._headers[parameter.name.lower().encode()] = fast
                self._single.append((parameter, read))
            else:
                taken = frozenset(other.name for other in self.parameters if other.place == parameter.place)
                self._spread.append((parameter, pairs_reader(parameter, shape, taken)))
                if parameter.place == "query":
                    self._claim(parameter, shape, fast)
        self._path = tuple(path)
        self._cookies = any(parameter.place == "cookie" for parameter in self.parameters)
        plain = all(read is None and ok is None for _, read, ok in path)
        self._plain_path = tuple(key for key, _, _ in path) if plain else None
        self._required = tuple(
            parameter.key for parameter in self.parameters if parameter.required and parameter.place != "path"
        )
        self._defaults = tuple(
            (parameter.key, parameter.default, isinstance(parameter.default, (list, dict)))
            for parameter in self.parameters
            if parameter.default is not MISSING and not parameter.required
        )

    def read(
        self, path_values: Sequence[str], query: bytes, headers: Sequence[tuple[bytes, bytes]]
    ) -> tuple[dict[str, Any], list[ParameterProblem] | None]:
        """The values of all parameters by key, and everything wrong with them (None: nothing).

        `path_values` are decoded, in the order of the path's variables; `headers` have lower-case names.
        A value that is wrong is left out.
        """
        params: dict[str, Any]
        if not self._path:
            params = {}
        elif self._plain_path is not None:
            params = dict(zip(self._plain_path, path_values, strict=True))
        else:
            params = {}
            try:
                for (key, read, ok), text in zip(self._path, path_values, strict=True):
                    value = text if read is None else read(text)
                    if ok is not None and not ok(value):
                        return self._examine(path_values, query, headers)
                    params[key] = value
            except Unreadable:
                return self._examine(path_values, query, headers)
        if query and self._query:
            known = self._recent.get(query)
            if known is None:
                known = self._read_query(query)
                if known is None:
                    return self._examine(path_values, query, headers)
            params.update(known)
        if self._headers and not self._read_headers(headers, params):
            return self._examine(path_values, query, headers)
        if self._cookies:
            return self._examine(path_values, query, headers)
        for key in self._required:
            if key not in params:
                return self._examine(path_values, query, headers)
        for key, default, mutable in self._defaults:
            if key not in params:
                params[key] = deepcopy(default) if mutable else default
        return params, None

    def unknown(self, query: bytes) -> list[str]:
        """The names in a query string that belong to no parameter, each once, in order."""
        if not query:
            return []
        return [name for name in parse_query(query) if not self._claims(name)]

    def _claim(self, parameter: Parameter, shape: Shape, fast: Fast) -> None:
        """Take a query parameter's names: for the hot path, and as known ones."""
        name = parameter.name
        if parameter.media_type or not (shape.is_array or shape.is_object):
            self._query[name.encode()] = None if parameter.allow_empty or parameter.media_type else fast
            self._claimed.add(name)
        elif parameter.style == "deepObject":
            self._prefixes.append(f"{name}[")
            self._query[name.encode()] = None
        elif shape.is_array or not parameter.explode:
            self._query[name.encode()] = None
            self._claimed.add(name)
        elif shape.properties:
            self._query.update((inner.encode(), None) for inner in shape.properties)
            self._claimed.update(shape.properties)
        else:
            self._query[name.encode()] = None
            self._prefixes.append("")

    def _claims(self, name: str) -> bool:
        return name in self._claimed or any(name.startswith(prefix) for prefix in self._prefixes)

    def _read_query(self, query: bytes) -> dict[str, Any] | None:
        """The plain scalars of a query; None when anything needs the thorough way."""
        known = self._query
        params: dict[str, Any] = {}
        try:
            for piece in query.split(b"&"):
                name, _, raw = piece.partition(b"=")
                if name in known:
                    entry = known[name]
                    if entry is None:
                        return None
                    key, read, ok = entry
                    if key in params:
                        return None
                    text = decode_component(raw, True) if b"%" in raw or b"+" in raw else raw.decode()
                    value = text if read is None else read(text)
                    if ok is not None and not ok(value):
                        return None
                    params[key] = value
                elif self._prefixes or b"%" in name or b"+" in name:
                    return None
        except ValueError:
            return None
        if len(query) <= _SHORT:
            # Clients ask the same few questions; what is kept are scalars, which nobody can change.
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            self._recent[query] = params
        return params

    def _read_headers(self, headers: Sequence[tuple[bytes, bytes]], params: dict[str, Any]) -> bool:
        """Fill in header parameters; False when anything needs the thorough way."""
        known = self._headers
        try:
            for name, raw in headers:
                if name in known:
                    key, read, ok = known[name]
                    if key in params:
                        return False
                    text = raw.strip().decode("latin-1")
                    value = text if read is None else read(text)
                    if ok is not None and not ok(value):
                        return False
                    params[key] = value
        except ValueError:
            return False
        return True

    def _examine(
        self, path_values: Sequence[str], query: bytes, headers: Sequence[tuple[bytes, bytes]]
    ) -> tuple[dict[str, Any], list[ParameterProblem] | None]:
        """The thorough way: every style, every problem."""
        params: dict[str, Any] = {}
        problems: list[ParameterProblem] = []
        texts = iter(path_values)
        for parameter, read in self._single:
            try:
                text = next(texts) if parameter.place == "path" else _header_text(parameter, headers)
                value = text if text is MISSING or read is None else read(text)
            except Unreadable as wrong:
                problems.append(_problem(parameter, str(wrong), wrong.rule))
            else:
                _judge(parameter, value, params, problems)
        given = {"query": parse_query(query) if query else {}, "cookie": parse_cookies(headers)}
        for parameter, read_pairs in self._spread:
            try:
                value = read_pairs(given[parameter.place])
            except Unreadable as wrong:
                problems.append(_problem(parameter, str(wrong), wrong.rule))
            else:
                _judge(parameter, value, params, problems)
        return params, problems or None


def compile_parameters(parameters: Iterable[Parameter]) -> ParameterPlan:
    """The plan of an operation's parameters; those of the path in the order of its variables.

    Raises BrokenSchema.
    """
    return ParameterPlan(parameters)


def _judge(
    parameter: Parameter, value: Any, params: dict[str, Any], problems: list[ParameterProblem]
) -> None:
    """Keep a value that is right, fill in one that is absent, tell what is wrong with any other."""
    if value is MISSING:
        if parameter.required:
            problems.append(_problem(parameter, "is required", "required"))
        elif parameter.default is not MISSING:
            params[parameter.key] = deepcopy(parameter.default)
        return
    check = parameter.check
    if (value == "" and parameter.allow_empty) or check.ok(value):
        params[parameter.key] = value
        return
    problems.extend(
        ParameterProblem(
            parameter.place, parameter.name, wrong.message, wrong.rule, wrong.schema_pointer, wrong.path
        )
        for wrong in check.problems(value)
    )


def _problem(parameter: Parameter, message: str, rule: str) -> ParameterProblem:
    return ParameterProblem(parameter.place, parameter.name, message, rule, parameter.pointer)


def _takes_any_text(parameter: Parameter) -> bool:
    shape = parameter.shape
    return not (parameter.media_type or shape.is_array or shape.is_object) and is_any_text(
        parameter.schema, parameter.schemas
    )


def _header_text(parameter: Parameter, headers: Sequence[tuple[bytes, bytes]]) -> Any:
    """A header's text; lists may come in several lines, anything else may not. Raises Unreadable."""
    name = parameter.name.lower().encode()
    lines = [raw.strip().decode("latin-1") for key, raw in headers if key == name]
    if not lines:
        return MISSING
    if len(lines) > 1 and not parameter.shape.is_array:
        raise Unreadable("is given more than once", "repeated")
    return ",".join(lines)
