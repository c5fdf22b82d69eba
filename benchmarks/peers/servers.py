"""How each server is started on a document; knows neither what it is asked nor figures.

Every one gets what its own documentation recommends for load: no log, no journal where there is a switch for
it. They share the first core, threads and all.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bare import REFUSED as REFUSED_METHOD
from benchmarks.load import Ask
from benchmarks.peers.installing import Installed

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
CALL = {"phoneNumber": "+4915112345678", "email": "alex@example.com", "fullName": "Alex Mueller"}
REFUSED = {**CALL, "phoneNumber": "0049 151 12345678"}
PLENTY = 1_000_000_000
BACKEND = Path(__file__).with_name("backend.mjs")
SOURCES = Path(__file__).parents[2]
WRITTEN = {"host", "date", "server", "connection", "content-length", "mock-exchange"}


@dataclass(frozen=True, slots=True)
class Job:
    """A document, what is asked of it, and what is known of its answers.

    `served` is what the mock is told to serve. `operations` names, by request, the operation that it is for,
    and `needs` what a valid body has, JSONPath and pattern: for servers that are told so by hand. `replies`
    has, by request, status, headers and body as the mock answered them: for servers that are given their
    answers.
    """

    name: str
    document: Path
    served: Sequence[str]
    asks: Sequence[Ask]
    operations: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its name, the command for a document and a port, and what stands before its paths.

    `warm` is how many seconds of load it gets before anything counts. `own` is the mock itself, which makes
    its own rows; the others are asked for what one of it has.
    """

    name: str
    command: Callable[[Job, int, Path], Sequence[str]]
    prefix: str = "/v2"
    warm: int = 3
    folder: Path = SOURCES
    version: str = ""
    own: bool = False

    def asks(self, job: Job) -> list[Ask]:
        """The requests it can be asked."""
        return self.asked(job.asks)

    def asked(self, asks: Sequence[Ask]) -> list[Ask]:
        """Requests as they are put to it."""
        return [replace(ask, path=ask.path.replace("/v2", self.prefix, 1)) for ask in asks]


@dataclass(slots=True)
class Running:
    """A server that runs: seconds until its first answer, megabytes at that moment.

    `asked` counts requests; `series` is where the next load begins in what may not be asked twice.
    """

    peer: Peer
    url: str
    process: subprocess.Popen[bytes]
    cold: float
    idle: float
    asked: int = 0
    series: int = 0


def ours(name: str, place: Path) -> Peer:
    """The mock, from the sources or from a compiled build."""

    def command(job: Job, port: int, _: Path) -> Sequence[str]:
        mock = [sys.executable, "-m", "mockserver", "serve", *job.served, "--quiet"]
        return [*mock, "--port", str(port)]

    return Peer(name, command, folder=place, own=True)


def bare() -> Peer:
    """uvicorn on the bytes that the mock answers: what is possible in Python."""

    def command(job: Job, port: int, folder: Path) -> Sequence[str]:
        file = folder / f"bare-{job.name}.json"
        asked = {ask.name: ask for ask in job.asks}
        answers = [
            {
                "method": REFUSED_METHOD if name == "refused" else asked[name].method,
                "path": asked[name].path.partition("?")[0],
                "asked": asked[name].body,
                "status": reply["status"],
                "headers": sorted(
                    {**reply["headers"], "content-length": str(len(reply["body"].encode()))}.items()
                ),
                "body": base64.b64encode(reply["body"].encode()).decode(),
            }
            for name, reply in job.replies.items()
        ]
        file.write_bytes(orjson.dumps(answers))
        return [sys.executable, "-m", "benchmarks.bare", str(file), str(port)]

    return Peer("bare uvicorn", command)


def prism(installed: Installed) -> Peer:
    """Stoplight's Prism, answering the document's examples."""
    start = installed.script("prism", "dist/index.js")

    def command(job: Job, port: int, _: Path) -> Sequence[str]:
        # With several processes it does not start on this Node, and there is one core for each server.
        quiet = ["--verboseLevel", "silent", "--no-multiprocess"]
        return [*start, "mock", str(job.document), "-h", "127.0.0.1", "-p", str(port), *quiet]

    return Peer("Prism", command, prefix="", version=installed.version("prism"))


