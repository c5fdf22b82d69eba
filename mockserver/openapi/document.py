"""Opens a document: read, bundled, upgraded, overlaid, its facts checked; knows the order, not the steps."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mockserver.openapi import cache as cached
from mockserver.openapi import positions, yaml
from mockserver.openapi.bundle import bundle
from mockserver.openapi.facts import check_facts
from mockserver.openapi.overlay import apply
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.references import check_references
from mockserver.openapi.sources import Source, read_bytes
from mockserver.openapi.structure import check_structure
from mockserver.openapi.upgrade import upgrade

Facts = Literal["strict", "lenient"]


@dataclass(slots=True)
class _Lines:
    """The lines of the files, found when the first one is asked for."""

    files: dict[Path, dict[str, int]] = field(default_factory=dict)

    def line(self, path: Path, pointer: str) -> int:
        if path not in self.files:
            try:
                self.files[path] = positions.positions(path.read_bytes())
            except OSError:
                self.files[path] = {}
        return positions.nearest(self.files[path], pointer)


@dataclass(frozen=True, slots=True)
class Document:
    """A document in OpenAPI 3.1, in one piece: every `$ref` is `#/…` and ends at an object.

    `digest`: sha256 of all source bytes and overlays. `sources`: every file read, the root first.
    """

    file: str
    data: dict[str, Any]
    digest: str
    warnings: tuple[str, ...]
    sources: tuple[Path, ...]
    origins: Mapping[str, tuple[str, Path, str]] = field(repr=False)
    _lines: _Lines = field(default_factory=_Lines, repr=False, compare=False)

    def place(self, pointer: str) -> tuple[str, int]:
        """The file and line where the value at a pointer of `data`, or its nearest ancestor, was written."""
        prefix = pointer
        while prefix not in self.origins:
            if not prefix:
                return self.file, self._lines.line(self.sources[0], pointer)
            prefix = prefix.rpartition("/")[0]
        label, path, start = self.origins[prefix]
        return label, self._lines.line(path, start + pointer[len(prefix) :])

    def line(self, pointer: str) -> int:
        """The line in `file` of a pointer of `data`; 0 when it is not known or in another file (`place`)."""
        file, line = self.place(pointer)
        return line if file == self.file else 0

    def problem(self, pointer: str, message: str, remedy: str = "") -> Problem:
        """A problem at a pointer of `data`, with the file and line that somebody has to edit."""
        file, line = self.place(pointer)
        return Problem(file, line, pointer, message, remedy)


def open_document(
    path: Path, *, overlays: Sequence[Path] = (), cache: Path | None = None, facts: Facts = "strict"
) -> Document:
    """Read a document, YAML or JSON, 3.0 to 3.2, with all files it refers to, and apply overlays in order.

    `cache`: a folder for finished documents (`default_cache()`), None for none. `facts`: "lenient" leaves
    alone x- keys that are none of ours. Raises SpecificationError with every problem that was found.
    """
    file = str(path)
    # Every file is read once: what is hashed is what is used.
    resolved, text = _content(path)
    layers = [(str(overlay), *_content(overlay)) for overlay in overlays]
    name = cached.key(resolved.name, [text, *(content for _, _, content in layers)], facts) if cache else ""
    if cache is not None:
        entry = cached.load(cache, name)
        document = _from_cache(entry, file, resolved, text, layers) if entry is not None else None
        if document is not None:
            return document

    bundled = bundle(Source(resolved, file, text, yaml.read(text, file)))
    problems = list(bundled.problems)
    upgraded = upgrade(bundled.data)
    data = upgraded.data
    warnings = tuple(dict.fromkeys((*bundled.warnings, *upgraded.warnings)))
    for label, _, content in layers:
        data, found = _overlaid(data, label, content)
        problems.extend(found)
    origins = {
        pointer: (source.label, source.path, inner) for pointer, (source, inner) in bundled.origins.items()
    }
    digests = {source.path: cached.sha256(source.text) for source in bundled.sources}
    document = Document(
        file,
        data,
        _digest([*digests.values(), *(cached.sha256(content) for _, _, content in layers)]),
        warnings,
        (*digests, *(overlay for _, overlay, _ in layers)),
        origins,
    )
    problems.extend(document.problem(*each) for each in upgraded.problems)
    if not upgraded.problems:
        problems.extend(document.problem(*each) for each in check_structure(data))
        problems.extend(document.problem(*each) for each in check_references(data))
        problems.extend(document.problem(*each) for each in check_facts(data, strict=facts == "strict"))
    if problems:
        raise SpecificationError(sorted(problems, key=lambda each: (each.file != file, each.file, each.line)))
    if cache is not None:
        folder = resolved.parent
        entry = cached.Entry(
            data,
            {source.relative_to(folder).as_posix(): digest for source, digest in digests.items()},
            {
                pointer: (source.relative_to(folder).as_posix(), inner)
                for pointer, (_, source, inner) in origins.items()
            },
            warnings,
        )
        cached.save(cache, name, entry)
    return document


def with_overlay(document: Document, overlay: Path, *, facts: Facts = "strict") -> Document:
    """The same document after one more overlay, which is quicker than to open it anew. SpecificationError."""
    label = os.path.join(os.path.dirname(document.file), overlay.name)
    resolved, content = _content(overlay)
    data, problems = _overlaid(document.data, label, content)
    made = replace(
        document,
        data=data,
        digest=_digest([document.digest, cached.sha256(content)]),
        sources=(*document.sources, resolved),
    )
    if not problems:
        problems.extend(made.problem(*each) for each in check_structure(data))
        problems.extend(made.problem(*each) for each in check_references(data))
        problems.extend(made.problem(*each) for each in check_facts(data, strict=facts == "strict"))
    if problems:
        raise SpecificationError(problems)
    return made


def _content(path: Path) -> tuple[Path, bytes]:
    """A file's resolved path and bytes, as they are on disk now."""
    try:
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise SpecificationError([Problem(str(path), 0, "", f"is no path of a file: {error}")]) from None
    return resolved, read_bytes(resolved, str(path))


