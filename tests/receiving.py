"""A receiver of webhooks on loopback that is not ours: the standard library's, in a thread."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True)
class Taken:
    """One request: its path, its headers by lower-case name, its exact body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """What came, in order; `answer` gives the status of each, the headers and the body after it."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answer: Callable[[Taken], tuple[int, dict[str, str], bytes]] = lambda _: (200, {}, b"ok")

    def fails(self, status: int = 500) -> None:
        """Answer that from now on."""
        self.answer = lambda _: (status, {}, b"no")

    def works(self) -> None:
        """Take what comes from now on."""
        self.answer = lambda _: (200, {}, b"ok")


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver on a free port until the block ends; over TLS with a file of certificate and key."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            taken = Taken(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.taken.append(taken)
            status, headers, answer = receiver.answer(taken)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever hangs up is no error."""

    server = Quiet(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def answering(words: bytes | None) -> Iterator[str]:
    """The address of a socket that says this to the first who comes and hangs up; None: says nothing."""
    sock = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def run() -> None:
        with sock.accept()[0] as peer:
            if words is None:
                ended.wait(10)
                return
            peer.recv(65_536)
            with suppress(OSError):
                peer.sendall(words)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
    finally:
        ended.set()
        thread.join(10)
        sock.close()
