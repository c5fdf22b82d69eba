"""What identifies a platform's managed users: addresses and tokens; pure, knows neither rows nor requests."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal

import orjson

from mockserver.providers.calcom.oauth import MANAGED_ACCESS_LIFETIME, MANAGED_REFRESH_LIFETIME

Purpose = Literal["access_token", "refresh_token"]

LIFETIMES: Mapping[Purpose, int] = MappingProxyType(
    {"access_token": MANAGED_ACCESS_LIFETIME, "refresh_token": MANAGED_REFRESH_LIFETIME}
)
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a managed user's token says when it is decoded.

    `issued` is in seconds since 1970 and `expires` in milliseconds, as the real ones have them (facts do
    not say; the names in the token are documented). `serial` keeps tokens of one second apart.
    """

    purpose: Purpose
    client: str
    owner: int
    issued: int
    expires: int
    serial: str

    def good(self, now: float) -> bool:
        """Whether it has not expired; `now` in seconds since 1970."""
        return now * 1000 < self.expires


def managed_address(address: str, client: str) -> str:
    """The address of a managed user: the client's identifier stands in it, `ana+client@example.com`."""
    name, _, host = address.rpartition("@")
    return f"{name}+{client}@{host}"


def claims(purpose: Purpose, client: str, owner: int, now: float, serial: str) -> Claims:
    """What a token says that is made now."""
    issued = int(now)
    return Claims(purpose, client, owner, issued, (issued + LIFETIMES[purpose]) * 1000, serial)


def write_token(told: Claims, secret: str) -> str:
    """The token as a JWT, signed with the client's secret (HS256)."""
    payload = {
        "type": told.purpose,
        "clientId": told.client,
        "ownerId": told.owner,
        "iat": told.issued,
        "expiresAt": told.expires,
        "jti": told.serial,
    }
    signed = f"{_encode(orjson.dumps(_HEADER))}.{_encode(orjson.dumps(payload))}"
    return f"{signed}.{_signature(signed, secret)}"


def read_token(token: str, secret: str) -> Claims | None:
    """What a token says; None where it is none of ours or was signed with another secret."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(signed, secret).encode(), signature.encode("utf-8", "replace")):
        return None
    payload: dict[str, Any] = orjson.loads(_decode(signed.partition(".")[2]))
    return Claims(
        payload["type"],
        payload["clientId"],
        payload["ownerId"],
        payload["iat"],
        payload["expiresAt"],
        payload["jti"],
    )


def _signature(signed: str, secret: str) -> str:
    return _encode(hmac.new(secret.encode(), signed.encode("utf-8", "replace"), sha256).digest())


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
