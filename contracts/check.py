"""A check as a value: one question that can be put to any target; knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.finding import Finding
from mockserver.openapi.contract import Contract, Operation

Ask = Callable[[Any], Iterator[Finding]]
"""Puts the question; what it is given (`contracts.checks.visit.Visit`) asks the target and counts."""

Needs = Callable[[Contract], Sequence[Operation]]
"""The operations of a document that a check has something to ask of, by declared facts."""


def everything(contract: Contract) -> Sequence[Operation]:
    """Every one."""
    return contract.operations


@dataclass(frozen=True, slots=True)
class Check:
    """One question: its name (`theme.what`), the function that asks it, and what has to be known before.

    `writes`: it changes something at the target even where it is content. `costly`: it takes many requests,
    so that a live target is asked only when told to. `clock`: it has to let time pass. `needs` gives the
    operations concerned, of which a run says whether they were reached. `catches` names the faults that it
    has to find.
    """

    name: str
    run: Ask
    writes: bool = False
    costly: bool = False
    clock: bool = False
    needs: Needs = everything
    catches: tuple[str, ...] = ()

    @property
    def theme(self) -> str:
        """What it is about: auth, errors, paging, …"""
        return self.name.partition(".")[0]

    @property
    def says(self) -> str:
        """What it holds a server to, in a sentence."""
        return (self.run.__doc__ or "").partition("\n")[0]

    @property
    def of(self) -> str:
        """Of which operations it is asked, in a sentence about such an operation."""
        return (self.needs.__doc__ or "").partition("\n")[0]
