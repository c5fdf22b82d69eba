"""What is wrong with schemas: what nothing fits, or their own examples do not; repairs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.openapi.anatomy import lookup, walk
from mockserver.openapi.contract import Contract
from mockserver.openapi.defect import Defect
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import BrokenSchema, Check, Schemas, fragment

Sample = Callable[[Check, Any], Any]
"""A valid value of a schema; LookupError where none is found."""

_JAVASCRIPT = re.compile(r"/.*/[dgimsuvy]*", re.ASCII | re.DOTALL)


def misfits(contract: Contract, sample: Sample) -> Iterator[Defect]:
    """The defects of all schemas, parameters and media types, in the order of the document."""
    schemas = contract.schemas
    impossible: list[str] = []
    for pointer, kind, node in walk(contract.data):
        if kind == "parameter":
            yield from _parameter(schemas, pointer, node)
        if kind == "mediaType":
            yield from _shown(schemas, pointer, node, f"{pointer}/schema")
        if kind != "schema":
            continue
        if node.get("nullable") is True:  # what stands so in 3.0 is restated
            yield Defect("nullable", pointer, "nullable is a keyword of 3.0")
        pattern = node.get("pattern")
        if isinstance(pattern, str) and len(pattern) > 2 and _JAVASCRIPT.fullmatch(pattern):
            yield Defect("javascript-pattern", f"{pointer}/pattern", f"{pattern} is a JavaScript literal")
        elif isinstance(pattern, str):
            yield from _pattern(schemas, pointer, node, pattern)
        if schemas.unsatisfiable(pointer):
            impossible.append(pointer)
            continue
        if "required" in node and _is_endless(contract.data, pointer, pointer, frozenset()):
            message = "what it requires requires it again, so that no value ever ends"
            yield Defect("impossible", pointer, message)
            continue
        if "default" in node and not _fits(schemas, pointer, node["default"]):
            yield Defect("default-misfit", pointer, f"its default {node['default']!r:.40} does not fit")
        for example in node.get("examples", ()) if isinstance(node.get("examples"), list) else ():
            if not _fits(schemas, pointer, example):
                yield Defect("example-misfit", pointer, f"its example {example!r:.40} does not fit")
        yield from _directions(contract.data, pointer, node)
        yield from _discriminated(contract.data, pointer, node)
        branches = node.get("oneOf")
        if isinstance(branches, list) and len(branches) > 1:
            yield from _overlap(schemas, pointer, branches, sample)
    for pointer in impossible:
        # What only leads back here does not explain it; anything else inside does, and is told itself.
        explained = any(
            other.startswith(f"{pointer}/") and not _leads_back(lookup(contract.data, other), pointer)
            for other in impossible
        )
        if not explained and "$ref" not in lookup(contract.data, pointer):
            yield Defect("impossible", pointer, "no value satisfies this schema")


def _directions(data: Any, pointer: str, node: Mapping[str, Any]) -> Iterator[Defect]:
    properties, required = node.get("properties"), node.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return
    for name in required:
        if isinstance(name, str) and resolved(data, properties.get(name)).get("writeOnly") is True:
            yield Defect("required-write-only", pointer, f"{name} is writeOnly, and required everywhere")


def _discriminated(data: Any, pointer: str, node: Mapping[str, Any]) -> Iterator[Defect]:
    """Branches whose own property never has the value that the discriminator asks for."""
    told = node.get("discriminator")
    name = told.get("propertyName") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(name, str):
        return
    mapping = told.get("mapping")
    never = []
    for branch in (*(node.get("oneOf") or ()), *(node.get("anyOf") or ())):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if not isinstance(reference, str):
            continue
        schema = reference.rpartition("/")[2]
        wanted = {schema}
        if isinstance(mapping, dict):
            wanted = {key for key, to in mapping.items() if str(to).rpartition("/")[2] == schema} or wanted
        known = resolved(data, resolved(data, branch).get("properties", {}).get(name))
        allowed = [known["const"]] if "const" in known else known.get("enum")
        if isinstance(allowed, list) and not wanted & {each for each in allowed if isinstance(each, str)}:
            never.append(f"that of {schema} never is {' or '.join(sorted(wanted))}")
    if never:
        yield Defect("discriminator-misfit", pointer, f"it goes by {name}, and {', '.join(never)}")


def _leads_back(node: Any, pointer: str) -> bool:
    reference = node.get("$ref")
    return isinstance(reference, str) and f"{pointer}/".startswith(f"{fragment(reference)}/")


def _is_endless(data: Any, start: str, pointer: str, passed: frozenset[str]) -> bool:
    """Whether every value of the schema at `start` holds another one of it, by required members alone."""
    node = _resolved_at(data, pointer)
    if node is None or len(passed) > 30:
        return False
    at, schema = node
    if passed and at == start:
        return True
    if at in passed:
        return False
    if schema.get("type", "object") != "object" or {"oneOf", "anyOf"} & schema.keys():
        return False
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    further = passed | {at}
    return any(
        isinstance(name, str)
        and name in properties
        and _is_endless(data, start, f"{at}/properties/{escape(name)}", further)
        for name in required
    )


def _resolved_at(data: Any, pointer: str) -> tuple[str, dict[str, Any]] | None:
    for _ in range(64):
        try:
            value = lookup(data, pointer)
        except LookupError:
            return None
        if not isinstance(value, dict):
            return None
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return pointer, value
        pointer = fragment(reference)
    return None


def _parameter(schemas: Schemas, pointer: str, node: Mapping[str, Any]) -> Iterator[Defect]:
    if "schema" in node:
        yield from _shown(schemas, pointer, node, f"{pointer}/schema")


def _shown(schemas: Schemas, pointer: str, node: Mapping[str, Any], schema: str) -> Iterator[Defect]:
    """Examples beside a schema: of parameters and media types."""
    if "schema" not in node:
        return
    shown = [node["example"]] if "example" in node else []
    named = node.get("examples")
    for raw in named.values() if isinstance(named, dict) else ():
        example = resolved(schemas.data, raw)
        if "value" in example:
            shown.append(example["value"])
    for value in shown:
        if not _fits(schemas, schema, value):
            yield Defect("example-misfit", pointer, f"its example {value!r:.40} does not fit")


def _pattern(schemas: Schemas, pointer: str, node: Mapping[str, Any], pattern: str) -> Iterator[Defect]:
    check = schemas.check_inline({"pattern": pattern})
    shown = [value for value in node.get("examples", ()) if isinstance(value, str)]
    try:
        misfit = bool(shown) and not any(check.ok(value) for value in shown)
    except (BrokenSchema, UnicodeEncodeError):
        return
    if misfit:
        yield Defect("pattern-misfit", f"{pointer}/pattern", f"{pattern} matches none of its own examples")


def _overlap(schemas: Schemas, pointer: str, branches: list[Any], sample: Sample) -> Iterator[Defect]:
    for index, branch in enumerate(branches):
        try:
            value = sample(schemas.check(f"{pointer}/oneOf/{index}"), branch)
            fitting = [
                number
                for number in range(len(branches))
                if schemas.check(f"{pointer}/oneOf/{number}").ok(value)
            ]
        except (LookupError, BrokenSchema, UnicodeEncodeError):
            continue
        if len(fitting) > 1:
            names = " and ".join(_name(branches[number], number) for number in fitting)
            yield Defect("overlapping-oneof", pointer, f"an ordinary value fits {names} at once")
            return


def _name(branch: Any, number: int) -> str:
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    return reference.rpartition("/")[2] if isinstance(reference, str) else f"branch {number}"


def _fits(schemas: Schemas, pointer: str, value: Any) -> bool:
    try:
        return schemas.check(pointer).ok(value)
    except BrokenSchema:
        return True
    except UnicodeEncodeError:
        return False


def resolved(data: Any, value: Any) -> dict[str, Any]:
    """An object behind its references; {} where there is none."""
    for _ in range(64):
        if not isinstance(value, dict):
            return {}
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return value
        try:
            value = lookup(data, fragment(reference))
        except LookupError:
            return {}
    return {}
