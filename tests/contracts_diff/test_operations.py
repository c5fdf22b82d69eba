"""Each kind of change is found, under the rule and level that oasdiff publishes for it; nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.diff.changes import Change
from contracts.diff.operations import compare_documents

Edit = Callable[[dict[str, Any]], None]


def document() -> dict[str, Any]:
    thing = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            "size": {"type": "integer", "minimum": 1, "maximum": 9},
            "name": {"type": "string", "maxLength": 20, "pattern": "^[a-z]+$"},
            "state": {"type": "string", "enum": ["new", "old"]},
            "form": {
                "oneOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}},
                    {"type": "array", "items": {"type": "string"}},
                ]
            },
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/things/{id}": {
                "post": {
                    "operationId": "change",
                    "security": [{"key": ["read"]}],
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                        {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": thing}}},
                    "responses": {
                        "200": {
                            "description": "x",
                            "headers": {"X-Left": {"required": True, "schema": {"type": "integer"}}},
                            "content": {"application/json": {"schema": json.loads(json.dumps(thing))}},
                        },
                        "404": {"description": "x"},
                    },
                }
            }
        },
    }


def op(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["paths"]["/things/{id}"]["post"]
    return found


def sent(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = op(data)["requestBody"]["content"]["application/json"]["schema"]
    return found


def received(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = op(data)["responses"]["200"]["content"]["application/json"]["schema"]
    return found


def put(where: Callable[[dict[str, Any]], Any], **values: Any) -> Edit:
    return lambda data: where(data).update(values)


def drop(where: Callable[[dict[str, Any]], Any], key: Any) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        del where(data)[key]

    return edit


def prop(side: Callable[[dict[str, Any]], dict[str, Any]], name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda data: side(data)["properties"][name]


# What is done, and the rules and levels that it leads to.
EDITS: dict[str, tuple[Edit, set[tuple[str, str]]]] = {
    "a path goes": (
        drop(lambda d: d["paths"], "/things/{id}"),
        {("api-removed-without-deprecation", "error")},
    ),
    "a path comes": (
        lambda d: d["paths"].update({"/new": {"get": {"responses": {}}}}),
        {("endpoint-added", "info")},
    ),
    "deprecated": (put(op, deprecated=True), {("endpoint-deprecated", "info")}),
    "another operationId": (put(op, operationId="other"), {("api-operation-id-removed", "info")}),
    "open to all": (
        put(op, security=[]),
        {("api-security-became-optional", "info"), ("api-security-removed", "error")},
    ),
    "another scope": (
        put(op, security=[{"key": ["write"]}]),
        {("api-security-scope-added", "error"), ("api-security-scope-removed", "info")},
    ),
    "another parameter": (
        lambda d: op(d)["parameters"].append({"name": "q", "in": "query", "schema": {}}),
        {("new-optional-request-parameter", "info")},
    ),
    "another required parameter": (
        lambda d: op(d)["parameters"].append({"name": "q", "in": "query", "required": True, "schema": {}}),
        {("new-required-request-parameter", "error")},
    ),
    "a parameter goes": (drop(lambda d: op(d)["parameters"], 1), {("request-parameter-removed", "warning")}),
    "a parameter is needed": (
        put(lambda d: op(d)["parameters"][1], required=True),
        {("request-parameter-became-required", "error")},
    ),
    "a parameter may be left out": (
        put(lambda d: op(d)["parameters"][2], required=False),
        {("request-parameter-became-optional", "info")},
    ),
    "a lower maximum of a parameter": (
        put(lambda d: op(d)["parameters"][1]["schema"], maximum=5),
        {("request-parameter-max-decreased", "error")},
    ),
    "a header in other letters": (put(lambda d: op(d)["parameters"][2], name="x-trace"), set()),
    "another name in the path": (
        lambda d: d["paths"].update(
            {
                "/things/{thing}": json.loads(
                    json.dumps(d["paths"].pop("/things/{id}")).replace('"name": "id"', '"name": "thing"')
                )
            }
        ),
        set(),
    ),
    "a body is needed": (
        put(lambda d: op(d)["requestBody"], required=True),
        {("request-body-became-required", "error")},
    ),
    "a body goes": (drop(op, "requestBody"), {("request-body-removed", "warning")}),
    "another media type": (
        lambda d: op(d)["requestBody"]["content"].update({"application/xml": {"schema": {}}}),
        {("request-body-media-type-added", "info")},
    ),
    "a property is sent that is new": (
        lambda d: sent(d)["properties"].update({"more": {"type": "string"}}),
        {("new-optional-request-property", "info")},
    ),
    "a property has to be sent that is new": (
        lambda d: (sent(d)["properties"].update({"more": {}}), sent(d)["required"].append("more"))[0],
        {("new-required-request-property", "error")},
    ),
    "a property is not sent any more": (
        drop(lambda d: sent(d)["properties"], "size"),
        {("request-property-removed", "warning")},
    ),
    "a property has to be sent": (
        put(sent, required=["id", "size"]),
        {("request-property-became-required", "error")},
    ),
    "a property may be sent": (put(sent, required=[]), {("request-property-became-optional", "info")}),
    "another type is sent": (
        put(prop(sent, "id"), type="integer"),
        {("request-property-type-changed", "error")},
    ),
    "a wider type is sent": (
        put(prop(sent, "size"), type="number"),
        {("request-property-type-generalized", "info")},
    ),
    "null may be sent": (
        put(prop(sent, "id"), type=["string", "null"]),
        {("request-property-became-nullable", "info")},
    ),
    "a value is not taken any more": (
        put(prop(sent, "state"), enum=["new"]),
        {("request-property-enum-value-removed", "error")},
    ),
    "a pattern changes": (
        put(prop(sent, "name"), pattern="^[a-z0-9]+$"),
        {("request-property-pattern-changed", "warning")},
    ),
    "a pattern goes": (drop(prop(sent, "name"), "pattern"), {("request-property-pattern-removed", "info")}),
    "a bound is new": (put(prop(sent, "id"), maxLength=5), {("request-property-max-length-set", "error")}),
    "a form of what is sent goes": (
        drop(lambda d: prop(sent, "form")(d)["oneOf"], 1),
        {("request-property-one-of-removed", "error")},
    ),
    "nothing else may be sent": (
        put(sent, additionalProperties=False),
        {("request-property-additional-properties-disallowed", "error")},
    ),
    "a success goes": (
        lambda d: op(d)["responses"].update({"201": op(d)["responses"].pop("200")}),
        {("response-success-status-removed", "error"), ("response-success-status-added", "info")},
    ),
    "a refusal goes": (
        drop(lambda d: op(d)["responses"], "404"),
        {("response-non-success-status-removed", "info")},
    ),
    "a refusal becomes a range": (
        lambda d: op(d)["responses"].update({"4XX": op(d)["responses"].pop("404")}),
        {("response-non-success-status-added", "info")},
    ),
    "a required header goes": (
        drop(lambda d: op(d)["responses"]["200"], "headers"),
        {("required-response-header-removed", "error")},
    ),
    "a required property is not received": (
        drop(lambda d: received(d)["properties"], "id"),
        {("response-required-property-removed", "error")},
    ),
    "an optional property is not received": (
        drop(lambda d: received(d)["properties"], "size"),
        {("response-optional-property-removed", "info")},
    ),
    "a property may not be received": (
        put(received, required=[]),
        {("response-property-became-optional", "error")},
    ),
    "null may be received": (
        put(prop(received, "id"), type=["string", "null"]),
        {("response-property-became-nullable", "error")},
    ),
    "another value may be received": (
        put(prop(received, "state"), enum=["new", "old", "gone"]),
        {("response-property-enum-value-added", "error")},
    ),
    "a bound of what is received goes": (
        drop(prop(received, "size"), "maximum"),
        {("response-property-max-unset", "error")},
    ),
    "another form may be received": (
        lambda d: prop(received, "form")(d)["oneOf"].append({"type": "string"}),
        {("response-property-one-of-added", "error")},
    ),
    "words": (put(op, summary="x", description="y", tags=["z"]), set()),
}


def rules(changes: list[Change]) -> set[tuple[str, str]]:
    return {(change.rule, change.level) for change in changes}


@pytest.mark.parametrize("what", EDITS)
def test_a_change_is_found_and_judged(what: str) -> None:
    edit, wanted = EDITS[what]
    new = document()
    edit(new)
    assert rules(compare_documents(document(), new)) == wanted


@pytest.mark.parametrize("what", EDITS)
def test_there_and_back_say_the_opposite(what: str) -> None:
    edit, wanted = EDITS[what]
    new = document()
    edit(new)
    back = compare_documents(new, document())
    assert bool(back) == bool(wanted)
    forth = compare_documents(document(), new)
    assert {change.operation for change in back} == {change.operation for change in forth} or not wanted


@given(st.lists(st.sampled_from(sorted(EDITS)), max_size=4, unique=True))
def test_a_document_does_not_differ_from_itself(names: list[str]) -> None:
    data = document()
    for name in names:
        try:
            EDITS[name][0](data)
        except (KeyError, IndexError):
            continue
    assert compare_documents(data, json.loads(json.dumps(data))) == []


def test_references_and_all_of_are_seen_through() -> None:
    new = document()
    schema = received(new)
    new["components"]["schemas"] = {
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "Thing": {"allOf": [{"$ref": "#/components/schemas/Base"}, {**schema, "required": []}]},
    }
    op(new)["responses"]["200"]["content"]["application/json"]["schema"] = {
        "$ref": "#/components/schemas/Thing"
    }
    assert compare_documents(document(), new) == []


def test_schemas_that_hold_themselves_come_to_an_end() -> None:
    old, new = document(), document()
    for data, kind in ((old, "string"), (new, "integer")):
        data["components"]["schemas"] = {
            "Node": {
                "type": "object",
                "properties": {"value": {"type": kind}, "next": {"$ref": "#/components/schemas/Node"}},
            }
        }
        op(data)["responses"]["200"]["content"]["application/json"]["schema"] = {
            "$ref": "#/components/schemas/Node"
        }
    assert rules(compare_documents(old, new)) == {("response-property-type-changed", "error")}


def test_what_is_only_read_is_not_missed_in_requests() -> None:
    new = document()
    sent(new)["properties"]["made"] = {"type": "string", "readOnly": True}
    sent(new)["required"].append("made")
    assert compare_documents(document(), new) == []
