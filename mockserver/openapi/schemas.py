"""Compiled JSON Schema checks of one document; knows schemas and pointers, neither operations nor HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from jsonschema_rs import (
    Draft202012,
    Draft202012Validator,
    FancyRegexOptions,
    ReferencingError,
    Registry,
    ValidationError,
    canonical,
    canonicalize,
)

from mockserver.openapi.anatomy import lookup
from mockserver.openapi.choices import Choice, branch, branches_of, takes_objects
from mockserver.openapi.formats import E164_PATTERN, EMAIL, INTEGER_BOUNDS, format_checks
from mockserver.openapi.violations import Explainer, Violation
from mockserver.openapi.ways import Ways

__all__ = ["BrokenSchema", "Check", "Schemas", "Violation"]

URN = "urn:understudy:doc"
# Keywords whose value is no schema, whatever it looks like, and those whose value has schemas by name.
_DATA = frozenset(("const", "enum", "default", "example", "examples"))
_NAMED = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))
_REDIRECTS = 64
_ANYTHING: Mapping[str, Any] = {}
_BACKTRACKS = 20_000
"""Patterns run on a linear engine; only look-arounds, word boundaries and the like need this limit."""


class BrokenSchema(ValueError):
    """A schema that cannot be compiled: not JSON Schema, a bad pattern, a reference to nowhere."""

    def __init__(self, pointer: str, message: str) -> None:
        self.pointer = pointer
        self.message = message
        super().__init__(f"{pointer}: {message}")


class Check:
    """One schema, compiled when it is first asked about; immutable otherwise.

    `ok(value)` is the validator's own bound method: a fraction of a microsecond, no detail.
    `problems(value)` says all that is wrong. The value is what `json` gives: str keys, no lone surrogates
    (UnicodeEncodeError). Taking either attribute raises BrokenSchema when the schema cannot be compiled.
    """

    __slots__ = ("_schema", "_schemas", "ok", "pointer", "problems")

    pointer: str
    ok: Callable[[Any], bool]
    problems: Callable[[Any], list[Violation]]

    def __init__(self, schemas: Schemas, pointer: str, schema: Any) -> None:
        self._schemas = schemas
        self._schema = schema
        self.pointer = pointer

    def __getattr__(self, name: str) -> Any:
        # Only reached while the slots are empty: afterwards they hold what was compiled, and nothing between.
        if name not in ("ok", "problems"):
            raise AttributeError(name)
        self.ok, self.problems = self._schemas.compile(self.pointer, self._schema)
        return getattr(self, name)

    def __reduce__(self) -> tuple[Callable[..., Check], tuple[Any, ...]]:
        return (_again, (self._schemas, self.pointer, self._schema))


class Schemas:
    """All schemas of one document, compiled when first asked for; pickles as the document alone."""

    __slots__ = ("_checks", "_data", "_formats", "_inline", "_registry")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._registry: Registry | None = None
        self._formats: dict[str, Callable[[str], bool]] | None = None
        self._checks: dict[str, Check] = {}
        self._inline: dict[int, tuple[Any, Check]] = {}

    def __reduce__(self) -> tuple[type[Schemas], tuple[Mapping[str, Any]]]:
        return Schemas, (self._data,)

    @property
    def data(self) -> Mapping[str, Any]:
        """The document as it was given."""
        return self._data

    @property
    def anything(self) -> Check:
        """The check that every value passes."""
        return self.check_inline(_ANYTHING)

    def at(self, pointer: str) -> Any:
        """What a JSON pointer into the document names; LookupError when it names nothing."""
        return lookup(self._data, pointer)

    def target(self, pointer: str) -> str:
        """Where a pointer ends after following schemas that are nothing but a `$ref`."""
        for _ in range(_REDIRECTS):
            schema = self.at(pointer)
            if not (isinstance(schema, dict) and len(schema) == 1 and isinstance(schema.get("$ref"), str)):
                return pointer
            pointer = fragment(schema["$ref"])
        raise BrokenSchema(pointer, "references itself")

    def check(self, pointer: str) -> Check:
        """The check of the schema at a JSON pointer ("/components/schemas/X"), one for each schema.

        BrokenSchema when there is nothing at the pointer.
        """
        check = self._checks.get(pointer)
        if check is None:
            try:
                target = self.target(pointer)
            except LookupError:
                raise BrokenSchema(pointer, "names no schema") from None
            check = self._checks.get(target)
            if check is None:
                check = Check(self, target, None)
            self._checks[pointer] = self._checks[target] = check
        return check

    def check_inline(self, schema: Any) -> Check:
        """The check of a schema that is not part of the document; its `#/…` references are to the document.

        The same object gives the same check.
        """
        known = self._inline.get(id(schema))
        if known is None or known[0] is not schema:
            known = (schema, Check(self, "", schema))
            self._inline[id(schema)] = known
        return known[1]

    def verify(self, pointer: str) -> str | None:
        """What is wrong with the schema at a pointer, None when nothing is; keeps nothing compiled."""
        try:
            target = self.target(pointer)
            self._validator(target, {"$ref": f"{URN}#{quote(target, safe='/~')}"})
        except BrokenSchema as broken:
            return broken.message
        except LookupError:
            return "names no schema"
        return None

    def unsatisfiable(self, pointer: str) -> bool:
        """Whether it is certain that no value satisfies the schema at a pointer."""
        self._validator("", True)
        try:
            schema = canonicalize(
                {"$ref": f"{URN}#{quote(pointer, safe='/~')}"},
                registry=self._registry,
                retriever=_refuse,
                validate_formats=True,
            )
        except (ValidationError, ValueError, canonical.CanonicalizationError):
            return False
        return schema.satisfiability() == canonical.Satisfiability.NO

    def compile(
        self, pointer: str, inline: Any = None
    ) -> tuple[Callable[[Any], bool], Callable[[Any], list[Violation]]]:
        """The two functions of a Check: of the schema at a pointer, or of one outside the document."""
        if inline is None:
            validator = self._validator(pointer, {"$ref": f"{URN}#{quote(pointer, safe='/~')}"})
        else:
            validator = self._validator(pointer, _outward(_bounded(inline)))
        data = self._data

        def look(place: str, in_document: bool) -> Any:
            try:
                return lookup(data if in_document else inline, place)
            except LookupError:
                return None

        problems = Explainer(validator.iter_errors, look, URN).problems
        if inline is not None:
            return validator.is_valid, problems
        choice = self._choice(pointer, validator.is_valid)
        ok = validator.is_valid if choice is None else choice.ok
        return ok, Ways(self, pointer, problems).problems

    # What `Ways` asks

    def plain(self, pointer: str) -> tuple[str, Any]:
        """The schema that is meant at a pointer, as the validator has it: its own pointer, and it."""
        target = self.target(pointer)
        return target, _bounded(self.at(target))

    def ok(self, pointer: str) -> Callable[[Any], bool]:
        """Whether a value fits the schema at a pointer."""
        return self.check(pointer).ok

    def alone(self, keywords: Mapping[str, Any]) -> Callable[[Any], bool]:
        """Whether a value fits these keywords of a schema of the document, which `plain` gave."""
        return self._validator("", _outward(dict(keywords))).is_valid

    def _choice(self, pointer: str, whole: Callable[[Any], bool]) -> Choice | None:
        """The schema at a pointer as a choice between objects, most of which their names tell apart."""
        schema = self.at(pointer)
        found = branches_of(schema)
        if found is None:
            return None
        word, schemas = found
        try:
            targets = [self.target(f"{pointer}/{word}/{number}") for number in range(len(schemas))]
        except (LookupError, BrokenSchema):
            return None  # The validator has other ways to refer to something than by pointers.
        meant = [(target, self.at(target)) for target in targets]
        objects = [(target, each) for target, each in meant if takes_objects(each)]
        branches = [branch(each, _late(self.check(target))) for target, each in objects]
        told_apart = any(each.needs or each.knows is not None for each in branches)
        return Choice(branches, whole) if told_apart else None

    def _validator(self, pointer: str, schema: Any) -> Draft202012Validator:
        if self._registry is None:
            self._formats = format_checks()
            self._registry = Registry([(URN, _bounded(self._data))], draft=Draft202012, retriever=_refuse)
        try:
            return Draft202012Validator(
                schema,
                formats=self._formats,
                validate_formats=True,
                registry=self._registry,
                retriever=_refuse,
                pattern_options=FancyRegexOptions(backtrack_limit=_BACKTRACKS),
                email_options=EMAIL,
            )
        except ValidationError as error:
            raise BrokenSchema(pointer, _reason(error)) from None
        except (ReferencingError, ValueError) as error:
            raise BrokenSchema(pointer, str(error).split("\n", 1)[0]) from None


def _late(check: Check) -> Callable[[Any], bool]:
    """The check's `ok`, compiled when it is first asked."""
    return lambda value: check.ok(value)


