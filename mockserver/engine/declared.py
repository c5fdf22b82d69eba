"""Answers made of what a document declares, and of nothing else: samples, examples, required headers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.engine.exchange import Reply
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.openapi.contract import Contract, Media, Response

# What is sent where a document declares a range of types.
RANGES: Mapping[str, str] = MappingProxyType(
    {
        "*/*": "application/json",
        "application/*": "application/json",
        "text/*": "text/plain",
        "image/*": "image/png",
        "audio/*": "audio/mpeg",
        "video/*": "video/mp4",
    }
)


def reply_in(media: Media, value: Any, status: int) -> Reply:
    """A reply with a value in that media type: a text as it is where the type is no JSON, else as JSON."""
    told = RANGES.get(media.content_type, media.content_type)
    if isinstance(value, str) and not told.endswith("json"):
        return Reply(status, value.encode("utf-8", "replace"), content_type=told.encode())
    return Reply(status, orjson.dumps(value), content_type=told.encode(), value=value)


def required_headers(contract: Contract, response: Response, status: int) -> Mapping[bytes, bytes]:
    """Samples of the headers that a response cannot do without, by lower-case name."""
    found: dict[bytes, bytes] = {}
    for name, rule in response.headers.items():
        if not rule.required:
            continue
        check = rule.check
        schema = {"type": "string"} if check is None else {"$ref": f"#{check.pointer}"}
        try:
            value = sample(schema, contract.data, seed=f"{status} {name}".encode(), check=check)
        except Unsatisfiable:
            continue
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        # Text of a schema may hold anything; a header holds one line.
        found[name.encode("latin-1", "replace")] = " ".join(text.split()).encode("latin-1", "replace")
    return found
