"""Plays scenarios to a program in this process: a world for each, virtual waiting, an end to everything."""

from __future__ import annotations

import asyncio
import gc
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

from contracts.consumer.delivering import Delivered, deliver
from contracts.consumer.paging import gets_on
from contracts.consumer.patience import LATE, SHORT, Patience
from contracts.consumer.posting import met, posted, sent
from contracts.consumer.seen import Run, watch
from contracts.consumer.waiting import Waiting
from contracts.consumer.watching import Endless, Watch
from mockserver.engine.exchange import Exchange
from mockserver.mock import Mock
from mockserver.scenario import Scenario

Fault = Mapping[str, Any]
Program = Callable[["Played"], Any]

# Whose exceptions say that the provider could not be reached, or did not say yes.
HTTP_CLIENTS = frozenset({"httpx", "requests", "aiohttp", "urllib3", "urllib", "http"})

# Webhooks are held back so many times, one after another.
MOST_ROUNDS = 20
REQUESTS = 200
SECONDS = 10.0


class Played:
    """What a fuzz test gets: one case's provider, at its address, with a token of the scopes asked for.

    Everything of `Mock` that reads or changes the world is at `mock`; what tests need most is here.
    """

    def __init__(self, mock: Mock, player: Player, scenario: Scenario) -> None:
        self.mock = mock
        self.scenario = scenario
        self.refreshes = 0
        self.delivered: list[Delivered] = []
        self._player = player
        self._token = player.mint(mock)

    @property
    def url(self) -> str:
        """The root of the provider's paths, over HTTP."""
        return self.mock.url

    def token(self, persona: str | None = None) -> str:
        """The case's token, with the scopes that the test declares; or that of a ready-made persona."""
        return self._token if persona is None else self.mock.token(persona)

    def fresh_token(self) -> str:
        """A new token in place of one that has expired; give it to the program as its way to refresh."""
        self.refreshes += 1
        self._token = self._player.mint(self.mock)
        return self._token

    @property
    def now(self) -> Any:
        """What time it is in the case's world (aware, UTC)."""
        return self.mock.clock.now

    def state(self, kind: str) -> list[dict[str, Any]]:
        """The provider's rows of a kind, as they are now."""
        return self.mock.state(kind)

    @property
    def exchanges(self) -> list[Exchange]:
        """What was asked so far, oldest first."""
        return self.mock.exchanges

    def deliver(self, receiver: Any = None, *, to: str = "") -> list[Delivered]:
        """Bring the webhooks of this world to `receiver`: in the scenario's order, repeated, forged.

        Without one they are sent over HTTP to where they were subscribed, as the provider would send them.
        `receiver` is a URL, or a function of (headers, body) that gives the status it answers. `to` is the
        address that was subscribed, for a world in which others subscribe too ("": whatever there is).
        """
        if receiver is None:
            self._send()
            return []
        made = deliver(self.mock, receiver, self.scenario.deliveries, to=to)
        self.delivered += made
        return made

    def _send(self) -> None:
        """All that is due, and what was held back, when its time has come."""
        for _ in range(MOST_ROUNDS):
            waiting = [each for each in self.mock.deliver_webhooks() if each.status == "pending"]
            moments = [each.due_at for each in waiting if each.due_at is not None]
            if not moments:
                return
            self.mock.clock.advance(max(0.001, (min(moments) - self.now).total_seconds()))


