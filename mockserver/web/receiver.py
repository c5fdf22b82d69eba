"""The built-in receiver, for deliveries to names that nobody has; knows requests, no network.

It takes what is sent to example.com, example.org, example.net and whatever ends in .example, keeps the last
thousand, and answers 200; an address whose path begins with `/status/<code>` is answered with that.
"""

from __future__ import annotations

import re
from typing import Final

from mockserver.engine.deliveries import Letter
from mockserver.web.reach import Target
from mockserver.web.sender import Outcome
from mockserver.world.outbox import Message, Received
from mockserver.world.world import World

_STATUS: Final = re.compile(r"/status/([2-5][0-9]{2})(?:[/?]|\Z)", re.ASCII)


def receive(world: World, message: Message, target: Target, letter: Letter) -> Outcome:
    """Keep a delivery, and answer it."""
    wanted = _STATUS.match(target.path)
    status = int(wanted[1]) if wanted is not None else 200
    world.outbox.received.append(
        Received(world.now, message.id, message.url, letter.headers, letter.body, status)
    )
    return Outcome(status)
