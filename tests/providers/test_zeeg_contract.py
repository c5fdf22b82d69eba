"""Schemathesis, with all of its checks and phases, on Zeeg in-process with a token that may do everything."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import format as register_format
from schemathesis.openapi import from_dict

from mockserver import Mock
from mockserver.house import document_path
from mockserver.openapi.document import open_document
from mockserver.openapi.formats import time_zones

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"

# A schema cannot tell a past time from a future one, a required answer from another, a free host from a busy
# one, or that a span ends before it begins: to these bodies 422 is the right answer.
MEANT = ["createEvent", "createOutboundCall", "updateSchedule", "updateDefaultSchedule"]
CONFIG = {
    "auth": {"auto-signup": False},
    "headers": {"Authorization": "Bearer zeeg_owner"},
    "operations": [
        {
            "include-operation-id": MEANT,
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 404, 409, 422]}},
        },
    ],
}

register_format("iana-time-zone", st.sampled_from(sorted(time_zones())))
register_format("e164", st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))


@cache
def mock() -> Mock:
    """One mock for all operations: they leave events, notes and webhooks to each other."""
    return Mock("zeeg", data="busy-week", limits=False)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The mock's application, made when it is first called and not when tests are collected."""
    await mock().app(scope, receive, send)


document = open_document(document_path("zeeg")[1])
schema = from_dict(dict(document.data), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = app


EFFORT = settings(
    max_examples=100 if NIGHTLY else 15,
    stateful_step_count=20 if NIGHTLY else 8,
    derandomize=not NIGHTLY,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@EFFORT
def test_zeeg_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


class Calls(schema.as_state_machine()):  # type: ignore[misc]
    """Calls one after another, each with what the ones before it gave."""

    def setup(self) -> None:
        """A mock of its own for every sequence, so that it can be run again."""
        mock.cache_clear()


TestCalls = Calls.TestCase
TestCalls.settings = EFFORT
