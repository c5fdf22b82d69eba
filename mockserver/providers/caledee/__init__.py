"""Caledee's rules that need memory: slots, bookings, contacts; everything else is in its document."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.engine.deliveries import Deliveries
from mockserver.engine.service import Provider
from mockserver.providers.caledee.availability import get_availability
from mockserver.providers.caledee.bookings import cancel_booking, create_booking
from mockserver.providers.caledee.data import DATA_SETS, populate
from mockserver.providers.caledee.deliveries import renew, subscribe, tried
from mockserver.providers.caledee.kinds import INDEXES
from mockserver.providers.caledee.profile import get_description, get_me

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    behaviours=MappingProxyType(
        {
            "getMe": get_me,
            "getAvailability": get_availability,
            "createBooking": create_booking,
            "cancelBooking": cancel_booking,
            "getDescription": get_description,
        }
    ),
    indexes=INDEXES,
    populate=populate,
    data_sets=DATA_SETS,
    deliveries=Deliveries(renew=renew, tried=tried, subscribe=subscribe),
)
