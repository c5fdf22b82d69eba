"""Turns the bytes of a YAML or JSON file into plain data, strictly; knows nothing of OpenAPI."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import yaml

from mockserver.openapi.positions import escape, json_positions
from mockserver.openapi.problems import Problem, SpecificationError

MAX_BYTES = 32_000_000
# orjson writes at most 254 levels, and the upgrade to 3.1 may wrap a schema in two more.
MAX_DEPTH = 120
MAX_ALIASES = 10_000
MAX_REPEATED = 200_000  # nodes that aliases add to the document

_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    _TAG + "int": (int,),
    _TAG + "float": (float, int),
    _TAG + "bool": (bool,),
    _TAG + "null": (type(None),),
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NON_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_NAMED = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMERIC = frozenset("+-.0123456789")


def read(text: bytes, file: str, twice: list[Problem] | None = None) -> Any:
    """The data of a file in YAML (1.2 core: strings, numbers, booleans, nulls; string keys) or JSON.

    Raises SpecificationError naming `file` and the line: not UTF-8, bad syntax, duplicate keys, too
    large, too deep, too many aliases, numbers that are not finite, keys that are not scalars. Given a list
    `twice`, duplicate keys go there, and the last one counts, as most readers have it.
    """
    if len(text) > MAX_BYTES:
        _fail(file, 0, "", f"is larger than {MAX_BYTES // 1_000_000} MB")
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        _fail(file, line, "", f"is not UTF-8 (byte {error.start})", "save the file as UTF-8")
    if _looks_like_json(text, file):
        return _read_json(text, file, twice)
    return _Builder(text, file).document(twice)


def is_text(plain: str) -> bool:
    """Whether a scalar without quotes is read as text, and not as a number, a truth or null."""
    return plain not in _NAMED and not any(each.match(plain) for each in (_INT, _BASED, _FLOAT, _NON_FINITE))


def _fail(file: str, line: int, pointer: str, message: str, remedy: str = "") -> None:
    raise SpecificationError([Problem(file, line, pointer, message, remedy)])


def _looks_like_json(text: bytes, file: str) -> bool:
    if file.endswith(".json"):
        return True
    # A flow mapping is YAML and may still not be JSON: only take the short way when it is.
    return text.lstrip()[:1] in (b"{", b"[") and _is_json(text)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _read_json(text: bytes, file: str, noted: list[Problem] | None) -> Any:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg:
            _fail(file, error.lineno, "", f"is nested deeper than {MAX_DEPTH} levels")
        _fail(file, error.lineno, "", f"is not JSON: {error.msg}")
    level: list[Any] = [data]
    depth = 0
    while level:
        depth += 1
        level = [
            child
            for node in level
            if type(node) is dict or type(node) is list
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
    if depth > MAX_DEPTH:
        _fail(file, 0, "", f"is nested deeper than {MAX_DEPTH} levels")
    twice: set[str] = set()

    def keys(pairs: list[tuple[str, Any]]) -> None:
        if len(pairs) > 1 and len({key for key, _ in pairs}) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                (twice if key in seen else seen).add(key)

    json.loads(text, object_pairs_hook=keys)
    if twice:
        problems = [
            Problem(file, line, pointer, f"the key {pointer.rpartition('/')[2]!r} appears twice", "keep one")
            for pointer, line in _repeats(json_positions(text))
        ]
        if noted is None:
            raise SpecificationError(problems)
        noted.extend(problems)
    return data


def _repeats(places: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keys met more than once in one object, deepest effect only: the second place of each."""
    seen: set[str] = set()
    found: list[tuple[str, int]] = []
    for pointer, line in places:
        if pointer in seen:
            if not any(pointer.startswith(other + "/") for other, _ in found):
                found.append((pointer, line))
        else:
            seen.add(pointer)
    return found


