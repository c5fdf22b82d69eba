"""The rows of events and invitees as Zeeg shows them; knows their fields, not whether they may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.zeeg.calendar import Place, occupy
from mockserver.providers.zeeg.kinds import EVENT, INVITEE, USER
from mockserver.scheduling.intervals import Instant, instant, moment
from mockserver.world.clock import iso_micro, parse_instant
from mockserver.world.store import Row, Store
from mockserver.world.world import World

API: Final = "https://api.zeeg.me/v2"

# What POST /event calls a place, what events call it, and whether people meet there by a link.
PLACES: Final[Mapping[str, tuple[str, bool]]] = {
    "GOOGLE_MEET": ("Google Meet", True),
    "ZOOM": ("Zoom", True),
    "MICROSOFT_TEAMS": ("Microsoft Teams", True),
    "PHONE_CALL": ("Phone Call", False),
    "IN_PERSON": ("In Person", False),
}
_UTM: Final = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term")
# Shared by all invitees: nothing in a row is ever changed in place.
_NOT_CANCELLED: Final = dict.fromkeys(("cancelledAt", "cancelledBy", "cancellerType", "cancellationReason"))
_HOST: Final = ("firstName", "lastName", "email", "slug", "url", "avatarUrl")
_NO_UTM: Final = dict.fromkeys(_UTM)
_HOST_VIEW: Final = "zeeg host"


def starts_at(event: Mapping[str, Any]) -> Instant:
    """When an event begins."""
    return instant(parse_instant(event["startTime"]))


def book(
    service: Service,
    world: World,
    page: Row,
    place: Place,
    start: Instant,
    duration: int,
    asked: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any]],
    stamp: str,
) -> Row:
    """Seat one invitee: a new event in its hosts' calendars, or one more in the group event of `place`.

    `asked` is the body of POST /event, `duration` in minutes, `stamp` the time of booking as rows have it.
    """
    store = world.store
    invitee = new_invitee(service, world, asked, questions, stamp)
    id = invitee["uuid"]
    joined = place.event
    if joined is None:
        data = new_event(service, world, page, place.hosts, start, duration, asked, invitee, stamp)
        row = store.insert(EVENT, data["uuid"], data)
        occupy(store, data["uuid"], data["_eventType"], place.hosts, start, start + duration * 60)
    else:
        data = joined.data
        phone = asked.get("phone")
        row = store.put(
            EVENT,
            joined.id,
            {
                **data,
                "invitees": [*data["invitees"], invitee],
                "activeInviteesCount": data["activeInviteesCount"] + 1,
                "guests": list(dict.fromkeys((*data["guests"], *invitee["guests"]))),
                "updatedAt": stamp,
                "_phone": data["_phone"] if phone is None else {**data["_phone"], id: phone},
            },
        )
    store.insert(INVITEE, id, {"event": row.id})
    return row


def new_event(
    service: Service,
    world: World,
    page: Row,
    hosts: Sequence[str],
    start: Instant,
    duration: int,
    asked: Mapping[str, Any],
    invitee: Mapping[str, Any],
    stamp: str,
) -> dict[str, Any]:
    """A new event with its first invitee; arguments as for `book`."""
    about = page.data
    id = service.new_id(world, "event")
    phone = asked.get("phone")
    location = asked.get("location")
    return {
        "uri": f"{API}/scheduled-events/{id}",
        "uuid": id,
        "title": about["title"],
        "type": about["type"],
        "startTime": iso_micro(moment(start)),
        "endTime": iso_micro(moment(start + duration * 60)),
        "duration": duration,
        "status": "confirmed",
        "eventTypeUri": about["uri"],
        "location": None if location is None else _location(location, asked, id),
        "maxActiveInvitees": about["_seats"],
        "activeInviteesCount": 1,
        "invitees": [invitee],
        "guests": invitee["guests"],
        "hosts": [host_entry(world.store, host) for host in hosts],
        "createdAt": stamp,
        "updatedAt": stamp,
        "_account": about["_account"],
        "_hosts": list(hosts),
        "_team": about["_team"],
        "_eventType": page.id,
        "_phone": {} if phone is None else {invitee["uuid"]: phone},
    }


def new_invitee(
    service: Service,
    world: World,
    asked: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any]],
    stamp: str,
) -> dict[str, Any]:
    """Whoever books, as an event lists them."""
    utm = asked.get("utm") or {}
    return {
        "uuid": service.new_id(world, "invitee"),
        "salutation": None,
        "fullName": asked["name"],
        "email": asked["email"],
        "guests": asked.get("guests") or [],
        "timeZone": asked["timeZone"],
        "cancellation": _NOT_CANCELLED,
        "payment": None,
        "questions": questions,
        "scheduledAt": stamp,
        "utm": {name: utm.get(name) for name in _UTM} if utm else _NO_UTM,
        # The provider shows an empty object as an empty list.
        "customQueryParams": asked.get("customQueryParams") or [],
    }


def host_entry(store: Store, user: str) -> dict[str, Any]:
    """A user as an event lists them."""
    row = store.get(USER, user)
    if row is None:
        raise LookupError(f"a page names a host {user!r} who is no user")
    found: dict[str, Any] | None = row.views.get(_HOST_VIEW)
    if found is None:
        found = row.views[_HOST_VIEW] = {name: row.data[name] for name in _HOST}
    return found


def user_name(store: Store, user: str) -> str:
    """The whole name of a user, or the id of one who is not known."""
    row = store.get(USER, user)
    return user if row is None else str(row.data["name"])


def without(event: Row, invitees: Iterable[str], by: str, reason: str | None, at: datetime) -> dict[str, Any]:
    """An event's data once these invitees are cancelled by a host; it is cancelled with the last of them."""
    data = event.data
    gone = frozenset(invitees)
    stamp = iso_micro(at)
    mark = {"cancelledAt": stamp, "cancelledBy": by, "cancellerType": "host", "cancellationReason": reason}
    left = data["activeInviteesCount"] - len(gone)
    return {
        **data,
        "status": data["status"] if left else "cancelled",
        "invitees": [
            {**invitee, "cancellation": mark} if invitee["uuid"] in gone else invitee
            for invitee in data["invitees"]
        ],
        "activeInviteesCount": left,
        "updatedAt": stamp,
    }


def active_invitees(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The invitees of an event who were not cancelled."""
    return [invitee for invitee in event["invitees"] if invitee["cancellation"]["cancelledAt"] is None]


def _location(kind: str, asked: Mapping[str, Any], id: str) -> dict[str, Any]:
    name, online = PLACES.get(kind, (kind, False))
    address = (asked.get("locationOptions") or {}).get("address")
    if kind == "IN_PERSON" and address:
        name = address
    return {"type": name, "joinUrl": f"https://meet.example.com/{id}" if online else None}
