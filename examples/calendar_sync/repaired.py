"""Copies appointments into a local calendar."""

import time

import requests

TRIES = 4


class NotNow(Exception):
    """The provider cannot be reached; try again later."""


def get(url: str, token: str, **params: object) -> dict:
    for number in range(TRIES):
        try:
            answer = requests.get(
                url, params=params, headers={"Authorization": f"Bearer {token}"}, timeout=10
            )
        except requests.RequestException:
            time.sleep(2**number)
            continue
        if answer.status_code == 429 or answer.status_code >= 500:
            time.sleep(float(answer.headers.get("Retry-After", 2**number)))
            continue
        if answer.status_code != 200:
            break
        return answer.json()
    raise NotNow(url)


def sync(base: str, token: str) -> dict[str, str]:
    """Appointments by id, with when they start; cancelled ones are left out."""
    found: dict[str, str] = {}
    page = 1
    while True:
        body = get(f"{base}/scheduled-events", token, page=page)
        for row in body["collection"]:
            if row["status"] != "cancelled":
                found[row["uuid"]] = row["startTime"]
        if body["pagination"]["nextPage"] is None:
            return found
        page += 1
