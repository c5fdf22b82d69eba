"""The broken integration against a provider that Hypothesis plays."""

from contracts import fuzz
from examples.webhook_receiver.broken import Receiver

SECRET = "a-shared-secret"
HOOK = {
    "callbackUrl": "https://hooks.example.com/zeeg",
    "events": ["invitee.scheduled", "invitee.cancelled"],
    "scope": "user",
    "token": SECRET,
}
BOOKING = {
    "ownerSlug": "alex-mueller",
    "eventTypeSlug": "intro-30",
    "date": "2026-04-14",
    "duration": 30,
    "name": "Mira Oduya",
    "email": "mira.oduya@example.org",
    "timeZone": "Europe/Berlin",
    "start": "10:00",
}


@fuzz("zeeg", cases=60)
def test_receiver(mock):
    # What happens at the provider: somebody subscribes, a booking is made and cancelled.
    provider = mock.mock
    provider.call("POST", "/v2/webhooks", persona="owner", json=HOOK)
    event = provider.call("POST", "/v2/event", persona="owner", json=BOOKING)
    if event.status != 200:
        return
    uuid = event.json["uuid"]
    provider.call("PUT", f"/v2/scheduled-events/{uuid}/cancel", persona="owner", json={})
    receiver = Receiver(SECRET)
    mock.deliver(receiver)
    assert not receiver.coming.get(uuid)