def mockoon(installed: Installed) -> Peer:
    """Mockoon's command line on the imported document; it validates nothing."""
    start = installed.script("mockoon", "bin/run.js")

    def command(job: Job, port: int, _: Path) -> Sequence[str]:
        quiet = ["--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "1"]
        return [*start, "start", "-d", str(job.document), "-p", str(port), "-l", "127.0.0.1", "-r", *quiet]

    return Peer("Mockoon", command, version=installed.version("mockoon"))


def openapi_backend(installed: Installed) -> Peer:
    """openapi-backend: routing and validation; the answers are constants."""
    node = installed.script("openapi-backend", "package.json")[0]

    def command(job: Job, port: int, folder: Path) -> Sequence[str]:
        file = folder / f"backend-{job.name}.json"
        told = {"token": job.asks[0].token, "operations": job.operations, "replies": job.replies}
        file.write_bytes(orjson.dumps(told))
        return [node, str(BACKEND), str(installed.modules), str(job.document), str(file), str(port)]

    return Peer("openapi-backend", command, version=installed.version("openapi-backend"))


def wiremock(installed: Installed) -> Peer:
    """WireMock with mappings written by hand: what is asked here, and nothing else of the document."""
    start = installed.jar()

    def command(job: Job, port: int, folder: Path) -> Sequence[str]:
        root = folder / f"wiremock-{job.name}"
        (root / "mappings").mkdir(parents=True, exist_ok=True)
        (root / "mappings" / "all.json").write_bytes(orjson.dumps({"mappings": list(mappings(job))}))
        quiet = ["--no-request-journal", "--disable-request-logging", "--disable-banner"]
        where = ["--bind-address", "127.0.0.1", "--port", str(port), "--root-dir", str(root)]
        return [*start, *where, *quiet, "--disable-gzip", "--disable-response-templating"]

    return Peer("WireMock", command, warm=40, version=installed.version("wiremock"))


def mappings(job: Job) -> Iterator[dict[str, Any]]:
    """WireMock's mappings: a valid body has what it needs, and any other is refused."""
    for ask in job.asks:
        request: dict[str, Any] = {
            "method": ask.method,
            "urlPath": ask.path.partition("?")[0],
            "headers": {"Authorization": {"equalTo": f"Bearer {ask.token}"}},
        }
        if ask.name == "post":
            request["bodyPatterns"] = [
                {"matchesJsonPath": {"expression": expression, "matches": pattern}}
                for expression, pattern in job.needs.items()
            ]
        yield {
            "priority": 5 if ask.name == "refused" else 1,
            "request": request,
            "response": job.replies[ask.name],
        }


# Running


@contextlib.contextmanager
def running(peer: Peer, job: Job, folder: Path) -> Iterator[Running]:
    """Start a server and wait for its first answer; it is ended by its id. RuntimeError where none comes."""
    port = _free_port()
    command = peer.command(job, port, folder)
    begun = time.perf_counter()
    told = folder / f"{peer.name}-{job.name}.log"
    with told.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=peer.folder,
            start_new_session=True,
            preexec_fn=_on_the_first_core,
            env={**os.environ, "NODE_ENV": "production"},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        first = peer.asks(job)[0]
        while not answers(url, first):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError(f"{peer.name} did not start: {told.read_text()[-2000:]}")
            time.sleep(0.005)
        yield Running(peer, url, process, time.perf_counter() - begun, resident_megabytes(process.pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def answers(url: str, ask: Ask) -> bool:
    """Whether the server is there and gives that request a good answer, or knows only who may not."""
    try:
        status = put(url, ask)[0]
    except OSError:
        return False
    return status < 300 or status == 401


def put(url: str, ask: Ask) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request; status, headers, body. OSError where there is no answer."""
    headers = {"Authorization": f"Bearer {ask.token}", "Accept": "application/json", **ask.headers}
    if ask.body:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url + ask.path, ask.body.encode() or None, headers, method=ask.method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.getheaders(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, list(error.headers.items()), error.read()


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process; nan where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def recorded(url: str, asks: Sequence[Ask]) -> dict[str, dict[str, Any]]:
    """What the mock at that address answers to each request, by its name."""
    replies: dict[str, dict[str, Any]] = {}
    for ask in asks:
        status, fields, body = put(url, ask)
        kept = {name.lower(): value for name, value in fields if name.lower() not in WRITTEN}
        replies[ask.name] = {"status": status, "headers": kept, "body": body.decode()}
    return replies


def pause(server: Running) -> None:
    """Let a server and its children stand still."""
    os.killpg(server.process.pid, signal.SIGSTOP)


def resume(server: Running) -> None:
    """Let it go on."""
    os.killpg(server.process.pid, signal.SIGCONT)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _on_the_first_core() -> None:
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[:1])
