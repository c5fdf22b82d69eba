"""Opens the target that a person names: a mock, an address, the real thing; asks it nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contracts.scrub import SHORTEST
from contracts.targets.credentials import from_environment, variable
from contracts.targets.guard import WAIT, Guard, Rules
from contracts.targets.ledger import Ledger
from contracts.targets.live import LiveTarget
from contracts.targets.mock import MockTarget
from contracts.targets.permission import Writes
from contracts.targets.target import SAFE
from mockserver.engine.service import Service
from mockserver.house import EPOCH, build_service
from mockserver.mock import Mock

MOCK = "mock"
LEDGERS = Path(".understudy")
REQUESTS = 2_000
# Of a quota only this part is used: others may be asking too.
SHARE = 0.8
_VERBS = frozenset({"POST", "PUT", "PATCH", "DELETE", "TRACE"})


class Unopenable(ValueError):
    """A target that cannot be asked; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed at a live target. `rate` None: what the declared quota bears; `requests` 0: any.

    `share` is among how many processes that pace is divided.
    """

    writes: Writes = "off"
    requests: int = REQUESTS
    rate: float | None = None
    wait: float = WAIT
    share: int = 1
    ledger: Path | None = None


def open_mock(
    provider: str, *, seed: int = 1, data: str = "busy-week", now: datetime | None = None
) -> MockTarget:
    """A mock in this process; `now` is what time it is there. UnknownProvider and SpecificationError."""
    return MockTarget(Mock(provider, seed=seed, data=data, clock=EPOCH if now is None else now))


def open_live(
    provider: str,
    address: str,
    environment: Mapping[str, str],
    limits: Limits,
    ledger: Ledger | None = None,
) -> LiveTarget:
    """A server at an address, or at the provider's own (`live`). Unopenable where something is missing.

    `ledger` is one that was begun before; else a run has its own.
    """
    service = build_service(provider)
    if address == "live":
        address = str(service.settings.live.get("url", ""))
        if not address:
            raise Unopenable(f"{service.slug} does not say where the real one is: give --target an address")
    base = rooted(address, service)
    personas, tokens = from_environment(service.settings, environment)
    asks = any(each.security for each in service.contract.operations)
    if asks and not personas:
        names = [variable(service.settings, each.name) for each in service.settings.personas[:1]]
        raise Unopenable(
            f"no token for {service.slug}: set {names[0] if names else 'one'} in the environment"
        )
    for name, token in tokens.items():
        if len(token) < SHORTEST:
            raise Unopenable(
                f"{variable(service.settings, name)} is too short for a token, and would not be kept secret"
            )
    parts = urlsplit(base)
    verbs = SAFE if limits.writes == "off" else SAFE | _VERBS
    rate = pace(service) if limits.rate is None else limits.rate
    guard = Guard(
        Rules(
            hosts=frozenset({f"{parts.scheme}://{parts.netloc}".lower()}),
            verbs=verbs,
            requests=limits.requests or None,
            rate=rate / limits.share,
            longest=limits.wait,
        )
    )
    head = {"provider": provider, "address": base, "started": datetime.now(UTC).isoformat(timespec="seconds")}
    return LiveTarget(
        service.contract,
        service.settings,
        base,
        guard,
        personas,
        tokens,
        ledger or Ledger(limits.ledger or fresh_path(service.slug), head),
        mode=limits.writes,
    )


def rooted(address: str, service: Service) -> str:
    """An address without the path that the document's own paths begin with. Unopenable for what is none."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unopenable(
            f"--target is `mock`, `live` or an address that begins with http://, not {address!r}"
        )
    try:
        _ = parts.port
    except ValueError as error:
        raise Unopenable(f"{address!r} has a port that is none") from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Unopenable("an address has a host and a path, and no credentials, query or fragment")
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path.removesuffix(service.contract.base_path)}"


def is_local(address: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")


def pace(service: Service) -> float:
    """Requests a second that the quota of most operations bears, with something to spare; 0 without one."""
    facts: Mapping[str, Any] = service.contract.facts.get("rate-limit", {})
    named = facts.get("default", ())
    rates = [
        float(facts[name]["limit"]) / float(facts[name]["window"])
        for name in ([named] if isinstance(named, str) else named)
        if isinstance(facts.get(name), Mapping) and {"limit", "window"} <= facts[name].keys()
    ]
    return min(rates) * SHARE if rates else 0.0


def fresh_path(slug: str) -> Path:
    """Where the ledger of a run goes that begins now."""
    stamp = re.sub(r"[^0-9]", "", datetime.now(UTC).isoformat())[:17]
    return LEDGERS / f"ledger-{slug}-{stamp}.jsonl"
