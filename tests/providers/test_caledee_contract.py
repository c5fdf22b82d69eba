"""Schemathesis, with all checks and phases, on Caledee in-process with a token that may do everything."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.providers.contract import EFFORT, load, sequences

schema, app = load(
    "caledee",
    {"Authorization": "Bearer pat_owner"},
    {
        # A schema cannot tell a free slot from a taken one, or which lengths an event type offers.
        ("createBooking",): ["2xx", 400, 404, 409],
        # Nor that a window ends after it begins.
        ("getAvailability",): ["2xx", 400, 404],
        # A cursor that no answer gave is none.
        ("listBookings", "listLeads"): ["2xx", 400],
    },
)


@schema.parametrize()
@EFFORT
def test_caledee_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


TestCalls = sequences(schema, app)
