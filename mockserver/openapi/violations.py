"""What is wrong with a value, in English; knows a validator's errors and the schemas they point to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from jsonschema_rs import ValidationError

from mockserver.openapi.formats import NOUNS

MOST = 100
"""Violations told of one value: a broken list of a thousand rows needs no thousand lines."""

_SHOWN = 12
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


class Violation(NamedTuple):
    """One thing wrong with a value.

    `path` is the place in the value; for a missing or surplus property its name is the last part.
    `rule` is the schema's keyword, `schema_pointer` an RFC 6901 pointer to it in the document
    (relative to the schema itself when that is not part of the document).
    """

    path: tuple[str | int, ...]
    rule: str
    message: str
    schema_pointer: str


Lookup = Callable[[str, bool], Any]
"""(pointer, in the document?) -> what is there, None when nothing is."""


class Explainer:
    """Puts the errors of one schema's validator into words; what depends on the schema alone only once."""

    __slots__ = ("_errors", "_known", "_lookup", "_places", "_urn")

    def __init__(self, errors: Callable[[Any], Iterable[ValidationError]], lookup: Lookup, urn: str) -> None:
        self._errors = errors
        self._lookup = lookup
        self._urn = urn
        # By the location of a keyword: its rule, message and pointer.
        self._known: dict[str, tuple[str, str, str]] = {}
        # And where it is: its pointer, and whether that is one into the document.
        self._places: dict[str, tuple[str, bool]] = {}

    def problems(self, value: Any) -> list[Violation]:
        """The violations that the validator's errors amount to, at most `MOST`, none twice."""
        found: list[Violation] = []
        self._collect(self._errors(value), found)
        return found if len(found) < 2 else list(dict.fromkeys(found))[:MOST]

    def _collect(self, errors: Iterable[ValidationError], found: list[Violation]) -> None:
        for error in islice(errors, MOST):
            location = error.absolute_keyword_location
            known = self._known.get(location) if location is not None else None
            if known is not None:
                found.append(Violation(tuple(error.instance_path), *known))
                continue
            kind: Any = error.kind
            rule: str = kind.name
            path = tuple(error.instance_path)
            place = self._places.get(location) if location is not None else None
            if place is None:
                place = _place(error, self._urn)
                if location is not None:
                    self._places[location] = place
            pointer, in_document = place
            if rule == "required":
                found.append(Violation((*path, kind.property), rule, "is required", pointer))
            elif rule in ("oneOf", "anyOf"):
                self._explain_branches(error, rule, pointer, in_document, found)
            elif rule in ("additionalProperties", "unevaluatedProperties"):
                found.extend(
                    Violation((*path, name), rule, "is not a known property", pointer)
                    for name in kind.unexpected[:MOST]
                )
            elif rule == "propertyNames":
                inner: list[Violation] = []
                self._collect([kind.error], inner)
                reason = inner[0].message if inner else "is not allowed"
                message = f"is not an allowed name: {reason}"
                found.append(Violation((*path, str(kind.error.instance)), rule, message, pointer))
            elif rule == "pattern" and getattr(kind, "pattern", None) is None:
                # The same name stands for a match that was given up: that depends on the value.
                found.append(Violation(path, *_wording(rule, kind), pointer))
            else:
                stated = self._state(rule, kind, pointer, in_document)
                if location is not None:
                    self._known[location] = stated
                found.append(Violation(path, *stated))

    def _state(self, rule: str, kind: Any, pointer: str, in_document: bool) -> tuple[str, str, str]:
        """Rule, message and pointer of an error that is the same for every value."""
        if rule == "type":
            return rule, f"must be {_either(kind.types)}", pointer
        if rule == "unevaluatedItems":
            return rule, "has items that are not allowed", pointer
        if rule in ("minimum", "maximum"):
            width = _width(pointer, in_document, rule, self._lookup)
            if width:
                return "format", f"must be {NOUNS[width]}", pointer.rpartition("/")[0] + "/format"
        if rule == "pattern":
            place = pointer.rpartition("/")[0]
            schema = self._lookup(place, in_document)
            if isinstance(schema, dict) and schema.get("format") == "e164":
                return "format", f"must be {NOUNS['e164']}", f"{place}/format"
        return *_wording(rule, kind), pointer

    def _explain_branches(
        self, error: ValidationError, rule: str, pointer: str, in_document: bool, found: list[Violation]
    ) -> None:
        kind: Any = error.kind
        path = tuple(error.instance_path)
        branches: list[list[ValidationError]] = kind.context
        parent = pointer.rpartition("/")[0]
        matched = [index for index, errors in enumerate(branches) if not errors]
        if len(matched) > 1:
            names = " and ".join(
                _branch_name(self._lookup(f"{pointer}/{index}", in_document), index) for index in matched
            )
            found.append(
                Violation(path, rule, f"must match one of the allowed forms only, matches {names}", pointer)
            )
            return
        schema = self._lookup(parent, in_document)
        discriminator = schema.get("discriminator") if isinstance(schema, dict) else None
        instance = error.instance
        if isinstance(discriminator, dict) and isinstance(instance, dict):
            name = discriminator.get("propertyName")
            if isinstance(name, str):
                named = _named_branches(schema.get(rule, ()), discriminator)
                choice = instance.get(name)
                if name not in instance:
                    found.append(
                        Violation((*path, name), "required", "is required", f"{parent}/discriminator")
                    )
                    return
                if isinstance(choice, str) and choice in named and named[choice] < len(branches):
                    self._collect(branches[named[choice]], found)
                    return
                if named and (not isinstance(choice, str) or choice not in named):
                    options = ", ".join(list(named)[:_SHOWN])
                    message = f"must be one of: {options}"
                    found.append(Violation((*path, name), "enum", message, f"{parent}/discriminator"))
                    return
        types = _wrong_types(branches, len(path))
        if types:
            found.append(Violation(path, "type", f"must be {_either(types)}", pointer))
            return
        if not branches:
            found.append(Violation(path, rule, "matches none of the allowed forms", pointer))
            return
        distances = [_distance(errors, len(path)) for errors in branches]
        self._collect(branches[distances.index(min(distances))], found)


