"""A ledger of corrections to a vendor's document, each with a test; says which of them are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mockserver.openapi import yaml
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.document import Document
from mockserver.openapi.facts import check_evidence
from mockserver.openapi.overlay import apply
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.sources import read_bytes
from mockserver.openapi.table import shape

TEST = "x-test"
State = Literal["needed", "unnecessary", "adrift"]
_KINDS = frozenset({"schema", "reply", "credentials", "parameter", "declared"})


@dataclass(frozen=True, slots=True)
class Correction:
    """One action of a ledger. `test`: what a document says wrongly without it and rightly with it."""

    index: int
    action: Mapping[str, Any]
    test: Mapping[str, Any]

    @property
    def description(self) -> str:
        """What is wrong, in one line."""
        return " ".join(str(self.action.get("description", "")).split())


@dataclass(frozen=True, slots=True)
class Verdict:
    """`unnecessary`: the document does without; `adrift`: what it corrects is not there any more."""

    correction: Correction
    state: State
    why: str = ""


def read_ledger(path: Path, *, strict: bool = True) -> list[Correction]:
    """The corrections of an overlay. SpecificationError where one lacks description, evidence or test.

    Not strict: an action without a test is left out, for nothing can be said of it.
    """
    label = str(path)
    data = yaml.read(read_bytes(path, label), label)
    problems: list[Problem] = []
    found: list[Correction] = []
    actions = data.get("actions") if isinstance(data, dict) else None
    for index, action in enumerate(actions if isinstance(actions, list) else ()):
        at = f"/actions/{index}"
        if not isinstance(action, dict):
            problems.append(Problem(label, 0, at, "is no action"))
            continue
        if not strict and TEST not in action:
            continue
        if not action.get("description"):
            problems.append(Problem(label, 0, at, "a correction says what is wrong", "add description"))
        wrong = check_evidence(action.get("x-evidence"))
        problems += [Problem(label, 0, f"{at}/x-evidence{place}", message) for place, message in wrong]
        test = action.get(TEST)
        if not isinstance(test, dict) or len(_KINDS & test.keys()) != 1:
            remedy = f"add {TEST} with one of {', '.join(sorted(_KINDS))}"
            problems.append(Problem(label, 0, at, "a correction has a test", remedy))
            continue
        found.append(Correction(index, action, test))
    if problems:
        raise SpecificationError(problems)
    return found


def examine(document: Document, ledger: Path) -> list[Verdict]:
    """Which corrections the document as it is needs. Each is asked of by itself, and by its test."""
    corrections = read_ledger(ledger, strict=False)
    raw = compile_contract(document, "vendor")
    corrected = _corrected(document, corrections)
    verdicts: list[Verdict] = []
    for each in corrections:
        if passes(raw, each.test):
            verdicts.append(Verdict(each, "unnecessary", "the document treats its test rightly by itself"))
        elif each.index in corrected:
            verdicts.append(Verdict(each, "adrift", corrected[each.index]))
        else:
            verdicts.append(Verdict(each, "needed"))
    return verdicts


def _corrected(document: Document, corrections: Sequence[Correction]) -> dict[int, str]:
    """What is wrong with actions in their order, by index."""
    overlay = {**_ENVELOPE, "actions": [each.action for each in corrections]}
    problems = apply(document.data, overlay).problems
    found: dict[int, str] = {}
    for pointer, message, _ in problems:
        steps = pointer.split("/")
        if len(steps) > 2 and steps[2].isdigit():
            found[corrections[int(steps[2])].index] = message
    return found


_ENVELOPE: Mapping[str, Any] = {"overlay": "1.0.0", "info": {"title": "one", "version": "1"}}


def passes(contract: Contract, test: Mapping[str, Any]) -> bool:
    """Whether a document treats a test's value as the test says is right."""
    if "schema" in test:
        return _schema(contract, test["schema"], test["value"]) is test.get("accepted", True)
    if "reply" in test:
        return _reply(contract, test) is test.get("accepted", True)
    if "credentials" in test:
        return _credentials(contract, test)
    if "parameter" in test:
        return _parameter(contract, test)
    try:
        contract.schemas.at(test["declared"])
    except LookupError:
        return False
    return True


def _schema(contract: Contract, pointer: str, value: Any) -> bool | None:
    try:
        return contract.schemas.check(pointer).ok(value)
    except ValueError:
        return None


def _operation(contract: Contract, named: str) -> Operation | None:
    method, _, path = named.partition(" ")
    wanted = shape(path)
    for operation in contract.operations:
        if operation.method == method and shape(operation.address) == wanted:
            return operation
    return None


def _reply(contract: Contract, test: Mapping[str, Any]) -> bool | None:
    operation = _operation(contract, test["reply"])
    if operation is None:
        return None
    status = str(test["status"])
    response = operation.responses.get(status) or operation.responses.get(f"{status[0]}XX")
    response = response or operation.responses.get("default")
    if response is None:
        return False
    for name, value in test.get("headers", {}).items():
        rule = response.headers.get(name.lower())
        if rule is not None and rule.check is not None and not rule.check.ok(value):
            return False
    if "body" not in test:
        return True
    media = response.media.get("application/json")
    return media is not None and (media.check is None or media.check.ok(test["body"]))


def _credentials(contract: Contract, test: Mapping[str, Any]) -> bool:
    """Asked for, and with these scopes where the test names some."""
    operation = _operation(contract, test["credentials"])
    if operation is None or not operation.security:
        return False
    optional = any(not alternative for alternative in operation.security)
    scopes = {scope for alternative in operation.security for _, each in alternative for scope in each}
    return optional is test.get("optional", False) and set(test.get("scopes", scopes)) == scopes


def _parameter(contract: Contract, test: Mapping[str, Any]) -> bool:
    """There, or not (`there: false`); required or not; a value of it accepted or not."""
    operation = _operation(contract, test["parameter"])
    if operation is None:
        return False
    for raw in [*_declared(contract, operation)]:
        if raw.get("name") == test["name"]:
            wanted = test.get("required")
            return test.get("there", True) is True and (
                wanted is None or bool(raw.get("required", False)) is wanted
            )
    return test.get("there", True) is False


def _declared(contract: Contract, operation: Operation) -> list[dict[str, Any]]:
    """Parameters as they stand in the document, those too that OpenAPI says to ignore."""
    node = contract.schemas.at(operation.pointer)
    found = []
    for raw in node.get("parameters", ()):
        reference = raw.get("$ref")
        found.append(contract.schemas.at(reference[1:]) if isinstance(reference, str) else raw)
    return found
