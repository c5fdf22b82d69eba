"""What keeps a user from meetings besides bookings: events of selected calendars, days away; no requests."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.diary import BY_HOST
from mockserver.providers.calcom.holdings import BY_USER, CALENDAR_EVENT, OUT_OF_OFFICE, SELECTED
from mockserver.providers.calcom.kinds import BUSY, USER
from mockserver.providers.calcom.limits import PERIODS, period_of
from mockserver.providers.calcom.times import read_datetime
from mockserver.scheduling.intervals import Instant, instant
from mockserver.world.store import Row, Store

_VIEW: Final = "calcom span"

Span = tuple[Instant, Instant]


def engagements(store: Store, user: int, since: Instant, until: Instant) -> list[Span]:
    """When a user is busy or away in `[since, until)`, in no order.

    An event counts where its calendar is selected and it was not cancelled; days away always do.
    """
    rows = store.listed(CALENDAR_EVENT, BY_USER, (user,))
    if rows:
        chosen = {
            (row.data["credentialId"], row.data["externalId"])
            for row in store.listed(SELECTED, BY_USER, (user,))
        }
        rows = [row for row in rows if _source(row.data) in chosen and row.data["status"] != "cancelled"]
    rows += store.listed(OUT_OF_OFFICE, BY_USER, (user,))
    spans = [span_of(row) for row in rows]
    return [(start, end) for start, end in spans if start < until and end > since]


def span_of(row: Row) -> Span:
    """From when to when an event or an absence is."""
    found: Span | None = row.views.get(_VIEW)
    if found is None:
        start, end = (row.data[name] for name in ("start", "end"))
        if not isinstance(start, str):
            start, end = start["time"], end["time"]
        found = row.views[_VIEW] = instant(read_datetime(start)), instant(read_datetime(end))
    return found


def is_full(store: Store, user: int, start: Instant, without: str = "") -> bool:
    """Whether a user's own booking limits leave no room on the day, in the week, month or year of a start.

    All bookings in the user's calendar count, of whatever event type (assumed).
    """
    row = store.get(USER, user)
    limits = None if row is None else row.data.get("_limits")
    if not limits:
        return False
    for period in PERIODS:
        most = limits.get(period)
        if most is None:
            continue
        stretch = period_of(start, period)
        rows = store.between(BUSY, BY_HOST, (user,), (stretch.since,), (stretch.until,))
        if sum(1 for each in rows if not each.data["until"] and each.data["of"] != without) >= most:
            return True
    return False


def _source(data: Any) -> tuple[Any, Any]:
    return data.get("_credential"), data.get("_calendar")
