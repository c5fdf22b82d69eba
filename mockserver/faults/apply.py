"""Steps 3 and 10: the faults that meet an exchange, before and after; knows none of them by name."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.refuse import refuse
from mockserver.faults.answers import UNKNOWN
from mockserver.faults.catalogue import CATALOGUE
from mockserver.faults.kinds import Active
from mockserver.faults.prefer import SOURCE, requested

STAGE = "faults"


class Faults:
    """Picks the faults of an exchange once, before it is answered, and applies them; holds no state.

    What they make of a reply is not judged: they run before the first stage and after the judge.
    """

    __slots__ = ()

    def before(self, exchange: Exchange) -> Reply | None:
        """The reply of a fault that answers instead of the engine; None where the engine is to answer."""
        active: list[Active] = []
        if exchange.prefer is not None:
            try:
                active = requested(exchange)
            except Refusal as refusal:
                return refuse(exchange, refusal, STAGE)
        if exchange.world.faults:
            active += declared(exchange)
        if not active:
            return None
        exchange.faults = active
        for number, fault in enumerate(active):
            if fault.kind.before is None:
                continue
            try:
                reply = fault.kind.before(exchange, fault)
            except Refusal as refusal:
                if refusal.rule == UNKNOWN:
                    if fault.source != SOURCE:
                        fault.note = f"cannot act: {refusal.fields['detail']}"
                        continue
                    exchange.faults = None
                reply = refuse(exchange, refusal, STAGE)
            if reply is not None:
                for late in active[number + 1 :]:
                    if late.kind.before is not None:
                        late.note = "another fault answered first"
                return reply
        return None

    def after(self, exchange: Exchange, reply: Reply) -> Reply:
        """The reply as the faults leave it, with what they did in its reason."""
        if exchange.faults is None:
            return reply
        applied = []
        for fault in exchange.faults:
            if fault.kind.after is not None:
                reply = fault.kind.after(exchange, reply, fault)
            reply.reason = f"{reply.reason}; {fault.told}" if reply.reason else fault.told
            if fault.applied:
                applied.append(fault.applied)
        if applied:
            reply.headers.append((b"preference-applied", b", ".join(applied)))
        return reply


def declared(exchange: Exchange) -> list[Active]:
    """The world's faults that this exchange meets, each counted once."""
    faults = exchange.world.faults
    if not faults.concern(exchange.provider, exchange.operation):
        return []
    found = faults.matching(exchange.provider, exchange.operation, persona_of(exchange), exchange.method)
    return [Active(CATALOGUE[fault.fault], fault.params, fault.id) for fault in found]


def persona_of(exchange: Exchange) -> str:
    """The persona whose token the request carries, valid or not; "" where it carries none that is known."""
    for alternative in exchange.plan.alternatives:
        for read in alternative.readers:
            try:
                token = read(exchange)
            except Refusal:
                continue
            row = exchange.store.get(exchange.service.token_kind, token) if token else None
            if row is not None:
                return str(row.data["persona"])
    return ""
