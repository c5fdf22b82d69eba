from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.openapi.anatomy import lookup, walk
from mockserver.openapi.bundle import Bundle, bundle
from mockserver.openapi.references import check_references
from mockserver.openapi.sources import read_source

HEAD = "openapi: 3.1.1\ninfo: {title: T, version: '1'}\n"


def bundled(folder: Path, files: Mapping[str, str], root: str = "openapi.yaml") -> Bundle:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if name != root else HEAD + text)
    return bundle(read_source((folder / root).resolve(), root))


def sound(folder: Path, files: Mapping[str, str]) -> Any:
    result = bundled(folder, files)
    assert result.problems == ()
    assert check_references(result.data) == []
    return result.data


def followed(data: Any, pointer: str) -> Any:
    node = lookup(data, pointer)
    while "$ref" in node:
        node = lookup(data, node["$ref"][1:])
    return node


SCHEMA = "components:\n  schemas:\n    A: {$ref: '%s'}\n"


def test_a_reference_to_another_file_becomes_a_component(tmp_path: Path) -> None:
    data = sound(tmp_path, {"openapi.yaml": SCHEMA % "b.yaml#/B", "b.yaml": "B: {type: string}"})
    assert data["components"]["schemas"] == {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "string"}}


def test_every_kind_of_object_goes_to_its_own_section(tmp_path: Path) -> None:
    root = """
paths:
  /a:
    get:
      parameters: [{$ref: 'x.yaml#/parameter'}]
      requestBody: {$ref: 'x.yaml#/body'}
      callbacks: {done: {$ref: 'x.yaml#/callback'}}
      responses:
        '200': {$ref: 'x.yaml#/response'}
"""
    other = """
parameter: {name: p, in: query, schema: {$ref: '#/schema'}, examples: {one: {$ref: '#/example'}}}
body: {content: {application/json: {schema: {$ref: '#/schema'}}}}
callback: {'{$request.body#/url}': {$ref: '#/item'}}
item: {post: {responses: {'200': {description: ok}}}}
response: {description: ok, headers: {X: {$ref: '#/header'}}, links: {l: {$ref: '#/link'}}}
header: {schema: {$ref: '#/schema'}}
link: {operationId: get}
example: {value: {$ref: not a reference}}
schema: {type: string}
"""
    data = sound(tmp_path, {"openapi.yaml": root, "x.yaml": other})
    assert {name: list(section) for name, section in data["components"].items()} == {
        "parameters": ["parameter"],
        "requestBodies": ["body"],
        "callbacks": ["callback"],
        "responses": ["response"],
        "schemas": ["schema"],
        "examples": ["example"],
        "pathItems": ["item"],
        "headers": ["header"],
        "links": ["link"],
    }
    assert data["components"]["examples"]["example"] == {"value": {"$ref": "not a reference"}}


def test_names_never_collide_and_the_root_keeps_its_own(tmp_path: Path) -> None:
    root = """
components:
  schemas:
    B:
      type: object
      properties: {b: {$ref: 'x.yaml#/B'}, c: {$ref: 'y/x.yaml#/B'}, d: {$ref: 'z/x.yaml#/B'}}
"""
    data = sound(
        tmp_path,
        {
            "openapi.yaml": root,
            "x.yaml": "B: {type: string}",
            "y/x.yaml": "B: {type: integer}",
            "z/x.yaml": "B: {type: boolean}",
        },
    )
    assert data["components"]["schemas"]["B"]["type"] == "object"
    for name, kind in (("b", "string"), ("c", "integer"), ("d", "boolean")):
        assert followed(data, f"/components/schemas/B/properties/{name}") == {"type": kind}


def test_one_target_is_placed_once(tmp_path: Path) -> None:
    root = "components: {schemas: {A: {$ref: 'b.yaml'}, C: {$ref: './b.yaml#'}, D: {$ref: 'x/../b.yaml'}}}"
    data = sound(tmp_path, {"openapi.yaml": root, "b.yaml": "type: string", "x/y.yaml": ""})
    assert len(data["components"]["schemas"]) == 4


def test_recursion_within_and_across_files_stays_recursion(tmp_path: Path) -> None:
    data = sound(
        tmp_path,
        {
            "openapi.yaml": SCHEMA % "tree.yaml",
            "tree.yaml": "properties:\n  self: {$ref: '#'}\n  leaf: {$ref: 'leaf.yaml'}\n"
            "  up: {$ref: 'openapi.yaml#/components/schemas/A'}",
            "leaf.yaml": "properties: {tree: {$ref: tree.yaml}}",
        },
    )
    assert data["components"]["schemas"]["tree"]["properties"] == {
        "self": {"$ref": "#/components/schemas/tree"},
        "leaf": {"$ref": "#/components/schemas/leaf"},
        "up": {"$ref": "#/components/schemas/A"},
    }


