"""Stands at the wire of a live target: which bytes may leave, how many times, how fast; knows no check."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from contracts.targets.target import SAFE, Spent

WAIT = 120.0
# Headers and a parameter by which servers let a request be another one than its verb says.
OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
OVERRIDE = "_method"


class Barred(Exception):
    """A request that does not leave; the message says why."""


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

    def admit(
        self, method: str, url: str, headers: Iterable[str] = (), *, keep: int = 0, reserved: bool = False
    ) -> None:
        """Let one request out, when its time has come, or raise Barred or Spent.

        `headers` are the names of its headers. `keep`: so many requests more have to be left after it, and
        are then kept for its clean-up. `reserved`: it is clean-up, which takes from what was kept.
        """
        self._look_at(method, url, headers)
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

    def _look_at(self, method: str, url: str, headers: Iterable[str]) -> None:
        """Raise Barred for what goes elsewhere, or does something else than it may."""
        if any(ord(each) <= 32 or ord(each) == 127 or each == "\\" for each in url):
            raise Barred("an address with blanks, control characters or backslashes is read in several ways")
        origin = _origin(url)
        if origin not in self.rules.hosts:
            raise Barred(f"{origin} is not among the allowed hosts")
        verbs = self.rules.verbs
        if verbs is None:
            return
        if method.upper() not in verbs:
            raise Barred(f"{method[:20]!r} may not be sent" + (": writes are off" if verbs == SAFE else ""))
        query = url.partition("?")[2].partition("#")[0]
        named = any(name.lower() == OVERRIDE for name, _ in parse_qsl(query, keep_blank_values=True))
        if named or any(each.lower() in OVERRIDES for each in headers):
            raise Barred("a request that asks to be taken for another verb may not be sent")

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


def _origin(url: str) -> str:
    """Where a request goes, if there are no two ways to read that; Barred otherwise."""
    try:
        parts = urlsplit(url)
        other = parse_url(url)  # what opens the connection reads it like this
    except (LocationParseError, ValueError) as error:
        raise Barred("an address that cannot be read") from error
    if "@" in parts.netloc or other.auth is not None:
        raise Barred("an address with credentials in it may not be asked")
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if origin != f"{other.scheme}://{other.netloc}".lower():
        raise Barred("an address that is read in several ways may not be asked")
    return origin
