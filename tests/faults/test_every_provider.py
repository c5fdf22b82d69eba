"""What holds for the faults of any provider that comes with the project."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson
import pytest

from mockserver import Mock
from mockserver.faults.catalogue import CATALOGUE
from mockserver.house import known_slugs

PARAMETERS: dict[str, dict[str, Any]] = {
    "latency": {"seconds": 1},
    "code": {"code": 200},
    "example": {"example": "x"},
    "clock-jump": {"seconds": 60},
    "other-value": {"field": "title", "value": "x"},
    "moved-times": {"to": "2026-03-29T01:30:00Z"},
    "small-pages": {"size": 1},
}


@cache
def mock(slug: str) -> Mock:
    """One mock a provider: what is asked for by a header leaves nothing behind."""
    return Mock(slug)


def target(path: str) -> str:
    """A path with something in the place of its variables."""
    return re.sub(r"{[^}]*}", "x", path)


@pytest.mark.parametrize("slug", known_slugs())
def test_every_declared_status_can_be_asked_for_and_keeps_to_the_document(slug: str) -> None:
    service = mock(slug).service()
    for operation in service.contract.operations:
        for status in operation.responses:
            if not status.isdigit():
                continue
            path = target(operation.address)
            headers = {"Prefer": f"code={status}"}
            if "version" in operation.facts:
                # As the document shows it; without its version some are not there at all.
                header = service.contract.facts["versions"]["header"]
                headers[header] = operation.facts["version"]["accepts"][0]
            answer = mock(slug).call(operation.method, path, headers=headers)
            told = f"{operation.id} {status}: {answer}"
            assert answer.status == int(status), told
            assert answer.headers["preference-applied"] == f"code={status}", told
            media = service.plan(operation).media(int(status))
            if media is not None and media.check is not None:
                assert media.check.ok(orjson.loads(answer.body)), told


@pytest.mark.parametrize("slug", known_slugs())
@pytest.mark.parametrize("fault", sorted(kind.name for kind in CATALOGUE.values() if not kind.delivery))
def test_no_fault_breaks_the_mock_whatever_it_meets(slug: str, fault: str) -> None:
    house = mock(slug).fork()
    house.faults.declare(fault, **PARAMETERS.get(fault, {}))
    for operation in house.service().contract.operations:
        path = target(operation.address)
        answer = house.call(operation.method, path, persona="owner", json={})
        stop = answer.exchange.stop
        assert stop is None or stop.rule not in ("mock-failed", "mock-not-conformant"), (operation.id, stop)
        assert answer.exchange.faults, operation.id
