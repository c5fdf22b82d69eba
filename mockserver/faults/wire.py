"""Faults of the connection: late, lost, cut; knows the wire's instructions, not what the body says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from mockserver.engine.exchange import Exchange, Reply, Wire
from mockserver.faults.kinds import Active, FaultKind

LONGEST_DELAY = 600.0


def delay(_exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Send the answer late, in real time; several delays add up."""
    wire = reply.wire or Wire()
    reply.wire = replace(wire, delay=min(LONGEST_DELAY, wire.delay + float(active.params["seconds"])))
    return reply


def lose(_exchange: Exchange, reply: Reply, _active: Active) -> Reply:
    """The work is done and kept, but its answer never arrives."""
    reply.wire = replace(reply.wire or Wire(), drop=True)
    return reply


def drop(_exchange: Exchange, _active: Active) -> Reply:
    """Close the connection before anything was done. The status is for the journal only."""
    return Reply(status=502, wire=Wire(drop=True))


def truncate(_exchange: Exchange, reply: Reply, active: Active) -> Reply:
    """Announce the whole length, send `at` bytes (half of them where it is not given), then close."""
    at = active.params.get("at")
    size = len(reply.body)
    reply.wire = replace(reply.wire or Wire(), truncate=size // 2 if at is None else min(int(at), size))
    return reply


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "latency",
                "The answer comes late, by that many seconds of real time.",
                properties={"seconds": {"type": "number", "minimum": 0, "maximum": LONGEST_DELAY}},
                required=("seconds",),
                after=delay,
            ),
            FaultKind(
                "lost-reply",
                "The work is done and kept, but the connection closes before the answer.",
                after=lose,
            ),
            FaultKind(
                "dropped-connection",
                "The connection closes before anything was done.",
                before=drop,
            ),
            FaultKind(
                "truncated-body",
                "The body stops after `at` bytes (half of it by default); Content-Length is the whole one's.",
                properties={"at": {"type": "integer", "minimum": 0}},
                after=truncate,
            ),
        )
    }
)