def test_path_items_are_put_in_place_and_their_siblings_win(tmp_path: Path) -> None:
    root = """
paths:
  /a: {$ref: 'paths/a.yaml', summary: mine}
  /b: {$ref: '#/paths/~1a'}
"""
    item = "summary: theirs\nget: {responses: {'200': {$ref: '../responses.yaml#/Ok'}}}"
    data = sound(
        tmp_path, {"openapi.yaml": root, "paths/a.yaml": item, "responses.yaml": "Ok: {description: ok}"}
    )
    assert data["paths"]["/a"]["summary"] == "mine"
    assert data["paths"]["/a"]["get"] == data["paths"]["/b"]["get"]
    assert followed(data, "/paths/~1a/get/responses/200") == {"description": "ok"}


def test_whole_maps_lists_and_operations_can_stand_in_other_files(tmp_path: Path) -> None:
    root = """
paths: {$ref: paths.yaml}
components: {schemas: {$ref: schemas.yaml}}
"""
    paths = "/a: {get: {$ref: 'get.yaml'}, parameters: {$ref: 'parameters.yaml'}}"
    data = sound(
        tmp_path,
        {
            "openapi.yaml": root,
            "paths.yaml": paths,
            "get.yaml": "operationId: get\nresponses: {}",
            "parameters.yaml": "[{name: p, in: query, schema: {$ref: 'schemas.yaml#/S'}}]",
            "schemas.yaml": "S: {type: string}",
        },
    )
    assert data["paths"]["/a"]["get"] == {"operationId": "get", "responses": {}}
    assert followed(data, "/paths/~1a/parameters/0/schema") == {"type": "string"}
    assert data["components"]["schemas"]["S"] == {"type": "string"}


def test_what_is_data_is_left_alone(tmp_path: Path) -> None:
    root = """
x-other: {$ref: 'http://example.com'}
components:
  schemas:
    A:
      properties: {$ref: {type: string}}
      example: {$ref: 'nowhere.yaml'}
      default: {$ref: 'nowhere.yaml'}
      enum: [{$ref: 'nowhere.yaml'}]
      const: {$ref: 'nowhere.yaml'}
      x-data: {$ref: 'nowhere.yaml'}
"""
    data = sound(tmp_path, {"openapi.yaml": root})
    assert data["components"]["schemas"]["A"]["enum"] == [{"$ref": "nowhere.yaml"}]


def test_the_mapping_of_a_discriminator_follows_its_schemas(tmp_path: Path) -> None:
    root = SCHEMA % "pets.yaml#/components/schemas/Pet"
    pets = """
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/A'}, {$ref: 'dog.yaml'}]
      discriminator: {propertyName: kind, mapping: {a: A, d: dog.yaml, x: '#/components/schemas/A'}}
    A: {type: object}
"""
    data = sound(tmp_path, {"openapi.yaml": root, "pets.yaml": pets, "dog.yaml": "type: object"})
    pet = data["components"]["schemas"]["Pet"]
    placed = pet["oneOf"][0]["$ref"]
    assert placed != "#/components/schemas/A"
    assert pet["discriminator"]["mapping"] == {"a": placed, "d": "#/components/schemas/dog", "x": placed}


def test_anchors_and_ids_are_resolved_and_gone(tmp_path: Path) -> None:
    root = """
components:
  schemas:
    A: {$ref: 's.yaml#leaf'}
    B: {$ref: 'https://example.com/s/tree'}
    C: {$ref: 's.yaml#/$defs/tree'}
"""
    schemas = """
$id: https://example.com/s/root
$defs:
  leaf: {$anchor: leaf, type: string}
  tree:
    $id: tree
    $defs: {leaf: {type: integer}}
    properties: {mine: {$ref: '#/$defs/leaf'}, theirs: {$ref: 'root#leaf'}}
"""
    data = sound(tmp_path, {"openapi.yaml": root, "s.yaml": schemas})
    assert followed(data, "/components/schemas/A") == {"type": "string"}
    tree = data["components"]["schemas"]["C"]["$ref"][1:]
    assert followed(data, f"{tree}/properties/mine") == {"type": "integer"}
    assert followed(data, f"{tree}/properties/theirs") == {"type": "string"}
    text = orjson.dumps(data)
    assert b"$id" not in text
    assert b"$anchor" not in text


