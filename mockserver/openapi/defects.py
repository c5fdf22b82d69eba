"""What a vendor's document gets wrong and what follows from it; reports, and repairs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.openapi.anatomy import lookup, walk
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import BrokenSchema, Check, Schemas, fragment
from mockserver.openapi.table import variables

Sample = Callable[[Check, Any], Any]
"""A valid value of a schema; LookupError where none is found."""

CONSEQUENCES: Mapping[str, str] = {
    "duplicate-key": "only the last one counts",
    "reference": "what it refers to is left open: any value is accepted there",
    "structure": "it is left out",
    "schema": "the broken keyword is left out: it checks nothing",
    "path": "it is served as clients would ask for it, or not at all",
    "operation-id": "tools that go by operationId cannot tell the two apart: the second gets another",
    "parameter": "it is left out",
    "status": "the answer is not declared",
    "security-scheme": "a bearer token is asked for",
    "fact": "it means something else here, and is left out",
    "no-4xx": "what it refuses cannot be judged, and clients do not know what to expect",
    "undeclared-4xx": "that refusal cannot be judged, and clients do not expect it",
    "no-security": "everybody is let in: a wrong token is answered like a right one",
    "authorization-parameter": "OpenAPI tells tools to ignore it: no credentials are asked for",
    "unused-path-parameter": "no request can send it",
    "undeclared-path-parameter": "any text is accepted there",
    "no-response-schema": "the answer is not judged, and the mock has nothing to say",
    "bare-object": "any object is accepted as the answer",
    "javascript-pattern": "the slashes are part of the pattern: nothing that is meant ever matches",
    "pattern-misfit": "values like its own examples are refused",
    "default-misfit": "whatever is like its own default is refused",
    "example-misfit": "the example is not valid, so that nobody can copy it",
    "impossible": "every value is refused",
    "required-write-only": "an answer can hold it or not, and is wrong either way: the mock's holds it",
    "discriminator-misfit": "tools that go by the discriminator find no schema for what is answered",
    "overlapping-oneof": "a value that fits several is refused by all: tell them apart, or write anyOf",
}

_JAVASCRIPT = re.compile(r"/.*/[dgimsuvy]*", re.ASCII | re.DOTALL)
_BODILESS = frozenset({"204", "205", "304"})
_PLAIN_OBJECT = frozenset({"type", "description", "title", "example", "examples"})


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong: `rule` is a key of CONSEQUENCES, `pointer` is one of the restated document."""

    rule: str
    pointer: str
    message: str
    repaired: bool = False

    @property
    def consequence(self) -> str:
        """What follows from it for whoever uses the document as it is."""
        return CONSEQUENCES[self.rule]


def find_defects(contract: Contract, sample: Sample) -> list[Defect]:
    """All that is wrong with a document that can be compiled, in the order of the document."""
    found: list[Defect] = []
    if not any(operation.security for operation in contract.operations):
        found.append(Defect("no-security", "", "nothing asks for credentials, and no scheme is declared"))
    for operation in contract.operations:
        found += _operation(contract, operation)
    found += _schemas(contract, sample)
    return list(dict.fromkeys(found))


def _operation(contract: Contract, operation: Operation) -> Iterator[Defect]:
    at, data = operation.pointer, contract.data
    if not any(status[0] == "4" or status == "default" for status in operation.responses):
        yield Defect("no-4xx", at, f"{operation.id} declares no 4xx")
    elif missing := _unexpected(operation):
        yield Defect("undeclared-4xx", at, f"{operation.id} declares {missing}")
    item_at = at.rpartition("/")[0]
    names = variables(operation.path)
    declared = set()
    for owner in (item_at, at):
        for index, raw in enumerate(lookup(data, owner).get("parameters", ())):
            where = f"{owner}/parameters/{index}"
            parameter = _resolved(data, raw)
            name, place = parameter.get("name"), parameter.get("in")
            if place == "header" and str(name).lower() == "authorization":
                yield Defect(
                    "authorization-parameter", where, "Authorization is declared as a header parameter"
                )
            if place == "path":
                declared.add(name)
                if name not in names:
                    yield Defect(
                        "unused-path-parameter",
                        where,
                        f"the path parameter {name} is not in {operation.path}",
                    )
    for name in names:
        if name not in declared:
            yield Defect("undeclared-path-parameter", at, f"the path's {{{name}}} is not declared")
    for status, response in operation.responses.items():
        if status[0] != "2" or status in _BODILESS:
            continue
        if not response.media or any(media.check is None for media in response.media.values()):
            yield Defect("no-response-schema", response.pointer, f"the {status} has no schema")
            continue
        for media in response.media.values():
            schema = _resolved(data, media.schema)
            if schema.get("type") == "object" and schema.keys() <= _PLAIN_OBJECT:
                yield Defect(
                    "bare-object", media.pointer, f"the {status} is an object of which nothing is said"
                )


def _unexpected(operation: Operation) -> str:
    """The refusals that every API has for such an operation, and this one does not declare."""
    declared = operation.responses.keys()
    if {"default", "4XX"} & declared:
        return ""
    missing = []
    if (operation.parameters or operation.body is not None) and not {"400", "422"} & declared:
        missing.append("neither 400 nor 422")
    if operation.security and () not in operation.security and "401" not in declared:
        missing.append("no 401")
    if variables(operation.path) and "404" not in declared:
        missing.append("no 404")
    return ", ".join(missing)


def _schemas(contract: Contract, sample: Sample) -> Iterator[Defect]:
    schemas = contract.schemas
    impossible: list[str] = []
    for pointer, kind, node in walk(contract.data):
        if kind == "parameter":
            yield from _parameter(schemas, pointer, node)
        if kind == "mediaType":
            yield from _shown(schemas, pointer, node, f"{pointer}/schema")
        if kind != "schema":
            continue
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
        if isinstance(name, str) and _resolved(data, properties.get(name)).get("writeOnly") is True:
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
        known = _resolved(data, _resolved(data, branch).get("properties", {}).get(name))
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
        example = _resolved(schemas.data, raw)
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


def _resolved(data: Any, value: Any) -> dict[str, Any]:
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
