"""Documents of others, as they are published, are imported and served; what fails is a listed defect.

Those in tests/unprepared were written by hand; `make vendors` fetches some thirty of vendors' from npm.
UNDERSTUDY_DOCUMENTS names folders with such documents, or with packages fetched by tests/openapi/packages.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from requests import PreparedRequest, Request
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import AcceptedNegativeData, Failure, FailureGroup
from schemathesis.core.result import Err
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.openapi import from_dict
from schemathesis.openapi.checks import MissingContentType, RejectedPositiveData, UndefinedStatusCode
from schemathesis.specs.openapi import checks

from contracts.oracle.judge import Judge
from contracts.oracle.traffic import Traffic
from mockserver import Mock
from mockserver.commands.importing import Imported, import_document
from mockserver.openapi.anatomy import lookup
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.problems import SpecificationError
from tests.openapi.asking import ask_all
from tests.openapi.packages import fetched
from tests.oracle.corpus import unlocked

OWN = Path(__file__).parents[1] / "unprepared"
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
LARGE = 1_000_000
# Where nothing fits a document's own answer, it cannot be given.
IMPOSSIBLE = frozenset({"overlapping-oneof", "impossible"})
# What an answer cannot be right about, whatever it holds.
_ANSWERS = IMPOSSIBLE | {"required-write-only", "discriminator-misfit"}
_KNOWN = frozenset({"method", "url", "headers", "files", "data", "params", "auth", "cookies", "json"})
_READ = (None, "application/json", "application/x-www-form-urlencoded")
_SUCCESS = frozenset({"2XX", "3XX", "default", *map(str, range(200, 400))})
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.positive_data_acceptance,
]


def documents() -> Iterator[Any]:
    for path in sorted(OWN.iterdir()):
        if path.suffix in (".json", ".yaml"):
            yield pytest.param(path, id=path.stem)
    for folder in filter(None, os.environ.get("UNDERSTUDY_DOCUMENTS", "").split(os.pathsep)):
        packages = fetched(Path(folder))
        for name, path in packages.items():
            yield pytest.param(path, id=name)
        for path in sorted(Path(folder).iterdir()) if not packages else ():
            if path.suffix in (".json", ".yaml", ".yml"):
                yield pytest.param(path, id=path.stem)


def take(path: Path, folder: Path) -> Imported:
    try:
        return import_document("theirs", str(path), folder / "theirs", today=date(2026, 11, 21))
    except SpecificationError as error:
        told = str(error)
        assert "no path that could be served" in told or "is not supported" in told or "Swagger" in told, told
        pytest.skip(told)


def reachable(contract: Contract, operation: Operation) -> list[str]:
    """The pointers of an operation and of all that it refers to."""
    found = [operation.pointer]
    for pointer in found:
        nodes = [lookup(contract.data, pointer)]
        while nodes:
            node = nodes.pop()
            if isinstance(node, dict):
                target = node.get("$ref")
                if isinstance(target, str) and (target := target.partition("#")[2]) not in found:
                    found.append(target)
                nodes += node.values()
            elif isinstance(node, list):
                nodes += node
    return found


def excused(made: Imported, contract: Contract, operation: Operation) -> bool:
    """Whether nothing can be answered: a schema that the operation leads to is listed as impossible."""
    places = tuple(reachable(contract, operation))
    return any(
        each.pointer == place or each.pointer.startswith(f"{place}/")
        for each in made.defects
        if each.rule in IMPOSSIBLE
        for place in places
    )


@pytest.mark.parametrize("path", list(documents()))
def test_every_operation_answers_something_valid(path: Path, tmp_path: Path) -> None:
    made = take(path, tmp_path)
    with Mock(tmp_path / "theirs") as mock:
        asked, wrong = ask_all(mock)
        contract = mock.house.service(None).contract
        operations = {f"{each.method} {each.address}": each for each in contract.operations}
        left = [each for each in wrong if not excused(made, contract, operations[each.partition(": ")[0]])]
    assert asked == made.operations > 0
    assert left == []


@pytest.mark.parametrize("path", list(documents()))
def test_schemathesis_finds_nothing_that_is_not_listed(path: Path, tmp_path: Path) -> None:
    if path.stat().st_size > LARGE and not NIGHTLY:
        pytest.skip("asked once an operation only, but in a nightly run")
    assert everything_found(path, tmp_path) == []


def everything_found(path: Path, folder: Path) -> list[str]:
    """What Schemathesis' checks say of a document's operations, but for what the import listed."""
    made = take(path, folder)
    found: dict[str, None] = {}
    with Mock(folder / "theirs", limits=False) as mock:
        contract = mock.house.service(None).contract
        listed = Listed(made, contract)
        by_address = {(each.method, each.path): each for each in contract.operations}
        config = SchemathesisConfig.from_dict({"auth": {"auto-signup": False}})
        for result in from_dict(dict(contract.data), config=config).get_all_operations():
            if isinstance(result, Err):
                continue  # Schemathesis cannot read it
            operation = result.ok()
            known = by_address[operation.method.upper(), operation.path]
            for mode in GenerationMode:
                try:
                    for told in _asked(mock, operation, mode, known, listed):
                        found[f"{known.method} {known.path} {mode.value}: {told}"] = None
                except (Unsatisfiable, InvalidSchema):
                    continue  # nothing can be drawn for it
    return list(found)


class Listed:
    """Which failures follow from the defects of a document that its import listed."""

    def __init__(self, made: Imported, contract: Contract) -> None:
        self.made = made
        self.contract = contract
        self.second: Judge | None = None
        schemes = contract.data.get("components", {}).get("securitySchemes", {}).values()
        self.credentials = {"Authorization", *(str(each.get("name")) for each in schemes)}
        self.credentials |= {
            each.name
            for operation in contract.operations
            for each in operation.parameters
            if each.name.lower() in self.credentials
        }
        self.rules: dict[str, set[str]] = {}
        for each in made.defects:
            self.rules.setdefault(each.pointer, set()).add(each.rule)

    def has(self, failure: Any, operation: Operation, sent: PreparedRequest, stop: Any) -> bool:
        """Whether what Schemathesis says of an answer is told by a defect, or wrong."""
        rules = self.rules.get(operation.pointer, set())
        if isinstance(failure, UndefinedStatusCode):
            status = failure.status_code
            refused = "no-4xx" in rules and (400 <= status < 500 or not operation.responses)
            return refused or (status in (400, 401, 404, 422) and "undeclared-4xx" in rules)
        if isinstance(failure, MissingContentType):
            return any(
                "body-of-nothing" in self.rules.get(each.pointer, ()) for each in operation.responses.values()
            )
        if isinstance(failure, RejectedPositiveData):
            # What never succeeds; a cursor that no page gave; a text of no length, which is no body.
            drawn = stop is not None and "is not a cursor" in stop.detail
            empty = operation.body is not None and not sent.body
            never = not _SUCCESS & operation.responses.keys()
            null = any(
                "nullable" in self.rules[at] for at in self._within(reachable(self.contract, operation))
            )
            return drawn or never or empty or null or excused(self.made, self.contract, operation)
        if isinstance(failure, AcceptedNegativeData):
            return self._is_of_credentials(str(failure)) or self._is_valid(sent)
        reached = reachable(self.contract, operation)
        return any(_ANSWERS & self.rules.get(each, set()) for each in self._within(reached))

    def _within(self, places: list[str]) -> list[str]:
        return [each for each in self.rules if any(f"{each}/".startswith(f"{place}/") for place in places)]

    def _is_of_credentials(self, told: str) -> bool:
        """Whether nothing is wrong but credentials, which the test itself sends."""
        wrong = [line for line in told.splitlines() if "violates" in line]
        asked = [re.findall(r"`([^`]+)` in |\(was ([^)]+)\)|/properties/(\S+)$", line) for line in wrong]
        return all(each and _names(each) <= self.credentials for each in asked)

    def _is_valid(self, sent: PreparedRequest) -> bool:
        """Whether a request is right after all: true is "true" in a query."""
        if self.second is None:
            self.second = Judge(unlocked(self.contract.data))
        headers = tuple((name, str(value)) for name, value in sent.headers.items())
        told = Traffic("", str(sent.method), str(sent.url), headers, _bytes(sent.body), 200, (), None)
        # It also refuses a text without letters in a query, which no rule does.
        return all(
            "cannot be empty" in each.message or each.message.rpartition(": ")[2] in self.credentials
            for each in self.second.request(told)
        )


def _names(found: list[tuple[str, ...]]) -> set[str]:
    return {name for each in found for part in each if part for name in part.split(", ")}


def _asked(mock: Mock, theirs: Any, mode: GenerationMode, known: Operation, listed: Listed) -> list[str]:
    """What is wrong with the answers to a few requests of Schemathesis' to one operation."""
    found: list[str] = []

    @given(case=theirs.as_strategy(mode))
    @settings(
        max_examples=20 if NIGHTLY else 3,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        if mode is GenerationMode.NEGATIVE and case.media_type not in _READ:
            return  # what is in other bodies is not looked at
        # Through the transport's own serialisation, as any client would send it.
        sent = case.as_transport_kwargs(base_url=f"http://testserver{known.base}")
        request, answer = _call(mock, sent)
        stop = mock.exchanges[-1].stop
        if stop is not None and stop.rule in ("mock-failed", "mock-not-conformant"):
            if not excused(listed.made, listed.contract, known):
                found.append(stop.detail)
            return
        response = Response(
            status_code=answer.status,
            headers={name.lower(): [value] for name, value in answer.headers.items()},
            content=answer.body,
            request=request,
            elapsed=0.0,
            verify=False,
        )
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            each = failure.exceptions if isinstance(failure, FailureGroup) else [failure]
            found.extend(str(one) for one in each if not listed.has(one, known, request, stop))

    ask()
    return found


def _bytes(body: Any) -> bytes | None:
    made = body.encode() if isinstance(body, str) else body
    assert made is None or isinstance(made, bytes)
    return made


def _call(mock: Mock, sent: dict[str, Any]) -> tuple[PreparedRequest, Any]:
    request = Request(**{key: value for key, value in sent.items() if key in _KNOWN}).prepare()
    body = _bytes(request.body)
    headers = {name: str(value) for name, value in request.headers.items() if name != "Authorization"}
    answer = mock.call(
        str(request.method), str(request.path_url), body=body, headers=headers, token=mock.token("owner")
    )
    return request, answer
