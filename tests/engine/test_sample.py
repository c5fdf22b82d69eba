from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.engine.dice import Dice
from mockserver.engine.patterns import text_matching
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.document import open_document
from mockserver.openapi.schemas import Schemas, pattern_check

CALCOM = Path(__file__).parents[3] / "shared" / "upstream" / "calcom" / "openapi.json"

REFERRED: dict[str, Any] = {
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "required": ["name", "children"],
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                    "parent": {"$ref": "#/components/schemas/Tree"},
                },
            },
            "Chain": {
                "type": "object",
                "required": ["next"],
                "properties": {
                    "next": {"oneOf": [{"$ref": "#/components/schemas/Chain"}, {"type": "null"}]},
                },
            },
            "Nullable": {
                "type": ["object", "null"],
                "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Nullable"}},
            },
            "Endless": {
                "type": "object",
                "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Endless"}},
            },
            "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "Dog"}}},
            "Base": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "integer"}, "email": {"type": "string", "format": "email"}},
            },
        }
    }
}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


CORPUS: list[Any] = [
    True,
    {},
    {"type": "null"},
    {"type": "boolean"},
    {"type": ["string", "null"]},
    {"const": {"a": [1]}},
    {"enum": [3, "x", None]},
    {"enum": [3, "x"], "type": "string"},
    {"type": "string", "enum": ["a", "b"], "default": "b"},
    {"type": "integer", "examples": ["no", 7]},
    {"type": "integer", "examples": [700], "maximum": 5},
    {"type": "integer", "minimum": 10, "maximum": 12},
    {"type": "integer", "minimum": -5, "maximum": -5},
    {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3},
    {"type": "integer", "minimum": 101, "multipleOf": 7},
    {"type": "integer", "maximum": -1000},
    {"type": "integer", "format": "int32"},
    {"type": "integer", "format": "int32", "minimum": 2147483647},
    {"type": "integer", "minimum": 1.2, "maximum": 2.8},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    {"type": "number", "minimum": 0.25, "maximum": 0.25},
    {"type": "number", "multipleOf": 0.01, "minimum": 9.99, "maximum": 10.01},
    {"type": "number", "minimum": 1e300},
    {"type": "integer", "minimum": -9223372036854776000, "maximum": 9223372036854776000},
    {"type": "integer", "minimum": 1e25},
    {"type": "string", "minLength": 40},
    {"type": "string", "maxLength": 3},
    {"type": "string", "maxLength": 0},
    {"type": "string", "minLength": 5, "maxLength": 5},
    {"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"},
    {"type": "string", "pattern": "^zg-[A-Za-z0-9]{20}$"},
    {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$"},
    {"type": "string", "pattern": "^(?:[01]\\d|2[0-3]):[0-5]\\d$"},
    {"type": "string", "pattern": "^[\\x21-\\x7E]+$", "minLength": 8, "maxLength": 1000},
    {"type": "string", "pattern": "^https://"},
    {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}$"},
    {"type": "string", "pattern": "^#(?:[0-9a-fA-F]{3}){1,2}$"},
    {"type": "string", "pattern": "^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$"},
    {"type": "string", "pattern": "b+c?", "minLength": 10},
    {"type": "string", "pattern": "^(?<year>\\d{4})$"},
    {"type": "string", "pattern": "^[^a-z]*$", "minLength": 3},
    {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}]},
    *({"type": "string", "format": form} for form in ("email", "uuid", "date", "date-time", "time", "uri")),
    *({"type": "string", "format": form} for form in ("e164", "iana-time-zone", "hostname", "ipv4", "ipv6")),
    *({"type": "string", "format": form} for form in ("duration", "uri-reference", "regex", "json-pointer")),
    *({"type": "string", "format": form} for form in ("date-time-local", "time-local", "uri-template", "x")),
    {"type": "string", "format": "date-time", "pattern": "\\.\\d{6}Z$"},
    {"type": "string", "format": "uri", "maxLength": 200, "minLength": 5},
    {"type": "array"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "null"}, "minItems": 3},
    {
        "allOf": [
            {"type": "array", "items": {"enum": ["a", 1]}},
            {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
        ]
    },
    {"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}},
    {"type": "array", "contains": {"type": "integer", "minimum": 9}, "minContains": 2, "maxItems": 3},
    {"type": "array", "items": False},
    {"type": "array", "maxItems": 0, "items": {"type": "string"}},
    {"items": {"type": "string"}},
    {"type": "object"},
    {"type": "object", "required": ["anything"]},
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    },
    {"type": "object", "properties": {"a": False, "b": True}},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "object", "minProperties": 3},
    {"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}}},
    {
        "type": "object",
        "patternProperties": {"^x-[a-z]+$": {"type": "integer"}},
        "additionalProperties": False,
    },
    {
        "type": "object",
        "patternProperties": {"^x-[a-z]+$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    {"type": "object", "propertyNames": {"pattern": "^[a-c]{4}$"}, "minProperties": 2},
    {"type": "object", "required": ["k"], "dependentRequired": {"k": ["l"], "l": ["m"]}},
    {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "dependentRequired": {"a": ["b"]},
        "maxProperties": 1,
    },
    {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}, "required": ["a"]},
    {
        "type": "object",
        "properties": {"kind": {"enum": ["x", "y"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "x"}}},
        "then": {"required": ["x"]},
        "else": {"required": ["y"]},
    },
    {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"maximum": 3}},
    {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    {"oneOf": [{"type": "integer", "minimum": 3}, {"type": "integer", "maximum": 5}]},
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"a": {}, "b": {}}},
    {"anyOf": [{"type": "string", "maxLength": 0, "minLength": 2}, {"type": "null"}]},
    {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
    {"allOf": [ref("Base"), {"properties": {"name": {"type": "string"}}, "required": ["name"]}]},
    {"allOf": [{"minimum": 3}, {"maximum": 4}, {"type": "number"}, {"type": "integer"}]},
    {"allOf": [{"enum": [1, 2, 3]}, {"enum": [3, 4]}]},
    {"not": {"type": "string"}},
    {"type": "integer", "not": {"enum": [1, 2]}, "minimum": 1, "maximum": 3},
    {"type": "object", "properties": {"a": {}, "b": {}}, "not": {"required": ["a", "b"]}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": False},
    {
        "type": "object",
        "required": ["a"],
        "examples": [{"a": 5}],
        "properties": {"a": {"type": "string", "examples": [5, "fits"]}},
    },
    ref("Tree"),
    ref("Chain"),
    ref("Nullable"),
    {
        "oneOf": [ref("Cat"), ref("Dog")],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    },
    {"$ref": "#/components/schemas/Base", "required": ["email"]},
    {"type": "array", "items": ref("Base"), "minItems": 2, "uniqueItems": True},
]


@pytest.mark.parametrize("schema", CORPUS, ids=lambda schema: json.dumps(schema)[:60])
@pytest.mark.parametrize("seed", [1, 2, b"three"])
def test_a_sample_is_valid(schema: Any, seed: int | bytes) -> None:
    check = Schemas(REFERRED).check_inline(schema)
    value = sample(schema, REFERRED, seed=seed, check=check)
    assert check.ok(value)
    json.dumps(value, allow_nan=False)
    orjson.dumps(value)
    assert sample(schema, REFERRED, seed=seed, check=check) == value


def test_most_samples_are_valid_without_being_checked() -> None:
    schemas = Schemas(REFERRED)
    good = sum(schemas.check_inline(schema).ok(sample(schema, REFERRED, seed=5)) for schema in CORPUS)
    assert good / len(CORPUS) > 0.85


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "integer", "minimum": 5, "maximum": 3},
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "object", "enum": ["hour"]},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "pattern": "/^a$/"},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"allOf": [{"const": 1}, {"const": 2}]},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "boolean"}},
        {"oneOf": [{"type": "string"}, {"type": "string"}]},
        {"$ref": "#/nowhere"},
        ref("Endless"),
    ],
    ids=lambda schema: json.dumps(schema)[:60],
)
def test_what_cannot_be_satisfied_is_told(schema: Any) -> None:
    data = {**REFERRED, "nowhere_else": schema}
    schemas = Schemas(data)
    check = None if schema == {"$ref": "#/nowhere"} else schemas.check("/nowhere_else")
    with pytest.raises(Unsatisfiable) as caught:
        sample(schema, data, seed=1, check=check)
    if check is not None:
        assert caught.value.pointer == check.pointer
        assert caught.value.reason


