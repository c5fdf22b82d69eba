"""Where links and paths of a document lead; knows the document and an answer, asks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.answer import NOTHING, Answer
from contracts.checks.answers import use_of
from contracts.checks.forms import Form, blank
from contracts.checks.values import at
from mockserver.openapi.contract import Contract, Operation


def links_of(contract: Contract, operation: Operation, status: int) -> Mapping[str, Any]:
    """The links of an operation's answer of that status, by name."""
    response = operation.responses.get(str(status))
    if response is None:
        return {}
    found: Mapping[str, Any] = contract.schemas.at(response.pointer).get("links", {})
    return found


def follow(contract: Contract, fact: Mapping[str, Any], answer: Answer) -> Form | None:
    """The request that a link of an answer leads to; None where the answer lacks what it wants."""
    try:
        operation = contract.operation(fact.get("operationId", ""))
    except KeyError:
        return None
    form = blank(contract, operation)
    for name, expression in fact.get("parameters", {}).items():
        value = expressed(expression, answer)
        if value is None:
            return None
        name = name.rpartition(".")[2]
        form = form.at(**{name: value}) if name in form.path else form.asking(**{name: value})
    return form


def leads(contract: Contract, fact: Mapping[str, Any], operation: Operation) -> Mapping[str, str]:
    """The parameters of a path that a link gives: by their names, those that the link has."""
    try:
        target = contract.operation(fact.get("operationId", ""))
    except KeyError:
        return {}
    given = {name.rpartition(".")[2] for name in fact.get("parameters", {})}
    theirs = {prefix_of(target, each.name): each.name for each in target.parameters if each.place == "path"}
    mine = {
        each.name: prefix_of(operation, each.name) for each in operation.parameters if each.place == "path"
    }
    return {name: theirs[prefix] for name, prefix in mine.items() if theirs.get(prefix) in given}


def of_kind(contract: Contract, kind: str, action: str) -> Iterator[Operation]:
    """The operations that do that to rows of a kind, those that need nothing else first."""
    found = [
        each
        for each in contract.operations
        if use_of(each).get("kind") == kind and use_of(each).get("action") == action
    ]
    yield from sorted(found, key=lambda each: (each.deprecated, each.path.count("{")))


def expressed(expression: Any, answer: Answer) -> Any:
    """What a runtime expression of a link means for an answer; None for nothing."""
    if not isinstance(expression, str) or not expression.startswith("$response.body#"):
        return None if isinstance(expression, str) and expression.startswith("$") else expression
    value = answer.value
    if value is NOTHING:
        return None
    for step in expression.partition("#")[2].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        value = at(value, (int(step),) if isinstance(value, list) and step.isdigit() else (step,))
    return value


def prefix_of(operation: Operation, name: str) -> str:
    """The address up to a parameter, whatever that is called."""
    return operation.address.partition(f"{{{name}}}")[0] + "{}"


def last_of(operation: Operation) -> str:
    """The last parameter of a path; "" for none."""
    names = names_of(operation)
    return names[-1] if names else ""


def names_of(operation: Operation) -> list[str]:
    """The parameters of a path, in its order."""
    found = [each.name for each in operation.parameters if each.place == "path"]
    return sorted(found, key=lambda name: operation.address.find(f"{{{name}}}"))
