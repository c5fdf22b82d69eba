from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.exchange import Wire
from mockserver.web.explain import SHOWN_BYTES, Hider, explain, shown_body, shown_headers, wire_text
from tests.faults.model import Model

NOTHING = Hider([])


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(tmp_path)


def test_a_token_in_a_body_is_hidden_too(model: Model) -> None:
    exchange = model.ask("POST", "/notes", {"text": "my token is notes_owner", "size": 1})
    told = explain(exchange)
    assert told["request"]["body"]["text"] == "my token is <token of owner>"
    assert told["response"]["body"]["text"] == "my token is <token of owner>"


def test_a_token_in_a_query_is_hidden_too(model: Model) -> None:
    assert explain(model.ask("GET", "/notes?token=notes_reader"))["query"] == "token=<token of reader>"


def test_an_explanation_can_always_be_written_as_json(model: Model) -> None:
    for target in ("/notes", "/notes/\udce4".encode("utf-8", "replace").decode(), "/nowhere"):
        orjson.dumps(explain(model.ask("GET", target)))


def test_looking_changes_nothing(model: Model) -> None:
    exchange = model.ask("GET", "/notes")
    assert explain(exchange) == explain(exchange)
    model.world.clock.advance(60)
    assert explain(exchange)["at"] in (None, "2026-04-06T08:00:00.000000Z")


def test_the_longer_secret_goes_first() -> None:
    hide = Hider([(b"abcd", b"<1>"), (b"abcdef", b"<2>")])
    assert hide.text("abcdef abcd") == "<2> <1>"


@given(secret=st.binary(min_size=4, max_size=12), before=st.binary(max_size=8), after=st.binary(max_size=8))
def test_a_secret_is_nowhere_in_what_is_hidden(secret: bytes, before: bytes, after: bytes) -> None:
    hidden = Hider([(secret, b"")]).bytes(before + secret + after)
    assert len(hidden) <= len(before) + len(after)


def test_headers_that_carry_credentials_are_hidden_whatever_they_hold() -> None:
    headers = [
        (b"Authorization", b"Bearer x"),
        (b"authorization", b"nonsense"),
        (b"Cookie", b"a=1; b=2; flag"),
        (b"mock-control-token", b"z"),
        (b"accept", b"a"),
        (b"accept", b"b"),
    ]
    assert shown_headers(headers, NOTHING) == {
        "authorization": "Bearer ***, ***",
        "cookie": "a=***; b=***; flag",
        "mock-control-token": "***",
        "accept": "a, b",
    }


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        (b"", b"application/json", None),
        (b'{"a": 1}', b"application/json; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', b"application/problem+json", {"a": 1}),
        (b"{", b"application/json", "{"),
        (b"a=1", b"application/x-www-form-urlencoded", "a=1"),
        (b"\xff", b"text/plain", "\ufffd"),
    ],
)
def test_a_body_is_shown_as_json_where_it_is(body: bytes, content_type: bytes, shown: object) -> None:
    told = shown_body(body, content_type, NOTHING)
    assert told == {"body": shown, "body_bytes": len(body), "body_cut": False}


def test_a_long_body_is_cut_without_leaving_half_a_secret() -> None:
    secret = b"a-very-long-secret"
    body = b'"' + b"x" * (SHOWN_BYTES - 10) + secret * 3 + b'"'
    told = shown_body(body, b"application/json", Hider([(secret, b"***")]))
    assert told["body_cut"]
    assert told["body_bytes"] == len(body)
    assert len(told["body"]) <= SHOWN_BYTES
    assert "very" not in told["body"]


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (Wire(delay=0.5), "delayed 0.5 s"),
        (Wire(delay=1, drop=True), "delayed 1 s, dropped"),
        (Wire(truncate=7), "cut after 7 bytes"),
    ],
)
def test_what_was_done_to_the_bytes_is_said(wire: Wire, text: str) -> None:
    assert wire_text(wire) == text
