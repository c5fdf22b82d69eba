"""A choice between objects, made by their members' names; knows schemas of branches, not where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Ok = Callable[[Any], bool]

# What says nothing of a value.
ANNOTATIONS: Final = frozenset(
    (
        *("title", "description", "examples", "example", "default", "deprecated"),
        *("readOnly", "writeOnly", "discriminator", "externalDocs"),
    )
)


class Branch:
    """One way to be an object: the members that it `needs`, and all that it `knows` (None: any).

    An object that lacks one of the first, or has one that is not among the second, is none of it.
    """

    __slots__ = ("knows", "needs", "ok")

    def __init__(self, needs: frozenset[str], knows: frozenset[str] | None, ok: Ok) -> None:
        self.needs = needs
        self.knows = knows
        self.ok = ok


class Choice:
    """`oneOf` or `anyOf` between objects: where one branch only is left by the names, that alone is asked.

    The validator asks every branch of `oneOf`, to be sure that no second one fits.
    """

    __slots__ = ("_branches", "_whole")

    def __init__(self, branches: Sequence[Branch], whole: Ok) -> None:
        self._whole = whole
        # What all need, and what none knows, tells nothing apart, and is most of what there is to look at.
        common = frozenset.intersection(*[branch.needs for branch in branches]) if branches else frozenset()
        known = frozenset[str]().union(*[branch.knows or () for branch in branches])
        # Of each branch, what not all need that it does, and what others know that it does not.
        self._branches: list[tuple[list[str], list[str], Ok]] = [
            (
                sorted(branch.needs - common),
                [] if branch.knows is None else sorted(known - branch.knows),
                branch.ok,
            )
            for branch in branches
        ]

    def ok(self, value: Any) -> bool:
        """Whether the value is one that the choice lets through."""
        if type(value) is not dict:
            return self._whole(value)
        only: Ok | None = None
        for needs, bars, ok in self._branches:
            if all(name in value for name in needs) and all(name not in value for name in bars):
                if only is not None:
                    return self._whole(value)
                only = ok
        return False if only is None else only(value)


def said_in(schema: Mapping[str, Any]) -> Sequence[str]:
    """The keywords of a schema that say something of a value."""
    return [key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")]


def branches_of(schema: Any) -> tuple[str, Sequence[Any]] | None:
    """The keyword and branches of a schema that is a choice and nothing else; None for any other."""
    if not isinstance(schema, dict):
        return None
    said = said_in(schema)
    if len(said) != 1 or said[0] not in ("oneOf", "anyOf"):
        return None
    branches = schema[said[0]]
    return (said[0], branches) if isinstance(branches, list) and len(branches) > 1 else None


def takes_objects(schema: Any) -> bool:
    """Whether the type that a schema names, if it names one, is that of objects."""
    if not isinstance(schema, dict):
        return True
    types = schema.get("type", "object")
    return "object" in types if isinstance(types, list) else types == "object"


def branch(schema: Any, ok: Ok) -> Branch:
    """A branch, by what its schema says of members' names."""
    if not isinstance(schema, dict):
        return Branch(frozenset(), None, ok)
    properties = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    names = frozenset(properties) if closed and isinstance(properties, Mapping) else None
    needs = schema.get("required", ())
    return Branch(frozenset(needs) if isinstance(needs, list) else frozenset(), names, ok)
