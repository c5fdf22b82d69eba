"""Writes one event as an iCalendar file (RFC 5545); knows the format, no bookings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

_LINE: Final = 75  # octets


def calendar_file(
    *,
    uid: str,
    title: str,
    description: str,
    location: str,
    start: datetime,
    end: datetime,
    stamp: datetime,
    organizer: tuple[str, str] | None,
    attendees: Iterable[tuple[str, str]],
    cancelled: bool = False,
) -> str:
    """A calendar with this one event; people are names and addresses, lines end in CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Understudy//Cal.com//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{escaped(uid)}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(start)}",
        f"DTEND:{_utc(end)}",
        f"SUMMARY:{escaped(title)}",
    ]
    if description:
        lines.append(f"DESCRIPTION:{escaped(description)}")
    if location:
        lines.append(f"LOCATION:{escaped(location)}")
    if organizer is not None:
        lines.append(f"ORGANIZER;CN={_quoted(organizer[0])}:mailto:{organizer[1]}")
    lines += [f"ATTENDEE;CN={_quoted(name)};RSVP=TRUE:mailto:{email}" for name, email in attendees]
    lines += [f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}", "END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """A text value, with what separates values escaped and other control characters left out."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return _plain(text)


def folded(line: str) -> str:
    """A line, broken so that none has more than 75 octets, and no character is torn apart."""
    parts, part, size = [], "", 0
    for letter in line:
        octets = len(letter.encode("utf-8", "replace"))
        if size + octets > _LINE:
            parts.append(part)
            part, size = " ", 1
        part += letter
        size += octets
    return "\r\n".join([*parts, part])


def _quoted(text: str) -> str:
    return '"' + _plain(text.replace('"', "'").replace("\n", " ").replace("\r", " ")) + '"'


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter == "\t" or (letter >= " " and letter != "\x7f"))


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
