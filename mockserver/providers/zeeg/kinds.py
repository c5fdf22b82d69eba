"""Names of Zeeg's kinds and of the indexes that its rules need; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from mockserver.engine.diary import INDEX
from mockserver.world.store import Index

EVENT: Final = "zeeg/event"
PAGE: Final = "zeeg/event-type"
SCHEDULE: Final = "zeeg/schedule"
WEBHOOK: Final = "zeeg/webhook"
USER: Final = "zeeg/user"
TEAM: Final = "zeeg/team"
MEMBER: Final = "zeeg/team-member"
AGENT: Final = "zeeg/agent"
CALL: Final = "zeeg/outbound-call"
LINK: Final = "zeeg/single-use-link"
NOTE: Final = "zeeg/note"

# Not in the document: one row for each host of each event that takes place, and where an invitee is.
BUSY: Final = "zeeg/busy"
INVITEE: Final = "zeeg/invitee"

BY_SLUG: Final = "by-slug"
BY_EMAIL: Final = "by-email"
BY_TOKEN: Final = "by-token"
BY_USER: Final = "by-user"
BY_ACCOUNT: Final = "by-account"
BY_STATUS: Final = "by-status"

INDEXES: Final[Mapping[str, Sequence[Index]]] = MappingProxyType(
    {
        "busy": (INDEX,),
        "invitee": (),
        "event-type": (Index(BY_SLUG, ("_account", "profile.slug", "slug")),),
        "schedule": (Index(BY_USER, ("_user", "isDefault")),),
        "user": (Index(BY_EMAIL, ("_account", "email")), Index(BY_SLUG, ("_account", "slug"))),
        "webhook": (Index(BY_ACCOUNT, ("_account",)),),
        "single-use-link": (Index(BY_TOKEN, ("token",)),),
        "outbound-call": (Index(BY_STATUS, ("status",), ("_due",)),),
    }
)
