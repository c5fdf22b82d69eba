"""OAuth 2.0 with PKCE as Cal.com does it: codes, tokens, rotation; pure, knows neither rows nor requests."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit

# Seconds. The access token's is documented; the refresh token's comes from source (facts 4.8); the code's
# is assumed.
ACCESS_LIFETIME = 1_800
REFRESH_LIFETIME = 30 * 86_400
CODE_LIFETIME = 600
# Managed users of platforms (seed 004, introduction).
MANAGED_ACCESS_LIFETIME = 3_600
MANAGED_REFRESH_LIFETIME = 365 * 86_400

LEGACY_SCOPES = frozenset({"READ_BOOKING", "READ_PROFILE"})

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_BETWEEN = re.compile(r"[ ,]+")


class OAuthRefusal(Exception):
    """A refusal in the words of RFC 6749. `status` is HTTP's at the token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The body of the answer."""
        return {"error": self.error, "error_description": self.description}


class Misdirected(OAuthRefusal):
    """A refusal that is shown to the user, as it is not known where to send them back to."""


@dataclass(frozen=True, slots=True)
class Client:
    """A third party's client. One without a secret is public, and proves itself by PKCE."""

    id: str
    secret: str | None
    redirect_uris: frozenset[str]
    scopes: frozenset[str]
    approved: bool = True

    @property
    def public(self) -> bool:
        """Whether it cannot keep a secret."""
        return self.secret is None

    @property
    def legacy(self) -> bool:
        """Whether it is from before scopes: its tokens are not restricted."""
        return self.scopes <= LEGACY_SCOPES


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user allowed a client, until `expires` (seconds since 1970); codes and tokens stand for it."""

    client: str
    user: str
    scopes: tuple[str, ...]
    expires: float
    redirect_uri: str = ""
    challenge: str | None = None
    spent: bool = False

    def good(self, now: float) -> bool:
        """Whether it can still be redeemed."""
        return not self.spent and now < self.expires


# Consent


def read_scopes(text: str | None) -> tuple[str, ...]:
    """Scopes separated by spaces or commas, each once, in their order."""
    return tuple(dict.fromkeys(each for each in _BETWEEN.split(text or "") if each))


def consent(
    client: Client | None,
    user: str,
    known_scopes: Iterable[str],
    now: float,
    *,
    redirect_uri: str,
    scope: str | None,
    challenge: str | None,
) -> Grant:
    """The grant for which a code is made when the user allows it.

    Misdirected before the client and its address are known to belong together, OAuthRefusal after that.
    """
    if client is None:
        raise Misdirected("invalid_client", "client_not_found", 401)
    if not client.approved:
        raise Misdirected("unauthorized_client", "client_not_approved", 401)
    if redirect_uri not in client.redirect_uris:
        raise Misdirected("invalid_request", "redirect_uri does not match the registered one")
    scopes = read_scopes(scope)
    if not scopes and not client.legacy:
        raise Misdirected("invalid_request", "scope parameter is required for this OAuth client")
    if not frozenset(known_scopes).union(LEGACY_SCOPES).issuperset(scopes):
        raise OAuthRefusal("invalid_request", "Requested scope is not a recognized scope")
    if not client.legacy and not client.scopes.issuperset(scopes):
        raise OAuthRefusal("invalid_request", "Requested scope exceeds the client's registered scopes")
    if client.public and challenge is None:
        raise OAuthRefusal("invalid_request", "code_challenge is required for this OAuth client")
    return Grant(client.id, user, scopes, now + CODE_LIFETIME, redirect_uri, challenge)


def redirect(uri: str, **answer: str | None) -> str:
    """The redirect address with an answer in its query; what is None is left out."""
    query = urlencode({name: value for name, value in answer.items() if value is not None})
    parts = urlsplit(uri)
    return parts._replace(query=f"{parts.query}&{query}" if parts.query else query).geturl()


# Tokens


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier: base64url of its SHA-256, without padding (RFC 7636)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def proves(verifier: str | None, challenge: str) -> bool:
    """Whether a verifier is well formed and the one that the challenge was made from."""
    if verifier is None or _VERIFIER.fullmatch(verifier) is None:
        return False
    return compare_digest(challenge_of(verifier).encode(), challenge.rstrip("=").encode())


def identify(client: Client | None, secret: str | None) -> Client:
    """The client, where it is known and, if it has a secret, has told it; OAuthRefusal (401) otherwise."""
    if client is None:
        raise OAuthRefusal("invalid_client", "client_not_found", 401)
    if client.secret is None:
        return client
    if secret is None or not compare_digest(secret.encode(), client.secret.encode()):
        raise OAuthRefusal("invalid_client", "invalid_client_credentials", 401)
    if not client.approved:
        raise OAuthRefusal("unauthorized_client", "client_rejected", 401)
    return client


def redeem(
    code: Grant | None, client: Client, now: float, *, redirect_uri: str | None, verifier: str | None
) -> tuple[Grant, Grant]:
    """The code, spent, and the grant of the refresh token that it is good for; OAuthRefusal otherwise."""
    if code is None or not code.good(now) or code.client != client.id or code.redirect_uri != redirect_uri:
        raise OAuthRefusal("invalid_grant", "code_invalid_or_expired")
    if client.public and code.challenge is None:
        raise OAuthRefusal("invalid_grant", "code_invalid_or_expired")
    # A challenge binds a client with a secret as well, where it has sent one (RFC 7636).
    if code.challenge is not None and not proves(verifier, code.challenge):
        raise OAuthRefusal("invalid_grant", "invalid_code_verifier")
    return replace(code, spent=True), _refreshable(code, now)


def rotate(token: Grant | None, client: Client, now: float) -> tuple[Grant, Grant]:
    """The refresh token, spent, and the grant of the one that follows it; OAuthRefusal otherwise."""
    if token is None or not token.good(now) or token.client != client.id:
        raise OAuthRefusal("invalid_grant", "invalid_refresh_token")
    return replace(token, spent=True), _refreshable(token, now)


def _refreshable(grant: Grant, now: float) -> Grant:
    return Grant(grant.client, grant.user, grant.scopes, now + REFRESH_LIFETIME)


def token_body(access: str, refresh: str, scopes: Iterable[str]) -> dict[str, str | int]:
    """The body that hands out tokens, as RFC 6749 has it."""
    return {
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": ACCESS_LIFETIME,
        "scope": " ".join(scopes),
    }
