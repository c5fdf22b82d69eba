"""Names that an API's own pages disagree on: told of where they are used, then read as the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.openapi.contract import Operation
from mockserver.openapi.disputed import disputed_properties


@dataclass(frozen=True, slots=True, eq=False)
class Alias:
    """A disputed name. `instead_of` is what behaviours know it as: the name itself where it has no other."""

    name: str
    instead_of: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Disputed:
    """The disputed names of one operation, among its parameters and at the top of its body."""

    parameters: tuple[Alias, ...]
    fields: tuple[Alias, ...]


def heed_disputed(exchange: Exchange) -> Reply | None:
    """After validation: warn of each disputed name that was used, and put its value under the other one.

    A value that was sent under the undisputed name stays.
    """
    disputed = exchange.plan.disputed
    if disputed is not None:
        _rename(exchange, exchange.params, disputed.parameters)
        if type(exchange.data) is dict:
            _rename(exchange, exchange.data, disputed.fields)
    return None


def _rename(exchange: Exchange, values: dict[str, Any], aliases: Iterable[Alias]) -> None:
    for alias in aliases:
        if alias.name in values:
            exchange.warn(alias.note)
            if alias.instead_of != alias.name:
                value = values.pop(alias.name)
                values.setdefault(alias.instead_of, value)


def build_disputed(data: Mapping[str, Any], operation: Operation) -> Disputed | None:
    """From an operation's parameters and body; None where nobody disputes any."""
    parameters = tuple(
        _alias(each.key, each.facts["disputed"], f"{each.place} parameter")
        for each in operation.parameters
        if "disputed" in each.facts
    )
    media = () if operation.body is None else operation.body.media.values()
    fields = {
        name: _alias(name, fact, "field")
        for each in media
        for name, fact in disputed_properties(data, each.schema)
    }
    return Disputed(parameters, tuple(fields.values())) if parameters or fields else None


def _alias(name: str, fact: Mapping[str, str], noun: str) -> Alias:
    return Alias(name, fact.get("instead-of", name), f"{noun} {name}: {said(fact)}")


def said(dispute: Mapping[str, str]) -> str:
    """Which pages disagree, in a few words."""
    other = f"; elsewhere it is {dispute['instead-of']}" if "instead-of" in dispute else ""
    return f"disputed: {dispute['said-by']} has it, {dispute['denied-by']} has not{other}"
