"""`Mock`: a provider to program against, in-process or over a live port."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import unquote

import orjson

from mockserver.engine.credentials import credentials
from mockserver.engine.exchange import Exchange
from mockserver.engine.service import Service
from mockserver.house import DATA, EPOCH, House, as_headers, make_clock
from mockserver.web.adapter import App, head
from mockserver.web.application import build_application
from mockserver.web.delivery import Courier
from mockserver.web.desk import Call, Objection, perform
from mockserver.web.guard import Guard, token_needed
from mockserver.web.reach import Reach
from mockserver.web.server import BackgroundServer
from mockserver.world.clock import parse_instant
from mockserver.world.outbox import Message, Received
from mockserver.world.world import Snapshot, World

T = TypeVar("T")


class Mock:
    """One world of one or several providers.

    `providers` are slugs (`"zeeg"`) or paths of OpenAPI documents; none means all that come with the
    project. `seed` and `data` say what is in the world at the start, `clock` what time it is there: an
    instant that stands still until it is moved (the default), `"running:<instant>"`, or `"system"`.
    `limits=False` switches the providers' quotas off. `host` and `port` are what a live server listens on;
    off loopback its control API asks for `control_token`. `strict` refuses what a provider's own pages do not
    agree on; without it, it works, and the exchange has a warning. `faults` are declared from the beginning,
    `[{"fault": "server-error", "nth": 2}, …]`, and again after a reset. Once there is a server, webhooks are
    sent as they come about, unless `webhooks` is False; `deliver_webhooks` sends what is due, and waits.

    Methods may be called from any thread. `app` may not while another thread uses this mock: an event loop
    answers one request at a time, and knows nothing of another.

    Raises SpecificationError for a broken document, UnknownProvider for a name that is not known, and
    ValueError for a data set, clock or fault that is not.

    >>> with Mock("zeeg", seed=1) as mock:
    ...     client = SomeSdk(base_url=mock.url + "/v2", token=mock.token("owner"))
    """

    def __init__(
        self,
        *providers: str | Path,
        seed: int = 1,
        data: str = DATA,
        clock: str | datetime = EPOCH,
        limits: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
        overlays: Iterable[Path] = (),
        strict: bool = False,
        faults: Iterable[Mapping[str, Any]] = (),
        webhooks: bool = True,
    ) -> None:
        self.house = House(
            providers,
            seed=seed,
            data=data,
            clock=clock,
            limited=limits,
            overlays=tuple(overlays),
            strict=strict,
            faults=tuple(faults),
        )
        self._shared = _Shared(self.house, host, port, webhooks=webhooks)
        self._name = "default"
        self.clock = WorldClock(self)
        self.faults = WorldFaults(self)

    # Life

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server, if one was started. Forks close nothing: they live in their parent's server."""
        if self._name == "default":
            self._shared.stop()

    # Reaching it

    @property
    def app(self) -> App:
        """The ASGI application, for clients that call one in-process."""
        return self._shared.app

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, with `/w/<world>` for a fork; the server starts at the first call.

        A single provider answers right below it, at the paths of its own documentation; of several, each
        is under its slug: `mock.url + "/zeeg"`.
        """
        root = self._shared.server().url
        return root if self._name == "default" else f"{root}/w/{self._name}"

    @property
    def control_token(self) -> str:
        """What the live server's control API asks for, as `Mock-Control-Token`; "" on loopback."""
        return self._shared.guard.token

    def token(self, persona: str = "owner", provider: str | None = None) -> str:
        """The token of a ready-made persona. KeyError when there is none of that name."""
        service = self.house.service(provider)
        for known in service.settings.personas:
            if known.name == persona:
                return known.token
        names = ", ".join(known.name for known in service.settings.personas)
        raise KeyError(f"{service.slug} has no persona {persona!r}; it has {names}")

    def tokens(
        self,
        *,
        scopes: Iterable[str] | None = None,
        plan: str | None = None,
        expires_in: float | None = None,
        account: str | None = None,
        quota: int | None = None,
        persona: str = "minted",
        provider: str | None = None,
    ) -> str:
        """A new token with those scopes (None: all), expiring in so many seconds of the world's clock.

        Its account and plan are those of the first persona unless told otherwise. `quota` replaces the
        provider's limit of requests in a window. ValueError for a scope that the provider does not have.
        """
        service = self.house.service(provider)
        if expires_in is not None and expires_in <= 0:
            raise ValueError("expires_in is a number of seconds above 0")

        def mint() -> str:
            world = self.world
            return service.mint(
                world,
                scopes=scopes,
                plan=plan,
                expires=None if expires_in is None else world.clock.epoch() + expires_in,
                account=account,
                quota=quota,
                persona=persona,
            )

        return self.run(mint)

    def call(
        self,
        method: str,
        target: str,
        *,
        token: str | None = None,
        persona: str | None = None,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        provider: str | None = None,
    ) -> Answer:
        """Ask without any transport: the same engine, the same answer, a few microseconds.

        `target` is a path with its query, `persona` stands for that persona's token. A token is carried as
        the operation's document says: as Bearer, as an API key, …
        """
        fields = {str(name).lower(): value for name, value in (headers or {}).items()}
        if persona is not None:
            token = self.token(persona, provider)
        if token is not None:
            service = self.house.service(provider)
            path = target.partition("?")[0]
            plan, _ = service.route(method.upper(), unquote(path), path.encode())
            row = self.world.store.get(service.token_kind, token)
            carried = credentials(
                service.contract,
                token,
                plan.operation,
                kind="" if row is None else row.data["kind"],
                pairs=service.settings.pairs,
            )
            if carried.headers or carried.query:
                fields.update({name.lower(): value for name, value in carried.headers.items()})
                target = carried.on(target)
            else:
                fields["authorization"] = f"Bearer {token}"
        if json is not None:
            body = orjson.dumps(json)
            fields.setdefault("content-type", "application/json")
        content = body or b""
        return Answer(
            self.run(
                lambda: self.house.answer(self.world, provider, method, target, as_headers(fields), content)
            )
        )

    # The world

    @property
    def world(self) -> World:
        """The world itself, for what has no shorter name here."""
        return self.house.worlds.get(self._name)

    def service(self, provider: str | None = None) -> Service:
        """The compiled provider behind this mock."""
        return self.house.service(provider)

    def state(self, kind: str, provider: str | None = None) -> list[dict[str, Any]]:
        """Every row of a kind, oldest first, private fields (`_…`) included. KeyError for an unknown kind."""
        service = self.house.service(provider)
        prefix = f"{service.slug}/"
        if prefix + kind not in self.world.store.kinds():
            kinds = [
                each.removeprefix(prefix) for each in self.world.store.kinds() if each.startswith(prefix)
            ]
            raise KeyError(f"{service.slug} has no kind {kind!r}; it has {', '.join(kinds)}")

        def rows() -> list[dict[str, Any]]:
            service.settle(self.world)
            return [dict(row.data) for row in self.world.store.rows(f"{service.slug}/{kind}")]

        return self.run(rows)

    @property
    def exchanges(self) -> list[Exchange]:
        """The last thousand exchanges of this world, oldest first."""
        return self.run(lambda: list(reversed(self.world.journal.find(limit=None))))

    # Webhooks

    @property
    def webhooks(self) -> list[Message]:
        """What this world has to deliver and has delivered (the last thousand), oldest first."""
        return self.run(lambda: list(reversed(self.world.outbox.messages())))

    @property
    def received(self) -> list[Received]:
        """What the built-in receiver got: what was sent to example.com and the like, oldest first."""
        return self.run(lambda: list(self.world.outbox.received))

    def deliver_webhooks(self, within: float = 60.0) -> list[Message]:
        """Send every webhook that is due by the world's clock, and wait until all have been tried.

        Comes back with `webhooks` as they are then. TimeoutError after `within` seconds of real time.
        """
        self._shared.deliver(self._name, within)
        return self.webhooks

    # Beginning again

    def reset(self) -> None:
        """The world as it began: rows, clock, quotas, faults, journal."""
        self.run(lambda: self.world.reset())

    def snapshot(self) -> Snapshot:
        """The world as it is now, to be given to `restore`."""
        return self.run(lambda: self.world.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Be again as at the snapshot."""
        self.run(lambda: self.world.restore(snapshot))

    def fork(self, name: str | None = None) -> Mock:
        """Another world that begins as this one is now, in the same server; its `url` leads to it."""
        return self._view(self.run(lambda: self.house.worlds.create(name, from_=self._name)))

    def another(
        self,
        name: str | None = None,
        *,
        seed: int | None = None,
        data: str | None = None,
        clock: str | datetime | None = None,
        faults: Iterable[Mapping[str, Any]] = (),
    ) -> Mock:
        """A fresh world in the same server, with a beginning of its own, to which its `reset` goes back.

        What is not given is as for `Mock` itself. ValueError for a data set, clock or fault that is not.
        """
        declared = [self.house.fault(fault) for fault in faults]
        moment = None if clock is None else make_clock(clock)

        def make() -> World:
            world = self.house.worlds.create(name, seed=seed, data=data)
            if moment is not None:
                world.clock = moment
                self.house.clock_moved(world)
            for fault in declared:
                world.faults.declare(fault)
            world.mark_pristine()
            return world

        return self._view(self.run(make))

    def drop(self) -> None:
        """Forget this world: a fork or one made by `another`. WorldError for the first one."""
        self.run(lambda: self.house.worlds.drop(self._name))

    def _view(self, world: World) -> Mock:
        other = object.__new__(Mock)
        other.house = self.house
        other._shared = self._shared
        other._name = world.name
        other.clock = WorldClock(other)
        other.faults = WorldFaults(other)
        return other

    def run(self, function: Callable[[], T]) -> T:
        """Run a function between two requests: at once in-process, in the server's thread once it is live."""
        return self._shared.run(function)


class Answer:
    """What `Mock.call` gives: the reply's parts, and the exchange that explains them."""

    def __init__(self, exchange: Exchange) -> None:
        reply = exchange.reply
        assert reply is not None
        self.exchange = exchange
        self.status = reply.status
        self.body = reply.body
        # As they go out, the content's type and the exchange's id among them.
        self.headers = {name.decode(): value.decode("latin-1") for name, value in head(exchange, reply)}

    @property
    def json(self) -> Any:
        """The body's value; None where there is no body."""
        return orjson.loads(self.body) if self.body else None

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:200]!r}>"


