"""Names of the kinds outside bookings, and what their rules share; knows no rule of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from mockserver.engine.exchange import Exchange
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import without_private
from mockserver.providers.calcom.people import caller_id
from mockserver.world.store import Index, Row

CREDENTIAL: Final = "calcom/credential"
CALENDAR_EVENT: Final = "calcom/calendar-event"
DESTINATION: Final = "calcom/destination-calendar"
SELECTED: Final = "calcom/selected-calendar"
CONFERENCING: Final = "calcom/conferencing-app"
BALANCE: Final = "calcom/credit-balance"
OAUTH_CLIENT: Final = "calcom/oauth-client"
PLATFORM_CLIENT: Final = "calcom/platform-client"
MANAGED_USER: Final = "calcom/managed-user"
PLATFORM_WEBHOOK: Final = "calcom/platform-webhook"
ROLE: Final = "calcom/role"
OUT_OF_OFFICE: Final = "calcom/out-of-office"
VERIFIED_EMAIL: Final = "calcom/verified-email"
VERIFIED_PHONE: Final = "calcom/verified-phone"
PUSH: Final = "calcom/push-subscription"

# Not in the document: consents that are asked for, charges by their references, codes, refresh tokens, and
# which conferencing app a user has chosen.
CONSENT: Final = "calcom/consent"
CHARGE: Final = "calcom/charge"
CODE: Final = "calcom/code"
REFRESH: Final = "calcom/refresh"
VERIFICATION: Final = "calcom/verification"
DEFAULT_APP: Final = "calcom/default-app"

BY_USER: Final = "by-user"
BY_CLIENT: Final = "by-client"
BY_PLACE: Final = "by-place"
BY_TOKEN: Final = "by-token"

REST_INDEXES: Final[Mapping[str, Sequence[Index]]] = MappingProxyType(
    {
        "credential": (Index(BY_USER, ("userId",)),),
        "calendar-event": (Index(BY_USER, ("_user",)),),
        "conferencing-app": (Index(BY_USER, ("userId",)),),
        "selected-calendar": (Index(BY_USER, ("userId",)),),
        "out-of-office": (Index(BY_USER, ("userId",)),),
        "verified-email": (Index(BY_USER, ("userId",)),),
        "verified-phone": (Index(BY_USER, ("userId",)),),
        "push-subscription": (Index(BY_USER, ("userId",)),),
        "managed-user": (Index(BY_CLIENT, ("_client",)),),
        "platform-webhook": (Index(BY_CLIENT, ("oAuthClientId",)),),
        "refresh": (Index(BY_USER, ("user",)),),
        "consent": (),
        "charge": (),
        "code": (),
        "verification": (),
        "default-app": (),
    }
)


def user_id(exchange: Exchange) -> int:
    """The number of the user who asks; a 403 refusal for credentials that stand for nobody."""
    id = caller_id(exchange)
    if id is None:
        raise Refusal(403, "no-user", pointer=exchange.plan.pointer)
    return id


def shown(row: Row) -> dict[str, Any]:
    """A row as answers have it: without what is ours alone."""
    return without_private(row.data)


def cut(exchange: Exchange, rows: Sequence[Row]) -> Sequence[Row]:
    """The page of a list that `take` and `skip` ask for."""
    skip = exchange.params.get("skip") or 0
    take = exchange.params.get("take") or 250
    return rows[skip : skip + take]


def done(data: Any) -> dict[str, Any]:
    """The envelope of all answers."""
    return {"status": "success", "data": data}


def not_found(kind: str) -> Refusal:
    """What is not there, or is somebody else's."""
    return Refusal(404, "not-found", kind=kind, pointer=f"/x-resources/{kind}")


def of_user(exchange: Exchange, kind: str, user: int) -> list[Row]:
    """The rows of a user, in order of their making."""
    return list(exchange.store.listed(kind, BY_USER, (user,)))


def drop(exchange: Exchange, rows: Iterable[Row]) -> None:
    """Take rows away."""
    for row in list(rows):
        exchange.store.remove(row.kind, row.id)
