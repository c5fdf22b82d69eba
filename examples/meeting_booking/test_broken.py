"""The broken integration against a provider that Hypothesis plays."""

from contracts import fuzz
from examples.meeting_booking.broken import Agenda, NotNow


@fuzz("calcom", cases=60, gives_up=NotNow)
def test_booking(mock):
    agenda = Agenda(mock.url + "/v2", mock.token(), event_type=7)
    with agenda.client:
        booking = agenda.book(mock.now.date(), "Nora Lind", "nora.lind@example.org")
        assert booking is None or booking["start"]
