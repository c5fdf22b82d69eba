"""Names of Caledee's kinds and of the indexes that its rules need; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from mockserver.engine.diary import INDEX
from mockserver.world.store import Index

USER: Final = "caledee/user"
EVENT_TYPE: Final = "caledee/event-type"
BOOKING: Final = "caledee/booking"
LEAD: Final = "caledee/lead"
CONTACT: Final = "caledee/contact"
WEBHOOK: Final = "caledee/webhook"

# Not in the document: one row for each host of each booking that takes place.
BUSY: Final = "caledee/busy"

BY_EMAIL: Final = "by-email"
BY_ACCOUNT: Final = "by-account"

# Rows of leads and contacts have their address in small letters, to be found by it.
INDEXES: Final[Mapping[str, Sequence[Index]]] = MappingProxyType(
    {
        "busy": (INDEX,),
        "lead": (Index(BY_EMAIL, ("_account", "eventTypeId", "email")),),
        "contact": (Index(BY_EMAIL, ("_account", "email")),),
        "webhook": (Index(BY_ACCOUNT, ("_account",)),),
    }
)
