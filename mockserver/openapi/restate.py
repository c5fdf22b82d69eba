"""A vendor's document made readable: in one piece, in 3.1, what cannot be read repaired by an overlay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.openapi import yaml
from mockserver.openapi.anatomy import lookup
from mockserver.openapi.bundle import bundle
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.defect import Defect
from mockserver.openapi.facts import check_facts
from mockserver.openapi.overlay import apply
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.references import Fetch, check_references
from mockserver.openapi.repairs import Action, repair
from mockserver.openapi.sources import Source
from mockserver.openapi.structure import check_structure
from mockserver.openapi.upgrade import upgrade

_ROUNDS = 25
# The largest document that is known, GitHub's, has less than half of that.
MAX_NODES = 1_000_000
# What is told of one document in one round; the next round finds the rest.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Restated:
    """`data` is the document in one piece and in 3.1, `repaired` the same after the actions of `repairs`."""

    data: dict[str, Any]
    repaired: dict[str, Any]
    repairs: tuple[Action, ...]
    defects: tuple[Defect, ...]
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document of which only the pointers matter."""

    data: dict[str, Any]
    file: str = ""
    digest: str = ""
    warnings: tuple[str, ...] = ()

    def problem(self, pointer: str, message: str, remedy: str = "") -> Problem:
        return Problem(self.file, 0, pointer, message, remedy)


def restate(source: Source, fetch: Fetch | None = None) -> Restated:
    """Read a document as it is. SpecificationError only where there is nothing that could be served."""
    bundled = bundle(source, fetch)
    defects = [
        Defect("reference", problem.pointer, problem.message, repaired=True) for problem in bundled.problems
    ]
    version = str(bundled.data.get("openapi", "")) if isinstance(bundled.data, dict) else ""
    upgraded = upgrade(bundled.data)
    if upgraded.problems:
        raise SpecificationError(
            [Problem(source.label, source.line(at), at, *told) for at, *told in upgraded.problems]
        )
    try:
        data: dict[str, Any] = orjson.loads(orjson.dumps(upgraded.data))
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise SpecificationError([Problem(source.label, 0, "", f"cannot be kept: {error}")]) from None
    repaired, actions, found = mend(data, source.label)
    defects += found
    if not any(
        isinstance(item, dict) and item for path, item in repaired.get("paths", {}).items() if path[:1] == "/"
    ):
        raise SpecificationError(
            [Problem(source.label, source.line("/paths"), "/paths", "has no path that could be served")]
        )
    return Restated(
        data,
        repaired,
        tuple(actions),
        tuple(defects),
        bundled.sources,
        tuple(dict.fromkeys((*bundled.warnings, *upgraded.warnings))),
        version,
    )


def mend(data: dict[str, Any], label: str) -> tuple[dict[str, Any], list[Action], list[Defect]]:
    """The document with what cannot be compiled taken out or put right, and the actions that did it."""
    actions: list[Action] = []
    defects: list[Defect] = []
    if not isinstance(data.get("paths", {}), dict):
        raise SpecificationError([Problem(label, 0, "/paths", "must be a mapping of paths")])
    for _ in range(_ROUNDS):
        problems = list(dict.fromkeys(_problems(data)))[:_AT_ONCE]
        if not problems:
            return data, actions, defects
        # From the end of lists, so that an index is still right when its turn comes.
        problems.sort(key=lambda problem: _order(problem[0]), reverse=True)
        before = len(actions)
        for pointer, message in problems:
            mended = repair(data, pointer, message)
            if mended is None:
                continue
            defects.append(Defect(mended.rule, pointer, message, repaired=True))
            for action in mended.actions:
                result = apply(data, {**_ENVELOPE, "actions": [action]})
                if not result.problems:
                    data = result.data
                    actions.append(action)
        if len(actions) == before:
            break
    raise SpecificationError([Problem(label, 0, pointer, message) for pointer, message in problems])


_ENVELOPE: Mapping[str, Any] = {"overlay": "1.0.0", "info": {"title": "repairs", "version": "1"}}


def _problems(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(pointer, message) of all that keeps a document from being compiled, found in one pass."""
    found = [(pointer, message) for pointer, message, _ in check_structure(data)]
    found = found or [(pointer, message) for pointer, message, _ in check_references(data)]
    found = found or check_facts(data, strict=False)
    if found:
        yield from found
        return
    try:
        compile_contract(_Opened(data), "imported")
    except SpecificationError as error:
        yield from ((problem.pointer, problem.message) for problem in error.problems)


def _order(pointer: str) -> list[tuple[bool, int, str]]:
    return [
        (token.isdigit(), int(token) if token.isdigit() else 0, token) for token in pointer.split("/")[1:]
    ]


def read_leniently(source_text: bytes, label: str) -> tuple[Any, list[Defect]]:
    """The data of a file in which keys may appear twice; those are defects, and the last one counts."""
    twice: list[Problem] = []
    data = yaml.read(source_text, label, twice)
    if _is_beyond(data, MAX_NODES):
        raise SpecificationError(
            [Problem(label, 0, "", f"holds more than {MAX_NODES:,} values", "split it, and import the parts")]
        )
    return data, [Defect("duplicate-key", each.pointer, each.message, repaired=True) for each in twice]


def _is_beyond(data: Any, most: int) -> bool:
    """Whether there are more values in the data than that."""
    count, stack = 0, [data]
    while stack:
        node = stack.pop()
        inner = node.values() if type(node) is dict else node if type(node) is list else ()
        count += len(inner)
        if count > most:
            return True
        stack.extend(each for each in inner if type(each) is dict or type(each) is list)
    return False


def title_of(data: Mapping[str, Any]) -> str:
    """What a document is called, in one line."""
    info = data.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return " ".join(re.sub(r"[\x00-\x1f]", " ", str(title or "")).split()) or "API"


def at(data: Any, pointer: str) -> Any:
    """What stands at a pointer, None where nothing does."""
    try:
        return lookup(data, pointer)
    except KeyError:
        return None
