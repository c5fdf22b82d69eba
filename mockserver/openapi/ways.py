"""In which way a value breaks a schema: the keywords that it breaks, and where; knows no words for them.

A validator takes ten times as long to say what is wrong as to say that something is. What it says is the same
whenever the same keywords are broken at the same properties, so that is found out first, by asking
keyword by keyword, and the rest is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mockserver.openapi.choices import ANNOTATIONS
from mockserver.openapi.positions import escape

Ok = Callable[[Any], bool]

# What is told of these depends on the schema alone.
_PLAIN: Final = frozenset(
    (
        *("type", "enum", "const", "format", "minLength", "maxLength", "minItems", "maxItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minProperties", "maxProperties"),
    )
)
# These are followed into the schemas that they have, if `properties` is all that is said of members.
_FOLLOWED: Final = frozenset(("required", "properties", "oneOf", "anyOf", "allOf"))
_SAYS_MORE: Final = frozenset(("patternProperties", "unevaluatedProperties", "discriminator"))
_SILENT: Final = ANNOTATIONS | {"$comment", "$defs", "definitions"}
# By which what is meant by a reference becomes more than a pointer.
_RENAMES: Final = frozenset(("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$schema", "$vocabulary"))
# Of one schema: places within each other, keywords that have a number, keywords that one value breaks, and
# ways that are remembered. What is more is the validator's, and told all the same.
_DEEPEST: Final = 30
_NUMBERED: Final = 2000
_BROKEN: Final = 100
_MOST: Final = 1000
# What the linear engine of patterns does not know.
_FANCY: Final = re.compile(r"\(\?|\\[1-9kgKGbB<>]|[*+?}]\+")
_FITS: Final = -1


class Source(Protocol):
    """The schemas of a document."""

    def plain(self, pointer: str) -> tuple[str, Any]:
        """The schema that is meant at a pointer, as its validator has it: its own pointer, and it.

        That is after references that stand alone, and with what the validator is given in place of formats.
        """

    def ok(self, pointer: str) -> Ok:
        """Whether a value fits the schema at a pointer."""

    def alone(self, keywords: Mapping[str, Any]) -> Ok:
        """Whether a value fits these keywords of a schema that `plain` gave."""


class Ways:
    """The ways in which values break the schema at a pointer, and what `explain` said of each."""

    __slots__ = ("_explain", "_known", "_root")

    def __init__(self, source: Source, pointer: str, explain: Callable[[Any], list[Any]]) -> None:
        self._root = Part(source, pointer, [0], frozenset())
        self._explain = explain
        self._known: dict[tuple[int, ...], list[Any]] = {}

    def problems(self, value: Any) -> list[Any]:
        """What is wrong with a value that breaks the schema.

        It is put into words once for each way to break it, where that can be told and is remembered.
        """
        broken: list[int] = []
        if not self._root.tell(value, broken):
            return self._explain(value)
        way = tuple(broken)
        known = self._known.get(way)
        if known is None:
            known = self._explain(value)
            if len(self._known) < _MOST:
                self._known[way] = known
        return list(known)


class Alternatives:
    """A `oneOf` or `anyOf`: its branches, each with a number of its own."""

    __slots__ = ("_branches", "fits")

    def __init__(self, branches: list[tuple[int, Part]], fits: Ok) -> None:
        self._branches = branches
        self.fits = fits

    def tell(self, value: Any, broken: list[int]) -> bool:
        """Append what a value that does not fit breaks of each branch; False where it cannot be told."""
        for number, part in self._branches:
            broken.append(number)
            if part.fits(value):
                broken.append(_FITS)
            elif not part.tell(value, broken):
                return False
        return True


class Part:
    """What a schema says of one place in a value, by keyword; read when a value is first wrong there."""

    __slots__ = (
        "_above",
        "_all",
        "_alternatives",
        "_closed",
        "_keywords",
        "_members",
        "_needs",
        "_numbers",
        "_ok",
        "_others",
        "_pointer",
        "_read",
        "_source",
    )

    def __init__(self, source: Source, pointer: str, numbers: list[int], above: frozenset[str]) -> None:
        self._source = source
        self._pointer = pointer
        # Where the schemas stand that this one is part of.
        self._above = above
        # How many keywords have a number so far; one list for all parts of a schema.
        self._numbers = numbers
        self._read = False
        self._keywords: list[tuple[int, Ok]] = []
        self._needs: list[tuple[int, str]] = []
        self._alternatives: list[Alternatives] = []
        self._all: list[Part] = []
        self._members: dict[str, Part] = {}
        # Whether a member that is not among them may be wrong.
        self._closed = False
        # What is not asked keyword by keyword. Where that is broken, the way cannot be told.
        self._others: Ok | None = None
        self._ok: Ok | None = None

    def fits(self, value: Any) -> bool:
        """Whether a value fits all of it."""
        ok = self._ok
        if ok is None:
            try:
                ok = self._source.ok(self._pointer)
            except (LookupError, ValueError):
                ok = _never  # As in `_read_schema`.
            self._ok = ok
        return ok(value)

    def tell(self, value: Any, broken: list[int]) -> bool:
        """Append the number of each keyword that a value which does not fit breaks, in an order of its own.

        False where they do not say all that a validator would.
        """
        if not self._read:
            self._read_schema()
        others = self._others
        if others is not None and not others(value):
            return False
        before = len(broken)
        for number, ok in self._keywords:
            if not ok(value):
                broken.append(number)
        for among in self._alternatives:
            if not among.fits(value) and not among.tell(value, broken):
                return False
        for part in self._all:
            if not part.fits(value) and not part.tell(value, broken):
                return False
        if type(value) is dict:
            for number, name in self._needs:
                if name not in value:
                    broken.append(number)
            members = self._members
            wrong = False
            for name, each in value.items():
                member = members.get(name)
                if member is None:
                    if self._closed:
                        return False
                elif not member.fits(each):
                    # Of two, a validator tells now the one first, now the other.
                    if wrong or not member.tell(each, broken):
                        return False
                    wrong = True
        return before < len(broken) <= _BROKEN

    def _number(self) -> int:
        self._numbers[0] += 1
        return self._numbers[0]

    def _part(self, *steps: str | int) -> Part:
        way = "".join([f"/{escape(str(step))}" for step in steps])
        return Part(self._source, self._pointer + way, self._numbers, self._above | {self._pointer})

    def _read_schema(self) -> None:
        self._read = True
        try:
            self._pointer, schema = self._source.plain(self._pointer)
            # A schema that is part of itself has no end of places.
            if self._pointer in self._above or len(self._above) > _DEEPEST:
                self._others = _never
            else:
                self._split(schema)
        except (LookupError, ValueError):
            # What cannot be taken apart (it refers by other means than pointers) is the validator's.
            self._others = _never

    def _split(self, schema: Any) -> None:
        taken_apart = isinstance(schema, dict) and _RENAMES.isdisjoint(schema)
        if not taken_apart or self._numbers[0] > _NUMBERED:
            self._others = _never
            return
        source = self._source
        followed = _FOLLOWED if _SAYS_MORE.isdisjoint(schema) else frozenset(("required",))
        others: dict[str, Any] = {}
        for keyword, said in schema.items():
            if keyword in _PLAIN or (keyword == "pattern" and _is_linear(said)):
                self._keywords.append((self._number(), source.alone({keyword: said})))
            elif keyword in followed:
                self._follow(keyword, said)
            elif keyword == "additionalProperties" and "properties" in followed:
                self._closed = said is not True
            elif keyword not in _SILENT and not keyword.startswith("x-"):
                others[keyword] = said
        if others:
            self._others = source.alone(others)

    def _follow(self, keyword: str, said: Any) -> None:
        if keyword == "required":
            self._needs = [(self._number(), name) for name in said]
        elif keyword == "properties":
            self._members = {name: self._part(keyword, name) for name in said}
        elif keyword == "allOf":
            self._all = [self._part(keyword, place) for place in range(len(said))]
        else:
            branches = [(self._number(), self._part(keyword, place)) for place in range(len(said))]
            self._alternatives.append(Alternatives(branches, self._source.alone({keyword: said})))


def _is_linear(pattern: Any) -> bool:
    """Whether no match of a pattern is given up: it runs on the linear engine."""
    if not isinstance(pattern, str):
        return False
    return _FANCY.search(pattern.replace("(?:", "(")) is None


def _never(_: Any) -> bool:
    return False
