"""Several processes from one command that share a port; knows processes and their ends, not what is served.

A mock's state is in one process, so a world lives in one worker (`web/crew.py` says in which), and every
worker has the same providers, seed, data and clock to make worlds from. All accept connections on the one
port, and a connection follows the worlds that its requests name (`web/roaming.py`): a client need not know
of workers.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence


class Worker:
    """A worker's own side. `links` lead from number 0 to the others, in their order, and from them to it."""

    def __init__(self, number: int, links: Sequence[socket.socket], ready: int) -> None:
        self.number = number
        self.links = links
        self._ready = ready

    def tell_ready(self) -> None:
        """Let the command know that this one answers."""
        sys.stdout.flush()
        os.write(self._ready, b".")
        os.close(self._ready)


def spread(sock: socket.socket, count: int, ready: Callable[[], None]) -> Worker:
    """Become several processes, each of which returns, and all of which may listen at the socket.

    The process that called never returns: it calls `ready` when all of them are, ends them when it is ended,
    and all of them as soon as one ends (SystemExit 1). They end too where it is gone without a word.
    OSError where there cannot be as many.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # What was built until now is shared as long as nobody writes to it, which looking for garbage does.
    gc.freeze()
    pairs = [socket.socketpair() for _ in range(count - 1)]
    alive_in, alive_out = os.pipe()
    ready_in, ready_out = os.pipe()
    workers: list[int] = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(alive_out)
            os.close(ready_in)
            links = [near for near, _ in pairs] if number == 0 else [pairs[number - 1][1]]
            for end in {end for pair in pairs for end in pair}.difference(links):
                end.close()
            threading.Thread(target=_end_with, args=(alive_in,), daemon=True).start()
            return Worker(number, links, ready_out)
        workers.append(pid)
    os.close(alive_in)
    os.close(ready_out)
    for end in [sock, *(end for pair in pairs for end in pair)]:
        end.close()
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


class WholeLines:
    """A stream that several processes write to at once: no line of one stands in the middle of another's."""

    def __init__(self, file: int) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write lines, as many at a time as a pipe takes in one piece."""
        part: list[bytes] = []
        size = 0
        for line in text.encode(errors="backslashreplace").splitlines(keepends=True):
            if part and size + len(line) > select.PIPE_BUF:
                self._put(b"".join(part))
                part, size = [], 0
            part.append(line)
            size += len(line)
        self._put(b"".join(part))

    def flush(self) -> None:
        """Nothing is kept back."""

    def _put(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._file, data) :]
            except BlockingIOError:
                # Whoever gave us the pipe has set it not to wait; a line is waited for all the same.
                select.select([], [self._file], [])
