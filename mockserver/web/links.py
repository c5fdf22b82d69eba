"""Frames of bytes between two processes, each with at most one open file; knows sockets, not their use."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

# What a frame says of itself: its kind, whether a file comes with it, its number, the bytes that follow.
HEAD: Final = struct.Struct(">B?II")
READ_BYTES: Final = 65_536
RETRY_SECONDS: Final = 0.01
# The system has no room for what was sent just now; it will have.
NO_ROOM: Final = frozenset({errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS})
# Not known to every system.
CLOSE_ON_EXEC: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)

# Kind, number, content, and the open file, None where none came or there was no room for it.
Heard = Callable[[int, int, bytes, int | None], None]


class Link:
    """One end of a connected Unix stream socket. Frames come out in the order in which they went in.

    A file that is sent is closed here, whatever becomes of it. When the other process is gone nothing more
    is said or heard: whoever started both ends them.
    """

    def __init__(self, sock: socket.socket, heard: Heard) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._heard = heard
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: deque[tuple[bytes, int | None]] = deque()
        self._waits = False
        self._read = bytearray()
        self._files: deque[int | None] = deque()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send and hear from now on, in that loop."""
        self._loop = loop
        loop.add_reader(self._socket.fileno(), self._hear)
        self._send()

    def stop(self) -> None:
        """Neither send nor hear any more."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.remove_reader(self._socket.fileno())
            loop.remove_writer(self._socket.fileno())
        for file in [file for _, file in self._queue] + list(self._files):
            if file is not None:
                os.close(file)
        self._queue.clear()
        self._files.clear()
        self._socket.close()

    def say(self, kind: int, number: int, content: bytes, file: int | None = None) -> None:
        """Send a frame, now or as soon as there is room."""
        if self._socket.fileno() < 0:
            if file is not None:
                os.close(file)
            return
        self._queue.append((HEAD.pack(kind, file is not None, number, len(content)) + content, file))
        if not self._waits:
            self._send()

    def _send(self) -> None:
        loop = self._loop
        queue = self._queue
        while queue and loop is not None:
            frame, file = queue[0]
            try:
                if file is None:
                    sent = self._socket.send(frame)
                else:
                    sent = socket.send_fds(self._socket, [frame], [file])
            except (BlockingIOError, InterruptedError):
                if not self._waits:
                    self._waits = True
                    loop.add_writer(self._socket.fileno(), self._send)
                return
            except OSError as error:
                if error.errno in NO_ROOM:
                    loop.call_later(RETRY_SECONDS, self._send)
                else:
                    self.stop()
                return
            if file is not None:
                os.close(file)
            if sent < len(frame):
                queue[0] = frame[sent:], None
            else:
                queue.popleft()
        if self._waits and loop is not None:
            self._waits = False
            loop.remove_writer(self._socket.fileno())

    def _hear(self) -> None:
        try:
            data, files, flags, _ = socket.recv_fds(self._socket, READ_BYTES, 4, CLOSE_ON_EXEC)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, files, flags = b"", [], 0
        if not data:
            self.stop()
            return
        self._files.extend(files)
        if flags & socket.MSG_CTRUNC and not files:
            # This process may open no more: the file is gone, and its frame has to know that.
            self._files.append(None)
        read = self._read
        read += data
        start = 0
        try:
            while len(read) - start >= HEAD.size:
                kind, has_file, number, length = HEAD.unpack_from(read, start)
                end = start + HEAD.size + length
                if end > len(read):
                    break
                file = self._files.popleft() if has_file else None
                content = bytes(read[start + HEAD.size : end])
                # Heard once, whatever comes of it: a frame that stayed would be without its file.
                start = end
                self._heard(kind, number, content, file)
        finally:
            del read[:start]
