"""What a document says of an answer; knows no target and no check."""

from __future__ import annotations

from contracts.answer import NOTHING, Answer
from mockserver.openapi.contract import Operation, Response


def conforms(operation: Operation, answer: Answer) -> list[str]:
    """All that is wrong with an answer by the document; nothing where it is as declared."""
    response = declared(operation, answer.status)
    if response is None:
        return [f"{answer.status} is not declared"]
    wrong = [
        f"the header {name} is missing"
        for name, rule in response.headers.items()
        if rule.required and name not in answer.headers
    ]
    if answer.status in (204, 304) or not response.media:
        if answer.body and not response.media and answer.status in (204, 304):
            wrong.append(f"{answer.status} has a body")
        return wrong
    media = next((each for name, each in response.media.items() if fits(name, answer.media_type)), None)
    if media is None:
        told = answer.media_type or "no content type"
        return [*wrong, f"{told} where {', '.join(response.media)} is declared"]
    if "json" not in answer.media_type:
        return wrong
    value = answer.value
    if value is NOTHING:
        return [*wrong, "the body is not JSON"]
    if media.check is not None and not media.check.ok(value):
        for each in media.check.problems(value)[:5]:
            place = "".join(f"/{step}" for step in each.path) or "the body"
            wrong.append(f"{place} {each.message}")
    return wrong


def declared(operation: Operation, status: int) -> Response | None:
    """The declared response for a status: its own, its range's, the default one."""
    responses = operation.responses
    return responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")


def fits(declared: str, sent: str) -> bool:
    """Whether a media type that was sent is a declared one."""
    declared = declared.partition(";")[0].strip().lower()
    if declared in (sent, "*/*"):
        return True
    if declared.endswith("/*"):
        return sent.startswith(declared[:-1])
    return declared == "application/json" and sent.endswith("+json")
