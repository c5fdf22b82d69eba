"""A reply as the bytes of an HTTP/1.1 message; knows no connection."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mockserver.engine.exchange import Exchange, Reply
from mockserver.web.adapter import BODILESS

# As a number: to look for b"\n" Python 3.11 first raises an error and drops it.
LINE_FEED: Final = 0x0A


def message(exchange: Exchange, reply: Reply, method: str, server_lines: bytes, keep_alive: bool) -> bytes:
    """Status line, header and body; `server_lines` are the header lines that every answer has.

    ValueError for a header that would break out of its line.
    """
    status, body = reply.status, reply.body
    # Put together from pieces in one go: what formats bytes is slow, and each step on the way a copy.
    pieces = [STATUS_LINE[status], server_lines]
    bodiless = status in BODILESS
    if not bodiless:
        if reply.content_type:
            pieces += (b"content-type: ", reply.content_type, b"\r\n")
        pieces += (b"content-length: ", str(len(body)).encode(), b"\r\n")
    pieces += (b"mock-exchange: ", exchange.id.encode(), b"\r\n")
    for name, value in reply.headers:
        if LINE_FEED in value or LINE_FEED in name:
            raise ValueError(f"a header of {exchange.id} breaks the line")
        pieces += (name, b": ", value, b"\r\n")
    pieces.append(b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
    if not bodiless and method != "HEAD":
        pieces.append(body)
    return b"".join(pieces)
