"""Cal.com's rules that need memory: bookings, slots, calendars, OAuth, organisations."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.engine.deliveries import Deliveries
from mockserver.engine.service import Provider, Service
from mockserver.providers.calcom.booking_rules import BOOKINGS
from mockserver.providers.calcom.data import DATA_SETS, populate
from mockserver.providers.calcom.kinds import INDEXES
from mockserver.providers.calcom.meetings import next_meeting, settle_meetings
from mockserver.providers.calcom.permission import authorize
from mockserver.providers.calcom.reservations import settle_reservations
from mockserver.providers.calcom.rest import REST, REST_INDEXES
from mockserver.providers.calcom.type_rules import TYPES
from mockserver.world.world import World

__all__ = ["PROVIDER"]


def settle(service: Service, world: World) -> None:
    """What the clock brings about: slots that are kept no longer, meetings that begin and end."""
    settle_reservations(world)
    settle_meetings(service, world)


PROVIDER = Provider(
    behaviours=MappingProxyType({**TYPES, **BOOKINGS, **REST}),
    indexes=MappingProxyType({**REST_INDEXES, **INDEXES}),
    populate=populate,
    settle=settle,
    data_sets=DATA_SETS,
    authorize=authorize,
    deliveries=Deliveries(wakes=next_meeting),
)
