"""The envelope of refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.nest import nest_errors, nest_sentence
from mockserver.engine.refusals import Complaint
from mockserver.engine.refuse import KEPT_BODIES, KEPT_LENGTH
from mockserver.mock import Answer
from mockserver.openapi.problems import SpecificationError
from tests.documents import tasks_document, tasks_provider, write_provider


def test_problems_can_be_listed_as_zod_lists_them(tmp_path: Path) -> None:
    provider = tasks_provider()
    provider["refusals"]["422"] = {"message": "$message", "status": "$status", "details": "$problems.zod"}
    document = tasks_document()
    document["components"]["schemas"]["Error"] = {"type": "object", "required": ["details"]}
    with Mock(write_provider(tmp_path, document, provider), data="empty") as mock:
        issues = mock.call("POST", "/v1/tasks", persona="owner", json={"tags": ["a", 1]}).json["details"]
        assert {(issue["code"], tuple(issue["path"])) for issue in issues} == {
            ("invalid_type", ("title",)),
            ("invalid_type", ("tags", 1)),
        }
        assert all(issue["message"] for issue in issues)
        (issue,) = mock.call("GET", "/v1/tasks?size=51", persona="owner").json["details"]
        assert (issue["code"], issue["path"]) == ("too_big", ["size"])


def test_problems_can_be_listed_as_nest_lists_them(tmp_path: Path) -> None:
    provider = tasks_provider()
    provider["refusals"]["422"] = {"message": "$message", "status": "$status", "details": "$problems.nest"}
    document = tasks_document()
    document["components"]["schemas"]["Error"] = {"type": "object", "required": ["details"]}
    sent = {"tags": ["a", 1]}
    with Mock(write_provider(tmp_path, document, provider), data="empty") as mock:
        issues = mock.call("POST", "/v1/tasks", persona="owner", json=sent).json["details"]
        title, tags = sorted(issues, key=lambda each: str(each["property"] != "title"))
        assert title == {
            "property": "title",
            "children": [],
            "target": sent,
            "constraints": {"isDefined": "title should not be null or undefined"},
        }
        assert tags["property"] == "tags"
        assert tags["value"] == sent["tags"]
        assert "constraints" not in tags
        (inner,) = tags["children"]
        assert inner["property"] == "1"
        assert inner["value"] == 1
        assert inner["constraints"] == {"isString": "1 must be a string"}
        (issue,) = mock.call("GET", "/v1/tasks?size=51", persona="owner").json["details"]
        assert issue == {
            "property": "size",
            "children": [],
            "constraints": {"max": "size must be at most 50"},
        }


def test_what_is_wrong_twice_with_a_property_is_one_entry() -> None:
    wrong = [
        Complaint("body", ("guests", 0, "email"), "type", "must be a string"),
        Complaint("body", ("guests", 0, "email"), "minLength", "must not be empty"),
        Complaint("body", ("guests", 0, "colour"), "additionalProperties", "is not a known property"),
        Complaint("body", (), "type", "must be an object"),
    ]
    guests, body = nest_errors(wrong, {"guests": [{"email": 1, "colour": "red"}]})
    (first,) = guests["children"]
    assert [each["constraints"] for each in first["children"]] == [
        {"isString": "email must be a string", "minLength": "email must not be empty"},
        {"whitelistValidation": "property colour should not exist"},
    ]
    assert first["children"][1]["target"] == {"email": 1, "colour": "red"}
    assert body["constraints"] == {"isObject": "body must be an object"}
    assert nest_errors([], None) == []


def with_envelopes(folder: Path, name: str) -> Path:
    provider = tasks_provider()
    provider["timestamps"] = "milliseconds"
    provider["codes"] = {"401": "who", "expired-token": "too_late"}
    provider["refusals"] |= {
        "default": {"message": "$message", "at": "$timestamp"},
        "invalid-body": {"message": "the usual invalid body"},
        "oauth": {"error": "$code"},
        "oauth-403": {"error": "forbidden", "error_description": "$message"},
        "oauth-invalid-body": {"error": "invalid_request"},
    }
    document = tasks_document()
    document["components"]["schemas"]["Error"] = {"type": "object"}
    document["paths"]["/tasks"]["post"]["x-envelope"] = name
    document["x-resources"]["task"]["new"]["createdAt"] = "$now-ms"
    return write_provider(folder, document, provider)


def test_an_operation_can_have_an_envelope_of_its_own(tmp_path: Path) -> None:
    with Mock(with_envelopes(tmp_path, "oauth"), data="empty") as mock:
        assert mock.call("POST", "/v1/tasks").json == {"error": "who"}
        assert mock.call("POST", "/v1/tasks", persona="expired").json == {"error": "too_late"}
        assert mock.call("POST", "/v1/tasks", persona="owner", json={}).json == {"error": "invalid_request"}
        refused = mock.call("POST", "/v1/tasks", persona="only-tasks-read").json
        assert refused == {
            "error": "forbidden",
            "error_description": "The token lacks the scope tasks:write.",
        }
        assert set(mock.call("GET", "/v1/tasks").json) == {"message", "at"}


def test_an_envelope_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="no refusals called 'oath'"):
        Mock(with_envelopes(tmp_path, "oath"))


def test_instants_can_be_told_in_milliseconds(tmp_path: Path) -> None:
    path = with_envelopes(tmp_path, "oauth")
    with Mock(path, data="empty", clock="2026-04-06T08:00:00.123456Z") as mock:
        assert mock.call("GET", "/v1/tasks").json["at"] == "2026-04-06T08:00:00.123Z"
        made = mock.call("POST", "/v1/tasks", persona="owner", json={"title": "Call Ana"}).json
        assert made["createdAt"] == made["updatedAt"] == "2026-04-06T08:00:00.123Z"


def test_problems_in_one_sentence() -> None:
    problems = [
        Complaint("body", ("foo",), "additionalProperties", "is not a known property"),
        Complaint("body", ("who", "zone"), "required", "is required"),
        Complaint("body", ("foo",), "type", "must be a string"),
    ]
    told = "foo property is wrong,property foo should not exist,foo must be a string "
    assert (
        nest_sentence(problems) == f"{told},who property is wrong,who.zone should not be null or undefined "
    )


def telling(folder: Path, envelope: Any, error: Any) -> Path:
    """A provider whose refusals are that envelope, and that schema."""
    provider = tasks_provider()
    provider["timestamps"] = "milliseconds"
    provider["refusals"] = {"default": envelope}
    document = tasks_document()
    document["components"]["schemas"]["Error"] = error
    return write_provider(folder, document, provider)


TELLS_ALL = {
    "message": "$message",
    "at": "$timestamp",
    "of": {"path": "$path", "request": "$request-id"},
    "wrong": "$problems.nest",
    "again": "$path",
    "fixed": ["a", {"b": "$status"}],
}
ANY_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["message", "at"],
    "properties": {
        "at": {"type": "string", "format": "date-time"},
        "of": {"type": "object", "properties": {"path": {"pattern": "^/v1/"}, "request": {}}},
        "wrong": {"type": "array", "items": {"type": "object", "required": ["property"]}},
        "again": {"type": "string"},
    },
}


def test_the_same_refusal_tells_of_each_request(tmp_path: Path) -> None:
    """Its body is kept, and what it tells of a request is that request's."""
    path = telling(tmp_path, TELLS_ALL, ANY_ERROR)
    with Mock(path, data="empty", clock="2026-04-06T08:00:00Z") as mock:
        told = []
        for second, title in enumerate((1, 2, None)):
            mock.clock.set(f"2026-04-06T08:00:0{second}.500Z")
            answer = mock.call("POST", "/v1/tasks", persona="owner", json={"title": title})
            assert answer.status == 422
            told.append(answer.json)
            assert answer.json == {
                "message": "The body is not valid.",
                "at": f"2026-04-06T08:00:0{second}.500Z",
                "of": {"path": "/v1/tasks", "request": mock.exchanges[-1].id},
                "wrong": nest_errors(
                    [Complaint("body", ("title",), "type", "must be a string")], {"title": title}
                ),
                "again": "/v1/tasks",
                "fixed": ["a", {"b": 422}],
            }
        assert len({each["of"]["request"] for each in told}) == 3
        assert [list(each) for each in told] == [list(TELLS_ALL)] * 3
        for id in ("t-1", "t-2", "t-1"):
            told_of = mock.call("GET", f"/v1/tasks/{id}", persona="owner").json
            assert told_of["of"]["path"] == told_of["again"] == f"/v1/tasks/{id}"


