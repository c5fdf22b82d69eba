"""A vendor's document becomes a provider that can be served, and nothing of it is lost on the way."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.cli import main
from mockserver.commands.importing import Imported, import_document
from mockserver.openapi.document import open_document
from mockserver.openapi.imports import read_import
from mockserver.openapi.problems import SpecificationError
from tests.openapi.given import CALCOM

TODAY = date(2026, 11, 21)

TASKS: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Tasks", "version": "1"},
    "servers": [{"url": "https://tasks.example.com/v1"}],
    "paths": {
        "/tasks": {
            "get": {
                "operationId": "listTasks",
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "default": 2, "maximum": 5},
                    },
                    {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}},
                    {"name": "X-Api-Key", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "tasks",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["items", "total"],
                                    "properties": {
                                        "items": {
                                            "type": "array",
                                            "items": {"$ref": "#/components/schemas/Task"},
                                        },
                                        "total": {"type": "integer"},
                                        "hasMore": {"type": "boolean"},
                                    },
                                }
                            }
                        },
                    },
                    "401": {"$ref": "#/components/responses/Refused"},
                },
            },
            "post": {
                "operationId": "createTask",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewTask"}}},
                },
                "responses": {
                    "201": {
                        "description": "made",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
                    },
                    "400": {"$ref": "#/components/responses/Refused"},
                },
            },
        },
        "/tasks/{taskId}": {
            "parameters": [
                {"name": "taskId", "in": "path", "required": True, "schema": {"type": "string"}},
            ],
            "get": {
                "operationId": "getTask",
                "responses": {
                    "200": {
                        "description": "one",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
                    },
                    "404": {"$ref": "#/components/responses/Refused"},
                },
            },
            "delete": {"operationId": "deleteTask", "responses": {"204": {"description": "gone"}}},
        },
        "/tasks/{taskId}/cancel": {
            "post": {
                "operationId": "cancelTask",
                "parameters": [
                    {"name": "taskId", "in": "path", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "cancelled",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
                    }
                },
            }
        },
    },
    "components": {
        "responses": {
            "Refused": {
                "description": "no",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["statusCode", "message"],
                            "properties": {"statusCode": {"type": "integer"}, "message": {"type": "string"}},
                        }
                    }
                },
            }
        },
        "schemas": {
            "Task": {
                "type": "object",
                "required": ["id", "text", "status"],
                "properties": {
                    "id": {"type": "string"},
                    "text": {"type": "string"},
                    "status": {"type": "string", "enum": ["open", "cancelled"]},
                    "note": {"type": "string", "nullable": True},
                },
            },
            "NewTask": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string"}, "status": {"type": "string", "enum": ["open"]}},
            },
        },
    },
}


def imported(folder: Path, data: Any, name: str = "openapi.json", **more: Any) -> Imported:
    source = folder / "source" / name
    source.parent.mkdir(exist_ok=True)
    source.write_text(data if isinstance(data, str) else json.dumps(data))
    return import_document("tasks", str(source), folder / "tasks", today=TODAY, **more)


def changed(**parts: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(TASKS))
    for pointer, value in parts.items():
        node = data
        *steps, last = pointer.split("__")
        for step in steps:
            node = node[step]
        node[last] = value
    return data


def rules(made: Imported) -> Counter[str]:
    return Counter(each.rule for each in made.defects)


def test_the_original_is_kept_byte_for_byte_with_source_date_and_digest(tmp_path: Path) -> None:
    text = json.dumps(TASKS, indent=7) + "\n \n"
    imported(tmp_path, text)
    record = read_import(tmp_path / "tasks")
    assert record is not None
    assert (tmp_path / "tasks" / "original" / "openapi.json").read_text() == text
    assert record.taken == "2026-11-21"
    assert record.source == str(tmp_path / "source" / "openapi.json")
    assert record.openapi == "3.0.3"
    assert record.changed() == []
    (tmp_path / "tasks" / "original" / "openapi.json").write_text(text + " ")
    assert record.changed() == ["openapi.json"]


def test_what_is_imported_works_with_state(tmp_path: Path) -> None:
    imported(tmp_path, TASKS)
    with Mock(tmp_path / "tasks") as mock:
        made = mock.call("POST", "/v1/tasks", json={"text": "Sweep"})
        assert made.status == 201
        task = made.json
        assert task["text"] == "Sweep"
        assert mock.call("GET", f"/v1/tasks/{task['id']}").json == task
        assert mock.call("POST", f"/v1/tasks/{task['id']}/cancel").json["status"] == "cancelled"
        assert mock.call("GET", f"/v1/tasks/{task['id']}").json["status"] == "cancelled"
        listed = mock.call("GET", "/v1/tasks?limit=5", persona="owner").json
        assert listed["total"] == 3
        assert task["id"] in [each["id"] for each in listed["items"]]
        first = mock.call("GET", "/v1/tasks", persona="owner").json
        assert len(first["items"]) == 2
        assert first["hasMore"] is True
        assert mock.call("DELETE", f"/v1/tasks/{task['id']}").status == 204
        gone = mock.call("GET", f"/v1/tasks/{task['id']}")
        assert gone.status == 404
        assert set(gone.json) == {"statusCode", "message"}


def test_a_page_of_half_a_row_is_refused(tmp_path: Path) -> None:
    limit = {"name": "limit", "in": "query", "schema": {"type": "number"}}
    offset = {"name": "offset", "in": "query", "schema": {"type": "number"}}
    imported(tmp_path, changed(**{"paths__/tasks__get__parameters": [limit, offset]}))
    with Mock(tmp_path / "tasks") as mock:
        assert mock.call("GET", "/v1/tasks?limit=1&offset=1").status == 200
        assert mock.call("GET", "/v1/tasks?limit=1.5").status in (400, 422)
        assert mock.call("GET", "/v1/tasks?offset=" + "9" * 30).status in (400, 422)


def test_credentials_in_a_header_parameter_are_asked_for(tmp_path: Path) -> None:
    imported(tmp_path, TASKS)
    with Mock(tmp_path / "tasks") as mock:
        anonymous = mock.call("GET", "/v1/tasks", headers={"X-Api-Key": "garbage"})
        assert anonymous.status == 401
        assert mock.call("GET", "/v1/tasks", headers={"X-Api-Key": mock.token()}).status == 200


def test_every_supposition_is_marked_assumed_and_says_from_what(tmp_path: Path) -> None:
    made = imported(tmp_path, TASKS)
    assert len(made.inferred.actions) > 5
    for action in made.inferred.actions:
        assert action["x-evidence"]["known"] == "assumed"
        assert "inferred by mockserver import from" in action["x-evidence"]["source"]


def test_what_is_taken_out_of_the_overlay_is_not_guessed_again_when_served(tmp_path: Path) -> None:
    imported(tmp_path, TASKS)
    (tmp_path / "tasks" / "inferred.overlay.yaml").unlink()
    (tmp_path / "tasks" / "provider.yaml").unlink()
    with Mock(tmp_path / "tasks") as mock:
        made = mock.call("POST", "/v1/tasks", json={"text": "Sweep"})
        assert made.status == 201
        listed = mock.call("GET", "/v1/tasks", headers={"X-Api-Key": "anything"})
        assert {row["id"] for row in listed.json["items"]} != {made.json["id"]}


def test_files_of_the_user_survive_a_second_import(tmp_path: Path) -> None:
    imported(tmp_path, TASKS)
    (tmp_path / "tasks" / "mine.overlay.yaml").write_text("mine")
    imported(tmp_path, TASKS)
    assert (tmp_path / "tasks" / "mine.overlay.yaml").read_text() == "mine"
    assert not list(tmp_path.glob(".*importing"))


def test_several_files_are_taken_along(tmp_path: Path) -> None:
    (tmp_path / "source" / "parts").mkdir(parents=True)
    (tmp_path / "source" / "parts" / "task.yaml").write_text(
        "Task: {type: object, required: [id], properties: {id: {type: string}, next: {$ref: '#/Task'}}}\n"
    )
    data = changed(components__schemas__Task={"$ref": "parts/task.yaml#/Task"})
    made = imported(tmp_path, data)
    assert sorted(made.files) == ["openapi.json", "parts/task.yaml"]
    assert (tmp_path / "tasks" / "original" / "parts" / "task.yaml").is_file()
    assert not rules(made)["reference"]


def test_a_reference_to_another_place_is_refused_unless_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "task.yaml").write_text(
        "Task: {type: object, properties: {id: {type: string}}}\n"
    )
    data = changed(components__schemas__Task={"$ref": "../elsewhere/task.yaml#/Task"})
    made = imported(tmp_path, data)
    assert rules(made)["reference"] >= 1
    assert made.files == ["openapi.json"]
    made = imported(tmp_path, data, named=[str(tmp_path / "elsewhere")])
    assert rules(made)["reference"] == 0
    assert made.files == ["openapi.json", "named/1/task.yaml"]


MENDED: dict[str, tuple[dict[str, Any], str]] = {
    "an operationId that is there twice": ({"paths__/tasks__post__operationId": "listTasks"}, "operation-id"),
    "a reference to nothing": (
        {"paths__/tasks__post__responses__400": {"$ref": "#/components/responses/Nowhere"}},
        "reference",
    ),
    "a schema that refers to nothing": (
        {"components__schemas__Task__properties__note": {"$ref": "#/components/schemas/Nowhere"}},
        "reference",
    ),
    "a pattern that is none": (
        {"components__schemas__Task__properties__note": {"type": "string", "pattern": "("}},
        "schema",
    ),
    "a type that is none": ({"components__schemas__Task__properties__note": {"type": "text"}}, "schema"),
    "required as a flag": (
        {"components__schemas__Task__properties__note": {"type": "string", "required": True}},
        "schema",
    ),
    "a path without a slash": ({"paths__things": {"get": {"responses": {}}}}, "path"),
    "a path with a query": ({"paths__/things?x=1": {"get": {"responses": {}}}}, "path"),
    "two spellings of a path": (
        {
            "paths__/tasks/{id}": {
                "patch": {
                    "responses": {"200": {"description": "x"}},
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                    ],
                }
            }
        },
        "path",
    ),
    "a scheme that nobody declares": ({"security": [{"token": []}]}, "security-scheme"),
    "a status that is none": ({"paths__/tasks__get__responses__all": {"description": "x"}}, "status"),
    "a body as a parameter": (
        {"paths__/tasks__post__parameters": [{"name": "b", "in": "body", "schema": {"type": "string"}}]},
        "parameter",
    ),
    "a parameter without a name": ({"paths__/tasks__post__parameters": [{"in": "query"}]}, "structure"),
    "responses as a list": ({"paths__/tasks/{taskId}__delete__responses": [1]}, "structure"),
    "a fact of ours that means something else": ({"x-paging": "yes, please"}, "fact"),
    "an operation as text": ({"paths__/tasks__put": "soon"}, "structure"),
}


@pytest.mark.parametrize("what", MENDED)
def test_no_defect_keeps_the_rest_from_being_served(what: str, tmp_path: Path) -> None:
    parts, rule = MENDED[what]
    made = imported(tmp_path, changed(**parts))
    found = [each for each in made.defects if each.rule == rule and each.repaired]
    assert found
    assert all(each.pointer and each.consequence for each in found)
    with Mock(tmp_path / "tasks") as mock:
        task = mock.call("POST", "/v1/tasks", json={"text": "Sweep"}, persona="owner").json
        assert mock.call("GET", f"/v1/tasks/{task['id']}", persona="owner").status == 200


def test_operations_of_two_spellings_of_a_path_are_both_served(tmp_path: Path) -> None:
    imported(tmp_path, changed(**MENDED["two spellings of a path"][0]))
    with Mock(tmp_path / "tasks") as mock:
        assert mock.call("PATCH", "/v1/tasks/1").status == 200


def test_keys_that_are_there_twice_are_listed_and_the_last_one_counts(tmp_path: Path) -> None:
    text = json.dumps(TASKS)[:-1] + ', "info": {"title": "Last", "version": "2"}}'
    made = imported(tmp_path, text)
    assert rules(made)["duplicate-key"] == 1
    assert made.title == "Last"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"swagger": "2.0"}',
        '{"openapi": "3.0.0"}',
        '{"openapi": "3.0.0", "paths": {}}',
        "a: [",
        "1",
    ],
)
def test_only_what_cannot_be_served_at_all_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SpecificationError) as caught:
        imported(tmp_path, text)
    assert all(str(problem).startswith(str(tmp_path)) for problem in caught.value.problems)
    assert not (tmp_path / "tasks").exists()


def test_the_command_line_tells_mistakes_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, told in (
        (["zeeg", "x.json"], "comes with Understudy"),
        (["A b", "x.json"], "is no name for a provider"),
        (["mine", "x.json"], "there is no such file"),
        (["mine", "x.json", "--like", "zeg"], "did you mean 'zeeg'"),
        (["mine", "x.json", "--corrections", "nowhere.yaml"], "there is no such file"),
    ):
        assert main(["import", *arguments]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1


def test_import_then_serve_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks.json").write_text(json.dumps(TASKS))
    assert main(["import", "my-tasks", "tasks.json"]) == 0
    assert "mockserver serve my-tasks" in capsys.readouterr().out
    with Mock("my-tasks") as mock:
        assert mock.call("GET", "/v1/tasks/x").status == 404
    assert main(["routes", "my-tasks", "--no-cache"]) == 0
    assert "createTask" in capsys.readouterr().out


def test_a_new_provider_passes_the_checks_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-notes", "--title", 'Notes "and" more']) == 0
    for name in ("my-notes", "understudy/my-notes"):
        assert main(["lint", name, "--no-cache"]) == 0
        assert "0 errors, 0 warnings, 0 notes" in capsys.readouterr().out
    with Mock(tmp_path / "understudy" / "my-notes") as mock:
        assert mock.call("GET", "/v1/notes/note_welcome", persona="only-notes-read").status == 200
        assert mock.call("POST", "/v1/notes", json={"text": "x"}, persona="only-notes-read").status == 403
    assert main(["new", "my-notes"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_schema_of_which_no_value_ever_ends_is_listed(tmp_path: Path) -> None:
    endless = {
        "type": "object",
        "required": ["above"],
        "properties": {"above": {"$ref": "#/components/schemas/Tree"}},
    }
    found = imported(tmp_path, changed(components__schemas__Tree=endless)).defects
    told = [each for each in found if each.rule == "impossible"]
    assert [each.pointer for each in told] == ["/components/schemas/Tree"]


needs_calcom = pytest.mark.skipif(
    not CALCOM.is_file(), reason="needs the vendor's document beside the repository"
)


@needs_calcom
def test_the_defects_of_the_vendors_cal_com_document_are_counted_right(tmp_path: Path) -> None:
    made = import_document("calcom-upstream", str(CALCOM), tmp_path / "calcom-upstream", today=TODAY)
    found = rules(made)
    data = json.loads(CALCOM.read_bytes())
    operations = [
        operation
        for item in data["paths"].values()
        for method, operation in item.items()
        if method in ("get", "put", "post", "patch", "delete")
    ]
    assert found["no-4xx"] == len(operations) == made.operations == 272
    assert (
        found["authorization-parameter"]
        == 236
        == sum(
            parameter["name"] == "Authorization"
            for operation in operations
            for parameter in operation.get("parameters", ())
        )
    )
    schemas = [node for node in every_object(data) if isinstance(node.get("type"), str)]
    assert found["javascript-pattern"] == 2
    assert (
        found["default-misfit"]
        == 28
        == sum(node["type"] == "object" and isinstance(node.get("default"), bool) for node in schemas)
    )
    assert found["unused-path-parameter"] == 1
    assert found["no-security"] == 1
    assert found["bare-object"] == 4
    # A constant's name for a pattern; lists of values of another type than the one beside them.
    assert found["pattern-misfit"] == 4 == json.dumps(data).count('"pattern": "TIME_FORMAT_HH_MM"')
    lists = [
        node
        for node in every_object(data)
        if isinstance(node.get("enum"), list) and node.get("type") in ("array", "object")
    ]
    # The fifth refers to a schema whose required member does, in a circle.
    assert found["impossible"] == 5 == len(lists) + 1
    # The only one that has no mapping, and whose types are other words than the names of its schemas.
    assert found["discriminator-misfit"] == 1
    bodiless = sum(
        status != "204" and not response.get("content")
        for operation in operations
        for status, response in operation["responses"].items()
    )
    assert found["no-response-schema"] == 7 == bodiless
    overlaps = {each.pointer for each in made.defects if each.rule == "overlapping-oneof"}
    assert "/paths/~1v2~1bookings/post/requestBody/content/application~1json/schema" in overlaps
    assert "/components/schemas/GetBookingOutput_2024_08_13/properties/data" in overlaps
    assert set(found) - {"overlapping-oneof", "example-misfit", "pattern-misfit", "impossible"} == {
        "no-4xx", "authorization-parameter", "javascript-pattern", "default-misfit",
        "unused-path-parameter", "no-security", "bare-object", "no-response-schema",
        "discriminator-misfit",
    }  # fmt: skip


def every_object(node: Any) -> list[dict[str, Any]]:
    found, stack = [], [node]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            found.append(each)
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
    return found


@needs_calcom
def test_the_restated_document_says_what_the_original_says(tmp_path: Path) -> None:
    import_document("calcom-upstream", str(CALCOM), tmp_path / "calcom-upstream", today=TODAY)
    restated = json.loads((tmp_path / "calcom-upstream" / "openapi.json").read_bytes())
    assert restated == open_document(CALCOM, facts="lenient").data


def test_what_names_several_rows_names_no_row(tmp_path: Path) -> None:
    data = changed()
    data["paths"]["/tasks/{taskId}"]["parameters"][0]["schema"] = {"type": "array", "items": {}}
    made = imported(tmp_path, data)
    assert {use["action"] for use in made.inferred.uses.values()} == {"create", "list", "transition"}
    with Mock(tmp_path / "tasks") as mock:
        assert mock.call("GET", "/v1/tasks/a,b", headers={"X-Api-Key": "k"}).status == 200


def test_a_list_is_no_name_of_a_row(tmp_path: Path) -> None:
    data = changed()
    data["components"]["schemas"]["Task"]["properties"]["id"] = {"type": "array", "items": {}}
    made = imported(tmp_path, data)
    assert "id" not in {field for _, field in made.inferred.kinds.values()}


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ({"type": "array", "items": {}, "minItems": 2}, {"type": "array", "items": {}, "maxItems": 1}),
        ({"type": "string"}, {"type": "string", "enum": ["red"]}),
        ({"type": "string"}, {"type": "string", "maxLength": 100}),
        ({"type": "integer"}, {"type": "integer", "minimum": 0}),
        ({"type": "object", "properties": {"street": {}}}, {"type": "object", "required": ["street"]}),
    ],
)
def test_a_row_leaves_away_what_it_cannot_hold_and_a_request_may(
    asked: Any, held: Any, tmp_path: Path
) -> None:
    data = changed()
    schemas = data["components"]["schemas"]
    schemas["NewTask"]["properties"]["odd"] = asked
    schemas["Task"]["properties"]["odd"] = asked
    assert "leave" not in imported(tmp_path, data).inferred.uses["post", "/tasks"]
    schemas["Task"]["properties"]["odd"] = held
    assert imported(tmp_path, data).inferred.uses["post", "/tasks"]["leave"] == ["odd"]
    assert "leave:" in (tmp_path / "tasks" / "inferred.overlay.yaml").read_text()
    key = {"X-Api-Key": "k"}
    values: list[Any] = [[1, 2], "", "\u00e4" * 200, -5, {}]
    with Mock(tmp_path / "tasks") as mock:
        answers = [
            mock.call("POST", "/v1/tasks", json={"text": "x", "odd": odd}, headers=key) for odd in values
        ]
    made = [answer.json for answer in answers if answer.status == 201]
    assert made
    assert {answer.status for answer in answers} <= {201, 400}
    assert all(each["text"] == "x" and "odd" not in each for each in made)


def test_what_is_required_and_never_answered_is_listed(tmp_path: Path) -> None:
    data = changed()
    data["components"]["schemas"]["Task"]["properties"]["note"]["writeOnly"] = True
    assert rules(imported(tmp_path, data))["required-write-only"] == 0
    data["components"]["schemas"]["Task"]["required"].append("note")
    assert rules(imported(tmp_path, data))["required-write-only"] == 1


@pytest.mark.parametrize(
    ("value", "mapping", "count"),
    [("cat", None, 1), ("Cat", None, 0), ("cat", {"cat": "#/components/schemas/Cat"}, 0)],
)
def test_a_discriminator_that_tells_nothing_apart_is_listed(
    value: str, mapping: Any, count: int, tmp_path: Path
) -> None:
    data = changed()
    told = {"propertyName": "kind"} | ({} if mapping is None else {"mapping": mapping})
    data["components"]["schemas"]["Cat"] = {"type": "object", "properties": {"kind": {"enum": [value]}}}
    data["components"]["schemas"]["Pet"] = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": told,
    }
    assert rules(imported(tmp_path, data))["discriminator-misfit"] == count


def test_refusals_that_are_not_declared_are_listed_where_others_are(tmp_path: Path) -> None:
    told = {
        each.pointer: each.message
        for each in imported(tmp_path, TASKS).defects
        if each.rule == "undeclared-4xx"
    }
    assert told == {
        "/paths/~1tasks/get": "listTasks declares neither 400 nor 422",
        "/paths/~1tasks~1{taskId}/get": "getTask declares neither 400 nor 422",
    }


def test_what_is_write_only_is_never_answered(tmp_path: Path) -> None:
    data = changed()
    schemas = data["components"]["schemas"]
    secret = {"type": "string", "writeOnly": True}
    signers = {"type": "array", "items": {"type": "object", "properties": {"name": {}, "password": secret}}}
    for name in ("Task", "NewTask"):
        schemas[name]["properties"] |= {"password": secret, "signers": signers}
    imported(tmp_path, data)
    key = {"X-Api-Key": "k"}
    with Mock(tmp_path / "tasks") as mock:
        body = {"text": "x", "password": "p", "signers": [{"name": "Bo", "password": "p"}]}
        made = mock.call("POST", "/v1/tasks", json=body, headers=key)
        assert made.status == 201
        assert "password" not in made.json
        assert made.json["signers"] == [{"name": "Bo"}]
        assert mock.call("GET", f"/v1/tasks/{made.json['id']}", headers=key).json == made.json


@pytest.mark.parametrize(("version", "count"), [("3.0.3", 0), ("3.1.0", 1)])
def test_what_means_nothing_in_three_one_is_listed(version: str, count: int, tmp_path: Path) -> None:
    assert rules(imported(tmp_path, changed(openapi=version)))["nullable"] == count
