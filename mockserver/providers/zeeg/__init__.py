"""Zeeg's rules that need memory: slots, bookings, hand-overs, calls; everything else is in its document."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.engine.service import Provider
from mockserver.providers.zeeg.availability import get_availability
from mockserver.providers.zeeg.calls import create_outbound_call, settle_calls
from mockserver.providers.zeeg.data import DATA_SETS, populate
from mockserver.providers.zeeg.events import cancel_event, cancel_invitee, create_event
from mockserver.providers.zeeg.handover import handover_event
from mockserver.providers.zeeg.kinds import INDEXES
from mockserver.providers.zeeg.links import create_single_use_link
from mockserver.providers.zeeg.pages import toggle_event_type
from mockserver.providers.zeeg.people import add_team_member, whoami
from mockserver.providers.zeeg.schedules import (
    get_default_schedule,
    update_default_schedule,
    update_schedule,
)
from mockserver.providers.zeeg.webhooks import create_webhook

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    behaviours=MappingProxyType(
        {
            "cancelEvent": cancel_event,
            "handoverEvent": handover_event,
            "cancelInvitee": cancel_invitee,
            "toggleEventType": toggle_event_type,
            "createSingleUseLink": create_single_use_link,
            "getAvailability": get_availability,
            "createEvent": create_event,
            "getDefaultSchedule": get_default_schedule,
            "updateDefaultSchedule": update_default_schedule,
            "updateSchedule": update_schedule,
            "createWebhook": create_webhook,
            "whoami": whoami,
            "addTeamMember": add_team_member,
            "createOutboundCall": create_outbound_call,
        }
    ),
    indexes=INDEXES,
    populate=populate,
    data_sets=DATA_SETS,
    settle=settle_calls,
)
