"""As whom a token acts, which kinds of tokens are let in, and what a role may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.openapi.problems import SpecificationError
from tests.documents import json_body, operation, tasks_document, tasks_provider, write_provider

HEADER = "x-as-user"
GOOD = {"title": "Call Ana"}
# Token kind and header to the status of an operation that needs to know who acts, and of one that does not.
CASES = [
    ("owner", None, 200, 200),
    ("owner", "u1", 200, 200),
    ("owner", "u2", 403, 403),
    ("owner", "nobody", 403, 403),
    ("key", None, 400, 200),
    ("key", "", 400, 200),
    ("key", "u1", 200, 200),
    ("key", "u2", 200, 200),
    ("key", "r1", 403, 403),
    ("key", "nobody", 403, 403),
    ("gone", None, 403, 403),
]


def document() -> dict[str, Any]:
    made = tasks_document()
    schemes = made["components"]["securitySchemes"]
    schemes["mine"] = {"type": "http", "scheme": "bearer", "x-token-kind": "pat"}
    schemes["key"] = {"type": "http", "scheme": "bearer", "x-token-kind": "key"}
    made["components"]["schemas"]["User"] = {"type": "object", "properties": {"id": {"type": "string"}}}
    made["x-resources"]["user"] = {"schema": "#/components/schemas/User", "id": "id", "owner": "_account"}
    made["x-access"] = {"roles": ["owner", "admin", "member"]}
    made["x-acting-user"] = {
        "kind": "user",
        "role": "_role",
        "header": HEADER,
        "for": {"key": "required", "pat": "own"},
    }
    made["x-resources"]["task"]["new"] |= {"_user": "$caller.user"}
    for path in ("/tasks", "/tasks-by-offset"):
        found = made["paths"][path]["get"]
        found["security"] = [{"mine": ["tasks:read"]}, {"key": ["tasks:read"]}]
        found["x-resource"]["within"] = {"field": "_user", "unless-role": "admin"}
    made["paths"]["/tasks-by-offset"]["get"]["x-acting-user"] = "optional"
    made["paths"]["/tasks"]["post"]["security"] = [{"mine": ["tasks:write"]}, {"key": []}]
    made["paths"]["/keys-only"] = {
        "get": operation(
            "getKeysOnly",
            "tasks:read",
            {"200": {"description": "For keys.", **json_body({"type": "object"})}},
            **{"x-acting-user": "optional"},
        )
    }
    made["paths"]["/keys-only"]["get"]["security"] = [{"key": []}]
    made["paths"]["/admins"] = {
        "get": operation(
            "getAdmins",
            "tasks:read",
            {"200": {"description": "For admins.", **json_body({"type": "object"})}},
            **{"x-role": {"level": "organization", "least": "admin"}},
        )
    }
    return made


def provider() -> dict[str, Any]:
    made = tasks_provider()
    made["tokens"]["kinds"] = {"key": {"shape": "key:{persona}", "minted": "key:{base62:16}"}}
    users = {"owner": "u1", "member": "u2", "gone": "u9"}
    made["personas"] = {
        name: {"account": "one", "user": user, "scopes": "all", "kind": "pat"} for name, user in users.items()
    } | {"key": {"account": "one", "user": "u1", "scopes": [], "kind": "key"}}
    made["rows"] = {
        "user": [
            {"id": "u1", "_account": "one", "_role": "owner"},
            {"id": "u2", "_account": "one", "_role": "member"},
            {"id": "r1", "_account": "two", "_role": "owner"},
        ]
    }
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    made = document()
    # The key's own alternative asks for no scope; that of the list does.
    for path in ("/tasks", "/tasks-by-offset"):
        made["paths"][path]["get"]["security"][1]["key"] = []
    with Mock(write_provider(tmp_path_factory.mktemp("specs"), made, provider()), data="empty") as mock:
        yield mock


@pytest.fixture
def mock(served: Mock) -> Mock:
    served.reset()
    return served


def headers(user: str | None) -> dict[str, str]:
    return {} if user is None else {HEADER: user}


@pytest.mark.parametrize(("persona", "named", "needed", "optional"), CASES)
def test_a_token_acts_as_who_it_may(
    mock: Mock, persona: str, named: str | None, needed: int, optional: int
) -> None:
    assert mock.call("GET", "/v1/tasks", persona=persona, headers=headers(named)).status == needed
    assert mock.call("GET", "/v1/tasks-by-offset", persona=persona, headers=headers(named)).status == optional


def test_the_refusals_name_the_header_and_the_fact(mock: Mock) -> None:
    missing = mock.call("GET", "/v1/tasks", persona="key")
    assert HEADER in missing.json["message"]
    assert missing.exchange.stop is not None
    assert missing.exchange.stop[:3] == ("authorize", "missing-acting-user", "/x-acting-user")


def test_what_is_made_belongs_to_the_acting_user(mock: Mock) -> None:
    made = mock.call("POST", "/v1/tasks", persona="key", headers=headers("u2"), json=GOOD)
    assert made.status == 201, made
    assert [row["_user"] for row in mock.state("task")] == ["u2"]


def test_a_list_is_limited_unless_the_role_is_high_enough(mock: Mock) -> None:
    for user in ("u1", "u2", "u2"):
        mock.call("POST", "/v1/tasks", persona="key", headers=headers(user), json=GOOD)

    def total(persona: str, user: str | None = None) -> int:
        answer = mock.call("GET", "/v1/tasks", persona=persona, headers=headers(user))
        found: int = answer.json["info"]["total"]
        return found

    assert [total("owner"), total("member"), total("key", "u1"), total("key", "u2")] == [3, 2, 3, 2]


def test_a_role_is_asked_for_after_the_acting_user(mock: Mock) -> None:
    assert mock.call("GET", "/v1/admins", persona="owner").status == 200
    refused = mock.call("GET", "/v1/admins", persona="member")
    assert (refused.status, refused.exchange.stop.rule) == (403, "role-required")  # type: ignore[union-attr]


def test_a_kind_of_token_that_is_not_let_in_gets_403_and_no_token_401(mock: Mock) -> None:
    assert mock.call("GET", "/v1/keys-only", persona="key").status == 200
    refused = mock.call("GET", "/v1/keys-only", persona="owner")
    assert (refused.status, refused.exchange.stop.rule) == (403, "token-kind")  # type: ignore[union-attr]
    assert mock.call("GET", "/v1/keys-only").status == 401


def test_scopes_are_those_of_the_alternative_that_the_kind_is_for(mock: Mock) -> None:
    token = mock.tokens(scopes=["tasks:read"])
    assert mock.call("GET", "/v1/tasks", token=token).status == 200
    # The alternative for keys asks for no scope, and does not help this one.
    refused = mock.call("POST", "/v1/tasks", token=token, json=GOOD)
    assert (refused.status, refused.exchange.stop.rule) == (403, "missing-scope")  # type: ignore[union-attr]


def test_minted_tokens_have_the_shape_of_their_kind(mock: Mock) -> None:
    service, world = mock.service(), mock.world
    assert service.mint(world).startswith("tasks_")
    key = service.mint(world, kind="key")
    assert key.startswith("key:")
    assert mock.token("key") == "key:key"
    assert mock.call("GET", "/v1/keys-only", token=key).status == 200


def test_a_fork_that_mints_the_same_token_has_its_own_caller(mock: Mock) -> None:
    one, other = mock.fork(), mock.fork()
    token = one.tokens(scopes=["tasks:read"])
    assert other.tokens(scopes=["tasks:write"]) == token
    assert one.call("GET", "/v1/tasks", token=token).status == 200
    assert other.call("GET", "/v1/tasks", token=token).status == 403


def test_a_role_that_is_none_is_a_mistake_in_the_document(tmp_path: Path) -> None:
    made = document()
    made["paths"]["/admins"]["get"]["x-role"]["least"] = "chief"
    with (
        Mock(write_provider(tmp_path, made, provider()), data="empty") as mock,
        pytest.raises(SpecificationError, match="chief"),
    ):
        mock.call("GET", "/v1/admins", persona="owner")


def test_a_list_may_be_ordered_by_the_field_that_a_parameter_names(tmp_path: Path) -> None:
    made = tasks_document()
    found = made["paths"]["/tasks"]["get"]
    found["x-resource"]["sort"]["by"] = {"param": "by", "fields": ["due", "title"]}
    found["parameters"].append({"name": "by", "in": "query", "schema": {"enum": ["due", "title"]}})
    with Mock(write_provider(tmp_path, made, tasks_provider()), data="empty") as mock:
        for title, day in (("b", 1), ("c", 2), ("a", 3)):
            due = f"2026-04-0{day}T00:00:00Z"
            mock.call("POST", "/v1/tasks", persona="owner", json={"title": title, "due": due})

        def titles(query: str) -> str:
            answer = mock.call("GET", f"/v1/tasks?{query}", persona="owner")
            return "".join(row["title"] for row in answer.json["items"])

        assert titles("") == titles("by=due") == "bca"
        assert titles("by=title") == "abc"
        assert titles("by=title&sort=desc") == "cba"
        assert titles("by=title&dueAfter=2026-04-02T00:00:00Z") == "ac"
        assert titles("by=due&dueAfter=2026-04-02T00:00:00Z") == "ca"


@pytest.mark.parametrize("kind", [{"type": "integer"}, {"type": ["integer", "null"]}, {"type": "string"}])
@pytest.mark.parametrize("several", [False, True])
def test_own_rows_are_found_by_number_where_users_are_numbers(
    tmp_path: Path, kind: dict[str, Any], several: bool
) -> None:
    made = tasks_document()
    field = {"type": "array", "items": kind} if several else kind
    made["components"]["schemas"]["Task"] = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "by": field},
    }
    made["x-resources"]["task"] = {"schema": "#/components/schemas/Task", "id": "id", "sort": ["id"]}
    listing = made["paths"]["/tasks"]["get"]
    listing["x-resource"] = {
        "kind": "task",
        "action": "list",
        "wrap": {"items": "$rows", "info": "$page"},
        "within": {"field": "by"},
    }
    for path in ("/tasks-by-offset", "/tasks-by-cursor", "/tasks/{id}", "/tasks/{id}/finish"):
        del made["paths"][path]
    del made["paths"]["/tasks"]["post"]
    side = tasks_provider()
    side["personas"] = {name: {"user": name, "scopes": "all"} for name in ("7", "8")}
    users: list[Any] = ["7", "8"] if kind["type"] == "string" else [7, 8]
    side["rows"] = {
        "task": [{"id": f"t{u}", "title": "x", "by": [u] if several else u} for u in users],
    }
    with Mock(write_provider(tmp_path, made, side), data="empty") as mock:
        for user in ("7", "8"):
            found = mock.call("GET", "/v1/tasks", persona=user).json["items"]
            assert [row["id"] for row in found] == [f"t{user}"]
