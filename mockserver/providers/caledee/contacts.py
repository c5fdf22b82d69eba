"""One contact for each address that booked or was captured; knows what an activity is, no requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.service import Service
from mockserver.providers.caledee.kinds import BY_EMAIL, CONTACT, LEAD
from mockserver.world.store import Row
from mockserver.world.world import World


def merged(
    known: Mapping[str, Any], at: str, name: str | None = None, *, bookings: int = 0, leads: int = 0
) -> dict[str, Any]:
    """A contact after one more activity at that time (as rows have it)."""
    latest = at >= known["lastActivityAt"]
    booked = known["bookings"] + bookings
    return {
        **known,
        "name": name if name is not None and (latest or known["name"] is None) else known["name"],
        "kind": "client" if booked else "lead",
        "bookings": booked,
        "leads": known["leads"] + leads,
        "lastActivityAt": at if latest else known["lastActivityAt"],
    }


def nobody(id: str, account: str, email: str) -> dict[str, Any]:
    """A contact of whom nothing is known yet."""
    return {
        "id": id,
        "email": email.lower(),
        "name": None,
        "kind": "lead",
        "bookings": 0,
        "leads": 0,
        "lastActivityAt": "",
        "_account": account,
    }


def note_activity(
    service: Service,
    world: World,
    account: str,
    email: str,
    at: str,
    name: str | None = None,
    *,
    bookings: int = 0,
    leads: int = 0,
) -> None:
    """Tell the contact of an address, made if there is none, that something happened."""
    store = world.store
    row = store.first(CONTACT, BY_EMAIL, (account, email.lower()))
    if row is not None:
        store.put(CONTACT, row.id, merged(row.data, at, name, bookings=bookings, leads=leads))
        return
    id = service.new_id(world, "contact")
    blank = nobody(id, account, email)
    store.insert(CONTACT, id, merged(blank, at, name, bookings=bookings, leads=leads))


def mark_booked(world: World, event_type: Row, email: str) -> None:
    """The leads of that address on that event type went on to book."""
    store = world.store
    for lead in store.listed(LEAD, BY_EMAIL, (event_type.data["_account"], event_type.id, email.lower())):
        if not lead.data["booked"]:
            store.put(LEAD, lead.id, {**lead.data, "booked": True})
