"""Names of meetergo's kinds and of the indexes that its rules need; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from mockserver.engine.diary import BY_HOST, INDEX
from mockserver.world.store import Index

USER: Final = "meetergo/user"
MEETING_TYPE: Final = "meetergo/meeting-type"
AVAILABILITY: Final = "meetergo/availability"
APPOINTMENT: Final = "meetergo/appointment"
WEBHOOK: Final = "meetergo/webhook"
CONTACT: Final = "meetergo/contact"
PROVISIONAL: Final = "meetergo/provisional-booking"

# Not in the document: one row for each host of each appointment that takes place.
BUSY: Final = "meetergo/busy"

BY_SLUG: Final = "by-slug"
BY_EMAIL: Final = "by-email"
BY_USER: Final = "by-user"
BY_COMPANY: Final = "by-company"
BY_AVAILABILITY: Final = "by-availability"

INDEXES: Final[Mapping[str, Sequence[Index]]] = MappingProxyType(
    {
        "busy": (INDEX,),
        "user": (
            Index(BY_COMPANY, ("companyId",)),
            Index(BY_EMAIL, ("companyId", "email")),
            Index(BY_SLUG, ("slug",)),
        ),
        "availability": (Index(BY_USER, ("_user", "isDefault")),),
        "meeting-type": (
            Index(BY_HOST, (), each="hostIds"),
            Index(BY_AVAILABILITY, ("availabilityId",)),
        ),
        "webhook": (Index(BY_COMPANY, ("companyId",)),),
        "contact": (Index(BY_EMAIL, ("_account", "item.email")),),
    }
)
