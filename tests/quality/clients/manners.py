"""Clients without manners: they do not wait, stop or refresh, and repeat what must not be repeated."""

from __future__ import annotations

import http.client
import time
from typing import Any

from contracts.consumer.playing import Played
from tests.quality.clients.api import AGENT, EVENT, Answer, Api, GaveUp, Pair, Polite, mine, pages


def titles(api: Api) -> list[str]:
    """What most of them want: the titles of all events."""
    return [row["title"] for row in pages(api, "/scheduled-events")]


def polite_titles(mock: Played) -> None:
    assert len(titles(Polite(mock))) == len(mine(mock))


class NeverWaits(Api):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        answer = super().ask(method, target, body, **query)
        for _ in range(3):
            if answer.status != 429:
                break
            answer = super().ask(method, target, body, **query)
        return answer


class WaitsOnlyIfTold(Api):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        answer = super().ask(method, target, body, **query)
        for _ in range(3):
            if answer.status != 429:
                break
            time.sleep(float(answer.headers.get("retry-after", 0)))
            answer = super().ask(method, target, body, **query)
        return answer


class MustBeTold(Api):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        answer = super().ask(method, target, body, **query)
        if answer.status == 429:
            time.sleep(float(answer.headers["retry-after"]))
            answer = super().ask(method, target, body, **query)
        return answer


class ReadsMinutes(Api):
    """Takes Retry-After for milliseconds."""

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        answer = super().ask(method, target, body, **query)
        if answer.status == 429:
            time.sleep(float(answer.headers.get("retry-after", 30_000)) / 1000)
            answer = super().ask(method, target, body, **query)
        return answer


class TriesForEver(Api):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        while True:
            answer = super().ask(method, target, body, **query)
            if answer.status < 500:
                return answer
            time.sleep(1)


class RepeatsWrites(Api):
    """Tries everything again where the connection broke."""

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        for _ in range(3):
            try:
                return super().ask(method, target, body, **query)
            except (OSError, http.client.HTTPException):
                time.sleep(1)
        raise GaveUp("no answer")


class RepeatsWhatIsLate(Api):
    """Tries again where the answer takes too long."""

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        try:
            return super().ask(method, target, body, **query)
        except TimeoutError:
            return super().ask(method, target, body, **query)
        except (OSError, http.client.HTTPException) as error:
            raise GaveUp("no answer") from error


class RepeatsWhatItCannotRead(Api):
    """Tries again where the answer is no JSON, or breaks off."""

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        try:
            return super().ask(method, target, body, **query)
        except (ValueError, http.client.HTTPException):
            return super().ask(method, target, body, **query)


class KeepsItsToken(Api):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        for _ in range(2):
            answer = super().ask(method, target, body, **query)
            if answer.status != 401:
                return answer
            time.sleep(1)
        raise GaveUp("401")


class RefreshesAlways(Polite):
    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        self.token = self.refresh()
        return super().ask(method, target, body, **query)


def write_note(api: Api) -> None:
    answer = api.ask("POST", f"/scheduled-events/{EVENT}/notes", {"content": "Called, will come."})
    if answer.status != 201:
        raise GaveUp(str(answer.status))


def call(api: Api, phone: str) -> None:
    """Have somebody called."""
    wanted = {"phoneNumber": phone, "email": "mira.oduya@example.org", "fullName": "Mira Oduya"}
    answer = api.ask("POST", f"/agents/{AGENT}/outbound-calls", wanted)
    if answer.status != 201:
        raise GaveUp(str(answer.status))


def next_page(path: str) -> str:
    return path.partition("/v2")[2]


def follows_links(mock: Played, *, anywhere: bool) -> None:
    """Takes the next page's link as it is, wherever it leads."""
    api = Polite(mock)
    path: str | None = "/scheduled-events"
    seen: set[str] = set()
    while path is not None:
        if path in seen:
            raise GaveUp("the pages go round in circles")
        seen.add(path)
        link = api.get(path)["pagination"]["nextPage"]
        if link is not None and "://" in link and not anywhere:
            raise GaveUp(f"{link} is not ours to follow")
        path = None if link is None else link if "://" in link else next_page(link)


