"""Schemathesis, with all of its checks and phases, on Zeeg in-process with a token that may do everything."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.providers.contract import EFFORT, load, sequences

# A schema cannot tell a past time from a future one, a required answer from another, a free host from a busy
# one, or that a span ends before it begins: to these bodies 422 is the right answer.
MEANT = ("createEvent", "createOutboundCall", "updateSchedule", "updateDefaultSchedule")

schema, app = load("zeeg", {"Authorization": "Bearer zeeg_owner"}, {MEANT: ["2xx", 404, 409, 422]})


@schema.parametrize()
@EFFORT
def test_zeeg_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


TestCalls = sequences(schema, app)
