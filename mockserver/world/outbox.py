"""Messages that wait to be delivered, and how it went; knows attempts and times, not how to send.

A message that is put inside a transaction of the store is only there once the transaction is kept.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from immutables import Map

from mockserver.world.store import Store

Status = Literal["pending", "delivered", "failed", "given-up"]

MAX_WAITING: Final = 10_000
FINISHED: Final = 1_000
RECEIVED: Final = 1_000
# How the note of an attempt begins that is not one of the schedule's.
AGAIN: Final = "again"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` is the receiver's answer; None when there was none, and `error` says why.

    `answer` is how its body begins, `took` the seconds of real time, `note` what a fault did to it.
    """

    at: datetime
    status: int | None = None
    error: str = ""
    answer: str = ""
    took: float = 0.0
    note: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it (2xx)."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Twist:
    """A declared fault that met a message: its id, its name, its parameters."""

    source: str
    fault: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be delivered to `url`.

    pending: not yet tried. delivered: taken. failed: tried, to be tried again at `due_at`. given-up: no
    retry is left. `retries` are the seconds, on the world's clock, from when a failed attempt was due to the
    next. `secret` signs it and is never shown. `twists` are the faults that met it, None while nobody asked.
    The outbox gives the `id`.
    """

    provider: str
    event: str
    url: str
    body: bytes
    made_at: datetime
    headers: tuple[tuple[str, str], ...] = ()
    retries: tuple[float, ...] = ()
    subscription: str = ""
    secret: str = field(default="", repr=False)
    id: str = ""
    status: Status = "pending"
    attempts: tuple[Attempt, ...] = ()
    due_at: datetime | None = None
    twists: tuple[Twist, ...] | None = None

    @property
    def number(self) -> int:
        """The number in its id: messages go by it."""
        return _number(self.id)

    @property
    def tries(self) -> int:
        """How many of its attempts are the schedule's."""
        return sum(not attempt.note.startswith(AGAIN) for attempt in self.attempts)

    @property
    def lane(self) -> tuple[str, str]:
        """Messages of one lane leave in their order: those of one subscription."""
        return self.provider, self.subscription or self.url


@dataclass(frozen=True, slots=True)
class Received:
    """What the built-in receiver got, and what it answered."""

    at: datetime
    message: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int


class Bell:
    """Tells whoever delivers that a world's outbox has something; nobody listens until `ring` is set."""

    __slots__ = ("ring",)

    def __init__(self) -> None:
        self.ring: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """An outbox at one moment."""

    waiting: Map[int, Message]
    finished: tuple[Message, ...]
    received: tuple[Received, ...]


