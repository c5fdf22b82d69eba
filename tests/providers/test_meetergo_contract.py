"""Schemathesis, with all checks and phases, on meetergo in-process with a key that acts as the owner."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.providers.contract import EFFORT, load, sequences
from tests.providers.meetergo_asking import ACTING, ANNA

schema, app = load(
    "meetergo",
    {"Authorization": "Bearer ak_live:5b0c9d71-3e84-4f26-a9d7-16f8e02c4b35:platform", ACTING: ANNA},
    {
        # A schema cannot tell a free start from a taken one.
        ("createBooking", "rescheduleAppointment"): ["2xx", 400, 404],
        # Nor that a stretch or a span ends after it begins.
        ("getBookingAvailability", "createAvailability", "updateAvailability"): ["2xx", 400, 404],
        # Nor what was cancelled already, which addresses are taken and who has to stay.
        ("cancelAppointment", "deleteAppointment"): ["2xx", 400, 404],
        ("createUser", "updateUser", "deleteUser", "deleteAvailability"): ["2xx", 400, 404],
        # Nor which hosts and hours there are.
        ("createMeetingType", "updateMeetingType"): ["2xx", 400, 404],
        ("createWebhook",): ["2xx", 406],
        # What Schemathesis carries over from a meeting type may be null: each host's default hours.
        ("getAvailability",): ["2xx", 400, 404],
    },
    # As meetergo's older page has it, DELETE cancels: a cancelled appointment can still be read.
    kept=(
        *("getAppointment", "deleteAppointment", "cancelAppointment", "rescheduleAppointment"),
        *("updateAppointmentNotes", "updateAppointmentTranscription"),
    ),
)


@schema.parametrize()
@EFFORT
def test_meetergo_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


TestCalls = sequences(schema, app)
