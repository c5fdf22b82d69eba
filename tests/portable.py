"""What each provider calls the things of the portable story: requests, and where they stand in the answers.

Names only. What happens, and in which order, is the story's (tests/test_portable_story.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GUEST, ADDRESS = "Mira Oduya", "mira.oduya@example.org"


@dataclass(frozen=True, slots=True)
class Call:
    """A request with {holes}: day, next_day, start (an instant), time (its HH:MM), id, size, place."""

    method: str
    path: str
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoSuch:
    """The API has no such operation: why we think so, and what would ask for it and must be refused."""

    reason: str
    probe: Call


@dataclass(frozen=True, slots=True)
class Names:
    """A provider's names. What begins with `$` is a JSONPath into an answer, or into a row of a list.

    Instants are told as they are, or as `told` puts them together from `{day}` and `{found}`.
    """

    slug: str
    kind: str
    slots: Call
    starts: str
    book: Call
    made: str
    listed: Call
    rows: str
    id: str
    start: str
    state: str
    standing: Any
    cancelled: Any
    cancel: Call
    # The rows that the list shows to the persona, among those of its kind: field and value.
    shown: Mapping[str, Any]
    move: Call | NoSuch
    # Where the answer to a move has the id under which the booking stands from then on; "" where it stays.
    moved: str = ""
    # How the next page is found: a path to its place (None: no more), or the number of the first page.
    following: str | int = ""
    # The state of what was moved away, where a move makes a new booking.
    left_behind: Any = None
    told: str = "{found}"


ZEEG = Names(
    slug="zeeg",
    kind="event",
    slots=Call(
        "GET",
        "/v2/availability/alex-mueller/event-types/intro-30?startDate={day}&endDate={day}&timeZone=UTC",
    ),
    starts="$.availability[*].slots[*]",
    told="{day}T{found}:00Z",
    book=Call(
        "POST",
        "/v2/event",
        {
            "ownerSlug": "alex-mueller",
            "eventTypeSlug": "intro-30",
            "date": "{day}",
            "start": "{time}",
            "duration": 30,
            "timeZone": "UTC",
            "name": GUEST,
            "email": ADDRESS,
        },
    ),
    made="$.uuid",
    listed=Call("GET", "/v2/scheduled-events?count={size}&page={place}"),
    rows="$.collection[*]",
    following=1,
    id="$.uuid",
    start="$.startTime",
    state="$.status",
    standing="confirmed",
    cancelled="cancelled",
    shown={"_hosts": "QX7M4KD2W9RTB5H"},
    cancel=Call("PUT", "/v2/scheduled-events/{id}/cancel", {}),
    move=NoSuch(
        "Zeeg's pages name events:write for cancelling and handing over only; nothing moves an event.",
        Call("PUT", "/v2/scheduled-events/{id}/reschedule", {"startTime": "{start}"}, 404),
    ),
)

CALEDEE = Names(
    slug="caledee",
    kind="booking",
    slots=Call(
        "GET",
        "/api/v2/availability?eventTypeId=cm8f2k4q00001a7d3e5b9c0f1&from={day}&to={next_day}&tz=UTC",
    ),
    starts="$.slots[*].startAt",
    book=Call(
        "POST",
        "/api/v2/bookings",
        {
            "eventTypeId": "cm8f2k4q00001a7d3e5b9c0f1",
            "startAt": "{start}",
            "invitee": {"name": GUEST, "email": ADDRESS, "timezone": "UTC"},
        },
        201,
    ),
    made="$.id",
    listed=Call("GET", "/api/v2/bookings?limit={size}&cursor={place}"),
    rows="$.bookings[*]",
    following="$.nextCursor",
    id="$.id",
    start="$.startAt",
    state="$.status",
    standing="active",
    cancelled="canceled",
    shown={"_account": "acme"},
    cancel=Call("DELETE", "/api/v2/bookings/{id}"),
    # No operation of its own: the webhooks tell a move as a cancellation and a booking.
    move=Call(
        "POST",
        "/api/v2/bookings",
        {
            "eventTypeId": "cm8f2k4q00001a7d3e5b9c0f1",
            "startAt": "{start}",
            "invitee": {"name": GUEST, "email": ADDRESS, "timezone": "UTC"},
            "rescheduleOf": "{id}",
        },
        201,
    ),
    moved="$.id",
    left_behind="canceled",
)

MEETERGO = Names(
    slug="meetergo",
    kind="appointment",
    slots=Call(
        "GET",
        "/v4/booking-availability?meetingTypeId=4d8c1f60-7b25-4e93-a0d6-5c19e8b3f742&start={day}&end={day}",
    ),
    starts="$.dates[*].spots[?length(@.unavailabilityEvents) == 0].startTime",
    book=Call(
        "POST",
        "/v4/booking",
        {
            "meetingTypeId": "4d8c1f60-7b25-4e93-a0d6-5c19e8b3f742",
            "start": "{start}",
            "hostIds": ["2b6f0d84-91c7-4a3e-8f52-d07e6a41b9c3"],
            "attendee": {"email": ADDRESS, "fullname": GUEST, "receiveReminders": False, "notes": {}},
        },
        201,
    ),
    made="$.appointmentId",
    listed=Call("GET", "/v4/appointment/paginated?pageSize={size}&page={place}"),
    rows="$.appointments[*]",
    following=0,
    id="$.id",
    start="$.start",
    state="$.isCancelled",
    standing=False,
    cancelled=True,
    shown={"companyId": "880e8400-e29b-41d4-a716-446655440003"},
    cancel=Call("POST", "/v4/appointment/{id}/cancel", {"reason": "Ill"}),
    move=Call("POST", "/v4/appointment/{id}/reschedule", {"start": "{start}"}),
)

SLOTS, BOOKINGS, LISTED = ({"cal-api-version": date} for date in ("2024-09-04", "2026-02-25", "2026-05-01"))

CALCOM = Names(
    slug="calcom",
    kind="booking",
    slots=Call("GET", "/v2/slots?eventTypeId=7&start={day}&end={day}", headers=SLOTS),
    starts="$.data[*][*].start",
    book=Call(
        "POST",
        "/v2/bookings",
        {
            "eventTypeId": 7,
            "start": "{start}",
            "attendee": {"name": GUEST, "email": ADDRESS, "timeZone": "Etc/UTC"},
        },
        201,
        BOOKINGS,
    ),
    made="$.data.uid",
    listed=Call("GET", "/v2/bookings?limit={size}&cursor={place}", headers=LISTED),
    rows="$.data[*]",
    following="$.pagination.nextCursor",
    id="$.uid",
    start="$.start",
    state="$.status",
    standing="accepted",
    cancelled="cancelled",
    shown={"_hosts": 11},
    cancel=Call("POST", "/v2/bookings/{id}/cancel", {"cancellationReason": "Ill"}, headers=BOOKINGS),
    move=Call("POST", "/v2/bookings/{id}/reschedule", {"start": "{start}"}, 201, BOOKINGS),
    moved="$.data.uid",
)

EVERY = (ZEEG, CALEDEE, MEETERGO, CALCOM)
