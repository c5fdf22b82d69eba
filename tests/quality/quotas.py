"""Faults of limits: how many, what is told of them, and when one may come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver import Mock
from mockserver.engine.exchange import Exchange, Reply
from mockserver.world.limits import Limit
from tests.quality.surface import answered, without_header
from tests.quality.twists import Change, Deviation, Twist, limited, plans, replying


def more(by: int) -> Callable[[Limit], Limit]:
    """The limit, or the burst where there is one, is another."""

    def change(limit: Limit) -> Limit:
        if limit.burst is not None:
            return replace(limit, burst=limit.burst + by)
        return replace(limit, limit=limit.limit + by)

    return change


def windowed(factor: float) -> Callable[[Limit], Limit]:
    """The window is longer or shorter."""
    return lambda limit: replace(limit, window=limit.window * factor)


def no_quota(mock: Mock) -> None:
    """Nobody counts."""
    for plan in plans(mock):
        plan.quotas = ()


def together(mock: Mock) -> None:
    """All tokens of an account have one quota."""
    limited(lambda limit: limit, per="account")(mock)


def waiting(change: Callable[[int], int]) -> Change:
    """Retry-After says something else."""

    def alter(_: Exchange, reply: Reply) -> None:
        reply.headers = [
            (name, str(change(int(value))).encode() if name == b"retry-after" else value)
            for name, value in reply.headers
        ]

    return alter


def header(name: bytes, change: Callable[[int], Any]) -> Change:
    """A header of the quota says something else."""

    def alter(_: Exchange, reply: Reply) -> None:
        reply.headers = [
            (each, str(change(int(value))).encode() if each == name else value)
            for each, value in reply.headers
        ]

    return alter


def uncounted(*operations: str) -> Twist:
    """Some operations are not counted."""

    def twist(mock: Mock) -> None:
        for plan in plans(mock, operations):
            plan.quotas = ()

    return twist


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation("one-too-many", "zeeg", "limits.quota", limited(more(1)), ("whoami",), "601 requests a minute"),
    Deviation("one-too-few", "zeeg", "limits.quota", limited(more(-1)), ("whoami",), "599 requests a minute"),
    Deviation(
        "burst-one-too-many",
        "meetergo",
        "limits.quota",
        limited(more(1)),
        ("getCurrentUser",),
        "a burst of 201",
    ),
    Deviation(
        "burst-one-too-few",
        "meetergo",
        "limits.quota",
        limited(more(-1)),
        ("getCurrentUser",),
        "a burst of 199",
    ),
    Deviation(
        "half-the-quota",
        "caledee",
        "limits.quota",
        limited(lambda limit: replace(limit, limit=300)),
        ("getMe",),
        "300 a minute",
    ),
    Deviation("no-quota", "caledee", "limits.quota", no_quota, ("getMe",), "as many as one likes"),
    Deviation(
        "quota-for-all-tokens",
        "zeeg",
        "limits.quota",
        together,
        ("whoami",),
        "tokens share a quota that each should have",
    ),
    Deviation(
        "wrong-429",
        "zeeg",
        "limits.quota",
        replying(answered(429, {"error": "slow down"}), status=429),
        ("whoami",),
        "429 in another envelope",
    ),
    Deviation(
        "503-for-429",
        "meetergo",
        "limits.quota",
        replying(
            answered(503, {"statusCode": 503, "message": "Busy", "error": "Service Unavailable"}), status=429
        ),
        ("getCurrentUser",),
        "503 where 429 is declared",
    ),
    Deviation(
        "retry-after-too-short",
        "zeeg",
        "limits.wait",
        replying(waiting(lambda seconds: seconds // 2), status=429),
        ("whoami",),
        "after the announced time it is refused again",
    ),
    Deviation(
        "retry-after-too-long",
        "meetergo",
        "limits.wait",
        replying(waiting(lambda seconds: seconds + 30), status=429),
        ("getCurrentUser",),
        "long before the announced time it works",
    ),
    Deviation(
        "retry-after-missing",
        "zeeg",
        "limits.wait",
        replying(without_header(b"retry-after"), status=429),
        ("whoami",),
        "429 does not say when to come again",
    ),
    Deviation(
        "window-longer-than-told",
        "caledee",
        "limits.wait",
        limited(windowed(2)),
        ("getMe",),
        "a window of two minutes where one is declared",
    ),
    Deviation(
        "refill-slower",
        "meetergo",
        "limits.wait",
        limited(windowed(3)),
        ("getCurrentUser",),
        "the bucket fills three times as slowly as declared",
    ),
    Deviation(
        "limit-headers-missing",
        "caledee",
        "limits.headers",
        replying(without_header(b"x-ratelimit-remaining")),
        ("getMe", "listLeads"),
        "nothing counts down",
    ),
    Deviation(
        "remaining-stands-still",
        "caledee",
        "limits.headers",
        replying(header(b"x-ratelimit-remaining", lambda _: 599)),
        ("getMe", "listLeads"),
        "as many are left as before",
    ),
    Deviation(
        "remaining-off-by-one",
        "caledee",
        "limits.headers",
        replying(header(b"x-ratelimit-remaining", lambda left: left + 1)),
        ("getMe", "listLeads"),
        "one more is told than is left",
    ),
    Deviation(
        "limit-header-wrong",
        "caledee",
        "limits.headers",
        replying(header(b"x-ratelimit-limit", lambda _: 1000)),
        ("getMe", "listLeads"),
        "the header tells of 1000",
    ),
    Deviation(
        "reset-in-seconds",
        "caledee",
        "limits.headers",
        replying(header(b"x-ratelimit-reset", lambda at: at % 60)),
        ("getMe", "listLeads"),
        "seconds to wait where an instant is declared",
    ),
)
