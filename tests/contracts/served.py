"""A mock in a process of its own that may have faults, and writes down every request that reaches it.

    python -m tests.contracts.served JOURNAL zeeg [--stall N] [--fault NAME …]

It prints one line of JSON: its address and tokens that nobody else has. `GET /-/rows` is not written down.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mockserver import Mock
from mockserver.engine.settings import Persona
from tests.quality.catalogue import CATALOGUE

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together; else each answer takes as long as a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.server.now, usegmt=True)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        # Whatever the verb: what is not allowed has to be seen here if it comes.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        if self.path == "/-/rows":
            return self.reply(
                200, {"content-type": "application/json"}, json.dumps(self.server.rows()).encode()
            )
        status, headers, content = self.server.ask(self.command, self.path, dict(self.headers.items()), body)
        return self.reply(status, headers, b"" if self.command == "HEAD" else content)

    def reply(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "date", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """The mock behind the connections; one request at a time."""

    daemon_threads = True

    def __init__(self, mock: Mock, journal: Path, stall: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mock = mock
        self._lock = threading.Lock()
        self._journal = journal.open("a", encoding="utf-8")
        self._writes = 0
        self._stall = stall

    @property
    def now(self) -> datetime:
        return self.mock.clock.now

    def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            told = {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")}
            found = self.mock.call(method, target, headers=headers, body=body)
            self._journal.write(json.dumps({**told, "status": found.status}) + "\n")
            self._journal.flush()
            self._writes += method not in SAFE and found.status < 300
            stalled = self._stall > 0 and self._writes == self._stall
            if stalled:
                self._stall = 0
        if stalled:
            print("stalled", flush=True)
            threading.Event().wait()
        return found.status, dict(found.headers), found.body

    def rows(self) -> dict[str, int]:
        with self._lock:
            kinds = self.mock.service().contract.facts.get("resources", {})
            return {kind: len(self.mock.state(kind)) for kind in kinds}


def minted(mock: Mock, persona: Persona) -> str:
    """A token like that persona's, which nobody else has."""
    return mock.service().mint(
        mock.world,
        scopes=persona.scopes,
        account=persona.account,
        user=persona.user,
        plan=persona.plan,
        kind=persona.kind,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("journal", type=Path)
    parser.add_argument("provider")
    parser.add_argument("--stall", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[])
    options = parser.parse_args()
    # Quotas would make tests wait.
    mock = Mock(options.provider, limits=False)
    by_name = {each.name: each for each in CATALOGUE if each.provider == options.provider}
    for name in options.fault:
        by_name[name].twist(mock)
    server = Server(mock, options.journal, options.stall)
    service = mock.service()
    tokens = {
        each.name: mock.run(partial(minted, mock, each))
        for each in service.settings.personas
        if not each.revoked and not each.expired
    }
    told = {"url": f"http://127.0.0.1:{server.server_address[1]}", "tokens": tokens}
    print(json.dumps(told), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
