from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.openapi.schemas import BrokenSchema, Check, Schemas, pattern_check
from mockserver.openapi.violations import MOST, Violation

DATA: dict[str, Any] = {
    "components": {
        "schemas": {
            "Call": {
                "type": "object",
                "required": ["phoneNumber", "email"],
                "properties": {
                    "phoneNumber": {"type": "string", "format": "e164"},
                    "email": {"type": "string", "format": "email"},
                    "sort": {"enum": ["asc", "desc"]},
                    "count": {"type": "integer", "minimum": 1, "maximum": 100},
                    "next": {"$ref": "#/components/schemas/Call"},
                },
                "additionalProperties": False,
            },
            "Alias": {"$ref": "#/components/schemas/Call"},
            "Self": {"$ref": "#/components/schemas/Self"},
            "a/b ~{c}": {"type": "integer"},
            "Cat": {
                "type": "object",
                "required": ["kind", "lives"],
                "properties": {"kind": {"type": "string"}},
            },
            "Dog": {
                "type": "object",
                "required": ["kind", "bark"],
                "properties": {"kind": {"type": "string"}},
            },
            "Pet": {
                "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"hound": "#/components/schemas/Dog"}},
            },
            "Nothing": {"type": "integer", "minimum": 5, "maximum": 3},
        }
    }
}


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(DATA)


def at(schemas: Schemas, name: str) -> Check:
    return schemas.check(f"/components/schemas/{name}")


def only(problems: list[Violation]) -> Violation:
    assert len(problems) == 1, problems
    return problems[0]


def inline(schema: Any, value: Any) -> Violation:
    return only(Schemas({}).check_inline(schema).problems(value))


def test_a_valid_value_has_no_problems(schemas: Schemas) -> None:
    check = at(schemas, "Call")
    value = {"phoneNumber": "+4915112345678", "email": "alex@example.com"}
    assert check.ok(value)
    assert check.problems(value) == []


def test_a_missing_property_is_named_by_the_path(schemas: Schemas) -> None:
    problems = at(schemas, "Call").problems({"next": {"email": "alex@example.com"}, "email": "a@b.de"})
    assert [(p.path, p.rule, p.message) for p in problems] == [
        (("phoneNumber",), "required", "is required"),
        (("next", "phoneNumber"), "required", "is required"),
    ]
    assert {p.schema_pointer for p in problems} == {"/components/schemas/Call/required"}


def test_all_that_is_wrong_is_told_at_once(schemas: Schemas) -> None:
    value = {"phoneNumber": "0151", "email": 5, "sort": "up", "count": 0, "more": 1, "other": 2}
    told = {p.path: p for p in at(schemas, "Call").problems(value)}
    assert {path: p.message for path, p in told.items()} == {
        ("phoneNumber",): "must be an E.164 phone number such as +4915112345678",
        ("email",): "must be a string",
        ("sort",): "must be one of: asc, desc",
        ("count",): "must be at least 1",
        ("more",): "is not a known property",
        ("other",): "is not a known property",
    }
    assert told["count",].schema_pointer == "/components/schemas/Call/properties/count/minimum"
    assert told["count",].rule == "minimum"