def test_a_dynamic_reference_with_one_possible_end_is_a_reference(tmp_path: Path) -> None:
    root = SCHEMA % "tree.yaml"
    tree = "$dynamicAnchor: node\nproperties: {children: {items: {$dynamicRef: '#node'}}}"
    data = sound(tmp_path, {"openapi.yaml": root, "tree.yaml": tree})
    children = data["components"]["schemas"]["tree"]["properties"]["children"]
    assert children == {"items": {"$ref": "#/components/schemas/tree"}}


def test_a_dynamic_reference_with_two_possible_ends_is_refused(tmp_path: Path) -> None:
    tree = "$dynamicAnchor: node\nproperties: {children: {items: {$dynamicRef: '#node'}}}"
    root = "components: {schemas: {A: {$ref: 'a.yaml'}, B: {$ref: 'b.yaml'}}}"
    result = bundled(tmp_path, {"openapi.yaml": root, "a.yaml": tree, "b.yaml": tree})
    assert any("exactly one $dynamicAnchor" in problem.message for problem in result.problems)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("http://example.com/a.yaml", "leaves this machine's folder"),
        ("HTTPS://example.com/a.yaml#/A", "leaves this machine's folder"),
        ("//example.com/a.yaml", "leaves this machine's folder"),
        ("\\\\\\\\example\\\\a.yaml", "leaves this machine's folder"),
        ("file:///etc/passwd", "leaves this machine's folder"),
        ("C:/a.yaml", "leaves this machine's folder"),
        ("data:text/plain,x", "leaves this machine's folder"),
        ("/etc/passwd", "leaves the folder"),
        ("../secret.yaml", "leaves the folder"),
        ("%2e%2e/secret.yaml", "leaves the folder"),
        ("sub/../../secret.yaml", "leaves the folder"),
        ("link.yaml", "leaves the folder"),
        ("linked/secret.yaml", "leaves the folder"),
        ("none.yaml", "does not exist"),
        ("sub", "does not exist"),
        ("pipe", "does not exist"),
        ("%00.yaml", "no path of a file"),
        ("x" * 5000, "no path of a file"),
        ("b.yaml#/None", "points to nothing in b.yaml"),
        ("b.yaml#None", "exactly one $anchor"),
        ("#", "the whole document"),
    ],
)
def test_a_reference_opens_nothing_outside_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ref: str, message: str
) -> None:
    (tmp_path / "secret.yaml").write_text("type: string")
    folder = tmp_path / "api"
    (folder / "sub").mkdir(parents=True)
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    opened: list[Path] = []
    read = Path.read_bytes

    def watched(path: Path) -> bytes:
        opened.append(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", watched)
    escaped = ref.replace("\\\\", "\\")
    (problem,) = bundled(
        folder,
        {"openapi.yaml": f"components:\n  schemas:\n    A:\n      $ref: '{escaped}'\n", "b.yaml": "A: {}"},
    ).problems
    assert message in problem.message
    assert (problem.file, problem.line, problem.pointer) == ("openapi.yaml", 6, "/components/schemas/A/$ref")
    assert problem.remedy
    assert all(path.is_relative_to(folder) for path in opened)


def test_a_problem_in_another_file_names_that_file(tmp_path: Path) -> None:
    other = "A:\n  properties:\n    x: {$ref: '#/None'}\n"
    result = bundled(tmp_path, {"openapi.yaml": SCHEMA % "sub/b.yaml#/A", "sub/b.yaml": other})
    (problem,) = result.problems
    assert (problem.file, problem.line, problem.pointer) == ("sub/b.yaml", 3, "/A/properties/x/$ref")


def test_a_broken_file_is_reported_once(tmp_path: Path) -> None:
    root = "components: {schemas: {A: {$ref: 'b.yaml#/A'}, B: {$ref: 'b.yaml#/B'}}}"
    result = bundled(tmp_path, {"openapi.yaml": root, "b.yaml": "a: 1\na: 2\n"})
    assert [(p.file, p.line) for p in result.problems] == [("b.yaml", 2)]
    assert check_references(result.data) == []


@pytest.mark.parametrize(
    "root",
    [
        "paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}",
        "paths: {/a: {$ref: a.yaml}}",
    ],
)
def test_path_items_that_lead_in_a_circle_are_refused(tmp_path: Path, root: str) -> None:
    result = bundled(tmp_path, {"openapi.yaml": root, "a.yaml": "$ref: a.yaml"})
    assert "leads back to itself" in result.problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        "A: {properties: {$ref: 's.yaml'}}",
        "A: {properties: {$ref: 's.yaml#/B'}}\nB: {$ref: 's.yaml#/B'}",
        "A: {allOf: {$ref: 's.yaml#/L'}}\nL: [{allOf: {$ref: 's.yaml#/L'}}]",
    ],
)
def test_content_that_contains_itself_is_refused(tmp_path: Path, text: str) -> None:
    result = bundled(tmp_path, {"openapi.yaml": "components: {schemas: {$ref: s.yaml}}", "s.yaml": text})
    assert any("leads back to itself" in problem.message for problem in result.problems)