def _overlaid(data: Any, label: str, content: bytes) -> tuple[Any, list[Problem]]:
    try:
        overlay = yaml.read(content, label)
    except SpecificationError as error:
        return data, list(error.problems)
    result = apply(data, overlay)
    lines = positions.positions(content) if result.problems else {}
    return result.data, [
        Problem(label, positions.nearest(lines, pointer), pointer, message, remedy)
        for pointer, message, remedy in result.problems
    ]


def _from_cache(
    entry: cached.Entry, file: str, root: Path, text: bytes, layers: Sequence[tuple[str, Path, bytes]]
) -> Document | None:
    """The document of an entry, when every file that it was made from is still the same; else None."""
    folder = root.parent
    digests: list[str] = []
    paths: dict[str, Path] = {}
    for relative, digest in entry.sources.items():
        try:
            path = (folder / relative).resolve()
            # A cache can be written to by others: it opens nothing that a reference could not.
            if not path.is_relative_to(folder):
                return None
            now = cached.sha256(text if path == root else path.read_bytes())
        except (OSError, ValueError, RuntimeError):
            return None
        if now != digest:
            return None
        digests.append(digest)
        paths[relative] = path
    origins = {}
    for pointer, (relative, inner) in entry.origins.items():
        if relative not in paths:
            return None
        label = file if paths[relative] == root else os.path.join(os.path.dirname(file), relative)
        origins[pointer] = (label, paths[relative], inner)
    return Document(
        file,
        entry.data,
        _digest([*digests, *(cached.sha256(content) for _, _, content in layers)]),
        entry.warnings,
        (*paths.values(), *(overlay for _, overlay, _ in layers)),
        origins,
    )


def _digest(digests: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
