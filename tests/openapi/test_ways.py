"""What is remembered of a way to break a schema is what the validator says of all values that break it so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from mockserver.openapi.schemas import Schemas, Violation
from mockserver.openapi.ways import Ways

NAMES = ("id", "name", "seat", "a/b~c")
TEXTS = ("", "ab", "abcdef", "2026-04-06", "+4915112345678", "Europe/Berlin")
LEAVES: tuple[Any, ...] = (
    {"type": "string", "minLength": 1, "maxLength": 3},
    {"type": "string", "pattern": "^a", "format": "date"},
    {"type": "string", "pattern": "^(?!a)"},
    {"pattern": "^(?:\\w+\\s?)+\\b$"},
    {"const": {"$ref": "#/x"}, "maxProperties": 0},
    {"enum": [{"properties": {"$ref": "#/x"}}, {"$ref": "#/x"}]},
    {"type": "string", "format": "e164"},
    {"format": "e164", "pattern": "^(?:\\+[0-9]{5,14})$"},
    {"type": "string", "format": "iana-time-zone"},
    {"type": "integer", "format": "int32"},
    {"type": ["number", "null"], "minimum": 2, "exclusiveMaximum": 9, "multipleOf": 2},
    {"enum": ["ab", 1, None]},
    {"const": 15, "description": "one"},
    {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "integer"}},
    {"type": "object", "propertyNames": {"maxLength": 2}},
    {"not": {"type": "string"}, "type": ["string", "integer"]},
    {"if": {"type": "string"}, "then": {"minLength": 3}},
    {"$ref": "#/components/schemas/Node"},
    {"$ref": "#/components/schemas/Node", "maxProperties": 1},
    True,
    False,
)
# It refers to itself, and to itself by another name.
NODE: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "minLength": 1}, "seat": {"$ref": "#/components/schemas/Again"}},
}


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of objects, usually of some members each of a schema of its own."""

    @st.composite
    def some(draw: st.DrawFn) -> Any:
        schema: dict[str, Any] = {
            "properties": draw(st.dictionaries(st.sampled_from(NAMES), inner, max_size=3))
        }
        if draw(st.booleans()):
            schema["type"] = "object"
        if draw(st.booleans()):
            schema["required"] = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)))
        if draw(st.booleans()):
            schema["additionalProperties"] = draw(st.sampled_from([False, True, {"type": "string"}]))
        rare: dict[str, Any] = {
            "patternProperties": {"^se": {"type": "integer"}},
            "minProperties": 2,
            "dependentRequired": {"id": ["name"]},
            "unevaluatedProperties": False,
            "allOf": [draw(inner)],
        }
        for keyword in draw(st.sets(st.sampled_from(sorted(rare)), max_size=1)):
            schema[keyword] = rare[keyword]
        return schema

    return some()


