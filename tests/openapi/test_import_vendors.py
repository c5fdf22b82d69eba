"""Documents of others, as their packages ship them, are imported and served; what fails is a listed defect.

Set UNDERSTUDY_DOCUMENTS to folders with documents (an unpacked package of a registry, say) to try those, too:
    npm install @readme/oas-examples
    UNDERSTUDY_DOCUMENTS=node_modules/@readme/oas-examples/3.1/json \\
      pytest tests/openapi/test_import_vendors.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Err
from schemathesis.openapi import from_dict

from mockserver import Mock
from mockserver.commands.importing import Imported, import_document
from mockserver.openapi.contract import Operation
from mockserver.openapi.problems import SpecificationError
from tests.openapi.asking import ask_all

OWN = Path(__file__).parents[1] / "unprepared"
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
LARGE = 2_000_000
# Where a document contradicts itself, its own answers may not be possible.
EXCUSES = frozenset(
    {"overlapping-oneof", "impossible", "default-misfit", "pattern-misfit", "javascript-pattern"}
)


def documents() -> Iterator[Path]:
    yield from sorted(path for path in OWN.iterdir() if path.suffix in (".json", ".yaml"))
    for folder in filter(None, os.environ.get("UNDERSTUDY_DOCUMENTS", "").split(os.pathsep)):
        for path in sorted(Path(folder).iterdir()):
            if path.suffix in (".json", ".yaml", ".yml") and path.stat().st_size < 20_000_000:
                yield path


def take(path: Path, folder: Path) -> Imported:
    try:
        return import_document("theirs", str(path), folder / "theirs", today=date(2026, 11, 21))
    except SpecificationError as error:
        told = str(error)
        assert "no path that could be served" in told or "is not supported" in told or "Swagger" in told, told
        pytest.skip(told)


def excused(made: Imported, operation: str) -> bool:
    """Whether a defect of the document stands in the operation, or in a schema that many share."""
    return any(
        each.rule in EXCUSES
        and (each.pointer.startswith((operation, "/components/schemas")) or "components" in each.pointer)
        for each in made.defects
    )


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_every_operation_answers_something_valid(path: Path, tmp_path: Path) -> None:
    made = take(path, tmp_path)
    with Mock(tmp_path / "theirs") as mock:
        asked, wrong = ask_all(mock)
        pointers = {
            f"{each.method} {each.address}": each.pointer
            for each in mock.house.service(None).contract.operations
        }
    assert asked == made.operations > 0
    left = [each for each in wrong if not excused(made, pointers[each.partition(": ")[0]])]
    assert left == []


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_schemathesis_finds_nothing_that_is_not_listed(path: Path, tmp_path: Path) -> None:
    if path.stat().st_size > LARGE:
        pytest.skip("asked once an operation only")
    made = take(path, tmp_path)
    undeclared = {each.pointer for each in made.defects if each.rule == "no-4xx"}
    with Mock(tmp_path / "theirs", limits=False) as mock:
        service = mock.house.service(None)
        by_address = {(each.method, each.path): each for each in service.contract.operations}
        config = SchemathesisConfig.from_dict({"auth": {"auto-signup": False}})
        schema = from_dict(dict(service.contract.data), config=config)
        for result in schema.get_all_operations():
            if isinstance(result, Err):
                continue  # Schemathesis cannot read it
            operation = result.ok()
            known = by_address[operation.method.upper(), operation.path]
            try:
                _try(mock, made, operation, known, known.pointer in undeclared)
            except (Unsatisfiable, InvalidSchema):
                continue  # nothing can be drawn for it


def _try(mock: Mock, made: Imported, theirs: Any, known: Operation, undeclared: bool) -> None:
    """A few requests of Schemathesis' to one operation."""

    @given(case=theirs.as_strategy())
    @settings(
        max_examples=20 if NIGHTLY else 4,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        # Through the transport's own serialisation, as any client would send it.
        answer = _call(mock, case.as_transport_kwargs(base_url=f"http://testserver{known.base}"))
        stop = mock.exchanges[-1].stop
        why = stop.detail if stop is not None else answer.body[:200]
        told = f"{known.method} {known.path}: {answer.status} {why!r}"
        if answer.status >= 500 and str(answer.status) not in known.responses:
            assert excused(made, known.pointer), told
            return
        if answer.status >= 400 and undeclared:
            return
        response = mock.house.service(None).plan(known).response(answer.status)
        media = None if response is None else response.media.get("application/json")
        if media is not None and media.check is not None and answer.body:
            assert media.check.ok(answer.json), told

    check()


def _call(mock: Mock, sent: dict[str, Any]) -> Any:
    from requests import Request

    request = Request(**{key: value for key, value in sent.items() if key in _KNOWN}).prepare()
    body = request.body.encode() if isinstance(request.body, str) else request.body
    assert body is None or isinstance(body, bytes)
    headers = {name: str(value) for name, value in request.headers.items() if name != "Authorization"}
    return mock.call(
        str(request.method), str(request.path_url), body=body, headers=headers, token=mock.token("owner")
    )


_KNOWN = frozenset({"method", "url", "headers", "files", "data", "params", "auth", "cookies", "json"})
