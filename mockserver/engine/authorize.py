"""Step 5: may this caller do that; knows scopes and plans."""

from __future__ import annotations

from urllib.parse import parse_qs

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal


def authorize(exchange: Exchange) -> Reply | None:
    """403 where the caller lacks a scope or the plan that the operation asks for."""
    caller = exchange.caller
    if caller is None:
        return None
    plan = exchange.plan
    held = caller.scopes
    for scopes in exchange.demands:
        if scopes <= held:
            break
    else:
        missing = min((scopes - held for scopes in exchange.demands), key=len)
        _refuse_scope(exchange, missing)
    if plan.scopes_by_value and exchange.query:
        _authorize_values(exchange, held)
    if plan.needs_plan is not None and caller.plan != plan.needs_plan:
        raise Refusal(403, "plan-required", plan=plan.needs_plan, pointer=plan.pointer + "/x-plan")
    return None


def _authorize_values(exchange: Exchange, held: frozenset[str]) -> None:
    """Scopes that a parameter's value asks for (x-scopes); looked up before the parameters are judged."""
    sent = parse_qs(exchange.query.decode("latin-1"))
    for name, by_value in exchange.plan.scopes_by_value:
        for value in sent.get(name, ()):
            if missing := by_value.get(value, frozenset()) - held:
                _refuse_scope(exchange, missing)


def _refuse_scope(exchange: Exchange, missing: frozenset[str]) -> None:
    raise Refusal(
        403, "missing-scope", scope=", ".join(sorted(missing)), pointer=exchange.plan.security_pointer
    )
