"""A scope that is not asked for is found at every operation that declares it, not only somewhere."""

from __future__ import annotations

import pytest

from contracts.checks.visit import Visit
from mockserver.openapi.contract import Operation
from tests.quality.access import ignoring
from tests.quality.catalogue import check_named
from tests.quality.door import door, prototype


def asked_for(slug: str) -> list[str]:
    """Every scope that an operation of a provider asks for."""
    operations = prototype(slug).contract.operations
    return sorted({scope for each in operations for scope in scopes_of(each)})


def scopes_of(operation: Operation) -> set[str]:
    return {scope for way in operation.security for _, scopes in way for scope in scopes}


@pytest.mark.parametrize("slug", ["caledee", "calcom", "zeeg"])
def test_a_scope_that_is_ignored_is_found_wherever_it_is_declared(slug: str) -> None:
    check = check_named("auth.scopes")
    scopes = asked_for(slug)
    assert scopes
    for scope in scopes:
        target = door(slug)
        ignoring(scope)(target.mock)
        found = {each.operation for each in check.run(Visit(target, check=check.name))}
        declared = {each.id for each in target.contract.operations if scope in scopes_of(each)}
        assert found == declared, scope
