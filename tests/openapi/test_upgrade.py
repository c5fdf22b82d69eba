from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.openapi.references import check_references
from mockserver.openapi.upgrade import upgrade

NULL = {"type": "null"}
REF = {"$ref": "#/components/schemas/B"}


def document(schema: Any, version: str = "3.0.3") -> dict[str, Any]:
    return {"openapi": version, "info": {}, "paths": {}, "components": {"schemas": {"A": schema, "B": {}}}}


def upgraded(schema: Any) -> Any:
    result = upgrade(document(schema))
    assert result.problems == ()
    assert result.data["openapi"] == "3.1.1"
    return result.data["components"]["schemas"]["A"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"type": "string", "nullable": True, "enum": ["a", None]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"nullable": True}, {}),
        ({"nullable": True, "enum": ["a"]}, {"enum": ["a", None]}),
        ({**REF, "nullable": True}, {"anyOf": [REF, NULL]}),
        (
            {**REF, "nullable": True, "description": "d", "type": "object"},
            {"description": "d", "anyOf": [REF, NULL]},
        ),
        ({**REF, "type": "object", "required": ["x"]}, REF),
        ({"allOf": [REF], "nullable": True, "title": "t"}, {"title": "t", "anyOf": [{"allOf": [REF]}, NULL]}),
        (
            {"type": "object", "oneOf": [REF], "nullable": True},
            {"anyOf": [{"type": "object", "oneOf": [REF]}, NULL]},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"exclusiveMaximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
        ({"example": None}, {"examples": [None]}),
        ({"example": 1, "examples": [2]}, {"examples": [2]}),
        (
            {"type": "string", "format": "binary"},
            {"type": "string", "contentMediaType": "application/octet-stream"},
        ),
        ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
        ({"type": "file"}, {"type": "string", "contentMediaType": "application/octet-stream"}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        (
            {"properties": {"nullable": {"type": "string", "nullable": True}, "example": {"example": 1}}},
            {"properties": {"nullable": {"type": ["string", "null"]}, "example": {"examples": [1]}}},
        ),
        (
            {"x-a": {"nullable": True}, "default": {"nullable": True}},
            {"x-a": {"nullable": True}, "default": {"nullable": True}},
        ),
        (
            {"additionalProperties": {"type": "string", "nullable": True}},
            {"additionalProperties": {"type": ["string", "null"]}},
        ),
        (True, True),
    ],
)
def test_a_schema_of_3_0_says_the_same_in_3_1(old: Any, new: Any) -> None:
    before = copy.deepcopy(old)
    assert upgraded(old) == new
    assert old == before


def test_examples_of_parameters_and_media_types_stay() -> None:
    old = document({})
    old["paths"] = {
        "/a": {
            "get": {
                "parameters": [{"name": "p", "in": "query", "example": 1, "schema": {"example": 2}}],
                "responses": {
                    "200": {"content": {"application/json": {"example": 3, "schema": {"example": 4}}}}
                },
            }
        }
    }
    get = upgrade(old).data["paths"]["/a"]["get"]
    assert get["parameters"][0] == {"name": "p", "in": "query", "example": 1, "schema": {"examples": [2]}}
    media = get["responses"]["200"]["content"]["application/json"]
    assert media == {"example": 3, "schema": {"examples": [4]}}


def test_a_reference_into_a_schema_that_was_wrapped_still_ends_where_it_did() -> None:
    old = document({"allOf": [{"properties": {"x": {"type": "string"}}}], "nullable": True})
    old["components"]["schemas"]["C"] = {"$ref": "#/components/schemas/A/allOf/0/properties/x"}
    old["components"]["schemas"]["D"] = {"$ref": "#/components/schemas/A"}
    new = upgrade(old).data
    assert check_references(new) == []
    schemas = new["components"]["schemas"]
    assert schemas["C"] == {"$ref": "#/components/schemas/A/anyOf/0/allOf/0/properties/x"}
    assert schemas["D"] == {"$ref": "#/components/schemas/A"}


def test_3_1_is_left_as_it_is() -> None:
    data = document({"type": "string", "nullable": True, "example": 1}, "3.1.0")
    assert upgrade(data).data is data


def test_3_2_is_read_as_3_1_with_a_warning() -> None:
    result = upgrade(document({}, "3.2.0"))
    assert result.data["openapi"] == "3.1.1"
    assert "3.2.0 is read as 3.1" in result.warnings[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"swagger": "2.0"}, "Swagger 2.0"),
        ({"openapi": "3.10.0"}, "not supported"),
        ({"openapi": "4.0.0"}, "not supported"),
        ({"openapi": 3.1}, "must be a string"),
        ({"info": {}}, "has no `openapi` version"),
        ([], "is no mapping"),
        (None, "is no mapping"),
    ],
)
def test_what_is_no_openapi_3_is_refused(data: Any, message: str) -> None:
    ((_, said, _),) = upgrade(data).problems
    assert message in said


NULLABLE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "object"]),
        "enum": st.lists(st.sampled_from(["a", "b", 1, None]), min_size=1, unique=True),
        "allOf": st.just([{"maxLength": 3}]),
        "oneOf": st.just([{"type": "string"}, {"type": "integer"}]),
        "minimum": st.integers(0, 3),
        "exclusiveMinimum": st.booleans(),
    },
)


@given(NULLABLE, st.sampled_from([None, "a", "aaaa", 0, 3, 4, {}]))
def test_nullable_adds_null_and_nothing_else(schema: dict[str, Any], value: Any) -> None:
    plain = jsonschema_rs.Draft202012Validator(upgraded(schema))
    nullable = jsonschema_rs.Draft202012Validator(upgraded({**schema, "nullable": True}))
    assert nullable.is_valid(value) is (value is None or plain.is_valid(value))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$ref", "type", "nullable", "enum", "allOf", "items", "properties", "minimum", "x-a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JUNK)
def test_no_document_however_wrong_breaks_the_upgrade_or_is_changed(junk: Any) -> None:
    old = document(junk)
    before = copy.deepcopy(old)
    upgrade(old)
    assert old == before
