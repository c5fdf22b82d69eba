"""The documents that servers are compared on, and the four requests that each is asked; knows no server.

The generated ones have rows of one kind and operations that nobody calls. Cal.com's is ours (`specs/calcom`),
made one file for those who read one, and what is asked of it is what a host asks: the next meetings, one of
them, to book one.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from benchmarks.documents import write_document
from benchmarks.load import Ask
from benchmarks.peers.servers import CALL, PLENTY, REFUSED, SOURCES
from mockserver.openapi.document import open_document

CALCOM = "calcom"
METHODS = {"get", "put", "post", "patch", "delete"}
# The dated version that each request names, as Cal.com wants it.
READS_LIST, READS_ONE = {"cal-api-version": "2026-05-01"}, {"cal-api-version": "2026-02-25"}
BOOKINGS = "/v2/bookings?status=upcoming&limit=10"
# Ana's office hours, of which an intro takes half an hour.
ZONE, FIRST, EACH_DAY = "Europe/Berlin", datetime(2027, 1, 4, 9), 16
EVENT_TYPE = 7

Furnish = Callable[[str], tuple[Ask, ...]]
Replies = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A document, and what is asked of it.

    `furnish` prepares a mock at an address and gives the requests; `document` is the file for the other
    servers, from what the mock answered. `note` says what a reader of the table has to know.
    """

    name: str
    title: str
    served: Sequence[str]
    operations: Mapping[str, str]
    needs: Mapping[str, str]
    furnish: Furnish
    document: Callable[[Replies], Path]
    note: str = ""


def subject(name: str, folder: Path) -> Subject:
    """The one of that name: a number of operations, or `calcom`. ValueError for any other."""
    if name == CALCOM:
        return calcom(folder)
    if not name.isdecimal() or int(name) < 4 or int(name) % 4:
        raise ValueError(f"{name!r} is no document: {CALCOM}, or a number of operations that four divides")
    return things(folder, int(name))


# Generated


def things(folder: Path, operations: int) -> Subject:
    """A generated document of that many operations, with 25 rows."""
    path = write_document(folder, operations)
    slug = path.stem
    return Subject(
        str(operations),
        f"{operations} operations",
        (str(path), "--data", "empty"),
        {"list": "list-thing", "get": "read-thing", "post": "create-thing"},
        {"$.phoneNumber": "\\+[1-9][0-9]{6,14}", "$.email": ".+@.+", "$.fullName": ".+"},
        lambda url: furnish_things(url, slug),
        lambda _: path,
    )


def furnish_things(url: str, slug: str) -> tuple[Ask, ...]:
    """Give a mock a token with a quota that load does not use up, and 25 rows; the requests."""
    token = minted(url, slug)
    rows = [
        call(url, "POST", "/v2/things", token, body={**CALL, "note": str(number)}) for number in range(25)
    ]
    return (
        Ask("list", "GET", "/v2/things?count=10", token),
        Ask("get", "GET", f"/v2/things/{rows[0]['id']}", token),
        Ask("post", "POST", "/v2/things", token, _json(CALL)),
        Ask("refused", "POST", "/v2/things", token, _json(REFUSED)),
    )


# Cal.com


def calcom(folder: Path) -> Subject:
    """Cal.com as it is in `specs`, with the data that it begins with."""
    data = open_document(SOURCES / "specs" / CALCOM / "openapi.yaml").data
    count = sum(len(METHODS & item.keys()) for item in data["paths"].values())
    operations = {"list": "listBookings", "get": "getBooking", "post": "createBooking"}
    return Subject(
        CALCOM,
        f"Cal.com, {count} operations",
        (CALCOM,),
        operations,
        {"$.start": "[0-9-]+T[0-9:]+Z", "$.eventTypeId": "[0-9]+", "$.attendee.timeZone": ".+"},
        furnish_calcom,
        lambda replies: write_calcom(folder, data, operations, replies),
        note=(
            "The list is of the next meetings of a host. Each valid POST books half an hour of her office "
            "hours that nobody has yet, so Understudy reckons whether she is free, and each refused one says "
            "nothing of the attendee's time zone. Nobody has subscribed to webhooks. The other servers read "
            "our document as one file, with Understudy's answers as its examples."
        ),
    )


def furnish_calcom(url: str) -> tuple[Ask, ...]:
    """Give a mock a token with a quota that load does not use up, take subscriptions away; the requests."""
    token = minted(url, CALCOM)
    for place in ("/v2/webhooks", f"/v2/event-types/{EVENT_TYPE}/webhooks"):
        for each in call(url, "GET", place, token)["data"]:
            call(url, "DELETE", f"{place}/{each['id']}", token)
    bookings = call(url, "GET", BOOKINGS, token, headers=READS_LIST)["data"]
    return booking_asks(token, bookings[0]["uid"])


def booking_asks(token: str, uid: str) -> tuple[Ask, ...]:
    """The four requests, one of them for the booking of that uid."""
    refused = orjson.loads(booking(0))
    del refused["attendee"]["timeZone"]
    return (
        Ask("list", "GET", BOOKINGS, token, headers=READS_LIST),
        Ask("get", "GET", f"/v2/bookings/{uid}", token, headers=READS_ONE),
        Ask("post", "POST", "/v2/bookings", token, booking(0), READS_ONE, lambda number: booking(number + 1)),
        Ask("refused", "POST", "/v2/bookings", token, _json(refused), READS_ONE),
    )


def booking(number: int) -> str:
    """A valid body: of all half hours in the office hours of working days, that one."""
    days, half = divmod(number, EACH_DAY)
    weeks, weekday = divmod(days, 5)
    wall = FIRST + timedelta(days=7 * weeks + weekday, minutes=30 * half)
    start = wall.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    return _json(
        {
            "start": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "eventTypeId": EVENT_TYPE,
            "attendee": {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"},
        }
    )


def write_calcom(folder: Path, data: Any, operations: Mapping[str, str], replies: Replies) -> Path:
    """The document in one file, its examples being what the mock answered; its path."""
    made = orjson.loads(orjson.dumps(data))
    names = {operation: name for name, operation in operations.items()}
    for item in made["paths"].values():
        for method in METHODS & item.keys():
            name = names.get(item[method]["operationId"])
            if name is not None:
                reply = replies[name]
                content = item[method]["responses"][str(reply["status"])]["content"]["application/json"]
                content.pop("examples", None)
                content["example"] = orjson.loads(reply["body"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{CALCOM}.json"
    path.write_bytes(orjson.dumps(made))
    return path


# Requests


def minted(url: str, slug: str) -> str:
    """A token for everything whose quota load does not use up: the quota is counted all the same."""
    return str(call(url, "POST", "/_mock/tokens", body={"provider": slug, "quota": PLENTY})["token"])


def call(
    url: str,
    method: str,
    path: str,
    token: str = "",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """One request; the value of its answer. HTTPError where it is refused."""
    fields = {"Content-Type": "application/json", **(headers or {})}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    content = None if body is None else orjson.dumps(body)
    request = urllib.request.Request(url + path, content, fields, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return orjson.loads(answer.read())


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
