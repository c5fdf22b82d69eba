"""A reply as the bytes of an HTTP/1.1 message; knows no connection."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mockserver.engine.exchange import Exchange, Reply
from mockserver.web.adapter import BODILESS


def message(exchange: Exchange, reply: Reply, method: str, server_lines: bytes, keep_alive: bool) -> bytes:
    """Status line, header and body; `server_lines` are the header lines that every answer has.

    ValueError for a header that would break out of its line.
    """
    more = b""
    if reply.headers:
        more = b"".join([b"%b: %b\r\n" % header for header in reply.headers])
        if more.count(b"\n") != len(reply.headers):
            raise ValueError(f"a header of {exchange.id} breaks the line")
    body = reply.body
    kind = b""
    if reply.status not in BODILESS:
        kind = b"content-length: %d\r\n" % len(body)
        if reply.content_type:
            kind = b"content-type: %b\r\n%b" % (reply.content_type, kind)
    return b"%b%b%bmock-exchange: %b\r\n%b%b%b" % (
        STATUS_LINE[reply.status],
        server_lines,
        kind,
        exchange.id.encode("ascii"),
        more,
        b"\r\n" if keep_alive else b"connection: close\r\n\r\n",
        body if kind and method != "HEAD" else b"",
    )
