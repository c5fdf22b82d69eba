"""Names of Cal.com's kinds and of the indexes that bookings need; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from mockserver.engine.diary import INDEX
from mockserver.world.store import Index

BOOKING: Final = "calcom/booking"
EVENT_TYPE: Final = "calcom/event-type"
EVENT_TYPE_WEBHOOK: Final = "calcom/event-type-webhook"
MEMBERSHIP: Final = "calcom/membership"
ORGANIZATION: Final = "calcom/organization"
PRIVATE_LINK: Final = "calcom/private-link"
RESERVATION: Final = "calcom/slot-reservation"
SCHEDULE: Final = "calcom/schedule"
TEAM: Final = "calcom/team"
TEAM_MEMBERSHIP: Final = "calcom/team-membership"
USER: Final = "calcom/user"
WEBHOOK: Final = "calcom/webhook"

# Not in the document: one row for each host of each booking that takes place, and of each reservation.
BUSY: Final = "calcom/busy"
# Not in the document either: up to when the beginnings and ends of meetings were told.
MEETINGS: Final = "calcom/meetings"

BY_ADDRESS: Final = "by-address"
BY_PERSON: Final = "by-person"
BY_STATE: Final = "by-state"
BY_SERIES: Final = "by-series"
BY_SEAT: Final = "by-seat"
BY_TYPE: Final = "by-type"
BY_USER: Final = "by-user"
BY_OWNER: Final = "by-owner"


def _at(data: Mapping[str, Any]) -> tuple[int]:
    """When a booking begins; static ones are given that when a world is made."""
    return (data.get("_at", 0),)


# The people of a booking are its hosts and its attendees, by address.
INDEXES: Final[Mapping[str, Sequence[Index]]] = MappingProxyType(
    {
        "busy": (INDEX,),
        "meetings": (),
        "booking": (
            Index(BY_PERSON, (), ("_at",), _at, each="_people"),
            Index(BY_STATE, ("_state",), ("_at",), _at, each="_people"),
            Index(BY_SERIES, (), ("_at",), _at, each="recurringBookingUid"),
            Index(BY_SEAT, (), each="_seats"),
            Index(BY_TYPE, ("eventTypeId",), ("_at",), _at),
        ),
        "event-type": (Index(BY_OWNER, ("ownerId",)),),
        "event-type-webhook": (
            Index(BY_TYPE, ("eventTypeId",)),
            Index(BY_ADDRESS, ("eventTypeId", "subscriberUrl")),
        ),
        "private-link": (Index(BY_TYPE, ("eventTypeId",)),),
        "membership": (Index(BY_USER, ("userId",)),),
        "schedule": (Index(BY_OWNER, ("ownerId",)),),
        "team-membership": (Index(BY_USER, ("userId",)),),
        "webhook": (Index(BY_USER, ("userId",)), Index(BY_ADDRESS, ("userId", "subscriberUrl"))),
    }
)
