"""The way from Schemathesis to the bridge: what is sent is what its own transport would send, no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_dict

from contracts.answer import Answer
from contracts.generated.carrier import Carrier, Unreachable, reached_through

TEXT = {"type": "string", "maxLength": 5}
THING = {"type": "object", "properties": {"name": TEXT, "size": {"type": "integer"}}, "required": ["name"]}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.example.com"}],
    "paths": {
        "/things/{id}": {
            "post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}},
                    {"name": "q", "in": "query", "schema": {"type": "array", "items": TEXT}},
                    {"name": "X-Kind", "in": "header", "schema": TEXT},
                    {"name": "seen", "in": "cookie", "schema": TEXT},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": THING},
                        "application/x-www-form-urlencoded": {"schema": THING},
                        "multipart/form-data": {"schema": THING},
                        "text/plain": {"schema": TEXT},
                    }
                },
                "responses": {"200": {"description": "It."}},
            },
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "responses": {"200": {"description": "It."}},
            },
        }
    },
}
# Other ones each time: a case's number, and where the parts of a form begin and end.
NUMBER, BOUNDARY = "x-schemathesis-testcaseid", re.compile(rb"[0-9a-f]{32}")


class Asked:
    """Answers, and keeps what it was asked."""

    def __init__(
        self, status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"{}"
    ) -> None:
        self.status, self.headers, self.body = status, dict(headers or {}), body
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append((method, target, dict(headers), body))
        return Answer(method, target, self.status, self.headers, self.body)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The same as an ASGI application."""
        if scope["type"] != "http":
            return
        message = await receive()
        target = (
            scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        ).decode()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        headers.pop("host")
        self.ask(scope["method"], target, headers, message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


def schema(asked: Asked) -> Any:
    loaded = from_dict(DOCUMENT, config=SchemathesisConfig.from_dict({}))
    return reached_through(loaded, Carrier(asked))


def known(sent: tuple[str, str, dict[str, str], bytes]) -> tuple[str, str, dict[str, bytes], bytes]:
    method, target, headers, body = sent
    told = {name: BOUNDARY.sub(b"", value.encode()) for name, value in headers.items() if name != NUMBER}
    return method, target, told, BOUNDARY.sub(b"", body)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from(["GET", "POST"]), st.data())
def test_what_is_sent_is_what_it_would_send_by_itself(method: str, data: st.DataObject) -> None:
    straight, around = Asked(), Asked()
    operation = schema(straight)["/things/{id}"][method]
    case = data.draw(operation.as_strategy())
    case.call(headers={"X-More": "é"})
    case.call(headers={"X-More": "é"}, app=around)
    assert known(straight.sent[0]) == known(around.sent[0])


def test_what_comes_back_is_what_was_answered() -> None:
    asked = Asked(418, {"x-kind": "ü", "transfer-encoding": "chunked"}, b'{"a": 1}')
    response = schema(asked)["/things/{id}"]["GET"].Case(path_parameters={"id": "1"}).call()
    assert (response.status_code, response.content, response.json()) == (418, b'{"a": 1}', {"a": 1})
    assert response.headers == {"x-kind": ["ü"], "content-length": ["8"]}
    assert response.message == "I'm a Teapot"
    assert asked.sent[0][1] == "/things/1"


def test_an_answer_that_never_came_is_a_503() -> None:
    case = schema(Asked(0, {}, b"not sent: no"))["/things/{id}"]["GET"].Case(path_parameters={"id": "1"})
    assert case.call().status_code == 503


def test_a_part_of_a_document_is_reached_the_same_way() -> None:
    """Schemathesis makes a new schema of what is included; an engine runs that."""
    asked = Asked()
    part = schema(asked).include(method="GET")
    part["/things/{id}"]["GET"].Case(path_parameters={"id": "1"}).call()
    assert len(asked.sent) == 1


def test_nothing_of_one_case_or_of_the_environment_goes_with_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine testserver login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    asked = Asked(200, {"set-cookie": "seen=yes"})
    case = schema(asked)["/things/{id}"]["GET"].Case(path_parameters={"id": "1"})
    case.call(cookies={"own": "1"})
    case.call()
    assert asked.sent[0][2]["cookie"] == "own=1"
    assert not {"cookie", "authorization"} & asked.sent[1][2].keys()


def test_a_schema_that_would_send_by_another_way_is_refused() -> None:
    class Other:
        """Like a later version: whoever sends a case does not ask its schema how."""

        def clone(self) -> Other:
            return Other()

    with pytest.raises(Unreachable, match="does not ask its schema"):
        reached_through(Other(), Carrier(Asked()))
