from __future__ import annotations

from fractions import Fraction
from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.world.limits import MAX_KEYS, SWEEP_AT, Limit, Limits

START = 1_775_462_400.0  # 2026-04-06T08:00:00Z

algorithms = st.sampled_from(["fixed", "sliding", "bucket"])


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    algorithm: Any = draw(algorithms)
    return Limit(
        "any",
        draw(st.integers(1, 6)),
        draw(st.sampled_from([0.25, 1.0, 7.5, 60.0, 3600.0])),
        algorithm,
        burst=draw(st.none() | st.integers(1, 9)) if algorithm == "bucket" else None,
        block=draw(st.none() | st.sampled_from([0.5, 30.0, 600.0])),
    )


# In 1/64 of the window, so that many things happen at the very edge.
steps = st.lists(st.one_of(st.just(0), st.integers(0, 80), st.sampled_from([1, 63, 64, 65])), max_size=60)


class Slow:
    """The three algorithms as their definitions say it, in exact numbers."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.window = Fraction(limit.window)
        self.burst = limit.burst or limit.limit
        self.uses: list[Fraction] = []
        self.blocked_until: Fraction | None = None
        self.level = Fraction(self.burst)
        self.last: Fraction | None = None

    def room(self, now: Fraction) -> int:
        if self.limit.algorithm == "fixed":
            if self.uses and now >= self.uses[0] + self.window:
                self.uses = []
            return self.limit.limit - len(self.uses)
        if self.limit.algorithm == "sliding":
            self.uses = [use for use in self.uses if use + self.window > now]
            return self.limit.limit - len(self.uses)
        if self.last is not None:
            self.level += (now - self.last) * self.limit.limit / self.window
            self.level = min(self.level, Fraction(self.burst))
        self.last = now
        return int(self.level)

    def take(self, now: Fraction) -> tuple[bool, int]:
        if self.blocked_until is not None:
            if now < self.blocked_until:
                return False, 0
            self.__init__(self.limit)  # type: ignore[misc]
        room = self.room(now)
        if room > 0:
            self.uses.append(now)
            self.level -= 1
            return True, room - 1
        if self.limit.block is not None:
            self.blocked_until = now + Fraction(self.limit.block)
        return False, 0


@given(limit=limits(), steps=steps)
def test_every_verdict_is_the_one_of_the_slow_model(limit: Limit, steps: list[int]) -> None:
    # A power of two makes a token's time a number that a float holds, so that the edges are exact.
    if limit.algorithm == "bucket":
        limit = Limit("any", 2 ** (limit.limit % 3), limit.window, "bucket", limit.burst, limit.block)
    fast, slow, now = Limits(), Slow(limit), START
    for step in steps:
        now += step * limit.window / 64
        verdict = fast.take(limit, "key", now)
        assert (verdict.allowed, verdict.remaining) == slow.take(Fraction(now))


@given(limit=limits(), steps=steps, start=st.sampled_from([START, 0.1, 3.3]))
def test_waiting_exactly_as_long_as_told_suffices_and_less_does_not(
    limit: Limit, steps: list[int], start: float
) -> None:
    told, now = Limits(), start
    for step in steps:
        now += step * limit.window / 97
        verdict = told.take(limit, "key", now)
        if verdict.allowed:
            assert verdict.retry_after == 0
            continue
        assert verdict.retry_after > 0
        assert verdict.reset_at >= now + verdict.retry_after - 1e-6
        until = now + verdict.retry_after
        # In epoch seconds a wait is exact to the last bit; near 1970 the sum itself is rounded.
        early = nextafter(until, -inf) if start == START else until - 1e-6
        assert not told.fork().take(limit, "key", early).allowed
        assert told.fork().take(limit, "key", until).allowed


@given(start=st.floats(0, 9), window=st.floats(0.1, 1e6), part=st.floats(0, 0.99))
def test_rounding_never_makes_the_wait_too_short(start: float, window: float, part: float) -> None:
    told, limit = Limits(), Limit("one", 1, window)
    told.take(limit, "key", start)
    now = start + window * part
    assert told.take(limit, "key", now + told.take(limit, "key", now).retry_after).allowed


@given(limit=limits(), steps=steps)
def test_when_it_is_reset_the_whole_quota_is_there(limit: Limit, steps: list[int]) -> None:
    told, now = Limits(), START
    for step in steps:
        now += step * limit.window / 97
        verdict = told.take(limit, "key", now)
    if steps:
        later = verdict.reset_at + 1e-6
        whole = limit.burst or limit.limit
        assert told.take(limit, "key", later).remaining == whole - 1


@given(limit=limits(), steps=steps, back=st.floats(0, 1e7))
def test_a_clock_set_back_locks_nobody_out(limit: Limit, steps: list[int], back: float) -> None:
    told, now = Limits(), START
    for step in steps:
        now += step * limit.window / 97
        told.take(limit, "key", now)
    now -= back
    verdict = told.take(limit, "key", now)
    longest = max(limit.window, limit.block or 0)
    assert verdict.retry_after <= longest * 1.01 + 1e-6
    assert told.take(limit, "key", now + longest * 1.01 + 1e-6).allowed or limit.block is not None


def test_a_bucket_that_was_never_full_forgives_a_clock_set_back() -> None:
    limits, limit = Limits(), Limit("busy", 60, 60.0, "bucket", burst=2)
    for second in range(3600):
        limits.take(limit, "key", START + second * 0.999)
    assert limits.take(limit, "key", START + 1800).retry_after <= 1


def test_a_burst_on_a_clock_that_stands_still_is_exactly_as_long_as_declared() -> None:
    limits = Limits()
    limit = Limit("burst", 7, 60.0, "bucket", burst=1000)
    verdicts = [limits.take(limit, "key", START) for _ in range(1001)]
    assert [verdict.remaining for verdict in verdicts] == [*range(999, -1, -1), 0]
    assert [verdict.allowed for verdict in verdicts] == [True] * 1000 + [False]


def test_keys_and_limits_are_counted_apart() -> None:
    limits = Limits()
    one, other = Limit("one", 1, 60), Limit("other", 1, 60)
    assert limits.take(one, "a", START).allowed
    assert limits.take(one, "b", START).allowed
    assert limits.take(other, "a", START).allowed
    assert not limits.take(one, "a", START).allowed


@given(algorithm=algorithms)
def test_a_fork_counts_on_from_what_was_used_and_for_itself(algorithm: Any) -> None:
    limits, limit = Limits(), Limit("two", 2, 60, algorithm)
    limits.take(limit, "a", START)
    fork = limits.fork()
    assert fork.take(limit, "a", START).allowed
    assert not fork.take(limit, "a", START).allowed
    assert limits.take(limit, "a", START).allowed
    fork.reset()
    assert fork.take(limit, "a", START).remaining == 1


@pytest.mark.parametrize("algorithm", ["fixed", "sliding", "bucket"])
def test_idle_keys_are_forgotten(algorithm: Any) -> None:
    limits, limit = Limits(), Limit("one", 1, 60, algorithm, block=10)
    for number in range(SWEEP_AT):
        limits.take(limit, f"old-{number}", START)
    limits.take(limit, "old-0", START + 55)
    limits.take(limit, "new", START + 61)
    assert len(limits) == 2


def test_keys_are_bounded_even_when_time_stands_still() -> None:
    limits, limit = Limits(), Limit("one", 1, 60)
    for number in range(MAX_KEYS + 10):
        limits.take(limit, str(number), START)
    assert len(limits) <= MAX_KEYS
    assert not limits.take(limit, str(MAX_KEYS + 9), START).allowed


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"window": 0},
        {"window": inf},
        {"algorithm": "guess"},
        {"burst": 3},
        {"algorithm": "bucket", "burst": 0},
        {"block": 0},
    ],
)
def test_a_limit_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="limit 'odd'"):
        Limit(**{"name": "odd", "limit": 1, "window": 1, **wrong})
