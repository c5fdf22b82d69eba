"""Who may steer the mock: the Host that was meant and the control token; knows headers, no application."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]

LOOPBACK_NAMES = frozenset({"localhost", "testserver"})
TOKEN_HEADER = b"mock-control-token"


@dataclass(frozen=True, slots=True)
class Guard:
    """What a server lets through to its control API.

    `bound_host` is what it listens on, `names` other names that it is reached by, `token` what is asked for
    off loopback. A server off loopback without a token lets nobody steer it.
    """

    bound_host: str
    names: frozenset[str] = frozenset()
    token: str = ""

    def objection(self, headers: Headers) -> tuple[int, str] | None:
        """(status, detail) of why a request is not let through; None where it is."""
        if not allowed_host(headers, self.bound_host, self.names):
            return 403, "the Host header names another server than this one"
        if not token_needed(self.bound_host):
            return None
        if not self.token:
            return 403, "this server listens off loopback without a control token: nobody may steer it"
        if not allowed_token(headers, self.token):
            return 401, "off loopback the control API asks for its token: Mock-Control-Token, or Bearer"
        return None


def allowed_host(headers: Headers, bound_host: str, extra: Collection[str] = ()) -> bool:
    """Whether there is exactly one Host header and it names loopback, the bound host or one of `extra`.

    A browser that was lured here by a name of the attacker's (DNS rebinding) sends that name, and is refused.
    """
    sent = [value for name, value in headers if name.lower() == b"host"]
    if len(sent) != 1:
        return False
    host = host_of(sent[0])
    if host is None:
        return False
    if host in LOOPBACK_NAMES or is_loopback(host) or host in {name.lower() for name in extra}:
        return True
    bound = bound_host.lower().strip("[]")
    if _is_any(bound):
        # Bound to every address: any address may be meant, but no name, for names are what rebinding uses.
        return _address(host) is not None
    return bool(bound) and host == bound


def host_of(header: bytes) -> str | None:
    """The lower-case name or address of a Host header, without port and brackets; None for no such thing."""
    try:
        text = header.decode("ascii").strip().lower()
    except UnicodeDecodeError:
        return None
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or _address(host) is None or (port and not port.startswith(":")):
            return None
        port = port[1:]
    else:
        host, _, port = text.partition(":")
    if port and not (port.isdigit() and len(port) <= 5):
        return None
    if not host or any(not (c.isalnum() or c in "-._:") for c in host):
        return None
    return host.removesuffix(".")


def token_needed(bound_host: str) -> bool:
    """Whether a server that listens there is reached from other machines too."""
    bound = bound_host.lower().strip("[]")
    return bound not in LOOPBACK_NAMES and not is_loopback(bound)


def allowed_token(headers: Headers, token: str) -> bool:
    """Whether the control token was sent, as Mock-Control-Token or as Bearer; compared in constant time."""
    expected = token.encode()
    matched = False
    for name, value in headers:
        lowered = name.lower()
        if lowered == TOKEN_HEADER:
            sent = value.strip()
        elif lowered == b"authorization" and value[:7].lower() == b"bearer ":
            sent = value[7:].strip()
        else:
            continue
        matched |= hmac.compare_digest(sent, expected)
    return matched and bool(expected)


def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine's own."""
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_any(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_unspecified
