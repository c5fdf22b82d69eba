"""Finds what a `$ref` means, offline and inside one folder; knows files and pointers, not what refers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from mockserver.openapi.anatomy import KINDS, lookup, tokens, walk
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.sources import Source, read_source

MAX_FILES = 1_000

Fetch = Callable[[str, Path], Path | None]
"""Brings what a reference names, relative to a file, below the root's folder; None where it may not."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\\\")


@dataclass(frozen=True, slots=True)
class Base:
    """What references are relative to: a file, or inside it the schema that an `$id` made a resource."""

    source: Source
    pointer: str = ""
    id: str = ""


@dataclass(slots=True)
class Resolver:
    """Reads the files that references name, only below the root's own folder, and collects problems.

    `fetch` is asked first, where one is given: an import brings files into the folder that way.
    """

    root: Source
    sources: dict[Path, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    noted: set[Problem] = field(default_factory=set)
    fetch: Fetch | None = None

    def __post_init__(self) -> None:
        self.sources[self.root.path] = self.root

    def resolve(self, ref: str, base: Base, at: str) -> tuple[Source, str] | None:
        """The file and pointer that a reference means; None, and a problem, when it means nothing allowed."""
        uri, _, fragment = ref.partition("#")
        start = base
        if uri:
            known = self.by_id(urljoin(base.id, uri))
            if known is not None:
                start = known
            else:
                source = self.load(uri, ref, base, at)
                if source is None:
                    return None
                # Inside an `$id` a relative reference means another `$id`: the file must say it is the one.
                named = self.by_id(urljoin(base.id, uri)) if base.id else Base(source)
                if named is None and source.data is not None:
                    self.refuse(base, at, f"no schema here has the $id that {ref!r} means", "drop the $id")
                    return None
                start = named or Base(source)
        if start.source.data is None:
            return None  # a file that could not be read is a problem already
        fragment = unquote(fragment)
        pointer = start.pointer + fragment
        if fragment and not fragment.startswith("/"):
            places = [
                each
                for keyword in ("$anchor", "$dynamicAnchor")
                for each in start.source.named(keyword, fragment)
                if each == start.pointer or each.startswith(start.pointer + "/") or not start.pointer
            ]
            if len(places) != 1:
                self.refuse(
                    base, at, f"the reference {ref!r} has not exactly one $anchor", "use a JSON pointer"
                )
                return None
            pointer = places[0]
        if not exists(start.source.data, pointer):
            where = f" in {start.source.label}" if start.source is not base.source else ""
            self.refuse(base, at, f"the reference {ref!r} points to nothing{where}", "correct the pointer")
            return None
        return start.source, pointer

    def load(self, uri: str, ref: str, base: Base, at: str) -> Source | None:
        """The file that a relative path names; None, and a problem, when it may not or cannot be read."""
        fetched = self.fetch(uri, base.source.path) if self.fetch is not None else None
        if fetched is None and _SCHEME.match(uri):
            self.refuse(
                base, at, f"the reference {ref!r} leaves this machine's folder", "copy it beside the document"
            )
            return None
        try:
            path = fetched or (base.source.path.parent / unquote(uri)).resolve()
            inside = path.is_relative_to(self.root.path.parent)
            if inside and path in self.sources:
                return self.sources[path]
            usable = inside and path.is_file()
        except (OSError, ValueError, RuntimeError):
            self.refuse(base, at, f"the reference {ref!r} is no path of a file", "write a relative path")
            return None
        if not inside:
            self.refuse(
                base,
                at,
                f"the reference {ref!r} leaves the folder of the document",
                "copy the file into the folder",
            )
            return None
        if not usable:
            self.refuse(
                base, at, f"the reference {ref!r} names a file that does not exist", "correct the path"
            )
            return None
        if len(self.sources) >= MAX_FILES:
            self.refuse(base, at, f"the document is made of more than {MAX_FILES} files")
            return None
        label = str(Path(self.root.label).parent / path.relative_to(self.root.path.parent))
        try:
            source = read_source(path, label)
        except SpecificationError as error:
            self.problems.extend(error.problems)
            # Kept, so that the same broken file is not reported at every reference to it.
            source = Source(path, label, b"", None)
        self.sources[path] = source
        return source

    def by_id(self, uri: str) -> Base | None:
        """The schema, in the files read so far, whose absolute `$id` this is."""
        for source in self.sources.values():
            if source.has_ids:
                for pointer in source.named("$id", uri):
                    return Base(source, pointer, uri)
        return None

    def base(self, source: Source, pointer: str) -> Base:
        """What is relative at a pointer: the file, or the innermost enclosing schema that has an `$id`."""
        base = Base(source)
        if not source.has_ids:
            return base
        node, here = source.data, ""
        for token in tokens(pointer):
            if type(node) is dict and type(node.get("$id")) is str:
                base = Base(source, here, urljoin(base.id, node["$id"]))
            node = node[int(token)] if type(node) is list else node[token]
            here = f"{here}/{escape(token)}"
        return base

    def problem(self, base: Base, at: str, message: str, remedy: str = "") -> Problem:
        """A problem at a place of the file that refers."""
        return Problem(base.source.label, base.source.line(at), at, message, remedy)

    def refuse(self, base: Base, at: str, message: str, remedy: str = "") -> None:
        """Note a problem once, however often the same reference is met."""
        problem = self.problem(base, at, message, remedy)
        if problem not in self.noted:
            self.noted.add(problem)
            self.problems.append(problem)


def check_references(data: Any) -> list[tuple[str, str, str]]:
    """(pointer, message, remedy) of every `$ref` of a whole document that does not end at an object in it."""
    found: list[tuple[str, str, str]] = []
    verdicts: dict[str, tuple[str, str] | None] = {}
    for pointer, kind, node in walk(data):
        ref = node.get("$ref")
        if type(ref) is not str or KINDS[kind].section is None:
            continue
        if ref not in verdicts:
            verdicts[ref] = _verdict(data, ref)
        verdict = verdicts[ref]
        if verdict is not None:
            found.append((f"{pointer}/$ref", *verdict))
    return found


def _verdict(data: Any, ref: str) -> tuple[str, str] | None:
    seen: set[str] = set()
    following = ref
    while True:
        if not following.startswith("#/"):
            return f"the reference {ref!r} leaves the document", "only '#/…' can stand here"
        if following in seen:
            return f"the reference {ref!r} leads in a circle and never to an object", "break the circle"
        seen.add(following)
        try:
            target = lookup(data, unquote(following[1:]))
        except KeyError:
            return f"the reference {ref!r} points to nothing", "correct the pointer"
        if type(target) is bool:
            return None
        if type(target) is not dict:
            return f"the reference {ref!r} points to something that is no object", "correct the pointer"
        onward = target.get("$ref")
        if type(onward) is not str:
            return None
        following = onward


def exists(data: Any, pointer: str) -> bool:
    """Whether anything stands at a JSON pointer."""
    try:
        lookup(data, pointer)
    except KeyError:
        return False
    return True
