"""Says on which line of a YAML or JSON file a JSON pointer stands; knows nothing of OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import yaml

_JSON_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],\n]|[^\s{}\[\],:"]+', re.DOTALL)


def locate(text: bytes, pointer: str) -> int:
    """The line (from 1) of the value at a JSON pointer, or of its nearest ancestor; 0 when unknown."""
    return nearest(positions(text), pointer)


def nearest(lines: dict[str, int], pointer: str) -> int:
    """Look a pointer up in `positions`, climbing to the nearest ancestor that has a line."""
    while pointer not in lines:
        if not pointer:
            return 0
        pointer = pointer.rpartition("/")[0]
    return lines[pointer]


def positions(text: bytes) -> dict[str, int]:
    """The line of every key and element by JSON pointer; empty when the text cannot be read."""
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        if text.lstrip()[:1] in (b"{", b"[") and _is_json(text):
            return dict(json_positions(text))
        return dict(_yaml_positions(text))
    except (yaml.YAMLError, ValueError):
        return {}


def escape(token: str) -> str:
    """A key as a token of a JSON pointer (RFC 6901)."""
    if "~" in token or "/" in token:
        return token.replace("~", "~0").replace("/", "~1")
    return token


def _yaml_positions(text: bytes) -> Iterator[tuple[str, int]]:
    """(pointer, line) of every key and element, in the order of the file."""
    events = yaml.CSafeLoader(text)
    stack: list[list[Any]] = []  # [pointer, is a mapping, waits for a key, next index]
    yield "", 1
    while events.check_event():
        event: Any = events.get_event()
        kind = type(event)
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            stack.pop()
            continue
        if kind not in (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.ScalarEvent, yaml.AliasEvent):
            continue
        here = ""
        if stack:
            top = stack[-1]
            if top[1] and top[2]:
                top[2], top[3] = False, f"{top[0]}/{escape(getattr(event, 'value', ''))}"
                yield top[3], event.start_mark.line + 1
                _pass_over(events, event)
                continue
            if top[1]:
                here, top[2] = top[3], True
            else:
                here, top[3] = f"{top[0]}/{top[3]}", top[3] + 1
                yield here, event.start_mark.line + 1
        if kind is yaml.MappingStartEvent:
            stack.append([here, True, True, ""])
        elif kind is yaml.SequenceStartEvent:
            stack.append([here, False, False, 0])


def _pass_over(events: Any, event: Any) -> None:
    """Take all events of a mapping or list that is a key: no pointer leads into one."""
    depth = 0
    while True:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth == 0:
            return
        event = events.get_event()


def json_positions(text: bytes) -> Iterator[tuple[str, int]]:
    """The same for JSON, which libyaml cannot read whole (surrogate pairs); expects valid JSON."""
    stack: list[
        list[Any]
    ] = []  # [pointer, is an object, waits for a key, pointer of the value or next index]
    line = 1
    yield "", 1
    for match in _JSON_TOKEN.finditer(text):
        token = match[0]
        if token == b"\n":
            line += 1
            continue
        if token == b",":
            stack[-1][2] = stack[-1][1]
            continue
        if token in (b"}", b"]"):
            stack.pop()
            continue
        here = ""
        if stack:
            top = stack[-1]
            if top[2]:
                top[2], top[3] = False, f"{top[0]}/{escape(orjson.loads(token))}"
                yield top[3], line
                continue
            if top[1]:
                here = top[3]
            else:
                here, top[3] = f"{top[0]}/{top[3]}", top[3] + 1
                yield here, line
        if token == b"{":
            stack.append([here, True, True, ""])
        elif token == b"[":
            stack.append([here, False, False, 0])


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
