"""Request bodies from bytes to values: JSON read strictly, forms as names and texts; knows no schema."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.engine.refusals import Refusal

CONTAINERS = frozenset({dict, list})
LARGEST = 2.0**63
JSON_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class Malformed(ValueError):
    """A body that is no JSON, or JSON that two readers would read differently."""


def media_type(header: bytes) -> tuple[str, str]:
    """A Content-Type header as (lower-case type, lower-case charset or "")."""
    first, *parameters = header.decode("latin-1").split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset":
            return first.strip().lower(), value.strip().strip('"').lower()
    return first.strip().lower(), ""


def read_json(body: bytes) -> Any:
    """The value of a JSON text. Refuses NaN, invalid UTF-8, a depth over 1,000, and duplicate keys.

    A number that is whole is an `int`, however it is written: 15.0 is the integer 15 to JSON Schema, too.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    kind = type(value)
    if kind is dict or kind is list:
        if not _keys_are_surely_unique(body, value):
            _refuse_duplicates(body)
        _make_whole(value)
    elif kind is float:
        return _whole(value)
    return value


def _make_whole(value: Any) -> None:
    """The same for all numbers in a value, in place."""
    rest: list[Any] = [value]
    while rest:
        node = rest.pop()
        for place, each in node.items() if type(node) is dict else enumerate(node):
            kind = type(each)
            if kind is float:
                node[place] = _whole(each)
            elif kind is dict or kind is list:
                rest.append(each)


def _whole(number: float) -> float | int:
    # Larger ones could be read, but not be written again.
    return int(number) if number.is_integer() and -LARGEST <= number < LARGEST else number


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The names and texts of an application/x-www-form-urlencoded body."""
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=1000,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("not a valid form") from error


def _keys_are_surely_unique(body: bytes, value: Any) -> bool:
    # orjson keeps the last of two equal keys. A text without spaces, as most clients send, is what orjson
    # would write again, and it writes no key twice.
    try:
        if orjson.dumps(value) == body:
            return True
    except orjson.JSONEncodeError:
        pass  # It reads more levels than it writes.
    # Where no string holds a quote and no space stands before a colon, every key is one `":` in the text:
    # as many of them as keys in the value means that none was lost. It takes a microsecond; whatever is in
    # doubt is read again, slowly and exactly.
    if b"\\" in body or b" :" in body or b"\n:" in body or b"\t:" in body or b"\r:" in body:
        return False
    return body.count(b'":') == _count_keys(value)


def _count_keys(value: Any) -> int:
    if type(value) is dict and CONTAINERS.isdisjoint(map(type, value.values())):
        return len(value)  # A flat object, as most requests are, is counted without a loop of ours.
    total = 0
    pending = [value]
    while pending:
        current = pending.pop()
        if type(current) is dict:
            total += len(current)
            pending += [item for item in current.values() if type(item) in (dict, list)]
        else:
            pending += [item for item in current if type(item) in (dict, list)]
    return total


def _refuse_duplicates(body: bytes) -> None:
    def pairs(items: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise Malformed(f"the key {json.dumps(key)} stands twice in one object")
            seen.add(key)

    try:
        json.loads(body, object_pairs_hook=pairs)
    except RecursionError as error:
        raise Malformed("nested too deeply") from error


def expected_charset(charset: str, content_type: str) -> None:
    """415 for a charset that JSON does not have."""
    if charset and charset not in JSON_CHARSETS:
        raise Refusal(415, "unsupported-media-type", content_type=f"{content_type}; charset={charset}")
