"""Values with named holes, from YAML: compiled once, filled per answer; knows no OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.world.clock import iso_milli

HOLE = re.compile(r"\$([a-z][a-z0-9-]*(?:\.[A-Za-z0-9_.-]+)?)")

Filler = Callable[[Mapping[str, Any]], Any]


def holes(template: Any) -> Iterator[str]:
    """The names of a template's holes, without the `$`."""
    if isinstance(template, str):
        if match := HOLE.fullmatch(template):
            yield match[1]
    elif isinstance(template, dict):
        for value in template.values():
            yield from holes(value)
    elif isinstance(template, list):
        for value in template:
            yield from holes(value)


def places(template: Any, path: tuple[str, ...] | None = ()) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """The names of a template's holes, each with where in nested objects it stands; None within a list."""
    if isinstance(template, dict):
        for key, value in template.items():
            yield from places(value, None if path is None else (*path, str(key)))
    elif isinstance(template, list):
        for value in template:
            yield from places(value, None)
    else:
        for name in holes(template):
            yield name, path


def replace(template: Any, name: str, value: Any) -> Any:
    """The template with every `$name` replaced by `value` (itself a template, or a plain value).

    `$name.a.b` is what stands in it there; None where nothing does.
    """
    if isinstance(template, str):
        if template == f"${name}":
            return value
        if not template.startswith(f"${name}."):
            return template
        for step in template.split(".")[1:]:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value
    if isinstance(template, dict):
        return {key: replace(item, name, value) for key, item in template.items()}
    if isinstance(template, list):
        return [replace(item, name, value) for item in template]
    return template


def path_to(template: Any, name: str) -> tuple[str, ...] | None:
    """Where in nested objects `$name` stands; None when it does not, or stands in a list."""
    if template == f"${name}":
        return ()
    if isinstance(template, dict):
        for key, value in template.items():
            inner = path_to(value, name)
            if inner is not None:
                return (key, *inner)
    return None


def compile_value(template: Any) -> Filler:
    """A function from the holes' values to a Python value.

    A hole `$a.b.c` is looked up whole first, then as `a`, `b`, `c` one inside the other (None when absent).
    """
    if isinstance(template, str) and (match := HOLE.fullmatch(template)):
        return _lookup(match[1])
    if isinstance(template, dict):
        parts = [(key, compile_value(value)) for key, value in template.items()]
        return lambda env: {key: fill(env) for key, fill in parts}
    if isinstance(template, list):
        items = [compile_value(value) for value in template]
        return lambda env: [fill(env) for fill in items]
    return lambda _: template


def _lookup(name: str) -> Filler:
    if name == "null":
        return lambda _: None
    first, *rest = name.split(".")
    if name == "now-ms":
        return lambda env: iso_milli(env["instant"])
    if not rest:
        return lambda env: env[first]

    def fill(env: Mapping[str, Any]) -> Any:
        if name in env:
            return env[name]
        value: Any = env[first]
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
        return value

    return fill


def compile_bytes(template: Any) -> tuple[bytes | str, ...]:
    """The template as JSON text in pieces: bytes stand as they are, a str names the hole between them."""
    pieces: list[bytes | str] = []
    _pieces(template, pieces)
    return fill_some(pieces, {})


def fill_some(pieces: Sequence[bytes | str], env: Mapping[str, bytes]) -> tuple[bytes | str, ...]:
    """The pieces with those holes filled that `env` has; what stands together is one piece."""
    merged: list[bytes | str] = []
    for each in pieces:
        piece = env.get(each, each) if isinstance(each, str) else each
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return tuple(merged)


def _pieces(template: Any, out: list[bytes | str]) -> None:
    if isinstance(template, str) and (match := HOLE.fullmatch(template)):
        out.append(b"null" if match[1] == "null" else match[1])
    elif isinstance(template, dict):
        out.append(b"{")
        for number, (key, value) in enumerate(template.items()):
            out.append((b"," if number else b"") + orjson.dumps(str(key)) + b":")
            _pieces(value, out)
        out.append(b"}")
    elif isinstance(template, list):
        out.append(b"[")
        for number, value in enumerate(template):
            if number:
                out.append(b",")
            _pieces(value, out)
        out.append(b"]")
    else:
        out.append(orjson.dumps(template))


def fill_bytes(pieces: tuple[bytes | str, ...], env: Mapping[str, bytes]) -> bytes:
    """The JSON text with every hole filled from `env`, whose values are JSON text already."""
    return b"".join([piece if type(piece) is bytes else env[piece] for piece in pieces])  # type: ignore[index]
