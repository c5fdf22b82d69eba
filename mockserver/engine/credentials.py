"""How a token is carried to a provider, as its document's security schemes say; reads no request."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
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


def credentials(contract: Contract, token: str, operation: Operation | None = None) -> Credentials:
    """What an operation's first security alternative asks for, with that token in it.

    Without an operation, or where it asks for nothing: what the first operation does that asks for something.
    Nothing at all in a document that asks for nothing.
    """
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    for scheme in _schemes(contract, operation):
        kind, name = scheme.get("type"), str(scheme.get("name", ""))
        if kind == "http" and str(scheme.get("scheme", "")).lower() == "basic":
            headers["Authorization"] = f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"
        elif kind in ("http", "oauth2", "openIdConnect"):
            headers["Authorization"] = f"Bearer {token}"
        elif kind == "apiKey" and scheme.get("in") == "header":
            headers[name] = token
        elif kind == "apiKey" and scheme.get("in") == "query":
            query[name] = token
        elif kind == "apiKey":
            cookie = f"{name}={quote(token)}"
            headers["Cookie"] = f"{headers['Cookie']}; {cookie}" if "Cookie" in headers else cookie
    return Credentials(headers, query)


def asks_for_any(contract: Contract) -> bool:
    """Whether any operation of a document asks for credentials."""
    return any(operation.security for operation in contract.operations)


def _schemes(contract: Contract, operation: Operation | None) -> Iterable[Mapping[str, Any]]:
    asking = [operation] if operation is not None else []
    for each in (*asking, *contract.operations):
        for alternative in each.security:
            if alternative:
                return [contract.security_schemes.get(name, {}) for name, _ in alternative]
    return ()
