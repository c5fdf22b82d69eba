"""Where deliveries may go: addresses, resolved once, held against what is allowed; sends nothing.

Whoever may subscribe chooses where the mock connects to. So what is only reached from this machine or its
network is closed when others reach the mock, and what no subscriber can mean is closed always.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Names that nobody has (RFC 2606, RFC 6761): what is sent there is for the built-in receiver, or for nobody.
EXAMPLES: Final = ("example", "example.com", "example.net", "example.org")
NOBODY: Final = "invalid"

# Where clouds keep their credentials, beside the link-local 169.254.169.254.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
_SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
LONGEST_URL: Final = 4_096


class Unreachable(Exception):
    """A delivery that cannot even be tried there; `str()` says why in a few words."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address of the web: `host` is ASCII and lower-case, `path` has the query and fits into a request."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def is_example(self) -> bool:
        """Whether it names somebody who is not there, so that the built-in receiver takes it."""
        return any(self.host == name or self.host.endswith("." + name) for name in EXAMPLES)


def read_target(url: str) -> Target:
    """The parts of an address. Unreachable for what is none that a delivery can go to."""
    if len(url) > LONGEST_URL:
        raise Unreachable(f"the address is longer than {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable("the address is malformed") from None
    if parts.scheme not in ("http", "https"):
        raise Unreachable("only http and https addresses are delivered to")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("an address with a name or password in it is not delivered to")
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise Unreachable("the host's name is malformed") from None
    host = host.lower()
    if not host or any(letter <= " " or letter in '<>"%' for letter in host):
        raise Unreachable("the address names no host")
    path = quote(parts.path or "/", safe="/%:=&?~+!$,;'@()*")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:=&?~+!$,;'@()*[]")
    secure = parts.scheme == "https"
    return Target(secure, host, port or (443 if secure else 80), path)


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be connected to. `private`: this machine and its networks may, too."""

    private: bool

    def objection(self, address: Address) -> str:
        """Why an address is closed, "" where it is open."""
        address = _meant(address)
        if address in _METADATA or address.is_link_local:
            return "a link-local or metadata address is never delivered to"
        reserved = address.is_reserved and (address.version == 4 or not address.is_private)
        if address.is_multicast or address.is_unspecified or reserved:
            return "no receiver can have this address"
        closer = address.is_loopback or address.is_private or not address.is_global
        if (closer or (address.version == 4 and address in _SHARED)) and not self.private:
            return (
                "loopback and private addresses are closed while the mock listens off loopback "
                "(--private-webhooks opens them)"
            )
        return ""

    async def resolve(self, target: Target) -> list[Address]:
        """The addresses of a target, all of them open; whoever connects uses these and asks no name again.

        Unreachable where the name has none, or where one of them is closed.
        """
        if target.host == NOBODY or target.host.endswith("." + NOBODY):
            raise Unreachable("names under .invalid are nobody's")
        try:
            addresses = [ipaddress.ip_address(target.host)]
        except ValueError:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                raise Unreachable(f"the name {target.host} is not known") from None
            texts = dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found)
            addresses = [ipaddress.ip_address(text) for text in texts]
        if not addresses:
            raise Unreachable(f"the name {target.host} has no address")
        for address in addresses:
            if objection := self.objection(address):
                raise Unreachable(objection)
        return addresses


def _meant(address: Address) -> Address:
    """The address at which one ends that is written inside another."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped
        if inside is None and address in _SIX_TO_FOUR:
            inside = address.sixtofour
        if inside is None and address in _NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is None and int(address) >> 32 == 0 and int(address) > 1:
            inside = ipaddress.IPv4Address(int(address))
        if inside is not None:
            return inside
    return address
