from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi.compile import base_path, compile_contract
from mockserver.openapi.contract import Evidence, HeaderRule
from mockserver.openapi.document import open_document
from mockserver.openapi.operations import derived_id
from mockserver.openapi.parameters import MISSING, compile_parameters
from mockserver.openapi.problems import SpecificationError
from mockserver.openapi.schemas import BrokenSchema
from tests.openapi.given import CALCOM, contract, document, response

FINE: dict[str, Any] = {"responses": {"204": {"description": "fine"}}}


def problems(paths: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(SpecificationError) as caught:
        compile_contract(document(paths, **more), "given")
    return [str(problem) for problem in caught.value.problems]


def test_a_contract_knows_what_the_document_says() -> None:
    made = contract(
        {
            "/events/{uuid}": {
                "parameters": [
                    {"name": "uuid", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "get": {
                    "operationId": "getEvent",
                    "summary": "Get an event",
                    "tags": ["Events"],
                    "deprecated": True,
                    "security": [{"token": ["events:read"]}],
                    "x-evidence": {"known": "documented", "source": "seed 000"},
                    "x-resource": {"kind": "event", "action": "read"},
                    "responses": response({"$ref": "#/components/schemas/Event"}),
                },
            }
        },
        servers=[{"url": "https://api.example.com/v2"}],
        components={
            "schemas": {"Event": {"type": "object", "required": ["uuid"]}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        **{"x-paging": {"pages": {"style": "page"}}},
    )
    assert (made.slug, made.title, made.version, made.base_path) == ("given", "Given", "1", "/v2")
    assert made.facts == {"paging": {"pages": {"style": "page"}}}
    assert made.security_schemes == {"token": {"type": "http", "scheme": "bearer"}}
    operation = made.operation("getEvent")
    assert (operation.method, operation.path) == ("GET", "/events/{uuid}")
    assert operation.pointer == "/paths/~1events~1{uuid}/get"
    assert operation.security == ((("token", frozenset({"events:read"})),),)
    assert operation.evidence == Evidence("documented", "seed 000")
    assert operation.facts["resource"] == {"kind": "event", "action": "read"}
    assert (operation.summary, operation.tags, operation.deprecated) == ("Get an event", ("Events",), True)
    assert [parameter.name for parameter in operation.parameters] == ["uuid"]
    media = operation.responses["200"].media["application/json"]
    assert media.pointer == "/paths/~1events~1{uuid}/get/responses/200/content/application~1json/schema"
    assert media.check is made.schemas.check("/components/schemas/Event")
    assert media.check is not None
    assert not media.check.ok({})
    found = made.table.find("/events/42")
    assert found is not None
    assert found[0]["GET"] is operation
    with pytest.raises(KeyError):
        made.operation("other")


def test_parameters_of_an_operation_replace_those_of_its_path() -> None:
    shared = {"name": "count", "in": "query", "schema": {"type": "integer"}}
    made = contract(
        {
            "/x": {
                "parameters": [shared, {"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "get": {"parameters": [{**shared, "schema": {"type": "string", "default": "5"}}], **FINE},
                "put": FINE,
            }
        }
    )
    get, put = made.operations
    assert {p.name: p.schema["type"] for p in get.parameters} == {"count": "string", "page": "integer"}
    assert {p.name: p.default for p in get.parameters} == {"count": "5", "page": MISSING}
    assert {p.name: p.schema["type"] for p in put.parameters} == {"count": "integer", "page": "integer"}


def test_a_parameter_by_reference_is_found_where_it_is_written() -> None:
    made = contract(
        {"/x": {"get": {"parameters": [{"$ref": "#/components/parameters/Count"}], **FINE}}},
        components={
            "parameters": {
                "Count": {
                    "name": "count",
                    "in": "query",
                    "schema": {"$ref": "#/components/schemas/Count"},
                    "x-scopes": {"all": ["admin:full"]},
                    "x-evidence": {"known": "observed"},
                }
            },
            "schemas": {"Count": {"type": "integer", "default": 20}},
        },
    )
    parameter = made.operations[0].parameters[0]
    assert parameter.pointer == "/components/parameters/Count"
    assert parameter.schema_pointer == "/components/parameters/Count/schema"
    assert parameter.check is made.schemas.check("/components/schemas/Count")
    assert parameter.default == 20
    assert parameter.facts["scopes"] == {"all": ["admin:full"]}
    assert parameter.evidence.known == "observed"
    assert compile_parameters(made.operations[0].parameters).read((), b"", ()) == ({"count": 20}, None)


def test_headers_that_openapi_tells_to_ignore_are_ignored() -> None:
    names = ("Accept", "content-type", "AUTHORIZATION", "X-Other")
    declared = [{"name": name, "in": "header", "required": True, "schema": {}} for name in names]
    made = contract({"/x": {"get": {"parameters": declared, **FINE}}})
    assert [parameter.name for parameter in made.operations[0].parameters] == ["X-Other"]
    assert len(made.warnings) == 1
    assert "use security" in made.warnings[0]


def test_a_variable_that_is_not_declared_is_any_text() -> None:
    made = contract({"/x/{id}": {"get": FINE}})
    assert compile_parameters(made.operations[0].parameters).read(("a",), b"", ()) == ({"id": "a"}, None)
    assert "{id} is not declared" in made.warnings[0]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/scheduled-events/{uuid}", "getScheduledEventsByUuid"),
        ("post", "/agents/{agentUuid}/outbound-calls", "postAgentsByAgentUuidOutboundCalls"),
        ("get", "/files/{name}.{ext}", "getFilesByNameByExt"),
        ("post", "/events/{id}:cancel", "postEventsByIdCancel"),
        ("get", "/", "getRoot"),
    ],
)
def test_an_operation_without_an_id_gets_one(method: str, path: str, expected: str) -> None:
    assert derived_id(method, path) == expected


def test_derived_ids_never_collide() -> None:
    made = contract(
        {"/a/b": {"get": FINE}, "/a-b": {"get": FINE}, "/c": {"get": {**FINE, "operationId": "x"}}}
    )
    assert [operation.id for operation in made.operations] == ["getAB", "getAB2", "x"]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([], ""),
        ([{"url": "/"}], ""),
        ([{"url": "/v2/"}], "/v2"),
        ([{"url": "https://api.example.com"}], ""),
        ([{"url": "https://api.example.com/a/b"}, {"url": "/c"}], "/a/b"),
        (
            [{"url": "{host}/{v}", "variables": {"host": {"default": "http://x"}, "v": {"default": "v3"}}}],
            "/v3",
        ),
    ],
)
def test_the_base_path_is_that_of_the_first_server(servers: list[Any], expected: str) -> None:
    assert base_path({"servers": servers}) == expected


def test_security_is_the_operations_own_or_the_roots() -> None:
    made = contract(
        {
            "/own": {"get": {**FINE, "security": [{"a": ["x"], "b": []}, {"b": []}, {}]}},
            "/root": {"get": FINE},
            "/public": {"get": {**FINE, "security": []}},
            "/anyone": {"get": {**FINE, "security": [{}]}},
        },
        security=[{"a": []}],
        components={"securitySchemes": {"a": {"type": "http"}, "b": {"type": "apiKey"}}},
    )
    by_path = {operation.path: operation.security for operation in made.operations}
    assert by_path == {
        "/own": ((("a", frozenset({"x"})), ("b", frozenset())), (("b", frozenset()),), ()),
        "/root": ((("a", frozenset()),),),
        "/public": (),
        "/anyone": (),
    }


def test_bodies_responses_and_headers_by_reference() -> None:
    made = contract(
        {
            "/x": {
                "post": {
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                    "responses": {
                        "2XX": {"$ref": "#/components/responses/R"},
                        "default": {"description": "?"},
                    },
                }
            }
        },
        components={
            "requestBodies": {
                "B": {
                    "required": True,
                    "content": {
                        "Application/JSON; charset=utf-8": {
                            "schema": {"type": "object"},
                            "example": {"a": 1},
                            "examples": {
                                "two": {"value": {"a": 2}},
                                "three": {"$ref": "#/components/examples/E"},
                            },
                        },
                        "text/plain": {},
                    },
                }
            },
            "examples": {"E": {"value": {"a": 3}}},
            "responses": {
                "R": {
                    "description": "fine",
                    "headers": {
                        "Retry-After": {"required": True, "schema": {"type": "integer"}},
                        "Content-Type": {"schema": {"type": "string"}},
                        "X-Any": {"$ref": "#/components/headers/H"},
                    },
                }
            },
            "headers": {"H": {"description": "anything"}},
        },
    )
    operation = made.operations[0]
    assert operation.body is not None
    assert operation.body.required
    assert list(operation.body.media) == ["application/json", "text/plain"]
    media = operation.body.media["application/json"]
    assert media.examples == ({"a": 1}, {"a": 2}, {"a": 3})
    assert media.check is not None
    assert media.check.problems([])[0].schema_pointer.startswith("/components/requestBodies/B/content/")
    assert operation.body.media["text/plain"].check is None
    assert list(operation.responses) == ["2XX", "default"]
    answer = operation.responses["2XX"]
    assert answer.pointer == "/components/responses/R"
    rule = answer.headers["retry-after"]
    assert rule.required
    assert rule.check is not None
    assert rule.check.ok(5)
    assert answer.headers["x-any"] == HeaderRule(required=False, check=None)
    assert answer.sent[b"retry-after"] is rule
    assert answer.needed == {b"retry-after"}
    assert "content-type" not in answer.headers


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = problems(
        {
            "no-slash": {"get": FINE},
            "/a/{x": {"get": FINE},
            "/a/{x}/{x}": {"get": FINE},
            "/b/{x}": {"get": {**FINE, "operationId": "same"}},
            "/b/{y}": {"get": FINE},
            "/c": {
                "get": {
                    "operationId": "same",
                    "parameters": [
                        {"name": "p", "in": "query", "style": "matrix", "schema": {"type": "integr"}},
                        {"name": "q", "in": "body", "schema": {}},
                        {"name": "r", "in": "query", "schema": {}},
                        {"name": "r", "in": "query", "schema": {}},
                    ],
                    "security": [{"nobody": []}],
                    "responses": {
                        "999": {"description": "?"},
                        "200": {"$ref": "#/components/responses/None"},
                    },
                }
            },
        },
        components={"schemas": {"Bad": {"pattern": "["}}},
    )
    expected = [
        "given.yaml:2: /paths/no-slash a path begins with /",
        "given.yaml:2: /paths/~1a~1{x the braces of this path do not match",
        "given.yaml:2: /paths/~1a~1{x}~1{x} the path has {x} twice",
        "given.yaml:2: /paths/~1b~1{y} is the same path as /b/{x}: only the names differ",
        "given.yaml:4: /paths/~1c/get/operationId the operationId same is that of /paths/~1b~1{x}/get too "
        "(give each operation its own)",
        "given.yaml:6: /paths/~1c/get/parameters/0/style the style matrix does not exist in query",
        "given.yaml:5: /paths/~1c/get/parameters/1 "
        "a parameter is in path, query, header or cookie, not in body",
        "given.yaml:5: /paths/~1c/get/parameters/3 the query parameter r is there twice",
        "given.yaml:6: /paths/~1c/get/security/0/nobody there is no security scheme nobody",
        "given.yaml:5: /paths/~1c/get/responses/999 999 is not a status: 100 to 599, 2XX, or default",
        "given.yaml:3: /components/responses/None is referred to but not there",
    ]
    for problem in expected:
        assert problem in told
    assert any("/components/schemas/Bad is not a JSON Schema" in problem for problem in told)
    assert any("/parameters/0/schema is not a JSON Schema" in problem for problem in told)
    assert len(told) == len(expected) + 2


def test_a_path_item_may_be_elsewhere_and_shared() -> None:
    made = contract(
        {"/x": {"$ref": "#/components/pathItems/P"}},
        components={"pathItems": {"P": {"summary": "P", "get": {**FINE, "operationId": "getX"}}}},
    )
    assert made.operation("getX").pointer == "/components/pathItems/P/get"


def test_a_document_without_paths_is_a_contract() -> None:
    assert contract().operations == ()


def test_a_contract_survives_pickling() -> None:
    parameter = {"name": "count", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    made = contract({"/x": {"get": {"parameters": [parameter], "responses": response({"type": "object"})}}})
    again = pickle.loads(pickle.dumps(made))
    assert [operation.id for operation in again.operations] == ["getX"]
    found = again.table.find("/x")
    assert found is not None
    operation = found[0]["GET"]
    plan = compile_parameters(operation.parameters)
    assert plan.read((), b"", ()) == ({}, None)
    assert plan.read((), b"count=0", ())[1] is not None
    assert not operation.responses["200"].media["application/json"].check.ok([])


def test_a_schema_that_was_broken_later_says_so() -> None:
    made = contract(components={"schemas": {"A": {}}})
    with pytest.raises(BrokenSchema):
        made.schemas.check("/components/schemas/B")


@pytest.mark.seeds
@pytest.mark.skipif(not CALCOM.exists(), reason="the vendor's document is not here")
def test_the_vendors_own_document_compiles() -> None:
    made = compile_contract(open_document(Path(CALCOM), facts="lenient"), "vendor")
    assert len(made.operations) == 272
    assert len({operation.id for operation in made.operations}) == 272
    for operation in made.operations:
        compile_parameters(operation.parameters)
    assert sum("use security" in warning for warning in made.warnings) == 236


def test_a_path_or_an_operation_may_have_a_server_of_its_own() -> None:
    there = {"servers": [{"url": "https://api.example.com/"}]}
    made = contract(
        {
            "/events": {"get": {**FINE, "operationId": "listEvents"}},
            "/hooks": {"get": {**FINE, "operationId": "listHooks"}, **there},
            "/files": {
                "get": {**FINE, "operationId": "listFiles"},
                "put": {**FINE, "operationId": "putFile", "servers": [{"url": "https://up.example.com/raw"}]},
            },
        },
        servers=[{"url": "https://api.example.com/v4"}],
    )
    addresses = {operation.id: operation.address for operation in made.operations}
    assert addresses == {
        "listEvents": "/v4/events",
        "listHooks": "/hooks",
        "listFiles": "/v4/files",
        "putFile": "/raw/files",
    }
    assert made.table.templates == ("/events", "/files")
    assert {base: table.templates for base, table in made.elsewhere.items()} == {
        "": ("/hooks",),
        "/raw": ("/files",),
    }