class Player:
    """A live mock of one provider and all that playing to a program needs, kept for any number of cases.

    `scopes` are what the program's token may do (None: everything), `persona` whose it is. `gives_up` are the
    exceptions by which the program says that it gives up (None: OSError and those of the usual HTTP clients).
    They are a mistake where nothing disturbed it. `timeout` is the program's own, in seconds, where its
    sockets do not tell: without it late answers are hurried, and so are the timeouts of its sockets.
    """

    def __init__(
        self,
        provider: str,
        *,
        scopes: Iterable[str] | None = None,
        persona: str = "",
        gives_up: tuple[type[BaseException], ...] | None = None,
        requests: int = REQUESTS,
        seconds: float = SECONDS,
        timeout: float | None = None,
    ) -> None:
        self.provider = provider
        self.scopes = None if scopes is None else tuple(scopes)
        self._persona = persona
        self._gives_up = gives_up
        self._base = Mock(provider, webhooks=False)
        self._timeout = timeout
        self._waiting = Waiting()
        self._patience = Patience()
        self._watch = Watch(requests, seconds)
        self._stack = ExitStack()
        self.host = urlsplit(self._base.url).netloc
        self.service = self._base.service()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._waiting.installed())
        self._stack.enter_context(self._patience.installed())
        self._stack.enter_context(self._watch.on_guard())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self.close()

    def close(self) -> None:
        """End the mock."""
        self._base.close()

    def try_out(self, scenario: Scenario) -> None:
        """Make the scenario's world and a token in it, once. ValueError or KeyError for what is not there."""
        if scenario.provider != self.provider:
            raise ValueError(f"the scenario is of {scenario.provider}, not of {self.provider}")
        mock = self._base.another(
            seed=scenario.seed, data=scenario.data, clock=scenario.clock, faults=scenario.faults
        )
        try:
            self.mint(mock)
        finally:
            mock.drop()

    def mint(self, mock: Mock) -> str:
        """A new token of a case's world. ValueError for a scope that the provider does not have."""
        if self._persona:
            return mock.token(self._persona)
        return mock.tokens(scopes=self.scopes)

    def _gives_up_with(self, problem: BaseException) -> bool:
        if self._gives_up is not None:
            return isinstance(problem, self._gives_up)
        modules = {each.__module__.partition(".")[0] for each in type(problem).__mro__}
        return isinstance(problem, OSError) or bool(modules & HTTP_CLIENTS)

    def play(self, scenario: Scenario, program: Program) -> Run:
        """Run the program once in a world of its own; nothing of it is left behind."""
        faults, late = self._hurried(scenario.faults)
        mock = self._base.another(seed=scenario.seed, data=scenario.data, clock=scenario.clock, faults=faults)
        self._patience.begin(late)
        try:
            return self._play(mock, scenario, program)
        finally:
            mock.drop()

    def _hurried(self, faults: Sequence[Fault]) -> tuple[Sequence[Fault], float | None]:
        """The faults with answers that come late sooner, and how late the latest would have come."""
        late = [fault["seconds"] for fault in faults if fault["fault"] == "latency"]
        if self._timeout is not None or not late or max(late) <= LATE:
            return faults, None
        return [
            {**fault, "seconds": min(LATE, fault["seconds"])} if fault["fault"] == "latency" else fault
            for fault in faults
        ], max(late)

    def _play(self, mock: Mock, scenario: Scenario, program: Program) -> Run:
        played = Played(mock, self, scenario)
        journal = mock.world.journal
        error = kind = endless = ""
        gave_up = False

        def wait(seconds: float) -> None:
            self._watch.check()
            mock.clock.advance(seconds)

        clock = mock.world.clock
        try:
            with self._waiting.case(clock.epoch, wait), self._watch.over(lambda: len(journal)):
                made = program(played)
                if asyncio.iscoroutine(made):
                    asyncio.run(made)
        except Endless as stopped:
            endless = self._watch.reason or "it was stopped"
            _sweep(stopped)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as problem:
            if type(problem).__module__.partition(".")[0] == "hypothesis":
                raise
            error, kind = told(problem), where(problem)
            gave_up = self._gives_up_with(problem)
        exchanges = mock.exchanges
        patience = SHORT if self._patience.shortened else self._timeout
        seen = mock.run(lambda: watch(exchanges, patience))
        messages = sent(mock.webhooks)
        cut = bool(endless) and gets_on(seen)
        run = Run(
            scenario=scenario,
            seen=seen,
            error=error,
            kind=kind,
            gave_up=gave_up,
            endless="" if cut else endless,
            cut=cut,
            events=tuple(each.event for each in messages),
            hooked=met(messages),
            timeout=self._patience.least,
            refreshes=played.refreshes,
            host=self.host,
            delivered=(
                *((each.what, each.status, each.forged) for each in played.delivered),
                *posted(messages),
            ),
            exchanges=tuple(exchanges),
        )
        return replace(run, gave_up=False) if gave_up and not run.disturbed else run


def _sweep(stopped: Endless) -> None:
    """What a program held when it was stopped is let go of now, without complaints that nobody can heed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Its frames hold what it had open, a socket among it, until nothing knows where it was stopped.
        problem: BaseException | None = stopped
        while problem is not None:
            traceback.clear_frames(problem.__traceback__)
            problem.__traceback__ = None
            problem = problem.__context__
        gc.collect()


def told(problem: BaseException) -> str:
    """An exception in a line or a few: its type and what it says."""
    text = str(problem).strip()
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def where(problem: BaseException) -> str:
    """Type and place of an exception: the same for the same mistake."""
    frames = traceback.extract_tb(problem.__traceback__)
    mine = [
        each for each in frames if "site-packages" not in each.filename and "/lib/python" not in each.filename
    ]
    last = (mine or list(frames))[-1:]
    return (
        f"{type(problem).__name__} at {last[0].filename}:{last[0].lineno}" if last else type(problem).__name__
    )


def plain(provider: str) -> Scenario:
    """The world as it is, and nothing happens."""
    return Scenario(provider)
