"""Schemathesis holds the control API against its own document, in-process, with all of its checks."""

from __future__ import annotations

from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_dict

from mockserver import Mock
from mockserver.web.control import control_contract

# A scope, persona or data set drawn at random is one that no provider has, and an instant may be one that no
# clock shows: 422 is the right answer to some bodies that a schema cannot tell from good ones.
MEANT = ["mintToken", "resetWorld", "createWorld", "setClock", "advanceClock"]
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 422]}}
# A reset between the making and the use of a fault or snapshot has rightly taken it away.
TAKEN_AWAY = ["removeFault", "restoreSnapshot"]
CONFIG = {
    "auth": {"auto-signup": False},
    "operations": [
        {"include-operation-id": MEANT, "checks": ACCEPTED},
        # A thousand boundary cases of ten kinds of fault: test_control.py asks about them in less time.
        {"include-operation-id": "declareFault", "phases": {"coverage": {"enabled": False}}},
        {"include-operation-id": TAKEN_AWAY, "checks": {"ensure_resource_availability": {"enabled": False}}},
    ],
}


@cache
def mock() -> Mock:
    """One mock for all operations: they leave worlds, faults and tokens to each other."""
    return Mock("zeeg", data="empty")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The mock's application, made when it is first called and not when tests are collected."""
    await mock().app(scope, receive, send)


schema = from_dict(dict(control_contract().data), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = app


@schema.parametrize()
@settings(
    max_examples=10, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
def test_the_control_api_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


class Calls(schema.as_state_machine()):  # type: ignore[misc]
    """Calls one after another, each with what the ones before it gave."""

    def setup(self) -> None:
        """A mock of its own for every sequence, so that it can be run again."""
        mock.cache_clear()


TestCalls = Calls.TestCase
TestCalls.settings = settings(
    max_examples=10,
    derandomize=True,
    stateful_step_count=8,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
