"""A listening server around an ASGI application, in the foreground or in a thread; knows no provider."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar

import uvicorn

from mockserver.web.adapter import App
from mockserver.web.crew import Crew
from mockserver.web.protocol import EngineProtocol
from mockserver.web.roaming import RoamingProtocol

T = TypeVar("T")

GARBAGE_SECONDS = 5.0
# So many requests since the last look, and somebody would wait; so many new objects, and he would notice.
BUSY_REQUESTS = 500
QUICK_OBJECTS = 100_000
LOOKS_LEFT_OUT = 60


class PortInUse(Exception):
    """Somebody else listens there; `str()` is one line for a person."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: any free one). PortInUse, or OSError for a host that is not ours.

    ValueError for an empty host, which sockets take for every address there is.
    """
    if not host:
        raise ValueError("name the address to listen on; 0.0.0.0 is every one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        # Listening at once finds the port taken now, and not when the server starts.
        sock.listen(2048)
    except OSError as error:
        sock.close()
        if error.errno in (98, 48, 10048):
            raise PortInUse(
                f"port {port} on {host} is in use; choose another with --port, or --port 0 for any free one"
            ) from error
        raise
    return sock


def address(sock: socket.socket) -> str:
    """The http:// address at which a bound socket is reached from this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{port}"


class Server(uvicorn.Server):
    """uvicorn, told apart from its defaults where they cost speed or say what nobody asked.

    With a `crew` it is one of several that share a port, and takes connections from the others.
    """

    def __init__(
        self,
        app: App,
        *,
        ready: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
        in_thread: bool = False,
        crew: Crew | None = None,
    ) -> None:
        protocol: Any = EngineProtocol if crew is None else partial(RoamingProtocol, crew)
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                loop="auto",
                ws="none",
                lifespan="off",
                access_log=False,
                # The address of a caller is not asked for, so nobody can say a wrong one.
                proxy_headers=False,
                log_config=None,
                log_level="critical",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._ready = ready
        self._ended = ended
        self._in_thread = in_thread
        self._crew = crew

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell whoever waits for it."""
        await super().startup(sockets=sockets)
        if not self._in_thread:
            tend_garbage(asyncio.get_running_loop(), lambda: self.server_state.total_requests)
        if self._crew is not None:
            self._crew.start(self._connection)
        if self._ready is not None:
            self._ready()

    def _connection(self) -> Any:
        """The protocol of a connection that another worker gives."""
        make: Any = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was asked, then tell whoever works in the same loop that it ends."""
        try:
            await super().shutdown(sockets=sockets)
        finally:
            if self._crew is not None:
                self._crew.stop()
            if self._ended is not None:
                self._ended()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the main thread's server only."""
        if self._in_thread:
            yield
        else:
            with super().capture_signals():
                yield


def tend_garbage(loop: asyncio.AbstractEventLoop, answered: Callable[[], int]) -> None:
    """Look for reference cycles now and then, among what is new; for a process that is all ours.

    Rows and journal only grow the heap that a full collection walks: with 100,000 rows it stops the server
    for a tenth of a second, again and again, and finds nothing, for a request leaves no cycle behind. So
    where there is much to walk it waits until few requests come, at most `LOOKS_LEFT_OUT` times in a row.
    `answered` is how many requests were answered so far.
    """
    gc.disable()
    seen = left_out = 0

    def tend() -> None:
        nonlocal seen, left_out
        before, seen = seen, answered()
        busy = seen - before > BUSY_REQUESTS and gc.get_count()[0] > QUICK_OBJECTS
        if busy and left_out < LOOKS_LEFT_OUT:
            left_out += 1
        else:
            left_out = 0
            gc.collect()
            gc.freeze()
        loop.call_later(GARBAGE_SECONDS, tend)

    tend()


def sweep() -> None:
    """Look for reference cycles among what is old, too: for when something large was replaced."""
    frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if frozen:
        gc.freeze()


class BackgroundServer:
    """A server in a thread of its own; what changes a world is run there, between two requests.

    `ready` and `ended` are called in its loop.
    """

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ready: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
        crew: Crew | None = None,
    ) -> None:
        self._sock = listen(host, port)
        self.url = address(self._sock)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = ready
        self._server = Server(app, ready=self._is_ready, ended=ended, in_thread=True, crew=crew)
        self._thread = threading.Thread(target=self._run, name="mockserver", daemon=True)
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the mock server did not start within 10 s")

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the server's thread, where no request is half-way; its result or exception."""
        assert self._loop is not None
        if threading.current_thread() is self._thread:
            return function()
        box: list[Any] = []
        done = threading.Event()

        def run() -> None:
            try:
                box.append((True, function()))
            except BaseException as error:
                box.append((False, error))
            finally:
                done.set()

        self._loop.call_soon_threadsafe(run)
        if not done.wait(30):
            raise TimeoutError("the mock server's thread is busy")
        worked, result = box[0]
        if not worked:
            raise result
        return result  # type: ignore[no-any-return]

    def wait_for(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """What a coroutine gives that runs in the server's loop. TimeoutError after so many seconds."""
        assert self._loop is not None
        if threading.current_thread() is self._thread:
            raise RuntimeError("the server's own thread cannot wait for what is done in it")
        future = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            return future.result(seconds)
        finally:
            future.cancel()

    def stop(self) -> None:
        """End the server and wait for its thread."""
        self._server.should_exit = True
        self._thread.join(5)
        self._sock.close()

    def _is_ready(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._ready is not None:
            self._ready()
        self._started.set()

    def _run(self) -> None:
        self._server.run(sockets=[self._sock])
