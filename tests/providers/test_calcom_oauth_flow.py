"""OAuth from consent to rotation, and keys that replace each other."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from mockserver import Mock
from tests.providers.calcom_rest import Asker, mocks


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    yield from mocks()


@pytest.fixture
def ask(one: Mock) -> Asker:
    one.reset()
    return Asker(one)


BACK = "https://app.example.com/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PUBLIC = {"client_id": "app_public", "redirect_uri": BACK, "code_verifier": VERIFIER}


def code(ask: Asker, scope: str = "BOOKING_READ PROFILE_READ", client: str = "app_public") -> str:
    query = {"client_id": client, "redirect_uri": BACK, "scope": scope, "state": "s1"}
    query |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if client == "app_public" else {}
    headers = ask("GET", f"/auth/oauth2/authorize?{urlencode(query)}", 302)
    answer = parse_qs(urlsplit(dict(headers)["location"]).query)
    assert answer["state"] == ["s1"]
    return answer["code"][0]


def tokens(ask: Asker, **more: Any) -> Any:
    asked = {"grant_type": "authorization_code", **PUBLIC, "code": code(ask), **more}
    return ask("POST", "/auth/oauth2/token", by=None, json=asked)


def refresh(ask: Asker, token: str, status: int = 200) -> Any:
    asked = {"grant_type": "refresh_token", "client_id": "app_public", "refresh_token": token}
    return ask("POST", "/auth/oauth2/token", status, by=None, json=asked)


def test_a_code_becomes_a_token_that_acts_as_its_user_for_half_an_hour(ask: Asker) -> None:
    told = tokens(ask)
    assert (told["token_type"], told["expires_in"]) == ("bearer", 1800)
    assert ask("GET", "/me", token=told["access_token"])["username"] == "ana"
    ask.mock.clock.advance(1799)
    ask("GET", "/me", token=told["access_token"])
    ask.mock.clock.advance(1)
    ask("GET", "/me", 401, token=told["access_token"])


def test_a_token_is_held_to_its_scopes(ask: Asker) -> None:
    """An operation that names no scope is closed to it altogether."""
    token = tokens(ask)["access_token"]
    ask("GET", "/calendars", 403, token=token)
    ask("POST", "/api-keys/refresh", 403, token=token, json={})


def test_a_code_is_good_once_and_with_its_verifier_only(ask: Asker) -> None:
    asked = {"grant_type": "authorization_code", **PUBLIC, "code": code(ask)}
    wrong = ask("POST", "/auth/oauth2/token", 400, by=None, json={**asked, "code_verifier": "x" * 43})
    assert wrong["error"] == "invalid_grant"
    ask("POST", "/auth/oauth2/token", by=None, json=asked)
    again = ask("POST", "/auth/oauth2/token", 400, by=None, json=asked)
    assert again == {"error": "invalid_grant", "error_description": "code_invalid_or_expired"}


def test_a_refresh_token_is_used_up_by_its_use(ask: Asker) -> None:
    """Whoever uses it a second time takes away what came of it."""
    first = tokens(ask)
    second = refresh(ask, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    ask("GET", "/me", token=second["access_token"])
    assert refresh(ask, first["refresh_token"], 400)["error_description"] == "invalid_refresh_token"
    refresh(ask, second["refresh_token"], 400)
    ask("GET", "/me", 401, token=second["access_token"])


def test_a_confidential_client_has_to_tell_its_secret(ask: Asker) -> None:
    asked = {"grant_type": "authorization_code", "client_id": "app_confidential", "redirect_uri": BACK}
    asked["code"] = code(ask, "BOOKING_READ", "app_confidential")
    for secret in ({}, {"client_secret": "wrong"}):
        told = ask("POST", "/auth/oauth2/token", 401, by=None, json={**asked, **secret})
        assert told["error_description"] == "invalid_client_credentials"
    form = urlencode({**asked, "client_secret": "not-a-real-client-secret"}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("POST", "/auth/oauth2/token", by=None, body=form, headers=kind)["scope"] == "BOOKING_READ"


def test_a_refreshed_key_is_dead_at_once(ask: Asker) -> None:
    old = ask.mock.token("owner")
    new = ask("POST", "/api-keys/refresh", json={"apiKeyDaysValid": 2})["apiKey"]
    ask("GET", "/me", 401, token=old)
    assert ask("GET", "/me", token=new)["username"] == "ana"
    ask.mock.clock.advance(2 * 86_400)
    ask("GET", "/me", 401, token=new)
