"""Cal.com's rules that need memory: bookings, slots, calendars, OAuth, organisations."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.engine.service import Provider
from mockserver.providers.calcom.booking_rules import BOOKINGS
from mockserver.providers.calcom.data import DATA_SETS, populate
from mockserver.providers.calcom.kinds import INDEXES
from mockserver.providers.calcom.permission import authorize
from mockserver.providers.calcom.reservations import settle
from mockserver.providers.calcom.rest import REST, REST_INDEXES
from mockserver.providers.calcom.type_rules import TYPES

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    behaviours=MappingProxyType({**TYPES, **BOOKINGS, **REST}),
    indexes=MappingProxyType({**REST_INDEXES, **INDEXES}),
    populate=populate,
    settle=settle,
    data_sets=DATA_SETS,
    authorize=authorize,
)
