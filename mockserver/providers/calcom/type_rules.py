"""By operation, the rules of event types, schedules, subscriptions and profiles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mockserver.engine.exchange import Behaviour
from mockserver.providers.calcom import event_types, hooks, me, private_links, schedules, team_types

TYPES: Final[Mapping[str, Behaviour]] = MappingProxyType(
    {
        "createEventType": event_types.create_event_type,
        "listEventTypes": event_types.list_event_types,
        "getEventType": event_types.get_event_type,
        "updateEventType": event_types.update_event_type,
        "deleteEventType": event_types.delete_event_type,
        "listTeamEventTypes": team_types.list_team_event_types,
        "createTeamEventType": team_types.create_team_event_type,
        "getTeamEventType": team_types.get_team_event_type,
        "createPrivateLink": private_links.create_private_link,
        "listPrivateLinks": private_links.list_private_links,
        "updatePrivateLink": private_links.update_private_link,
        "deletePrivateLink": private_links.delete_private_link,
        "createEventTypeWebhook": hooks.create_event_type_webhook,
        "listEventTypeWebhooks": hooks.list_event_type_webhooks,
        "getEventTypeWebhook": hooks.get_event_type_webhook,
        "updateEventTypeWebhook": hooks.update_event_type_webhook,
        "deleteEventTypeWebhook": hooks.delete_event_type_webhook,
        "deleteEventTypeWebhooks": hooks.delete_event_type_webhooks,
        "createSchedule": schedules.create_schedule,
        "listSchedules": schedules.list_schedules,
        "getDefaultSchedule": schedules.get_default_schedule,
        "getSchedule": schedules.get_schedule,
        "updateSchedule": schedules.update_schedule,
        "deleteSchedule": schedules.delete_schedule,
        "createWebhook": hooks.create_webhook,
        "listWebhooks": hooks.list_webhooks,
        "getWebhook": hooks.get_webhook,
        "updateWebhook": hooks.update_webhook,
        "deleteWebhook": hooks.delete_webhook,
        "getMe": me.get_me,
        "updateMe": me.update_me,
        "getBookingLimits": me.get_booking_limits,
        "updateBookingLimits": me.update_booking_limits,
        "clearBookingLimits": me.clear_booking_limits,
    }
)
