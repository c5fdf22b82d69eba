"""Faults that meet webhooks on their way: lost, twice, late, out of order, badly signed; sends nothing.

They are declared like the others, and have an `event` in place of operation, persona and method. What each
does is done where deliveries are made (web/delivery.py, engine/deliveries.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.engine.deliveries import (
    BAD_SIGNATURE,
    DELAYED,
    DUPLICATED,
    LOST,
    OLD_TIMESTAMP,
    REORDERED,
)
from mockserver.faults.kinds import FaultKind

_SECONDS: Mapping[str, Any] = MappingProxyType({"type": "number", "minimum": 0, "maximum": 1_000_000_000})


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                LOST,
                "A webhook is never sent, and not tried again.",
                delivery=True,
            ),
            FaultKind(
                DUPLICATED,
                "A webhook that was taken is sent a second time.",
                delivery=True,
            ),
            FaultKind(
                REORDERED,
                "A webhook leaves after the next of its subscription, or after `seconds` (60 by default).",
                properties={"seconds": _SECONDS},
                delivery=True,
            ),
            FaultKind(
                DELAYED,
                "A webhook leaves `seconds` later, on the world's clock.",
                properties={"seconds": _SECONDS},
                required=("seconds",),
                delivery=True,
            ),
            FaultKind(
                BAD_SIGNATURE,
                "A webhook's signature is not the secret's.",
                delivery=True,
            ),
            FaultKind(
                OLD_TIMESTAMP,
                "A webhook is signed as of `seconds` ago (600 by default), where its signature has a time.",
                properties={"seconds": _SECONDS},
                delivery=True,
            ),
        )
    }
)
