"""`@fuzz` and `@scenario`: pytest tests in which Hypothesis, or a file, plays the provider."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.consumer.exploring import Search, needless
from contracts.consumer.judgements import Finding, chosen
from contracts.consumer.judgements import judge as judged
from contracts.consumer.playing import REQUESTS, SECONDS, Played, Player
from contracts.consumer.report import Found, keep, report
from contracts.consumer.shrinking import to_the_point
from mockserver.openapi.problems import SpecificationError
from mockserver.scenario import Scenario, read_scenario

# The plugin `mockserver` shows what stands under this name at the end of a pytest run.
COVERAGE = "understudy.coverage"
FOLDER = Path(".hypothesis", "understudy")


@dataclass(frozen=True, slots=True)
class Options:
    """What `@fuzz` and `@scenario` take beside the provider; the same names mean the same in both."""

    judge: Mapping[str, bool] | None = None
    scopes: tuple[str, ...] | None = None
    persona: str = ""
    gives_up: tuple[type[BaseException], ...] | None = None
    requests: int = REQUESTS
    seconds: float = SECONDS
    timeout: float | None = None

    def player(self, provider: str) -> Player:
        """What plays to the test."""
        return Player(
            provider,
            scopes=self.scopes,
            persona=self.persona,
            gives_up=self.gives_up,
            requests=self.requests,
            seconds=self.seconds,
            timeout=self.timeout,
        )

    def shown(self) -> dict[str, Any]:
        """Those that are not as usual and can be written down, for a regression test."""
        usual = Options()
        names = ("judge", "scopes", "persona", "requests", "seconds", "timeout")
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(usual, name)}


class Wrong(AssertionError):
    """A program did something wrong; `finding` is what, `str()` the whole report."""

    def __init__(self, text: str, finding: Finding) -> None:
        super().__init__(text)
        self.finding = finding


def fuzz(
    provider: str,
    *,
    cases: int = 200,
    judge: Mapping[str, bool] | None = None,
    scopes: Iterable[str] | None = None,
    persona: str = "",
    gives_up: type[BaseException] | Iterable[type[BaseException]] | None = None,
    deviations: bool = False,
    seed: int | None = None,
    timeout: float | None = None,
    fail_under: float = 0.0,
    remember: bool = True,
    requests: int = REQUESTS,
    seconds: float = SECONDS,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Run a test against a provider that Hypothesis plays; its first parameter is the `Played` provider.

    `cases` is how many worlds are tried; `judge` switches judgements off by name; `scopes` are what the token
    may do, and each must be needed; `gives_up` are the exceptions by which the program may end where the
    provider kept it from its work (usual: OSError and those of HTTP clients). `deviations` also draws what
    the document does not allow and the world does. `timeout` is the program's own in seconds, where its
    sockets do not tell (asyncio): some answers come later than that. `fail_under` is the least share, in
    percent, of what could be shown to the program. What failed is tried first the next time, from
    Hypothesis's example database, unless `remember` is False. A program that makes more than `requests`
    requests in a case, or takes more than `seconds`, does not end.

    The test fails with `Wrong`, whose text is the whole report, or with one line where a name is not known
    (Misused outside pytest).
    """
    if callable(provider):
        raise TypeError('@fuzz needs the name of a provider: @fuzz("zeeg")')
    options = _options(judge, scopes, persona, gives_up, requests, seconds, timeout)

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        def run(fixtures: dict[str, Any], node: str, tell: Callable[[str, str], None]) -> None:
            __tracebackhide__ = True
            if cases < 1:
                raise Misused(f"cases is {cases}, and has to be 1 or more")
            names, made = _begin(options, provider, lambda: Scenario(provider))
            with made as (player, _):
                program = _program(test, fixtures)
                search = Search(
                    provider=provider,
                    service=player.service,
                    play=lambda scenario: player.play(scenario, program),
                    names=names,
                    cases=cases,
                    deviations=deviations,
                    seed=seed,
                    timeout=timeout,
                    key=node if remember else "",
                )
                finding = search.run()
                palette = search.palette
                assert palette is not None
                told = search.coverage.text(palette, player.service.operations)
                tell(COVERAGE, told)
                if finding is not None:
                    found = Found(
                        finding,
                        test.__name__,
                        test.__module__,
                        options.shown(),
                        options.gives_up or (),
                        flaky=search.flaky,
                        cases=search.found_after,
                    )
                    raise Wrong(report(keep(found, FOLDER)), finding)
                if search.idle:
                    raise AssertionError(
                        "it asked the provider for nothing at mock.url (mock.mock.call is the test's)"
                    )
                if "scopes" in names and (left := needless(search.coverage, options.scopes)):
                    raise AssertionError(
                        f"scopes: it asks for {', '.join(left)} and does nothing that needs that"
                    )
                if search.coverage.share(palette) < fail_under:
                    raise AssertionError(f"fail_under={fail_under:g}: {told}")

        return _as_test(test, run)

    return decorate


