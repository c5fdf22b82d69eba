"""Users: making one who can be booked at once, reading, changing and deleting them; knows no appointments."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from mockserver.engine.diary import BY_HOST
from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.meetergo.access import demand, find, public, sees_all
from mockserver.providers.meetergo.deliveries import JOINED, announce
from mockserver.providers.meetergo.kinds import (
    AVAILABILITY,
    BY_COMPANY,
    BY_EMAIL,
    BY_SLUG,
    BY_USER,
    MEETING_TYPE,
    USER,
)
from mockserver.providers.meetergo.meeting_types import new_meeting_type
from mockserver.providers.meetergo.schedules import USUAL, new_availability, remove_availability
from mockserver.providers.meetergo.times import stamp
from mockserver.world.store import Store

PAGES: Final = "https://cal.meetergo.com"
FIRST_TYPE: Final = {"slug": "30min-meeting", "meetingInfo": {"name": "30 min meeting", "duration": 30}}

_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")


def create_user(exchange: Exchange) -> Reply:
    """Make a user, an availability, a meeting type and with it a booking page: 400 the address is taken."""
    store, asked, company = exchange.store, exchange.data, exchange.who.account
    _check_email(exchange, asked["email"], None)
    acting = store.get(USER, exchange.who.user)
    assert acting is not None, "whoever acts is there"
    id, now = exchange.new_id("user"), stamp(exchange.now)
    name = f"{asked['givenName']} {asked['familyName']}"
    row = store.insert(
        USER,
        id,
        {
            "id": id,
            "email": asked["email"],
            "givenName": asked["givenName"],
            "familyName": asked["familyName"],
            "fullName": name,
            "slug": free_slug(store, name),
            "picture": None,
            "timezone": asked.get("timezone") or acting.data["timezone"],
            "language": asked.get("language") or acting.data["language"],
            "role": "member",
            "companyId": company,
            "createdAt": now,
            "updatedAt": now,
        },
    )
    hours = {"name": "Working hours", "timezone": row.data["timezone"], "schedule": USUAL}
    availability = new_availability(exchange, id, hours, default=True)
    meeting_type = new_meeting_type(exchange, FIRST_TYPE, [id])
    announce(exchange, JOINED, row)
    return reply_json(
        exchange,
        {
            "userId": id,
            "availabilityId": availability.id,
            "meetingTypeId": meeting_type.id,
            "bookingUrl": f"{PAGES}/{row.data['slug']}/{meeting_type.data['slug']}",
            "companyId": company,
        },
    )


def list_users(exchange: Exchange) -> Reply:
    """The company's users, oldest first; only itself for a member, unless a platform key asks."""
    caller = exchange.who
    rows = exchange.store.listed(USER, BY_COMPANY, (caller.account,))
    if caller.kind != "key" and not sees_all(caller):
        rows = [row for row in rows if row.id == caller.user]
    return reply_json(exchange, [public(row) for row in rows])


def get_current_user(exchange: Exchange) -> Reply:
    """The user whom the credential acts as."""
    return reply_row(exchange, find(exchange, "user", exchange.who.user))


def get_user(exchange: Exchange) -> Reply:
    """One user: 404 no such one in the company, 403 a member asks for another."""
    row = find(exchange, "user", exchange.params["id"])
    if exchange.who.kind != "key":
        demand(exchange, [str(row.id)])
    return reply_row(exchange, row)


def update_user(exchange: Exchange) -> Reply:
    """Change a user: 404 no such user, 400 the address is taken."""
    row = find(exchange, "user", exchange.params["id"])
    asked = exchange.data
    if "email" in asked:
        _check_email(exchange, asked["email"], str(row.id))
    fields = ("email", "givenName", "familyName", "timezone", "language")
    data: dict[str, Any] = {**row.data, **{name: asked[name] for name in fields if name in asked}}
    data["fullName"] = f"{data['givenName']} {data['familyName']}"
    data["updatedAt"] = stamp(exchange.now)
    return reply_row(exchange, exchange.store.put(USER, row.id, data))


def delete_user(exchange: Exchange) -> Reply:
    """Take a user away, with what is the user's alone: 404 no such user, 400 it is the company's owner."""
    store = exchange.store
    row = find(exchange, "user", exchange.params["id"])
    if row.data["role"] == "owner":
        raise Refusal(400, "owner-stays", pointer=exchange.plan.pointer)
    for default in (True, False):
        for availability in store.listed(AVAILABILITY, BY_USER, (row.id, default)):
            remove_availability(store, availability)
    for meeting_type in store.listed(MEETING_TYPE, BY_HOST, (row.id,)):
        left = [host for host in meeting_type.data["hostIds"] if host != row.id]
        if left:
            store.put(MEETING_TYPE, meeting_type.id, {**meeting_type.data, "hostIds": left})
        else:
            store.remove(MEETING_TYPE, meeting_type.id)
    store.remove(USER, row.id)
    return Reply(204)


def free_slug(store: Store, name: str) -> str:
    """A slug that nobody has, made of a name: `john-smith`, `john-smith-2`."""
    slug = slug_of(name)
    number, free = 1, slug
    while store.amount(USER, BY_SLUG, (free,)):
        number += 1
        free = f"{slug}-{number}"
    return free


def slug_of(name: str) -> str:
    """A name in small letters and digits; `user` where it has neither."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NO_LETTERS.sub("-", plain).strip("-")[:80].strip("-") or "user"


def _check_email(exchange: Exchange, email: str, own: str | None) -> None:
    others = exchange.store.listed(USER, BY_EMAIL, (exchange.who.account, email))
    if any(row.id != own for row in others):
        raise Refusal(400, "email-taken", pointer=exchange.plan.pointer)
