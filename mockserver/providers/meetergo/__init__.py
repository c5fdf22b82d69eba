"""meetergo's rules that need memory: users, hours, bookings, appointments; the rest is in its document."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.engine.service import Provider
from mockserver.providers.meetergo.appointments import (
    cancel_appointment,
    delete_appointment,
    get_appointment,
    list_todays_appointments,
    reschedule_appointment,
    update_notes,
    update_transcription,
)
from mockserver.providers.meetergo.bookings import create_booking
from mockserver.providers.meetergo.data import DATA_SETS, populate
from mockserver.providers.meetergo.kinds import INDEXES
from mockserver.providers.meetergo.meeting_types import (
    create_meeting_type,
    delete_meeting_type,
    update_meeting_type,
)
from mockserver.providers.meetergo.openings import get_booking_availability
from mockserver.providers.meetergo.people import (
    create_user,
    delete_user,
    get_current_user,
    get_user,
    list_users,
    update_user,
)
from mockserver.providers.meetergo.schedules import (
    create_availability,
    delete_availability,
    get_availability,
    update_availability,
)
from mockserver.providers.meetergo.webhooks import create_webhook

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    behaviours=MappingProxyType(
        {
            "createUser": create_user,
            "listUsers": list_users,
            "getCurrentUser": get_current_user,
            "getUser": get_user,
            "updateUser": update_user,
            "deleteUser": delete_user,
            "createMeetingType": create_meeting_type,
            "updateMeetingType": update_meeting_type,
            "deleteMeetingType": delete_meeting_type,
            "createAvailability": create_availability,
            "getAvailability": get_availability,
            "updateAvailability": update_availability,
            "deleteAvailability": delete_availability,
            "getBookingAvailability": get_booking_availability,
            "createBooking": create_booking,
            "listTodaysAppointments": list_todays_appointments,
            "getAppointment": get_appointment,
            "deleteAppointment": delete_appointment,
            "cancelAppointment": cancel_appointment,
            "rescheduleAppointment": reschedule_appointment,
            "updateAppointmentNotes": update_notes,
            "updateAppointmentTranscription": update_transcription,
            "createWebhook": create_webhook,
        }
    ),
    indexes=INDEXES,
    populate=populate,
    data_sets=DATA_SETS,
)
