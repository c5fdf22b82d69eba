"""Step 6: how often, on the world's clock; knows quotas and the provider's headers for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.world.limits import Limit


@dataclass(frozen=True, slots=True)
class Quota:
    """One declared limit and the header names that tell of it (b"" where the provider has none)."""

    limit: Limit
    per: str
    limit_header: bytes
    remaining_header: bytes
    reset_header: bytes
    retry_header: bytes
    reset_is_epoch: bool
    pointer: str
    # The limit of kinds of tokens that have another one.
    by_kind: Mapping[str, int]

    @property
    def tells(self) -> bool:
        """Whether any header goes with every answer."""
        return bool(self.limit_header or self.remaining_header or self.reset_header)


@cache
def with_quota(limit: Limit, quota: int) -> Limit:
    """The same limit with a token's own quota in place of the declared one."""
    return replace(limit, limit=quota, burst=None)


def build_quota(slug: str, name: str, fact: Mapping[str, Any]) -> Quota:
    """A quota from an x-rate-limit fact."""
    headers = fact.get("headers", {})

    def header(key: str) -> bytes:
        return str(headers.get(key, "")).lower().encode("latin-1")

    return Quota(
        limit=Limit(
            name=f"{slug}/{name}",
            limit=fact["limit"],
            window=float(fact["window"]),
            algorithm=fact.get("algorithm", "fixed"),
            burst=fact.get("burst"),
            block=fact.get("block"),
        ),
        per=fact.get("per", "token"),
        limit_header=header("limit"),
        remaining_header=header("remaining"),
        reset_header=header("reset"),
        retry_header=header("retry-after"),
        reset_is_epoch=fact.get("reset-form", "seconds") == "epoch",
        pointer=f"/x-rate-limit/{name}",
        by_kind=MappingProxyType(dict(fact.get("kinds", {}))),
    )


def throttle(exchange: Exchange) -> Reply | None:
    """Count this request against every quota of the operation; 429 where one is used up."""
    if not exchange.service.limited:
        return None
    world = exchange.world
    caller = exchange.caller
    now = world.clock.epoch()
    for quota in exchange.plan.quotas:
        limit = quota.limit
        if caller is None:
            key = "anonymous"
        elif quota.per == "account":
            key = caller.account
        else:
            key = caller.token
            if caller.quota is not None:
                limit = with_quota(limit, caller.quota)
            elif quota.by_kind and caller.kind in quota.by_kind:
                limit = with_quota(limit, quota.by_kind[caller.kind])
        verdict = world.limits.take(limit, key, now)
        if quota.tells:
            exchange.rate_headers = rate_headers(quota, limit.limit, verdict.remaining, verdict.reset_at, now)
        if not verdict.allowed:
            wait = max(1, math.ceil(verdict.retry_after))
            headers = [(quota.retry_header, str(wait).encode())] if quota.retry_header else []
            raise Refusal(429, "too-many-requests", headers=headers, pointer=quota.pointer, seconds=wait)
    return None


def rate_headers(
    quota: Quota, limit: int, remaining: int, reset_at: float, now: float
) -> list[tuple[bytes, bytes]]:
    """The provider's headers that count down, with those names that it has."""
    told = []
    if quota.limit_header:
        told.append((quota.limit_header, str(limit).encode()))
    if quota.remaining_header:
        told.append((quota.remaining_header, str(remaining).encode()))
    if quota.reset_header:
        reset = math.ceil(reset_at) if quota.reset_is_epoch else max(0, math.ceil(reset_at - now))
        told.append((quota.reset_header, str(reset).encode()))
    return told
