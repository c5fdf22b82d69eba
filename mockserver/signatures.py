"""How deliveries of webhooks are signed and verified; knows bytes and headers, no server and no world.

For the tests of a program that receives webhooks: make what a provider would send, or check what came.

>>> body = b'{"triggerEvent":"BOOKING_CREATED"}'
>>> headers = sign("calcom", body, "s3cret")
>>> verify("calcom", headers, body, "s3cret")

How each provider signs is a fact of its document (`x-deliveries`), read when it is first asked for.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

Kind = Literal["hmac-sha256", "timestamped-hmac-sha256", "token", "none"]
Headers = Mapping[str, str] | Iterable[tuple[str, str]]

# Five minutes: how far a signature's time may be off where the provider names no other limit.
TOLERANCE: Final = 300.0
_TIMESTAMPED: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


class InvalidSignature(ValueError):
    """A delivery that its secret does not vouch for; `str()` says why, without the secret."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one provider signs.

    hmac-sha256: `header` is the lower-case hexadecimal HMAC-SHA256 of the exact body.
    timestamped-hmac-sha256: `t=<seconds since 1970>,v1=<the HMAC of "<t>.<body>">`; times that are more than
    `tolerance` seconds off are refused. token: the secret itself. none: nothing is signed.
    `unsigned` is what the header holds where the subscription has no secret; "" means no header at all.
    """

    kind: Kind = "none"
    header: str = ""
    unsigned: str = ""
    tolerance: float = TOLERANCE

    @classmethod
    def from_fact(cls, fact: Mapping[str, Any]) -> Scheme:
        """From `signature` in x-deliveries; one that signs nothing where there is none."""
        return cls(
            fact.get("scheme", "none"),
            fact.get("header", ""),
            fact.get("unsigned", ""),
            float(fact.get("tolerance", TOLERANCE)),
        )

    def sign(self, body: bytes, secret: str | None, at: float | None = None) -> dict[str, str]:
        """The headers that a delivery of that body has; `at` is in seconds since 1970 (now, where absent)."""
        if self.kind == "none":
            return {}
        if not secret:
            return {self.header: self.unsigned} if self.unsigned else {}
        if self.kind == "token":
            return {self.header: secret}
        if self.kind == "hmac-sha256":
            return {self.header: _hmac(secret, body)}
        stamp = int(time.time() if at is None else at)
        return {self.header: f"t={stamp},v1={_hmac(secret, b'%d.%b' % (stamp, body))}"}

    def verify(self, headers: Headers, body: bytes, secret: str | None, at: float | None = None) -> None:
        """InvalidSignature unless the secret vouches for that body; `at` is what time the receiver has.

        Without a secret the delivery has to be what an unsigned one is.
        """
        if self.kind == "none":
            return
        sent = _find(headers, self.header)
        if not secret:
            if (sent or "") != self.unsigned:
                raise InvalidSignature(f"{self.header} is there, although there is no secret")
            return
        if sent is None:
            raise InvalidSignature(f"the header {self.header} is missing")
        if self.kind == "token":
            _compare(self.header, sent, secret)
        elif self.kind == "hmac-sha256":
            _compare(self.header, sent, _hmac(secret, body))
        else:
            found = _TIMESTAMPED.fullmatch(sent)
            if found is None:
                raise InvalidSignature(f"{self.header} is not of the form t=<seconds>,v1=<64 hex digits>")
            _compare(self.header, found[2], _hmac(secret, f"{found[1]}.".encode() + body))
            off = abs((time.time() if at is None else at) - int(found[1]))
            if off > self.tolerance:
                raise InvalidSignature(
                    f"{self.header} is {off:.0f} s off, and {self.tolerance:.0f} s are allowed"
                )


def sign(
    provider: str | Scheme, body: bytes, secret: str | None, *, at: float | None = None
) -> dict[str, str]:
    """The signing headers of a delivery with that exact body, as the provider sends them.

    `at` is in seconds since 1970 (now, where absent), for schemes that sign a time. ValueError for a provider
    that is not known.
    """
    return scheme(provider).sign(body, secret, at)


def verify(
    provider: str | Scheme, headers: Headers, body: bytes, secret: str | None, *, at: float | None = None
) -> None:
    """InvalidSignature unless a delivery with those headers and that exact body is the provider's own.

    Names of headers are compared without regard to case. `at` is the time it is for the receiver (now, where
    absent): give the world's clock where the mock signs by one of its own. Whatever is said to come from a
    provider that signs nothing is let through. ValueError for one that is not known.
    """
    scheme(provider).verify(headers, body, secret, at)


def scheme(provider: str | Scheme) -> Scheme:
    """How a provider signs; ValueError for one that is not known."""
    return provider if isinstance(provider, Scheme) else _scheme_of(provider)


@lru_cache(maxsize=64)
def _scheme_of(slug: str) -> Scheme:
    # Imported when it is asked for: signing and verifying need neither YAML nor JSON Schema.
    from mockserver.openapi.cache import default_cache
    from mockserver.openapi.document import open_document
    from mockserver.openapi.places import specs_folder

    folder = specs_folder()
    known = sorted(path.parent.name for path in folder.glob("*/provider.yaml"))
    if slug not in known:
        raise ValueError(f"there is no provider {slug!r}; known are {', '.join(known)}")
    data = open_document(folder / slug / "openapi.yaml", cache=default_cache()).data
    return Scheme.from_fact(data.get("x-deliveries", {}).get("signature", {}))


def _hmac(secret: str, signed: bytes) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()


def _compare(header: str, sent: str, expected: str) -> None:
    if not hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), expected.encode()):
        raise InvalidSignature(f"{header} is not that of this body under this secret")


def _find(headers: Headers, name: str) -> str | None:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    wanted = name.lower()
    found = [value for key, value in pairs if key.lower() == wanted]
    if len(found) > 1:
        raise InvalidSignature(f"the header {name} is there {len(found)} times")
    return found[0] if found else None
