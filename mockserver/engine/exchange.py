"""One request on its way through and the reply it gets; knows the engine's words, no transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.engine.refusals import Refusal
from mockserver.world.clock import instant_of
from mockserver.world.store import Store
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.engine.plan import Plan
    from mockserver.engine.service import Service


class Missing:
    """The type of `MISSING`: no value, where None is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


# Stands for a body that was not read because it is larger than any request needs to be.
OVERSIZED = b"(the body was too large to read)"
BODY_LIMIT = 1_048_576
# What the journal keeps of a request's body: a thousand of a megabyte each would be a gigabyte.
KEPT_BODY = 65_536


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, from the token. `quota` replaces the declared number of requests in a window.

    `kind` is that of the token where the API knows several, `role` that of the user where it knows roles.
    """

    token: str
    persona: str
    account: str
    user: str
    scopes: frozenset[str]
    plan: str
    quota: int | None = None
    kind: str = ""
    role: str = ""

    def as_user(self, user: str, role: str) -> Caller:
        """The same token acting as that user."""
        return Caller(
            self.token, self.persona, self.account, user, self.scopes, self.plan, self.quota, self.kind, role
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """What the adapter does to the bytes: wait `delay` s, hang up, or cut after `truncate` bytes."""

    delay: float = 0.0
    drop: bool = False
    truncate: int | None = None


Parts = tuple[bytes, Sequence[bytes], bytes, bytes]


class Reply:
    """What leaves. `value` is the body before encoding, where the judge still has to look at it.

    `sealed` says that the body was put together from parts that were already judged. A body given in `parts`
    (what comes first, pieces, what stands between them, what comes last) is joined when it is asked for: the
    journal then keeps no copy of what the rows have.
    """

    # Written out: what `dataclass` makes is not compiled, and cost as much as a step.
    __slots__ = ("_body", "_parts", "content_type", "headers", "reason", "sealed", "status", "value", "wire")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: list[tuple[bytes, bytes]] | None = None,
        content_type: bytes = b"application/json",
        value: Any = MISSING,
        reason: str = "",
        wire: Wire | None = None,
        sealed: bool = False,
        parts: Parts | None = None,
    ) -> None:
        self.status = status
        self._body = body
        self._parts = parts
        self.headers: list[tuple[bytes, bytes]] = [] if headers is None else headers
        self.content_type = content_type
        self.value = value
        self.reason = reason
        self.wire = wire
        self.sealed = sealed

    @property
    def body(self) -> bytes:
        """The body as it goes out."""
        parts = self._parts
        if parts is None:
            return self._body
        first, pieces, between, last = parts
        return b"".join((first, between.join(pieces), last))

    @body.setter
    def body(self, body: bytes) -> None:
        self._body = body
        self._parts = None

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.body!r}, {self.headers!r})"


class Stop(NamedTuple):
    """Why an exchange ended where it did: the stage, the rule, the pointer into the document."""

    stage: str
    rule: str
    pointer: str
    cause: Refusal | str

    @property
    def detail(self) -> str:
        """What the log line says: `missing scope notes:write`. Put into words only when somebody reads it."""
        return self.cause if isinstance(self.cause, str) else self.cause.told()


class Exchange:
    """One request, what is known of it so far, and in the end its reply.

    `path` is decoded and has neither the provider's nor the world's prefix; `raw_path` is as it came.
    `headers` maps lower-case names to values (the last of several), `header_list` has them all.
    """

    __slots__ = (
        "_now",
        "_reading",
        "body",
        "caller",
        "data",
        "demands",
        "faults",
        "header_list",
        "headers",
        "id",
        "loop_cursor",
        "method",
        "page_shift",
        "params",
        "path",
        "plan",
        "prefer",
        "query",
        "rate_headers",
        "reply",
        "service",
        "stop",
        "values",
        "warnings",
        "world",
    )

    def __init__(
        self,
        service: Service,
        world: World,
        plan: Plan,
        method: str,
        path: str,
        values: Sequence[str],
        query: bytes,
        header_list: Sequence[tuple[bytes, bytes]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> None:
        self.id: str = world.journal.next_id()
        self.service = service
        self.world = world
        self.plan = plan
        self.method = method
        self.path = path
        self.values = values
        self.query = query
        self.header_list = header_list
        self.headers = headers
        self.body = body
        self.params: dict[str, Any] = {}
        self.data: Any = None
        self.caller: Caller | None = None
        # The scopes asked for by each of the security alternatives whose credentials were sent.
        self.demands: Sequence[frozenset[str]] = ()
        self.rate_headers: list[tuple[bytes, bytes]] | None = None
        self.reply: Reply | None = None
        self.stop: Stop | None = None
        self.prefer: bytes | None = headers.get(b"prefer")
        self.faults: list[Any] | None = None
        self.warnings: list[str] | None = None
        self.page_shift = 0
        self.loop_cursor = False
        # What the clock showed, and the same as a date: making one takes longer than most steps, and few
        # answers tell the time.
        self._reading: datetime | float | None = None
        self._now: datetime | None = None

    @property
    def store(self) -> Store:
        """The rows of this exchange's world."""
        return self.world.store

    @property
    def now(self) -> datetime:
        """The world's clock, read once for the whole exchange (aware, UTC)."""
        now = self._now
        if now is None:
            reading = self._reading
            if reading is None:
                reading = self._reading = self.world.clock.reading()
            now = self._now = instant_of(reading)
        return now

    def settle(self) -> None:
        """Make it fit for the journal: when it was is known, and a large body is kept in part."""
        if self._reading is None:
            self._reading = self.world.clock.reading()
        if len(self.body) > KEPT_BODY:
            self.body = self.body[:KEPT_BODY]
            self.data = None

    @property
    def who(self) -> Caller:
        """The caller of an operation that demands one; LookupError where the operation is public."""
        if self.caller is None:
            raise LookupError("this operation has no caller: its document asks for no credentials")
        return self.caller

    # The journal's view of an exchange.
    @property
    def provider(self) -> str:
        """The provider's slug."""
        return self.service.slug

    @property
    def operation(self) -> str:
        """The operation's id, "" where the path or the verb is unknown."""
        return self.plan.id

    @property
    def status(self) -> int:
        """The reply's status, 0 before there is one."""
        return self.reply.status if self.reply is not None else 0

    @property
    def reason(self) -> str:
        """Why it was answered so, for the log line; "" where the answer speaks for itself."""
        stopped = self.stop.detail if self.stop is not None else ""
        told = self.reply.reason if self.reply is not None else ""
        return f"{stopped}; {told}" if stopped and told else stopped or told

    def new_id(self, kind: str) -> str:
        """The next id of that kind, in the provider's shape for it."""
        return self.service.new_id(self.world, kind)

    def warn(self, text: str) -> None:
        """Say something about this exchange in its explanation, without changing the answer."""
        if self.warnings is None:
            self.warnings = []
        self.warnings.append(text)

    def __repr__(self) -> str:
        return f"<Exchange {self.id} {self.method} {self.path} -> {self.status} {self.reason}".rstrip() + ">"


Behaviour = Callable[[Exchange], Reply]
Stage = Callable[[Exchange], Reply | None]
