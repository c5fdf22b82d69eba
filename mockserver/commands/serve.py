"""`mockserver serve`: a house behind a port until somebody ends it; knows the order of things at start."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from mockserver.commands import Mistake
from mockserver.commands.announce import announce
from mockserver.commands.opening import open_house, source_files
from mockserver.commands.passing import is_passing, standing_in
from mockserver.commands.watch import Watch
from mockserver.commands.workers import WholeLines, Worker, spread
from mockserver.house import House
from mockserver.web.adapter import App
from mockserver.web.application import build_application
from mockserver.web.crew import Crew
from mockserver.web.delivery import Courier
from mockserver.web.guard import TOKEN_HEADER, Guard, token_needed
from mockserver.web.log import RequestLog
from mockserver.web.reach import Reach
from mockserver.web.server import PortInUse, Server, address, listen

TOKEN_VARIABLE = "MOCKSERVER_CONTROL_TOKEN"


def run(options: Namespace) -> int:
    """Serve until SIGINT or SIGTERM; 0 after either. Mistake for what cannot be served."""
    signal.signal(signal.SIGTERM, _end)
    try:
        _serve(options)
    except KeyboardInterrupt:
        pass
    return 0


def _serve(options: Namespace) -> None:
    # What start-up makes lives as long as the process: looking for garbage in it only costs time.
    gc.disable()
    passing = is_passing(options)
    if options.workers > 1 and (passing or options.watch):
        raise Mistake("--workers is for mocks that keep state: leave out --watch, --proxy and --replay")
    if options.workers > 1 and not hasattr(os, "fork"):
        raise Mistake("--workers needs a system that can fork processes; start several mocks by hand here")
    sock = _listen(options.host, options.port)
    if passing:
        _pass_on(options, sock)
        return
    try:
        house = open_house(options)
        token = _control_token(options.host)
        url = address(sock)
        worker: Worker | None = None
        crew: Crew | None = None
        if options.workers > 1:
            worker = _spread(options, sock, lambda: _tell_ready(options, url))
            crew = Crew(house, worker.number, worker.links)
        guard = Guard(options.host, token=token)
        log: RequestLog | None = None
        if not options.quiet:
            log = RequestLog(
                sys.stderr if worker is None else WholeLines(sys.stderr.fileno()), colour=_coloured()
            )
        everywhere = None if crew is None else crew.perform
        app: App = build_application(house, guard=guard, log=log, everywhere=everywhere)
        reach = Reach(private=options.private_webhooks or not token_needed(options.host))
        courier = Courier(house, reach, log=log)
        watch = None

        def compose(house: House) -> App:
            nonlocal courier
            courier.stop()
            courier = Courier(house, reach, log=log)
            courier.start()
            return build_application(house, guard=guard, log=log)

        if options.watch:
            app = watch = Watch(
                app,
                rebuild=lambda: open_house(options),
                compose=compose,
                files=lambda: source_files(options),
                tell=lambda text: print(text, file=sys.stderr),
            )

        def ready() -> None:
            if not options.quiet and (worker is None or worker.number == 0):
                announce(house, url)
            if worker is None:
                _tell_ready(options, url)
            else:
                worker.tell_ready()
            courier.start()
            if watch is not None:
                watch.begin()

        try:
            Server(app, ready=ready, ended=lambda: courier.stop(), crew=crew).run(sockets=[sock])
        finally:
            if log is not None:
                log.flush()
    finally:
        sock.close()


def _pass_on(options: Namespace, sock: socket.socket) -> None:
    """Something else in the mock's place: a real address, or what was recorded of one."""
    try:
        with standing_in(options) as app:
            url = address(sock)

            Server(app, ready=lambda: _tell_ready(options, url)).run(sockets=[sock])
    finally:
        sock.close()


def _tell_ready(options: Namespace, url: str) -> None:
    print(f"ready in {time.perf_counter() - options.began:.2f} s: {url}")


def _spread(options: Namespace, sock: socket.socket, ready: Callable[[], None]) -> Worker:
    try:
        return spread(sock, options.workers, ready)
    except OSError as error:
        raise Mistake(f"this system has no room for {options.workers} workers: {error.strerror}") from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except PortInUse as error:
        raise Mistake(str(error)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Mistake(f"cannot listen on {host}, port {port}: {reason}") from error


def _control_token(host: str) -> str:
    """The token that steers a server which others reach too; told to the terminal, once."""
    if not token_needed(host):
        return ""
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    header = TOKEN_HEADER.decode().title()
    print(
        f"warning: on {host} anyone who reaches this machine may use the mock\n"
        f"the control API /_mock asks for its token: {header}: {token}  (set {TOKEN_VARIABLE} to choose it)",
        file=sys.stderr,
    )
    return token


def _coloured() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _end(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
