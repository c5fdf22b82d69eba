"""A document compiled to a contract, or all that is wrong with it; knows OpenAPI, neither state nor HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.operations import OperationReader, methods_of
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.schemas import Schemas
from mockserver.openapi.table import Table, shape


class Opened(Protocol):
    """A document in OpenAPI 3.1 whose references are all internal, and that knows where it was written."""

    @property
    def file(self) -> str:
        """The file's name, for people."""

    @property
    def data(self) -> dict[str, Any]:
        """The document itself."""

    @property
    def digest(self) -> str:
        """A hash of all that it was made of."""

    @property
    def warnings(self) -> Sequence[str]:
        """What was odd about it so far."""

    def problem(self, pointer: str, message: str, remedy: str = "") -> Problem:
        """A problem at a pointer of `data`, with file and line."""


def compile_contract(document: Opened, slug: str) -> Contract:
    """The contract of a document. Raises SpecificationError with everything that is wrong at once.

    Every schema is compiled once, to see that it can be, and forgotten: what is used is compiled when it is.
    """
    problems: list[Problem] = []
    warnings: list[str] = list(document.warnings)

    def wrong(pointer: str, message: str) -> None:
        problems.append(document.problem(pointer, message))

    def odd(pointer: str, message: str) -> None:
        warnings.append(str(document.problem(pointer, message)))

    data = document.data
    schemas = Schemas(data)
    reader = OperationReader(data, schemas, wrong, odd)
    operations = tuple(_operations(data, reader, problems, document))
    _verify(data, schemas, reader, problems, document)
    if problems:
        raise SpecificationError(list(dict.fromkeys(problems)))
    info = data.get("info", {})
    base = base_path(data)
    tables = {each: _table(operations, each) for each in dict.fromkeys([base, *(o.base for o in operations)])}
    return Contract(
        slug=slug,
        title=str(info.get("title", slug)),
        version=str(info.get("version", "")),
        file=document.file,
        digest=document.digest,
        base_path=base,
        data=data,
        operations=operations,
        table=tables.pop(base),
        schemas=schemas,
        security_schemes=reader.schemes,
        facts={key[2:]: value for key, value in data.items() if key.startswith("x-")},
        warnings=tuple(dict.fromkeys(warnings)),
        elsewhere=tables,
    )


def _table(operations: Sequence[Operation], base: str) -> Table[Operation]:
    """The operations below one server's path."""
    return Table((each.path, each.method, each) for each in operations if each.base == base)


def base_path(*owners: Mapping[str, Any]) -> str:
    """The path of the first server, its variables at their defaults: "/v2", or "" for none.

    Of several owners (an operation, its path item, the document) the first that has servers says which.
    """
    servers = next((owner["servers"] for owner in owners if owner.get("servers")), None) or [{}]
    url = str(servers[0].get("url", ""))
    for name, variable in servers[0].get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    # A relative address is one below the root; what climbs out of that stays there, as clients have it.
    path = urlsplit(urljoin("http://relative.test/", url)).path.strip("/")
    return f"/{path}" if path else ""


def _operations(
    data: Mapping[str, Any], reader: OperationReader, problems: list[Problem], document: Opened
) -> list[Operation]:
    found: list[Operation] = []
    ids: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for path, raw in data.get("paths", {}).items():
        at = f"/paths/{escape(path)}"
        if path.startswith("x-"):
            continue
        fault = _path_fault(path) or _same_shape(path, shapes)
        if fault:
            problems.append(document.problem(at, fault))
            continue
        item, where = reader.resolve(raw, at)
        if not isinstance(item, dict):
            continue
        for method in methods_of(item, METHODS):
            operation = replace(
                reader.read(path, method, item, where), base=base_path(item[method], item, data)
            )
            if "operationId" not in item[method]:
                operation = replace(operation, id=_free(operation.id, ids))
            known = ids.setdefault(operation.id, operation.pointer)
            if known != operation.pointer:
                problems.append(
                    document.problem(
                        f"{operation.pointer}/operationId",
                        f"the operationId {operation.id} is that of {known} too",
                        "give each operation its own",
                    )
                )
            found.append(operation)
    return found


def _free(derived: str, ids: Mapping[str, str]) -> str:
    """A derived id, with a number where two paths spell the same one."""
    count, name = 1, derived
    while name in ids:
        count += 1
        name = f"{derived}{count}"
    return name


def _path_fault(path: str) -> str:
    if not path.startswith("/"):
        return "a path begins with /"
    if "?" in path or "#" in path:
        return "a path has neither a query nor a fragment"
    names = []
    for segment in path.split("/"):
        _, *pieces = segment.split("{")
        for piece in pieces:
            name, brace, rest = piece.partition("}")
            if not brace or not name or "}" in rest:
                return "the braces of this path do not match"
            names.append(name)
        if "}" in segment and not pieces:
            return "the braces of this path do not match"
    twice = {name for name in names if names.count(name) > 1}
    return f"the path has {{{min(twice)}}} twice" if twice else ""


def _same_shape(path: str, shapes: dict[str, str]) -> str:
    known = shapes.setdefault(shape(path), path)
    return "" if known == path else f"is the same path as {known}: only the names differ"


def _verify(
    data: Mapping[str, Any],
    schemas: Schemas,
    reader: OperationReader,
    problems: list[Problem],
    document: Opened,
) -> None:
    """Compile every schema, each once; a fault that is seen from several places is told once."""
    declared = [
        f"/components/schemas/{escape(name)}" for name in data.get("components", {}).get("schemas", {})
    ]
    seen: set[str] = set()
    faults: set[str] = set()
    for pointer in [*declared, *reader.schema_pointers]:
        try:
            target = schemas.target(pointer)
        except (LookupError, ValueError):
            target = pointer
        if target not in seen:
            seen.add(target)
            fault = schemas.verify(target)
            if fault is not None and fault not in faults:
                faults.add(fault)
                problems.append(document.problem(target, f"is not a JSON Schema: {fault}"))
