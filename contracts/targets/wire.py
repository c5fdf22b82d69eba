"""One HTTP session whose every request passes a guard; knows no provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contracts.answer import Answer, Sent
from contracts.targets.guard import Guard

LARGEST = 16 * 2**20
SECONDS = 30.0
# What says how a connection is kept, which is the session's own business.
OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class Guarded(HTTPAdapter):
    """The transport below everything: whatever wants to leave is counted here, or stopped."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(max_retries=0)
        self._guard = guard
        self.keep = 0
        self.reserved = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Let it out, if it may. Raises Barred and Spent."""
        self._guard.admit(request.method or "", request.url or "", keep=self.keep, reserved=self.reserved)
        return super().send(request, **options)


class Wire:
    """Sends requests to one address, as they are: no redirects, no cookies, nobody's netrc."""

    def __init__(self, base: str, guard: Guard, *, seconds: float = SECONDS) -> None:
        self.base = base
        self._seconds = seconds
        self._session = requests.Session()
        # A netrc would put other credentials in place of ours.
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.proxies = requests.utils.get_environ_proxies(base)
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        self._adapter = Guarded(guard)
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

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
        request = requests.Request(method, self.base, headers=fields, data=body or None)
        prepared = self._session.prepare_request(request)
        prepared.url = self.base + target
        sent = Sent(dict(fields), body)
        self._adapter.keep, self._adapter.reserved = keep, reserved
        self._session.cookies.clear()
        began = perf_counter()
        try:
            with self._session.send(
                prepared,
                allow_redirects=False,
                timeout=self._seconds,
                stream=True,
                proxies=dict(self._session.proxies),
                verify=self._session.verify,
            ) as response:
                content = response.raw.read(LARGEST, decode_content=True)
                found = {name.lower(): value for name, value in response.headers.items()}
                status = response.status_code
        except (requests.RequestException, OSError) as error:
            took = perf_counter() - began
            return Answer(method, target, 0, {}, _reason(error).encode(), persona, sent, took)
        return Answer(method, target, status, found, content, persona, sent, perf_counter() - began)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()


def _reason(error: Exception) -> str:
    """Why nothing came, in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return f"no answer: {type(error).__name__}"
