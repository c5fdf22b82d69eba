"""Exchanges with a real address, kept as a HAR file without secrets, and found again; knows no server."""

from __future__ import annotations

import base64
import os
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from mockserver.version import __version__
from mockserver.web.secrets import SHOWN, Secrets

Headers = Sequence[tuple[str, str]]
WRITE_SECONDS = 2.0


class RecordingError(ValueError):
    """A recording that cannot be read or written; `str()` is one line for a person."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange, as bytes."""

    method: str
    url: str
    headers: Headers
    body: bytes
    status: int
    reply_headers: Headers
    reply_body: bytes
    seconds: float = 0.0


@dataclass(slots=True)
class Recorder:
    """Collects exchanges and writes them, all or nothing, without secrets. `names`: more secret headers."""

    path: Path
    names: frozenset[str] = frozenset()
    secrets: Secrets = field(default_factory=Secrets)
    entries: list[tuple[datetime, Recorded]] = field(default_factory=list)
    _written: float = 0.0
    _kept: int = 0

    def add(self, exchange: Recorded) -> None:
        """Keep one more; the file follows within a few seconds."""
        self.entries.append((datetime.now(UTC), exchange))
        learn(self.secrets, exchange, self.names)
        if time.monotonic() - self._written > WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what is new. RecordingError where the file cannot be written."""
        if self._kept == len(self.entries) and self.path.exists():
            return
        log = {
            "log": {
                "version": "1.2",
                "creator": {"name": "Understudy", "version": __version__},
                "comment": "Secrets were replaced by ***.",
                "entries": [entry(at, exchange, self.secrets) for at, exchange in self.entries],
            }
        }
        draft = ""
        try:
            handle, draft = tempfile.mkstemp(prefix=".recording-", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(log, option=orjson.OPT_INDENT_2))
            os.replace(draft, self.path)
        except OSError as error:
            if draft:
                Path(draft).unlink(missing_ok=True)
            raise RecordingError(f"{self.path} cannot be written: {error.strerror or error}") from None
        self._kept, self._written = len(self.entries), time.monotonic()


def learn(secrets: Secrets, exchange: Recorded, names: frozenset[str] = frozenset()) -> None:
    """Take note of all secrets of an exchange."""
    secrets.learn_url(exchange.url, names)
    secrets.learn_headers(exchange.headers, names)
    secrets.learn_headers(exchange.reply_headers, names)
    secrets.learn_body(exchange.body, _type(exchange.headers))
    secrets.learn_body(exchange.reply_body, _type(exchange.reply_headers))


def _type(headers: Headers) -> str:
    return next((value.lower() for name, value in headers if name.lower() == "content-type"), "")


def entry(at: datetime, exchange: Recorded, secrets: Secrets) -> dict[str, Any]:
    """An exchange as a HAR entry, its secrets hidden."""
    url = secrets.hide(exchange.url)
    milliseconds = round(exchange.seconds * 1000, 3)
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(exchange.headers, secrets),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(exchange.body),
    }
    if exchange.body:
        request["postData"] = {
            "mimeType": _type(exchange.headers),
            **_text(secrets.hide_bytes(exchange.body)),
        }
    body = secrets.hide_bytes(exchange.reply_body)
    return {
        "startedDateTime": at.isoformat(),
        "time": milliseconds,
        "request": request,
        "response": {
            "status": exchange.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(exchange.reply_headers, secrets),
            "content": {"size": len(body), "mimeType": _type(exchange.reply_headers), **_text(body)},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _headers(headers: Headers, secrets: Secrets) -> list[dict[str, str]]:
    return [{"name": name, "value": secrets.hide(value)} for name, value in headers]


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


@dataclass(slots=True)
class Recording:
    """A HAR file, to be answered from: what is asked alike is answered alike, in the recording's order."""

    name: str
    answers: dict[tuple[str, str, bytes], list[Recorded]]
    asked: dict[tuple[str, str, bytes], int] = field(default_factory=dict)

    def find(self, method: str, target: str, body: bytes, headers: Headers) -> Recorded | None:
        """The reply to that request; the last one again where it is asked more often than it was recorded."""
        secrets = Secrets()
        secrets.learn_headers(headers)
        secrets.learn_url(f"http://x{target}")
        secrets.learn_body(body, _type(headers))
        key = _key(method, secrets.hide(target), secrets.hide_bytes(body))
        listed = self.answers.get(key)
        if listed is None:
            # What was hidden may have been anything.
            key = next((each for each in self.answers if _fits(each, key)), key)
            listed = self.answers.get(key)
        if listed is None:
            return None
        turn = self.asked.get(key, 0)
        self.asked[key] = turn + 1
        return listed[min(turn, len(listed) - 1)]

    def near(self, method: str, target: str) -> list[str]:
        """What was recorded of the same path, for somebody who asked otherwise."""
        path = target.partition("?")[0]
        return [
            f"{each[0]} {each[1]}" + (" with another body" if (each[0], each[1]) == (method, target) else "")
            for each in self.answers
            if each[1].partition("?")[0] == path
        ][:5]


def _fits(recorded: tuple[str, str, bytes], asked: tuple[str, str, bytes]) -> bool:
    """Whether a request is the recorded one, whatever stood where the recording hides something."""
    hidden = SHOWN.encode()
    if recorded[0] != asked[0] or (SHOWN not in recorded[1] and hidden not in recorded[2]):
        return False
    target = ".*".join(map(re.escape, recorded[1].split(SHOWN)))
    body = b".*".join(map(re.escape, recorded[2].split(hidden)))
    return bool(re.fullmatch(target, asked[1]) and re.fullmatch(body, asked[2], re.DOTALL))


def _key(method: str, target: str, body: bytes) -> tuple[str, str, bytes]:
    path, _, query = target.partition("?")
    pairs = sorted(query.split("&")) if query else []
    try:
        # The order of members says nothing.
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) if body else b""
    except orjson.JSONDecodeError:
        pass
    return method.upper(), f"{path}?{'&'.join(pairs)}" if pairs else path, body


def read_recording(path: Path) -> Recording:
    """A recording, from a HAR file. RecordingError for anything else."""
    try:
        data = orjson.loads(path.read_bytes())
        entries = data["log"]["entries"]
        answers: dict[tuple[str, str, bytes], list[Recorded]] = {}
        for raw in entries:
            exchange = _exchange(raw)
            if exchange.status:
                parts = urlsplit(exchange.url)
                target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
                answers.setdefault(_key(exchange.method, target, exchange.body), []).append(exchange)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise RecordingError(f"{path} is no HAR file; --record writes one") from None
    return Recording(str(path), answers)


def _exchange(raw: Mapping[str, Any]) -> Recorded:
    request, reply = raw["request"], raw["response"]
    return Recorded(
        str(request["method"]).upper(),
        str(request["url"]),
        [(str(each["name"]), str(each["value"])) for each in request.get("headers", ())],
        _bytes(request.get("postData") or {}),
        int(reply["status"]),
        [(str(each["name"]), str(each["value"])) for each in reply.get("headers", ())],
        _bytes(reply.get("content") or {}),
    )


def _bytes(part: Mapping[str, Any]) -> bytes:
    text = part.get("text", "")
    return base64.b64decode(text) if part.get("encoding") == "base64" else str(text).encode()
