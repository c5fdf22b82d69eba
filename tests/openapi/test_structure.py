"""Documents that are no OpenAPI in their bones are told so, place by place, and never fail further in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.house import House
from mockserver.openapi.problems import SpecificationError
from mockserver.openapi.structure import check_structure

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "/{stage}", "variables": {"stage": {"default": "v1"}}}],
    "security": [{"key": []}],
    "tags": [{"name": "pets"}],
    "paths": {
        "/pets": {
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
            "get": {
                "operationId": "listPets",
                "tags": ["pets"],
                "responses": {
                    "200": {
                        "description": "pets",
                        "headers": {"X-Total": {"schema": {"type": "integer"}}},
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                                "examples": {"none": {"value": []}},
                            }
                        },
                        "links": {"pet": {"operationId": "getPet"}},
                    },
                    "default": {"$ref": "#/components/responses/Error"},
                },
            },
            "post": {
                "operationId": "addPet",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "responses": {"201": {"description": "added"}},
                "callbacks": {"told": {"{$request.body#/x}": {"post": {"responses": {}}}}},
            },
        },
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "security": [],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "a pet",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    },
                    "4XX": {"description": "none"},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "integer"},
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                    "of": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                },
            }
        },
        "responses": {
            "Error": {"description": "e", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "login": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"a": ""}}},
            },
        },
    },
}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


ODDITIES: list[Any] = [
    None, [], {}, "x", "", 3, -1.5, True, [[]], [None], {"$ref": "#/nope"}, {"$ref": 3}, {"a": {"b": "c"}},
]  # fmt: skip


def replaced(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document: Any = deepcopy(DOCUMENT)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = deepcopy(value)
    return document  # type: ignore[no-any-return]


def ask_everything(house: House) -> None:
    service = house.service(None)
    for operation in service.contract.operations:
        target = service.base_path + operation.path.replace("{id}", "7")
        for token in (b"", b"pets_owner"):
            headers = [(b"x-key", token), (b"content-type", b"application/json")]
            exchange = house.answer(
                house.worlds.default, None, operation.method, target, headers, b'{"id":1}'
            )
            assert exchange.status < 500, exchange.reason


@given(
    st.sampled_from(list(places(DOCUMENT))),
    st.sampled_from([*ODDITIES, ...]),
    st.sampled_from(["3.1.0", "3.0.3"]),
)
def test_whatever_stands_in_a_document_it_is_served_or_told(
    path: tuple[str | int, ...], value: Any, version: str
) -> None:
    document = replaced(path, value)
    if path != ("openapi",):
        document["openapi"] = version
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pets.json"
        file.write_text(json.dumps(document))
        try:
            house = House([file])
        except SpecificationError:
            return
        ask_everything(house)


def test_a_sound_document_has_nothing_to_tell() -> None:
    assert list(check_structure(DOCUMENT)) == []


@pytest.mark.parametrize(
    ("path", "value", "pointer", "told"),
    [
        (("paths",), [], "/paths", "must be a mapping, not an empty list"),
        (("paths", "/pets", "get"), None, "/paths/~1pets/get", "must be a mapping, not nothing"),
        (("paths", "/pets", "parameters"), {}, "/paths/~1pets/parameters", "must be a list, not a mapping"),
        (("paths", "/pets", "parameters", 0, "name"), ..., "/paths/~1pets/parameters/0", "needs name"),
        (("security",), {"key": []}, "/security", "not a mapping"),
        (("security", 0, "key"), "read", "/security", "must be a list of mappings from a scheme's name"),
        (("components", "securitySchemes", "key", "type"), ..., "/components/securitySchemes/key", "type"),
        (("components", "schemas", "Pet", "type"), [], "/components/schemas/Pet/type", "not an empty list"),
        (("servers", 0), "https://x.test", "/servers/0", "must be a mapping, not 'https://x.test'"),
        (("info",), 3, "/info", "must be a mapping, not 3"),
    ],
)  # fmt: skip
def test_what_is_of_another_type_is_told_at_its_place(
    path: tuple[str | int, ...], value: Any, pointer: str, told: str
) -> None:
    [fault] = check_structure(replaced(path, value))
    assert fault[0] == pointer
    assert told in fault[1]


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bones.yaml"
    file.write_text(
        'openapi: "3.1.0"\ninfo: 3\npaths:\n  /a:\n    get:\n      tags: 4\n      responses: []\n'
    )
    with pytest.raises(SpecificationError) as caught:
        House([file])
    assert [problem.line for problem in caught.value.problems] == [2, 6, 7]
