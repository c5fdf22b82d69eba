"""One file of a document, read: its bytes, its data, its lines; knows no references and no OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mockserver.openapi import positions, yaml
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem, SpecificationError

_LITERAL = frozenset({"example", "examples", "default", "enum", "const"})


@dataclass(slots=True)
class Source:
    """One file read: `label` is how problems name it."""

    path: Path
    label: str
    text: bytes
    data: Any
    names: dict[str, list[str]] | None = None  # "$id", "$anchor" or "$dynamicAnchor" + value -> pointers
    lines: dict[str, int] | None = None
    ids: bool | None = None

    @property
    def has_ids(self) -> bool:
        """Whether `$id` stands in it anywhere: looked for once, for it is asked at every reference."""
        if self.ids is None:
            self.ids = b"$id" in self.text
        return self.ids

    def line(self, pointer: str) -> int:
        """The line of a pointer in this file; 0 when unknown."""
        if self.lines is None:
            self.lines = positions.positions(self.text)
        return positions.nearest(self.lines, pointer)

    def named(self, keyword: str, value: str) -> list[str]:
        """Where this file says `keyword: value`, for $id, $anchor and $dynamicAnchor."""
        if self.names is None:
            self.names = {}
            for key, pointer in _names(self.data):
                self.names.setdefault(key, []).append(pointer)
        return self.names.get(f"{keyword} {value}", [])


def read_bytes(path: Path, label: str) -> bytes:
    """What a file holds; SpecificationError when it is no file, cannot be read, or is too large."""
    try:
        # Asked before opening: a device or a pipe would never end.
        if not path.is_file():
            raise SpecificationError([Problem(label, 0, "", "there is no such file")])
        if path.stat().st_size > yaml.MAX_BYTES:
            raise SpecificationError(
                [Problem(label, 0, "", f"is larger than {yaml.MAX_BYTES // 1_000_000} MB")]
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecificationError([Problem(label, 0, "", f"cannot be read: {reason}")]) from None


def read_source(path: Path, label: str) -> Source:
    """Read and parse one file; `path` must be resolved. SpecificationError when it cannot be read."""
    text = read_bytes(path, label)
    return Source(path, label, text, yaml.read(text, label))


def _names(data: Any) -> Iterator[tuple[str, str]]:
    """("$anchor name", pointer) of every $id (absolute), $anchor and $dynamicAnchor, wherever it stands."""
    stack: list[tuple[Any, str, str]] = [(data, "", "")]
    while stack:
        node, pointer, base = stack.pop()
        if type(node) is dict:
            for keyword in ("$id", "$anchor", "$dynamicAnchor"):
                value = node.get(keyword)
                if type(value) is str:
                    if keyword == "$id":
                        base = value = urljoin(base, value)
                    yield f"{keyword} {value}", pointer
            stack.extend(
                (value, f"{pointer}/{escape(key)}", base)
                for key, value in node.items()
                if type(value) in (dict, list) and key not in _LITERAL
            )
        elif type(node) is list:
            stack.extend((value, f"{pointer}/{index}", base) for index, value in enumerate(node))