def fragment(reference: str) -> str:
    """The JSON pointer of an internal reference: "#/a/b%20c" is "/a/b c"."""
    return unquote(reference.partition("#")[2])


def _again(schemas: Schemas, pointer: str, inline: Any) -> Check:
    return schemas.check(pointer) if inline is None else schemas.check_inline(inline)


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is outside the document")


def _reason(error: ValidationError) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    first = error.message.split("\n", 1)[0]
    return f"{first} (at {place})" if place else first


def _bounded(node: Any) -> Any:
    """The same schemas with int32 and int64 as bounds, and E.164 as a pattern: what the validator can do
    itself costs no call into Python. Shares what it does not change.
    """
    if isinstance(node, dict):
        changed: dict[str, Any] | None = None
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                new = _bounded(value)
                if new is not value:
                    changed = dict(node) if changed is None else changed
                    changed[key] = new
        bounds = INTEGER_BOUNDS.get(node["format"]) if isinstance(node.get("format"), str) else None
        if bounds is not None and ("type" in node or "minimum" in node or "maximum" in node):
            changed = dict(node) if changed is None else changed
            changed.setdefault("minimum", bounds[0])
            changed.setdefault("maximum", bounds[1])
        if node.get("format") == "e164" and node.get("pattern", E164_PATTERN) == E164_PATTERN:
            changed = dict(node) if changed is None else changed
            del changed["format"]
            changed["pattern"] = E164_PATTERN
        return node if changed is None else changed
    if isinstance(node, list):
        items = [_bounded(item) for item in node]
        return items if any(new is not old for new, old in zip(items, node, strict=True)) else node
    return node


def _outward(node: Any) -> Any:
    """The same schema with references to the document made absolute."""
    if isinstance(node, dict):
        made: dict[str, Any] = {}
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith("#"):
                made[key] = f"{URN}{value}"
            elif key in _NAMED and isinstance(value, dict):
                made[key] = {name: _outward(inner) for name, inner in value.items()}
            else:
                made[key] = value if key in _DATA else _outward(value)
        return made
    if isinstance(node, list):
        return [_outward(item) for item in node]
    return node


def pattern_check(pattern: str) -> Callable[[str], bool]:
    """Whether a text matches a pattern, by the rules and limits of all checks here. Raises BrokenSchema."""
    try:
        limits = FancyRegexOptions(backtrack_limit=_BACKTRACKS)
        return Draft202012Validator({"pattern": pattern}, pattern_options=limits).is_valid
    except (ValidationError, ValueError) as error:
        raise BrokenSchema("", f"{pattern} is not a regular expression") from error
