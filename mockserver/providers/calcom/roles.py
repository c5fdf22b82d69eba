"""What organisations' roles permit: listed, added to, replaced, taken away; knows nobody who has them."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import ROLE, done, drop, not_found
from mockserver.providers.calcom.kinds import MEMBERSHIP, TEAM_MEMBERSHIP
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row


def list_role_permissions(exchange: Exchange) -> Reply:
    """The permissions of a role."""
    return reply_json(exchange, done(find_role(exchange).data["permissions"]))


def add_role_permissions(exchange: Exchange) -> Reply:
    """Add some; those that it has stay where they are."""
    role = find_role(exchange)
    return _told(exchange, _set(exchange, role, [*role.data["permissions"], *exchange.data["permissions"]]))


def replace_role_permissions(exchange: Exchange) -> Reply:
    """These and no others."""
    return _told(exchange, _set(exchange, find_role(exchange), exchange.data["permissions"]))


def remove_role_permissions(exchange: Exchange) -> Reply:
    """Take those away that are named, or all where none is named (assumed)."""
    role, named = find_role(exchange), exchange.params.get("permissions")
    left = [] if named is None else [each for each in role.data["permissions"] if each not in named]
    _set(exchange, role, left)
    return Reply(204)


def remove_role_permission(exchange: Exchange) -> Reply:
    """Take one away. One that the role does not have is gone already (assumed)."""
    role, named = find_role(exchange), exchange.params["permission"]
    _set(exchange, role, [each for each in role.data["permissions"] if each != named])
    return Reply(204)


def delete_role(exchange: Exchange) -> Reply:
    """Take a role away; whoever had it is left with the rank alone."""
    role, store = find_role(exchange), exchange.store
    _custom(role, exchange)
    for kind in (MEMBERSHIP, TEAM_MEMBERSHIP):
        for row in list(store.rows(kind)):
            if row.data.get("_role") == role.id:
                store.put(kind, row.id, {**row.data, "_role": None})
    drop(exchange, [role])
    return reply_row(exchange, role)


def find_role(exchange: Exchange) -> Row:
    """The role of a path; a 404 refusal for one of another organisation."""
    params = exchange.params
    row = exchange.store.get(ROLE, params["roleId"])
    if row is None or row.data["organizationId"] not in (None, params["orgId"]):
        raise not_found("role")
    return row


def _set(exchange: Exchange, role: Row, permissions: Iterable[str]) -> Row:
    _custom(role, exchange)
    data = {
        **role.data,
        "permissions": list(dict.fromkeys(permissions)),
        "updatedAt": iso_milli(exchange.now),
    }
    return exchange.store.put(ROLE, role.id, data)


def _custom(role: Row, exchange: Exchange) -> None:
    """A 403 refusal for a role that comes with Cal.com: it stays as it is (assumed)."""
    if role.data["type"] == "SYSTEM":
        raise Refusal(403, "system-role", pointer=exchange.plan.pointer)


def _told(exchange: Exchange, role: Row) -> Reply:
    return reply_json(exchange, done(role.data["permissions"]))
