"""Schemathesis, with all of its checks and phases, on a provider in-process; knows no provider."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import format as register_format
from schemathesis.openapi import from_dict
from schemathesis.schemas import BaseSchema

from mockserver import Mock
from mockserver.house import document_path
from mockserver.openapi.compile import base_path
from mockserver.openapi.document import open_document
from mockserver.openapi.formats import time_zones

# What Schemathesis itself takes for a refusal.
REFUSED = (400, 401, 403, 404, 405, 406, 409, 415, 422, 428, 429, "5xx")
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"

EFFORT = settings(
    max_examples=40 if NIGHTLY else 15,
    stateful_step_count=20 if NIGHTLY else 8,
    derandomize=not NIGHTLY,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Fresh:
    """One mock of a provider for all operations, until it is dropped: they leave their rows to each other."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self._mock: Mock | None = None
        self._start: Any = None
        # How often each operation was answered with which status.
        self.answered: Counter[tuple[str, int]] = Counter()

    def drop(self) -> None:
        """The next call is answered as the first one was."""
        self._mock = None

    def renew(self) -> None:
        """The same, with the mock that is there: its world is as it began."""
        if self._mock is not None:
            self._mock.restore(self._start)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The mock's application, made when it is first called and not when tests are collected."""
        if self._mock is None:
            self._mock = Mock(self.slug, data="busy-week", limits=False)
            self._start = self._mock.snapshot()
        await self._mock.app(scope, receive, send)
        for exchange in self._mock.world.journal.find(limit=1):
            self.answered[exchange.operation, exchange.status] += 1


def load(
    slug: str,
    headers: Mapping[str, str],
    meant: Mapping[Sequence[str], Sequence[int | str]],
    credentials: Mapping[str, Mapping[str, str]] | None = None,
    kept: Sequence[str] = (),
    *,
    edges: bool = True,
) -> tuple[BaseSchema, Fresh]:
    """The provider's document as Schemathesis has it, and what it asks.

    `headers` go with every request. `meant` are the statuses that answer valid requests to some operations,
    where a schema cannot say what is asked of a value, beside the statuses that Schemathesis expects.
    `credentials` are those of security schemes, `bearer` or `api_key`: where operations have several schemes,
    a fixed header can be taken for an invented one, and its success for a failure to refuse. `kept` are
    operations on what a DELETE cancels and does not remove. Without `edges` the phase that tries the bounds
    of every schema is left to the nightly profile.
    """
    zones = sorted(time_zones())
    # By number: where Hypothesis samples from a list, whatever is filtered is tried on all 600 of them.
    register_format("iana-time-zone", st.integers(0, len(zones) - 1).map(zones.__getitem__))
    register_format("e164", st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
    checks: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for operations, statuses in meant.items():
        for id in operations:
            checks[id]["positive_data_acceptance"] = {"expected-statuses": list(statuses)}
    for id in kept:
        checks[id]["use_after_free"] = {"enabled": False}
    config: dict[str, Any] = {
        "auth": {"auto-signup": False},
        "headers": dict(headers),
        # A text that is too long can be in a body that is too long, too.
        "checks": {"negative_data_rejection": {"expected-statuses": [*REFUSED, 413]}},
        "operations": [{"include-operation-id": [id], "checks": checks[id]} for id in sorted(checks)],
    }
    if not edges and not NIGHTLY:
        config["phases"] = {"coverage": {"enabled": False}}
    if credentials:
        config["auth"]["openapi"] = {name: dict(of) for name, of in credentials.items()}
    document = open_document(document_path(slug)[1])
    if "x-versions" in document.data:
        # Without the header of its version an operation may be one that is not there.
        config["checks"]["missing_required_header"] = {"expected-statuses": ["4xx"]}
    schema = from_dict(on_one_server(document.data), config=SchemathesisConfig.from_dict(config))
    app = Fresh(slug)
    schema.app = app
    return schema, app


def on_one_server(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with every path written out from the host's root.

    Schemathesis sends a path with a server of its own there, and then takes the answer for somebody else's.
    """
    if not any("servers" in item for item in data["paths"].values()):
        return dict(data)
    paths = {
        base_path(item, data) + path: {name: part for name, part in item.items() if name != "servers"}
        for path, item in data["paths"].items()
    }
    root = urlsplit(data["servers"][0]["url"])
    return {**data, "servers": [{"url": f"{root.scheme}://{root.netloc}"}], "paths": paths}


def sequences(schema: BaseSchema, app: Fresh, effort: settings = EFFORT) -> Any:
    """A test of calls one after another, each with what the ones before it gave."""

    class Calls(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # A mock of its own for every sequence, so that it can be run again.
            app.drop()

    case = Calls.TestCase
    case.settings = effort
    return case
