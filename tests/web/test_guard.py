from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.web.guard import Guard, allowed_host, allowed_token, token_needed


def host(*values: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"host", value) for value in values]


@pytest.mark.parametrize(
    "value",
    [
        b"localhost",
        b"localhost:4010",
        b"LOCALHOST:4010",
        b"localhost.",
        b"127.0.0.1",
        b"127.0.0.1:4010",
        b"127.9.9.9",
        b"[::1]",
        b"[::1]:4010",
    ],
)
def test_loopback_is_always_meant(value: bytes) -> None:
    assert allowed_host(host(value), "127.0.0.1")
    assert allowed_host(host(value), "192.0.2.7")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"evil.example",
        b"localhost.evil.example",
        b"127.0.0.1.evil.example",
        b"127.0.0.1:80:80",
        b"localhost:port",
        b"localhost:123456",
        b"user@localhost",
        b"localhost/",
        b"localhost, evil.example",
        b"local host",
        b"[::1",
        b"[::1]x",
        b"[localhost]",
        b"::1",
        b"\xff",
        b"2130706433",
        b"0.0.0.0",
    ],
)
def test_any_other_name_is_refused(value: bytes) -> None:
    assert not allowed_host(host(value), "127.0.0.1")


def test_exactly_one_host_is_asked_for() -> None:
    assert not allowed_host([], "127.0.0.1")
    assert not allowed_host(host(b"localhost", b"localhost"), "127.0.0.1")
    assert not allowed_host([(b"host", b"localhost"), (b"HOST", b"evil.example")], "127.0.0.1")


def test_the_bound_host_and_configured_names_are_meant() -> None:
    assert allowed_host(host(b"192.0.2.7:4010"), "192.0.2.7")
    assert not allowed_host(host(b"192.0.2.8:4010"), "192.0.2.7")
    assert allowed_host(host(b"mock.example:4010"), "192.0.2.7", {"Mock.example"})
    assert allowed_host(host(b"[2001:db8::1]:4010"), "[2001:db8::1]")


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_bound_to_every_address_any_address_is_meant_but_no_name(bound: str) -> None:
    assert allowed_host(host(b"192.0.2.7:4010"), bound)
    assert not allowed_host(host(b"evil.example"), bound)
    assert allowed_host(host(b"mock.example"), bound, {"mock.example"})


@given(st.binary(max_size=40))
def test_no_host_breaks_the_check(value: bytes) -> None:
    allowed_host(host(value), "127.0.0.1")


@pytest.mark.parametrize(
    ("bound", "needed"),
    [
        ("", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("[::1]", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.0.2.7", True),
        ("mock.example", True),
    ],
)
def test_a_token_is_asked_for_off_loopback(bound: str, needed: bool) -> None:
    assert token_needed(bound) is needed


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ([], False),
        ([(b"mock-control-token", b"secret")], True),
        ([(b"Mock-Control-Token", b" secret ")], True),
        ([(b"authorization", b"Bearer secret")], True),
        ([(b"authorization", b"bearer  secret")], True),
        ([(b"authorization", b"Basic secret")], False),
        ([(b"authorization", b"secret")], False),
        ([(b"mock-control-token", b"secre")], False),
        ([(b"mock-control-token", b"secret\xff")], False),
        ([(b"mock-control-token", b"wrong"), (b"authorization", b"Bearer secret")], True),
    ],
)
def test_the_token_comes_in_its_header_or_as_bearer(
    headers: list[tuple[bytes, bytes]], allowed: bool
) -> None:
    assert allowed_token(headers, "secret") is allowed


def test_an_empty_token_lets_nobody_in() -> None:
    assert not allowed_token([(b"mock-control-token", b"")], "")


def test_the_guard_says_why() -> None:
    loopback = Guard("127.0.0.1")
    assert loopback.objection(host(b"localhost")) is None
    refused = loopback.objection(host(b"evil.example"))
    assert refused is not None
    assert refused[0] == 403
    open_house = Guard("0.0.0.0")
    refused = open_house.objection(host(b"192.0.2.7"))
    assert refused is not None
    assert refused[0] == 403
    assert "without a control token" in refused[1]
    guarded = Guard("0.0.0.0", token="secret")
    refused = guarded.objection(host(b"192.0.2.7"))
    assert refused is not None
    assert refused[0] == 401
    assert guarded.objection([*host(b"192.0.2.7"), (b"mock-control-token", b"secret")]) is None
