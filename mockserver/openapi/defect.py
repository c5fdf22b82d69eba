"""What a defect of a document is, and what follows from each kind; finds none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONSEQUENCES: Mapping[str, str] = {
    "duplicate-key": "only the last one counts",
    "reference": "what it refers to is left open: any value is accepted there",
    "structure": "it is left out",
    "schema": "the broken keyword is left out: it checks nothing",
    "path": "it is served as clients would ask for it, or not at all",
    "operation-id": "tools that go by operationId cannot tell the two apart: the second gets another",
    "parameter": "it is left out",
    "status": "the answer is not declared",
    "security-scheme": "a bearer token is asked for",
    "fact": "it means something else here, and is left out",
    "no-4xx": "what it refuses cannot be judged, and clients do not know what to expect",
    "undeclared-4xx": "that refusal cannot be judged, and clients do not expect it",
    "no-security": "everybody is let in: a wrong token is answered like a right one",
    "authorization-parameter": "OpenAPI tells tools to ignore it: no credentials are asked for",
    "unused-path-parameter": "no request can send it",
    "undeclared-path-parameter": "any text is accepted there",
    "no-response-schema": "the answer is not judged, and the mock has nothing to say",
    "body-of-nothing": "none of it ever arrives: such an answer has no body",
    "bare-object": "any object is accepted as the answer",
    "javascript-pattern": "the slashes are part of the pattern: nothing that is meant ever matches",
    "pattern-misfit": "values like its own examples are refused",
    "default-misfit": "whatever is like its own default is refused",
    "example-misfit": "the example is not valid, so that nobody can copy it",
    "impossible": "every value is refused",
    "required-write-only": "an answer can hold it or not, and is wrong either way: the mock's holds it",
    "discriminator-misfit": "tools that go by the discriminator find no schema for what is answered",
    "nullable": "null is refused: in 3.1 that keyword means nothing, write null among the types",
    "overlapping-oneof": "a value that fits several is refused by all: tell them apart, or write anyOf",
}


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong: `rule` is a key of CONSEQUENCES, `pointer` is one of the restated document."""

    rule: str
    pointer: str
    message: str
    repaired: bool = False

    @property
    def consequence(self) -> str:
        """What follows from it for whoever uses the document as it is."""
        return CONSEQUENCES[self.rule]
