"""What hangs on a booking: calendar links, references, recordings, transcripts, sessions; changes nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.ics import calendar_file
from mockserver.providers.calcom.records import managed
from mockserver.providers.calcom.times import read_datetime
from mockserver.scheduling.intervals import instant, moment
from mockserver.world.store import Row

_HOUR = 3600


def get_calendar_links(exchange: Exchange) -> Reply:
    """Links that put a booking into calendars; that for ICS is the file itself."""
    data = managed(exchange).data
    start, stop = moment(data["_at"]), moment(data["_until"])
    title, about, place = data["title"], data["description"], data["location"]
    stretch = f"{start:%Y%m%dT%H%M%SZ}/{stop:%Y%m%dT%H%M%SZ}"
    google = {"dates": stretch, "text": title, "details": about, "location": place}
    outlook = {
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{stop:%Y-%m-%dT%H:%M:%SZ}",
        "subject": title,
        "body": about,
        "location": place,
        "path": "/calendar/action/compose",
        "rru": "addevent",
    }
    hosts = data["hosts"]
    people = [(person["name"], person["email"]) for person in data["attendees"]]
    file = calendar_file(
        uid=data["icsUid"],
        title=title,
        description=about,
        location=place,
        start=start,
        end=stop,
        stamp=read_datetime(data["createdAt"]),
        organizer=(hosts[0]["name"], hosts[0]["email"]) if hosts else None,
        attendees=[*people, *((email, email) for email in data.get("guests", ()))],
        cancelled=data["status"] in ("cancelled", "rejected"),
    )
    told = [
        {
            "label": "Google Calendar",
            "link": f"https://calendar.google.com/calendar/r/eventedit?{urlencode(google)}",
        },
        {
            "label": "Microsoft Office",
            "link": f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
        },
        {
            "label": "Microsoft Outlook",
            "link": f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
        },
        {"label": "ICS", "link": f"data:text/calendar,{quote(file, safe='')}"},
    ]
    return reply_json(exchange, {"status": "success", "data": told})


def get_booking_references(exchange: Exchange) -> Reply:
    """The booking in other systems: its room at Cal Video where it has one, and what is kept of calendars."""
    row = managed(exchange)
    data, kind = row.data, exchange.params.get("type")
    told = list(data.get("_references", ()))
    if _in_cal_video(row):
        room = {"type": "daily_video", "eventUid": f"room-{data['id']}", "destinationCalendarId": None}
        told.append({"id": 2 * data["id"], **room})
    told = [each for each in told if kind is None or each["type"] == kind]
    return reply_json(exchange, {"status": "success", "data": told})


def get_recordings(exchange: Exchange) -> Reply:
    """What was recorded of a meeting that took place at Cal Video."""
    row = managed(exchange)
    told = [
        {**each, "downloadLink": _link(exchange, f"recordings/{each['id']}")}
        for each in row.data.get("_recordings", ())
    ]
    return reply_json(exchange, {"status": "success", "data": told})


def get_transcripts(exchange: Exchange) -> Reply:
    """Links to what was written down of a meeting; each is good for an hour."""
    row = managed(exchange)
    told = [_link(exchange, f"transcripts/{each}") for each in row.data.get("_transcripts", ())]
    return reply_json(exchange, {"status": "success", "data": told})


def get_conferencing_sessions(exchange: Exchange) -> Reply:
    """The times that people were in the room of a meeting at Cal Video."""
    return reply_json(
        exchange, {"status": "success", "data": list(managed(exchange).data.get("_sessions", ()))}
    )


def video_past(data: dict[str, Any]) -> dict[str, Any]:
    """What a meeting that took place at Cal Video leaves behind, as private fields of its row."""
    number, start, length = data["id"], data["_at"], 60 * data["duration"]
    recording = {
        "id": f"rec-{number}",
        "roomName": f"room-{number}",
        "startTs": start,
        "status": "finished",
        "maxParticipants": 2,
        "duration": length,
        "shareToken": f"share-{number}",
    }
    people = [
        {"userId": None, "userName": person["name"], "joinTime": start, "duration": length}
        for person in [*data["hosts"], *data["attendees"]]
    ]
    session = {
        "id": f"ses-{number}",
        "room": f"room-{number}",
        "startTime": start,
        "duration": length,
        "ongoing": False,
        "maxParticipants": len(people),
        "participants": people,
    }
    return {"_recordings": [recording], "_transcripts": [f"{number}"], "_sessions": [session]}


def _in_cal_video(row: Row) -> bool:
    return str(row.data["location"]).startswith("https://video.example.com/")


def _link(exchange: Exchange, name: str) -> str:
    return f"https://video.example.com/{name}?expires={instant(exchange.now) + _HOUR}"
