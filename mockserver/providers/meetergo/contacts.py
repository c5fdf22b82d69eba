"""Who booked, one contact for each address in a company; knows no appointments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.meetergo.kinds import BY_EMAIL, CONTACT
from mockserver.providers.meetergo.times import stamp
from mockserver.world.world import World

_TAKEN: Final = ("firstname", "lastname", "fullname")


def remember(
    service: Service, world: World, company: str, attendee: Mapping[str, Any], now: datetime
) -> None:
    """Make a contact of an attendee, or bring the one with that address up to date."""
    store = world.store
    row = store.first(CONTACT, BY_EMAIL, (company, attendee["email"]))
    if row is None:
        id = service.new_id(world, "contact")
        store.insert(CONTACT, id, new_contact(id, company, attendee, now))
        return
    item = {**row.data["item"], **{name: attendee[name] for name in _TAKEN}, "updatedAt": stamp(now)}
    if attendee["phone"] is not None:
        item["phone"] = attendee["phone"]
    store.put(CONTACT, row.id, {**row.data, "item": item})


def new_contact(id: str, company: str, attendee: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A contact's row."""
    return {
        "_id": id,
        "_account": company,
        "item": {
            "id": id,
            "email": attendee["email"],
            **{name: attendee[name] for name in _TAKEN},
            "phone": attendee["phone"],
            "companyId": company,
            "createdAt": stamp(now),
            "updatedAt": stamp(now),
        },
    }