@pytest.mark.parametrize(
    ("schema", "value", "rule", "message"),
    [
        ({"type": "integer"}, "1", "type", "must be an integer"),
        ({"type": ["string", "null"]}, 1, "type", "must be null or a string"),
        ({"const": "x"}, "y", "const", "must be x"),
        ({"enum": ["only"]}, "y", "enum", "must be only"),
        ({"minLength": 1}, "", "minLength", "must not be empty"),
        ({"minLength": 8}, "x", "minLength", "must be at least 8 characters long"),
        ({"maxLength": 1}, "xy", "maxLength", "must be at most 1 character long"),
        ({"pattern": "^a$"}, "b", "pattern", "must match the pattern ^a$"),
        ({"maximum": 3}, 4, "maximum", "must be at most 3"),
        ({"exclusiveMinimum": 3}, 3, "exclusiveMinimum", "must be greater than 3"),
        ({"exclusiveMaximum": 3}, 3, "exclusiveMaximum", "must be less than 3"),
        ({"multipleOf": 5}, 3, "multipleOf", "must be a multiple of 5"),
        ({"minItems": 2}, [1], "minItems", "must have at least 2 items"),
        ({"maxItems": 1}, [1, 2], "maxItems", "must have at most 1 item"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "must not have the same item twice"),
        ({"minProperties": 1}, {}, "minProperties", "must have at least 1 property"),
        ({"maxProperties": 0}, {"a": 1}, "maxProperties", "must have at most 0 properties"),
        ({"not": {"type": "null"}}, None, "not", "must not be of the kind that is excluded"),
        (False, 1, "falseSchema", "is not allowed"),
        ({"format": "date"}, "x", "format", "must be a date such as 2026-04-10"),
        ({"contains": {"type": "null"}}, [1], "contains", "must have an item of the kind that is asked for"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "type", "must be a string or null"),
    ],
)
def test_each_keyword_has_its_own_words(schema: Any, value: Any, rule: str, message: str) -> None:
    problem = inline(schema, value)
    assert (problem.rule, problem.message, problem.path) == (rule, message, ())


def test_a_property_that_others_ask_for_is_required() -> None:
    problem = inline({"dependentRequired": {"a": ["b"]}}, {"a": 1})
    assert (problem.path, problem.rule) == (("b",), "required")


def test_a_bad_name_is_at_its_own_place() -> None:
    problem = inline({"propertyNames": {"maxLength": 2}}, {"long": 1})
    assert problem.path == ("long",)
    assert problem.message == "is not an allowed name: must be at most 2 characters long"


def test_the_discriminator_chooses_whose_problems_are_told(schemas: Schemas) -> None:
    pet = at(schemas, "Pet")
    assert only(pet.problems({"kind": "hound"})).path == ("bark",)
    assert only(pet.problems({"kind": "Cat"})).path == ("lives",)
    unknown = only(pet.problems({"kind": "Dog"}))
    assert (unknown.path, unknown.message) == (("kind",), "must be one of: hound, Cat")
    assert only(pet.problems({})).path == ("kind",)


def test_without_a_discriminator_the_closest_branch_is_told() -> None:
    schema = {
        "oneOf": [
            {"type": "string"},
            {"type": "object", "required": ["a", "b", "c"]},
            {"type": "object", "required": ["a", "d"]},
        ]
    }
    assert inline(schema, {"a": 1}).path == ("d",)


def test_several_branches_that_match_are_named(schemas: Schemas) -> None:
    problem = only(at(schemas, "Pet").problems({"kind": "hound", "lives": 9, "bark": True}))
    assert problem.rule == "oneOf"
    assert problem.message == "must match one of the allowed forms only, matches Cat and Dog"


def test_an_alias_shares_the_check_of_what_it_names(schemas: Schemas) -> None:
    assert at(schemas, "Alias") is at(schemas, "Call")


def test_any_name_can_be_pointed_at(schemas: Schemas) -> None:
    check = schemas.check("/components/schemas/a~1b ~0{c}")
    assert check.ok(1)
    assert only(check.problems("x")).schema_pointer == "/components/schemas/a~1b ~0{c}/type"


