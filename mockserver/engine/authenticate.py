"""Step 4: who is asking; knows security schemes and the world's tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from mockserver.engine.exchange import Caller, Exchange, Reply
from mockserver.engine.refusals import Refusal

Reader = Callable[[Exchange], str | None]


class Alternative(NamedTuple):
    """One way to be let in: credentials, all of them, their scopes, and the kind of token (None: any).

    A kind of "" is nobody's: the way for those who have no credentials where others are for kinds of tokens.
    """

    readers: tuple[Reader, ...]
    scopes: frozenset[str]
    kind: str | None = None


def authenticate(exchange: Exchange) -> Reply | None:
    """Find the caller by the first alternative whose credentials are all there; 401 otherwise.

    What remains to be asked for are the scopes of those alternatives that tokens of this kind are for.
    """
    demands = []
    met = here = False
    last: tuple[Reader, ...] | None = None
    for readers, scopes, kind in exchange.plan.alternatives:
        # Alternatives that are for several kinds of tokens read the same header.
        if readers is not last:
            last, here = readers, True
            for read in readers:
                token = read(exchange)
                if token is None:
                    here = False
                    break
                caller = caller_of(exchange, token)
                if exchange.caller is None:
                    exchange.caller = caller
        if here:
            met = True
            known = exchange.caller
            if kind is None or (kind == "" if known is None else known.kind == kind):
                demands.append(scopes)
    if not met:
        raise Refusal(401, "missing-credentials", pointer=exchange.plan.security_pointer)
    exchange.demands = demands
    return None


def caller_of(exchange: Exchange, token: str) -> Caller:
    """The caller behind a token of this world; 401 for one that is unknown, revoked, expired, or of a plan
    whose tokens do not count."""
    row = exchange.world.store.get(exchange.service.token_kind, token)
    if row is None:
        raise Refusal(401, "unknown-token", pointer=exchange.plan.security_pointer)
    data = row.data
    if data["revoked"]:
        raise Refusal(
            401, _rule(exchange, "revoked-token", data["kind"]), pointer=exchange.plan.security_pointer
        )
    expires = data["expires"]
    if expires is not None and expires <= exchange.world.clock.epoch():
        raise Refusal(
            401, _rule(exchange, "expired-token", data["kind"]), pointer=exchange.plan.security_pointer
        )
    caller: Caller | None = row.views.get(Caller)
    if caller is None:
        caller = row.views[Caller] = Caller(
            token,
            data["persona"],
            data["account"],
            data["user"],
            exchange.service.held(data["scopes"]),
            data["plan"],
            data["quota"],
            data["kind"],
        )
    wanted = exchange.plan.token_plan
    if wanted is not None and caller.plan not in exchange.plan.token_plans:
        raise Refusal(401, "plan-without-access", plan=wanted, pointer=exchange.plan.security_pointer)
    return caller


def _rule(exchange: Exchange, rule: str, kind: str) -> str:
    """`expired-token-managed` where provider.yaml has something to say of tokens of that kind."""
    own = f"{rule}-{kind}"
    return own if own in exchange.service.settings.rules else rule


def pair_reader(first: Reader, second: Reader) -> Reader:
    """Reads two credentials that are one: `<first>:<second>`; None unless both are there."""

    def read(exchange: Exchange) -> str | None:
        name, secret = first(exchange), second(exchange)
        return None if name is None or secret is None else f"{name}:{secret}"

    return read


def reader_for(scheme: Mapping[str, Any]) -> Reader | None:
    """A function that reads a scheme's credential from an exchange; None where HTTP carries none."""
    kind = scheme.get("type")
    if kind in ("oauth2", "openIdConnect"):
        return read_bearer
    if kind == "http":
        return read_basic if str(scheme.get("scheme", "")).lower() == "basic" else read_bearer
    if kind == "apiKey":
        name = str(scheme.get("name", ""))
        place = scheme.get("in")
        if place == "header":
            return _header_reader(name.lower().encode("latin-1", "replace"))
        if place == "query":
            return _query_reader(name)
        return _cookie_reader(name)
    return None


def read_bearer(exchange: Exchange) -> str | None:
    """The token of `Authorization: Bearer <token>`; 401 malformed-credentials for anything else there."""
    header = _authorization(exchange)
    if header is None:
        return None
    if header[:7] != b"Bearer ":
        scheme, _, rest = header.partition(b" ")
        if scheme.lower() != b"bearer":
            raise Refusal(401, "malformed-credentials", pointer=exchange.plan.security_pointer)
        header = b"Bearer " + rest
    try:
        token = header[7:].decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if not token or " " in token:
        raise Refusal(401, "malformed-credentials", pointer=exchange.plan.security_pointer)
    return token


def read_basic(exchange: Exchange) -> str | None:
    """The password of HTTP Basic credentials, or the user name where the password is empty."""
    header = _authorization(exchange)
    if header is None:
        return None
    scheme, _, rest = header.partition(b" ")
    try:
        if scheme.lower() != b"basic":
            raise ValueError(scheme)
        user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise Refusal(401, "malformed-credentials", pointer=exchange.plan.security_pointer) from error
    return password or user


def _authorization(exchange: Exchange) -> bytes | None:
    """The header Authorization; 401 malformed-credentials for two of them, of which one is not meant."""
    header = exchange.headers.get(b"authorization")
    # Some header came twice. Seldom, so that the usual request pays for two lengths only.
    if header is not None and len(exchange.headers) != len(exchange.header_list):
        count = sum(1 for name, _ in exchange.header_list if name == b"authorization")
        if count > 1:
            raise Refusal(401, "malformed-credentials", pointer=exchange.plan.security_pointer)
    return header


def _header_reader(name: bytes) -> Reader:
    def read(exchange: Exchange) -> str | None:
        value = exchange.headers.get(name)
        return value.decode("latin-1").strip() if value is not None else None

    return read


def _query_reader(name: str) -> Reader:
    def read(exchange: Exchange) -> str | None:
        values = parse_qs(exchange.query.decode("latin-1")).get(name)
        return values[-1] if values else None

    return read


def _cookie_reader(name: str) -> Reader:
    def read(exchange: Exchange) -> str | None:
        for part in exchange.headers.get(b"cookie", b"").decode("latin-1").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
        return None

    return read
