"""Carries a request from Schemathesis to the bridge in a call; knows neither targets nor documents.

As an ASGI application the bridge would be reached through an event loop in a thread of its own, by a client
that is made for each request: a fifth of all that a generated case costs. Nothing here waits, so nothing of
that is needed. What is sent is what Schemathesis's own transport sends.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from http.client import responses
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import default_headers
from schemathesis.transport.prepare import normalize_base_url
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport

from contracts.answer import Answer

# No server has this name; nothing is ever looked up by it.
HOST = "testserver"
# Of how a body came over a wire nothing is true here; its length is told anew.
WIRE = frozenset({"transfer-encoding", "content-encoding", "content-length", "connection"})


class Asked(Protocol):
    """Who answers."""

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request."""


class Unreachable(RuntimeError):
    """Schemathesis would not send what it generates to the bridge; nothing is sent."""


class Carrier(RequestsTransport):
    """Schemathesis's transport, but that requests are handed over and not sent."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._session = requests.Session()
        # Neither proxies nor passwords for hosts are looked for in the environment.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Handing(asked))

    def send(self, case: Any, *, session: Any = None, **named: Any) -> Any:
        """Hand over one request. `session` has the headers and credentials that go with all of them."""
        if named.get("base_url") is None:
            named["base_url"] = normalize_base_url(case.operation.base_url, host=HOST)
        own = self._session
        own.headers = default_headers()
        own.headers["user-agent"] = "testclient"
        if session is not None:
            own.headers.update(session.headers)
            own.auth = session.auth
            own.cookies.update(session.cookies)
        try:
            return super().send(case, session=own, **named)
        finally:
            # What one case was given does not go with the next.
            own.auth = None
            own.cookies.clear()


def reached_through(schema: Any, carrier: Carrier) -> Any:
    """A schema whose cases are sent by a carrier. Raises Unreachable where they would not be.

    Schemathesis chooses a transport by the schema's application, and has no setting for another one; its
    engine asks the schema's `transport`.
    """
    kind = type(schema)
    schema.__class__ = type("Carried", (kind,), {"transport": property(lambda _: carrier)})
    if not isinstance(getattr(kind, "transport", None), property) or schema.clone().transport is not carrier:
        raise Unreachable("this version of Schemathesis does not ask its schema how to send a case")
    return schema


class _Handing(HTTPAdapter):
    """What `requests` believes to be a connection."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        """Hand it over, and put the answer into the form that it would have had."""
        parts = urlsplit(str(request.url))
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body or b""
        answer = self._asked.ask(
            request.method, target, headers, body.encode() if isinstance(body, str) else body
        )
        content = b"" if request.method == "HEAD" else answer.body
        fields = {name: value for name, value in answer.headers.items() if name not in WIRE}
        fields["content-length"] = str(len(content))
        status = answer.status or 503
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(content),
            headers=fields,
            status=status,
            version=11,
            reason=responses.get(status, ""),
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)
