"""Availabilities as timetables, compiled once for each row, and what can be wrong with their hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from mockserver.engine.refusals import Complaint
from mockserver.providers.meetergo.kinds import AVAILABILITY, BY_USER
from mockserver.scheduling.hours import Override, WeeklyHours
from mockserver.scheduling.timetable import Timetable
from mockserver.world.store import Row, Store

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The older form counts days from Sunday.
_OLDER: Final = ("sunday", *DAYS[:-1])

_VIEW: Final = "meetergo timetable"


def timetable_of(availability: Row) -> Timetable:
    """The hours of an availability."""
    found: Timetable | None = availability.views.get(_VIEW)
    if found is None:
        data = availability.data
        week = {DAYS.index(name): _spans(day) for name, day in data["schedule"].items()}
        found = availability.views[_VIEW] = Timetable(
            WeeklyHours.of(data["timezone"], week),
            [Override.of(date.fromisoformat(each["date"]), _spans(each)) for each in data["exceptions"]],
        )
    return found


def default_availability(store: Store, user: str) -> Row | None:
    """The availability that applies to a user where a meeting type names no other."""
    return store.first(AVAILABILITY, BY_USER, (user, True))


def timetable_for(store: Store, meeting_type: Row, host: str) -> Timetable | None:
    """When a host can be booked for a meeting type; None where nothing says so."""
    named = meeting_type.data["availabilityId"]
    row = default_availability(store, host) if named is None else store.get(AVAILABILITY, named)
    return None if row is None else timetable_of(row)


def week_of(schedule: Any) -> dict[str, Any]:
    """A weekly template in the newer form, whichever form it came in."""
    if isinstance(schedule, Mapping):
        return {name: schedule[name] for name in DAYS if name in schedule}
    named = {
        _OLDER[int(each["dayOfWeek"])]: {
            "enabled": bool(each["intervals"]),
            "hours": [{"start": span["from"], "end": span["to"]} for span in each["intervals"]],
        }
        for each in schedule
    }
    return {name: named[name] for name in DAYS if name in named}


def complaints(asked: Mapping[str, Any]) -> list[Complaint]:
    """Days and dates that come twice, spans that end before they begin, spans that overlap."""
    schedule = asked.get("schedule", {})
    found: list[Complaint] = []
    if isinstance(schedule, Mapping):
        for name, day in schedule.items():
            found += _wrong(("schedule", name, "hours"), [(s["start"], s["end"]) for s in day["hours"]])
    else:
        found += _twice("schedule", "dayOfWeek", schedule)
        for place, day in enumerate(schedule):
            spans = [(span["from"], span["to"]) for span in day["intervals"]]
            found += _wrong(("schedule", place, "intervals"), spans)
    exceptions = asked.get("exceptions", ())
    found += _twice("exceptions", "date", exceptions)
    for place, each in enumerate(exceptions):
        spans = [(span["start"], span["end"]) for span in each["hours"]]
        found += _wrong(("exceptions", place, "hours"), spans)
    return found


def _twice(name: str, key: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[Complaint]:
    seen = set()
    for place, entry in enumerate(entries):
        if entry[key] in seen:
            yield Complaint("body", (name, place, key), "unique", f"names {entry[key]} once more")
        seen.add(entry[key])


def _wrong(where: tuple[str | int, ...], spans: Sequence[tuple[str, str]]) -> Iterator[Complaint]:
    backwards = [place for place, (start, end) in enumerate(spans) if start >= end]
    for place in backwards:
        yield Complaint("body", (*where, place, "end"), "order", "must be later than start")
    if not backwards and any(left[1] > right[0] for left, right in pairwise(sorted(spans))):
        yield Complaint("body", where, "overlap", "must not overlap")


def _spans(day: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(span["start"], span["end"]) for span in day["hours"]] if day["enabled"] else ()
