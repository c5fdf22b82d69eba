"""The end of step 5: what only the provider's own code can say of a caller; knows facts, no rows."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply


def authorize(exchange: Exchange) -> Reply | None:
    """Ask the provider whether this caller may, where an operation has a role or a permission to ask for.

    The provider raises the Refusal; the operation's facts are `exchange.plan.operation.facts`.
    """
    ask = exchange.service.provider.authorize
    if ask is not None:
        ask(exchange)
    return None


def path_value(exchange: Exchange, name: str) -> str | None:
    """The text of a path's variable, before parameters are judged; None where the path has no such one."""
    variables = [each.name for each in exchange.plan.parameters.parameters if each.place == "path"]
    for variable, value in zip(variables, exchange.values, strict=True):
        if variable == name:
            return value
    return None