def test_another_seed_gives_another_value() -> None:
    schema = {"type": "object", "properties": {"email": {"type": "string"}, "id": {"type": "string"}}}
    assert len({json.dumps(sample(schema, {}, seed=seed)) for seed in range(20)}) > 15


def test_a_new_property_leaves_the_values_of_the_others_alone() -> None:
    properties = {name: {"type": "string"} for name in ("id", "title", "email", "startTime")}
    before = sample({"type": "object", "properties": properties}, {}, seed=1)
    after = sample({"type": "object", "properties": {"new": {"type": "string"}, **properties}}, {}, seed=1)
    assert {name: after[name] for name in before} == before


def test_values_look_like_their_names() -> None:
    names = ("email", "firstName", "lastName", "timeZone", "avatarUrl", "phoneNumber", "uuid", "currency")
    times = ("createdAt", "updatedAt", "startTime", "endTime")
    schema = {
        "type": "object",
        "properties": {
            **{name: {"type": "string"} for name in names},
            **{name: {"type": "string", "format": "date-time"} for name in times},
            "duration": {"type": "integer"},
        },
    }
    for seed in range(10):
        value = sample(schema, {}, seed=seed)
        expected = f"{value['firstName']}.{value['lastName']}@example.com".lower()
        assert value["email"] == expected
        assert "/" in value["timeZone"]
        assert value["avatarUrl"].startswith("https://example.com/")
        assert re.fullmatch(r"\+1202555\d{4}", value["phoneNumber"])
        assert [value[name] for name in times] == sorted(value[name] for name in times)
        assert value["duration"] in (15, 30, 45, 60)