class Outbox:
    """Waiting messages, at most so many, and the last thousand that are finished; `name` is its world's.

    A message that was taken is on its way until its attempt is recorded or it is put back.
    """

    __slots__ = (
        "_finished",
        "_held",
        "_most",
        "_oldest",
        "_out",
        "_queue",
        "_staged",
        "_store",
        "_waiting",
        "bell",
        "name",
        "received",
    )

    def __init__(
        self, store: Store, name: str = "", bell: Bell | None = None, most: int = MAX_WAITING
    ) -> None:
        self.name = name
        self._most = most
        self.bell = bell or Bell()
        self._store = store
        self._staged: list[Message] = []
        self._waiting: Map[int, Message] = Map()
        # When each waiting message is due; entries that are no longer so are skipped when they come up.
        self._queue: list[tuple[datetime, int]] = []
        self._out: dict[int, Message] = {}
        self._held: set[int] = set()
        self._oldest = 1
        self._finished: deque[Message] = deque(maxlen=FINISHED)
        self.received: deque[Received] = deque(maxlen=RECEIVED)

    def put(self, message: Message) -> Message:
        """Queue a message, due at once unless it says when; returns it with its id (`m-1`, `m-2`, …)."""
        id = f"m-{self._store.take('outbox')}"
        message = replace(
            message, id=id, status="pending", attempts=(), due_at=message.due_at or message.made_at
        )
        if self._store.in_transaction:
            self._staged.append(message)
            self._store.enlist(self)
        else:
            self._keep(message)
            self.ring()
        return message

    def commit(self) -> None:
        """Called by the store: the transaction is kept."""
        staged, self._staged = self._staged, []
        for message in staged:
            self._keep(message)
        self.ring()

    def rollback(self) -> None:
        """Called by the store: the transaction never was."""
        self._staged.clear()

    def ring(self) -> None:
        """Tell whoever delivers to look here."""
        ring = self.bell.ring
        if ring is not None:
            ring(self.name)

    def _keep(self, message: Message) -> None:
        number = message.number
        if not self._waiting:
            self._oldest = number
        if len(self._waiting) >= self._most:
            while self._oldest not in self._waiting:
                self._oldest += 1
            self._give_up(self._waiting[self._oldest], f"{self._most} others wait already")
        self._wait(number, message)

    def _wait(self, number: int, message: Message) -> None:
        self._waiting = self._waiting.set(number, message)
        heapq.heappush(self._queue, (message.due_at or message.made_at, number))

    def _give_up(self, message: Message, error: str) -> None:
        attempt = Attempt(message.due_at or message.made_at, None, error)
        attempts = (*message.attempts, attempt)
        self._finish(replace(message, status="given-up", attempts=attempts, due_at=None))

    def _finish(self, message: Message) -> None:
        number = message.number
        self._waiting = self._waiting.delete(number)
        self._out.pop(number, None)
        self._finished.append(message)

    def take(self, now: datetime, most: int = MAX_WAITING, *, untwisted: bool = False) -> list[Message]:
        """What is due, the oldest first of what was due at the same time; it is on its way from here on.

        No more than `most`, so that others get a turn. `untwisted`: no fault meets what none has met yet.
        """
        found: list[Message] = []
        queue = self._queue
        while queue and len(found) < most and queue[0][0] <= now:
            due, number = heapq.heappop(queue)
            message = self._waiting.get(number)
            if message is not None and (message.due_at or message.made_at) == due and number not in self._out:
                # An object of its own: after a return to a mark, an earlier taking of it is another one.
                twists = () if untwisted and message.twists is None else message.twists
                taken = self._out[number] = replace(message, twists=twists)
                found.append(taken)
        return found

    def twist(self, message: Message, twists: tuple[Twist, ...]) -> Message:
        """A message that was taken, with the faults that met it."""
        number = message.number
        twisted = replace(message, twists=twists)
        if self._out.get(number) is message:
            self._out[number] = twisted
            self._waiting = self._waiting.set(number, twisted)
        return twisted

    def put_back(self, message: Message, due_at: datetime, *, held: bool = False) -> None:
        """Have a message that was taken wait until then, untried; one that is `held`, until it is passed."""
        number = message.number
        if self._out.get(number) is message:
            del self._out[number]
            self._wait(number, replace(message, due_at=due_at))
            if held:
                self._held.add(number)

    def expects(self, message: Message) -> bool:
        """Whether a message that was taken is still on its way, and not of a world as it no longer is."""
        return self._out.get(message.number) is message

    def recall(self) -> None:
        """Have everything that is on its way wait again, untried."""
        out, self._out = self._out, {}
        for number, message in out.items():
            self._wait(number, message)

    def let_go(self, passed_by: Message, now: datetime) -> None:
        """Have what is held leave at once where a later message of its lane has passed it."""
        for number in sorted(self._held):
            message = self._waiting.get(number)
            if message is None or number in self._out:
                self._held.discard(number)
            elif number < passed_by.number and message.lane == passed_by.lane:
                self._held.discard(number)
                self._wait(number, replace(message, due_at=now))

    def next_due(self) -> datetime | None:
        """When the next waiting message is due that is not on its way; None when none is."""
        queue = self._queue
        while queue:
            due, number = queue[0]
            message = self._waiting.get(number)
            if message is not None and (message.due_at or message.made_at) == due and number not in self._out:
                return due
            heapq.heappop(queue)
        return None

    def record(self, message: Message, *attempts: Attempt, final: bool = False) -> Message | None:
        """Note how a message went that was taken, and say what follows; None for one that waits no more.

        The last of the attempts decides; there may be several where a fault sent it again. With `final` it is
        not tried again.
        """
        number = message.number
        if self._out.get(number) is not message:
            return None
        del self._out[number]
        message = replace(message, attempts=(*message.attempts, *attempts))
        return self._record(number, replace(message, retries=()) if final else message)

    def record_attempt(self, id: str, at: datetime, status: int | None = None, error: str = "") -> Message:
        """Note one attempt of a waiting message; KeyError when no such message waits."""
        number = _number(id)
        message = self._waiting[number]
        return self._record(
            number, replace(message, attempts=(*message.attempts, Attempt(at, status, error)))
        )

    def _record(self, number: int, message: Message) -> Message:
        last = message.attempts[-1]
        tries = message.tries
        if last.succeeded:
            message = replace(message, status="delivered", due_at=None)
            self._finish(message)
        elif tries <= len(message.retries):
            # From when it was due: when the clock jumps past several retries, all of them happen.
            later = (message.due_at or last.at) + timedelta(seconds=message.retries[tries - 1])
            message = replace(message, status="failed", due_at=later)
            self._wait(number, message)
        else:
            message = replace(message, status="given-up", due_at=None)
            self._finish(message)
        return message

    def abandon(self, wanted: Callable[[Message], bool], error: str) -> None:
        """Give up what is not delivered and is wanted so; of what is on its way, nothing more is heard."""
        for _, message in sorted(self._waiting.items()):
            if wanted(message):
                self._give_up(message, error)

    def redeliver(self, id: str, now: datetime) -> Message:
        """Have a message delivered once more, whatever became of it; KeyError when there is none of that id.

        One that waits is due at once. One that is finished waits again, its attempts kept; it has no retries.
        """
        number = _number(id)
        waiting = self._waiting.get(number)
        if waiting is not None:
            if number not in self._out:
                self._wait(number, replace(waiting, due_at=now))
        else:
            found = self.get(id)
            if found is None:
                raise KeyError(id)
            self._finished.remove(found)
            self._oldest = min(self._oldest, number)
            self._wait(number, replace(found, status="pending", due_at=now, retries=(), twists=()))
        self.ring()
        found = self.get(id)
        assert found is not None
        return found

    def get(self, id: str) -> Message | None:
        """The message of that id, or None when it is unknown or forgotten."""
        try:
            waiting = self._waiting.get(_number(id))
        except KeyError:
            return None
        if waiting is not None:
            return waiting
        return next((message for message in reversed(self._finished) if message.id == id), None)

    def messages(self, provider: str | None = None, status: Status | None = None) -> list[Message]:
        """Waiting and finished messages, newest first."""
        found = [
            message
            for message in (*self._waiting.values(), *self._finished)
            if (provider is None or message.provider == provider)
            and (status is None or message.status == status)
        ]
        found.sort(key=lambda message: message.number, reverse=True)
        return found

    def clear(self) -> None:
        """Forget all messages."""
        self.return_to(Mark(Map(), (), ()))

    def mark(self) -> Mark:
        """What `return_to` needs to bring the outbox back to how it stands now."""
        return Mark(self._waiting, tuple(self._finished), tuple(self.received))

    def return_to(self, mark: Mark) -> None:
        """Have the messages of that mark; those that wait are delivered when they are due.

        What was on its way is not waited for: how it goes is no longer of interest.
        """
        self._waiting = mark.waiting
        self._finished.clear()
        self._finished.extend(mark.finished)
        self.received.clear()
        self.received.extend(mark.received)
        self._staged.clear()
        self._out.clear()
        self._held.clear()
        self._oldest = min(self._waiting, default=1)
        self._queue = [
            (message.due_at or message.made_at, number) for number, message in self._waiting.items()
        ]
        heapq.heapify(self._queue)
        if self._queue:
            self.ring()


def _number(id: str) -> int:
    head, _, number = id.partition("-")
    if head != "m" or not number.isdecimal():
        raise KeyError(id)
    return int(number)
