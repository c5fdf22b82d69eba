"""How often something may happen: fixed window, sliding window, token bucket; knows keys and times only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf, nextafter
from typing import Final, Literal, NamedTuple

SWEEP_AT: Final = 1024  # keys kept before idle ones are looked for
MAX_KEYS: Final = 65_536  # beyond, the keys that came first are forgotten


class Verdict(NamedTuple):
    """May it happen, and what then.

    `remaining`: how many more may follow at once. `reset_at` (epoch seconds): when the whole quota is
    there again, or the block ends. `retry_after` (seconds, 0 when allowed): waiting that long suffices,
    waiting less does not.
    """

    allowed: bool
    remaining: int
    reset_at: float
    retry_after: float


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """`limit` times in `window` seconds.

    fixed: the window opens at the first use and ends `window` seconds later. sliding: never more than
    `limit` in any stretch of `window` seconds. bucket: `burst` at once (by default `limit`), refilled
    evenly at `limit` per `window`. `block`: who exceeds it waits that many seconds and starts afresh.
    `per` says what the engine makes the key from. Two limits are the same only if they are one object.
    """

    name: str
    limit: int
    window: float
    algorithm: Literal["fixed", "sliding", "bucket"] = "fixed"
    burst: int | None = None
    block: float | None = None
    per: Literal["token", "account", "ip"] = "token"

    def __post_init__(self) -> None:
        if self.limit < 1 or not 0 < self.window < inf:
            raise ValueError(f"limit {self.name!r}: limit and window are more than 0")
        if self.algorithm not in ("fixed", "sliding", "bucket"):
            raise ValueError(f"limit {self.name!r}: algorithm is fixed, sliding or bucket")
        if self.burst is not None and (self.burst < 1 or self.algorithm != "bucket"):
            raise ValueError(f"limit {self.name!r}: burst is for a bucket, and at least 1")
        if self.block is not None and not 0 < self.block < inf:
            raise ValueError(f"limit {self.name!r}: block is more than 0 seconds")


class _State:
    """Of one key. fixed: opened at `since`, `used` so far. sliding: the times of use. bucket: full at
    `since`, `used` taken since then. `blocked`: until when (0: not)."""

    __slots__ = ("blocked", "log", "since", "used")

    def __init__(self, since: float) -> None:
        self.since = since
        self.used = 0
        self.blocked = 0.0
        self.log: deque[float] | None = None

    def copy(self) -> _State:
        other = _State(self.since)
        other.used, other.blocked = self.used, self.blocked
        other.log = None if self.log is None else self.log.copy()
        return other


class Limits:
    """What was used of every limit, by key. A clock that is set back forgives; it never locks out."""

    __slots__ = ("_shared", "_states", "_sweep_at")

    def __init__(self) -> None:
        self._states: dict[tuple[Limit, str], _State] = {}
        self._shared = False  # with a fork: to be copied before the next change
        self._sweep_at = SWEEP_AT

    def take(self, limit: Limit, key: str, now: float) -> Verdict:
        """Use the limit once at `now` (epoch seconds), if it allows that."""
        if self._shared:
            self._own()
        state = self._states.get((limit, key))
        if state is None:
            state = self._add(limit, key, now)
        if state.blocked:
            if now < state.blocked <= now + limit.block:  # type: ignore[operator]
                return _new(Verdict, (False, 0, state.blocked, _wait(now, 0.0, state.blocked)))
            self._restart(state, now)
        algorithm = limit.algorithm
        if algorithm == "fixed":
            return self._fixed(limit, state, now)
        if algorithm == "bucket":
            return self._bucket(limit, state, now)
        return self._sliding(limit, state, now)

    def _fixed(self, limit: Limit, state: _State, now: float) -> Verdict:
        since = state.since
        end = since + limit.window
        if now >= end or now < since:
            state.since = now
            state.used = 0
            end = now + limit.window
        used = state.used
        if used < limit.limit:
            state.used = used = used + 1
            return _new(Verdict, (True, limit.limit - used, end, 0.0))
        return self._refuse(limit, state, now, end, end)

    def _sliding(self, limit: Limit, state: _State, now: float) -> Verdict:
        window = limit.window
        log = state.log
        if log is None:
            log = state.log = deque()
        while log and log[0] + window <= now:
            log.popleft()
        while log and log[-1] > now:
            log.pop()
        used = len(log)
        if used < limit.limit:
            log.append(now)
            return _new(Verdict, (True, limit.limit - used - 1, now + window, 0.0))
        return self._refuse(limit, state, now, log[0] + window, log[-1] + window)

    def _bucket(self, limit: Limit, state: _State, now: float) -> Verdict:
        # Counting from when the bucket was last full needs no sum of fractions, so nothing drifts.
        each = limit.window / limit.limit
        burst = limit.burst or limit.limit
        used = state.used
        elapsed = now - state.since
        free_at = (used + 1 - burst) * each
        if elapsed >= used * each or elapsed < 0 or free_at - elapsed > each * 1.001:
            # Full again; or the clock was set back, for nobody waits longer than for one token.
            state.since = now
            used = 0
            elapsed = 0.0
            free_at = (1 - burst) * each
        if elapsed >= free_at or now >= state.since + free_at:
            state.used = used = used + 1
            remaining = burst - used + int(elapsed / each + 1e-9)
            return _new(Verdict, (True, remaining, state.since + used * each, 0.0))
        return self._refuse(limit, state, now, state.since + free_at, state.since + used * each)

    def _refuse(self, limit: Limit, state: _State, now: float, free_at: float, reset_at: float) -> Verdict:
        block = limit.block
        if block is not None:
            state.blocked = free_at = reset_at = now + block
        return _new(Verdict, (False, 0, reset_at, _wait(now, free_at - now, free_at)))

    @staticmethod
    def _restart(state: _State, now: float) -> None:
        state.since = now
        state.used = 0
        state.blocked = 0.0
        state.log = None

    def _add(self, limit: Limit, key: str, now: float) -> _State:
        states = self._states
        if len(states) >= self._sweep_at:
            for old in [old for old, state in states.items() if _idle(old[0], state, now)]:
                del states[old]
            if len(states) >= MAX_KEYS:
                for old in list(states)[: MAX_KEYS // 4]:
                    del states[old]
            self._sweep_at = min(max(SWEEP_AT, 2 * len(states)), MAX_KEYS)
        state = states[limit, key] = _State(now)
        return state

    def _own(self) -> None:
        self._states = {key: state.copy() for key, state in self._states.items()}
        self._shared = False

    def fork(self) -> Limits:
        """The same uses, counted apart from here on; the copying waits for the first use."""
        other = Limits()
        other._states = self._states
        other._sweep_at = self._sweep_at
        self._shared = other._shared = True
        return other

    def reset(self) -> None:
        """As if nothing had been used."""
        self._states = {}
        self._shared = False
        self._sweep_at = SWEEP_AT

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._states)


_new = tuple.__new__


def _wait(now: float, seconds: float, until: float) -> float:
    """The least number of seconds after which `now` has become `until`, rounding included."""
    seconds = seconds or until - now
    while now + seconds < until:
        seconds = nextafter(seconds, inf)
    return seconds


def _idle(limit: Limit, state: _State, now: float) -> bool:
    if state.blocked:
        return not now < state.blocked <= now + (limit.block or 0)
    if limit.algorithm == "fixed":
        return not state.since <= now < state.since + limit.window
    if limit.algorithm == "sliding":
        return not state.log or state.log[-1] + limit.window <= now
    return now - state.since >= state.used * limit.window / limit.limit
