"""Clients that book and receive: twice, into taken slots, forged, repeated, out of order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contracts.consumer.playing import Played
from tests.quality.clients.api import Api, GaveUp, Pair, Polite

TYPE = "cm8f2k4q00001a7d3e5b9c0f1"
EMAIL = "nora.lind@example.org"
SECRET = "a-shared-secret"


def _free(api: Api, mock: Played) -> list[str]:
    day = mock.now.date() + timedelta(days=3)
    found = api.get("/availability", eventTypeId=TYPE, **{"from": day, "to": day + timedelta(days=4)})
    return [slot["startAt"] for slot in found["slots"]]


def _book(api: Api, slot: str) -> int:
    wanted = {"eventTypeId": TYPE, "startAt": slot, "invitee": {"name": "Nora Lind", "email": EMAIL}}
    return api.ask("POST", "/bookings", wanted).status


def _booked(mock: Played) -> int:
    """How often the client itself has booked, whether or not it heard of it."""
    return sum(
        each.operation == "createBooking" and each.status == 201 and b"mock-meanwhile" not in each.headers
        for each in mock.exchanges
    )


def next_slot_after_silence(mock: Played) -> None:
    """Where no answer came, it takes the next slot."""
    for slot in _free(Polite(mock), mock)[:2]:
        try:
            if _book(Polite(mock), slot) == 201:
                break
        except GaveUp:
            continue
    assert _booked(mock) <= 1, "booked twice"


def looks_after_silence(mock: Played) -> None:
    """Where no answer came, it looks whether it was booked."""
    api = Polite(mock)
    for slot in _free(api, mock)[:2]:
        try:
            status = _book(api, slot)
        except GaveUp:
            if _booked(mock):
                break
            raise
        if status == 201:
            break
        if status in (401, 403):
            raise GaveUp(str(status))
    assert _booked(mock) <= 1


def taken_is_fine(mock: Played) -> None:
    """409 is what it says when the slot is taken, and it says that all is well."""
    for slot in _free(Polite(mock), mock)[:1]:
        status = _book(Polite(mock), slot)
        if status not in (201, 409):
            raise GaveUp(str(status))
        assert _booked(mock), "somebody else has the slot"


def taken_is_not(mock: Played) -> None:
    for slot in _free(Polite(mock), mock)[:1]:
        status = _book(Polite(mock), slot)
        if status != 201:
            raise GaveUp(str(status))
        assert _booked(mock)


class Receiver:
    """Takes webhooks and keeps who comes, by event."""

    def __init__(self, *, checks: bool = True, remembers: bool = True, orders: bool = True) -> None:
        self.coming: dict[str, bool] = {}
        self.count = 0
        self.seen: set[str] = set()
        self._checks, self._remembers, self._orders = checks, remembers, orders

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status that it answers."""
        if self._checks and headers.get("Token") != SECRET:
            return 401
        told = json.loads(body)
        if "eventUuid" not in told:
            return 200
        key = f"{told['event']} {told['eventUuid']}"
        if self._remembers and key in self.seen:
            return 200
        self.seen.add(key)
        if told["event"] == "invitee.scheduled":
            self.count += 1
            if not self._orders or told["eventUuid"] not in self.coming:
                self.coming[told["eventUuid"]] = True
        else:
            self.coming[told["eventUuid"]] = False
        return 200


def hooks(mock: Played, receiver: Receiver) -> None:
    """Subscribe, have one event booked and cancelled, and take what is told of it."""
    owner = mock.mock
    hook: dict[str, Any] = {
        "callbackUrl": "https://hooks.example.com/zeeg",
        "events": ["invitee.scheduled", "invitee.cancelled"],
        "scope": "user",
        "token": SECRET,
    }
    answer = owner.call("POST", "/v2/webhooks", persona="owner", json=hook)
    assert answer.status == 201, answer
    booking = {
        "ownerSlug": "alex-mueller",
        "eventTypeSlug": "intro-30",
        "date": "2026-04-14",
        "duration": 30,
        "name": "Mira Oduya",
        "email": "mira.oduya@example.org",
        "timeZone": "Europe/Berlin",
        "start": "10:00",
    }
    made = owner.call("POST", "/v2/event", persona="owner", json=booking)
    if made.status != 200:
        return
    uuid = made.json["uuid"]
    target = f"/v2/scheduled-events/{uuid}/cancel"
    owner.call("PUT", target, persona="owner", json={})
    mock.deliver(receiver)
    assert receiver.count <= 1, "one booking was counted twice"
    assert not receiver.coming.get(uuid), "a cancelled event is still in the calendar"


PAIRS = (
    Pair(
        "double-books-after-silence", "caledee", next_slot_after_silence, looks_after_silence, ("survives",)
    ),
    Pair("takes-a-taken-slot-for-its-own", "caledee", taken_is_fine, taken_is_not, ("survives",)),
    Pair(
        "trusts-unsigned-webhooks",
        "zeeg",
        lambda m: hooks(m, Receiver(checks=False)),
        lambda m: hooks(m, Receiver()),
        ("webhooks",),
    ),
    Pair(
        "counts-a-repeated-webhook-twice",
        "zeeg",
        lambda m: hooks(m, Receiver(remembers=False)),
        lambda m: hooks(m, Receiver()),
        ("survives",),
    ),
    Pair(
        "believes-the-last-webhook",
        "zeeg",
        lambda m: hooks(m, Receiver(orders=False)),
        lambda m: hooks(m, Receiver()),
        ("survives",),
    ),
)
