"""One parameter as declared, and what can be wrong with its value; knows no other one and no request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mockserver.openapi.schemas import Check, Schemas
from mockserver.openapi.styles import text_reader
from mockserver.openapi.values import Shape, shape_of

if TYPE_CHECKING:
    from mockserver.openapi.contract import Evidence

Place = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. `key` is its name among the values read: the name, or "place.name" where
    an operation has the same name in two places. `pointer` is the parameter's, `schema_pointer` its schema's.
    """

    name: str
    place: Place
    required: bool
    schema: Any
    pointer: str
    style: str
    explode: bool
    default: Any
    facts: Mapping[str, Any]
    evidence: Evidence
    schema_pointer: str
    schemas: Schemas = field(repr=False, compare=False)
    key: str = ""
    media_type: str = ""
    allow_empty: bool = False
    deprecated: bool = False
    examples: tuple[Any, ...] = ()

    @property
    def check(self) -> Check:
        """The check of a value, compiled at first use. Raises BrokenSchema."""
        return self.schemas.check(self.schema_pointer) if self.schema_pointer else self.schemas.anything

    @property
    def shape(self) -> Shape:
        """What the schema says of the value's form."""
        return shape_of(self.schema, self.schemas)

    @property
    def decode(self) -> Callable[[str], Any]:
        """How one text of this parameter becomes its value; Unreadable when the style is not kept."""
        return text_reader(self, self.shape) or str


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """One thing wrong with a parameter; `path` is the place inside a list or object, () the value itself."""

    place: Place
    name: str
    message: str
    rule: str
    pointer: str
    path: tuple[str | int, ...] = ()
