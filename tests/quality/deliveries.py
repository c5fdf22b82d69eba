"""Faults of webhooks, and of what only one provider has: charges with a name, scopes that hold others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson

from mockserver import Mock
from mockserver.engine.exchange import Exchange
from mockserver.world.outbox import Message
from tests.quality.twists import Deviation, Twist, asking


def posting(change: Callable[[Message], list[Message]]) -> Twist:
    """Messages are put into the outbox otherwise: none, others, or more than one for each."""

    def twist(mock: Mock) -> None:
        outbox = mock.world.outbox
        put = type(outbox).put

        class Bent(type(outbox)):  # type: ignore[misc]
            def put(self, message: Message) -> Message:
                for each in change(message):
                    message = put(self, each)
                return message

        bent = object.__new__(Bent)
        for name in type(outbox).__slots__:
            setattr(bent, name, getattr(outbox, name))
        mock.world.outbox = bent

    return twist


def without_signature(message: Message) -> list[Message]:
    """Nothing vouches for it."""
    kept = tuple(pair for pair in message.headers if pair[0].lower() == "content-type")
    return [replace(message, headers=kept, secret="")]


def signed_wrongly(message: Message) -> list[Message]:
    """Under another secret."""
    other = tuple(
        (name, value if name.lower() == "content-type" else "0" * len(value))
        for name, value in message.headers
    )
    return [replace(message, headers=other, secret="")]


def twice(message: Message) -> list[Message]:
    """Each is sent again."""
    return [message, message]


def not_of(*words: str) -> Callable[[Message], list[Message]]:
    """Nothing is told of some."""
    return lambda message: [] if any(word in message.event.lower() for word in words) else [message]


def nothing(_: Message) -> list[Message]:
    """Nothing is ever told."""
    return []


def lacking(member: str) -> Callable[[Message], list[Message]]:
    """A member is not there."""

    def change(message: Message) -> list[Message]:
        value = orjson.loads(message.body)
        value.pop(member, None)
        return [replace(message, body=orjson.dumps(value))]

    return change


def charged_again(exchange: Exchange) -> None:
    """A charge's name is not looked at."""
    exchange.data = {name: value for name, value in exchange.data.items() if name != "externalRef"}


def scopes_apart(mock: Mock) -> None:
    """A scope of an organisation is none of its teams."""
    service = mock.service()
    for each in (service, *service.editions.values()):
        vars(each)["held"] = frozenset


def none_charged(exchange: Exchange) -> None:
    """All charges count as the same one."""
    exchange.data = {**exchange.data, "externalRef": "the same"}


_HOOKS = ("createWebhook",)

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "webhook-unsigned",
        "zeeg",
        "webhooks.signed",
        posting(without_signature),
        _HOOKS,
        "deliveries come without the token",
    ),
    Deviation(
        "webhook-signed-wrongly",
        "zeeg",
        "webhooks.signed",
        posting(signed_wrongly),
        _HOOKS,
        "deliveries come with another token",
    ),
    Deviation(
        "webhook-unsigned",
        "calcom",
        "webhooks.signed",
        posting(without_signature),
        _HOOKS,
        "deliveries come without a signature",
    ),
    Deviation(
        "webhook-signed-wrongly",
        "calcom",
        "webhooks.signed",
        posting(signed_wrongly),
        _HOOKS,
        "the signature is not the body's",
    ),
    Deviation(
        "webhook-sent-twice",
        "zeeg",
        "webhooks.delivered",
        posting(twice),
        _HOOKS,
        "each delivery comes twice",
    ),
    Deviation(
        "webhook-sent-twice",
        "meetergo",
        "webhooks.delivered",
        posting(twice),
        _HOOKS,
        "each delivery comes twice",
    ),
    Deviation(
        "webhook-never-sent", "zeeg", "webhooks.delivered", posting(nothing), _HOOKS, "nothing is delivered"
    ),
    Deviation(
        "webhook-of-cancellation-missing",
        "meetergo",
        "webhooks.delivered",
        posting(not_of("cancel")),
        _HOOKS,
        "cancellations are not told",
    ),
    Deviation(
        "webhook-lacks-a-member",
        "zeeg",
        "webhooks.shaped",
        posting(lacking("endAt")),
        _HOOKS,
        "a delivery lacks a member",
    ),
    Deviation(
        "webhook-names-no-event",
        "meetergo",
        "webhooks.shaped",
        posting(lacking("webhookType")),
        _HOOKS,
        "a delivery does not say what happened",
    ),
    Deviation(
        "charged-twice",
        "calcom",
        "resources.once",
        asking(charged_again, "chargeCredits"),
        ("chargeCredits",),
        "the same charge is made again",
    ),
    Deviation(
        "charged-never",
        "calcom",
        "resources.once",
        asking(none_charged, "chargeCredits"),
        ("chargeCredits",),
        "a charge with another name is not made",
    ),
    Deviation(
        "org-scope-holds-no-team-scope",
        "calcom",
        "auth.scopes",
        scopes_apart,
        (),
        "ORG_ scopes do not hold TEAM_ scopes",
    ),
)
