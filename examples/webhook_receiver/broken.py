"""Takes Zeeg's webhooks and keeps who comes."""

import json


class Receiver:
    """A calendar that webhooks fill."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.coming: dict[str, bool] = {}

    def __call__(self, _headers, body: bytes) -> int:
        """The status of the answer to one delivery."""
        told = json.loads(body)
        uuid = told.get("eventUuid")
        if told["event"] == "invitee.scheduled":
            # Once cancelled it stays so, whatever comes late.
            self.coming.setdefault(uuid, True)
        elif told["event"] == "invitee.cancelled":
            self.coming[uuid] = False
        return 200