class WorldClock:
    """A mock's clock, from outside."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    @property
    def now(self) -> datetime:
        """What time it is there (aware, UTC)."""
        return self._mock.world.clock.now()

    def set(self, instant: datetime | str) -> datetime:
        """Make it that time; text is ISO 8601 with an offset."""
        when = parse_instant(instant) if isinstance(instant, str) else instant
        self._mock.run(lambda: self._mock.world.clock.set(when))
        return self._moved()

    def advance(self, seconds: float) -> datetime:
        """Let that many seconds pass."""
        self._mock.run(lambda: self._mock.world.clock.advance(seconds))
        return self._moved()

    def _moved(self) -> datetime:
        self._mock.run(lambda: self._mock.house.clock_moved(self._mock.world))
        return self.now


class WorldFaults:
    """A mock's declared faults, from outside."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def declare(self, fault: str, **spec: Any) -> str:
        """Declare a fault by name: `declare("server-error", operation="getEvent", nth=2)`; its id.

        ValueError for a fault, a parameter of one, an operation or a persona that is not known.
        """
        mock = self._mock

        def declare() -> str:
            try:
                _, entry = perform("declareFault", Call(mock.house, mock.world, {}, {"fault": fault, **spec}))
            except Objection as objection:
                raise ValueError(objection.detail) from None
            return str(entry["id"])

        return mock.run(declare)

    def remove(self, id: str) -> bool:
        """Take one back; False when there was none of that id."""
        return self._mock.run(lambda: self._mock.world.faults.remove(id))

    def clear(self) -> None:
        """Take all of them back."""
        self._mock.run(self._mock.world.faults.clear)

    def __iter__(self) -> Any:
        return iter(self._mock.world.faults.as_json())

    def __len__(self) -> int:
        return len(self._mock.world.faults)


