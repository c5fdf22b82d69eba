from __future__ import annotations

from typing import Any

import pytest

from mockserver.openapi.lint import Finding, lint
from tests.openapi.given import contract, response

OK: dict[str, Any] = {"200": {"description": "fine"}, "404": {"description": "no"}}
DONE: dict[str, Any] = {"responses": OK, "x-behaviour": "something"}


def found(paths: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    return [(f.level, f.pointer, f.message) for f in lint(contract(paths, **more)).findings]


def schema_findings(schema: Any) -> list[tuple[str, str, str]]:
    return found({}, components={"schemas": {"S": schema}})


def test_a_sound_document_leaves_nothing_to_be_wished_for() -> None:
    assert found({"/x": {"get": DONE}}) == []


def test_the_report_counts_how_operations_are_known() -> None:
    known = ["documented", "documented", "observed", None]
    paths = {
        f"/{index}": {"get": {**DONE, **({"x-evidence": {"known": each}} if each else {})}}
        for index, each in enumerate(known)
    }
    report = lint(contract(paths))
    assert report.evidence == {"documented": 2, "observed": 1, "assumed": 1}
    assert report.share("documented") == 50.0
    assert str(report) == (
        "given: 4 operations: 2 documented (50 %), 1 observed (25 %), 1 assumed (25 %)\n"
        "0 errors, 0 warnings, 0 notes"
    )
    assert lint(contract()).share("documented") == 0.0


def test_an_operation_without_refusals_or_work_is_told() -> None:
    paths = {"/x": {"get": {"operationId": "getX", "responses": {"200": {"description": "fine"}}}}}
    assert [(level, pointer) for level, pointer, _ in found(paths)] == [
        ("warning", "/paths/~1x/get"),
        ("note", "/paths/~1x/get"),
    ]
    assert lint(contract(paths), behaviours={"getX"}).count("note") == 0


def test_findings_have_lines_and_the_worst_come_first() -> None:
    report = lint(
        contract(
            {"/x": {"get": {"responses": OK}}}, components={"schemas": {"S": {"type": "null", "enum": [1]}}}
        ),
        line=len,
    )
    assert [finding.level for finding in report.findings] == ["error", "note"]
    assert report.findings[0] == Finding(
        "error", "/components/schemas/S", 21, "no value satisfies this schema"
    )
    assert "error   given.yaml:21 /components/schemas/S no value satisfies this schema" in str(report)
    assert str(report).endswith("1 errors, 0 warnings, 1 notes")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 3},
        {"type": "string", "minLength": 5, "maxLength": 3},
        {"type": "object", "enum": ["hour", "day"]},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "array", "minItems": 1, "items": False},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "object", "required": ["s"], "properties": {"s": {"$ref": "#/components/schemas/S"}}},
    ],
)
def test_a_schema_that_nothing_satisfies_is_an_error(schema: Any) -> None:
    assert [(level, message) for level, _, message in schema_findings(schema)] == [
        ("error", "no value satisfies this schema")
    ]


def test_an_empty_schema_is_told_where_it_is_written_and_nowhere_else() -> None:
    empty = {"type": "object", "enum": ["hour"]}
    told = found(
        {},
        components={
            "schemas": {
                "Inner": {"type": "object", "required": ["unit"], "properties": {"unit": empty}},
                "Outer": {
                    "type": "object",
                    "required": ["i"],
                    "properties": {"i": {"$ref": "#/components/schemas/Inner"}},
                },
            }
        },
    )
    assert [pointer for _, pointer, _ in told] == ["/components/schemas/Inner/properties/unit"]


def test_the_slashes_of_javascript_are_an_error() -> None:
    (told,) = schema_findings({"type": "string", "pattern": "/^\\+[1-9]\\d{1,14}$/"})
    assert told[:2] == ("error", "/components/schemas/S/pattern")
    assert schema_findings({"type": "string", "pattern": "^/v1/.*$"}) == []


