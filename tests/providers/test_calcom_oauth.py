"""Codes, PKCE and rotation as Cal.com has them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.providers.calcom.oauth import (
    ACCESS_LIFETIME,
    CODE_LIFETIME,
    REFRESH_LIFETIME,
    Client,
    Grant,
    Misdirected,
    OAuthRefusal,
    challenge_of,
    consent,
    identify,
    proves,
    read_scopes,
    redeem,
    redirect,
    rotate,
    token_body,
)

NOW = 1_775_000_000.0
BACK = "https://app.example.com/callback"
SCOPES = ("BOOKING_READ", "BOOKING_WRITE", "PROFILE_READ")
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

CONFIDENTIAL = Client("app_one", "a secret", frozenset({BACK}), frozenset(SCOPES))
PUBLIC = Client("app_two", None, frozenset({BACK}), frozenset(SCOPES))

verifiers = st.text("ABCXYZabcxyz0189-._~", min_size=43, max_size=128)
anything = st.text(max_size=140)


def ask(
    client: Client | None,
    *,
    back: str = BACK,
    scope: str | None = "BOOKING_READ",
    challenge: str | None = None,
) -> Grant:
    return consent(client, "11", SCOPES, NOW, redirect_uri=back, scope=scope, challenge=challenge)


def refused(act: Callable[[], object]) -> tuple[int, str, str]:
    with pytest.raises(OAuthRefusal) as caught:
        act()
    return caught.value.status, caught.value.error, caught.value.description


def test_the_challenge_of_the_standards_example_is_the_standards() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE
    assert proves(VERIFIER, CHALLENGE)
    assert proves(VERIFIER, CHALLENGE + "=")


@given(verifiers, anything)
def test_only_the_verifier_itself_proves_a_challenge(verifier: str, other: str) -> None:
    challenge = challenge_of(verifier)
    assert proves(verifier, challenge)
    assert proves(other, challenge) is (other == verifier)
    assert not proves(verifier[:42], challenge)
    assert not proves(None, challenge)
    assert not proves(verifier, other)


@given(verifiers)
def test_a_challenge_can_stand_in_an_address(verifier: str) -> None:
    challenge = challenge_of(verifier)
    assert len(challenge) == 43
    assert set(challenge) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.lists(st.sampled_from(SCOPES)), st.sampled_from((" ", ",", ", ", "  ")))
def test_scopes_are_separated_by_spaces_or_commas(scopes: list[str], between: str) -> None:
    assert read_scopes(between.join(scopes)) == tuple(dict.fromkeys(scopes))
    assert read_scopes(None) == ()


@pytest.mark.parametrize(
    ("client", "back", "scope", "error", "description"),
    [
        (None, BACK, "BOOKING_READ", "invalid_client", "client_not_found"),
        (CONFIDENTIAL, BACK + "/", "BOOKING_READ", "invalid_request", "redirect_uri"),
        (CONFIDENTIAL, BACK, None, "invalid_request", "scope parameter is required"),
        (CONFIDENTIAL, BACK, " ", "invalid_request", "scope parameter is required"),
    ],
)
def test_what_cannot_be_sent_back_is_shown_to_the_user(
    client: Client | None, back: str, scope: str | None, error: str, description: str
) -> None:
    with pytest.raises(Misdirected, match=description) as caught:
        ask(client, back=back, scope=scope)
    assert caught.value.error == error


@pytest.mark.parametrize(
    ("client", "scope", "description"),
    [
        (CONFIDENTIAL, "BOOKING_READ COFFEE_READ", "not a recognized scope"),
        (
            Client("app_three", "s", frozenset({BACK}), frozenset({"PROFILE_READ"})),
            "BOOKING_READ",
            "exceeds the client's registered scopes",
        ),
        (PUBLIC, "BOOKING_READ", "code_challenge is required"),
    ],
)
def test_what_can_be_sent_back_is_sent_back(client: Client, scope: str, description: str) -> None:
    with pytest.raises(OAuthRefusal, match=description) as caught:
        ask(client, scope=scope)
    assert not isinstance(caught.value, Misdirected)
    assert caught.value.body()["error"] == "invalid_request"


def test_a_client_from_before_scopes_need_not_name_any() -> None:
    for scopes in (frozenset[str](), frozenset({"READ_BOOKING"})):
        old = Client("app_old", "s", frozenset({BACK}), scopes)
        assert old.legacy
        assert ask(old, scope=None).scopes == ()
        assert ask(old, scope="BOOKING_WRITE").scopes == ("BOOKING_WRITE",)
        with pytest.raises(OAuthRefusal, match="not a recognized scope"):
            ask(old, scope="COFFEE_READ")
    assert not CONFIDENTIAL.legacy


def test_a_client_proves_itself_by_its_secret_or_needs_none() -> None:
    assert identify(CONFIDENTIAL, "a secret") is CONFIDENTIAL
    assert identify(PUBLIC, None) is PUBLIC
    assert refused(lambda: identify(None, "x")) == (401, "invalid_client", "client_not_found")
    for wrong in (None, "", "another", "ä"):
        told = refused(lambda wrong=wrong: identify(CONFIDENTIAL, wrong))  # type: ignore[misc]
        assert told == (401, "invalid_client", "invalid_client_credentials")


def test_a_code_is_good_once_and_for_its_time() -> None:
    code = ask(CONFIDENTIAL, scope="BOOKING_READ,PROFILE_READ")
    late = NOW + CODE_LIFETIME

    def use(
        grant: Grant | None, at: float = NOW, back: str | None = BACK, by: Client = CONFIDENTIAL
    ) -> Grant:
        spent, refresh = redeem(grant, by, at, redirect_uri=back, verifier=None)
        assert spent.spent
        return refresh

    refresh = use(code, late - 1)
    assert refresh.scopes == ("BOOKING_READ", "PROFILE_READ")
    assert refresh.expires == late - 1 + REFRESH_LIFETIME
    spent, _ = redeem(code, CONFIDENTIAL, NOW, redirect_uri=BACK, verifier=None)
    other = Client("app_other", "s", frozenset({BACK}), frozenset(SCOPES))
    for attempt in (
        lambda: use(spent),
        lambda: use(None),
        lambda: use(code, late),
        lambda: use(code, back=None),
        lambda: use(code, back="https://elsewhere.example.com"),
        lambda: use(code, by=other),
    ):
        assert refused(attempt) == (400, "invalid_grant", "code_invalid_or_expired")


@given(verifiers, anything | st.none())
def test_a_public_clients_code_needs_the_verifier(verifier: str, other: str | None) -> None:
    code = ask(PUBLIC, challenge=challenge_of(verifier))
    assert redeem(code, PUBLIC, NOW, redirect_uri=BACK, verifier=verifier)[1].user == "11"
    if other != verifier:
        with pytest.raises(OAuthRefusal, match="invalid_code_verifier"):
            redeem(code, PUBLIC, NOW, redirect_uri=BACK, verifier=other)


def test_a_challenge_binds_a_client_with_a_secret_as_well() -> None:
    code = ask(CONFIDENTIAL, challenge=CHALLENGE)
    assert redeem(code, CONFIDENTIAL, NOW, redirect_uri=BACK, verifier=VERIFIER)
    with pytest.raises(OAuthRefusal, match="invalid_code_verifier"):
        redeem(code, CONFIDENTIAL, NOW, redirect_uri=BACK, verifier=None)


@given(st.lists(st.floats(min_value=0, max_value=REFRESH_LIFETIME - 1), max_size=6))
def test_each_refresh_spends_a_token_and_keeps_the_scopes(pauses: list[float]) -> None:
    code = ask(CONFIDENTIAL, scope="BOOKING_READ BOOKING_WRITE")
    _, token = redeem(code, CONFIDENTIAL, NOW, redirect_uri=BACK, verifier=None)
    now = NOW
    for pause in pauses:
        now += pause
        spent, following = rotate(token, CONFIDENTIAL, now)
        assert (following.scopes, following.user, following.client) == (code.scopes, "11", CONFIDENTIAL.id)
        assert refused(lambda: rotate(spent, CONFIDENTIAL, now))[2] == "invalid_refresh_token"  # noqa: B023
        token = following
    assert refused(lambda: rotate(token, CONFIDENTIAL, now + REFRESH_LIFETIME))[1] == "invalid_grant"
    assert refused(lambda: rotate(token, PUBLIC, now)) == (400, "invalid_grant", "invalid_refresh_token")
    assert refused(lambda: rotate(None, CONFIDENTIAL, now)) == (400, "invalid_grant", "invalid_refresh_token")


def test_tokens_are_handed_out_as_the_standard_has_it() -> None:
    assert token_body("one", "two", ("BOOKING_READ", "BOOKING_WRITE")) == {
        "access_token": "one",
        "token_type": "bearer",
        "refresh_token": "two",
        "expires_in": ACCESS_LIFETIME,
        "scope": "BOOKING_READ BOOKING_WRITE",
    }
    assert ACCESS_LIFETIME == 1800


@given(st.text(min_size=1, max_size=40), st.sampled_from((BACK, BACK + "?tenant=7")))
def test_what_comes_back_is_in_the_query_and_the_rest_of_the_address_stays(state: str, back: str) -> None:
    address = urlsplit(redirect(back, code="a code", state=state, error=None))
    asked = parse_qs(address.query, keep_blank_values=True)
    assert address._replace(query="").geturl() == BACK
    assert asked.pop("tenant", ["7"]) == ["7"]
    assert asked == {"code": ["a code"], "state": [state]}
