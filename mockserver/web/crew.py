"""The processes of one command and which world lives in which; knows requests' first lines, no provider.

The first worker keeps the directory. It answers the default world, and so what names no world; a world that
somebody makes lives in one worker from then on. A worker that is asked for a world which it does not have
gives the connection to the first, and the first gives it to the one that does, or says that there is none.
Each link carries its frames in order, so what the first decides about a world reaches its worker before any
connection for it does, and the end of a world reaches the first before a connection that missed it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import orjson

from mockserver.web.desk import Answer, Call, ControlBackend, Objection, name_world, perform
from mockserver.web.links import Link
from mockserver.world.worlds import DEFAULT

FIRST: Final = 0
# Whose a request is, where it is no other worker's by number.
OURS: Final = -1
NOT_YET: Final = -2

# Kinds of frames.
CONNECTION: Final = 1
ASKED: Final = 2
ANSWERED: Final = 3

SLASH: Final = 0x2F
# What /w/ may begin with as it is sent: itself, or an escape.
MAYBE_WORLD: Final = b"w%"
LONGEST_METHOD: Final = 32
LONGEST_NAME: Final = 64
# As much of a target as it takes to find a world's name in it, however it is written.
LONGEST_TARGET: Final = 4096


def world_of(data: bytes, start: int) -> str | None:
    """The world that the request which begins there names, "default" where it names none.

    None where that is not to be told yet. The name is what the path says when it is decoded, as it is for
    whoever answers: `/w/%61/…` is world a.
    """
    space = data.find(b" ", start, start + LONGEST_METHOD)
    if space < 0:
        first = data[start : start + LONGEST_METHOD]
        return None if len(first) < LONGEST_METHOD and b"\n" not in first else DEFAULT
    target = data[space : space + LONGEST_TARGET].lstrip(b" ")
    whole = len(data) - space >= LONGEST_TARGET
    for mark in (b" ", b"\r", b"\n", b"?", b"#"):
        target, found, _ = target.partition(mark)
        whole = whole or bool(found)
    if not whole:
        return None
    if target[:1] != b"/":
        # http://host/w/a/…, or something that has no path: `*`, host:port
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path = unquote(target.decode("latin-1"))
    return path[3:].partition("/")[0] if path[:3] == "/w/" else DEFAULT


class Crew:
    """One worker's view of all.

    `links` lead from the first to the others, in their order, and from each of them to the first.
    """

    def __init__(self, house: ControlBackend, number: int, links: Sequence[socket.socket]) -> None:
        self._house = house
        self.worlds = house.worlds
        self.worlds.named_only = number != FIRST
        self._first = number == FIRST
        others = range(1, len(links) + 1) if number == FIRST else (FIRST,)
        self._links = {
            other: Link(sock, self._hearing(other)) for other, sock in zip(others, links, strict=True)
        }
        # In the first: where each world lives, oldest first, and how many live in each worker.
        self._where = {DEFAULT: FIRST}
        self._count = [1] + [0] * len(links)
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._last = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._make: Callable[[], Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, make: Callable[[], Any]) -> None:
        """Hear the others from now on, in the loop that runs here.

        `make` gives a `RoamingProtocol` for a connection that comes from one of them.
        """
        self._make = make
        self._loop = asyncio.get_running_loop()
        for link in self._links.values():
            link.start(self._loop)

    def stop(self) -> None:
        """Hear nobody any more."""
        for link in self._links.values():
            link.stop()

    # Whose a request is

    def place(self, data: bytes, start: int) -> int:
        """The number of the worker to which the request that begins there has to go; OURS, NOT_YET."""
        # The usual is decided by three looks; whatever is written in another way is read as a whole.
        space = data.find(b" ", start, start + LONGEST_METHOD)
        if space >= 0:
            if data[space + 1 : space + 4] == b"/w/":
                slash = data.find(b"/", space + 4, space + 5 + LONGEST_NAME)
                if slash > 0:
                    name = data[space + 4 : slash].decode("latin-1")
                    if name != DEFAULT and self.worlds.find(name) is not None:
                        return OURS
            elif len(data) > space + 2 and data[space + 1] == SLASH and data[space + 2] not in MAYBE_WORLD:
                return OURS if self._first else FIRST
        named = world_of(data, start)
        if named is None:
            return NOT_YET
        if not self._first:
            return OURS if named != DEFAULT and self.worlds.find(named) is not None else FIRST
        # One that is nowhere is the first's: it says so.
        return self._where.get(named, FIRST) or OURS

    def hand_on(self, to: int, connection: int, data: bytes) -> None:
        """Give an open connection, as a file, to another worker, with what was read of it."""
        self._links[to].say(CONNECTION, 0, data, connection)

    # What is about all worlds

    async def perform(self, operation: str, call: Call) -> Answer:
        """Do an operation of the control API that is about all worlds; Objection where it cannot be done."""
        if not self._first:
            return await self._ask(FIRST, operation, call)
        if operation == "listWorlds":
            return await self._list(call)
        if operation == "createWorld":
            return await self._create(call)
        name: str = call.params["name"]
        answer = await self._at(self._where.get(name, FIRST), operation, call)
        if operation == "dropWorld":
            self._forget(name)
        return answer

    async def _list(self, call: Call) -> Answer:
        told = await asyncio.gather(
            *(self._at(number, "listWorlds", call) for number in (FIRST, *self._links))
        )
        forms = {form["name"]: form for _, value in told for form in value}
        return 200, [forms[name] for name in self._where if name in forms]

    async def _create(self, call: Call) -> Answer:
        name = name_world(call, self._where)
        source = call.data.get("from")
        # What is forked is in its worker's memory; all else goes to where fewest worlds are.
        to = self._count.index(min(self._count)) if source is None else self._where[source]
        self._where[name] = to
        self._count[to] += 1
        try:
            return await self._at(
                to, "createWorld", Call(call.backend, call.world, {}, {**call.data, "name": name})
            )
        except BaseException:
            self._forget(name)
            raise

    def _forget(self, name: str) -> None:
        where = self._where.pop(name, None)
        if where is not None:
            self._count[where] -= 1

    async def _at(self, number: int, operation: str, call: Call) -> Answer:
        return perform(operation, call) if number == FIRST else await self._ask(number, operation, call)

    async def _ask(self, number: int, operation: str, call: Call) -> Answer:
        self._last = question = self._last + 1
        answer = self._asked[question] = asyncio.get_running_loop().create_future()
        try:
            asked = {"operation": operation, "params": dict(call.params), "data": call.data}
            self._links[number].say(ASKED, question, orjson.dumps(asked))
            told: Answer = await answer
            return told
        finally:
            del self._asked[question]

    # What the others say

    def _hearing(self, other: int) -> Callable[[int, int, bytes, int | None], None]:
        def heard(kind: int, number: int, content: bytes, file: int | None) -> None:
            if kind == CONNECTION:
                if file is not None:
                    self._welcome(file, content)
            elif kind == ASKED:
                self._spawn(self._answer(other, number, orjson.loads(content)))
            else:
                self._told(number, orjson.loads(content))

        return heard

    def _welcome(self, connection: int, data: bytes) -> None:
        """Take a connection in, or, as the first, send it on without a look at more than its first line."""
        to = self.place(data, 0) if self._first else OURS
        if to >= 0:
            self.hand_on(to, connection, data)
        else:
            self._spawn(self._take(connection, data))

    async def _take(self, connection: int, data: bytes) -> None:
        assert self._loop is not None
        assert self._make is not None
        protocol = self._make()
        protocol.begin_with(data)
        sock = socket.socket(fileno=connection)
        sock.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, sock)
        except (OSError, RuntimeError):
            # Whoever asked is gone already.
            sock.close()

    async def _answer(self, other: int, question: int, asked: Mapping[str, Any]) -> None:
        call = Call(self._house, self.worlds.default, asked["params"], asked["data"])
        operation: str = asked["operation"]
        answer: dict[str, Any]
        try:
            # Who is not the first is asked about its own worlds only.
            status, value = await self.perform(operation, call) if self._first else perform(operation, call)
            answer = {"status": status, "value": value}
        except Objection as objected:
            answer = {"status": objected.status, "detail": objected.detail, "problems": objected.problems}
        except Exception as error:
            # Ours; whoever asked would wait for ever.
            answer = {"status": 500, "detail": f"the mock could not do it: {error!r}"[:300], "problems": []}
        self._links[other].say(ANSWERED, question, orjson.dumps(answer, default=str))

    def _told(self, question: int, answer: Mapping[str, Any]) -> None:
        waiting = self._asked.get(question)
        if waiting is None or waiting.done():
            return
        if "detail" in answer:
            problems = [(field, message) for field, message in answer["problems"]]
            waiting.set_exception(Objection(answer["status"], answer["detail"], problems))
        else:
            waiting.set_result((answer["status"], answer["value"]))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
