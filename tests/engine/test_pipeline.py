"""The order in which things are refused, and that what is refused leaves no trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.exchange import Exchange, Reply
from mockserver.openapi.problems import SpecificationError
from tests.documents import tasks_document, tasks_provider, write_provider

GOOD = {"title": "Call Ana"}
BAD = {"title": ""}

# Each request has everything wrong from one step on; the first step that objects is the one that answers.
ORDER = [
    ("no credentials", {}, BAD, 401),
    ("malformed credentials", {"authorization": "Basic eDp5"}, BAD, 401),
    ("unknown token", {"authorization": "Bearer garbage"}, BAD, 401),
    ("revoked token", {"authorization": "Bearer tasks_revoked"}, BAD, 401),
    ("expired token", {"authorization": "Bearer tasks_expired"}, BAD, 401),
    ("missing scope", {"authorization": "Bearer tasks_only-tasks-read"}, BAD, 403),
    ("invalid body", {"authorization": "Bearer tasks_owner"}, BAD, 422),
    ("nothing", {"authorization": "Bearer tasks_owner"}, GOOD, 201),
]


@pytest.mark.parametrize(("wrong", "headers", "body", "status"), ORDER, ids=[row[0] for row in ORDER])
def test_the_first_step_that_objects_answers(
    mock: Mock, wrong: str, headers: dict[str, str], body: Any, status: int
) -> None:
    assert mock.call("POST", "/v1/tasks", headers=headers, json=body).status == status


def test_the_quota_is_asked_after_the_scope_and_before_the_body(mock: Mock) -> None:
    token = mock.tokens(scopes=["tasks:write"], quota=1)
    assert mock.call("POST", "/v1/tasks", token=token, json=GOOD).status == 201
    assert mock.call("POST", "/v1/tasks", token=token, json=BAD).status == 429
    assert mock.call("GET", "/v1/tasks", token=token).status == 403


def test_a_plan_is_asked_for_after_the_scope(mock: Mock) -> None:
    assert (
        mock.call("GET", "/v1/report", persona="only-tasks-write")
        .json["message"]
        .startswith("The token lacks")
    )
    assert "paid" in mock.call("GET", "/v1/report", persona="free").json["message"]
    assert mock.call("GET", "/v1/report", persona="owner").status == 200


def test_a_provider_may_validate_before_it_asks_for_credentials(tmp_path: Path) -> None:
    document = tasks_document() | {"x-order": ["validate", "authenticate", "authorize", "throttle"]}
    with Mock(write_provider(tmp_path, document, tasks_provider()), data="empty") as mock:
        assert mock.call("POST", "/v1/tasks", json=BAD).status == 422
        assert mock.call("POST", "/v1/tasks", json=GOOD).status == 401


def test_waiting_as_long_as_a_429_says_helps_and_less_does_not(mock: Mock) -> None:
    for _ in range(2):
        assert mock.call("GET", "/v1/report", persona="owner").status == 200
    refused = mock.call("GET", "/v1/report", persona="owner")
    assert refused.status == 429
    wait = int(refused.headers["retry-after"])
    mock.clock.advance(wait - 1)
    assert mock.call("GET", "/v1/report", persona="owner").status == 429
    mock.clock.advance(1)
    assert mock.call("GET", "/v1/report", persona="owner").status == 200


def test_quota_headers_count_down_on_refusals_too(mock: Mock) -> None:
    first = mock.call("GET", "/v1/tasks", persona="owner")
    second = mock.call("GET", "/v1/tasks?size=0", persona="owner")
    assert (first.status, second.status) == (200, 422)
    assert int(second.headers["x-remaining"]) == int(first.headers["x-remaining"]) - 1


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("GET", "/v1/nothing", 404, None),
        ("GET", "/tasks", 404, None),
        ("PUT", "/v1/tasks", 405, "GET, POST"),
        ("HEAD", "/v1/tasks", 405, "GET, POST"),
        ("POST", "/v1/tasks/x", 405, "DELETE, GET, PATCH"),
        ("GET", "/v1/tasks/a%2Fb", 404, None),
        ("GET", "/v1/tasks/", 404, None),
    ],
)
def test_unknown_paths_and_verbs_are_told_apart(
    mock: Mock, method: str, target: str, status: int, allow: str | None
) -> None:
    answer = mock.call(method, target, persona="owner")
    assert answer.status == status
    assert answer.headers.get("allow") == allow
    assert set(answer.json) == {"message", "status"}


def test_an_encoded_slash_stays_inside_its_segment(mock: Mock) -> None:
    assert mock.call("GET", "/v1/tasks/a%2Ffinish", persona="owner").exchange.operation == "getTask"


def test_a_reply_that_breaks_the_document_is_a_500_and_undone(mock: Mock) -> None:
    def lie(exchange: Exchange) -> Reply:
        exchange.store.insert("tasks/task", "t-lie", {"id": "t-lie", "_account": "one", "title": "kept?"})
        return Reply(201, b'{"id": 5}', value={"id": 5})

    service = mock.service()
    plan = service.plan(service.contract.operation("createTask"))
    plan.behaviour = lie
    answer = mock.call("POST", "/v1/tasks", persona="owner", json=GOOD)
    assert answer.status == 500
    assert answer.json["title"] == "mock-not-conformant"
    assert any("title" in problem for problem in answer.json["problems"])
    assert mock.state("task") == []


def test_an_undeclared_status_is_not_conformant(mock: Mock) -> None:
    service = mock.service()
    plan = service.plan(service.contract.operation("createTask"))
    plan.behaviour = lambda exchange: Reply(418, b"{}", value={})
    assert mock.call("POST", "/v1/tasks", persona="owner", json=GOOD).json["title"] == "mock-not-conformant"


def test_a_behaviour_that_fails_is_a_500_without_its_insides_and_undone(mock: Mock) -> None:
    def fail(exchange: Exchange) -> Reply:
        exchange.store.insert("tasks/task", "t-half", {"id": "t-half", "_account": "one"})
        raise ZeroDivisionError("secret insides")

    service = mock.service()
    service.plan(service.contract.operation("createTask")).behaviour = fail
    answer = mock.call("POST", "/v1/tasks", persona="owner", json=GOOD)
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert mock.state("task") == []
    assert "ZeroDivisionError" in "".join(answer.exchange.warnings or [])


def test_several_security_alternatives_are_or_and_one_is_and(tmp_path: Path) -> None:
    document = tasks_document()
    document["components"]["securitySchemes"]["key"] = {"type": "apiKey", "in": "header", "name": "X-Key"}
    document["paths"]["/tasks"]["get"]["security"] = [
        {"bearer": ["tasks:read"], "key": []},
        {"key": ["tasks:write"]},
    ]
    with Mock(write_provider(tmp_path, document, tasks_provider()), data="empty") as mock:
        reader, writer = mock.token("only-tasks-read"), mock.token("only-tasks-write")
        bearer = {"authorization": f"Bearer {reader}"}
        assert mock.call("GET", "/v1/tasks", headers=bearer).status == 401
        assert mock.call("GET", "/v1/tasks", headers=bearer | {"x-key": reader}).status == 200
        assert mock.call("GET", "/v1/tasks", headers={"x-key": writer}).status == 200
        assert mock.call("GET", "/v1/tasks", headers={"x-key": reader}).status == 403


def test_facts_that_name_what_is_not_there_are_all_told_at_once(tmp_path: Path) -> None:
    document = tasks_document()
    document["paths"]["/tasks"]["post"]["x-resource"]["kind"] = "tusk"
    document["paths"]["/tasks/{id}"]["get"]["x-resource"]["kind"] = "tisk"
    with pytest.raises(SpecificationError) as caught:
        Mock(write_provider(tmp_path, document, tasks_provider()), data="empty")
    assert "tusk" in str(caught.value)
    assert "tisk" in str(caught.value)


def test_a_path_with_a_server_of_its_own_is_found_there_and_only_there(tmp_path: Path) -> None:
    document = tasks_document()
    document["paths"]["/open"]["servers"] = [{"url": "https://tasks.example"}]
    document["paths"]["/tasks/{id}"]["servers"] = [{"url": "https://tasks.example/old"}]
    with Mock(write_provider(tmp_path, document, tasks_provider()), data="empty") as mock:
        assert mock.call("GET", "/open").status == 200
        assert mock.call("GET", "/v1/open").status == 404
        assert mock.call("GET", "/v1/tasks", persona="owner").status == 200
        made = mock.call("POST", "/v1/tasks", persona="owner", json=GOOD).json
        assert mock.call("GET", f"/old/tasks/{made['id']}", persona="owner").status == 200
        assert mock.call("GET", f"/old/tasks/{made['id']}%2F", persona="owner").status == 404
        assert mock.call("GET", f"/v1/tasks/{made['id']}", persona="owner").status == 404
        wrong = mock.call("PUT", "/open")
        assert (wrong.status, wrong.headers["allow"]) == (405, "GET")


def test_the_journal_keeps_a_part_of_a_large_body(mock: Mock) -> None:
    answer = mock.call("POST", "/v1/tasks", persona="owner", json={"title": "x", "tags": ["y" * 200_000]})
    assert answer.status == 201
    assert len(mock.exchanges[-1].body) == 65_536
    assert mock.exchanges[-1].data is None
    assert len(mock.state("task")[0]["tags"][0]) == 200_000
