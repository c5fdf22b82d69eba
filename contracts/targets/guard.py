"""Stands at the wire of a live target: which bytes may leave, how many times, how fast; knows no check."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from contracts.targets.target import SAFE, Spent

WAIT = 120.0


class Barred(Exception):
    """A request that the guard does not let out; the message says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a guard lets out.

    `hosts` are origins as in an address, `https://api.example.org:8443`. `verbs` None: every one. `requests`
    is the hard limit of all that leaves, clean-up included; `rate` requests a second, 0 for as fast as it
    goes. `longest` is how many seconds may be waited for at once.
    """

    hosts: frozenset[str]
    verbs: frozenset[str] | None = SAFE
    requests: int | None = None
    rate: float = 0.0
    longest: float = WAIT


class Guard:
    """Counts and paces what leaves. Nothing leaves but through `admit`; it may be asked from any thread."""

    def __init__(
        self,
        rules: Rules,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rules = rules
        self.sent = 0
        self._reserved = 0
        self._next = 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def admit(self, method: str, url: str, *, keep: int = 0, reserved: bool = False) -> None:
        """Let one request out, when its time has come, or raise Barred or Spent.

        `keep`: so many requests more have to be left after it, and are then kept for its clean-up.
        `reserved`: it is clean-up, which takes from what was kept.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        if origin not in self.rules.hosts:
            raise Barred(f"{origin} is not among the allowed hosts")
        if self.rules.verbs is not None and method.upper() not in self.rules.verbs:
            raise Barred(f"{method} may not be sent: writes are off")
        with self._lock:
            limit = self.rules.requests
            if limit is not None:
                held = 0 if reserved else self._reserved
                if self.sent >= limit:
                    raise Spent(f"the limit of {limit} requests is reached")
                if self.sent + held + 1 + keep > limit:
                    raise Spent(f"the limit of {limit} requests is reached, but for what clean-up needs")
            self.sent += 1
            self._reserved += keep
            if reserved:
                self._reserved = max(0, self._reserved - 1)
            pause = self._turn()
        if pause > 0:
            self._sleep(pause)

    def release(self, count: int) -> None:
        """So many of those kept for clean-up are not needed."""
        with self._lock:
            self._reserved = max(0, self._reserved - count)

    def wait(self, seconds: float) -> bool:
        """Let real time pass; False, at once, where that would be longer than anybody waits."""
        if seconds > self.rules.longest:
            return False
        if seconds > 0:
            self._sleep(seconds)
        return True

    def _turn(self) -> float:
        """How long to wait before this one leaves."""
        if self.rules.rate <= 0:
            return 0.0
        now = self._clock()
        at = max(now, self._next)
        self._next = at + 1.0 / self.rules.rate
        return at - now
