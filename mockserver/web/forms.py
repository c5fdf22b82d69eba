"""Worlds, tokens, faults and messages as the control API's document shapes them; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mockserver.engine.credentials import credentials
from mockserver.engine.service import Service
from mockserver.world.clock import EPOCH, iso_micro
from mockserver.world.outbox import Message
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
    return {**{key: value for key, value in entry.items() if key != "params"}, **entry["params"]}


def message_form(message: Message) -> dict[str, Any]:
    """A message of the outbox, as Message."""
    try:
        body = orjson.loads(message.body)
    except orjson.JSONDecodeError:
        body = message.body.decode("utf-8", "replace")
    return {
        "id": message.id,
        "provider": message.provider,
        "event": message.event,
        "url": message.url,
        "status": message.status,
        "made_at": iso_micro(message.made_at),
        "due_at": None if message.due_at is None else iso_micro(message.due_at),
        "attempts": [
            {"at": iso_micro(attempt.at), "status": attempt.status, "error": attempt.error or None}
            for attempt in message.attempts
        ],
        "subscription": message.subscription or None,
        "body": body,
    }
