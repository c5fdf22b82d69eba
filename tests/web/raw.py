"""HTTP from bytes: what a test of a live server sends as it stands, and what came back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 10.0


@dataclass(frozen=True)
class Got:
    """One answer. `headers` by lower-case name; `whole` says that as many bytes came as were promised."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Raw:
    """One connection to a server; a read that takes longer than `PATIENCE` fails the test."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.host = f"{parts.hostname}:{parts.port}"
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE)
        self._read = b""

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        """Write bytes. A server may have hung up before it has seen all of them."""
        try:
            for part in parts:
                self.socket.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def ask(
        self,
        method: str,
        target: str | bytes,
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: bytes = b"",
        *,
        version: str = "1.1",
        length: bool = True,
    ) -> Got:
        """Send one request and read its answer. Content-Length is added where `length` says so."""
        self.send(request(self.host, method, target, headers, body, version=version, length=length))
        return self.answer(method)

    def answer(self, method: str = "GET") -> Got:
        """The next answer that is not an interim one."""
        while True:
            while b"\r\n\r\n" not in self._read:
                if not self._more():
                    raise ConnectionResetError("closed before an answer")
            head, _, self._read = self._read.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            status = int(first.split(" ", 2)[1])
            pairs = [line.partition(":") for line in lines]
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            if status >= 200:
                break
        wanted = 0 if method == "HEAD" or status in (204, 304) else int(headers.get("content-length", 0))
        while len(self._read) < wanted and self._more():
            pass
        body, self._read = self._read[:wanted], self._read[wanted:]
        return Got(status, headers, body, len(body) == wanted)

    def closed(self) -> bool:
        """Whether the server hangs up (or has) without another word."""
        return not self._read and not self._more()

    def _more(self) -> bool:
        try:
            part = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self._read += part
        return bool(part)


def request(
    host: str,
    method: str,
    target: str | bytes,
    headers: Iterable[tuple[str | bytes, str | bytes]] = (),
    body: bytes = b"",
    *,
    version: str = "1.1",
    length: bool = True,
) -> bytes:
    """The bytes of one request."""
    lines = [method.encode() + b" " + _bytes(target) + b" HTTP/" + version.encode()]
    lines.append(b"host: " + host.encode())
    lines += [_bytes(name) + b": " + _bytes(value) for name, value in headers]
    if length and body:
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, size: int = 65536) -> bytes:
    """A body in chunks."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
