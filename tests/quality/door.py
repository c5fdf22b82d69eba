"""A mock of its own for each fault, made of a contract that is read once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from contracts.checks.webhooks import Delivery
from contracts.targets.mock import MockTarget
from mockserver import Mock
from mockserver.engine.deliveries import Letter
from mockserver.engine.service import Service
from mockserver.house import build_service


@cache
def prototype(slug: str) -> Service:
    """A provider's service, made once."""
    return build_service(slug)


def again(slug: str) -> Service:
    """Another service of the same contract, with plans of its own."""
    first = prototype(slug)
    editions = {
        date: Service(each.contract, each.settings, each.provider, faults=each.faults, date=date)
        for date, each in first.editions.items()
    }
    return Service(first.contract, first.settings, first.provider, faults=first.faults, editions=editions)


class Box:
    """What a mock's outbox holds, as it would leave: its receiver, without a wire."""

    url = "https://hooks.example.org/checks"

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    @property
    def secret(self) -> str | None:
        return None

    def arrived(self) -> Sequence[Delivery]:
        mock = self._mock
        now = mock.clock.now
        letters = [
            # What has no secret leaves as it was put.
            mock.service().post.letter(message, now)
            if message.secret
            else Letter(message.headers, message.body)
            for message in reversed(mock.world.outbox.messages())
            if message.url == self.url
        ]
        return [
            Delivery({name.lower(): value for name, value in each.headers}, each.body, now.timestamp())
            for each in letters
        ]


class Receiving(MockTarget):
    """A mock whose webhooks can be seen."""

    def mailbox(self) -> Box:
        return Box(self.mock)


def door(slug: str, *, seed: int = 1, data: str = "busy-week") -> Receiving:
    """The way to a mock that nobody else has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.house.build_service", lambda provider, **_: again(str(provider)))
        return Receiving(Mock(slug, seed=seed, data=data))
