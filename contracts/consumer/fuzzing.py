"""`@fuzz` and `@scenario`: pytest tests in which Hypothesis, or a file, plays the provider."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.consumer.exploring import Search, needless
from contracts.consumer.judgements import Finding, chosen, judge
from contracts.consumer.playing import REQUESTS, SECONDS, Played, Player
from contracts.consumer.report import Found, keep, report
from contracts.consumer.shrinking import to_the_point
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

    The test fails with `Wrong`, whose text is the whole report. UnknownProvider, UnknownJudgement and
    ValueError (an unknown scope) come when the test runs.
    """
    options = _options(judge, scopes, persona, gives_up, requests, seconds, timeout)

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        def run(fixtures: dict[str, Any], node: str, tell: Callable[[str, str], None]) -> None:
            __tracebackhide__ = True
            names = chosen(options.judge)
            with options.player(provider) as player:
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
                        flaky=search.flaky,
                        cases=search.found_after,
                    )
                    raise Wrong(report(keep(found, FOLDER)), finding)
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

    The options are those of `fuzz`. ScenarioError for a scenario that cannot be played.
    """
    options = _options(judge, scopes, persona, gives_up, requests, seconds, timeout)

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        def run(fixtures: dict[str, Any], node: str, tell: Callable[[str, str], None]) -> None:
            __tracebackhide__ = True
            del node, tell
            given = _read(source, test)
            with options.player(given.provider) as player:
                made = player.play(given, _program(test, fixtures))
                finding = judge_run(made, options)
                if finding is not None:
                    finding = to_the_point(finding)
                    raise Wrong(report(Found(finding, test.__name__, cases=1)), finding)

        return _as_test(test, run)

    return decorate


def judge_run(run: Any, options: Options) -> Finding | None:
    """What is wrong in one run, by the judgements that are on."""
    return judge(run, chosen(options.judge))


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
    first, *others = inspect.signature(test).parameters.values()
    del first
    wants = any(each.name == "request" for each in others)

    def wrapper(**fixtures: Any) -> None:
        __tracebackhide__ = True
        request = fixtures.get("request") if wants else fixtures.pop("request", None)
        if request is None:
            run(fixtures, f"{test.__module__}.{test.__qualname__}", lambda *_: None)
            return
        node = request.node
        run(fixtures, node.nodeid, lambda name, text: node.user_properties.append((name, text)))

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
