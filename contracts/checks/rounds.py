"""Every operation, done once as it is meant; knows what has to be there for that, not what is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from contracts.answer import Answer
from contracts.checks.slotting import slots_fact
from mockserver.openapi.contract import Operation

if TYPE_CHECKING:
    from contracts.checks.visit import Visit

FINE = (0, 400, 401, 402, 403, 404, 409, 422, 429)


def orderly(operations: Iterable[Operation]) -> list[Operation]:
    """Reads first and deletions last, so that what one takes away is not missed by another."""
    ranks = {"GET": 0, "HEAD": 0, "POST": 1, "PUT": 2, "PATCH": 2}
    return sorted(operations, key=lambda each: ranks.get(each.method, 3))


def happy(visit: Visit, operation: Operation) -> Iterator[Answer]:
    """Answers to requests that are in order; nothing where none can be made of what there is.

    What refuses all the same (an example that does not suit the server's state) says nothing: left out.
    """
    answer = once(visit, operation)
    if answer is not None:
        yield answer


def once(visit: Visit, operation: Operation) -> Answer | None:
    """The answer to one request in order; None where the server refuses all that can be thought of."""
    writing = visit.writing(operation)
    form = visit.known.form(operation, fresh=writing)
    answer = visit.ask(form)
    if answer.status == 401 and visit.renew():
        # Something before it took the credentials back, as refreshing a key does.
        form = visit.known.form(operation, fresh=writing)
        answer = visit.ask(form)
    if answer.status not in FINE:
        return answer
    if not writing and form.path and visit.writes:
        # Nothing of the kind was there to be read.
        answer = visit.ask(visit.known.form(operation, fresh=True))
        if answer.status not in FINE:
            return answer
    if writing and not slots_fact(operation):
        for _ in range(2):
            form = visit.known.renamed(form)
            answer = visit.ask(form)
            if answer.status not in FINE:
                return answer
        made = visit.known.made(operation)
        if made is not None:
            return made[1]
    # What the document shows may suit where nothing else does: an event of the kind that can be handed over.
    answer = visit.ask(visit.known.blank(operation))
    return None if answer.status in FINE else answer