def test_examples_that_do_not_fit_are_told() -> None:
    paths = {
        "/x": {
            "post": {
                **DONE,
                "parameters": [
                    {"name": "n", "in": "query", "schema": {"type": "integer"}, "example": "many"},
                    {"name": "m", "in": "query", "schema": {"type": "integer"}, "example": "5"},
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"type": "object"}, "example": ["no"]}}
                },
                "responses": {
                    **OK,
                    "200": {
                        "description": "fine",
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
                                "examples": {"one": {"value": {"a": 1}}, "two": {"value": {"a": "x"}}},
                            }
                        },
                    },
                },
            }
        }
    }
    assert found(paths) == [
        (
            "error",
            "/paths/~1x/post/requestBody/content/application~1json",
            "an example does not fit the schema: must be an object",
        ),
        (
            "error",
            "/paths/~1x/post/responses/200/content/application~1json",
            "an example does not fit the schema: /a must be a string",
        ),
        ("warning", "/paths/~1x/post/parameters/0", "an example of n does not fit its schema"),
    ]


def test_what_a_schema_shows_of_itself_has_to_fit() -> None:
    assert schema_findings({"type": "integer", "examples": [1, "x"], "default": 2}) == [
        ("warning", "/components/schemas/S", "an example or default does not fit: must be an integer")
    ]


def test_facts_that_name_what_is_not_there_are_errors() -> None:
    operation = {
        "responses": OK,
        "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
        "x-resource": {
            "kind": "ghost",
            "action": "list",
            "parent": {"kind": "event", "param": "uuid", "field": "_event"},
            "filters": {"status": {"field": "status"}, "page": {"field": "page"}},
            "sort": {"param": "sort", "field": "startTime"},
        },
        "x-paging": "pages",
    }
    told = found(
        {"/x": {"get": operation}, "/y": {"get": {**DONE, "x-paging": "none"}}},
        components={"schemas": {"Event": {"type": "object", "properties": {"uuid": {}}}}},
        **{
            "x-resources": {
                "event": {"schema": "#/components/schemas/Event", "id": "id", "sort": ["uuid", "_ordinal"]},
                "lost": {"schema": "#/components/schemas/Lost", "id": "id"},
            },
            "x-paging": {"pages": {"style": "page", "params": {"page": "page", "size": "count"}}},
        },
    )
    assert {(pointer, message) for level, pointer, message in told if level == "error"} == {
        ("/paths/~1x/get/x-resource/kind", "the kind ghost is not in x-resources"),
        ("/paths/~1x/get/x-resource/filters/status", "status is not a query parameter here"),
        ("/paths/~1x/get/x-resource/sort/param", "sort is not a query parameter here"),
        ("/paths/~1x/get/x-resource/id", "uuid is not a path parameter here"),
        ("/paths/~1x/get/x-paging", "count, the size of pages, is not a query parameter here"),
        ("/paths/~1y/get/x-paging", "none is not in the root's x-paging"),
        ("/x-resources/event", "id is not a property of #/components/schemas/Event"),
        ("/x-resources/lost/schema", "#/components/schemas/Lost is not there"),
    }


def test_a_list_without_paging_and_a_row_without_a_name_are_told() -> None:
    resources = {"event": {"schema": "#/components/schemas/Event", "id": "id"}}
    told = found(
        {
            "/x": {
                "get": {"responses": OK, "x-resource": {"kind": "event", "action": "list"}},
                "delete": {"responses": OK, "x-resource": {"kind": "event", "action": "delete"}},
            }
        },
        components={"schemas": {"Event": {}}},
        **{"x-resources": resources},
    )
    assert [(level, pointer) for level, pointer, _ in told] == [
        ("error", "/paths/~1x/delete/x-resource"),
        ("note", "/paths/~1x/get"),
    ]


def test_examples_of_a_response_that_fit_are_not_told() -> None:
    paths = {"/x": {"get": {**DONE, "responses": {**OK, **response({"type": "object"})}}}}
    assert found(paths) == []
