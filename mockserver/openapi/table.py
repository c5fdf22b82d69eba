"""Paths compiled to a table; knows path templates and segments, neither operations nor HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from mockserver.openapi.problems import Problem, SpecificationError

T = TypeVar("T")

_HEX = frozenset(b"0123456789abcdefABCDEF")


class Table(Generic[T]):
    """The values of a document by path and method; finding one costs the same for 4 as for 1,000.

    A literal segment goes before a template, at each level, as OpenAPI asks. A segment may mix both
    ("{id}.json", "users-{id}"). The values found come in the order of the template's variables.
    Raises SpecificationError for templates that no path could tell apart.
    """

    __slots__ = ("_root", "_static", "templates")

    def __init__(self, entries: Iterable[tuple[str, str, T]]) -> None:
        by_template: dict[str, dict[str, T]] = {}
        for template, method, value in entries:
            by_template.setdefault(template, {})[method] = value
        problems: list[Problem] = []
        shapes: dict[str, str] = {}
        self._static: dict[str, tuple[Mapping[str, T], tuple[str, ...]]] = {}
        self._root: _Node[T] = _Node()
        for template, methods in by_template.items():
            known = shapes.setdefault(shape(template), template)
            if known != template:
                problems.append(Problem("", 0, "", f"{template} is the same path as {known}"))
            elif "{" in template:
                self._root.add(template.split("/"), MappingProxyType(methods))
            else:
                self._static[template] = (MappingProxyType(methods), ())
                self._root.add(template.split("/"), MappingProxyType(methods))
        if problems:
            raise SpecificationError(problems)
        self.templates: tuple[str, ...] = tuple(by_template)

    def __reduce__(self) -> tuple[type[Table[T]], tuple[list[tuple[str, str, T]]]]:
        return Table, (list(self.entries()),)

    def entries(self) -> Iterable[tuple[str, str, T]]:
        """Every (template, method, value) that the table was made of."""
        for template in self.templates:
            node = self._root.at(template.split("/"))
            for method, value in node.items():
                yield template, method, value

    def find(self, path: str) -> tuple[Mapping[str, T], tuple[str, ...]] | None:
        """The methods of a path without percent-encoding and its variables' values; None: no such path."""
        found = self._static.get(path)
        if found is not None:
            return found
        return self._root.find(path.split("/"), 0, ())

    def find_raw(self, raw: bytes | str) -> tuple[Mapping[str, T], tuple[str, ...]] | None:
        """As `find`, for a path as it was sent: split first, decoded then, so "%2F" never parts a segment.

        A broken escape, or one that is not UTF-8, is a path that does not exist.
        """
        segments = []
        for segment in (raw.encode() if isinstance(raw, str) else raw).split(b"/"):
            text = _decode(segment)
            if text is None:
                return None
            segments.append(text)
        return self._root.find(segments, 0, ())


class _Node(Generic[T]):
    """What may follow one segment."""

    __slots__ = ("literals", "methods", "mixed", "variable")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.mixed: list[tuple[_Mixed, _Node[T]]] = []
        self.variable: _Node[T] | None = None
        self.methods: Mapping[str, T] | None = None

    def at(self, segments: list[str]) -> Mapping[str, T]:
        node = self
        for segment in segments:
            node = node.child(segment)
        return node.methods or {}

    def add(self, segments: list[str], methods: Mapping[str, T]) -> None:
        node = self
        for segment in segments:
            node = node.child(segment)
        node.methods = methods

    def child(self, segment: str) -> _Node[T]:
        if "{" not in segment:
            return self.literals.setdefault(segment, _Node())
        mixed = _Mixed(segment)
        if mixed.literals == ("", ""):
            if self.variable is None:
                self.variable = _Node()
            return self.variable
        for known, node in self.mixed:
            if known.literals == mixed.literals:
                return node
        node = _Node()
        self.mixed.append((mixed, node))
        # The more of a segment is written out, the more exactly it was meant.
        self.mixed.sort(key=lambda pair: (-sum(map(len, pair[0].literals)), len(pair[0].literals)))
        return node

    def find(
        self, segments: list[str], index: int, values: tuple[str, ...]
    ) -> tuple[Mapping[str, T], tuple[str, ...]] | None:
        node = self
        size = len(segments)
        while index < size:
            segment = segments[index]
            literal = node.literals.get(segment)
            variable = node.variable
            if literal is not None:
                if variable is None and not node.mixed:
                    node = literal
                    index += 1
                    continue
                found = literal.find(segments, index + 1, values)
                if found is not None:
                    return found
            for mixed, following in node.mixed:
                parts = mixed.match(segment)
                if parts is not None:
                    found = following.find(segments, index + 1, values + parts)
                    if found is not None:
                        return found
            if variable is None or not segment:
                return None
            node = variable
            values = (*values, segment)
            index += 1
        return None if node.methods is None else (node.methods, values)


class _Mixed:
    """A segment with variables, told apart by the literals between them; matched in linear time."""

    __slots__ = ("literals",)

    def __init__(self, segment: str) -> None:
        first, *rest = segment.split("{")
        self.literals = (first, *(piece.partition("}")[2] for piece in rest))

    def match(self, segment: str) -> tuple[str, ...] | None:
        """The variables' values, each as short as can be and the last as long; None: no match."""
        first, *middle, last = self.literals
        end = len(segment) - len(last)
        if not (segment.startswith(first) and segment.endswith(last)):
            return None
        start = len(first)
        values = []
        for literal in middle:
            # At least one character belongs to the variable, so the search starts behind it.
            found = segment.find(literal, start + 1, end)
            if found < 0:
                return None
            values.append(segment[start:found])
            start = found + len(literal)
        if start >= end:
            return None
        values.append(segment[start:end])
        return tuple(values)


def variables(template: str) -> tuple[str, ...]:
    """The names of a template's variables, in order: ("a", "b") of "/x/{a}/{b}"."""
    return tuple(piece.partition("}")[0] for piece in template.split("{")[1:])


def shape(template: str) -> str:
    """A template without its variables' names; two of one shape answer the same paths."""
    first, *rest = template.split("{")
    return first + "".join("{}" + piece.partition("}")[2] for piece in rest)


def _decode(segment: bytes) -> str | None:
    """A segment without its escapes; None when one is broken or the whole is not UTF-8."""
    if b"%" in segment:
        for piece in segment.split(b"%")[1:]:
            if len(piece) < 2 or piece[0] not in _HEX or piece[1] not in _HEX:
                return None
        segment = unquote_to_bytes(segment)
    try:
        return segment.decode()
    except UnicodeDecodeError:
        return None
