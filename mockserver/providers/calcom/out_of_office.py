"""Days on which members of an organisation are away; knows no bookings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import OUT_OF_OFFICE, cut, done, not_found, of_user, shown
from mockserver.providers.calcom.kinds import MEMBERSHIP, USER
from mockserver.providers.calcom.times import read_datetime
from mockserver.world.store import Row


def list_organization_out_of_office(exchange: Exchange) -> Reply:
    """All entries of an organisation's members, or of the one with an address."""
    members, params, store = _members(exchange), exchange.params, exchange.store
    if (email := params.get("email")) is not None:
        wanted = email.lower()
        known = [store.get(USER, member) for member in members]
        members = {row.id for row in known if row is not None and row.data["email"].lower() == wanted}
    return _list(exchange, [row for row in store.rows(OUT_OF_OFFICE) if row.data["userId"] in members])


def list_out_of_office(exchange: Exchange) -> Reply:
    """One member's entries."""
    return _list(exchange, of_user(exchange, OUT_OF_OFFICE, _member(exchange)))


def create_out_of_office(exchange: Exchange) -> Reply:
    """A new entry: 400 where it ends before it begins, 409 where the member is away then already."""
    user, asked = _member(exchange), exchange.data
    _check(exchange, user, asked)
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["out-of-office"])
    data = {"id": id, "uuid": exchange.new_id("out-of-office-uuid"), "userId": user, "reason": "unspecified"}
    return reply_row(exchange, exchange.store.insert(OUT_OF_OFFICE, id, {**data, **_taken(asked)}))


def update_out_of_office(exchange: Exchange) -> Reply:
    """Change an entry, under the same conditions (400 for both, as no 409 is declared)."""
    row = _entry(exchange)
    data = {**row.data, **_taken(exchange.data)}
    _check(exchange, row.data["userId"], data, without=row.id)
    return reply_row(exchange, exchange.store.put(OUT_OF_OFFICE, row.id, data))


def delete_out_of_office(exchange: Exchange) -> Reply:
    """Take an entry away."""
    row = _entry(exchange)
    exchange.store.remove(OUT_OF_OFFICE, row.id)
    return reply_row(exchange, row)


def _taken(asked: Mapping[str, Any]) -> dict[str, Any]:
    names = ("start", "end", "notes", "toUserId", "reason")
    return {name: asked[name] for name in names if name in asked}


def _check(exchange: Exchange, user: int, data: Mapping[str, Any], without: object = None) -> None:
    start, end = read_datetime(data["start"]), read_datetime(data["end"])
    pointer = exchange.plan.pointer
    if end < start:
        raise Refusal(400, "end-before-start", pointer=pointer)
    stands_in = data.get("toUserId")
    if stands_in is not None and (stands_in == user or stands_in not in _members(exchange)):
        raise Refusal(400, "no-stand-in", pointer=pointer)
    for row in of_user(exchange, OUT_OF_OFFICE, user):
        if row.id == without:
            continue
        if read_datetime(row.data["start"]) <= end and start <= read_datetime(row.data["end"]):
            raise Refusal(409 if exchange.plan.declares(409) else 400, "away-already", pointer=pointer)


def _list(exchange: Exchange, rows: list[Row]) -> Reply:
    params = exchange.params
    for param, field in (("sortEnd", "end"), ("sortStart", "start")):
        if (order := params.get(param)) is not None:
            rows.sort(key=lambda row: read_datetime(row.data[field]), reverse=order == "desc")
    return reply_json(exchange, done([shown(row) for row in cut(exchange, rows)]))


def _members(exchange: Exchange) -> set[Any]:
    organization = exchange.service.resources["organization"].find(exchange, exchange.params["orgId"]).id
    return {
        row.data["userId"] for row in exchange.store.rows(MEMBERSHIP) if row.data["teamId"] == organization
    }


def _member(exchange: Exchange) -> int:
    user: int = exchange.params["userId"]
    if user not in _members(exchange):
        raise not_found("user")
    return user


def _entry(exchange: Exchange) -> Row:
    row = exchange.store.get(OUT_OF_OFFICE, exchange.params["oooId"])
    if row is None or row.data["userId"] != _member(exchange):
        raise not_found("out-of-office")
    return row
