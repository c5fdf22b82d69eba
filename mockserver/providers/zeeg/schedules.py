"""Reading and changing availability schedules; knows what hours are possible, no events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_row
from mockserver.engine.resources import change
from mockserver.providers.zeeg.hours import DAYS, default_schedule
from mockserver.providers.zeeg.people import find_user
from mockserver.world.store import Row


def get_default_schedule(exchange: Exchange) -> Reply:
    """The schedule that applies to the token's user: 404 when there is none."""
    return reply_row(exchange, _default(exchange, exchange.who.user))


def update_default_schedule(exchange: Exchange) -> Reply:
    """Change a default schedule: 404 no such user or schedule, 422 hours that cannot be.

    A weekday or date that is not named keeps its hours; a date with null is as usual again.
    """
    asked = exchange.data
    email = asked.get("email")
    user = exchange.who.user if email is None else str(find_user(exchange, email=email).id)
    row = _default(exchange, user)
    _check_hours(asked)
    data = {**row.data, "timezone": asked.get("timezone", row.data["timezone"])}
    if "weeklyHours" in asked:
        week = {day["day"]: day for day in (*data["weeklyHours"], *asked["weeklyHours"])}
        data["weeklyHours"] = [week[day] for day in DAYS if day in week]
    if "specialHours" in asked:
        dates = {special["date"]: special for special in (*data["specialHours"], *asked["specialHours"])}
        data["specialHours"] = [
            special for _, special in sorted(dates.items()) if special["timesets"] is not None
        ]
    return _changed(exchange, row, data)


def update_schedule(exchange: Exchange) -> Reply:
    """Change a schedule, lists as a whole: 404 no such schedule, 422 hours that cannot be."""
    row = exchange.service.resources["schedule"].find(exchange, exchange.params["uuid"])
    asked = exchange.data
    _check_hours(asked)
    fields = ("title", "timezone", "weeklyHours", "specialHours")
    return _changed(exchange, row, {**row.data, **{name: asked[name] for name in fields if name in asked}})


def _default(exchange: Exchange, user: str) -> Row:
    row = default_schedule(exchange.store, user)
    if row is None or row.data["_account"] != exchange.who.account:
        raise Refusal(404, "not-found", kind="schedule", pointer="/x-resources/schedule")
    return row


def _changed(exchange: Exchange, row: Row, data: dict[str, Any]) -> Reply:
    return reply_row(exchange, change(exchange, exchange.service.resources["schedule"], row, data))


def _check_hours(asked: Mapping[str, Any]) -> None:
    wrong = [
        *_problems("weeklyHours", "day", asked.get("weeklyHours", ())),
        *_problems("specialHours", "date", asked.get("specialHours", ())),
    ]
    if wrong:
        raise Refusal(422, "invalid-body", problems=wrong)


def _problems(name: str, key: str, entries: Sequence[Mapping[str, Any]]) -> Iterable[Complaint]:
    """Days that come twice, spans that end before they begin, spans that overlap."""
    seen = set()
    for place, entry in enumerate(entries):
        if entry[key] in seen:
            yield Complaint("body", (name, place, key), "unique", f"names {entry[key]} once more")
        seen.add(entry[key])
        spans = entry["timesets"] or ()
        backwards = [number for number, (start, end) in enumerate(spans) if start >= end]
        for number in backwards:
            yield Complaint("body", (name, place, "timesets", number), "order", "must end after it begins")
        ordered = sorted(map(tuple, spans))
        if not backwards and any(left[1] > right[0] for left, right in pairwise(ordered)):
            yield Complaint("body", (name, place, "timesets"), "overlap", "must not overlap")
