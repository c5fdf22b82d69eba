"""The pytest plugin: `pytest --provider=zeeg --target=URL` puts the checks, one test each; imports late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contracts.suite.asking import Asking

CASE = "contracts_case"
SUITE = Path(__file__).parent / "suite" / "testing.py"
_LEFT = pytest.StashKey[list[str]]()
_ASKING = pytest.StashKey[Any]()

# name, what it is; all strings, read when a test needs them.
OPTIONS: tuple[tuple[str, str], ...] = (
    ("provider", "put the contract checks of this provider, or of the document at this path"),
    ("target", "mock (the default), live, or the address of a server that claims to be the provider"),
    ("writes", "at a live target: off (the default), own or all"),
    ("max-requests", "at a live target never more, clean-up included (default: 2000)"),
    ("rate", "at a live target: requests a second (default: what the declared quota bears)"),
    ("contract-checks", "themes or checks: auth,paging.totals"),
    ("contract-phases", "of checks, examples, coverage, fuzzing, stateful, lifecycle (default: all)"),
    ("contract-operations", "ids or patterns: getEvent,list*"),
    ("contract-seed", "what is drawn (default: 1)"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; one that somebody else has already is `--contract-…`."""
    group = parser.getgroup("contracts", "contract checks (understudy)")
    for name, told in OPTIONS:
        dest = f"contracts_{name.removeprefix('contract-').replace('-', '_')}"
        try:
            group.addoption(f"--{name}", dest=dest, metavar="VALUE", help=told)
        except ValueError:
            group.addoption(f"--contract-{name}", dest=dest, metavar="VALUE", help=told)


def pytest_configure(config: pytest.Config) -> None:
    """With --provider, and neither a file nor `testpaths`, the suite itself is what is run."""
    config.stash[_LEFT] = []
    named = config.args_source is not pytest.Config.ArgsSource.INVOCATION_DIR
    if _option(config, "provider") and not named:
        config.args[:] = [str(SUITE)]


def pytest_sessionstart(session: pytest.Session) -> None:
    """What cannot be opened is told before anything is collected, in a line."""
    if _option(session.config, "provider"):
        _asking(session.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case of what was selected."""
    if CASE in metafunc.fixturenames:
        metafunc.parametrize(CASE, list(_asking(metafunc.config).cases))


@pytest.fixture(scope="session")
def contracts_asking(request: pytest.FixtureRequest) -> Iterator[Asking]:
    """The target that this session asks; what was created there is taken away in the end."""
    asking = _asking(request.config)
    yield asking
    request.config.stash[_LEFT] += asking.close()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what may be left behind."""
    for line in config.stash.get(_LEFT, []):
        terminalreporter.write_line(line, red=True)


def _option(config: pytest.Config, name: str) -> str:
    value = config.getoption(f"contracts_{name}", default=None)
    return "" if value is None else str(value)


def _asking(config: pytest.Config) -> Asking:
    if _ASKING not in config.stash:
        config.stash[_ASKING] = _opened(config)
    found: Asking = config.stash[_ASKING]
    return found


def _opened(config: pytest.Config) -> Asking:
    import argparse

    from contracts.commands import arguments
    from contracts.suite.asking import Asked, Asking
    from contracts.suite.opening import MOCK, REQUESTS, Limits
    from mockserver.openapi.problems import SpecificationError

    provider = _option(config, "provider")
    if not provider:
        raise pytest.UsageError("the contract checks need --provider: --provider=zeeg")
    writes: Any = _option(config, "writes") or "off"
    if writes not in ("off", "own", "all"):
        raise pytest.UsageError(f"--writes is off, own or all, not {writes!r}")
    try:
        requests = _option(config, "max_requests")
        rate = _option(config, "rate")
        asked = Asked(
            provider=provider,
            target=_option(config, "target") or MOCK,
            checks=arguments.listed(_option(config, "checks")),
            phases=arguments.phases(_option(config, "phases")),
            operations=arguments.listed(_option(config, "operations")),
            seed=int(_option(config, "seed") or 1),
            limits=Limits(
                writes=writes,
                requests=arguments.count(requests) if requests else REQUESTS,
                rate=arguments.rate(rate) if rate else None,
            ),
            workers=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
            vacuous=os.environ.get("CI", "").lower() not in ("", "0", "false"),
        )
        return Asking(asked)
    except SpecificationError as error:
        raise pytest.UsageError(*(" ".join(str(each).split()) for each in error.problems)) from error
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise pytest.UsageError(f"contracts: {error}") from error
