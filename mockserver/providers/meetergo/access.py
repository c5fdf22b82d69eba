"""What belongs to whom; knows users and roles, not what is done with rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mockserver.engine.exchange import Caller, Exchange
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import without_private
from mockserver.providers.meetergo.kinds import USER
from mockserver.world.store import Row

WIDE: Final = frozenset({"owner", "admin"})


def sees_all(caller: Caller) -> bool:
    """Whether the acting user's role reaches over the whole company."""
    return caller.role in WIDE


def find(exchange: Exchange, kind: str, id: Any) -> Row:
    """The row of that id in the caller's company; a 404 refusal otherwise."""
    return exchange.service.resources[kind].find(exchange, id)


def find_own(exchange: Exchange, kind: str, id: Any, field: str) -> Row:
    """The same, where `field` names the acting user, or lists it, or the role sees all; 403 otherwise."""
    row = find(exchange, kind, id)
    owners = row.data[field]
    demand(exchange, [owners] if isinstance(owners, str) else owners)
    return row


def demand(exchange: Exchange, owners: Iterable[str]) -> None:
    """403 unless the acting user is one of them, or its role sees all."""
    caller = exchange.who
    if not sees_all(caller) and caller.user not in owners:
        raise Refusal(403, "not-yours", pointer=exchange.plan.pointer)


def find_hosts(exchange: Exchange, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids again, each that of a user of the caller's company; a 404 refusal otherwise."""
    company = exchange.who.account
    hosts = tuple(ids)
    for id in hosts:
        row = exchange.store.get(USER, id)
        if row is None or row.data["companyId"] != company:
            raise Refusal(404, "not-found", kind="host", pointer="/x-resources/user")
    return hosts


def public(row: Row) -> dict[str, Any]:
    """What a row shows."""
    return without_private(row.data)
