"""What the program under test was seen to do: exchanges as judgements need them; knows no judgement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson

from contracts.consumer.posting import HARD as HARD_HOOKS
from mockserver.engine.exchange import Exchange
from mockserver.faults.happenings import MARK, token_of
from mockserver.faults.kinds import Active
from mockserver.faults.paging import paging_of
from mockserver.scenario import Scenario

# Faults after which a program cannot reach its end, however well it is made, and may give up.
HARD = frozenset(
    {
        "server-error",
        "outage",
        "rate-limit-storm",
        "expired-token",
        "token-expires",
        "lost-reply",
        "dropped-connection",
        "truncated-body",
        "latency",
        "undeclared-status",
        "wrong-type",
        "cursor-loop",
        "page-repeated",
        "page-skipped",
        "code",
        "link-elsewhere",
    }
)
# After these the world is not as the program saw it, or as it was told: what it asks for may not be there.
CHANGES = frozenset({"meanwhile", "clock-jump", "no-rows"})


@dataclass(frozen=True)
class Seen:
    """One exchange of the program with the provider.

    `at` is in seconds since 1970 on the world's clock. `status` is what the provider answered, `arrived`
    says whether that came through whole, and before the program's `patience` was at its end (seconds, None
    where nobody knows). `retry_after` are the seconds that the answer said to wait.
    """

    exchange: Exchange
    at: float
    token: str | None
    host: str
    retry_after: float | None
    paging: Mapping[str, Any] | None
    patience: float | None = None

    @property
    def id(self) -> str:
        """The exchange's id in the journal."""
        return self.exchange.id

    @property
    def operation(self) -> str:
        """The operation's id; "" where there is none."""
        return self.exchange.operation

    @property
    def method(self) -> str:
        """The verb."""
        return self.exchange.method

    @property
    def status(self) -> int:
        """The status that the provider answered."""
        return self.exchange.status

    @property
    def told(self) -> str:
        """How a judgement names it: `x-3 POST /v2/event`."""
        return f"{self.id} {self.method} {self.exchange.path}"

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query as it was read, the last of several values."""
        return dict(parse_qsl(self.exchange.query.decode("latin-1"), keep_blank_values=True))

    @cached_property
    def body(self) -> Any:
        """The answer's JSON value; None where there is none."""
        reply = self.exchange.reply
        if reply is None or not reply.body:
            return None
        try:
            return orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def request(self) -> tuple[str, str, bytes, bytes]:
        """What makes two requests the same one."""
        return (self.method, self.exchange.path, self.exchange.query, self.exchange.body)

    @property
    def arrived(self) -> bool:
        """Whether the answer came through, whole and in time."""
        reply = self.exchange.reply
        if reply is None or reply.wire is None:
            return reply is not None
        wire = reply.wire
        late = self.patience is not None and wire.delay > self.patience
        return not (wire.drop or wire.truncate is not None or late)

    @property
    def done(self) -> bool:
        """Whether the provider did what was asked for."""
        return 200 <= self.status < 300

    @property
    def rule(self) -> str:
        """Why it was refused, in the mock's words; "" where it was not."""
        stop = self.exchange.stop
        return stop.rule if stop is not None else ""

    @property
    def refused_at(self) -> str:
        """The stage that refused it; "" where none did."""
        stop = self.exchange.stop
        return stop.stage if stop is not None else ""

    @property
    def acted(self) -> Sequence[str]:
        """The faults that did something here, by name."""
        found: list[str] = []
        for active in self.exchange.faults or ():
            assert isinstance(active, Active)
            if not active.note.startswith(("cannot act", "nothing to do", "another fault")):
                found.append(active.kind.name)
        return found


@dataclass(frozen=True)
class Run:
    """What came of one scenario: every exchange, and how the program ended.

    `error` is what it raised, or what its exit and output amount to; `gave_up` that this is how it says
    that it gives up; `endless` that it had to be stopped because it does
    not end, `cut` that it was stopped and was getting on. `timeout` is the shortest that its
    sockets had, in seconds. `refreshes` counts the tokens that it fetched anew.
    """

    scenario: Scenario
    seen: Sequence[Seen]
    error: str = ""
    kind: str = ""
    gave_up: bool = False
    endless: str = ""
    cut: bool = False
    timeout: float | None = None
    refreshes: int = 0
    host: str = ""
    notes: Sequence[str] = ()
    # (what was delivered, the answer's status or None, whether it was forged)
    delivered: Sequence[tuple[str, int | None, bool]] = ()
    # The events that were sent over HTTP, as often as they were, and the faults that met them.
    events: Sequence[str] = ()
    hooked: frozenset[str] = frozenset()
    # Everything in the journal, what others asked included.
    exchanges: Sequence[Exchange] = ()

    @property
    def disturbed(self) -> bool:
        """Whether something happened after which a program may give up."""
        if not HARD_HOOKS.isdisjoint(self.hooked):
            return True
        changed = self.scenario.data == "empty"
        for seen in self.seen:
            if seen.status >= 500 or seen.status in (401, 409, 429) or not HARD.isdisjoint(seen.acted):
                return True
            # What was there a moment ago is gone: providers say so with 400, 404, 410 or 422.
            changed = changed or not CHANGES.isdisjoint(seen.acted)
            if changed and seen.status >= 400 and seen.refused_at in ("behave", ""):
                return True
        return False

    @property
    def acted(self) -> bool:
        """Whether every fault of the scenario did something somewhere."""
        names = [name for seen in self.seen for name in seen.acted]
        return all(fault["fault"] in names for fault in self.scenario.faults)


def watch(exchanges: Iterable[Exchange], patience: float | None = None) -> list[Seen]:
    """The program's own exchanges of a journal, oldest first.

    Left out is what faults asked in between, and what the test itself asked without a port: that has no Host.
    """
    return [see(each, patience) for each in exchanges if MARK not in each.headers and b"host" in each.headers]


def see(exchange: Exchange, patience: float | None = None) -> Seen:
    """One exchange, looked at while its world is still there."""
    return Seen(
        exchange=exchange,
        at=exchange.now.timestamp(),
        token=token_of(exchange),
        host=exchange.headers.get(b"host", b"").decode("latin-1").lower(),
        retry_after=_retry_after(exchange),
        paging=paging_of(exchange),
        patience=patience,
    )


def _retry_after(exchange: Exchange) -> float | None:
    """The seconds that an answer says to wait; None where it does not say.

    In Retry-After or the header that x-rate-limit declares for it, else until the quota begins anew.
    """
    reply = exchange.reply
    if reply is None or reply.status not in (429, 503):
        return None
    headers = {name.lower(): value.decode("latin-1") for name, value in reply.headers}
    quotas = exchange.plan.quotas
    for name in (b"retry-after", *(quota.retry_header for quota in quotas)):
        if (value := headers.get(name, "")).isdigit():
            return float(value)
    for quota in quotas if reply.status == 429 else ():
        if (value := headers.get(quota.reset_header, "")).isdigit() and int(value):
            wait = float(value) - (exchange.now.timestamp() if quota.reset_is_epoch else 0.0)
            return wait if wait > 0 else None
    return None
