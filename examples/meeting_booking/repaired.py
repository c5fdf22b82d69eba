"""Books the first free slot of somebody's Cal.com page for a visitor of our own site."""

import time
from datetime import date, timedelta

import httpx


class NotNow(Exception):
    """Cal.com cannot be reached, or does not want to."""


class Agenda:
    """One event type of one account."""

    def __init__(self, url: str, key: str, event_type: int) -> None:
        self.client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=5)
        self.event_type = event_type

    def ask(self, method: str, path: str, version: str, **more):
        """The `data` of an answer. Where the line is bad it is tried again, unless it may have been done."""
        for _ in range(3):
            try:
                answer = self.client.request(method, path, headers={"cal-api-version": version}, **more)
            except httpx.TransportError as error:
                if method != "GET":
                    raise NotNow("perhaps booked: look before you book again") from error
                time.sleep(1)
                continue
            if answer.status_code == 429:
                time.sleep(reset(answer))
                continue
            if answer.status_code >= 400:
                raise NotNow(answer.status_code)
            return answer.json()["data"]
        raise NotNow

    def book(self, today: date, name: str, email: str):
        """The booking, None where nothing is free in the next days."""
        span = {"start": str(today + timedelta(days=2)), "end": str(today + timedelta(days=6))}
        days = self.ask("GET", "/slots", "2024-09-04", params={"eventTypeId": self.event_type, **span})
        free = [slot["start"] for day in sorted(days) for slot in days[day]]
        if not free:
            return None
        attendee = {"name": name, "email": email, "timeZone": "Europe/Berlin"}
        wanted = {"eventTypeId": self.event_type, "start": free[0], "attendee": attendee}
        return self.ask("POST", "/bookings", "2024-08-13", json=wanted)


def reset(answer: httpx.Response) -> float:
    """The seconds until the quota begins anew: Cal.com has no Retry-After."""
    told = [value for name, value in answer.headers.items() if name.startswith("x-ratelimit-reset")]
    return float(answer.headers.get("retry-after", max(map(float, told), default=0) or 60))
