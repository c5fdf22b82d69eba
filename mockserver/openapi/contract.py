"""The compiled document: frozen facts about operations; knows OpenAPI, neither state nor HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.openapi.parameter import Parameter
from mockserver.openapi.schemas import Check, Schemas
from mockserver.openapi.table import Table


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a body or reply: its schema's pointer, its check (None: anything goes)."""

    content_type: str
    pointer: str
    schema: Any
    check: Check | None
    examples: tuple[Any, ...] = ()
    form: Callable[[Sequence[tuple[str, str]]], dict[str, Any]] | None = None
    """How the names and texts of a form become its value; None where it is no form."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request body as declared."""

    required: bool
    media: Mapping[str, Media]


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """What a response's header has to be: `check` (None: anything), and whether it may be left out.

    Every whole number from `least` on is one that the check lets through; None where that is not so.
    """

    required: bool
    check: Check | None
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One declared response; `headers` maps a lower-case name to what that header has to be.

    `sent` is the same by the name as it is sent, and `needed` the names that may not be left out.
    """

    status: str
    pointer: str
    media: Mapping[str, Media]
    headers: Mapping[str, HeaderRule]
    sent: Mapping[bytes, HeaderRule]
    needed: frozenset[bytes]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How we know something: `known` is documented, observed or assumed."""

    known: str = "assumed"
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path. `security` is OR of AND: ((scheme, scopes), ...) alternatives; () means public.

    `base` is the path of its server: the operation's own, its path item's, or the document's.
    """

    id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Response]
    security: tuple[tuple[tuple[str, frozenset[str]], ...], ...]
    evidence: Evidence
    facts: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    base: str = ""

    @property
    def address(self) -> str:
        """The path as it is asked for, that of its server in front: "/v2/events/{uuid}"."""
        return self.base + self.path


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document, compiled. `base_path` is the path of its first server ("/v2" or "").

    `table` has the operations below that path; `elsewhere` those with a server of their own, by its path.
    """

    slug: str
    title: str
    version: str
    file: str
    digest: str
    base_path: str
    data: Mapping[str, Any]
    operations: tuple[Operation, ...]
    table: Table[Operation]
    schemas: Schemas
    security_schemes: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    elsewhere: Mapping[str, Table[Operation]] = field(default_factory=dict)

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id; KeyError when there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)