class _Shared:
    """What a mock and its forks have in common: the application and its server, once there is one."""

    def __init__(self, house: House, host: str, port: int, *, webhooks: bool) -> None:
        self.app: App = build_application(house)
        self.guard = Guard(host, token=secrets.token_urlsafe(24) if token_needed(host) else "")
        self._house = house
        self._host = host
        self._port = port
        self._webhooks = webhooks
        self._reach = Reach(private=not token_needed(host))
        self._courier = Courier(house, self._reach)
        self._server: BackgroundServer | None = None
        self._closed = False
        self._turn = threading.RLock()

    def server(self) -> BackgroundServer:
        """The running server, started when it is first asked for. RuntimeError once the mock is closed."""
        with self._turn:
            if self._closed:
                raise RuntimeError("this mock is closed: its server has ended")
            if self._server is None:
                guarded = build_application(self._house, guard=self.guard)
                courier = self._courier
                self._server = BackgroundServer(
                    guarded,
                    self._host,
                    self._port,
                    ready=courier.start if self._webhooks else None,
                    ended=courier.stop,
                )
            return self._server

    def deliver(self, name: str, within: float) -> None:
        """Send what is due in a world: in the server's loop, or in one that lasts as long as that."""
        with self._turn:
            server = self._server
        if server is not None:
            server.wait_for(lambda: self._courier.drain(name), within)
            return
        # Whoever asks may have a loop of his own, which cannot wait for another: so in a thread.
        courier = Courier(self._house, self._reach, turn=self._turn)

        async def drain() -> None:
            try:
                async with asyncio.timeout(within):
                    await courier.drain(name)
            finally:
                courier.stop()

        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(drain())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, name="mockserver-webhooks")
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    def run(self, function: Callable[[], T]) -> T:
        """The function's result: one at a time, and in the server's thread where there is one."""
        with self._turn:
            server = self._server
            if server is None:
                return function()
        return server.call(function)

    def stop(self) -> None:
        """End the server."""
        with self._turn:
            server, self._server, self._closed = self._server, None, True
        if server is not None:
            server.stop()