def _wording(rule: str, kind: Any) -> tuple[str, str]:
    """Rule and message of the keywords that need nothing but themselves."""
    match rule:
        case "enum":
            options = kind.options
            shown = ", ".join(_literal(option) for option in options[:_SHOWN])
            more = ", …" if len(options) > _SHOWN else ""
            return rule, f"must be one of: {shown}{more}" if len(options) != 1 else f"must be {shown}"
        case "const":
            return rule, f"must be {_literal(kind.expected_value)}"
        case "format":
            return rule, f"must be {NOUNS.get(kind.format, f'in the format {kind.format}')}"
        case "pattern":
            # The same name stands for a match that was given up: that error has no pattern.
            pattern = getattr(kind, "pattern", None)
            return rule, f"must match the pattern {pattern[:200]}" if pattern else "is too hard to match"
        case "minLength":
            return (
                rule,
                "must not be empty" if kind.limit == 1 else f"must be at least {kind.limit} characters long",
            )
        case "maxLength":
            return rule, f"must be at most {_count(kind.limit, 'character')} long"
        case "minimum":
            return rule, f"must be at least {kind.limit}"
        case "maximum":
            return rule, f"must be at most {kind.limit}"
        case "exclusiveMinimum":
            return rule, f"must be greater than {kind.limit}"
        case "exclusiveMaximum":
            return rule, f"must be less than {kind.limit}"
        case "multipleOf":
            return rule, f"must be a multiple of {kind.multiple_of}"
        case "minItems":
            return rule, f"must have at least {_count(kind.limit, 'item')}"
        case "maxItems" | "additionalItems":
            return "maxItems", f"must have at most {_count(kind.limit, 'item')}"
        case "minProperties":
            return rule, f"must have at least {_count(kind.limit, 'property', 'properties')}"
        case "maxProperties":
            return rule, f"must have at most {_count(kind.limit, 'property', 'properties')}"
        case "uniqueItems":
            return rule, "must not have the same item twice"
        case "contains":
            return rule, "must have an item of the kind that is asked for"
        case "falseSchema":
            return rule, "is not allowed"
        case "not":
            return rule, "must not be of the kind that is excluded"
        case _:
            return rule, "is not valid"


def _named_branches(branches: Sequence[Any], discriminator: dict[str, Any]) -> dict[str, int]:
    """The discriminator's values and the branch each names; without a mapping, the schemas' own names."""
    refs = {
        branch["$ref"]: index
        for index, branch in enumerate(branches)
        if isinstance(branch, dict) and "$ref" in branch
    }
    mapping = discriminator.get("mapping")
    named: dict[str, int] = {}
    if isinstance(mapping, dict):
        for value, target in mapping.items():
            index = refs.get(target, refs.get(f"#/components/schemas/{target}"))
            if index is not None:
                named[str(value)] = index
    covered = set(named.values())
    for ref, index in refs.items():
        if index not in covered:
            named.setdefault(str(ref).rpartition("/")[2], index)
    return named


def _wrong_types(branches: Sequence[Sequence[ValidationError]], depth: int) -> list[str]:
    """The types all branches together ask for, when every one of them only misses the type."""
    types: list[str] = []
    for errors in branches:
        if len(errors) != 1 or errors[0].kind.name != "type" or len(errors[0].instance_path) != depth:
            return []
        kind: Any = errors[0].kind
        types.extend(kind.types)
    return list(dict.fromkeys(types))


def _distance(errors: Sequence[ValidationError], depth: int) -> tuple[bool, int, int]:
    """How far a value is from a branch: another type, then another tag, then the number of errors."""
    elsewhere = any(error.kind.name == "type" and len(error.instance_path) == depth for error in errors)
    tags = sum(error.kind.name in ("const", "enum", "falseSchema") for error in errors)
    return elsewhere, tags, len(errors)


def _place(error: ValidationError, urn: str) -> tuple[str, bool]:
    location = error.absolute_keyword_location
    if location is not None and location.startswith(urn):
        return unquote(location.partition("#")[2]), True
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in error.schema_path)
    return "".join(f"/{part}" for part in parts), False


def _width(pointer: str, in_document: bool, rule: str, lookup: Lookup) -> str | None:
    """The number format whose bound was added to a schema, unless the bound is the schema's own."""
    schema = lookup(pointer.rpartition("/")[0], in_document)
    if not isinstance(schema, dict) or rule in schema or schema.get("format") not in ("int32", "int64"):
        return None
    return str(schema["format"])


def _branch_name(branch: Any, index: int) -> str:
    if isinstance(branch, dict):
        for key in ("title", "$ref"):
            if isinstance(branch.get(key), str):
                return str(branch[key]).rpartition("/")[2]
    return f"form {index + 1}"


def _either(types: Sequence[str]) -> str:
    nouns = [_TYPES.get(name, name) for name in types]
    return nouns[0] if len(nouns) == 1 else f"{', '.join(nouns[:-1])} or {nouns[-1]}"


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _literal(value: Any) -> str:
    text = value if isinstance(value, str) and value else orjson.dumps(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"
