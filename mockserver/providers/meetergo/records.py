"""The rows of appointments as meetergo shows them; knows their fields, not whether they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mockserver.engine.service import Service
from mockserver.providers.meetergo.calendar import Seat, occupy, release
from mockserver.providers.meetergo.contacts import remember
from mockserver.providers.meetergo.kinds import APPOINTMENT, USER
from mockserver.providers.meetergo.times import read_instant, stamp, stamp_of
from mockserver.scheduling.intervals import Instant, instant
from mockserver.world.store import Row, Store
from mockserver.world.world import World

_HOST: Final = ("id", "email", "givenName", "familyName", "fullName", "slug", "picture")
_HOST_VIEW: Final = "meetergo host"


def starts_at(appointment: Mapping[str, Any]) -> Instant:
    """When an appointment begins."""
    when = read_instant(appointment["start"])
    assert when is not None, "appointments begin within the years that there are"
    return instant(when)


def lasts(appointment: Mapping[str, Any]) -> int:
    """How long it takes, in seconds."""
    return 60 * int(appointment["meetingInfo"]["duration"])


def book(
    service: Service,
    world: World,
    meeting_type: Row,
    seat: Seat,
    start: Instant,
    asked: Mapping[str, Any],
    now: datetime,
    replaced: Row | None = None,
) -> Row:
    """Seat one attendee: a new appointment in its hosts' calendars, or one more in that of the seat.

    `asked` is the body of POST /booking; `replaced` the appointment that this one takes the place of.
    """
    store = world.store
    attendee = new_attendee(service, world, asked["attendee"])
    company = meeting_type.data["companyId"]
    remember(service, world, company, attendee, now)
    if seat.joined is not None:
        data = seat.joined.data
        attendees = [*data["attendees"], attendee]
        return store.put(
            APPOINTMENT, seat.joined.id, {**data, "attendees": attendees, "updatedAt": stamp(now)}
        )
    data = new_appointment(service, world, meeting_type, seat.hosts, start, asked, attendee, now)
    if replaced is not None:
        data |= {"rescheduledAt": stamp(now), "rescheduleCount": replaced.data["rescheduleCount"] + 1}
    row = store.insert(APPOINTMENT, data["id"], data)
    occupy(store, data["id"], seat.hosts, start, start + lasts(data))
    return row


def new_appointment(
    service: Service,
    world: World,
    meeting_type: Row,
    hosts: Sequence[str],
    start: Instant,
    asked: Mapping[str, Any],
    attendee: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """A new appointment with its first attendee; arguments as for `book`."""
    info = dict(meeting_type.data["meetingInfo"])
    info["duration"] = int(asked.get("duration") or info["duration"])
    info["channel"] = asked.get("channel") or info["channel"]
    queue = asked.get("queueId")
    return {
        "id": service.new_id(world, "appointment"),
        "secret": service.new_id(world, "secret"),
        "start": stamp_of(start),
        "end": stamp_of(start + 60 * info["duration"]),
        "ics": {
            "title": asked.get("icsTitle") or info["name"],
            "description": asked.get("icsDescription"),
            "sequence": 0,
        },
        "meetingInfo": info,
        "hostingInfo": {"type": "hosts" if queue is None else "queue", "queueId": queue},
        "attendees": [attendee],
        "hosts": [host_entry(world.store, host) for host in hosts],
        "hostIds": list(hosts),
        "meetingTypeId": meeting_type.id,
        "companyId": meeting_type.data["companyId"],
        "isCancelled": False,
        "cancel": None,
        "rescheduledAt": None,
        "rescheduleCount": 0,
        "location": asked.get("location"),
        "note": None,
        "transcription": None,
        "createdAt": stamp(now),
        "updatedAt": stamp(now),
        "_status": "active",
    }


def new_attendee(service: Service, world: World, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever books, as an appointment lists them."""
    first, last, whole = asked.get("firstname"), asked.get("lastname"), asked.get("fullname")
    if whole is None:
        whole = f"{first} {last}"
    if first is None or last is None:
        first, _, last = whole.partition(" ")
    return {
        "id": service.new_id(world, "attendee"),
        "email": asked["email"],
        "firstname": first,
        "lastname": last,
        "fullname": whole,
        "phone": asked.get("phone"),
        "timezone": asked.get("timezone"),
        "language": asked.get("language"),
    }


def host_entry(store: Store, user: str) -> dict[str, Any]:
    """A user as an appointment lists them."""
    row = store.get(USER, user)
    if row is None:
        raise LookupError(f"there is no host {user!r}")
    found: dict[str, Any] | None = row.views.get(_HOST_VIEW)
    if found is None:
        found = row.views[_HOST_VIEW] = {name: row.data[name] for name in _HOST}
    return found


def cancelled(
    data: Mapping[str, Any], source: str, by: str | None, reason: str | None, at: datetime
) -> dict[str, Any]:
    """An appointment's data once it is cancelled."""
    mark = {"actionSource": source, "actionAt": stamp(at), "actionBy": by, "reason": reason}
    return {**data, "isCancelled": True, "cancel": mark, "updatedAt": stamp(at), "_status": "cancelled"}


def cancel(store: Store, row: Row, source: str, by: str | None, reason: str | None, at: datetime) -> Row:
    """Cancel an appointment and give its time back."""
    release(store, str(row.id), row.data["hostIds"])
    return store.put(APPOINTMENT, row.id, cancelled(row.data, source, by, reason, at))
