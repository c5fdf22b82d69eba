"""The free slots of a page as an answer, local to the zone asked for; knows no bookings."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_json
from mockserver.providers.zeeg.calendar import free_slots
from mockserver.providers.zeeg.events import find_page
from mockserver.providers.zeeg.kinds import USER
from mockserver.scheduling.hours import offset_at, resolve
from mockserver.scheduling.intervals import instant, instant_not_before
from mockserver.scheduling.slots import by_local_date, local_date, local_label
from mockserver.world.store import Row, Store

USUAL_DAYS: Final = 14
MOST_DAYS: Final = 92
_LAST: Final = date(9990, 12, 31)
_MIDNIGHT: Final = time(0, 0)


def get_availability(exchange: Exchange) -> Reply:
    """Free starts, day by day: 404 no such page. A page that is off, or a length it lacks, has none.

    At most 92 days are answered, however many are asked for; an end before the start leaves no day.
    """
    params = exchange.params
    owner, slug = params["ownerSlug"], params["eventTypeSlug"]
    page = find_page(exchange, owner, slug)
    zone = params.get("timeZone") or _owners_zone(exchange.store, page)
    duration = int(params.get("duration") or page.data["duration"])
    now = instant_not_before(exchange.now)
    today = local_date(now, zone)
    first = _date(params.get("startDate")) or today
    last = _date(params.get("endDate")) or _moved(first, USUAL_DAYS - 1)
    last = min(last, _moved(first, MOST_DAYS - 1))
    grouped: dict[date, list[int]] = {}
    offered = page.data["isActive"] and duration in page.data["_durations"]
    since, until = max(first, today), min(last, _LAST)
    if offered and since <= until:
        found = free_slots(exchange.store, page, duration * 60, now, since, until, zone)
        grouped = by_local_date(found, zone)
    days = [
        {"date": day.isoformat(), "slots": [local_label(start, zone) for start in grouped.get(day, ())]}
        for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    ]
    return reply_json(
        exchange,
        {
            "ownerSlug": owner,
            "eventTypeSlug": slug,
            "schedulingUrl": page.data["schedulingUrl"],
            "duration": duration,
            "firstAvailableDate": min(grouped).isoformat() if grouped else None,
            "lastAvailableDate": max(grouped).isoformat() if grouped else None,
            "timeZone": zone,
            "timeZoneOffset": _offset(first, zone, now),
            "isNotAvailable": not grouped,
            "availability": days,
        },
    )


def _owners_zone(store: Store, page: Row) -> str:
    """The zone of the page's owner; for a team's page, of its first host."""
    owner = store.get(USER, page.data["_hosts"][0])
    return "UTC" if owner is None else str(owner.data["timezone"])


def _date(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(value)


def _moved(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _offset(day: date, zone: str, now: int) -> str:
    """How far the zone is ahead of UTC when a date begins there: `+02:00`."""
    midnight = resolve(day, _MIDNIGHT, zone)
    ahead = offset_at(now if midnight is None else instant(midnight), zone) // 60
    sign = "-" if ahead < 0 else "+"
    return f"{sign}{abs(ahead) // 60:02}:{abs(ahead) % 60:02}"
