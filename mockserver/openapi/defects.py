"""What a vendor's document gets wrong and what follows from it; reports, and repairs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.openapi.anatomy import lookup
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.defect import Defect
from mockserver.openapi.misfits import Sample, misfits, resolved
from mockserver.openapi.table import variables

_BODILESS = frozenset({"204", "205", "304"})
_PLAIN_OBJECT = frozenset({"type", "description", "title", "example", "examples"})


def find_defects(contract: Contract, sample: Sample) -> list[Defect]:
    """All that is wrong with a document that can be compiled, in the order of the document."""
    found: list[Defect] = []
    if not any(operation.security for operation in contract.operations):
        found.append(Defect("no-security", "", "nothing asks for credentials, and no scheme is declared"))
    for operation in contract.operations:
        found += _operation(contract, operation)
    found += misfits(contract, sample)
    return list(dict.fromkeys(found))


def _operation(contract: Contract, operation: Operation) -> Iterator[Defect]:
    at, data = operation.pointer, contract.data
    if not any(status[0] == "4" or status == "default" for status in operation.responses):
        yield Defect("no-4xx", at, f"{operation.id} declares no 4xx")
    elif missing := _unexpected(operation):
        yield Defect("undeclared-4xx", at, f"{operation.id} declares {missing}")
    item_at = at.rpartition("/")[0]
    names = variables(operation.path)
    declared = set()
    for owner in (item_at, at):
        for index, raw in enumerate(lookup(data, owner).get("parameters", ())):
            where = f"{owner}/parameters/{index}"
            parameter = resolved(data, raw)
            name, place = parameter.get("name"), parameter.get("in")
            if place == "header" and str(name).lower() == "authorization":
                yield Defect(
                    "authorization-parameter", where, "Authorization is declared as a header parameter"
                )
            if place == "path":
                declared.add(name)
                if name not in names:
                    yield Defect(
                        "unused-path-parameter",
                        where,
                        f"the path parameter {name} is not in {operation.path}",
                    )
    for name in names:
        if name not in declared:
            yield Defect("undeclared-path-parameter", at, f"the path's {{{name}}} is not declared")
    for status, response in operation.responses.items():
        if status in _BODILESS and response.media:
            yield Defect("body-of-nothing", response.pointer, f"the {status} is given a body")
        if status[0] != "2" or status in _BODILESS:
            continue
        if not response.media or any(media.check is None for media in response.media.values()):
            yield Defect("no-response-schema", response.pointer, f"the {status} has no schema")
            continue
        for media in response.media.values():
            schema = resolved(data, media.schema)
            if schema.get("type") == "object" and schema.keys() <= _PLAIN_OBJECT:
                yield Defect(
                    "bare-object", media.pointer, f"the {status} is an object of which nothing is said"
                )


def _unexpected(operation: Operation) -> str:
    """The refusals that every API has for such an operation, and this one does not declare."""
    declared = operation.responses.keys()
    if {"default", "4XX"} & declared:
        return ""
    missing = []
    if (operation.parameters or operation.body is not None) and not {"400", "422"} & declared:
        missing.append("neither 400 nor 422")
    if operation.security and () not in operation.security and "401" not in declared:
        missing.append("no 401")
    if variables(operation.path) and "404" not in declared:
        missing.append("no 404")
    return ", ".join(missing)
