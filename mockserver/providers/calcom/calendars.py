"""Connected calendars: connect, check, read, disconnect; knows what is in them, not what may be booked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.calendar import busy_rows
from mockserver.providers.calcom.choices import calendar_in, destination_of, selected_of
from mockserver.providers.calcom.consents import ask_consent, take_consent
from mockserver.providers.calcom.holdings import (
    CALENDAR_EVENT,
    CREDENTIAL,
    DESTINATION,
    SELECTED,
    done,
    drop,
    not_found,
    of_user,
    shown,
    user_id,
)
from mockserver.providers.calcom.people import me
from mockserver.providers.calcom.times import read_bound, read_datetime
from mockserver.scheduling.intervals import instant
from mockserver.world.clock import iso_milli_at
from mockserver.world.store import Row

APPS = {
    "google": ("google_calendar", "google-calendar", "Google Calendar"),
    "office365": ("office365_calendar", "office365-calendar", "Outlook Calendar"),
    "apple": ("apple_calendar", "apple-calendar", "Apple Calendar"),
    "ics": ("ics-feed_calendar", "ics-feed", "ICS Feed"),
}
TITLES = {type: (slug, title) for type, slug, title in APPS.values()}
CONSENT_PAGES = {
    "google": "https://accounts.google.com/o/oauth2/v2/auth",
    "office365": "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
}
_GUEST = ("email", "name", "responseStatus", "self", "optional", "host")
_LOADED = re.compile(r"calendarsToLoad\[(\d+)\]\[(credentialId|externalId)\]")


def list_calendars(exchange: Exchange) -> Reply:
    """The caller's connections with their calendars, and where bookings are written."""
    user = user_id(exchange)
    chosen = {(row.data["credentialId"], row.data["externalId"]) for row in selected_of(exchange, user)}
    connected = [_connected(row, chosen) for row in of_user(exchange, CREDENTIAL, user)]
    destination = destination_of(exchange, user)
    told = {
        "connectedCalendars": connected,
        "destinationCalendar": None if destination is None else shown(destination),
    }
    return reply_json(exchange, done(told))


def connect_calendar(exchange: Exchange) -> Reply:
    """Where the user is asked; the state in it is good for one connection."""
    params, calendar = exchange.params, exchange.params["calendar"]
    trial = bool(params.get("isDryRun"))
    state = ask_consent(exchange, user_id(exchange), calendar, back=params.get("redir"), trial=trial)
    query = urlencode({"response_type": "code", "client_id": f"understudy-{calendar}", "state": state})
    return reply_json(exchange, done({"authUrl": f"{CONSENT_PAGES[calendar]}?{query}"}))


def save_calendar(exchange: Exchange) -> Reply:
    """The way back from there: 400 for a state that nobody gave out, or that was used before."""
    calendar = exchange.params["calendar"]
    asked = take_consent(exchange, exchange.params["state"], calendar)
    if not asked["trial"]:
        user = exchange.store.get("calcom/user", asked["user"])
        address = user.data["email"] if user is not None else f"user-{asked['user']}@example.com"
        connect(exchange, asked["user"], calendar, [address])
    where = asked["back"] or "https://app.cal.com/apps/installed/calendar"
    return Reply(301, headers=[(b"location", where.encode("utf-8"))], content_type=b"")


def save_calendar_credentials(exchange: Exchange) -> Reply:
    """Connect with name and password."""
    connect(exchange, user_id(exchange), exchange.params["calendar"], [exchange.data["username"]])
    return reply_json(exchange, {"status": "success"})


def save_ics_feed(exchange: Exchange) -> Reply:
    """Connect feeds: a calendar for each address. What was saved before is replaced (assumed)."""
    asked = exchange.data
    row = connect(exchange, user_id(exchange), "ics", asked["urls"], read_only=asked.get("readOnly", True))
    return reply_row(exchange, row)


def check_calendar(exchange: Exchange) -> Reply:
    """400 where that calendar is not connected (assumed)."""
    return _check(exchange, exchange.params["calendar"])


def check_ics_feed(exchange: Exchange) -> Reply:
    """400 where no feed is connected (assumed)."""
    return _check(exchange, "ics")


def disconnect_calendar(exchange: Exchange) -> Reply:
    """Take a connection away, and with it what was chosen of it: 404 for one that is not the caller's."""
    user, store = user_id(exchange), exchange.store
    row = store.get(CREDENTIAL, exchange.data["id"])
    if row is None or row.data["userId"] != user or row.data["type"] != APPS[exchange.params["calendar"]][0]:
        raise not_found("credential")
    store.remove(CREDENTIAL, row.id)
    drop(exchange, [each for each in selected_of(exchange, user) if each.data["credentialId"] == row.id])
    destination = destination_of(exchange, user)
    if destination is not None and destination.data["credentialId"] == row.id:
        store.remove(DESTINATION, destination.id)
    return reply_row(exchange, row)


def get_calendar_event(exchange: Exchange) -> Reply:
    """An event of one of the caller's calendars."""
    return reply_row(exchange, _event(exchange))


def update_calendar_event(exchange: Exchange) -> Reply:
    """Change an event: 400 where it would end before it begins."""
    row, asked = _event(exchange), exchange.data
    data = {**row.data, **_known(asked, ("title", "description", "status"))}
    data |= {name: _known(asked[name], ("time", "timeZone")) for name in ("start", "end") if name in asked}
    if "attendees" in asked:
        data["attendees"] = [_known(person, _GUEST) for person in asked["attendees"]]
    if read_datetime(data["end"]["time"]) <= read_datetime(data["start"]["time"]):
        raise Refusal(400, "end-before-start", pointer=exchange.plan.pointer)
    return reply_row(exchange, exchange.store.put(CALENDAR_EVENT, row.id, data))


