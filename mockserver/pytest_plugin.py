"""The pytest plugin: mocks as fixtures, and what they were asked in the report of a failure; imports late."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from mockserver.mock import Mock

T = TypeVar("T")

MARKER = (
    'mock(*providers, seed=1, data="busy-week", clock="2026-04-06T08:00:00Z", faults=[...]): '
    "the providers and the world that the fixtures mock and mock_server give this test"
)
# A fuzz test leaves what it never tried under this name in the properties of its report.
COVERAGE = "understudy.coverage"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """A fresh world of the providers that `@pytest.mark.mock` names, in-process; `mock.url` makes it live."""
    from mockserver.mock import Mock

    providers, options = _marked(request)
    with _made(lambda: Mock(*providers, **options)) as made:
        yield made


@pytest.fixture(scope="session")
def _mock_servers() -> Iterator[Callable[..., Mock]]:
    """One live server for each choice of providers, kept for the session: one a worker under xdist."""
    from mockserver.mock import Mock

    servers: dict[Any, Mock] = {}

    def serve(*providers: Any, **kinds: Any) -> Mock:
        key = (tuple(str(each) for each in providers), tuple(sorted(kinds.items())))
        if key not in servers:
            servers[key] = Mock(*providers, **kinds)
        return servers[key]

    yield serve
    for server in servers.values():
        server.close()


@pytest.fixture
def mock_server(request: pytest.FixtureRequest, _mock_servers: Callable[..., Mock]) -> Iterator[Mock]:
    """A fresh world of its own in a live server that all tests share; `mock_server.url` leads to it."""
    providers, options = _marked(request)
    kinds = {name: options.pop(name) for name in ("limits", "strict", "webhooks") if name in options}
    made = _made(lambda: _mock_servers(*providers, **kinds).another(**options))
    assert made.url  # asked for once, so that the server listens
    yield made
    made.drop()


def _marked(request: pytest.FixtureRequest) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the nearest marker says; every provider that comes with the project where there is none."""
    marker = request.node.get_closest_marker("mock")
    return ((), {}) if marker is None else (marker.args, dict(marker.kwargs))


def _made(make: Callable[[], T]) -> T:
    """What `make` makes; what cannot be had is told in a line, not as a traceback through us."""
    from mockserver.openapi.problems import SpecificationError

    try:
        return make()
    except (SpecificationError, ValueError, TypeError) as error:
        told = str(error).replace("Mock.__init__() ", "").replace("Mock.another() ", "")
    pytest.fail(f"@pytest.mark.mock: {told}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what its mocks were asked, what they answered and why."""
    report = yield
    if report.when == "call" and report.failed:
        for name in ("mock", "mock_server"):
            made = getattr(item, "funcargs", {}).get(name)
            if made is not None and type(made).__module__ == "mockserver.mock":
                from mockserver.web.transcript import transcript

                lines = transcript(made.exchanges) or ["(nothing was asked)"]
                report.sections.append((f"exchanges of {name}", "\n".join(lines)))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What fuzz tests tried and never tried, a block for each."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, text in getattr(report, "user_properties", ()):
                if name == COVERAGE:
                    terminalreporter.section(f"fuzzed: {report.nodeid}", sep="-")
                    terminalreporter.write_line(text)