def scenario(
    source: str | Path | Mapping[str, Any] | Scenario,
    *,
    judge: Mapping[str, bool] | None = None,
    scopes: Iterable[str] | None = None,
    persona: str = "",
    gives_up: type[BaseException] | Iterable[type[BaseException]] | None = None,
    requests: int = REQUESTS,
    seconds: float = SECONDS,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Run a test in one scenario: JSON, or a file beside the test or where pytest runs.

    The options are those of `fuzz`.
    """
    options = _options(judge, scopes, persona, gives_up, requests, seconds, timeout)

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        def run(fixtures: dict[str, Any], node: str, tell: Callable[[str, str], None]) -> None:
            __tracebackhide__ = True
            del node, tell
            names, made = _begin(options, "", lambda: _read(source, test))
            with made as (player, given):
                finding = judged(player.play(given, _program(test, fixtures)), names)
                if finding is not None:
                    finding = to_the_point(finding)
                    raise Wrong(report(Found(finding, test.__name__, cases=1)), finding)

        return _as_test(test, run)

    return decorate


class Misused(ValueError):
    """`@fuzz` or `@scenario` was given what means nothing; `str()` is one line for a person."""


def _begin(
    options: Options, provider: str, read: Callable[[], Scenario]
) -> tuple[tuple[str, ...], AbstractContextManager[tuple[Player, Scenario]]]:
    """The judgements that are on, and who plays what. Misused where anything of that is not to be had."""
    try:
        names = chosen(options.judge)
        given = read()
        player = options.player(provider or given.provider)
        try:
            player.try_out(given)
        except BaseException:
            player.close()
            raise
    except (ValueError, LookupError, SpecificationError) as error:
        said = error.args[0] if isinstance(error, LookupError) and error.args else error
        raise Misused(" ".join(str(said).split())) from error

    @contextmanager
    def playing() -> Iterator[tuple[Player, Scenario]]:
        with player:
            yield player, given

    return names, playing()


def _read(source: str | Path | Mapping[str, Any] | Scenario, test: Callable[..., Any]) -> Scenario:
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return Scenario.from_json(source)
    beside = Path(inspect.getfile(test)).parent / source
    return read_scenario(beside if beside.is_file() else source)


def _options(
    judge: Mapping[str, bool] | None,
    scopes: Iterable[str] | None,
    persona: str,
    gives_up: type[BaseException] | Iterable[type[BaseException]] | None,
    requests: int,
    seconds: float,
    timeout: float | None,
) -> Options:
    if isinstance(gives_up, type):
        gives_up = (gives_up,)
    return Options(
        judge=judge,
        scopes=None if scopes is None else tuple(scopes),
        persona=persona,
        gives_up=None if gives_up is None else tuple(gives_up),
        requests=requests,
        seconds=seconds,
        timeout=timeout,
    )


def _program(test: Callable[..., Any], fixtures: Mapping[str, Any]) -> Callable[[Played], Any]:
    return lambda played: test(played, **fixtures)


def _as_test(
    test: Callable[..., Any], run: Callable[[dict[str, Any], str, Callable[[str, str], None]], None]
) -> Callable[..., None]:
    """A function that pytest sees as a test with all the parameters of `test` but the first."""
    every = list(inspect.signature(test).parameters.values())
    if not every:
        raise TypeError(f"{test.__qualname__} needs a first parameter: the provider as it is played")
    others = every[1:]
    wants = any(each.name == "request" for each in others)

    def wrapper(**fixtures: Any) -> None:
        __tracebackhide__ = True
        request = fixtures.get("request") if wants else fixtures.pop("request", None)
        if request is None:
            run(fixtures, f"{test.__module__}.{test.__qualname__}", lambda *_: None)
            return
        import pytest

        node = request.node
        try:
            run(fixtures, node.nodeid, lambda name, text: node.user_properties.append((name, text)))
        except Misused as error:
            problem = str(error)
        else:
            return
        __tracebackhide__ = False
        pytest.fail(f"@fuzz or @scenario: {problem}", pytrace=False)

    wrapper.__name__ = test.__name__
    wrapper.__qualname__ = test.__qualname__
    wrapper.__module__ = test.__module__
    wrapper.__doc__ = test.__doc__
    wrapper.__dict__.update(test.__dict__)
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in others]
    if not wants:
        parameters.append(inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY))
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    # The body itself, for a regression test that plays it in one scenario.
    wrapper.play = test  # type: ignore[attr-defined]
    return wrapper
