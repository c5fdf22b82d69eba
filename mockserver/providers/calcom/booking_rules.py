"""By operation, the rules of bookings, slots and reservations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mockserver.engine.exchange import Behaviour
from mockserver.providers.calcom import (
    attendance,
    availability,
    bookings,
    changes,
    decisions,
    extras,
    lists,
    reservations,
)

BOOKINGS: Final[Mapping[str, Behaviour]] = MappingProxyType(
    {
        "createBooking": bookings.create_booking,
        "listBookings": lists.list_bookings,
        "getBooking": changes.get_booking,
        "getBookingBySeat": changes.get_booking_by_seat,
        "rescheduleBooking": changes.reschedule_booking,
        "requestReschedule": changes.request_reschedule,
        "cancelBooking": changes.cancel_booking,
        "confirmBooking": decisions.confirm_booking,
        "declineBooking": decisions.decline_booking,
        "markAbsent": decisions.mark_absent,
        "reassignBooking": decisions.reassign_booking,
        "reassignBookingToUser": decisions.reassign_booking_to_user,
        "updateBookingLocation": attendance.update_booking_location,
        "addGuests": attendance.add_guests,
        "listAttendees": attendance.list_attendees,
        "getAttendee": attendance.get_attendee,
        "addAttendee": attendance.add_attendee,
        "getCalendarLinks": extras.get_calendar_links,
        "getBookingReferences": extras.get_booking_references,
        "getRecordings": extras.get_recordings,
        "getTranscripts": extras.get_transcripts,
        "getConferencingSessions": extras.get_conferencing_sessions,
        "listSlots": availability.list_slots,
        "reserveSlot": reservations.reserve_slot,
        "getReservation": reservations.get_reservation,
        "updateReservation": reservations.update_reservation,
        "deleteReservation": reservations.delete_reservation,
    }
)
