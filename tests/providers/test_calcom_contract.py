"""Schemathesis, with all checks and phases, on Cal.com in-process, as an owner and as a platform's client."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import settings

from tests.providers.contract import EFFORT, NIGHTLY, load, sequences

# A hundred and fifty operations with several security schemes each: examples and edges find most of it.
OURS = EFFORT if NIGHTLY else settings(EFFORT, max_examples=3)

# What needs something that only an earlier answer gives (a code, a state, a reservation, a feed), or another
# caller: the owner of the platform, whom other tests ask as.
LATER = {
    *(
        "checkIcsFeed",
        "saveCalendar",
        "saveConferencingApp",
        "verifyEmail",
        "verifyPhone",
        "createOAuthToken",
    ),
    *("updateReservation", "deleteReservation", "refreshManagedUserTokens"),
    *("getPlatformClient", "updatePlatformClient", "deletePlatformClient"),
}

schema, app = load(
    "calcom",
    {},
    {
        # What a booking may go through depends on what it went through; a schema cannot tell a free start
        # from a taken one, a required answer from another, or who is asked.
        (
            *("createBooking", "rescheduleBooking", "requestReschedule", "cancelBooking"),
            *("confirmBooking", "declineBooking", "markAbsent", "reassignBooking", "reassignBookingToUser"),
            *("addGuests", "addAttendee", "removeAttendee", "updateLocation"),
        ): ["2xx", 400, 403, 404, 409],
        ("reserveSlot", "updateReservation"): ["2xx", 400, 403, 404, 422],
        # A cursor that no answer gave is none; nor is a code, a state or a token.
        ("listBookings",): ["2xx", 400],
        ("saveCalendar", "saveConferencingApp", "verifyEmail", "verifyPhone"): ["2xx", 400],
        ("authorizeOAuthClient", "createOAuthToken", "refreshManagedUserTokens"): [
            "2xx",
            "3xx",
            400,
            401,
            404,
        ],
        # One of several parameters has to be there, or only one of two may.
        ("listSlots", "listBusyTimes", "refreshApiKey"): ["2xx", 400, 403, 404],
        # What was not connected can neither be checked nor left, and an event ends after it begins.
        (
            *("checkCalendar", "checkIcsFeed", "setDefaultConferencingApp", "disconnectConferencingApp"),
            *("disconnectCalendar", "updateCalendarEvent", "saveIcsFeed"),
        ): ["2xx", 400, 403, 404],
        # Slugs are there once; who stands in is somebody else of the organisation.
        ("createEventType", "updateEventType", "createTeamEventType"): ["2xx", 400, 403, 404],
        ("createOutOfOffice", "updateOutOfOffice"): ["2xx", 400, 403, 404, 409],
    },
    {
        "apiKey": {"bearer": "cal_owner"},
        "clientId": {"api_key": "clq8vk3n2000008l4f6r2d9ah"},
        "clientSecret": {"api_key": "not-a-real-platform-secret"},
    },
    edges=False,
)


@schema.parametrize()
@OURS
def test_calcom_keeps_to_its_document(case: schemathesis.Case[Any]) -> None:
    # Each is asked of the world as it began: after a key was refreshed, or its owner left, all else is 401.
    app.renew()
    case.call_and_validate()


# After a key was refreshed all else is 401; what was emptied or cleared is still there, and empty.
LAST = [
    *("refreshApiKey", "deleteEventTypeWebhooks", "deletePlatformWebhooks", "clearBookingLimits"),
    *("removeRolePermissions", "removePushSubscription", "removeSelectedCalendar"),
]
TestCalls = sequences(schema.exclude(operation_id=LAST), app, OURS)


def test_every_operation_was_answered_with_success() -> None:
    asked = {operation for operation, _ in app.answered}
    if len(asked) < 150:
        pytest.skip("not every operation was asked")
    worked = {operation for operation, status in app.answered if 200 <= status < 400}
    assert asked - worked - LATER - {""} == set()
