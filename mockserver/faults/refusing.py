"""Faults that refuse what was well asked: outages, storms, stale tokens; knows rules, not envelopes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.throttle import rate_headers
from mockserver.faults.kinds import Active, FaultKind

USUAL_WAIT = 30


class Blanks(dict[str, Any]):
    """Fields for any message: what a message asks for and nobody gave is named instead."""

    def __missing__(self, name: str) -> str:
        return name.replace("_", " ")


def refusal(status: int, rule: str, *, pointer: str = "", **fields: Any) -> Refusal:
    """A refusal whose message can always be filled, whatever words provider.yaml gives the rule."""
    made = Refusal(status, rule, pointer=pointer)
    made.fields = Blanks(fields)
    return made


def fail(_exchange: Exchange, active: Active) -> Reply | None:
    """Answer with a server error before anything is done."""
    status = int(active.params.get("status", 500))
    active.note = f"answered {status}, nothing was done"
    raise refusal(status, "server-error")


def be_out(_exchange: Exchange, active: Active) -> Reply | None:
    """Answer 503 before anything is done, with Retry-After where it is asked for."""
    raised = refusal(503, "outage")
    if (wait := active.params.get("retry_after")) is not None:
        raised.headers = [(b"retry-after", str(math.ceil(wait)).encode())]
    active.note = "answered 503, nothing was done"
    raise raised


def storm(exchange: Exchange, active: Active) -> Reply | None:
    """Answer 429 with the headers that the provider's own quota would send; null leaves Retry-After out."""
    wait = active.params.get("retry_after", USUAL_WAIT)
    active.note = "answered 429, the quota itself was not touched"
    raise exhausted(exchange, None if wait is None else math.ceil(wait))


def exhausted(exchange: Exchange, wait: int | None) -> Refusal:
    """The refusal of a quota that is used up for `wait` seconds, in the headers of the operation's quota."""
    now = exchange.world.clock.epoch()
    headers: list[tuple[bytes, bytes]] = []
    retry, pointer = b"retry-after", ""
    if exchange.plan.quotas:
        quota = exchange.plan.quotas[0]
        retry, pointer = quota.retry_header or retry, quota.pointer
        headers += rate_headers(quota, quota.limit.limit, 0, now + (wait or 0), now)
    if wait is not None:
        headers.append((retry, str(wait).encode()))
    raised = refusal(429, "too-many-requests", pointer=pointer, seconds=wait or 0)
    raised.headers = headers
    return raised


def expire(exchange: Exchange, active: Active) -> Reply | None:
    """Answer as if the token had expired."""
    active.note = "answered as for an expired token"
    raise refusal(401, "expired-token", pointer=exchange.plan.security_pointer)


def restate(exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Give the answer a status that the document does not declare; the work is done, the body stays."""
    status = int(active.params.get("status", 418))
    if exchange.plan.response(status) is not None:
        active.note = f"cannot act: {status} is declared for {exchange.plan.id}"
        return reply
    active.note = f"{reply.status} became {status}"
    reply.status = status
    return reply


WAIT: Mapping[str, Any] = MappingProxyType({"type": ["number", "null"], "minimum": 0, "maximum": 1_000_000})

KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "server-error",
                "A 5xx in the provider's envelope; nothing is done.",
                properties={"status": {"type": "integer", "minimum": 500, "maximum": 599}},
                before=fail,
            ),
            FaultKind(
                "outage",
                "503, with Retry-After where `retry_after` is given; nothing is done.",
                properties={"retry_after": WAIT},
                before=be_out,
            ),
            FaultKind(
                "rate-limit-storm",
                "429 with the provider's envelope and headers, whatever the quota says. "
                "`retry_after` in seconds (30 by default), null for an answer that does not say when.",
                properties={"retry_after": WAIT},
                before=storm,
            ),
            FaultKind(
                "expired-token",
                "401 as for a token that has expired.",
                before=expire,
            ),
            FaultKind(
                "undeclared-status",
                "The answer comes with a status that the document does not declare (418 by default).",
                properties={"status": {"type": "integer", "minimum": 200, "maximum": 599}},
                after=restate,
            ),
        )
    }
)
