"""What is told of other people's rows: nothing, not even that they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contracts.answer import Answer
from contracts.checks.answers import use_of
from contracts.checks.auth import secured
from contracts.checks.forms import Form, elsewhere, parameter_named
from contracts.checks.people import Verdict, judged
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.targets.target import Persona
from mockserver.openapi.contract import Operation


def hidden(visit: Visit) -> Iterator[Finding]:
    """Somebody of another account gets the same answer for a row that is there and for one that never was."""
    for operation in secured(visit):
        use = use_of(operation)
        kind = use.get("kind")
        if kind is None or "owner" not in visit.contract.facts.get("resources", {}).get(kind, {}):
            continue
        owner = visit.usual(operation)
        stranger = _stranger(visit, operation, owner)
        place = _names_row(operation)
        if owner is None or stranger is None or place is None:
            continue
        name, wanted = place
        id = visit.known.id(wanted)
        if id is None and visit.writes:
            visit.known.make(wanted)
            id = visit.known.fresh_id(wanted)
        usual = visit.known.form(operation)
        if id is None and name in usual.known:
            id = usual.path[name]
        parameter = parameter_named(operation, name)
        if id is None or parameter is None:
            continue
        form = usual.at(**{name: id})
        gone = form.at(**{name: elsewhere(visit.contract, parameter, id)})
        theirs = visit.ask(form, persona=stranger)
        nobodys = visit.ask(gone, persona=stranger)
        if not theirs.status or not nobodys.status:
            continue
        visit.count(operation)
        if theirs.good:
            yield visit.finding(
                operation, f"{stranger.name} reaches a {wanted} of {owner.name}'s account", theirs
            )
        elif _shown(theirs, form, name) != _shown(nobodys, gone, name):
            yield visit.finding(
                operation,
                f"{stranger.name} can tell a {wanted} of another account ({theirs.status}) from none "
                f"({nobodys.status})",
                theirs,
                nobodys,
            )


def _stranger(visit: Visit, operation: Operation, owner: Persona | None) -> Persona | None:
    """Somebody of another account who may do this there."""
    for each in visit.personas:
        other = owner is not None and each.account not in ("", owner.account) and each.kind == owner.kind
        if other and judged(visit.contract, each, operation) in (Verdict.IN, Verdict.UNSURE):
            return each
    return None


def _names_row(operation: Operation) -> tuple[str, str] | None:
    """(path parameter, kind) of the row that an operation is about, or of its parent."""
    use = use_of(operation)
    names = [each.name for each in operation.parameters if each.place == "path"]
    parent = use.get("parent", {})
    if parent.get("param") in names:
        return parent["param"], parent["kind"]
    if not names or use.get("action") in ("create", "list"):
        return None
    return use.get("id", names[-1]), use["kind"]


def _shown(answer: Answer, form: Form, name: str) -> tuple[int, str, str]:
    """What can be told from an answer, whatever id was asked for and when."""
    text = answer.body.decode("utf-8", "replace").replace(str(form.path[name]), "(id)")
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z?|\b(req|x)[-_][0-9a-zA-Z-]+", "(when)", text)
    return answer.status, answer.media_type, text
