"""Clients of Cal.com: dated versions, both ways of paging, OAuth, quotas of guests, signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contracts.consumer.playing import Played
from tests.quality.clients.api import Answer, Api, GaveUp, Pair, Polite

CURSORS, OFFSETS, SLOTS = "2026-05-01", "2024-08-13", "2024-09-04"
INTRO, BOOKING = 7, "bk_7QxV2mPz9LrT"
HOOK = "https://hooks.example.com/agenda"
SECRET = "what-only-we-know"
APP = {"client_id": "app_confidential", "client_secret": "not-a-real-client-secret"}
BACK = "https://app.example.com/callback"
SIGNS = {"accepted": "+", "pending": "?", "cancelled": "-", "rejected": "-"}


class Cal(Polite):
    """A well behaved client that says which version it was written for."""

    def __init__(self, mock: Played, version: str = OFFSETS) -> None:
        super().__init__(mock)
        self.speak(version)

    def speak(self, version: str) -> None:
        """Ask in that version from now on; "" for none."""
        self.extra = {**self.extra, "cal-api-version": version} if version else self.extra


class Hasty(Cal):
    """The same without manners: what got no answer is asked again."""

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        for _ in range(3):
            try:
                return Api.ask(self, method, target, body, **query)
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(1)
        raise GaveUp("no answer")


def all_bookings(mock: Played) -> Iterator[dict[str, Any]]:
    """Every booking, by cursors."""
    api, query, seen = Cal(mock, CURSORS), dict[str, str](), set[str]()
    while True:
        body = api.get("/bookings", **query)
        yield from body["data"]
        cursor = body["pagination"]["nextCursor"]
        if not cursor:
            return
        if cursor in seen:
            raise GaveUp("the pages go round in circles")
        seen.add(cursor)
        query = {"cursor": cursor}


def first_fifty(mock: Played) -> None:
    assert Cal(mock, CURSORS).get("/bookings")["data"] is not None


def by_cursors(mock: Played) -> None:
    rows = [row["uid"] for row in all_bookings(mock)]
    assert len(rows) == len(set(rows))


def with_the_former_version(mock: Played) -> None:
    """Reads the new pages of answers in the old form: there is no cursor, so that was all."""
    api, query = Cal(mock, OFFSETS), dict[str, str]()
    while True:
        cursor = api.get("/bookings", **query)["pagination"].get("nextCursor")
        if not cursor:
            return
        query = {"cursor": cursor}


def without_a_version(mock: Played) -> None:
    Cal(mock, "").get("/bookings")


def by_offsets(mock: Played, first: int, take: int = 5) -> None:
    """All bookings by take and skip, where the client counts pages itself."""
    api, page, found = Cal(mock, OFFSETS), first, set[str]()
    while True:
        body = api.get("/bookings", take=take, skip=page * take)
        found |= {row["uid"] for row in body["data"]}
        page += 1
        if not body["pagination"]["hasNextPage"]:
            break
    assert len(found) == body["pagination"]["totalItems"], "some were not seen"


def says_three_states(mock: Played) -> None:
    for row in all_bookings(mock):
        assert {"accepted": "+", "pending": "?", "cancelled": "-"}[row["status"]]


def says_states(mock: Played) -> None:
    for row in all_bookings(mock):
        assert SIGNS[row["status"]]


def joins(mock: Played) -> None:
    for row in all_bookings(mock):
        assert row["meetingUrl"] is not None


def joins_if_there(mock: Played) -> None:
    for row in all_bookings(mock):
        assert "meetingUrl" not in row or row["meetingUrl"] != 0


def _free(mock: Played, api: Cal) -> str | None:
    """The first free slot of the days to come."""
    api.speak(SLOTS)
    day = mock.now.date() + timedelta(days=2)
    span = {"start": day.isoformat(), "end": (day + timedelta(days=4)).isoformat()}
    found = api.get("/slots", eventTypeId=INTRO, **span)["data"]
    api.speak(OFFSETS)
    return next((slot["start"] for day in sorted(found) for slot in found[day]), None)


def _booking(start: str) -> dict[str, Any]:
    attendee = {"name": "Nora Lind", "email": "nora.lind@example.org", "timeZone": "Europe/Berlin"}
    return {"eventTypeId": INTRO, "start": start, "attendee": attendee}


def books(mock: Played, api: Cal, *, offset: bool = True, silent: bool = False) -> None:
    """The first free slot. Where it is gone by then Cal.com says 400, and a silent client nothing."""
    if (slot := _free(mock, api)) is None:
        return
    status = api.ask("POST", "/bookings", _booking(slot if offset else slot[:19])).status
    if status != 201 and not (silent and status == 400):
        raise GaveUp(str(status))
    assert _booked(mock), "somebody else has the slot"


def _booked(mock: Played) -> bool:
    return any(
        each.operation == "createBooking" and each.status == 201 and b"mock-meanwhile" not in each.headers
        for each in mock.exchanges
    )


PEOPLE = [f"guest-{number}@example.org" for number in range(7)]


def _invited(mock: Played) -> set[str]:
    rows = [row for row in mock.state("booking") if row["uid"] == BOOKING]
    return {each["email"] for row in rows for each in row.get("_guests", row.get("attendees", ()))} | {
        email for row in rows for email in row.get("guests", ())
    }


def invites_one_by_one(mock: Played) -> None:
    """More requests than are allowed in a minute, and what comes of the last ones is not looked at."""
    api = Hasty(mock)
    for email in PEOPLE:
        status = api.ask("POST", f"/bookings/{BOOKING}/guests", {"guests": [{"email": email}]}).status
        if status not in (200, 429):
            raise GaveUp(str(status))
    assert _invited(mock) >= set(PEOPLE), "somebody was not invited"


def invites_together(mock: Played) -> None:
    guests = [{"email": email} for email in PEOPLE]
    if (status := Cal(mock).ask("POST", f"/bookings/{BOOKING}/guests", {"guests": guests}).status) != 200:
        raise GaveUp(str(status))
    assert _invited(mock) >= set(PEOPLE)


class LoggedOut(Exception):
    """The user has to log in again, and wonders why."""


class Session(Api):
    """Acts for a user by OAuth: changes a code for tokens, and those for new ones when they run out."""

    def __init__(self, mock: Played, *, keeps_new_ones: bool) -> None:
        super().__init__(mock)
        self._keeps_new_ones = keeps_new_ones
        self._mock = mock
        self._since = datetime.min.replace(tzinfo=UTC)
        target = (
            f"/v2/auth/oauth2/authorize?client_id={APP['client_id']}&redirect_uri={BACK}"
            "&response_type=code&scope=PROFILE_READ&state=1"
        )
        # What the user does in a browser, of which the client is told by its own address.
        told = mock.mock.call("GET", target, persona="owner").headers["location"]
        code = parse_qs(urlsplit(told).query)["code"][0]
        body = self._tokens({"grant_type": "authorization_code", "code": code, "redirect_uri": BACK})
        self.token, self._refresh = body["access_token"], body["refresh_token"]

    def _tokens(self, wanted: Mapping[str, str]) -> Any:
        answer = self._once("POST", "/auth/oauth2/token", {**APP, **wanted})
        # A refresh token lasts for thirty days.
        if answer.status == 400 and self._mock.now - self._since < timedelta(days=30):
            raise LoggedOut
        if answer.status != 200:
            raise GaveUp(str(answer.status))
        self._since = self._mock.now
        return answer.json

    def _once(self, method: str, target: str, body: Any, **query: Any) -> Answer:
        try:
            return super().ask(method, target, body, **query)
        except (OSError, http.client.HTTPException) as error:
            raise GaveUp("no answer") from error

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        answer = self._once(method, target, body, **query)
        if answer.status != 401:
            return answer
        told = self._tokens({"grant_type": "refresh_token", "refresh_token": self._refresh})
        self.token = told["access_token"]
        if self._keeps_new_ones:
            self._refresh = told["refresh_token"]
        return self._once(method, target, body, **query)


def looks_for_hours(mock: Played, *, keeps_new_ones: bool) -> None:
    """A worker that looks now and then, for longer than a token lasts, twice."""
    session = Session(mock, keeps_new_ones=keeps_new_ones)
    for _ in range(3):
        session.get("/me")
        time.sleep(1_900)


Taking = Callable[[Mapping[str, str], bytes], bool]


def checks_what_it_read(headers: Mapping[str, str], body: bytes) -> bool:
    """Signs what it has read and written anew: other spaces, other letters."""
    return _signed(json.dumps(json.loads(body)).encode()) == headers.get("X-Cal-Signature-256")


def checks_what_came(headers: Mapping[str, str], body: bytes) -> bool:
    return hmac.compare_digest(_signed(body), headers.get("X-Cal-Signature-256", ""))


def checks_that_it_is_there(headers: Mapping[str, str], body: bytes) -> bool:
    return "X-Cal-Signature-256" in headers


def _signed(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def agenda(mock: Played, checks: Taking, *, remembers: bool = True) -> None:
    """Keeps an agenda by webhooks: one booking is made and cancelled."""
    owner = mock.mock
    hook = {"subscriberUrl": HOOK, "triggers": ["BOOKING_CREATED", "BOOKING_CANCELLED"], "active": True}
    made = owner.call("POST", "/v2/webhooks", persona="owner", json={**hook, "secret": SECRET})
    assert made.status == 201, made
    day = (mock.now + timedelta(days=2)).date()
    version = {"cal-api-version": OFFSETS}
    for hour in range(6, 15):
        answer = owner.call(
            "POST", "/v2/bookings", json=_booking(f"{day}T{hour:02}:00:00Z"), headers=version, persona="owner"
        )
        if answer.status == 201:
            break
    else:
        return
    uid = answer.json["data"]["uid"]
    owner.call("POST", f"/v2/bookings/{uid}/cancel", json={}, headers=version, persona="owner")
    seen: list[tuple[str, str]] = []

    def take(headers: Mapping[str, str], body: bytes) -> int:
        if not checks(headers, body):
            return 401
        told = json.loads(body)
        key = (told["triggerEvent"], told["payload"]["uid"])
        if not remembers or key not in seen:
            seen.append(key)
        return 200

    mock.deliver(take, to=HOOK)
    assert len([event for event, _ in seen if event == "BOOKING_CREATED"]) <= 1, "counted twice"


PAIRS = (
    Pair("takes-fifty-for-all", "calcom", first_fifty, by_cursors, ("pages",)),
    Pair("reads-cursors-of-the-former-version", "calcom", with_the_former_version, by_cursors, ("pages",)),
    Pair("names-no-version", "calcom", without_a_version, by_cursors, ("valid-requests",)),
    Pair(
        "skips-the-first-page",
        "calcom",
        lambda m: by_offsets(m, 1),
        lambda m: by_offsets(m, 0),
        ("survives", "pages"),
    ),
    Pair("knows-three-of-four-states", "calcom", says_three_states, says_states, ("survives",)),
    Pair("fails-without-a-meeting-url", "calcom", joins, joins_if_there, ("survives",)),
    Pair(
        "books-again-after-silence",
        "calcom",
        lambda m: books(m, Hasty(m)),
        lambda m: books(m, Cal(m)),
        ("safe-writes",),
    ),
    Pair(
        "books-without-an-offset",
        "calcom",
        lambda m: books(m, Cal(m), offset=False),
        lambda m: books(m, Cal(m)),
        ("valid-requests",),
    ),
    Pair(
        "does-not-look-at-400",
        "calcom",
        lambda m: books(m, Cal(m), silent=True),
        lambda m: books(m, Cal(m)),
        ("survives",),
    ),
    Pair(
        "invites-one-by-one",
        "calcom",
        invites_one_by_one,
        invites_together,
        ("survives", "waits", "safe-writes"),
    ),
    Pair(
        "keeps-its-first-refresh-token",
        "calcom",
        lambda m: looks_for_hours(m, keeps_new_ones=False),
        lambda m: looks_for_hours(m, keeps_new_ones=True),
        ("survives",),
    ),
    Pair(
        "signs-what-it-has-read",
        "calcom",
        lambda m: agenda(m, checks_what_it_read),
        lambda m: agenda(m, checks_what_came),
        ("webhooks",),
    ),
    Pair(
        "looks-whether-it-is-signed",
        "calcom",
        lambda m: agenda(m, checks_that_it_is_there),
        lambda m: agenda(m, checks_what_came),
        ("webhooks",),
    ),
    Pair(
        "counts-a-repeated-booking-twice",
        "calcom",
        lambda m: agenda(m, checks_what_came, remembers=False),
        lambda m: agenda(m, checks_what_came),
        ("survives",),
    ),
)
