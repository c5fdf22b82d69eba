"""Clients that read wrongly: lists, nulls, enumerations, times, errors, what others change meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.consumer.playing import Played
from tests.quality.clients.api import EVENT, Api, GaveUp, Pair, Polite, cursors, mine, pages

BERLIN = ZoneInfo("Europe/Berlin")
SIGNS = {"confirmed": "+", "active": "+", "cancelled": "-"}


def events(mock: Played) -> list[dict[str, Any]]:
    return list(pages(Polite(mock), "/scheduled-events"))


def first_page(mock: Played) -> None:
    assert Polite(mock).get("/scheduled-events")["collection"] is not None


def first_cursor(mock: Played) -> None:
    assert Polite(mock).get("/leads")["leads"] is not None


def all_leads(mock: Played) -> None:
    found = {lead["id"] for lead in cursors(Polite(mock), "/leads", "leads")}
    assert len(found) <= len(mock.state("lead"))


def whirl(mock: Played) -> None:
    api = Polite(mock)
    query: dict[str, str] = {}
    while True:
        cursor = api.get("/leads", **query)["nextCursor"]
        if not cursor:
            return
        query = {"cursor": cursor}


def whole(mock: Played) -> None:
    assert len(events(mock)) == len(mine(mock))


def shouts_names(mock: Played) -> None:
    for lead in cursors(Polite(mock), "/leads", "leads"):
        lead["name"].upper()


def says_names(mock: Played) -> None:
    for lead in cursors(Polite(mock), "/leads", "leads"):
        (lead["name"] or lead["email"]).upper()


def greets(mock: Played) -> None:
    for row in events(mock):
        for invitee in row["invitees"]:
            assert "Dear " + (invitee["salutation"] or "") + invitee["fullName"].split()[0]


def greets_anybody(mock: Played) -> None:
    for row in events(mock):
        for invitee in row["invitees"]:
            assert "Dear " + (invitee["salutation"] or "") + (invitee["fullName"].split() or ["guest"])[0]


def knows_two(mock: Played) -> None:
    for row in events(mock):
        assert {"confirmed": "+", "cancelled": "-"}[row["status"]]


def knows_all(mock: Played) -> None:
    for row in events(mock):
        assert SIGNS[row["status"]]


def knows_more(mock: Played) -> None:
    for row in events(mock):
        assert SIGNS.get(row["status"], "?")


def next_event(mock: Played) -> None:
    assert events(mock)[0]["title"] is not None


def next_event_if_any(mock: Played) -> None:
    assert all(row["title"] is not None for row in events(mock)[:1])


def latin(mock: Played) -> None:
    for row in events(mock):
        row["title"].encode("latin-1")


def unicode(mock: Played) -> None:
    for row in events(mock):
        row["title"].encode()


def short_column(mock: Played) -> None:
    for row in events(mock):
        if len(row["title"]) > 255:
            raise OverflowError("value too long for type character varying(255)")


def cut_column(mock: Played) -> None:
    assert all(len(row["title"][:255]) <= 255 for row in events(mock))


def joins(mock: Played) -> None:
    for row in events(mock):
        row["location"]["joinUrl"].startswith("https://")


def joins_if_there(mock: Played) -> None:
    for row in events(mock):
        location = row["location"] or {}
        (location.get("joinUrl") or "").startswith("https://")


def only_known(mock: Played) -> None:
    for row in events(mock):
        unknown = set(row["hosts"][0]) - {"firstName", "lastName", "email", "slug", "url", "avatarUrl"}
        if unknown or "understudyUnknownField" in row:
            raise TypeError(f"__init__() got unexpected keyword arguments {unknown}")


def utc_days(mock: Played) -> None:
    _days(mock, lambda when: when.date().isoformat())


def local_days(mock: Played) -> None:
    _days(mock, lambda when: when.astimezone(BERLIN).date().isoformat())


def _days(mock: Played, day: Any) -> None:
    """A calendar by days, for people in Berlin."""
    for row in events(mock):
        when = datetime.fromisoformat(row["startTime"].replace("Z", "+00:00"))
        assert day(when) == when.astimezone(BERLIN).strftime("%Y-%m-%d")


def _slot(mock: Played) -> tuple[str, str] | None:
    day = (mock.now.astimezone(BERLIN) + timedelta(days=4)).date()
    body = Polite(mock).get(
        "/availability/alex-mueller/event-types/intro-30",
        startDate=day.isoformat(),
        endDate=(day + timedelta(days=4)).isoformat(),
        timeZone="Europe/Berlin",
    )
    for each in body["availability"]:
        if each["slots"]:
            return each["date"], each["slots"][0]
    return None


def _right(date: str, slot: str) -> datetime:
    return datetime.fromisoformat(f"{date}T{slot}").replace(tzinfo=BERLIN).astimezone(UTC)


def slots_as_utc(mock: Played) -> None:
    if (found := _slot(mock)) is None:
        return
    date, slot = found
    assert datetime.fromisoformat(f"{date}T{slot}").replace(tzinfo=UTC) == _right(date, slot)


def slots_by_todays_offset(mock: Played) -> None:
    if (found := _slot(mock)) is None:
        return
    date, slot = found
    offset = mock.now.astimezone(BERLIN).utcoffset()
    assert datetime.fromisoformat(f"{date}T{slot}").replace(tzinfo=UTC) - offset == _right(date, slot)


def slots_by_zone(mock: Played) -> None:
    if (found := _slot(mock)) is None:
        return
    date, slot = found
    assert datetime.fromisoformat(f"{date}T{slot}").replace(tzinfo=BERLIN) == _right(date, slot)


def _kept(mock: Played, gone: tuple[int, ...]) -> None:
    """A copy of an event is dropped where the event is gone, and only there."""
    answer = Polite(mock).ask("GET", f"/scheduled-events/{EVENT}")
    if answer.status in gone:
        assert all(row["uuid"] != EVENT for row in mock.state("event")), "dropped what is there"
    elif answer.status != 200:
        raise GaveUp(str(answer.status))


def notes(mock: Played, api: Api, *, skip: bool) -> None:
    """The notes of an event; nothing may be missing without a word."""
    found = 0
    rows = [row["uuid"] for row in pages(api, "/scheduled-events") if row["uuid"] == EVENT]
    for uuid in rows:
        try:
            found += api.get(f"/scheduled-events/{uuid}/notes")["pagination"]["total"]
        except GaveUp:
            if not skip:
                raise
    assert found == sum(row["_event"] in rows for row in mock.state("note")), "some notes were dropped"


def empty_on_error(mock: Played) -> None:
    """Whatever is not 200 is nothing: the local calendar is emptied when the provider is down."""
    answer = Polite(mock).ask("GET", f"/scheduled-events/{EVENT}/notes")
    found = answer.json["collection"] if answer.status == 200 else []
    assert len(found) == sum(row["_event"] == EVENT for row in mock.state("note"))


def says_errors(mock: Played) -> None:
    found = Polite(mock).get(f"/scheduled-events/{EVENT}/notes")["collection"]
    assert len(found) == sum(row["_event"] == EVENT for row in mock.state("note"))


def first_type(mock: Played) -> None:
    rows = Polite(mock).get("/event-types")["collection"]
    if rows:
        assert rows[0]["slug"] == "intro-30"


def type_by_name(mock: Played) -> None:
    rows = list(pages(Polite(mock), "/event-types"))
    assert not rows or any(row["slug"] == "intro-30" for row in rows)


def opens_each(mock: Played, *, careful: bool) -> None:
    """A list, then each of its rows: one may be gone by then."""
    api = Polite(mock)
    rows = [row["uuid"] for row in pages(api, "/scheduled-events")][:2]
    for uuid in rows:
        answer = api.ask("PUT", f"/scheduled-events/{uuid}/cancel", {"cancellationReason": "Ill"})
        if answer.status == 409 and careful:
            continue
        if answer.status >= 400 and answer.status != 409:
            raise GaveUp(str(answer.status))
        assert answer.json["success"] is True


def from_page_one(mock: Played) -> None:
    _appointments(mock, 1)


def from_page_zero(mock: Played) -> None:
    _appointments(mock, 0)


def _appointments(mock: Played, page: int) -> None:
    """All appointments, by pages that a client counts itself."""
    api = Polite(mock)
    found: set[str] = set()
    while True:
        body = api.get("/appointment/paginated", page=page)
        found |= {row["id"] for row in body["appointments"]}
        page += 1
        if len(found) >= body["total"] or not body["appointments"]:
            break
    assert len(found) == body["total"], "some were not seen"


PAIRS = (
    Pair("stops-at-the-first-page", "zeeg", first_page, whole, ("pages",)),
    Pair("stops-at-the-first-cursor", "caledee", first_cursor, all_leads, ("pages",)),
    Pair("loops-on-a-repeated-cursor", "caledee", whirl, all_leads, ("pages", "ends"), deviations=True),
    Pair("fails-on-a-null-name", "caledee", shouts_names, says_names, ("survives",)),
    Pair("fails-on-an-empty-name", "zeeg", greets, greets_anybody, ("survives",)),
    Pair("knows-two-of-three-statuses", "zeeg", knows_two, knows_all, ("survives",)),
    Pair("fails-on-an-unknown-status", "zeeg", knows_all, knows_more, ("survives",), deviations=True),
    Pair("fails-on-an-empty-list", "zeeg", next_event, next_event_if_any, ("survives",)),
    Pair("writes-latin-1", "zeeg", latin, unicode, ("survives",)),
    Pair("has-a-short-column", "zeeg", short_column, cut_column, ("survives",)),
    Pair("fails-without-a-location", "zeeg", joins, joins_if_there, ("survives",)),
    Pair("refuses-unknown-fields", "zeeg", only_known, knows_more, ("survives",), deviations=True),
    Pair("counts-days-in-utc", "zeeg", utc_days, local_days, ("survives",)),
    Pair("reads-local-times-as-utc", "zeeg", slots_as_utc, slots_by_zone, ("survives",)),
    Pair("loses-the-hour", "zeeg", slots_by_todays_offset, slots_by_zone, ("survives",)),
    Pair(
        "takes-403-for-404",
        "zeeg",
        lambda m: _kept(m, (403, 404)),
        lambda m: _kept(m, (404,)),
        ("survives",),
    ),
    Pair(
        "drops-errors-in-the-middle",
        "zeeg",
        lambda m: notes(m, Polite(m), skip=True),
        lambda m: notes(m, Polite(m), skip=False),
        ("survives",),
    ),
    Pair("takes-errors-for-nothing", "zeeg", empty_on_error, says_errors, ("survives",)),
    Pair("trusts-the-order", "zeeg", first_type, type_by_name, ("survives", "pages")),
    Pair(
        "fails-when-somebody-was-first",
        "zeeg",
        lambda m: opens_each(m, careful=False),
        lambda m: opens_each(m, careful=True),
        ("survives",),
    ),
    Pair("begins-at-page-one", "meetergo", from_page_one, from_page_zero, ("survives", "pages")),
)
