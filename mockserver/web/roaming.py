"""A connection that follows the worlds which its requests name, from worker to worker; knows no provider.

Where several workers share one port, a connection comes to any of them. Between two requests, when all before
has been answered and sent, the next one's first line says whose it is. Another worker's: then the connection
itself, and what was read of it, is handed over, and this process forgets it without the client noticing. So
a connection that stays with one world pays once, and one that changes worlds each time it does.

The parser is never fed more than one request at a time, so that no byte of one which is another worker's has
been seen by it.
"""

from __future__ import annotations

import os
from typing import Any, Final

from mockserver.web.crew import LONGEST_METHOD, NOT_YET, OURS, Crew
from mockserver.web.incoming import Incoming
from mockserver.web.protocol import EngineProtocol

# The end of a header, and of a body in chunks.
MARK: Final = b"\r\n\r\n"
LINE_ENDS: Final = b"\r\n"
# What is never found where a target begins.
NOWHERE: Final = b"\0\0"
# In place of how much of a body is still to come: it ends with a mark.
MARKED: Final = -1


class RoamingProtocol(EngineProtocol):
    """An `EngineProtocol` of one worker of several."""

    def __init__(self, crew: Crew, **of_server: Any) -> None:
        super().__init__(**of_server)
        self._crew = crew
        self._worlds = crew.worlds
        # How the last request's target began, where that was a world of ours, as long as none is dropped.
        self._home = NOWHERE
        self._drops = 0
        # What was read and not looked at yet, and whether that has to wait for something that goes out.
        self._held = b""
        # Nothing comes any more: the client has ended its side, and waits for answers.
        self._no_more = False
        self._waits = False
        self._narrow = False
        # Requests that were read whole; one more is begun as long as one is being read.
        self._ended = 0
        self._heading = True
        self._left = MARKED
        self._tail = b""

    def begin_with(self, data: bytes) -> None:
        """Take what another worker has read before anything else."""
        self._held = data
        self._waits = True

    def connection_made(self, transport: Any) -> None:
        """Begin with what was handed over: before anything else is read, be it the end."""
        super().connection_made(transport)
        self._go_on()
        if self._waits:
            # uvloop begins to read when this returns, whatever was said of that before.
            self.loop.call_soon(self._pause_again)

    def _pause_again(self) -> None:
        # Unless whoever answers has asked for more since.
        if self._waits and self.flow.read_paused and not self.transport.is_closing():
            self.transport.pause_reading()

    def eof_received(self) -> Any:
        """What was read is answered first; whoever gets the connection then sees the end again."""
        incoming = self._incoming
        if self._waits or (incoming.busy and self._ended == incoming.begun):
            self._no_more = True
            return True
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there for what was read."""
        self._held = b""
        super().connection_lost(exc)

    def _callbacks(self, incoming: Incoming) -> Any:
        return _Counted(self, incoming)

    def request_ended(self, number: int) -> None:
        """All of a request was read."""
        self._ended = number

    def data_received(self, data: bytes) -> None:
        """Take bytes as they come."""
        incoming = self._incoming
        if self._ended != incoming.begun:
            if self._heading and not incoming.in_header and incoming.length() == len(data):
                # Behind a header that came by itself, the whole body.
                super().data_received(data)
                return
        elif not self._held and not incoming.busy:
            # As most do: one request of ours, whole, and alone.
            mark = data.find(MARK)
            if mark >= 0 and self._is_home(data) and (mark + 4 == len(data) or is_alone(data, mark)):
                self._heading = True
                self._tail = b""
                super().data_received(data)
                return
        if self._waits:
            self._hold(data)
        else:
            held, self._held = self._held, b""
            self._read(held + data if held else data)

    def _is_home(self, data: bytes) -> bool:
        space = data.find(b" ", 0, LONGEST_METHOD)
        if data.startswith(self._home, space) and self._drops == self._worlds.drops:
            return True
        if self._crew.place(data, 0) != OURS:
            return False
        if data[space + 1 : space + 4] == b"/w/":
            end = data.find(b"/", space + 4) + 1
            # Only as it is usually written: what has to be decoded is looked at each time.
            if self._worlds.find(data[space + 4 : end - 1].decode("latin-1")) is not None:
                self._home = data[space:end]
                self._drops = self._worlds.drops
        return True

    def on_response_complete(self) -> None:
        """ASGI has answered: what waited for that is looked at, before anything else is read."""
        super().on_response_complete()
        self._go_on()
        self._end_with_client()

    def resume_writing(self) -> None:
        """What was to go out has gone."""
        super().resume_writing()
        if self._waits:
            # The transport is not done with what it does now.
            self.loop.call_soon(self._go_on)

    def _end_with_client(self) -> None:
        """Close where the client has ended its side, and everything is answered."""
        if self._no_more and not self._waits and not self._incoming.busy and not self.transport.is_closing():
            self.transport.close()

    # One request at a time

    def _read(self, data: bytes) -> None:
        incoming = self._incoming
        start, size = 0, len(data)
        while start < size and not self.transport.is_closing():
            if self._ended == incoming.begun:
                while start < size and data[start] in LINE_ENDS:
                    start += 1
                if start == size:
                    return
                if incoming.busy:
                    # What is being answered may be what makes or drops the world that comes next.
                    self._hold(data[start:])
                    return
                place = self._crew.place(data, start)
                if place == NOT_YET:
                    self._held = data[start:]
                    # Whoever takes long for a header is not waited for.
                    incoming.in_header = True
                    self._unset_keepalive_if_required()
                    return
                if place != OURS:
                    self._leave(place, data[start:])
                    return
                self._heading = True
                self._tail = b""
            elif self._heading and not incoming.in_header:
                self._heading = False
                self._left = incoming.length() or MARKED
            end = self._end(data, start)
            super().data_received(data if end - start == size else data[start:end])
            start = end

    def _end(self, data: bytes, start: int) -> int:
        """How far to read: no further than to where the request may end."""
        size = len(data)
        if not self._heading and self._left > 0:
            end = min(size, start + self._left)
            self._left = self._left - (end - start) or MARKED
            return end
        if self._tail:
            # A mark may come in two parts.
            found = (self._tail + data[start : start + 3]).find(MARK)
            if found >= 0:
                end = start + found + 4 - len(self._tail)
                self._tail = b""
                return end
        found = data.find(MARK, start)
        if found < 0:
            self._tail = (self._tail + data[max(start, size - 3) :])[-3:]
            return size
        self._tail = b""
        return found + 4

    # Waiting and leaving

    def _hold(self, data: bytes) -> None:
        self._held += data
        self._waits = True
        self._unset_keepalive_if_required()
        # For now: whoever answers may read on, for the body that he waits for or to see the client go.
        self.flow.pause_reading()

    def _go_on(self) -> None:
        if not self._waits:
            return
        self._waits = False
        held, self._held = self._held, b""
        if self.transport.is_closing():
            return
        if self._narrow:
            self._narrow = False
            self.transport.set_write_buffer_limits()
        self._read(held)
        if not self._waits and not self.transport.is_closing():
            self.flow.resume_reading()
            self._end_with_client()

    def _leave(self, place: int, data: bytes) -> None:
        transport: Any = self.transport
        if transport.get_write_buffer_size():
            # An answer is still going out: told when the last byte of it has.
            self._hold(data)
            self._narrow = True
            transport.set_write_buffer_limits(high=0)
            return
        try:
            connection = os.dup(transport.get_extra_info("socket").fileno())
        except OSError:
            # No room for another open file, not even for a moment.
            transport.close()
            return
        # Lets go of the connection without a word to the client: it is still open, as the other file.
        transport.abort()
        self._crew.hand_on(place, connection, data)


def is_alone(data: bytes, mark: int) -> bool:
    """Whether a header that ends there is of a request whose body ends where the data does.

    False where that is not to be seen at a glance, too. Where a length is there, the parser takes no other
    length and no encoding beside it.
    """
    begin = data.find(b"\r\nContent-Length:", 0, mark)
    if begin < 0:
        begin = data.find(b"\r\ncontent-length:", 0, mark)
        if begin < 0:
            return False
    try:
        return mark + 4 + int(data[begin + 17 : data.find(b"\r", begin + 17)]) == len(data)
    except ValueError:
        return False


class _Counted:
    """The callbacks of a connection's parser, those of `Incoming`, which also tell where a request ends."""

    def __init__(self, protocol: RoamingProtocol, incoming: Incoming) -> None:
        self.on_message_begin = incoming.on_message_begin
        self.on_url = incoming.on_url
        self.on_header = incoming.on_header
        self.on_headers_complete = incoming.on_headers_complete
        self.on_body = incoming.on_body
        complete, ended = incoming.on_message_complete, protocol.request_ended

        def on_message_complete() -> None:
            complete()
            ended(incoming.begun)

        self.on_message_complete = on_message_complete
