"""Reads recorded traffic: HAR files, our journal's exchanges, Schemathesis cassettes; judges none of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

from contracts.oracle.traffic import Headers, Traffic

MAX_BYTES = 500_000_000


class NoTraffic(ValueError):
    """A file that holds no recording that can be read; `str()` is one line."""


def read_traffic(path: Path) -> Iterator[Traffic]:
    """What a file holds, whatever its format. NoTraffic."""
    name = str(path)
    try:
        if not path.is_file():
            raise NoTraffic(f"{name}: there is no such file")
        if path.stat().st_size > MAX_BYTES:
            raise NoTraffic(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
        content = path.read_bytes()
    except OSError as error:
        raise NoTraffic(f"{name} cannot be read: {error.strerror or error}") from None
    data = _parsed(name, content)
    if isinstance(data, dict) and isinstance(data.get("log"), dict):
        return _each(name, data["log"].get("entries"), _har)
    if isinstance(data, dict) and "http_interactions" in data:
        return _each(name, data["http_interactions"], _cassette)
    if isinstance(data, dict) and "exchanges" in data:
        data = data["exchanges"]
    listed = data if isinstance(data, list) else [data]
    if listed and all(isinstance(each, dict) and "request" in each and "path" in each for each in listed):
        return _each(name, listed, _journal)
    raise NoTraffic(
        f"{name} is no recording: a HAR file, exchanges of /_mock/exchanges/{{id}} or a Schemathesis cassette"
        " is expected"
    )


def _parsed(name: str, content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    lines = [line for line in content.splitlines() if line.strip()]
    try:
        # A journal with an exchange a line.
        return [orjson.loads(line) for line in lines]
    except orjson.JSONDecodeError:
        pass
    try:
        return yaml.load(content, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = str(getattr(error, "problem", None) or error).splitlines()[0]
        raise NoTraffic(f"{name} is neither JSON nor YAML: {told}") from None


def _each(name: str, listed: Any, read: Any) -> Iterator[Traffic]:
    if not isinstance(listed, list):
        raise NoTraffic(f"{name} has no list of exchanges")
    for index, raw in enumerate(listed):
        source = f"{name} #{index + 1}"
        try:
            traffic = read(source, raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NoTraffic(f"{source} is no exchange: {error!r}") from None
        if traffic is not None:
            yield traffic


def _har(source: str, raw: Any) -> Traffic | None:
    request, reply = raw["request"], raw["response"]
    status = int(reply.get("status", 0))
    if not status:
        return None  # there was no reply
    body: bytes | None = b""
    post = request.get("postData")
    if isinstance(post, dict):
        body = post["text"].encode() if isinstance(post.get("text"), str) else None
        if body is not None and post.get("encoding") == "base64":
            body = base64.b64decode(body)
    content = reply.get("content") or {}
    reply_body: bytes | None = None
    if isinstance(content.get("text"), str):
        reply_body = content["text"].encode()
        if content.get("encoding") == "base64":
            reply_body = base64.b64decode(reply_body)
    elif not content.get("size"):
        reply_body = b""
    return Traffic(
        source,
        request["method"].upper(),
        str(request["url"]),
        _named(request.get("headers")),
        body,
        status,
        _named(reply.get("headers")),
        reply_body,
    )


def _named(listed: Any) -> Headers:
    # HTTP/2's own, such as :authority, are no headers.
    return tuple(
        (str(each["name"]), str(each["value"]))
        for each in listed or ()
        if not str(each["name"]).startswith(":")
    )


def _journal(source: str, raw: Any) -> Traffic | None:
    reply = raw.get("response")
    if reply is None:
        return None
    query = f"?{raw['query']}" if raw.get("query") else ""
    return Traffic(
        f"{source} ({raw.get('id', '')})",
        raw["method"].upper(),
        f"http://mock{raw['path']}{query}",
        tuple(raw["request"].get("headers", {}).items()),
        _shown(raw["request"]),
        int(raw["status"]),
        tuple(reply.get("headers", {}).items()),
        _shown(reply),
    )


def _shown(part: Any) -> bytes | None:
    if part.get("truncated") or part.get("cut"):
        return None
    value = part.get("body")
    if value is None:
        return b"" if not part.get("size") else None
    return value.encode() if isinstance(value, str) else orjson.dumps(value)


def _cassette(source: str, raw: Any) -> Traffic | None:
    request, reply = raw["request"], raw.get("response")
    if not isinstance(reply, dict):
        return None
    return Traffic(
        source,
        request["method"].upper(),
        str(request["uri"]),
        _many(request.get("headers")),
        _encoded(request),
        int(reply["status"]["code"]),
        _many(reply.get("headers")),
        _encoded(reply),
    )


def _many(headers: Any) -> Headers:
    found: list[tuple[str, str]] = []
    for name, values in (headers or {}).items():
        found += [(str(name), str(value)) for value in (values if isinstance(values, list) else [values])]
    return tuple(found)


def _encoded(part: Any) -> bytes | None:
    body = part.get("body")
    if not isinstance(body, dict):
        return b""
    if "base64_string" in body:
        try:
            return base64.b64decode(body["base64_string"])
        except (binascii.Error, ValueError):
            return None
    text = body.get("string")
    return text.encode() if isinstance(text, str) else b""
