"""What a mock in this process would deliver, as it would leave; nothing goes over a wire."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.mailbox import Delivery
from mockserver.engine.deliveries import Letter, Subscribing
from mockserver.mock import Mock

SECRET = "a-secret-of-the-mailbox"
URL = "https://hooks.example.org/understudy-checks"


class Outbox:
    """The messages of a mock's world that are for one address."""

    url = URL

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self.secret: str | None = None
        service = mock.service()
        subscribe = service.provider.deliveries.subscribe
        if subscribe is not None:
            events = tuple(service.contract.data.get("webhooks", {}))
            persona = service.settings.personas[0].name
            mock.run(
                lambda: subscribe(service, mock.world, Subscribing(URL, events, SECRET, persona)),
            )
            self.secret = SECRET

    def arrived(self) -> Sequence[Delivery]:
        """What waits or was tried, oldest first, as the next attempt would send it."""
        mock, now = self._mock, self._mock.clock.now
        found = []
        for message in reversed(mock.world.outbox.messages()):
            if message.url == self.url:
                # What has no secret leaves as it was put.
                letter = (
                    mock.service().post.letter(message, now)
                    if message.secret
                    else Letter(message.headers, message.body)
                )
                headers = {name.lower(): value for name, value in letter.headers}
                found.append(Delivery(headers, letter.body, now.timestamp()))
        return found