def test_a_long_chain_of_files_is_refused_cleanly(tmp_path: Path) -> None:
    files = {f"f{n}.yaml": f"$ref: f{n + 1}.yaml" for n in range(500)}
    result = bundled(tmp_path, {"openapi.yaml": "paths: {/a: {$ref: f0.yaml}}", **files})
    assert "too many in a row" in result.problems[0].message


def test_content_is_not_put_in_place_ever_deeper(tmp_path: Path) -> None:
    nested = "{properties: {a: " * 30 + "{properties: {$ref: f%d.yaml}}" + "}}" * 30
    files = {f"f{n}.yaml": "A: " + nested % (n + 1) for n in range(50)}
    result = bundled(tmp_path, {"openapi.yaml": "components: {schemas: {$ref: f0.yaml}}", **files})
    assert "too many in a row" in result.problems[0].message


def test_a_map_may_be_referred_to_through_another_reference(tmp_path: Path) -> None:
    files = {"a.yaml": "$ref: b.yaml#/all", "b.yaml": "all: {S: {type: string}}"}
    data = sound(tmp_path, {"openapi.yaml": "components: {schemas: {$ref: a.yaml}}", **files})
    assert data["components"]["schemas"] == {"S": {"type": "string"}}


USER = '{"$id": "https://example.com/user.json", "properties": {"a": {"$ref": "address.json"}}}'


def test_a_relative_reference_inside_an_id_finds_the_file_that_has_the_id(tmp_path: Path) -> None:
    files = {
        "user.json": USER,
        "address.json": '{"$id": "https://example.com/address.json", "type": "string"}',
    }
    data = sound(tmp_path, {"openapi.yaml": SCHEMA % "user.json", **files})
    assert followed(data, "/components/schemas/user/properties/a") == {"type": "string"}


def test_a_relative_reference_inside_an_id_is_not_taken_for_a_file_of_another_name(tmp_path: Path) -> None:
    files = {
        "user.json": USER,
        "address.json": '{"$id": "https://elsewhere.com/address.json", "type": "string"}',
    }
    (problem,) = bundled(tmp_path, {"openapi.yaml": SCHEMA % "user.json", **files}).problems
    assert "no schema here has the $id" in problem.message


def test_references_that_never_reach_an_object_are_found() -> None:
    schemas: dict[str, Any] = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/A", "description": "beside"},
        "C": {"$ref": "#/components/schemas/C"},
        "D": {"$ref": "#/components/schemas/E"},
        "E": {"$ref": "#/components/schemas/F"},
        "F": {"properties": {"again": {"$ref": "#/components/schemas/D"}}},
    }
    found = check_references({"components": {"schemas": schemas}})
    assert [pointer for pointer, _, _ in found] == [f"/components/schemas/{name}/$ref" for name in "ABC"]
    assert all("circle" in message for _, message, _ in found)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("#/components/schemas/None", "points to nothing"),
        ("#/info/title", "no object"),
        ("other.yaml", "leaves the document"),
        ("#/components/schemas/A/required/9", "points to nothing"),
    ],
)
def test_dangling_references_are_found(ref: str, message: str) -> None:
    data = {"info": {"title": "T"}, "components": {"schemas": {"A": {"required": [], "not": {"$ref": ref}}}}}
    ((pointer, said, _),) = check_references(data)
    assert pointer == "/components/schemas/A/not/$ref"
    assert message in said


def test_percent_and_pointer_escapes_are_understood() -> None:
    data = {
        "paths": {"/a/{b c}": {"get": {"parameters": [{"schema": {"type": "string"}}]}}},
        "components": {
            "schemas": {"A": {"$ref": "#/paths/~1a~1%7Bb%20c%7D/get/parameters/0/schema"}, "B": True},
            "parameters": {"P": {"schema": {"$ref": "#/components/schemas/B"}}},
        },
    }
    assert check_references(data) == []


@pytest.mark.parametrize("value", [None, 1, "x", [], [1], {"a": 1}, True])
@pytest.mark.parametrize("place", ["paths", "components", "servers", "tags", "info", "webhooks"])
def test_wrong_types_are_somebody_elses_problem(tmp_path: Path, place: str, value: object) -> None:
    (tmp_path / "a.json").write_bytes(orjson.dumps({"openapi": "3.1.1", place: value}))
    result = bundle(read_source(tmp_path / "a.json", "a.json"))
    assert result.data[place] == value
    assert list(walk(result.data))
    assert check_references(result.data) == []