def asks_what_it_may_not(mock: Played) -> None:
    api = Polite(mock)
    for row in list(pages(api, "/scheduled-events"))[:1]:
        api.get(f"/scheduled-events/{row['uuid']}/notes")


def asks_too_much(mock: Played) -> None:
    titles_of = Polite(mock).ask("GET", "/scheduled-events", count=500)
    if titles_of.status != 200:
        raise GaveUp(str(titles_of.status))


PAIRS = (
    Pair("ignores-retry-after", "zeeg", lambda m: titles(NeverWaits(m)), polite_titles, ("waits",)),
    Pair(
        "hammers-without-retry-after", "zeeg", lambda m: titles(WaitsOnlyIfTold(m)), polite_titles, ("waits",)
    ),
    Pair("needs-retry-after", "zeeg", lambda m: titles(MustBeTold(m)), polite_titles, ("survives",)),
    Pair("retry-after-in-milliseconds", "zeeg", lambda m: titles(ReadsMinutes(m)), polite_titles, ("waits",)),
    Pair("tries-for-ever", "zeeg", lambda m: titles(TriesForEver(m)), polite_titles, ("ends", "waits")),
    Pair(
        "repeats-post-after-lost-reply",
        "zeeg",
        lambda m: write_note(RepeatsWrites(m)),
        lambda m: write_note(Polite(m)),
        ("safe-writes",),
    ),
    Pair(
        "repeats-post-it-cannot-read",
        "zeeg",
        lambda m: write_note(RepeatsWhatItCannotRead(m)),
        lambda m: write_note(Polite(m)),
        ("safe-writes",),
    ),
    Pair(
        "repeats-post-after-a-timeout",
        "zeeg",
        lambda m: write_note(RepeatsWhatIsLate(m)),
        lambda m: write_note(Polite(m)),
        ("safe-writes",),
    ),
    Pair(
        "calls-people-twice",
        "zeeg",
        lambda m: call(RepeatsWrites(m), "+4915112345678"),
        lambda m: call(Polite(m), "+4915112345678"),
        ("safe-writes",),
    ),
    Pair(
        "dials-0049",
        "zeeg",
        lambda m: call(Polite(m), "004915112345678"),
        lambda m: call(Polite(m), "+4915112345678"),
        ("valid-requests",),
    ),
    Pair(
        "dials-with-spaces",
        "zeeg",
        lambda m: call(Polite(m), "+49 151 12345678"),
        lambda m: call(Polite(m), "+4915112345678"),
        ("valid-requests",),
    ),
    Pair(
        "caches-an-expired-token", "zeeg", lambda m: titles(KeepsItsToken(m)), polite_titles, ("refreshes",)
    ),
    Pair("refreshes-always", "zeeg", lambda m: titles(RefreshesAlways(m)), polite_titles, ("refreshes",)),
    Pair(
        "sends-its-token-anywhere",
        "zeeg",
        lambda m: follows_links(m, anywhere=True),
        lambda m: follows_links(m, anywhere=False),
        ("tokens-stay",),
        deviations=True,
    ),
    Pair(
        "lacks-a-scope",
        "zeeg",
        asks_what_it_may_not,
        asks_what_it_may_not,
        ("scopes",),
        scopes=("events:read", "notes:read"),
        broken_scopes=("events:read",),
    ),
    Pair(
        "asks-for-more-scopes",
        "zeeg",
        polite_titles,
        polite_titles,
        ("scopes",),
        scopes=("events:read",),
        broken_scopes=("events:read", "notes:write"),
    ),
    Pair("asks-for-pages-of-500", "zeeg", asks_too_much, polite_titles, ("valid-requests",)),
)