def test_a_pattern_is_met_with_what_the_name_means() -> None:
    schema = {
        "type": "object",
        "properties": {
            "scheduledTime": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"},
            "phone": {"type": "string", "pattern": r"^\+[1-9]\d{1,14}$"},
        },
    }
    value = sample(schema, {}, seed=1)
    assert value["scheduledTime"].startswith("2026-")
    assert value["phone"].startswith("+1202555")


def test_examples_are_used_where_they_are_valid_and_only_there() -> None:
    schema = {
        "type": "object",
        "properties": {
            "good": {"type": "string", "examples": ["shown"]},
            "bad": {"type": "string", "maxLength": 2, "examples": ["too long"]},
        },
    }
    check = Schemas({}).check_inline(schema)
    value = sample(schema, {}, seed=1, check=check)
    assert value["good"] == "shown"
    assert len(value["bad"]) <= 2


def test_what_is_written_only_is_not_shown() -> None:
    schema = {"type": "object", "properties": {"password": {"type": "string", "writeOnly": True}}}
    assert sample(schema, {}, seed=1) == {}


def test_the_tag_of_a_branch_is_the_one_that_names_it() -> None:
    schema = CORPUS[-3]
    assert schema["discriminator"]
    assert sample(schema, REFERRED, seed=1)["kind"] == "cat"


def test_an_optional_property_that_cannot_be_is_left_out() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"oneOf": [{"type": "integer"}, {"type": "integer"}]},
            "c": {"type": "string", "pattern": "/x$/"},
        },
    }
    check = Schemas({}).check_inline(schema)
    assert list(sample(schema, {}, seed=1, check=check)) == ["a"]


def test_a_wide_and_deep_schema_stays_small() -> None:
    wide: dict[str, Any] = {"type": "object", "properties": {}}
    wide["properties"] = {f"p{index}": {"$ref": "#/w"} for index in range(30)}
    assert len(json.dumps(sample({"$ref": "#/w"}, {"w": wide}, seed=1))) < 200_000


SIMPLE = st.sampled_from(
    [{"type": "string"}, {"type": "integer"}, {"type": "null"}, {"enum": ["a", 1]}, True]
)
KEYS = st.sampled_from(["a", "b", "c"])


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(KEYS, inner, max_size=3)},
        optional={
            "required": st.lists(KEYS, unique=True, max_size=2),
            "additionalProperties": inner,
            "minProperties": st.integers(0, 3),
        },
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "prefixItems": st.lists(inner, min_size=1, max_size=2)},
    )
    unions = st.sampled_from(["anyOf", "allOf"]).flatmap(
        lambda keyword: st.fixed_dictionaries({keyword: st.lists(inner, min_size=1, max_size=2)})
    )
    return objects | arrays | unions


@given(st.recursive(SIMPLE, _compound, max_leaves=6), st.integers(0, 3))
@settings(deadline=None, max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_sample_is_found_unless_there_is_none(schema: Any, seed: int) -> None:
    schemas = Schemas({"s": schema})
    check = schemas.check("/s")
    try:
        value = sample(schema, {"s": schema}, seed=seed, check=check)
    except Unsatisfiable:
        assert schemas.unsatisfiable("/s")
    else:
        assert check.ok(value)


ATOMS = st.sampled_from(
    ["a", "[b-d]", "\\d", "\\w", ".", "[^a]", "(?:ab|c)", "x{2,3}", "y*", "z+", "q?", "(r)\\1"]
)


@given(st.lists(ATOMS, min_size=1, max_size=5).map("".join), st.booleans(), st.integers(0, 5))
@settings(deadline=None)
def test_a_text_matches_the_pattern_it_was_made_from(pattern: str, anchored: bool, seed: int) -> None:
    whole = f"^{pattern.replace(chr(92) + '1', '')}$" if anchored else pattern.replace("\\1", "")
    fits = pattern_check(whole)
    text = text_matching(whole, Dice(seed), fits)
    assert text is not None
    assert fits(text)


def test_dice_depend_on_their_key_alone() -> None:
    one, other = Dice(1), Dice(1)
    one.below(100)
    assert one.child("a").below(1 << 64) == other.child("a").below(1 << 64)
    assert Dice(1).below(1 << 64) != Dice(2).below(1 << 64)
    assert Dice(b"1").below(1 << 64) != Dice(1).below(1 << 64)


@pytest.mark.seeds
@pytest.mark.skipif(not CALCOM.exists(), reason="the vendor's document is not here")
def test_nearly_every_response_of_the_vendors_document_can_be_drawn() -> None:
    contract = compile_contract(open_document(CALCOM, facts="lenient"), "vendor")
    missed: dict[str, str] = {}
    drawn = 0
    for operation in contract.operations:
        for response in operation.responses.values():
            for media in response.media.values():
                if media.check is None:
                    continue
                try:
                    value = sample(media.schema, contract.data, seed=1, check=media.check)
                except Unsatisfiable as error:
                    missed[media.check.pointer] = error.reason
                else:
                    drawn += 1
                    assert media.check.ok(value)
    assert drawn > 150
    assert len(missed) / (drawn + len(missed)) < 0.03, missed
