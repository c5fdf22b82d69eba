"""Kinds of tokens refused each in their way, credentials in two parts, and those that nobody has to send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import Mock
from tests.documents import json_body, operation, refusals, tasks_document, tasks_provider, write_provider

PAIR = {"x-id": "app", "x-secret": "s3cret:x"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tasks_document()
    schemes = made["components"]["securitySchemes"]
    for name, kind in (("key", "key"), ("managed", "managed")):
        schemes[name] = {"type": "http", "scheme": "bearer", "x-token-kind": kind}
    for name, header in (("appId", "x-id"), ("appSecret", "x-secret")):
        schemes[name] = {"type": "apiKey", "in": "header", "name": header, "x-token-kind": "app"}
    answer = {
        "200": {"description": "Something.", **json_body({"type": "object"})},
        **refusals(401, 403, 498),
    }
    ways: dict[str, list[dict[str, list[str]]]] = {
        "/first": [{}, {"key": []}, {"appId": [], "appSecret": []}],
        "/last": [{"key": []}, {"appId": [], "appSecret": []}, {}],
        "/needed": [{"key": []}, {"managed": []}, {"appId": [], "appSecret": []}],
        "/apps": [{"appId": [], "appSecret": []}],
    }
    for where, security in ways.items():
        made["paths"][where] = {"get": operation("get" + where[1:].title(), None, answer)}
        made["paths"][where]["get"]["security"] = security
    provider = tasks_provider()
    provider["tokens"]["pairs"] = [["appId", "appSecret"]]
    provider["personas"] = {
        "key": {"kind": "key", "scopes": "all"},
        "app": {"kind": "app", "token": "app:s3cret:x"},
        "managed": {"kind": "managed"},
        "old": {"kind": "key", "expired": True},
        "old-managed": {"kind": "managed", "expired": True},
        "gone-app": {"kind": "app", "token": "gone:s", "revoked": True},
    }
    provider["statuses"] = {"expired-token-managed": 498}
    provider["messages"] = {
        "expired-token-managed": "ACCESS_TOKEN_IS_EXPIRED",
        "revoked-token-app": "Gone app.",
    }
    return write_provider(tmp_path_factory.mktemp("tokens"), made, provider)


@pytest.fixture
def mock(path: Path) -> Iterator[Mock]:
    with Mock(path, data="empty") as mock:
        yield mock


def test_kinds_of_tokens_have_limits_of_their_own(tmp_path: Path) -> None:
    made, provider = tasks_document(), tasks_provider()
    made["components"]["securitySchemes"]["bearer"]["x-token-kind"] = "key"
    made["x-order"] = ["authenticate", "throttle", "authorize", "validate"]
    made["x-rate-limit"]["usual"] |= {"limit": 3, "kinds": {"app": 5}}
    provider["personas"] = {
        "owner": {"kind": "key", "scopes": "all"},
        "app": {"kind": "app", "scopes": "all"},
    }
    provider["request-id"] = "X-Request"
    with Mock(write_provider(tmp_path, made, provider), data="empty") as mock:
        for persona, most in (("owner", 3), ("app", 5)):
            answers = [mock.call("GET", "/v1/tasks", persona=persona) for _ in range(most + 1)]
            assert [answer.headers["x-limit"] for answer in answers] == [str(most)] * (most + 1)
            assert answers[-1].status == 429
            assert answers[-1].headers["x-request"] == answers[-1].exchange.id
            assert answers[0].status in (200, 403)


def test_an_expired_token_is_refused_as_its_kind_is(mock: Mock) -> None:
    plain = mock.call("GET", "/v1/needed", persona="old")
    assert (plain.status, plain.json["message"]) == (401, "The access token has expired.")
    managed = mock.call("GET", "/v1/needed", persona="old-managed")
    assert (managed.status, managed.json["message"]) == (498, "ACCESS_TOKEN_IS_EXPIRED")
    assert mock.call("GET", "/v1/needed", persona="gone-app").json["message"] == "Gone app."


@pytest.mark.parametrize("where", ["/v1/first", "/v1/last", "/v1/needed", "/v1/apps"])
def test_two_parts_are_one_credential(mock: Mock, where: str) -> None:
    answer = mock.call("GET", where, headers=PAIR)
    assert answer.status == 200
    assert answer.exchange.caller is not None
    assert answer.exchange.caller.persona == "app"
    assert mock.call("GET", where, headers=PAIR | {"x-secret": "other"}).status == 401
    assert mock.call("GET", where, headers=PAIR | {"x-id": "other"}).status == 401


@pytest.mark.parametrize("where", ["/v1/needed", "/v1/apps"])
def test_one_part_alone_is_none(mock: Mock, where: str) -> None:
    for part in PAIR:
        answer = mock.call("GET", where, headers={part: PAIR[part]})
        assert answer.status == 401
        assert answer.exchange.stop is not None
        assert answer.exchange.stop.rule == "missing-credentials"


@pytest.mark.parametrize("where", ["/v1/first", "/v1/last", "/v1/needed", "/v1/apps"])
def test_a_persona_of_two_parts_sends_both(mock: Mock, where: str) -> None:
    answer = mock.call("GET", where, persona="app")
    assert answer.status == 200
    assert answer.exchange.headers[b"x-id"] == b"app"
    assert answer.exchange.headers[b"x-secret"] == b"s3cret:x"


@pytest.mark.parametrize("where", ["/v1/first", "/v1/last"])
def test_who_may_go_without_credentials_is_refused_with_bad_ones(mock: Mock, where: str) -> None:
    anonymous = mock.call("GET", where)
    assert anonymous.status == 200
    assert anonymous.exchange.caller is None
    known = mock.call("GET", where, persona="key")
    assert known.exchange.caller is not None
    assert known.exchange.caller.persona == "key"
    for wrong in ("Bearer nobody", "Basic abc", "Bearer"):
        assert mock.call("GET", where, headers={"Authorization": wrong}).status == 401
    assert mock.call("GET", where, persona="old").status == 401


@pytest.mark.parametrize("where", ["/v1/first", "/v1/last"])
def test_a_way_for_nobody_is_none_for_a_token_of_a_kind_that_is_not_let_in(mock: Mock, where: str) -> None:
    assert mock.call("GET", where).status == 200
    token = mock.token("managed")
    refused = mock.call("GET", where, headers={"authorization": f"Bearer {token}"})
    assert refused.status == 403
    assert refused.exchange.stop is not None
    assert refused.exchange.stop.rule == "token-kind"