@pytest.mark.parametrize(
    "error",
    [
        {"type": "object", "properties": {**ANY_ERROR["properties"], "again": {"maxLength": 14}}},
        {"type": "object", "properties": {"again": {"maxLength": 14}}},
        {"allOf": [{"type": "object", "properties": {"again": {"maxLength": 14}}}]},
        {"type": "object", "maxProperties": 6, "properties": {"again": {"maxLength": 14}}},
    ],
)
def test_what_the_document_does_not_allow_is_found_out_each_time(tmp_path: Path, error: Any) -> None:
    with Mock(telling(tmp_path, TELLS_ALL, error), data="empty") as mock:
        for id, status in (("t-1", 404), ("t-2", 404), ("t-1234567", 500), ("t-3", 404), ("t-1234567", 500)):
            answer = mock.call("GET", f"/v1/tasks/{id}", persona="owner")
            assert answer.status == status, answer
            if status == 500:
                assert answer.json["title"] == "mock-not-conformant"


def test_a_refusal_of_an_imported_document_is_the_same_again(tmp_path: Path) -> None:
    """What the document asks for, its headers too, is in the first answer and in each after it."""
    document = tasks_document()
    document["paths"]["/tasks"]["post"]["responses"]["422"] = {
        "description": "Refused.",
        "headers": {"X-Reason": {"required": True, "schema": {"const": "because"}}},
        "content": {"application/vnd.error+json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }
    document["components"]["schemas"]["Failure"] = {
        "type": "object",
        "required": ["detail", "kind"],
        "properties": {"detail": {"type": "string"}, "kind": {"const": "failure"}},
        "additionalProperties": False,
    }
    path = write_provider(tmp_path, document, None)
    with Mock(path, data="empty") as mock:
        answers = [mock.call("POST", "/v1/tasks", persona="owner", json={"title": 1}) for _ in range(3)]
        assert [each.status for each in answers] == [422] * 3
        assert [each.json for each in answers] == [answers[0].json] * 3
        assert answers[0].json == {"detail": "The body is not valid.", "kind": "failure"}
        for each in answers:
            assert each.headers["content-type"] == "application/vnd.error+json"
            assert each.headers["x-reason"] == "because"


NEW = "2026-02-25"


@pytest.mark.parametrize("prepared", [True, False])
def test_a_version_that_is_not_there_is_refused_in_words_of_its_own(tmp_path: Path, prepared: bool) -> None:
    """Of it nothing is declared; what was said there is not said where something is."""
    document = tasks_document()
    document["x-versions"] = {"header": "api-version", "overlays": {}}
    create = document["paths"]["/tasks"]["post"]
    create["x-version"] = {"accepts": [NEW], "default": "required"}
    document["components"]["schemas"]["Own"] = {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string", "maxLength": 10}},
    }
    own = {"schema": {"$ref": "#/components/schemas/Own"}}
    create["responses"]["401"] = {"description": "Refused.", "content": {"application/json": own}}
    provider = tasks_provider()
    provider["messages"] = {"expired-token": "Too late, and too long for what the document allows."}
    with Mock(write_provider(tmp_path, document, provider if prepared else None), data="empty") as mock:

        def asked(version: str, persona: str = "owner", **more: str) -> Answer:
            headers = {"Api-Version": version, **more}
            return mock.call("POST", "/v1/tasks", persona=persona, json={"title": "x"}, headers=headers)

        first = asked("nope", Prefer="fault=expired-token")
        assert first.status == 401
        expired = asked(NEW, "expired")
    if prepared:
        assert expired.status == 500
        assert expired.json["title"] == "mock-not-conformant"
    else:
        assert expired.status == 401
        assert expired.headers["content-type"] == "application/json"
        assert len(expired.json["message"]) <= 10


def test_no_more_is_kept_than_a_few_bodies_of_a_few_letters(tmp_path: Path) -> None:
    document = tasks_document()
    create = document["paths"]["/tasks"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"]["additionalProperties"] = False
    with Mock(write_provider(tmp_path, document, None), data="empty") as mock:
        for number in range(300):
            surplus = f"{number:0{20_000 if number % 3 else 4}}"
            answer = mock.call("POST", "/v1/tasks", persona="owner", json={"title": "x", surplus: 1})
            assert answer.status == 422
        service = mock.service()
        (operation,) = [each for each in service.contract.operations if each.id == create["operationId"]]
        plan = service.plan(operation)
        bodies = {key: kept for words in plan.wordings.values() for key, kept in (words.kept or {}).items()}
    assert 0 < len(bodies) <= KEPT_BODIES
    assert max(len(str(key)) for key in bodies) < 2 * KEPT_LENGTH
