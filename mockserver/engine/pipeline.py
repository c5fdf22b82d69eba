"""The way of every request, as one list; knows the stages' order and what happens between them."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mockserver.engine import membership
from mockserver.engine.authenticate import authenticate
from mockserver.engine.authorize import authorize
from mockserver.engine.disputed import heed_disputed
from mockserver.engine.exchange import Exchange, Reply, Stage
from mockserver.engine.judge import judge
from mockserver.engine.refusals import NotConformant, Refusal
from mockserver.engine.refuse import broken, not_conformant, refuse
from mockserver.engine.throttle import throttle
from mockserver.engine.validate import validate


def before_faults(exchange: Exchange) -> Reply | None:
    """Step 3: a declared fault may answer in the operation's place."""
    return exchange.service.faults.before(exchange)


def behave(exchange: Exchange) -> Reply | None:
    """Step 8: the operation's own work."""
    return exchange.plan.behaviour(exchange)


# Steps 4 to 8 of a request. Steps 1 and 2 (find the operation, read the body) are the adapter's, step 3
# and step 10 (faults before and after) frame these, and step 9 (judge) closes them. A provider whose order
# differs says so (x-order), and an operation leaves out the steps that have nothing to do for it.
STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "authenticate": authenticate,  # 401
        "authorize": authorize,  # 403
        "membership": membership.authorize,  # 403, of the operations of which only the provider can say
        "throttle": throttle,  # 429
        "validate": validate,  # 400, 413, 415, 422
        "disputed": heed_disputed,  # no refusal: names that the provider's own pages disagree on
        "behave": behave,  # the answer, or 404, 409 and the other refusals
    }
)
ORDER: Sequence[str] = ("authenticate", "authorize", "throttle", "validate")


def answer(exchange: Exchange) -> Reply:
    """Take an exchange from its request to its reply; whatever is refused or broken leaves no trace.

    The store's transaction spans all of it: a reply that the document does not allow is undone too.
    """
    world = exchange.world
    store = world.store
    # Faults that are about other operations cost no more than to see that.
    faults = world.faults
    about = bool(faults) and faults.concern(exchange.service.slug, exchange.plan.id)
    faulty = about or exchange.prefer is not None
    store.begin()
    stage: Stage = before_faults
    try:
        reply = stage(exchange) if faulty else None
        if reply is None:
            for stage in exchange.plan.stages:
                found = stage(exchange)
                if found is not None:
                    break
            else:
                raise LookupError("the last stage answers")
            if exchange.rate_headers is not None:
                found.headers += exchange.rate_headers
            judge(exchange, found)
            reply = found
        store.commit()
    except Refusal as refusal:
        store.rollback()
        reply = refuse(exchange, refusal, stage.__name__)
        if exchange.rate_headers is not None:
            reply.headers += exchange.rate_headers
        reply = _judge_refusal(exchange, reply)
    except NotConformant as lie:
        store.rollback()
        reply = not_conformant(exchange, lie)
    except Exception as error:
        store.rollback()
        reply = broken(exchange, error)
        exchange.warn(traceback.format_exc())
    if faulty:
        reply = exchange.service.faults.after(exchange, reply)
    exchange.reply = reply
    exchange.settle()
    world.journal.record(exchange)
    return reply


def _judge_refusal(exchange: Exchange, reply: Reply) -> Reply:
    try:
        judge(exchange, reply)
    except NotConformant as error:
        return not_conformant(exchange, error)
    return reply