def choices(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Choices between schemas, some with a discriminator."""
    word = st.sampled_from(["oneOf", "anyOf"])
    plain = st.builds(
        lambda word, some: {word: some, "description": "one"}, word, st.lists(inner, min_size=1, max_size=3)
    )
    told = {"discriminator": {"propertyName": "name"}}
    return (
        plain | plain.map(lambda made: {**made, **told}) | plain.map(lambda made: {**made, "type": "object"})
    )


schemas = st.recursive(
    st.sampled_from(LEAVES), lambda inner: objects(inner) | objects(inner) | choices(inner), max_leaves=6
)
values = st.recursive(
    st.sampled_from((*TEXTS, 1, 2, 15, 16.5, 2**40, None, True, "a" * 60 + "!")) | st.just({"$ref": "#/x"}),
    lambda inner: (
        st.dictionaries(st.sampled_from((*NAMES, "other")), inner, max_size=4) | st.lists(inner, max_size=2)
    ),
    max_leaves=6,
)


def again(schema: Any) -> Schemas:
    named = {"X": schema, "Node": NODE, "Again": {"$ref": "#/components/schemas/Node"}}
    return Schemas({"components": {"schemas": named}})


def afresh(schema: Any, value: Any) -> list[Violation]:
    """What is said of a value by a check that was asked of nothing else."""
    return again(schema).check("/components/schemas/X").problems(value)


@given(schema=objects(schemas) | choices(objects(schemas)), some=st.lists(values, min_size=1, max_size=12))
def test_a_value_is_told_what_it_would_be_told_alone(schema: Any, some: list[Any]) -> None:
    check = again(schema).check("/components/schemas/X")
    for value in some:
        assert check.problems(value) == afresh(schema, value)


@pytest.mark.parametrize("leaf", LEAVES)
@given(some=st.lists(values, min_size=2, max_size=12))
def test_of_every_kind_of_keyword(leaf: Any, some: list[Any]) -> None:
    schema = {"properties": {"id": leaf, "name": leaf}, "required": ["id"]}
    check = again(schema).check("/components/schemas/X")
    for value in some:
        for wrong in ({"id": value}, {"name": value, "id": value}, {"id": value, "name": 1}, {"name": value}):
            problems = check.problems(wrong)
            event(f"{len(problems)} problems")
            assert problems == afresh(schema, wrong)


NEXT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "phone"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "phone": {"type": "string", "format": "e164"},
        "seats": {"type": "array", "items": {"type": "integer"}},
    },
}
PERSON = {**NEXT, "properties": {**NEXT["properties"], "next": {"$ref": "#/Next"}}}
OK = {"name": "Bo", "phone": "+4915112345678"}


class Asked:
    """A schema at /X taken apart; remembers of which values it was asked to say what is wrong."""

    def __init__(self, schema: Any) -> None:
        self.values: list[Any] = []
        self.ways = Ways(Schemas({"X": schema, "Next": NEXT}), "/X", self.explain)

    def explain(self, value: Any) -> list[Any]:
        """Something else each time."""
        self.values.append(value)
        return [len(self.values)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({**OK, "phone": "1"}, {"phone": "abc", "name": "Ann"}),
        ({"name": ""}, {"seats": [], "name": ""}),
        ({}, {"next": OK}),
        ({**OK, "next": {**OK, "name": 1}}, {"next": {"phone": "+49151", "name": 2}, **OK}),
        (15, "text"),
    ],
)
def test_a_way_to_be_wrong_is_explained_once(first: Any, second: Any) -> None:
    asked = Asked(PERSON)
    assert asked.ways.problems(first) == asked.ways.problems(second) == [1]
    assert asked.values == [first]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Bo"}, {"phone": "+49151"}),
        ({**OK, "next": {}}, {"next": {}}),
        ({**OK, "name": ""}, {**OK, "name": 1}),
    ],
)
def test_ways_that_differ_are_explained_each(first: Any, second: Any) -> None:
    asked = Asked(PERSON)
    assert [asked.ways.problems(value) for value in (first, second, first)] == [[1], [2], [1]]


@pytest.mark.parametrize("value", [{**OK, "surplus": 1}, {**OK, "seats": ["a"]}, {"name": 1, "phone": 1}, OK])
def test_what_depends_on_the_value_is_explained_each_time(value: Any) -> None:
    asked = Asked(PERSON)
    assert [asked.ways.problems(value) for _ in range(2)] == [[1], [2]]


def test_what_was_told_may_be_changed_by_who_asked() -> None:
    asked = Asked(PERSON)
    asked.ways.problems(15).clear()
    asked.ways.problems(15).clear()
    assert asked.ways.problems(15) == [1]


def test_no_more_is_remembered_than_a_thousand_ways() -> None:
    asked = Asked({"properties": {f"p{number}": {"type": "string"} for number in range(1100)}})
    for _ in range(2):
        for number in range(1100):
            asked.ways.problems({f"p{number}": 1})
    assert len(asked.values) == 1000 + 100 + 100


def asked_at_first(schema: Any, *some: Any) -> list[int]:
    """How many values had to be explained after each."""
    asked, told = Asked(schema), []
    for value in some:
        asked.ways.problems(value)
        told.append(len(asked.values))
    return told


def test_a_schema_that_is_part_of_itself_is_followed_once_only() -> None:
    """Each place would have a way of its own, and each place keeps what it was taken apart into."""
    node = {"type": "object", "properties": {"left": {"$ref": "#/X"}, "right": {"$ref": "#/X"}}}
    assert asked_at_first(node, 1, 2, {"left": 1}, {"left": 2}, {"right": 1}) == [1, 1, 2, 3, 4]


def test_no_more_is_taken_apart_than_two_thousand_keywords() -> None:
    wide = {"required": [f"p{number}" for number in range(30)]}
    schema = {"properties": {f"q{number}": wide for number in range(120)}}
    some: list[Any] = [{f"q{number}": {}} for number in range(120)]
    explained = asked_at_first(schema, *some, *some)
    assert explained[119] == 120
    # 66 have 1,980 of them, and one more is begun.
    assert explained[-1] - 120 == 120 - 67


def test_a_value_that_breaks_very_much_is_explained_each_time() -> None:
    schema = {"required": [f"p{number}" for number in range(150)]}
    assert asked_at_first(schema, {}, {}) == [1, 2]
    # And told as much as any other is.
    assert len(Schemas({"X": schema}).check("/X").problems({})) == 100


def test_what_cannot_be_taken_apart_is_the_validators() -> None:
    named = {"properties": {"a": {"$ref": "#here"}, "b": {"oneOf": [{"$ref": "#here"}, {"type": "null"}]}}}
    check = Schemas({"X": named, "$defs": {"Y": {"$anchor": "here", "type": "string"}}}).check("/X")
    for wrong in ({"a": 1}, {"b": 1}, {"a": 1, "b": 1}):
        assert len(check.problems(wrong)) == len(wrong)


def test_a_value_may_be_as_deep_as_it_likes() -> None:
    value: dict[str, Any] = {}
    for _ in range(900):
        value = {"next": value}
    check = Schemas({"X": {"properties": {"next": {"$ref": "#/X"}}, "minProperties": 1}}).check("/X")
    (problem,) = check.problems(value)
    assert (len(problem.path), problem.rule) == (900, "minProperties")
