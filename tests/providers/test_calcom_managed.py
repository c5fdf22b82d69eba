"""Addresses and tokens of managed users."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import orjson
from hypothesis import given
from hypothesis import strategies as st

from mockserver.providers.calcom.managed import (
    Claims,
    Purpose,
    claims,
    managed_address,
    read_token,
    write_token,
)

NOW = 1_775_000_000.5
names = st.text(min_size=1, max_size=20)
# Not every text: HMAC fills keys up with zeros, so two of them can be one key.
secrets = st.text("abcXYZ0123456789_-", min_size=1, max_size=20)
purposes: st.SearchStrategy[Purpose] = st.sampled_from(("access_token", "refresh_token"))
told = st.builds(
    claims,
    purposes,
    names,
    st.integers(min_value=1, max_value=2**40),
    st.floats(min_value=0, max_value=4e9),
    names,
)


def test_an_access_token_lasts_an_hour_and_a_refresh_token_a_year() -> None:
    access = claims("access_token", "c1", 71, NOW, "1")
    refresh = claims("refresh_token", "c1", 71, NOW, "2")
    assert (access.expires - access.issued * 1000, refresh.expires - refresh.issued * 1000) == (
        3_600_000,
        31_536_000_000,
    )
    assert access.good(access.issued + 3599.9)
    assert not access.good(access.issued + 3600)


def test_a_decoded_token_says_what_the_page_tells() -> None:
    token = write_token(claims("access_token", "c1", 71, NOW, "1"), "secret")
    payload = token.split(".")[1]
    decoded = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert decoded["clientId"] == "c1"
    assert decoded["ownerId"] == 71
    assert decoded["iat"] == 1_775_000_000
    assert decoded["expiresAt"] == 1_775_003_600_000


@given(told, secrets)
def test_a_token_says_what_it_was_made_of(said: Claims, secret: str) -> None:
    assert read_token(write_token(said, secret), secret) == said


@given(told, secrets, secrets)
def test_a_token_of_another_secret_is_none(said: Claims, secret: str, other: str) -> None:
    assert (read_token(write_token(said, secret), other) is None) is (secret != other)


@given(st.text(max_size=60), secrets)
def test_text_that_is_no_token_is_none(text: str, secret: str) -> None:
    assert read_token(text, secret) is None


@given(told, told, secrets)
def test_what_differs_makes_another_token(one: Claims, two: Claims, secret: str) -> None:
    assert (write_token(one, secret) == write_token(two, secret)) is (one == two)


def test_a_managed_address_names_the_client() -> None:
    assert managed_address("ana@example.com", "c1") == "ana+c1@example.com"
    assert managed_address("ana@example.com", "c1") != managed_address("ana@example.com", "c2")
