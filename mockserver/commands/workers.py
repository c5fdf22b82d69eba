"""Several servers from one command, a process and a port each; knows processes, not what is served.

A mock's state is in one process, so several processes are several mocks: the same providers, seed, data
and clock, each with worlds of its own. Each has a port of its own, next to each other, and nothing stands in
front of them. A front process that reads the world off each request and hands it on costs a request more than
the mock itself does, and one that hands on whole connections (SO_REUSEPORT is that too) breaks as soon as a
client keeps a connection and names another world on it. So the client chooses, by the address: who names no
other port reaches the first worker, always, and a world lives where it was made. A test farm of any size
gives its test worker n the port `first + n % workers`.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence

from mockserver.web.server import PortInUse, listen


def listen_side_by_side(host: str, port: int, count: int) -> list[socket.socket]:
    """Sockets on a port and those after it; port 0: any free ones. Errors as of `listen`."""
    if port + count - 1 > 65_535:
        raise ValueError(f"there are no {count} ports from {port} on")
    found: list[socket.socket] = []
    try:
        # Those before a port that is taken are kept, to be closed.
        found.extend(listen(host, port + number if port else 0) for number in range(count))
    except (PortInUse, OSError):
        for sock in found:
            sock.close()
        raise
    return found


class Worker:
    """A worker's own side: `sock` is where it listens, `first` says whether it is the first."""

    def __init__(self, sock: socket.socket, first: bool, ready: int) -> None:
        self.sock = sock
        self.first = first
        self._ready = ready

    def tell_ready(self) -> None:
        """Let the command know that this one answers."""
        sys.stdout.flush()
        os.write(self._ready, b".")
        os.close(self._ready)


def spread(sockets: Sequence[socket.socket], ready: Callable[[], None]) -> Worker:
    """Become several processes, each of which returns with a socket of its own.

    The process that called never returns: it calls `ready` when all of them are, ends them when it is ended,
    and all of them as soon as one ends (SystemExit 1). They end too where it is gone without a word.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # What was built until now is shared as long as nobody writes to it, which looking for garbage does.
    gc.freeze()
    alive_in, alive_out = os.pipe()
    ready_in, ready_out = os.pipe()
    workers: list[int] = []
    for number, sock in enumerate(sockets):
        pid = os.fork()
        if pid == 0:
            os.close(alive_out)
            os.close(ready_in)
            for other in sockets:
                if other is not sock:
                    other.close()
            threading.Thread(target=_end_with, args=(alive_in,), daemon=True).start()
            return Worker(sock, number == 0, ready_out)
        workers.append(pid)
    os.close(alive_in)
    os.close(ready_out)
    for sock in sockets:
        sock.close()
    raise SystemExit(_look_after(workers, ready_in, ready))


def _look_after(workers: list[int], ready_in: int, ready: Callable[[], None]) -> int:
    status = 1
    try:
        told = 0
        while told < len(workers):
            part = os.read(ready_in, len(workers))
            if not part:
                break
            told += len(part)
        if told == len(workers):
            ready()
            sys.stdout.flush()
        ended, _ = os.wait()
        workers.remove(ended)
    except (KeyboardInterrupt, SystemExit):
        status = 0
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        for pid in workers:
            os.waitpid(pid, 0)
    if status:
        print("a worker ended, so all of them did", file=sys.stderr)
    return status


def _end_with(alive: int) -> None:
    """Wait until nobody holds the other end of the pipe any more, and end."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
