"""Documents for tests, made in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract
from mockserver.openapi.parameters import ParameterPlan, compile_parameters
from mockserver.openapi.problems import Problem

CALCOM = Path(__file__).parents[3] / "shared" / "upstream" / "calcom" / "openapi.json"


@dataclass(frozen=True)
class Given:
    """A document that was never in a file; its lines are the number of parts of a pointer."""

    data: dict[str, Any]
    file: str = "given.yaml"
    digest: str = "0"
    warnings: Sequence[str] = field(default=())

    def problem(self, pointer: str, message: str, remedy: str = "") -> Problem:
        return Problem(self.file, self.line(pointer), pointer, message, remedy)

    def line(self, pointer: str) -> int:
        return pointer.count("/")


def document(paths: Mapping[str, Any] | None = None, **more: Any) -> Given:
    """A document with those paths, and further keys of its root."""
    root = {"openapi": "3.1.0", "info": {"title": "Given", "version": "1"}, "paths": dict(paths or {})}
    return Given({**root, **more})


def contract(paths: Mapping[str, Any] | None = None, **more: Any) -> Contract:
    """The contract of such a document."""
    return compile_contract(document(paths, **more), "given")


def plan(*parameters: Mapping[str, Any], path: str = "/x", **more: Any) -> ParameterPlan:
    """The plan of an operation with those parameters."""
    operation = {"get": {"parameters": list(parameters), "responses": {"200": {"description": "fine"}}}}
    return compile_parameters(contract({path: operation}, **more).operations[0].parameters)


def response(schema: Any) -> dict[str, Any]:
    """The responses of an operation that answers 200 with that schema."""
    return {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}
