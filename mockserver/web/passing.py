"""ASGI applications in the mock's place: one hands requests on to a real address, one replays a recording."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.engine.exchange import OVERSIZED
from mockserver.engine.service import Service
from mockserver.web.adapter import Receive, Scope, Send, read_body
from mockserver.web.recording import Recorded, Recorder, Recording

SECONDS = 60.0
LARGEST = 64_000_000
# Of one connection, and not of the request or reply (RFC 9110, 7.6.1); lengths are written anew.
_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "accept-encoding", "expect",
    }
)  # fmt: skip
_BODILESS = frozenset({204, 304})

Tell = Callable[[Recorded, Sequence[str]], None]


class Upstream:
    """The real address. One connection a request: it is asked at a person's pace."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.host = parts.hostname or ""
        self.port = parts.port
        self.secure = parts.scheme == "https"
        self.base = parts.path.rstrip("/")
        self._context = ssl.create_default_context() if self.secure else None

    def ask(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> Recorded:
        """Ask, and wait for the whole reply. OSError and HTTPException for no reply."""
        began = time.monotonic()
        connection: http.client.HTTPConnection
        if self.secure:
            connection = http.client.HTTPSConnection(
                self.host, self.port, timeout=SECONDS, context=self._context
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        sent = [(name, value) for name, value in headers if name.lower() not in _HOP]
        try:
            connection.putrequest(method, self.base + target, skip_accept_encoding=True)
            for name, value in sent:
                connection.putheader(name, value)
            connection.putheader("Accept-Encoding", "identity")
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise OSError(f"the reply is larger than {LARGEST // 1_000_000} MB")
            received = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return Recorded(
                method,
                self.url + target,
                sent,
                body,
                answer.status,
                received,
                content,
                time.monotonic() - began,
            )
        finally:
            connection.close()


class Proxy:
    """Hands each request on, judges what comes back, and records it where it is told to."""

    def __init__(
        self,
        upstream: Upstream,
        service: Service | None = None,
        *,
        recorder: Recorder | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._upstream = upstream
        self._service = service
        self._recorder = recorder
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            return
        target, headers, body = await _request(scope, receive, self._service)
        if body is None:
            await _refuse(send, 413, "the request is larger than a proxy of ours takes")
            return
        try:
            exchange = await asyncio.to_thread(self._upstream.ask, scope["method"], target, headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            await _refuse(send, 502, f"{self._upstream.url} did not answer: {error or type(error).__name__}")
            return
        wrong = [] if self._service is None else judged(self._service, exchange)
        if self._recorder is not None:
            self._recorder.add(exchange)
        if self._tell is not None:
            self._tell(exchange, wrong)
        extra = [("Mock-Judged", "sound" if not wrong else f"{len(wrong)} wrong")] if self._service else []
        await _answer(send, scope["method"], exchange, extra)


class Replay:
    """Answers from a recording, and from nothing else."""

    def __init__(self, recording: Recording, slug: str = "", tell: Tell | None = None) -> None:
        self._recording = recording
        self._slug = slug
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            return
        target, headers, body = await _request(scope, receive, None)
        found = self._recording.find(scope["method"], target, body or b"", headers)
        if found is None:
            near = self._recording.near(scope["method"], target)
            told = f"; recorded are {', '.join(near)}" if near else ""
            await _refuse(send, 404, f"{scope['method']} {target} was not recorded{told}")
            return
        if self._tell is not None:
            self._tell(found, ())
        await _answer(send, scope["method"], found, [("Mock-Replayed", "true")])


async def _request(
    scope: Scope, receive: Receive, service: Service | None
) -> tuple[str, list[tuple[str, str]], bytes | None]:
    """The target without our prefix, the headers, and the body; None for one that is too large."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    target = raw.decode("latin-1")
    if service is not None and target.startswith(f"/{service.slug}/"):
        # As the mock is asked; unless the document has paths that begin so themselves.
        found = service.route(scope["method"], scope["path"], raw)[0]
        target = target if found.operation is not None else target[len(service.slug) + 1 :]
    query = scope["query_string"].decode("latin-1")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    body = await read_body(receive)
    return (f"{target}?{query}" if query else target), headers, None if body is OVERSIZED else body


async def _answer(send: Send, method: str, exchange: Recorded, extra: Sequence[tuple[str, str]]) -> None:
    bodiless = method == "HEAD" or exchange.status in _BODILESS
    body = b"" if bodiless else exchange.reply_body
    # The server dates what it sends.
    headers = [*((n, v) for n, v in exchange.reply_headers if n.lower() not in _HOP | {"date"}), *extra]
    if not bodiless:
        headers.append(("Content-Length", str(len(body))))
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": exchange.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, detail: str) -> None:
    body = orjson.dumps({"title": "mock-proxy", "status": status, "detail": detail})
    fields: list[Any] = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def judged(service: Service, exchange: Recorded) -> list[str]:
    """What the document has against a request and its reply, a line each."""
    target = exchange.url[exchange.url.index("/", 8) :] if exchange.url.count("/") > 2 else "/"
    raw, _, query = target.partition("?")
    path = urlsplit(target).path
    plan, values = service.route(exchange.method, path, raw.encode("latin-1"))
    if plan.operation is None:
        return [f"request: the document has no {exchange.method} {path}"]
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in exchange.headers]
    wrong: list[str] = []
    if exchange.status < 400 or exchange.status >= 500:
        # What was refused is expected to be wrong.
        problems = plan.parameters.read(values, query.encode("latin-1"), headers)[1]
        wrong += [f"request: {each.place} {each.name} {each.message}" for each in problems or ()]
        if plan.body is not None:
            wrong += _judge_body("request", plan.body.media, exchange.headers, exchange.body)
    response = plan.response(exchange.status)
    if response is None:
        return [*wrong, f"reply: {exchange.status} is not declared"]
    if exchange.method != "HEAD" and response.media:
        wrong += _judge_body("reply", response.media, exchange.reply_headers, exchange.reply_body)
    return wrong


def _judge_body(side: str, media: Any, headers: Sequence[tuple[str, str]], body: bytes) -> list[str]:
    if not body and side == "request":
        return []
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    essence = kind.partition(";")[0].strip().lower()
    found = media.get(essence) or media.get(f"{essence.partition('/')[0]}/*") or media.get("*/*")
    if found is None:
        return [f"{side}: the content type {essence or 'of nothing'} is not declared"]
    if found.check is None or "json" not in essence:
        return []
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return [f"{side}: is no JSON: {error.msg}"]
    try:
        if found.check.ok(value):
            return []
        problems = found.check.problems(value)
    except UnicodeEncodeError:
        return [f"{side}: holds text that is no Unicode"]
    return [f"{side}: /{'/'.join(map(str, each.path))} {each.message}" for each in problems]
