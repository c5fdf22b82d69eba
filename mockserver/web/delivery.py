"""Brings what waits in the worlds' outboxes to its receivers, after the answers; knows when, not what.

A message leaves in a turn of the event loop of its own, so that an answer never waits for more than the
making of one request. Messages of one subscription leave in their order: each when the receiver has answered
the one before, or has had it for `STAGGER` seconds. A message that failed waits for its retry on the world's
clock and holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from mockserver.engine.deliveries import DELAYED, DUPLICATED, LOST, REORDERED, Letter, Rules
from mockserver.engine.service import Service
from mockserver.web.reach import Reach, Unreachable, read_target
from mockserver.web.receiver import receive
from mockserver.web.sender import Outcome, Sender
from mockserver.world.declared import DELIVERIES
from mockserver.world.outbox import AGAIN, Attempt, Bell, Message, Twist
from mockserver.world.world import World
from mockserver.world.worlds import Worlds

MOST_AT_ONCE: Final = 64
MOST_IN_A_TURN: Final = 8
STAGGER: Final = 0.2
HELD: Final = 60.0
# A timer is not set further ahead than this: who sets the machine's clock is noticed in a minute.
LONGEST_SLEEP: Final = 60.0

Lane = tuple[str, str, str]


class Delivering(Protocol):
    """What deliveries come from: the composition root, as far as it is needed here."""

    @property
    def services(self) -> Mapping[str, Service]:
        """The providers that are served, by slug."""

    @property
    def worlds(self) -> Worlds:
        """The worlds of this process."""

    @property
    def bell(self) -> Bell:
        """Rung where an outbox has something."""


class Courier:
    """Delivers for one house, in one event loop.

    `turn` is held while a world is looked into or written to: who delivers in the server's own loop needs
    none, who delivers beside threads that use the same worlds does. `log` is told how each message fared.
    """

    def __init__(
        self,
        house: Delivering,
        reach: Reach,
        *,
        turn: AbstractContextManager[Any] | None = None,
        log: Callable[[tuple[World, Message]], None] | None = None,
    ) -> None:
        self._house = house
        self._log = log
        self._turn: AbstractContextManager[Any] = nullcontext() if turn is None else turn
        self._sender = Sender(reach)
        # How many attempts were begun.
        self.begun = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._gate = asyncio.Lock()
        self._rung: set[str] = set()
        self._lanes: dict[Lane, deque[tuple[World, Message]]] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    # Life

    def start(self) -> None:
        """Deliver from now on, in the loop that runs here, whenever a bell rings and whenever it is time."""
        self._loop = asyncio.get_running_loop()
        self._house.bell.ring = self._hear
        for name in self._house.worlds.names():
            self._hear(name)

    def stop(self) -> None:
        """Deliver no more; what is on its way is tried again by whoever delivers next."""
        self._house.bell.ring = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()
        with self._turn:
            for name in self._house.worlds.names():
                self._house.worlds.get(name).outbox.recall()

    async def drain(self, name: str) -> None:
        """Try everything that is due in a world, and wait for it; with what becomes due by that."""
        while self._look(name):
            await asyncio.sleep(0)
        while tasks := [task for task, of in self._tasks.items() if of == name]:
            await asyncio.wait(tasks)
            # What a task leaves behind is begun by callbacks that come after it.
            await asyncio.sleep(0)
            while self._look(name):
                await asyncio.sleep(0)

    # When

    def _hear(self, name: str) -> None:
        """Called in the middle of a request: remember, and look when it has been answered."""
        if not self._rung and self._loop is not None:
            self._loop.call_soon(self._answer_bells)
        self._rung.add(name)

    def _answer_bells(self) -> None:
        rung, self._rung = self._rung, set()
        for name in rung:
            self._look(name)

    def _look(self, name: str) -> bool:
        """Send off what is due in a world, and set a timer for what will be; whether more is due.

        That is looked at after the requests that wait meanwhile.
        """
        world = self._house.worlds.find(name)
        if world is None:
            return False
        with self._turn:
            now = world.now
            taken = world.outbox.take(now, MOST_IN_A_TURN, untwisted=not world.faults)
            for message in taken:
                self._meet(world, message, now)
            more = len(taken) == MOST_IN_A_TURN
            if more:
                self._hear(name)
            else:
                self._set_timer(name, world, now)
        return more

    def _meet(self, world: World, message: Message, now: datetime) -> None:
        """Let a message meet the faults, when it is first taken, and send it off."""
        if message.twists is None:
            message = world.outbox.twist(message, _twists(world, message))
            held, late = _seconds(message, REORDERED, HELD), _seconds(message, DELAYED, 0.0)
            if held or late:
                due = now + timedelta(seconds=held + late)
                world.outbox.put_back(message, due, held=held > 0 and not late)
                return
        lane = (world.name, *message.lane)
        queue = self._lanes.get(lane)
        if queue is None:
            queue = self._lanes[lane] = deque()
            self._spawn(world.name, self._serve(lane, queue))
        queue.append((world, message))

    def _set_timer(self, name: str, world: World, now: datetime) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if self._loop is None or world.clock.kind == "fixed":
            return
        moments = [world.outbox.next_due()]
        for service in self._house.services.values():
            wakes = service.provider.deliveries.wakes
            if wakes is not None:
                moments.append(wakes(world))
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is not None:
            sleep = min(LONGEST_SLEEP, max(0.001, (due - now).total_seconds()))
            self._timers[name] = self._loop.call_later(sleep, self._wake, name)

    def _wake(self, name: str) -> None:
        self._timers.pop(name, None)
        world = self._house.worlds.find(name)
        if world is not None:
            for service in self._house.services.values():
                if service.provider.deliveries.wakes is not None:
                    service.settle(world)
            self._look(name)

    # How

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = name
        task.add_done_callback(self._tasks.pop)
        return task

    async def _serve(self, lane: Lane, queue: deque[tuple[World, Message]]) -> None:
        """Send off the messages of one subscription, one after another."""
        try:
            while queue:
                await self._room.acquire()
                world, message = queue.popleft()
                task = self._spawn(world.name, self._deliver(world, message))
                await asyncio.wait((task,), timeout=STAGGER)
        finally:
            if self._lanes.get(lane) is queue:
                del self._lanes[lane]

    async def _deliver(self, world: World, message: Message) -> None:
        try:
            async with self._gate:
                # One beginning in a turn of the loop: requests come between any two of them.
                await asyncio.sleep(0)
            if not (self._house.worlds.find(world.name) is world and world.outbox.expects(message)):
                # The world began anew while this waited.
                return
            service = self._house.services[message.provider]
            rules = service.post.rules
            attempts = [await self._attempt(world, service, message, rules)]
            for twist in message.twists or ():
                if twist.fault == DUPLICATED and attempts[0].succeeded:
                    again = await self._attempt(world, service, message, rules)
                    attempts.append(replace(again, note=f"{AGAIN}: {twist.fault} ({twist.source})"))
        except Exception as error:
            # Ours, and no reason to lose a message silently.
            attempts = [Attempt(world.now, None, f"the mock could not send it: {error!r}"[:300])]
        finally:
            self._room.release()
        with self._turn:
            self._record(world, message, attempts)

    async def _attempt(self, world: World, service: Service, message: Message, rules: Rules) -> Attempt:
        self.begun += 1
        with self._turn:
            now = world.now
            letter = service.post.letter(message, now)
        outcome = await self._carry(world, message, letter, rules)
        return Attempt(now, outcome.status, outcome.error, outcome.answer, outcome.took, letter.note)

    async def _carry(self, world: World, message: Message, letter: Letter, rules: Rules) -> Outcome:
        for twist in message.twists or ():
            if twist.fault == LOST:
                return Outcome(error=f"{LOST} ({twist.source}): never sent")
        try:
            target = read_target(message.url)
        except Unreachable as error:
            return Outcome(error=str(error))
        if target.is_example:
            with self._turn:
                return receive(world, message, target, letter)
        return await self._sender.post(
            message.url, letter.headers, letter.body, timeout=rules.timeout, follows=rules.follows
        )

    def _record(self, world: World, message: Message, attempts: list[Attempt]) -> None:
        outbox = world.outbox
        lost = any(twist.fault == LOST for twist in message.twists or ())
        done = outbox.record(message, *attempts, final=lost)
        if done is None:
            return
        if self._log is not None:
            self._log((world, done))
        outbox.let_go(done, world.now)
        service = self._house.services.get(message.provider)
        if service is not None and service.provider.deliveries.tried is not None and not lost:
            service.provider.deliveries.tried(service, world, done)
        if outbox.next_due() is not None:
            self._look(world.name)


def _twists(world: World, message: Message) -> tuple[Twist, ...]:
    """The declared faults that a message meets, each counted once."""
    if not world.faults:
        return ()
    found = world.faults.matching(message.provider, DELIVERIES + message.event)
    return tuple(Twist(fault.id, fault.fault, fault.params) for fault in found)


def _seconds(message: Message, fault: str, usual: float) -> float:
    """How long the faults of that name hold a message back, in seconds of the world's clock."""
    waits = (twist.params.get("seconds", usual) for twist in message.twists or () if twist.fault == fault)
    return float(sum(waits))
