"""Makes one document of many files, offline and inside one folder; knows references, not what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mockserver.openapi.anatomy import KINDS, LIST, MAP, SECTIONS, lookup, tokens
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem
from mockserver.openapi.references import Base, Fetch, Resolver, exists
from mockserver.openapi.sources import Source

# Content put in place makes a document deeper than any of its files: bounds that no honest one meets.
MAX_INLINED = 20
MAX_INLINED_AT = 40

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SECTION_OF = {kind: section for section, kind in SECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A document in one piece: every `$ref` to another file has become `#/components/…`.

    `origins` maps a pointer of `data` to the file and pointer that its content was taken from.
    """

    data: Any
    sources: tuple[Source, ...]
    origins: Mapping[str, tuple[Source, str]]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Bundler:
    root: Source
    resolver: Resolver
    placed: dict[tuple[Path, str, str], str] = field(default_factory=dict)
    queue: list[tuple[Source, str, str, str]] = field(default_factory=list)
    taken: dict[str, set[str]] = field(default_factory=dict)
    origins: dict[str, tuple[Source, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    dynamic: dict[str, Problem] = field(default_factory=dict)
    inlining: list[tuple[Path, str]] = field(default_factory=list)

    def run(self) -> Any:
        data = self.visit(self.root.data, "document", Base(self.root), "", "")
        components = data.get("components") if type(data) is dict else None
        while self.queue:
            source, pointer, kind, target = self.queue.pop(0)
            section, name = tokens(target)[1:]
            if type(components) is not dict:
                components = data["components"] = {}
            value = self.visit(
                lookup(source.data, pointer), kind, self.resolver.base(source, pointer), pointer, target
            )
            components.setdefault(section, {})[name] = value
        for name, problem in self.dynamic.items():
            if (
                sum(len(source.named("$dynamicAnchor", name)) for source in self.resolver.sources.values())
                != 1
            ):
                self.resolver.problems.append(problem)
        return data

    def visit(self, node: Any, kind: str, base: Base, at: str, to: str) -> Any:
        """A copy of an object, its references made internal. `at`: place in the file, `to`: in the bundle."""
        if type(node) is not dict:
            return node
        spec = KINDS[kind]
        ref = node.get("$ref")
        if type(ref) is str and (
            spec.section is None or (kind == "pathItem" and not to.startswith("/components"))
        ):
            return self.inline(node, ref, kind, base, at, to)
        if kind == "schema" and type(node.get("$id")) is str:
            base = Base(base.source, at, urljoin(base.id, node["$id"]))
        result: dict[str, Any] = {}
        for key, value in node.items():
            known = spec.fields.get(key)
            here = f"{at}/{escape(key)}"
            there = f"{to}/{escape(key)}"
            if known is None:
                if key[:1] == "$" and type(value) is str:
                    self.keyword(result, key, value, kind, base, here)
                elif spec.rest is not None and not key.startswith("x-"):
                    result[key] = self.visit(value, spec.rest, base, here, there)
                elif key == "discriminator" and type(value) is dict:
                    result[key] = self.discriminator(value, base, here)
                else:
                    result[key] = value
                continue
            shape, child = known
            if (
                shape in (MAP, LIST)
                and type(value) is dict
                and type(value.get("$ref")) is str
                and len(value) == 1
            ):
                result[key] = self.inline_many(value["$ref"], shape, child, base, here, there)
            elif shape in (LIST, MAP):
                result[key] = self.many(value, shape, child, base, here, there)
            else:
                result[key] = self.visit(value, child, base, here, there)
        return result

    def many(self, value: Any, shape: str, child: str, base: Base, at: str, to: str) -> Any:
        if shape == LIST and type(value) is list:
            return [self.visit(each, child, base, f"{at}/{i}", f"{to}/{i}") for i, each in enumerate(value)]
        if shape == MAP and type(value) is dict:
            return {
                key: self.visit(each, child, base, f"{at}/{escape(key)}", f"{to}/{escape(key)}")
                for key, each in value.items()
            }
        return value

    def keyword(self, result: dict[str, Any], key: str, value: str, kind: str, base: Base, at: str) -> None:
        if key == "$ref" and kind in _SECTION_OF:
            target = self.reference(value, kind, base, at)
            # A reference that was refused must not be followed, nor reported once more as dangling.
            if target is not None:
                result["$ref"] = target
        elif kind != "schema":
            result[key] = value
        elif key == "$dynamicRef":
            self.dynamic_reference(result, value, base, at)
        elif key == "$schema":
            if value.rstrip("#") != _DIALECT:
                self.warnings.append(
                    f"{base.source.label}: {at} says {value}; it is read as JSON Schema 2020-12"
                )
        elif key not in ("$id", "$anchor", "$dynamicAnchor"):
            result[key] = value

    def dynamic_reference(self, result: dict[str, Any], value: str, base: Base, at: str) -> None:
        # With one $dynamicAnchor of that name, the dynamic scope can only ever end there: it is a plain $ref.
        name = value.partition("#")[2]
        if name and not name.startswith("/"):
            self.dynamic.setdefault(
                name,
                self.resolver.problem(
                    base, at, f"$dynamicRef {value!r} has not exactly one $dynamicAnchor", "use $ref"
                ),
            )
        target = self.reference(value, "schema", base, at)
        if target is None:
            return
        if "$ref" in result:
            result.setdefault("allOf", []).append({"$ref": target})
        else:
            result["$ref"] = target

    def discriminator(self, value: dict[str, Any], base: Base, at: str) -> dict[str, Any]:
        mapping = value.get("mapping")
        if type(mapping) is not dict:
            return value
        renamed = {}
        for key, each in mapping.items():
            target: str | None = each if type(each) is str else None
            here = f"{at}/mapping/{escape(key)}"
            if target is None:
                continue
            if re.search(r"[#/]|\.(?:ya?ml|json)\Z", target):
                target = self.reference(target, "schema", base, here)
            elif base.source is not self.root and exists(
                base.source.data, f"/components/schemas/{escape(target)}"
            ):
                target = self.reference(
                    f"#/components/schemas/{escape(target)}", "schema", Base(base.source), here
                )
            if target is not None:
                renamed[key] = target
        return {**value, "mapping": renamed}

    def inline(self, node: dict[str, Any], ref: str, kind: str, base: Base, at: str, to: str) -> Any:
        """Objects that have no place under components, and path items: the target's content, siblings win."""
        rest = {key: value for key, value in node.items() if key != "$ref"}
        found = self.enter(ref, base, at, to)
        if found is None:
            return self.visit(rest, kind, base, at, to)
        source, pointer = found
        value = self.visit(
            lookup(source.data, pointer), kind, self.resolver.base(source, pointer), pointer, to
        )
        self.inlining.pop()
        own = self.visit(rest, kind, base, at, to)
        return {**value, **own} if type(value) is dict else value

    def inline_many(self, ref: str, shape: str, child: str, base: Base, at: str, to: str) -> Any:
        """A map or list of objects that stands elsewhere: its content."""
        found = self.enter(ref, base, at, to)
        if found is None:
            return {} if shape == MAP else []
        source, pointer = found
        value, base = lookup(source.data, pointer), self.resolver.base(source, pointer)
        if type(value) is dict and type(value.get("$ref")) is str and len(value) == 1:
            result = self.inline_many(value["$ref"], shape, child, base, pointer, to)
        else:
            result = self.many(value, shape, child, base, pointer, to)
        self.inlining.pop()
        return result

    def enter(self, ref: str, base: Base, at: str, to: str) -> tuple[Source, str] | None:
        """Where content is to be taken from; the caller leaves again with `inlining.pop()`."""
        found = self.resolver.resolve(ref, base, f"{at}/$ref")
        if found is None:
            return None
        source, pointer = found
        if (source.path, pointer) in self.inlining:
            self.resolver.refuse(base, f"{at}/$ref", f"the reference {ref!r} leads back to itself")
            return None
        if len(self.inlining) >= MAX_INLINED or to.count("/") > MAX_INLINED_AT:
            self.resolver.refuse(base, f"{at}/$ref", f"the reference {ref!r} is one of too many in a row")
            return None
        self.inlining.append((source.path, pointer))
        self.origins[to] = found
        return found

    def reference(self, ref: str, kind: str, base: Base, at: str) -> str | None:
        """The internal form of a reference from an object of that kind; None when it was refused."""
        if ref.startswith("#/") and base.source is self.root and not base.pointer:
            return ref  # checked with all others when the document is in one piece
        found = self.resolver.resolve(ref, base, at)
        if found is None:
            return None
        source, pointer = found
        if source is self.root:
            if not pointer:
                self.resolver.refuse(
                    base, at, f"the reference {ref!r} means the whole document", "name an object in it"
                )
                return None
            return "#" + pointer
        key = (source.path, pointer, kind)
        if key not in self.placed:
            target = f"/components/{_SECTION_OF[kind]}/{self.name(source, pointer, _SECTION_OF[kind])}"
            self.placed[key] = target
            self.origins[target] = found
            self.queue.append((source, pointer, kind, target))
        return "#" + self.placed[key]

    def name(self, source: Source, pointer: str, section: str) -> str:
        if section not in self.taken:
            own = self.root.data.get("components")
            own = own.get(section) if type(own) is dict else None
            self.taken[section] = set(own) if type(own) is dict else set()
        stem = _UNSAFE.sub("_", source.path.stem) or "file"
        last = _UNSAFE.sub("_", tokens(pointer)[-1]) if pointer else stem
        candidates = [last or stem, f"{stem}_{last}"]
        name = next((each for each in candidates if each not in self.taken[section]), "")
        number = 2
        while not name:
            candidate = f"{stem}_{last}_{number}"
            name = "" if candidate in self.taken[section] else candidate
            number += 1
        self.taken[section].add(name)
        return name


def bundle(root: Source, fetch: Fetch | None = None) -> Bundle:
    """Every reference of a document made internal, reading other files only below the root's own folder."""
    bundler = _Bundler(root, Resolver(root, fetch=fetch))
    data = bundler.run()
    return Bundle(
        data,
        tuple(bundler.resolver.sources.values()),
        bundler.origins,
        tuple(bundler.resolver.problems),
        tuple(dict.fromkeys(bundler.warnings)),
    )
