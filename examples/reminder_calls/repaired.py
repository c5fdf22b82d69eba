"""Has everybody called who has an appointment tomorrow."""

import http.client
import json
import time
import urllib.error
import urllib.request


class NotNow(Exception):
    """The provider cannot be reached; try again later."""


def call(base: str, token: str, agent: str, person: dict) -> int:
    """The id of the call."""
    request = urllib.request.Request(
        f"{base}/agents/{agent}/outbound-calls",
        json.dumps(person).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    for _ in range(4):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["id"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 429:
                    raise NotNow(f"status {error.code}") from error
                time.sleep(float(error.headers.get("Retry-After", 30)))
        except (OSError, ValueError, http.client.HTTPException) as error:
            # The call may have been made: to ask again would be to call twice.
            raise NotNow("no answer: look whether the call was made") from error
    raise NotNow("too many requests")