def _known(asked: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What is known of an object; the rest is passed over, as the API's validation does."""
    return {name: asked[name] for name in names if name in asked}


def list_busy_times(exchange: Exchange) -> Reply:
    """When the named calendars are busy, in order: by their events, and by bookings in the destination one.

    400 without a time zone or with bounds the wrong way round, 404 for a calendar that is not the caller's.
    """
    params, user = exchange.params, user_id(exchange)
    if not (params.get("timeZone") or params.get("loggedInUsersTz")):
        raise Refusal(400, "missing-time-zone", pointer=exchange.plan.pointer)
    now = instant(exchange.now)
    since = read_bound(params["dateFrom"], "dateFrom") if "dateFrom" in params else now
    until = read_bound(params["dateTo"], "dateTo", last=True) if "dateTo" in params else since + 86_400
    if until < since:
        raise Refusal(400, "end-before-start", pointer=exchange.plan.pointer)
    found = []
    destination = destination_of(exchange, user)
    for credential, calendar in _loaded(exchange):
        row = calendar_in(exchange, user, credential, calendar)
        source = TITLES.get(row.data["type"], ("", row.data["type"]))[0]
        for event in exchange.store.rows(CALENDAR_EVENT):
            if event.data.get("_credential") != credential or event.data.get("_calendar") != calendar:
                continue
            start, end = (instant(read_datetime(event.data[name]["time"])) for name in ("start", "end"))
            if event.data.get("status") != "cancelled" and start < until and end > since:
                found.append((start, end, source))
        if destination is not None and destination.data["externalId"] == calendar:
            busy = busy_rows(exchange.store, user, since, until, now)
            found += [(each.data["start"], each.data["end"], source) for each in busy]
    told = [
        {"start": iso_milli_at(start), "end": iso_milli_at(end), "source": source}
        for start, end, source in sorted(found)
    ]
    return reply_json(exchange, done(told))


def connect(
    exchange: Exchange, user: int, calendar: str, names: list[str], *, read_only: bool = False
) -> Row:
    """The connection of a user to those calendars; one that is there already is renewed."""
    store, (type, slug, _) = exchange.store, APPS[calendar]
    calendars = [
        {"externalId": name, "name": name, "primary": at == 0, "readOnly": read_only}
        for at, name in enumerate(names)
    ]
    for row in of_user(exchange, CREDENTIAL, user):
        if row.data["type"] == type and (calendar == "ics" or _first(row) == names[0]):
            return store.put(CREDENTIAL, row.id, {**row.data, "invalid": False, "_calendars": calendars})
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["credential"])
    data = {"id": id, "type": type, "userId": user, "teamId": None, "appId": slug, "invalid": False}
    row = store.insert(CREDENTIAL, id, {**data, "_calendars": calendars})
    # The first calendar that is connected makes its user busy (assumed).
    if not selected_of(exchange, user):
        chosen = {"userId": user, "integration": type, "externalId": names[0], "credentialId": id}
        store.insert(SELECTED, f"{id} {names[0]}", {"_id": f"{id} {names[0]}", **chosen})
    return row


def _first(row: Row) -> Any:
    calendars = row.data.get("_calendars") or [{}]
    return calendars[0].get("externalId")


def _check(exchange: Exchange, calendar: str) -> Reply:
    type = APPS[calendar][0]
    for row in of_user(exchange, CREDENTIAL, user_id(exchange)):
        if row.data["type"] == type and not row.data["invalid"]:
            return reply_json(exchange, {"status": "success"})
    raise Refusal(400, "calendar-not-connected", calendar=calendar, pointer=exchange.plan.pointer)


def _event(exchange: Exchange) -> Row:
    row = exchange.store.get(CALENDAR_EVENT, exchange.params["eventUid"])
    if row is None or row.data.get("_user") != me(exchange).id:
        raise not_found("calendar-event")
    return row


def _loaded(exchange: Exchange) -> list[tuple[int, str]]:
    """The calendars that a request names, by connection; 400 where one has no whole name."""
    named: dict[int, dict[str, str]] = {}
    for name, value in parse_qsl(exchange.query.decode("latin-1"), keep_blank_values=True):
        if match := _LOADED.fullmatch(name):
            named.setdefault(int(match[1]), {})[match[2]] = value
    try:
        return [(int(each["credentialId"]), each["externalId"]) for _, each in sorted(named.items())]
    except (KeyError, ValueError) as error:
        raise Refusal(400, "calendar-half-named", pointer=exchange.plan.pointer) from error


def _connected(row: Row, chosen: set[tuple[int, str]]) -> dict[str, Any]:
    type = row.data["type"]
    slug, title = TITLES.get(type, (type, type))
    calendars = [
        {
            **calendar,
            "integration": type,
            "email": calendar.get("email", calendar["externalId"]),
            "isSelected": (row.id, calendar["externalId"]) in chosen,
            "credentialId": row.id,
            "delegationCredentialId": None,
        }
        for calendar in row.data.get("_calendars", ())
    ]
    integration = {
        "type": type,
        "slug": slug,
        "title": title,
        "name": title,
        "description": f"Events of {title}.",
        "variant": "calendar",
        "category": "calendar",
        "categories": ["calendar"],
        "logo": f"/app-store/{slug}/icon.svg",
        "publisher": "Cal.com",
        "url": "https://cal.com/",
        "email": "help@cal.com",
        "installed": True,
        "dirName": slug,
        "locationOption": None,
    }
    told: dict[str, Any] = {
        "integration": integration,
        "credentialId": row.id,
        "delegationCredentialId": None,
        "calendars": calendars,
    }
    if calendars:
        told["primary"] = calendars[0]
    return told
