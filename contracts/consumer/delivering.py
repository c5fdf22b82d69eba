"""Brings a world's webhooks to who shall take them: in order or not, twice, forged; knows no judgement."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from mockserver.engine.deliveries import Letter
from mockserver.mock import Mock
from mockserver.world.outbox import Message

Receiver = Callable[[Mapping[str, str], bytes], int]
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery and what the receiver answered: a status, None where there was no answer."""

    what: str
    message: int
    status: int | None
    forged: bool
    error: str = ""


def deliver(
    mock: Mock,
    receiver: Receiver | str,
    order: Sequence[Mapping[str, Any]],
    *,
    to: str = "",
    skip: Callable[[Message], bool] = lambda _: False,
    since: int = 0,
) -> list[Delivered]:
    """Bring every message of the outbox, oldest first, or as `order` says: `{"message": 0, "forged": true}`.

    With `to` those to that address only, without those to `skip`, and of these from number `since` on.
    Messages of which `order` says nothing come at the end; numbers beyond the last one are left out.
    """
    found = mock.run(lambda: sorted(mock.world.outbox.messages(), key=_number))
    messages = [each for each in found if (not to or each.url == to) and not skip(each)]
    named = [entry for entry in order if since <= entry["message"] < len(messages)]
    brought = {entry["message"] for entry in named if not entry.get("forged")}
    rest = [{"message": number} for number in range(since, len(messages)) if number not in brought]
    made: list[Delivered] = []
    for entry in [*named, *rest]:
        number, forged = int(entry["message"]), bool(entry.get("forged"))
        message = messages[number]
        letter = mock.run(partial(_signed, mock, message))
        headers = forge(letter) if forged else dict(letter.headers)
        what = f"webhook {number} ({message.event})"
        try:
            status = _send(receiver, headers, letter.body)
        except Exception as error:
            made.append(Delivered(what, number, None, forged, f"{type(error).__name__}: {error}"))
            continue
        made.append(Delivered(what, number, status, forged))
    return made


def _number(message: Message) -> int:
    return int("".join(letter for letter in message.id if letter.isdigit()) or 0)


def _signed(mock: Mock, message: Message) -> Letter:
    """What is sent of it now, as some sign the time; without faults, for `order` says what befalls it."""
    return mock.service(message.provider).post.letter(replace(message, twists=()), mock.world.clock.now())


def forge(letter: Letter) -> dict[str, str]:
    """The headers of a message as somebody would send them who does not know the secret."""
    plain = ("content-type", "user-agent", "accept")
    return {
        name: value if name.lower() in plain or "event" in name.lower() or not value else _other(value)
        for name, value in letter.headers
    }


def _other(secret: str) -> str:
    """As long as it and of the same letters, and not it."""
    return secret[:-1] + ("0" if secret[-1] != "0" else "1")


def _send(receiver: Receiver | str, headers: Mapping[str, str], body: bytes) -> int:
    if not isinstance(receiver, str):
        return int(receiver(headers, body))
    parts = urlsplit(receiver)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PATIENCE)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
