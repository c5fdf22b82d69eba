"""What is answered when all is well: the declared status, media type, headers and members."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.checks.judging import conforms
from contracts.checks.rounds import happy, orderly
from contracts.checks.visit import Visit
from contracts.finding import Finding


def answers(visit: Visit) -> Iterator[Finding]:
    """The answer to a request that is in order is one that the document declares, and looks as it says."""
    for operation in orderly(visit.operations):
        if visit.writing(operation):
            visit.renew()
        for answer in happy(visit, operation):
            visit.count(operation)
            problems = conforms(operation, answer)
            if problems:
                yield visit.finding(
                    operation,
                    f"the answer ({answer.status}) is not as declared: {'; '.join(problems[:2])}",
                    answer,
                    pointer=f"{operation.pointer}/responses/{answer.status}",
                )
