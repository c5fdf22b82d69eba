"""Free times as answers, in the reference's form and in that of the guide; knows windows and zones."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.bookings import event_type_asked_for, length_asked_for
from mockserver.providers.calcom.calendar import MINUTE, free_starts, terms_of
from mockserver.providers.calcom.event_types import completed
from mockserver.providers.calcom.kinds import EVENT_TYPE
from mockserver.providers.calcom.people import user_named
from mockserver.providers.calcom.times import iso_in, read_bound
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, instant_not_before
from mockserver.scheduling.slots import by_local_date
from mockserver.world.store import Row

_GUIDE: Final = "2024-08-13"  # the version that the guide for agents sends, and its form
_LENGTH: Final = 30
_MOST: Final = 366 * DAY  # of a window that is looked through; what is asked for beyond is not (assumed)


def list_slots(exchange: Exchange) -> Reply:
    """Free times: 400 no event type named or a window that ends first, 404 no such event type or user."""
    params = exchange.params
    guide = exchange.service.date == _GUIDE
    since, until = read_bound(params["start"], "start"), read_bound(params["end"], "end", last=True)
    event_type = _event_type(exchange)
    if until < since:
        wrong = Complaint("query", ("end",), "order", "must not be before start")
        raise Refusal(400, "invalid-parameters", problems=[wrong])
    minutes = length_asked_for(event_type.data, params)
    found = _found(exchange, event_type, minutes, since, min(until, since + _MOST))
    zone = params.get("timeZone")
    days = by_local_date(found, zone or "UTC")
    if event_type.data.get("onlyShowFirstAvailableSlot"):
        days = {day: starts[:1] for day, starts in days.items()}
    told: dict[str, Any] = {}
    for day, starts in days.items():
        if guide:
            told[day.isoformat()] = [{"time": iso_in(start, zone)} for start in starts]
        else:
            told[day.isoformat()] = [
                _slot(event_type, start, minutes, zone, found[start], params.get("format"))
                for start in starts
            ]
    return reply_json(exchange, {"status": "success", "data": {"slots": told} if guide else told})


def _found(
    exchange: Exchange, event_type: Row, minutes: int, since: Instant, until: Instant
) -> dict[Instant, Row | None]:
    now = instant_not_before(exchange.now)
    moved = exchange.params.get("bookingUidToReschedule", "")
    terms = terms_of(event_type, now, minutes, moved)
    return free_starts(exchange.store, terms, now, since, until)


def _event_type(exchange: Exchange) -> Row:
    params = exchange.params
    if "eventTypeId" in params:
        return event_type_asked_for(exchange, {"eventTypeId": params["eventTypeId"]})
    if "usernames" in params:
        return _of_several(exchange, params["usernames"].split(","))
    if "eventTypeSlug" in params and ("username" in params or "teamSlug" in params):
        return event_type_asked_for(exchange, params)
    raise Refusal(400, "no-event-type-named", pointer=exchange.plan.pointer)


def _of_several(exchange: Exchange, names: list[str]) -> Row:
    """An event type that stands for several users together: nothing but their default hours."""
    hosts = []
    for name in names:
        user = user_named(exchange.store, name)
        if user is None:
            raise Refusal(404, "unknown-user", pointer="/x-resources/user", username=name)
        hosts.append({"userId": user.id})
    about = {"ownerId": None, "hosts": hosts, "schedulingType": "collective", "slug": ""}
    length = int(exchange.params.get("duration", _LENGTH))
    data = {**about, "id": 0, "title": "", "lengthInMinutes": length, "minimumBookingNotice": 0}
    return Row(EVENT_TYPE, 0, 0, completed(data, None))


def _slot(
    event_type: Row, start: Instant, minutes: int, zone: str | None, joined: Row | None, form: str | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"start": iso_in(start, zone)}
    if form == "range":
        told["end"] = iso_in(start + minutes * MINUTE, zone)
    seats = event_type.data.get("seatsPerTimeSlot")
    if seats:
        taken = 0 if joined is None else len(joined.data["attendees"])
        told |= {"seatsTotal": seats, "seatsBooked": taken, "seatsRemaining": seats - taken}
        if joined is not None:
            told["bookingUid"] = joined.id
    return told
