"""How a provider's webhooks leave: rules, bodies that the document allows, what an attempt sends; no wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.engine.refusals import NotConformant
from mockserver.openapi.anatomy import lookup
from mockserver.openapi.contract import Contract
from mockserver.openapi.schemas import Check
from mockserver.signatures import Scheme
from mockserver.world.outbox import Message, Twist

if TYPE_CHECKING:
    from mockserver.engine.service import Service
    from mockserver.world.world import World

# The faults that meet deliveries (mockserver/faults/deliveries.py).
LOST: Final = "webhook-lost"
DUPLICATED: Final = "webhook-duplicated"
REORDERED: Final = "webhook-reordered"
DELAYED: Final = "webhook-delayed"
BAD_SIGNATURE: Final = "webhook-bad-signature"
OLD_TIMESTAMP: Final = "webhook-old-timestamp"
OLD_SECONDS: Final = 600.0
JSON: Final = (("Content-Type", "application/json"),)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What x-deliveries says: how deliveries are signed, when they are tried again, for how long, where to.

    `retries` and `timeout` are in seconds. `disable_after`: so many failures in a row end a subscription.
    """

    signature: Scheme = field(default_factory=Scheme)
    retries: tuple[float, ...] = ()
    timeout: float = 10.0
    follows: bool = False
    disable_after: int | None = None

    @classmethod
    def from_fact(cls, fact: Mapping[str, Any]) -> Rules:
        """From x-deliveries, or what goes without saying where there is none."""
        schedule = fact.get("schedule", {})
        return cls(
            Scheme.from_fact(fact.get("signature", {})),
            tuple(float(each) for each in schedule.get("retries", ())),
            float(schedule.get("timeout", 10.0)),
            schedule.get("redirects") == "followed",
            schedule.get("disable-after"),
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """What one attempt sends, and what a fault did to it (`note`)."""

    headers: Headers
    body: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class Subscribing:
    """A subscription made from outside, where the provider's API has no operation for it."""

    url: str
    events: tuple[str, ...]
    secret: str
    persona: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What a provider's package says of its deliveries, each where there is something to say.

    `renew` gives body and headers of an attempt (1: the first) where they differ from attempt to attempt.
    `tried` is told how an attempt went. `wakes` is when the clock will next bring something about that is
    told, None for never. `subscribe` makes a subscription and gives its id.
    """

    renew: Callable[[Message, int, datetime], tuple[bytes, Headers]] | None = None
    tried: Callable[[Service, World, Message], None] | None = None
    wakes: Callable[[World], datetime | None] | None = None
    subscribe: Callable[[Service, World, Subscribing], str] | None = None


class Post:
    """The deliveries of one provider, compiled."""

    def __init__(self, contract: Contract, *, prepared: bool, given: Deliveries) -> None:
        self.rules = Rules.from_fact(contract.facts.get("deliveries", {}))
        self.given = given
        self.events: tuple[str, ...] = tuple(contract.data.get("webhooks", {}))
        self._contract = contract
        self._prepared = prepared
        self._checks: dict[str, Check | None] = {}
        # What was put last: one event goes to several subscriptions.
        self._last: tuple[str, Any, bytes] = ("", None, b"")

    def put(
        self,
        world: World,
        event: str,
        *,
        to: str,
        subscription: str,
        value: Any,
        now: datetime,
        body: bytes | None = None,
        headers: Headers = JSON,
        secret: str | None = None,
    ) -> Message:
        """Queue a message about `value`, which the document has to allow (NotConformant where it does not).

        The value must not change afterwards. `body` is what is sent where that is not the value's own JSON.
        """
        last_event, last_value, content = self._last
        if last_value is not value or last_event != event:
            self.judge(event, value)
            content = orjson.dumps(value)
            self._last = (event, value, content)
        if body is not None:
            content = body
        signed = self.rules.signature.sign(content, secret, now.timestamp())
        return world.outbox.put(
            Message(
                provider=self._contract.slug,
                event=event,
                url=to,
                body=content,
                made_at=now,
                headers=(*headers, *signed.items()),
                retries=self.rules.retries,
                subscription=subscription,
                secret=secret or "",
            )
        )

    def judge(self, event: str, value: Any) -> None:
        """NotConformant where the document does not declare that webhook with such a body."""
        try:
            check = self._checks[event]
        except KeyError:
            check = self._checks[event] = self._check(event)
        if check is not None and not check.ok(value):
            raise NotConformant(
                f"the body of the webhook {event} does not fit {check.pointer}",
                [f"/{'/'.join(map(str, v.path))} {v.message}" for v in check.problems(value)],
            )

    def _check(self, event: str) -> Check | None:
        pointer = body_pointer(self._contract.data, event)
        if pointer is None:
            if self._prepared:
                raise NotConformant(
                    f"the document has no webhook {event} with a body of JSON", ("/webhooks",)
                )
            return None
        return self._contract.schemas.check(pointer)

    def letter(self, message: Message, at: datetime) -> Letter:
        """What the next attempt of a message sends at that time, signed, as the faults leave it."""
        attempt = len(message.attempts) + 1
        body, headers = message.body, message.headers
        if self.given.renew is not None:
            body, headers = self.given.renew(message, attempt, at)
        scheme = self.rules.signature
        notes = []
        stamp = at.timestamp()
        for twist in message.twists or ():
            if twist.fault == OLD_TIMESTAMP:
                if scheme.kind == "timestamped-hmac-sha256" and message.secret:
                    stamp -= float(twist.params.get("seconds", OLD_SECONDS))
                    notes.append(_did(twist, "signed as of earlier"))
                else:
                    notes.append(_did(twist, "cannot act: no time is signed"))
        signed = scheme.sign(body, message.secret, stamp)
        for twist in message.twists or ():
            if twist.fault == BAD_SIGNATURE:
                if message.secret and signed:
                    signed = {name: spoilt(value) for name, value in signed.items()}
                    notes.append(_did(twist, "the signature is not the secret's"))
                else:
                    notes.append(_did(twist, "cannot act: nothing is signed"))
        own = scheme.header.lower()
        kept = tuple(pair for pair in headers if pair[0].lower() != own)
        return Letter((*kept, *signed.items()), body, "; ".join(notes))


def body_pointer(data: Mapping[str, Any], event: str) -> str | None:
    """Where the schema of a webhook's body stands; None where none is declared."""
    pointer = "/webhooks/" + event.replace("~", "~0").replace("/", "~1")
    for step in ("", "/post", "/requestBody", "/content/application~1json/schema"):
        pointer += step
        for _ in range(8):
            try:
                node = lookup(data, pointer)
            except (KeyError, LookupError):
                return None
            reference = (
                node.get("$ref") if isinstance(node, Mapping) and not step.endswith("schema") else None
            )
            if not isinstance(reference, str) or not reference.startswith("#/"):
                break
            pointer = reference[1:]
    return pointer


def spoilt(signature: str) -> str:
    """As long as it and of the same letters, and not it: its last letter is another one."""
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


def _did(twist: Twist, what: str) -> str:
    return f"{twist.fault} ({twist.source}): {what}"
