"""Ids and other made-up values, each a function of (seed, space, kind, ordinal); knows shapes, not rows."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

BLOCK = 64  # bytes of one digest

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FIELD = re.compile(r"\{([a-z0-9]+)(?::([0-9]+))?\}")
_MAX_LENGTH = 1000


def _alphabet(letters: str) -> bytes:
    """A table for bytes.translate. The first letters come up a little more often, which does no harm."""
    return bytes([ord(letters[byte % len(letters)]) for byte in range(256)])


_TABLES = {
    "base62": _alphabet(_BASE62),
    "hex": _alphabet("0123456789abcdef"),
    "digits": _alphabet(string.digits),
}
_FIRST_DIGIT = _alphabet("123456789")

Part = Callable[[bytes, int], str]


@dataclass(frozen=True, slots=True)
class Shape:
    """What ids look like, compiled; `need` is how many bytes one takes."""

    text: str
    need: int = field(compare=False)
    parts: tuple[str | Part, ...] = field(compare=False, repr=False)


def parse_shape(text: str) -> Shape:
    """Compile `zg-{base62:20}`: {base62:n} {hex:n} {digits:n} {uuid} {ordinal}; else ValueError."""
    parts: list[str | Part] = []
    need = end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        name, count = match.group(1), int(match.group(2) or 0)
        if name in _TABLES and 0 < count <= _MAX_LENGTH:
            parts.append(_letters(name, need, count))
            need += count
        elif name == "uuid" and not match.group(2):
            parts.append(_uuid(need))
            need += 16
        elif name == "ordinal" and not match.group(2):
            parts.append(_ordinal)
        else:
            raise ValueError(
                f"{match.group()} in the shape {text!r} is none of "
                "{base62:n} {hex:n} {digits:n} {uuid} {ordinal}, n from 1 to 1000"
            )
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    left = "".join([part for part in parts if isinstance(part, str)])
    if "{" in left or "}" in left:
        raise ValueError(f"a brace without meaning in the shape {text!r}")
    return Shape(text, need, tuple(parts))


def _letters(name: str, start: int, count: int) -> Part:
    stop, table = start + count, _TABLES[name]
    if name != "digits":
        return lambda stream, _: stream[start:stop].translate(table).decode()

    def digits(stream: bytes, _: int) -> str:
        # No leading zero: the digits may become a number.
        part = stream[start:stop]
        return (part[:1].translate(_FIRST_DIGIT) + part[1:].translate(table)).decode()

    return digits


def _uuid(start: int) -> Part:
    def uuid(stream: bytes, _: int) -> str:
        text = stream[start : start + 16].hex()
        variant = "89ab"[stream[start + 8] & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    return uuid


def _ordinal(_: bytes, ordinal: int) -> str:
    return str(ordinal)


class Ids:
    """Values that look random and are not: the same seed, space, kind and ordinal give the same value."""

    __slots__ = ("_base", "_shapes", "seed", "space")

    def __init__(self, seed: int, space: str) -> None:
        self.seed = seed
        self.space = space
        self._base = blake2b(key=blake2b(f"{seed}\0{space}".encode()).digest())
        self._shapes: dict[str, Shape] = {}

    def bytes(self, kind: str, ordinal: int, n: int) -> bytes:
        """`n` bytes; fewer are the beginning of more."""
        digest = self._base.copy()
        digest.update(f"{kind}\0{ordinal}".encode())
        if n <= BLOCK:
            return digest.digest()[:n]
        blocks = []
        for number in range(-(-n // BLOCK)):
            block = digest.copy()
            if number:
                block.update(f"\0{number}".encode())
            blocks.append(block.digest())
        return b"".join(blocks)[:n]

    def make(self, shape: Shape | str, kind: str, ordinal: int) -> str:
        """An id of that shape (a text is compiled once); ValueError for a shape that is none."""
        if isinstance(shape, str):
            shape = self._compiled(shape)
        stream = self.bytes(kind, ordinal, shape.need) if shape.need else b""
        return "".join([part if type(part) is str else part(stream, ordinal) for part in shape.parts])  # type: ignore[operator]

    def random(self, kind: str, ordinal: int) -> random.Random:
        """A source of as many numbers as are needed."""
        return random.Random(self.bytes(kind, ordinal, 32))

    def _compiled(self, text: str) -> Shape:
        shape = self._shapes.get(text)
        if shape is None:
            shape = parse_shape(text)
            if len(self._shapes) < 1000:
                self._shapes[text] = shape
        return shape
