"""A tour of Cal.com's operations: each as the document's examples ask it, and refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from mockserver import Mock
from mockserver.mock import Answer
from mockserver.openapi.contract import Operation

# Whoever may do most comes first.
PERSONAS = ("owner", "admin", "team-admin", "platform-owner", "platform", "managed", "outsider")
CLIENT = "clq8vk3n2000008l4f6r2d9ah"
WEBHOOKS = (
    ("/webhooks", "owner"),
    ("/event-types/7/webhooks", "owner"),
    (f"/oauth-clients/{CLIENT}/webhooks", "platform"),
)


def tour(mock: Mock) -> Iterator[Answer]:
    """Every reply of the tour; each example finds the world as it began."""
    yield from stories(mock)
    for operation in mock.service().contract.operations:
        versions = operation.facts.get("version", {}).get("accepts", (None,))
        for version in versions:
            headers = {} if version is None else {"cal-api-version": version}
            for query in queries(operation):
                for body in bodies(operation):
                    for persona in PERSONAS:
                        mock.reset()
                        target = address(operation) + query
                        yield mock.call(operation.method, target, persona=persona, json=body, headers=headers)
            unknown = headers | {"authorization": "Bearer cal_nobody"}
            yield mock.call(operation.method, address(operation), headers=unknown)
            yield mock.call(operation.method, elsewhere(operation), persona="owner", headers=headers)


def bodies(operation: Operation) -> list[Any]:
    if operation.body is None:
        return [None]
    found = [example for media in operation.body.media.values() for example in media.examples]
    return found or [None]


def queries(operation: Operation) -> list[str]:
    """The query that has to be, and one with every example."""
    named = [(p, p.examples[0]) for p in operation.parameters if p.place == "query" and p.examples]
    least = {p.name: example for p, example in named if p.required}
    whole = {p.name: example for p, example in named}
    return list(dict.fromkeys("?" + urlencode(each) if each else "" for each in (least, whole)))


def elsewhere(operation: Operation) -> str:
    """The address of something that is not there, where it names something."""
    return re.sub(r"\{\w+\}", "424242", operation.address)


def address(operation: Operation) -> str:
    path = operation.address
    for parameter in operation.parameters:
        if parameter.place == "path" and parameter.examples:
            path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.examples[0])))
    return path


def told(
    mock: Mock, method: str, path: str, persona: str | None = "owner", json: Any = None, **headers: str
) -> Answer:
    """A step of a story that has to go well; `version` is the header cal-api-version."""
    fields = {
        {"version": "cal-api-version"}.get(name, name.replace("_", "-")): value
        for name, value in headers.items()
    }
    answer = mock.call(method, f"/v2{path}", persona=persona, json=json, headers=fields)
    assert answer.status < 400, (method, path, answer)
    return answer


def stories(mock: Mock) -> Iterator[Answer]:
    """What only goes well after something else was done."""
    for story in (decisions, choices, reservations, hooks, calendars, tokens, organizations, addresses):
        mock.reset()
        yield from story(mock)


def decisions(mock: Mock) -> Iterator[Answer]:
    newest, older = {"version": "2026-02-25"}, {"version": "2024-08-13"}
    for version in (newest, older):
        mock.reset()
        yield told(mock, "POST", "/bookings/bk_2PendingReview/confirm", json={}, **version)
        yield told(
            mock,
            "POST",
            "/bookings/bk_2PendingReview/reschedule",
            json={"start": "2026-04-10T08:00:00Z"},
            **version,
        )
        mock.reset()
        yield told(mock, "POST", "/bookings/bk_2PendingReview/decline", json={"reason": "No."}, **version)
        absent = {"host": True, "attendees": [{"email": "bo@example.org", "absent": True}]}
        yield told(mock, "POST", "/bookings/bk_3PastIntro/mark-absent", json=absent, **version)
        yield told(mock, "POST", "/bookings/bk_5Demo/reassign/14", "team-admin", {}, **version)
        yield told(mock, "POST", "/bookings/bk_5Demo/reassign", "team-admin", {}, **version)
        for event_type, start, more in (
            (9, "2026-04-13T08:00:00Z", {"recurrenceCount": 3}),
            (10, "2026-04-07T10:00:00Z", {}),
            (23, "2026-04-09T10:00:00Z", {}),
            (20, "2026-04-10T10:00:00Z", {"instant": True}),
        ):
            guest = {"name": "Kim", "email": "kim@example.org", "timeZone": "Etc/UTC"}
            body = {"eventTypeId": event_type, "start": start, "attendee": guest, **more}
            made = told(mock, "POST", "/bookings", None, body, **version)
            yield made
            data = made.json["data"]
            first = data[0] if isinstance(data, list) else data
            if "uid" in first:
                yield told(mock, "GET", f"/bookings/{first['uid']}", **version)
            if "recurringBookingUid" in first:
                yield told(mock, "GET", f"/bookings/{first['recurringBookingUid']}", **version)
        for status in ("upcoming", "past", "cancelled", "recurring", "unconfirmed"):
            yield told(mock, "GET", f"/bookings?status={status}", version="2024-08-13")
            yield told(mock, "GET", f"/bookings?status={status}", version="2026-05-01")


def choices(mock: Mock) -> Iterator[Answer]:
    """What can be chosen of event types, webhooks and roles, and is not in an example."""
    window = {"type": "businessDays", "value": 5}
    url = "https://app.example.com/done"
    asked: list[dict[str, Any]] = [
        {"bookingWindow": window, "slotInterval": 15, "successRedirectUrl": url},
        {"calVideoSettings": {"redirectUrlOnExit": url}, "seats": {"disabled": True}},
        {
            "locations": [{"type": "attendeePhone"}],
            "bookingFields": [{"type": "email", "label": "Where to?"}],
        },
        {"seats": {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}},
    ]
    for number, more in enumerate(asked):
        body = {"title": "Soon", "slug": f"soon-{number}", "lengthInMinutes": 30, **more}
        yield told(mock, "POST", "/event-types", json=body, version="2024-06-14")
        body |= {"schedulingType": "collective", "hosts": [{"userId": 12}]}
        yield told(mock, "POST", "/organizations/501/teams/621/event-types", json=body)
    hook = {
        "subscriberUrl": "https://hooks.invalid/newer",
        "triggers": ["BOOKING_REASSIGNED"],
        "active": True,
    }
    for path, persona in WEBHOOKS:
        yield told(mock, "POST", path, persona, hook)
    logo = {"logo": "https://clinic.example.com/logo.png"}
    yield told(mock, "PATCH", f"/oauth-clients/{CLIENT}", "platform-owner", logo)
    role = {"name": "Newer", "permissions": ["organization.delete"]}
    yield told(mock, "POST", "/organizations/501/roles", json=role)


def reservations(mock: Mock) -> Iterator[Answer]:
    version = {"version": "2024-09-04"}
    for query in (
        "eventTypeId=7",
        "eventTypeId=7&format=range",
        "eventTypeId=10",
        "username=ana&eventTypeSlug=intro",
    ):
        yield told(mock, "GET", f"/slots?{query}&start=2026-04-08&end=2026-04-09", None, **version)
    older = "username=bailey&eventSlug=15min&startTime=2026-04-08T00:00:00Z&endTime=2026-04-08T23:59:59Z"
    yield told(mock, "GET", f"/slots?{older}", None, version="2024-08-13")
    body = {"eventTypeId": 7, "slotStart": "2026-04-09T08:00:00Z"}
    made = told(mock, "POST", "/slots/reservations", json=body, **version)
    yield made
    path = f"/slots/reservations/{made.json['data']['reservationUid']}"
    yield told(mock, "GET", path, **version)
    yield told(mock, "PATCH", path, json={**body, "slotStart": "2026-04-09T09:00:00Z"}, **version)
    yield told(mock, "DELETE", path, **version)


def hooks(mock: Mock) -> Iterator[Answer]:
    body = {"subscriberUrl": "https://hooks.invalid/more", "triggers": ["BOOKING_CREATED"], "active": True}
    for base, persona in WEBHOOKS:
        made = told(mock, "POST", base, persona, body)
        yield made
        path = f"{base}/{made.json['data']['id']}"
        yield told(mock, "GET", path, persona)
        yield told(mock, "PATCH", path, persona, {"active": False})
        yield told(mock, "DELETE", path, persona)


def calendars(mock: Mock) -> Iterator[Answer]:
    busy = "timeZone=Europe/Berlin&dateFrom=2026-04-07&dateTo=2026-04-07&calendarsToLoad[0][credentialId]=135"
    yield told(mock, "GET", f"/calendars/busy-times?{busy}&calendarsToLoad[0][externalId]=ana@example.com")
    yield told(mock, "POST", "/calendars/ics-feed/save", json={"urls": ["https://c.example.com/a.ics"]})
    yield told(mock, "GET", "/calendars/ics-feed/check")
    yield told(mock, "GET", "/calendars")
    asked = told(mock, "GET", "/calendars/google/connect?redir=https://app.example.com/done", "member")
    yield told(mock, "GET", f"/calendars/google/save?state={state(asked, 'authUrl')}&code=x", None)
    back = "returnTo=https://app.example.com/ok&onErrorReturnTo=https://app.example.com/no"
    asked = told(mock, "GET", f"/conferencing/msteams/oauth/auth-url?{back}")
    yield told(mock, "GET", f"/conferencing/msteams/oauth/callback?state={state(asked, 'url')}&code=x", None)
    yield told(mock, "GET", "/conferencing")


def state(answer: Answer, name: str) -> str:
    url: str = answer.json["data"][name]
    return parse_qs(urlsplit(url).query)["state"][0]


def tokens(mock: Mock) -> Iterator[Answer]:
    query = {
        "client_id": "app_confidential",
        "redirect_uri": "https://app.example.com/callback",
        "scope": "BOOKING_READ",
        "state": "s",
    }
    consent = told(mock, "GET", f"/auth/oauth2/authorize?{urlencode(query)}")
    code = parse_qs(urlsplit(consent.headers["location"]).query)["code"][0]
    client = {"client_id": query["client_id"], "client_secret": "not-a-real-client-secret"}
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": query["redirect_uri"], **client}
    made = told(mock, "POST", "/auth/oauth2/token", None, body)
    yield made
    body = {"grant_type": "refresh_token", "refresh_token": made.json["refresh_token"], **client}
    yield told(mock, "POST", "/auth/oauth2/token", None, body)
    users = f"/oauth-clients/{CLIENT}/users"
    user = {"email": "new@example.com", "name": "New", "timeZone": "Europe/Paris"}
    managed = told(mock, "POST", users, "platform", user)
    yield managed
    body = {"refreshToken": managed.json["data"]["refreshToken"]}
    secret = mock.token("platform-secret")
    yield told(mock, "POST", f"/oauth/{CLIENT}/refresh", None, body, x_cal_secret_key=secret)


def organizations(mock: Mock) -> Iterator[Answer]:
    yield told(mock, "POST", "/organizations/501/organizations", json={"name": "Southwind"})
    yield told(mock, "GET", "/organizations/501/organizations")
    yield told(mock, "POST", "/organizations/501/teams", json={"name": "Research"})
    yield told(mock, "GET", "/organizations/501/teams")


def addresses(mock: Mock) -> Iterator[Answer]:
    for kind, name, value in (("emails", "email", "new@example.com"), ("phones", "phone", "+4915112345678")):
        base = f"/verified-resources/{kind}"
        yield told(mock, "POST", f"{base}/verification-code/request", json={name: value})
        yield told(mock, "POST", f"{base}/verification-code/verify", json={name: value, "code": "123456"})
        yield told(mock, "GET", base)
