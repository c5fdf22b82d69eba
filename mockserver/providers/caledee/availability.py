"""The free slots of an event type as an answer; knows windows and zones, no bookings."""

from __future__ import annotations

from datetime import date
from typing import Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.caledee.bookings import END, offered_duration
from mockserver.providers.caledee.calendar import MINUTE, free_starts
from mockserver.providers.caledee.kinds import USER
from mockserver.providers.caledee.times import is_date, iso_local, read_moment
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, instant_not_before
from mockserver.world.store import Row, Store

MOST_DAYS: Final = 31


def get_availability(exchange: Exchange) -> Reply:
    """Free slots: 404 no such event type, 400 a window that is none or too long, or a length it lacks."""
    params = exchange.params
    event_type = exchange.service.resources["event-type"].find(exchange, params["eventTypeId"])
    zone = params.get("tz") or _owners_zone(exchange.store, event_type)
    since, until = _window(exchange, params["from"], params["to"], zone)
    minutes = offered_duration(event_type, params.get("duration"), "query", "duration")
    now = instant_not_before(exchange.now)
    found = []
    if until > now and since < END:
        found = free_starts(exchange.store, event_type, minutes, now, since, until)
    return reply_json(
        exchange,
        {
            "eventTypeId": event_type.id,
            "from": params["from"],
            "to": params["to"],
            "durationMin": minutes,
            "timezone": zone,
            "slots": [
                {"startAt": iso_local(start, zone), "endAt": iso_local(start + minutes * MINUTE, zone)}
                for start in found
            ],
        },
    )


def _window(exchange: Exchange, first: str, last: str, zone: str) -> tuple[Instant, Instant]:
    """The window in instants; 31 days are 31 dates where dates are given, however long their days."""
    since, until = read_moment(first, zone), read_moment(last, zone)
    pointer = exchange.plan.pointer + "/parameters"
    if until <= since:
        wrong = Complaint("query", ("to",), "order", "must be after `from`")
        raise Refusal(400, "empty-window", problems=[wrong], pointer=pointer)
    if is_date(first) and is_date(last):
        too_long = (date.fromisoformat(last) - date.fromisoformat(first)).days > MOST_DAYS
    else:
        too_long = until - since > MOST_DAYS * DAY
    if too_long:
        wrong = Complaint("query", ("to",), "maximum", f"must be at most {MOST_DAYS} days after `from`")
        raise Refusal(400, "window-too-long", problems=[wrong], pointer=pointer)
    return since, until


def _owners_zone(store: Store, event_type: Row) -> str:
    owner = store.get(USER, event_type.data["_hosts"][0])
    return "UTC" if owner is None else str(owner.data["timezone"])
