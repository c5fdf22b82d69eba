"""Addresses and telephones that are shown to be the user's own; sends no codes."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import (
    VERIFICATION,
    VERIFIED_EMAIL,
    VERIFIED_PHONE,
    cut,
    done,
    not_found,
    of_user,
    shown,
    user_id,
)

# Nothing is sent, so there has to be a code that a test can know.
CODE = "123456"
LIFETIME = 600.0  # seconds (assumed)


def request_email_code(exchange: Exchange) -> Reply:
    """Ask for a code to that address."""
    return _request(exchange, exchange.data["email"].lower())


def request_phone_code(exchange: Exchange) -> Reply:
    """Ask for a code to that number."""
    return _request(exchange, exchange.data["phone"])


def verify_email(exchange: Exchange) -> Reply:
    """The address with its code: 400 for a code that is wrong, too old or was not asked for."""
    return _verify(exchange, VERIFIED_EMAIL, "email", exchange.data["email"].lower())


def verify_phone(exchange: Exchange) -> Reply:
    """The number with its code, likewise."""
    return _verify(exchange, VERIFIED_PHONE, "phoneNumber", exchange.data["phone"])


def list_verified_emails(exchange: Exchange) -> Reply:
    """The caller's addresses."""
    return _list(exchange, VERIFIED_EMAIL)


def list_verified_phones(exchange: Exchange) -> Reply:
    """The caller's numbers."""
    return _list(exchange, VERIFIED_PHONE)


def get_verified_email(exchange: Exchange) -> Reply:
    """One of the caller's addresses."""
    return _get(exchange, VERIFIED_EMAIL)


def get_verified_phone(exchange: Exchange) -> Reply:
    """One of the caller's numbers."""
    return _get(exchange, VERIFIED_PHONE)


def _request(exchange: Exchange, what: str) -> Reply:
    id = f"{user_id(exchange)} {what}"
    told = {"until": exchange.world.clock.epoch() + LIFETIME}
    if exchange.store.get(VERIFICATION, id) is None:
        exchange.store.insert(VERIFICATION, id, told)
    else:
        exchange.store.put(VERIFICATION, id, told)
    return reply_json(exchange, {"status": "success"})


def _verify(exchange: Exchange, kind: str, field: str, what: str) -> Reply:
    user, store = user_id(exchange), exchange.store
    asked = store.get(VERIFICATION, f"{user} {what}")
    known = asked is not None and asked.data["until"] > exchange.world.clock.epoch()
    if not known or exchange.data["code"] != CODE:
        raise Refusal(400, "wrong-code", pointer=exchange.plan.pointer)
    store.remove(VERIFICATION, f"{user} {what}")
    row = next((each for each in of_user(exchange, kind, user) if each.data[field] == what), None)
    if row is None:
        name = kind.partition("/")[2]
        id = exchange.service.new_row_id(exchange.world, exchange.service.resources[name])
        row = store.insert(kind, id, {"id": id, field: what, "userId": user})
    return reply_row(exchange, row)


def _list(exchange: Exchange, kind: str) -> Reply:
    rows = cut(exchange, of_user(exchange, kind, user_id(exchange)))
    return reply_json(exchange, done([shown(row) for row in rows]))


def _get(exchange: Exchange, kind: str) -> Reply:
    row = exchange.store.get(kind, exchange.params["id"])
    if row is None or row.data["userId"] != user_id(exchange):
        raise not_found(kind.partition("/")[2])
    return reply_row(exchange, row)
