"""The broken integration against a provider that Hypothesis plays."""

from contracts import fuzz
from examples.reminder_calls.broken import NotNow, call

AGENT = "3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b"
MIRA = {"phoneNumber": "+4915112345678", "email": "mira.oduya@example.org", "fullName": "Mira Oduya"}


@fuzz("zeeg", scopes=["outbound-calls:write"], gives_up=NotNow)
def test_call(mock):
    call(mock.url + "/v2", mock.token(), AGENT, MIRA)
