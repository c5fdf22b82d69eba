"""Worlds, tokens, faults and messages as the control API's document shapes them; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mockserver.engine.credentials import credentials
from mockserver.engine.service import Service
from mockserver.world.clock import EPOCH, iso_micro
from mockserver.world.declared import DELIVERIES
from mockserver.world.outbox import Message, Outbox, Received
from mockserver.world.row import Row
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT


def world_form(world: World) -> dict[str, Any]:
    """A world, as World."""
    return {
        "name": world.name,
        "seed": world.seed,
        "data": world.data,
        "now": iso_micro(world.clock.now()),
        "path": "" if world.name == DEFAULT else f"/w/{world.name}",
    }


def token_form(service: Service, row: Row, note: str) -> dict[str, Any]:
    """A token's row, as Token."""
    data = row.data
    expires = data["expires"]
    return {
        "provider": service.slug,
        "persona": data["persona"],
        "token": str(row.id),
        "account": data["account"],
        "user": data["user"],
        "scopes": list(data["scopes"]),
        "plan": data["plan"],
        "quota": data["quota"],
        "expires_at": None if expires is None else _instant(expires),
        "revoked": data["revoked"],
        "headers": {
            **credentials(
                service.contract, str(row.id), kind=row.data["kind"], pairs=service.settings.pairs
            ).headers,
            **_acting(service, row.data),
        },
        "note": note,
    }


def _acting(service: Service, data: Mapping[str, Any]) -> dict[str, str]:
    """The header that names whom a token acts as, where its kind has to send one (x-acting-user)."""
    fact = service.contract.facts.get("acting-user", {})
    required = fact.get("for", {}).get(data["kind"]) == "required"
    return {fact["header"]: data["user"]} if required else {}


def _instant(epoch: float) -> str:
    try:
        return iso_micro(EPOCH + timedelta(seconds=epoch))
    except OverflowError:
        return iso_micro(datetime.max.replace(tzinfo=UTC))


def fault_form(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A declared fault as a world tells of it, its parameters among the rest, as DeclaredFault."""
    told = {key: value for key, value in entry.items() if key != "params"}
    if told.get("operation", "").startswith(DELIVERIES):
        event = told.pop("operation").removeprefix(DELIVERIES)
        told |= {"event": event} if event else {}
    return {**told, **entry["params"]}


def message_form(message: Message) -> dict[str, Any]:
    """A message of the outbox, as Message; its secret is taken out wherever it stands."""
    hide = _Hiding(message.secret)
    return {
        "id": message.id,
        "provider": message.provider,
        "event": message.event,
        "url": shown_url(message.url),
        "status": message.status,
        "made_at": iso_micro(message.made_at),
        "due_at": None if message.due_at is None else iso_micro(message.due_at),
        "attempts": [
            {
                "at": iso_micro(attempt.at),
                "status": attempt.status,
                "error": hide(attempt.error) or None,
                "answer": hide(attempt.answer) or None,
                "took": attempt.took,
                "note": attempt.note or None,
            }
            for attempt in message.attempts
        ],
        "retries_left": max(0, len(message.retries) + 1 - message.tries) if message.due_at else 0,
        "faults": [{"fault": twist.fault, "source": twist.source} for twist in message.twists or ()],
        "subscription": message.subscription or None,
        "headers": {name: hide(value) for name, value in message.headers},
        "body": _body(message.body, hide),
    }


def received_form(received: Received, outbox: Outbox) -> dict[str, Any]:
    """What the built-in receiver got, as Received; the secret of its message is taken out."""
    message = outbox.get(received.message)
    hide = _Hiding("" if message is None else message.secret)
    return {
        "at": iso_micro(received.at),
        "message": received.message,
        "url": shown_url(received.url),
        "status": received.status,
        "headers": {name: hide(value) for name, value in received.headers},
        "body": _body(received.body, hide),
    }


def shown_url(url: str) -> str:
    """An address without the name and password that it may have."""
    head, slashes, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{head}{slashes}{authority.rpartition('@')[2]}{slash}{path}"


class _Hiding:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, text: str) -> str:
        return text.replace(self._secret, "<secret>") if self._secret else text


def _body(body: bytes, hide: _Hiding) -> Any:
    text = hide(body.decode("utf-8", "replace"))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
