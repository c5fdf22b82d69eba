"""Dated versions of one operation: which plan answers a request; knows the header, not what plans do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mockserver.engine.disputed import said
from mockserver.openapi.contract import Operation

if TYPE_CHECKING:
    from mockserver.engine.plan import Plan
    from mockserver.engine.service import Service


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """An operation as one version has it. `note` tells who disputes that version, "" where nobody does."""

    service: Service
    plan: Plan
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """By the value of the request header, the operation as it was then; `otherwise` for every other value,
    and `without` where there is no such header."""

    header: bytes
    dated: Mapping[bytes, Dated]
    otherwise: Dated
    without: Dated

    def choose(self, headers: Mapping[bytes, bytes]) -> Dated:
        """The version that a request asks for, by its headers."""
        wanted = headers.get(self.header)
        if wanted is None:
            return self.without
        return self.dated.get(wanted.strip()) or self.otherwise


def build_versions(
    service: Service,
    plan: Plan,
    operation: Operation,
    editions: Mapping[str, Service],
    turn_away: Callable[[Operation], Plan],
    *,
    strict: bool,
) -> Versions:
    """From the operation's x-version; `editions` are the services of overlays by date.

    The document itself has the first of the accepted versions. Strict: a disputed version is not found.
    """
    fact: Mapping[str, Any] = operation.facts["version"]
    nowhere = Dated(service, turn_away(operation))

    def edition(date: str, note: str = "") -> Dated:
        other = editions.get(date)
        if other is None or date == fact["accepts"][0]:
            return Dated(service, plan, note)
        found = other.operations.get(operation.id)
        return nowhere if found is None else Dated(other, other.plan(found), note)

    header = service.contract.facts["versions"]["header"]
    dated = {date.encode(): edition(date) for date in fact["accepts"]}
    for date, dispute in fact.get("disputed", {}).items():
        told = f"{header} {date}: {said(dispute)}"
        dated[date.encode()] = nowhere if strict else edition(date, told)
    default = fact["default"]
    if default == "required":
        otherwise = without = nowhere
    else:
        otherwise = without = dated[default.encode()]
        dispute = service.contract.facts["versions"].get("without")
        if dispute is not None:
            without = replace(otherwise, note=f"no {header}: {said(dispute)}")
    return Versions(header.lower().encode(), dated, otherwise, without)
