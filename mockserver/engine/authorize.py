"""Step 5: may this caller do that; knows scopes, plans, the user a token acts as, and roles."""

from __future__ import annotations

from urllib.parse import parse_qs

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal


def authorize(exchange: Exchange) -> Reply | None:
    """403 where the caller lacks a scope, the plan or the role that the operation asks for, or its kind of
    token is not let in, or acts as a user whom it may not act as."""
    caller = exchange.caller
    if caller is None:
        return None
    plan = exchange.plan
    held = caller.scopes
    for scopes in exchange.demands:
        if scopes <= held:
            break
    else:
        if not exchange.demands:
            raise Refusal(403, "token-kind", kind=caller.kind, pointer=plan.security_pointer)
        missing = min((scopes - held for scopes in exchange.demands), key=len)
        _refuse_scope(exchange, missing)
    if plan.scopes_by_value and exchange.query:
        _authorize_values(exchange, held)
    if plan.needs_plan is not None and caller.plan not in plan.plans:
        raise Refusal(403, "plan-required", plan=plan.needs_plan, pointer=plan.pointer + "/x-plan")
    if plan.acting is not None:
        caller = exchange.caller = plan.acting.act(exchange, caller)
        if plan.roles is not None and caller.role not in plan.roles:
            raise Refusal(403, "role-required", role=caller.role, pointer=plan.pointer + "/x-role")
    return None


def _authorize_values(exchange: Exchange, held: frozenset[str]) -> None:
    """Scopes that a parameter's value asks for (x-scopes); looked up before the parameters are judged."""
    query = exchange.query
    for name, by_value in exchange.plan.scopes_by_value:
        if name.encode() not in query and b"%" not in query:
            continue
        for value in parse_qs(query.decode("latin-1")).get(name, ()):
            if missing := by_value.get(value, frozenset()) - held:
                _refuse_scope(exchange, missing)


def _refuse_scope(exchange: Exchange, missing: frozenset[str]) -> None:
    raise Refusal(
        403, "missing-scope", scope=", ".join(sorted(missing)), pointer=exchange.plan.security_pointer
    )