class _Builder:
    """Builds the data from libyaml's events: one pass, so that every bound holds before memory is spent."""

    def __init__(self, text: bytes, file: str) -> None:
        self.file = file
        self.text = text
        self.events = yaml.CSafeLoader(text)
        self.next: Callable[[], Any] = self.events.get_event
        self.anchors: dict[str, tuple[Any, int, int]] = {}  # value, nodes, height
        self.open: set[str] = set()
        self.problems: list[Problem] = []
        self.nodes = 0
        self.deepest = 0
        self.aliases = 0
        self.repeated = 0

    def document(self, twice: list[Problem] | None = None) -> Any:
        try:
            self.next()
            event = self.next()
            if isinstance(event, yaml.StreamEndEvent):
                return None
            data = self.node(self.next(), 1, "")
            self.next()
            event = self.next()
            if not isinstance(event, yaml.StreamEndEvent):
                self.fail(event, "", "holds more than one document", "keep one document a file")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = min(mark.line + 1, self.text.count(b"\n") + 1) if mark else 0
            _fail(self.file, line, "", f"is not YAML: {error.problem or error.context}")
        except yaml.reader.ReaderError as error:
            line = self.text.count(b"\n", 0, error.position) + 1
            _fail(self.file, line, "", f"is not YAML: {error.reason}")
        finally:
            self.events.dispose()
        if self.problems and twice is None:
            raise SpecificationError(self.problems)
        if twice is not None:
            twice.extend(self.problems)
        return data

    def fail(self, event: Any, pointer: str, message: str, remedy: str = "") -> None:
        line = event.start_mark.line + 1
        raise SpecificationError([*self.problems, Problem(self.file, line, pointer, message, remedy)])

    def node(self, event: Any, depth: int, pointer: str) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event, depth, pointer)
        self.nodes += 1
        anchor = event.anchor
        if anchor is None:
            return self.plain(event, kind, depth, pointer)
        before, deepest, self.deepest = self.nodes, self.deepest, depth
        self.open.add(anchor)
        value = self.plain(event, kind, depth, pointer)
        self.open.discard(anchor)
        self.anchors[anchor] = (value, self.nodes - before + 1, self.deepest - depth)
        self.deepest = max(deepest, self.deepest)
        return value

    def plain(self, event: Any, kind: type, depth: int, pointer: str) -> Any:
        if kind is yaml.ScalarEvent:
            return self.scalar(event, pointer)
        if depth > MAX_DEPTH:
            self.fail(event, "", f"is nested deeper than {MAX_DEPTH} levels")
        self.deepest = max(self.deepest, depth)
        wanted = _TAG + ("map" if kind is yaml.MappingStartEvent else "seq")
        if event.tag not in (None, "!", wanted):
            self.fail(event, pointer, f"the tag {event.tag} is not supported", "write plain data")
        if kind is yaml.MappingStartEvent:
            return self.mapping(depth, pointer)
        items: list[Any] = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            items.append(self.node(event, depth + 1, f"{pointer}/{len(items)}"))
        return items

    def mapping(self, depth: int, pointer: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Any] = []
        while type(event := self.next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self.fail(event, pointer, "a key must be a plain string", "write it as text")
            key = event.value
            place = f"{pointer}/{escape(key)}"
            if key == "<<" and event.implicit[0]:
                value = self.node(self.next(), depth + 1, place)
                merged.extend(value if type(value) is list else [value])
                if not all(type(each) is dict for each in merged):
                    self.fail(event, place, "only mappings can be merged with <<")
                continue
            if key in result:
                line = event.start_mark.line + 1
                self.problems.append(
                    Problem(self.file, line, place, f"the key {key!r} appears twice", "keep one")
                )
            result[key] = self.node(self.next(), depth + 1, place)
        for each in merged:
            for key, value in each.items():
                result.setdefault(key, value)
        return result

    def alias(self, event: Any, depth: int, pointer: str) -> Any:
        name = event.anchor
        if name in self.open:
            self.fail(event, pointer, f"the alias *{name} contains itself", "use $ref for recursion")
        if name not in self.anchors:
            self.fail(event, pointer, f"there is no anchor &{name} before this alias")
        value, size, height = self.anchors[name]
        self.aliases += 1
        self.repeated += size
        if self.aliases > MAX_ALIASES or self.repeated > MAX_REPEATED:
            self.fail(event, pointer, "aliases repeat too much of the document", "use $ref instead")
        if depth + height > MAX_DEPTH:
            self.fail(event, pointer, f"is nested deeper than {MAX_DEPTH} levels")
        self.nodes += size
        self.deepest = max(self.deepest, depth + height)
        return value

    def scalar(self, event: Any, pointer: str) -> Any:
        text: str = event.value
        tag = event.tag
        if tag is None:
            if not event.implicit[0]:
                return text
            return self.resolve(event, text, pointer)
        if tag in ("!", _TAG + "str"):
            return text
        value = self.resolve(event, text, pointer)
        if tag not in _SCALAR_TAGS:
            self.fail(event, pointer, f"the tag {tag} is not supported", "write plain data")
        if type(value) not in _SCALAR_TAGS[tag]:
            self.fail(event, pointer, f"{text!r} is not what its tag {tag} says")
        return value

    def resolve(self, event: Any, text: str, pointer: str) -> Any:
        if text in _NAMED:
            return _NAMED[text]
        if text[0] not in _NUMERIC:
            return text
        if _INT.match(text):
            # Beyond 64 bits a number is a float, as in the JSON reader; int() would also refuse 5,000 digits.
            number: int | float = int(text) if len(text) < 19 else _wide(text)
        elif _BASED.match(text):
            number = int(text, 0) if len(text) < 18 else float("inf")
        elif _FLOAT.match(text):
            number = float(text)
        elif _NON_FINITE.match(text):
            number = float("inf")
        else:
            return text
        if type(number) is float and not math.isfinite(number):
            self.fail(event, pointer, f"{text[:40]} is not a finite number")
        return number


def _wide(text: str) -> int | float:
    if len(text) < 25:
        number = int(text)
        if -(2**63) <= number < 2**64:
            return number
    return float(text)
