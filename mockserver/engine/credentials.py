"""How a token is carried to a provider, as its document's security schemes say; reads no request."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode

from mockserver.openapi.contract import Contract, Operation


class Credentials(NamedTuple):
    """The headers and query parameters that carry a token."""

    headers: Mapping[str, str]
    query: Mapping[str, str]

    def on(self, target: str) -> str:
        """A path, with its query, that carries what is carried there."""
        if not self.query:
            return target
        return f"{target}{'&' if '?' in target else '?'}{urlencode(self.query)}"


def credentials(
    contract: Contract,
    token: str,
    operation: Operation | None = None,
    *,
    kind: str = "",
    pairs: Sequence[tuple[str, str]] = (),
) -> Credentials:
    """What an operation's first security alternative asks for, with that token in it.

    Without an operation, or where it asks for nothing: what the first operation does that asks for something.
    Nothing at all in a document that asks for nothing. An alternative that means tokens of this `kind` comes
    before the first; the token of a pair of schemes (provider.yaml) is `<first>:<second>`.
    """
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    names = _names(contract, operation, kind)
    parts: dict[str, str] = {}
    whole = token
    for first, second in pairs:
        if first in names and second in names:
            parts[first], _, parts[second] = token.partition(":")
    for each in names:
        scheme = contract.security_schemes.get(each, {})
        token = parts.get(each, whole)
        type, name = scheme.get("type"), str(scheme.get("name", ""))
        if type == "http" and str(scheme.get("scheme", "")).lower() == "basic":
            headers["Authorization"] = f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"
        elif type in ("http", "oauth2", "openIdConnect"):
            headers["Authorization"] = f"Bearer {token}"
        elif type == "apiKey" and scheme.get("in") == "header":
            headers[name] = token
        elif type == "apiKey" and scheme.get("in") == "query":
            query[name] = token
        elif type == "apiKey":
            cookie = f"{name}={quote(token)}"
            headers["Cookie"] = f"{headers['Cookie']}; {cookie}" if "Cookie" in headers else cookie
    return Credentials(headers, query)


def asks_for_any(contract: Contract) -> bool:
    """Whether any operation of a document asks for credentials."""
    return any(operation.security for operation in contract.operations)


def _names(contract: Contract, operation: Operation | None, kind: str) -> Sequence[str]:
    """The security schemes of the alternative that is for tokens of that kind, else of the first one."""
    schemes = contract.security_schemes
    asking = [operation] if operation is not None else []
    for each in (*asking, *contract.operations):
        ways = [[name for name, _ in alternative] for alternative in each.security if alternative]
        if ways:
            meant = (way for way in ways if any(schemes.get(n, {}).get("x-token-kind") == kind for n in way))
            return next(meant, ways[0])
    return ()
