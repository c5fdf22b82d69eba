"""What became of the webhooks that a mock sent over HTTP, and the faults that meet them; sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from mockserver.world.outbox import Message

LOCAL = ("127.0.0.1", "localhost", "::1")
LOST, DUPLICATED, REORDERED = "webhook-lost", "webhook-duplicated", "webhook-reordered"
DELAYED, FORGED, OLD = "webhook-delayed", "webhook-bad-signature", "webhook-old-timestamp"
# What a receiver may meet, the gravest first; and after which of it a program may miss something.
FAULTS: tuple[Mapping[str, Any], ...] = (
    {"fault": FORGED},
    {"fault": DUPLICATED},
    {"fault": REORDERED, "seconds": 1},
    {"fault": DELAYED, "seconds": 1},
    {"fault": OLD},
    {"fault": LOST},
)
HARD = frozenset({LOST, REORDERED, DELAYED, FORGED, OLD})

Posted = tuple[str, int | None, bool]


def sent(messages: Iterable[Message]) -> list[Message]:
    """Those that went, or should have gone, to a receiver on this machine; others are nobody's here."""
    return [each for each in messages if each.attempts and is_local(each)]


def is_local(message: Message) -> bool:
    """Whether it goes to this machine."""
    return urlsplit(message.url).hostname in LOCAL


def posted(messages: Iterable[Message]) -> list[Posted]:
    """Each attempt: what it was, the receiver's answer or None, whether its signature was not the secret's.

    What was never sent, and what was signed as of long ago, says nothing about the receiver.
    """
    found: list[Posted] = []
    for message in messages:
        for attempt in message.attempts:
            if LOST in attempt.error or _did(attempt.note, OLD):
                continue
            found.append((f"{message.id} ({message.event})", attempt.status, _did(attempt.note, FORGED)))
    return found


def met(messages: Iterable[Message]) -> frozenset[str]:
    """The faults that met any of them, by name."""
    return frozenset(twist.fault for message in messages for twist in message.twists or ())


def _did(note: str, fault: str) -> bool:
    return any(part.startswith(fault) and "cannot act" not in part for part in note.split("; "))