def test_an_inline_schema_refers_to_the_document(schemas: Schemas) -> None:
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Call"}}
    check = schemas.check_inline(schema)
    assert schemas.check_inline(schema) is check
    problem = only(check.problems([{"phoneNumber": "+4912345"}]))
    assert problem.path == (0, "email")
    assert problem.schema_pointer == "/components/schemas/Call/required"
    assert only(check.problems({})).schema_pointer == "/type"


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strin"}, "strin"),
        ({"pattern": "["}, "regex"),
        ({"minLength": "x"}, "integer"),
        ({"$ref": "#/nowhere"}, "nowhere"),
        ({"$ref": "http://127.0.0.1:1/x"}, "outside the document"),
        ({"$ref": "file:///etc/passwd"}, "outside the document"),
    ],
)
def test_a_schema_that_cannot_be_compiled_says_why(schemas: Schemas, schema: Any, reason: str) -> None:
    check = schemas.check_inline(schema)
    with pytest.raises(BrokenSchema, match=reason):
        _ = check.ok


def test_a_pointer_to_nothing_is_broken(schemas: Schemas) -> None:
    with pytest.raises(BrokenSchema):
        schemas.check("/components/schemas/None")
    with pytest.raises(BrokenSchema):
        schemas.check("/components/schemas/Self")
    assert schemas.verify("/components/schemas/Self") is not None
    assert schemas.verify("/components/schemas/Pet") is None


def test_a_pattern_cannot_stop_the_world() -> None:
    evil = "a" * 5_000 + "!"
    assert not Schemas({}).check_inline({"pattern": "^(a+)+$"}).ok(evil)
    problem = inline({"pattern": r"^(?=a)(a|aa)+\1$"}, evil)
    assert (problem.rule, problem.message) == ("pattern", "is too hard to match")


def test_patterns_follow_the_rules_of_ecma() -> None:
    assert not pattern_check(r"^\d$")("٣")
    assert not pattern_check("^a$")("a\n")
    with pytest.raises(BrokenSchema):
        pattern_check("(")


def test_a_broken_list_does_not_make_endless_problems() -> None:
    problems = Schemas({}).check_inline({"items": {"type": "string"}}).problems(list(range(5_000)))
    assert len(problems) == MOST


def test_a_long_value_is_not_repeated_in_its_problem() -> None:
    assert len(inline({"const": "x" * 10_000}, "y" * 10_000).message) < 100


def test_checks_survive_pickling(schemas: Schemas) -> None:
    check = at(schemas, "Call")
    again, whole = pickle.loads(pickle.dumps((check, schemas)))
    assert again is whole.check("/components/schemas/Call")
    assert not again.ok({})
    loose = pickle.loads(pickle.dumps(schemas.check_inline({"type": "null"})))
    assert loose.ok(None)


def test_ok_is_the_validators_own_method(schemas: Schemas) -> None:
    check = at(schemas, "Call")
    assert check.ok is check.ok
    assert type(check.ok).__name__ == "builtin_function_or_method"
    with pytest.raises(AttributeError):
        _ = check.nothing


def test_what_nothing_satisfies_is_found(schemas: Schemas) -> None:
    assert schemas.unsatisfiable("/components/schemas/Nothing")
    assert not schemas.unsatisfiable("/components/schemas/Call")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "kind"]), inner, max_size=3)
    ),
    max_leaves=8,
)
SCHEMA: dict[str, Any] = {
    "oneOf": [
        {"type": ["integer", "string"], "minimum": 3, "minLength": 2},
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/s"}}]}},
            "unevaluatedProperties": False,
        },
        {
            "type": "array",
            "contains": {"type": "boolean"},
            "uniqueItems": True,
            "prefixItems": [{"$ref": "#/s"}],
        },
        {"type": "object", "propertyNames": {"enum": ["b", "kind"]}, "not": {"required": ["kind"]}},
    ]
}


@given(VALUES)
@settings(deadline=None, max_examples=300)
def test_problems_are_told_exactly_when_a_value_is_not_ok(value: Any) -> None:
    check = _PROPERTY.check("/s")
    problems = check.problems(value)
    assert check.ok(value) is (problems == [])
    for problem in problems:
        assert problem.message[0].islower()
        assert problem.schema_pointer.startswith("/s")


_PROPERTY = Schemas({"s": SCHEMA})
