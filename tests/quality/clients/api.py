"""What the clients of the catalogue have in common: plain HTTP, and a way of asking that is well behaved."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from contracts.consumer.playing import Played

BASES = {"zeeg": "/v2", "caledee": "/api/v2", "meetergo": "/v4", "calcom": "/v2"}
ALEX = "QX7M4KD2W9RTB5H"
EVENT = "zg-O6a1f0c3b9d27e"
AGENT = "3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b"


class GaveUp(Exception):
    """The provider kept the client from its work, and it says so."""


@dataclass(frozen=True)
class Answer:
    """A status, headers in lower case, and the body's value."""

    status: int
    headers: Mapping[str, str]
    json: Any


class Api:
    """A provider's API over plain HTTP, without any manners."""

    def __init__(self, mock: Played) -> None:
        self.url = mock.url + BASES[mock.scenario.provider]
        self.token = mock.token()
        self.refresh = mock.fresh_token
        # What a test against a mock without state asks it for: `Prefer: code=429`.
        self.extra: Mapping[str, str] = getattr(mock, "headers", {})

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        """One request, one answer; OSError or HTTPException where there is none."""
        url = target if "://" in target else self.url + target
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}", **self.extra}
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(
                method, f"{parts.path}?{parts.query}" if parts.query else parts.path, content, headers
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, json.loads(text) if text else None)

    def get(self, target: str, **query: Any) -> Any:
        """The body of a 200; GaveUp for anything else."""
        answer = self.ask("GET", target, **query)
        if answer.status != 200:
            raise GaveUp(f"{target}: {answer.status}")
        return answer.json


class Polite(Api):
    """The same with manners: waits as told, tries reads again a few times, gets a new token once."""

    TRIES = 4

    def ask(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        """One answer, after up to four tries, or GaveUp. Writes are never repeated blindly."""
        refreshed = False
        for number in range(self.TRIES):
            try:
                answer = super().ask(method, target, body, **query)
            except (OSError, http.client.HTTPException) as error:
                if method != "GET":
                    raise GaveUp("no answer to a write") from error
                time.sleep(2**number)
                continue
            if answer.status in (429, 503):
                time.sleep(wait_of(answer, 2**number * 5))
            elif answer.status >= 500 and method == "GET":
                time.sleep(2**number)
            elif answer.status == 401 and not refreshed:
                refreshed = True
                self.token = self.refresh()
            else:
                return answer
        raise GaveUp(f"{method} {target}: no answer that helps")


def wait_of(answer: Answer, usual: float) -> float:
    """The seconds that an answer says to wait, in Retry-After or until a quota begins anew."""
    told = [value for name, value in answer.headers.items() if name.startswith("x-ratelimit-reset")]
    return float(answer.headers.get("retry-after", max(map(float, told), default=0) or usual))


def pages(api: Api, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Every row of a list of Zeeg's."""
    page = 1
    while True:
        body = api.get(path, **query, page=page)
        yield from body["collection"]
        if body["pagination"]["nextPage"] is None:
            return
        page += 1


def cursors(api: Api, path: str, rows: str) -> Iterator[dict[str, Any]]:
    """Every row of a list of Caledee's."""
    seen: set[str] = set()
    query: dict[str, str] = {}
    while True:
        body = api.get(path, **query)
        yield from body[rows]
        cursor = body["nextCursor"]
        if not cursor:
            return
        if cursor in seen:
            raise GaveUp(f"{path} goes round in circles")
        seen.add(cursor)
        query = {"cursor": cursor}


def mine(mock: Played, kind: str = "event") -> list[dict[str, Any]]:
    """The rows of a kind that Alex's token sees."""
    return [row for row in mock.state(kind) if ALEX in row.get("_hosts", [ALEX])]


Client = Callable[[Played], Any]


@dataclass(frozen=True)
class Pair:
    """A broken client and its repaired twin. `found_by` names the judgements that may find the bug."""

    name: str
    provider: str
    broken: Client
    repaired: Client
    found_by: tuple[str, ...]
    deviations: bool = False
    scopes: tuple[str, ...] | None = None
    broken_scopes: tuple[str, ...] | None = None
