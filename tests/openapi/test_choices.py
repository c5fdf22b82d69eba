"""A choice between objects is made by members' names where these are enough, and as the validator would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from mockserver.openapi.choices import branches_of
from mockserver.openapi.schemas import Schemas

NAMES = ("id", "name", "seat", "series")
VALUES: tuple[Any, ...] = (1, "text", None)


@st.composite
def objects(draw: st.DrawFn) -> Any:
    """A branch: usually an object that says something of its members' names."""
    if draw(st.integers(0, 9)) == 0:
        return draw(
            st.sampled_from([True, {"type": "array"}, {"type": ["object", "null"]}, {"minProperties": 2}])
        )
    schema: dict[str, Any] = {"properties": {}}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        schema["properties"][name] = draw(st.sampled_from([{}, {"type": "integer"}, {"type": "string"}]))
    if draw(st.booleans()):
        schema["type"] = "object"
    if draw(st.booleans()):
        schema["required"] = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)))
    if draw(st.booleans()):
        schema["additionalProperties"] = draw(st.sampled_from([False, False, True, {"type": "string"}]))
    if draw(st.integers(0, 5)) == 0:
        schema["patternProperties"] = {"^se": {"type": "integer"}}
    if draw(st.integers(0, 5)) == 0:
        schema = {"allOf": [schema]}
    return schema


values = (
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES))
    | st.sampled_from(VALUES)
    | st.lists(st.integers(), max_size=1)
)


@given(
    word=st.sampled_from(["oneOf", "anyOf"]),
    branches=st.lists(objects(), min_size=1, max_size=4),
    some=st.lists(values, min_size=1, max_size=8),
    referred=st.booleans(),
)
def test_a_choice_lets_through_what_the_validator_does(
    word: str, branches: list[Any], some: list[Any], referred: bool
) -> None:
    plain = {word: branches, "description": "one of them"}
    named = {f"B{number}": each for number, each in enumerate(branches)}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in named]
    choice = {word: refs, "description": "one of them"} if referred else plain
    check = Schemas({"components": {"schemas": {"X": choice, **named}}}).check("/components/schemas/X")
    validator = Draft202012Validator(plain)
    for value in some:
        assert check.ok(value) is validator.is_valid(value)
        assert (check.problems(value) == []) is check.ok(value)


def test_the_branch_that_the_names_leave_is_the_only_one_that_is_asked() -> None:
    closed = {"type": "object", "additionalProperties": False}
    # The second branch would let everything through, was it asked.
    one = {**closed, "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    other = {**closed, "properties": {"id": {}, "seat": {}}, "required": ["id", "seat"]}
    schemas = Schemas({"X": {"oneOf": [one, other]}})
    check = schemas.check("/X")
    assert check.ok({"id": 1})
    assert not check.ok({"id": "text"})
    assert check.ok({"id": "text", "seat": 1})
    assert not check.ok({"seat": 1})
    assert not check.ok({})
    assert not check.ok([])


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"oneOf": [{}]},
        {"oneOf": [{}, {}], "type": "object"},
        {"oneOf": [{}, {}], "anyOf": [{}, {}]},
        {"allOf": [{}, {}]},
        {"oneOf": [{}, {}], "$defs": {}},
    ],
)
def test_what_says_more_than_a_choice_is_none(schema: Any) -> None:
    assert branches_of(schema) is None


def test_a_branch_that_is_referred_to_by_its_anchor_is_left_to_the_validator() -> None:
    row = {"$anchor": "row", "type": "object", "required": ["id"]}
    check = Schemas({"$defs": {"Row": row}, "X": {"oneOf": [{"$ref": "#row"}, {"type": "array"}]}}).check(
        "/X"
    )
    assert check.ok({"id": 1})
    assert not check.ok({})
