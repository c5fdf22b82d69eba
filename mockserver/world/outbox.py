"""Messages that wait to be delivered, and how it went; knows attempts and times, not how to send.

A message that is put inside a transaction of the store is only there once the transaction is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from immutables import Map

from mockserver.world.store import Store

Status = Literal["pending", "delivered", "failed", "given-up"]

MAX_WAITING: Final = 10_000
FINISHED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` is the receiver's answer; None when there was none, and `error` says why."""

    at: datetime
    status: int | None = None
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it (2xx)."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be delivered to `url`.

    pending: not yet tried. delivered: taken. failed: tried, to be tried again at `due_at`. given-up: no
    retry is left. `retries` are the seconds, on the world's clock, from a failed attempt to the next.
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
    id: str = ""
    status: Status = "pending"
    attempts: tuple[Attempt, ...] = ()
    due_at: datetime | None = None


Mark = tuple[Map[int, Message], tuple[Message, ...]]


class Outbox:
    """Waiting messages and the last thousand that are finished."""

    __slots__ = ("_finished", "_fresh", "_staged", "_store", "_waiting")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._staged: list[Message] = []
        self._fresh: list[Message] = []
        self._waiting: Map[int, Message] = Map()
        self._finished: deque[Message] = deque(maxlen=FINISHED)

    def put(self, message: Message) -> Message:
        """Queue a message, due at once; returns it with its id (`m-1`, `m-2`, …)."""
        id = f"m-{self._store.take('outbox')}"
        message = replace(
            message, id=id, status="pending", attempts=(), due_at=message.due_at or message.made_at
        )
        if self._store.in_transaction:
            self._staged.append(message)
            self._store.enlist(self)
        else:
            self._keep(message)
        return message

    def commit(self) -> None:
        """Called by the store: the transaction is kept."""
        staged, self._staged = self._staged, []
        for message in staged:
            self._keep(message)

    def rollback(self) -> None:
        """Called by the store: the transaction never was."""
        self._staged.clear()

    def _keep(self, message: Message) -> None:
        if len(self._waiting) >= MAX_WAITING:
            oldest = min(self._waiting)
            self._finish(oldest, replace(self._waiting[oldest], status="given-up", due_at=None))
        self._waiting = self._waiting.set(_number(message.id), message)
        self._fresh.append(message)

    def _finish(self, number: int, message: Message) -> None:
        self._waiting = self._waiting.delete(number)
        self._finished.append(message)

    def take_committed(self) -> Sequence[Message]:
        """What was queued for good since the last call, oldest first; each waits until it is tried."""
        if not self._fresh:
            return ()
        fresh, self._fresh = self._fresh, []
        return fresh

    def due(self, now: datetime) -> list[Message]:
        """Waiting messages whose time has come, oldest first."""
        found = [
            message for message in self._waiting.values() if message.due_at is None or message.due_at <= now
        ]
        found.sort(key=lambda message: _number(message.id))
        return found

    def next_due(self) -> datetime | None:
        """When the next waiting message is due; None when none waits."""
        return min((message.due_at or message.made_at for message in self._waiting.values()), default=None)

    def record_attempt(self, id: str, at: datetime, status: int | None = None, error: str = "") -> Message:
        """Note how an attempt went and say what follows; KeyError when no such message waits."""
        number = _number(id)
        message = self._waiting[number]
        attempt = Attempt(at, status, error)
        attempts = (*message.attempts, attempt)
        if attempt.succeeded:
            message = replace(message, status="delivered", attempts=attempts, due_at=None)
            self._finish(number, message)
        elif len(attempts) <= len(message.retries):
            later = at + timedelta(seconds=message.retries[len(attempts) - 1])
            message = replace(message, status="failed", attempts=attempts, due_at=later)
            self._waiting = self._waiting.set(number, message)
        else:
            message = replace(message, status="given-up", attempts=attempts, due_at=None)
            self._finish(number, message)
        return message

    def get(self, id: str) -> Message | None:
        """The message of that id, or None when it is unknown or forgotten."""
        return next((message for message in self.messages() if message.id == id), None)

    def messages(self, provider: str | None = None, status: Status | None = None) -> list[Message]:
        """Waiting and finished messages, newest first."""
        found = [
            message
            for message in (*self._waiting.values(), *self._finished)
            if (provider is None or message.provider == provider)
            and (status is None or message.status == status)
        ]
        found.sort(key=lambda message: _number(message.id), reverse=True)
        return found

    def clear(self) -> None:
        """Forget all messages."""
        self.return_to((Map(), ()))

    def mark(self) -> Mark:
        """What `return_to` needs to bring the outbox back to how it stands now."""
        return self._waiting, tuple(self._finished)

    def return_to(self, mark: Mark) -> None:
        """Have the messages of that mark; those that wait are delivered when they are due."""
        self._waiting, finished = mark
        self._finished.clear()
        self._finished.extend(finished)
        self._staged.clear()
        self._fresh.clear()


def _number(id: str) -> int:
    head, _, number = id.partition("-")
    if head != "m" or not number.isdecimal():
        raise KeyError(id)
    return int(number)
