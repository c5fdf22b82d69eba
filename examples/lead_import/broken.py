"""Imports leads into a CRM."""

import time
from dataclasses import dataclass

import httpx


class NotNow(Exception):
    """The provider cannot be reached; try again later."""


@dataclass
class Contact:
    """A person in the CRM."""

    first_name: str
    email: str


class Caledee:
    """What is needed of Caledee's API."""

    def __init__(self, base: str, token: str) -> None:
        self.client = httpx.Client(
            base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=10, verify=False
        )

    def get(self, path: str, **params: str) -> dict:
        for number in range(4):
            try:
                answer = self.client.get(path, params=params)
            except httpx.HTTPError:
                time.sleep(2**number)
                continue
            if answer.status_code == 429 or answer.status_code >= 500:
                time.sleep(float(answer.headers.get("Retry-After", 2**number)))
                continue
            if answer.status_code != 200:
                break
            return answer.json()
        raise NotNow(path)

    def leads(self):
        seen = set()
        cursor = None
        while True:
            body = self.get("/leads", **({"cursor": cursor} if cursor else {}))
            yield from body["leads"]
            cursor = body["nextCursor"]
            if cursor is None:
                return
            if cursor in seen:
                raise NotNow("the list goes round in circles")
            seen.add(cursor)


def contact(lead: dict) -> Contact:
    """A lead as the CRM has it."""
    name = lead["name"].split()
    return Contact(first_name=name[0], email=lead["email"])


def run(base: str, token: str) -> list[Contact]:
    """Every lead as a contact."""
    caledee = Caledee(base, token)
    try:
        return [contact(lead) for lead in caledee.leads()]
    finally:
        caledee.client.close()
