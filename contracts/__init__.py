"""Contract checks and client fuzzing; reaches a mock only as any client would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.consumer.fuzzing import fuzz, scenario
    from contracts.consumer.playing import Played

__all__ = ["Played", "fuzz", "scenario"]


def __getattr__(name: str) -> Any:
    # Imported on first use: who only runs checks does not pay for the mock's server.
    if name in ("fuzz", "scenario"):
        from contracts.consumer import fuzzing

        return getattr(fuzzing, name)
    if name == "Played":
        from contracts.consumer.playing import Played

        return Played
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
