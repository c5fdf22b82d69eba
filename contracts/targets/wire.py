"""One way out, whose every request passes a guard; knows no provider."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from http.client import HTTPException
from time import monotonic, perf_counter
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from contracts.answer import Answer, Sent
from contracts.targets.guard import Barred, Guard
from mockserver.version import __version__

LARGEST = 16 * 2**20
PIECE = 2**16
SECONDS = 30.0
AGENT = f"understudy-contracts/{__version__}"
# What says how a connection is kept, which is the transport's own business.
OWN = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "upgrade",
        "te",
        "expect",
    }
)


class Guarded(HTTPAdapter):
    """The transport below everything: whatever wants to leave is counted here, or stopped."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(max_retries=0)
        self._guard = guard

    def let_out(
        self, request: requests.PreparedRequest, *, keep: int, reserved: bool, **options: Any
    ) -> requests.Response:
        """Let it out, if it may. Raises Barred and Spent."""
        self._guard.admit(
            request.method or "", request.url or "", request.headers, keep=keep, reserved=reserved
        )
        return super().send(request, **options)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """No way past the guard: a session that would follow redirects has no business here."""
        raise Barred(f"{request.method} {request.url} did not come through the guard")


class Wire:
    """Sends requests to one address, as they are: no redirects, no cookies, nobody's netrc.

    `seconds` is how long an answer may take from the first byte sent to the last one read.
    """

    def __init__(
        self,
        base: str,
        guard: Guard,
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.base = base
        self._seconds = seconds
        self._clock = clock
        self._proxies = requests.utils.get_environ_proxies(base)
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        # No session: it would keep cookies, read a netrc and look where a redirect leads.
        self._adapter = Guarded(guard)

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        persona: str,
        *,
        keep: int = 0,
        reserved: bool = False,
    ) -> Answer:
        """Ask, and have the answer; status 0, with the reason as body, where none comes. Barred and Spent."""
        fields = {name: value for name, value in headers.items() if name.lower() not in OWN}
        sent = Sent(dict(fields), body)
        request = self._prepared(method, target, fields, body)
        began = perf_counter()
        try:
            response = self._adapter.let_out(
                request,
                keep=keep,
                reserved=reserved,
                stream=True,
                timeout=self._seconds,
                verify=self._verify,
                proxies=self._proxies,
            )
            try:
                content = self._read(response.raw)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            took = perf_counter() - began
            return Answer(method, target, 0, {}, _reason(error).encode(), persona, sent, took)
        found = {name.lower(): value for name, value in response.headers.items()}
        took = perf_counter() - began
        return Answer(method, target, response.status_code, found, content, persona, sent, took)

    def _prepared(
        self, method: str, target: str, fields: Mapping[str, str], body: bytes
    ) -> requests.PreparedRequest:
        """The request as it leaves. Barred where HTTP has no form for it."""
        if not target.startswith("/"):
            raise Barred("a target that does not begin with / would change the host")
        told: dict[str, str | bytes] = {"User-Agent": AGENT}
        for name, value in fields.items():
            if not name.isascii() or not method.isascii():
                raise Barred("a header or verb that is not ASCII has no form in HTTP")
            told[name] = value if _is_latin(value) else value.encode()
        try:
            request = requests.Request(method, self.base, headers=told, data=body or None).prepare()
        except (requests.RequestException, ValueError) as error:
            raise Barred(f"a request that has no form in HTTP: {type(error).__name__}") from error
        # Byte for byte: what is asked may well be something that nobody would write.
        request.url = self.base + target
        return request

    def _read(self, raw: Any) -> bytes:
        """The body, as far as anybody keeps it. Timeout for one that drips."""
        until = self._clock() + self._seconds
        found = bytearray()
        while len(found) < LARGEST and (piece := raw.read1(PIECE, decode_content=True)):
            found += piece
            if self._clock() > until:
                raise requests.Timeout("the answer takes too long")
        return bytes(found)

    def close(self) -> None:
        """Let go of the connections."""
        self._adapter.close()


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: Exception) -> str:
    """Why nothing came, in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return f"no answer: {type(error).__name__}"
