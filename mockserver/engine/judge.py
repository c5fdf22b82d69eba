"""Step 9: does the reply keep to the document; knows responses, not how a reply came about."""

from __future__ import annotations

from typing import Final

import orjson

from mockserver.engine.exchange import MISSING, Exchange, Reply
from mockserver.engine.refusals import NotConformant
from mockserver.openapi.contract import Media, Response

ZERO: Final = 0x30


def judge(exchange: Exchange, reply: Reply) -> None:
    """NotConformant where the document does not allow this reply to this operation.

    A reply that is `sealed` was put together from rows and a frame that were judged when they were made;
    of such a one only the headers are looked at.
    """
    plan = exchange.plan
    response = plan.response(reply.status)
    if response is None:
        if plan.operation is None:
            return  # An unknown path or verb has no document to keep to.
        if exchange.service.settings.prepared:
            raise NotConformant(f"status {reply.status} is not declared for {plan.id}", ())
        exchange.warn(f"status {reply.status} is not declared for {plan.id}")
        return
    if response.headers:
        judge_headers(response, reply)
    if not reply.sealed:
        _judge_body(response, reply)


def fits(response: Response, reply: Reply) -> bool:
    """Whether the reply's body is one that the response allows."""
    try:
        _judge_body(response, reply)
    except NotConformant:
        return False
    return True


def media_of(response: Response, content_type: str) -> Media | None:
    """The declared media type, or range of them, that a type (without parameters) is of."""
    media = response.media.get(content_type)
    if media is None:
        media = response.media.get(content_type.partition("/")[0] + "/*") or response.media.get("*/*")
    return media


def _judge_body(response: Response, reply: Reply) -> None:
    if not response.media:
        return
    content_type = reply.content_type.partition(b";")[0].decode("latin-1")
    media = media_of(response, content_type)
    if media is None:
        declared = ", ".join(response.media)
        raise NotConformant(f"the document declares {declared}, not {content_type}", (response.pointer,))
    check = media.check
    if check is None or not content_type.endswith("json"):
        return
    value = orjson.loads(reply.body) if reply.value is MISSING else reply.value
    if not check.ok(value):
        raise NotConformant(
            f"the body of the {reply.status} does not fit {media.pointer}",
            [f"/{'/'.join(map(str, v.path))} {v.message}" for v in check.problems(value)],
        )


def judge_headers(response: Response, reply: Reply) -> None:
    """NotConformant where a header is missing, or is not what the response declares."""
    missing, sent = response.needed, response.sent
    for name, value in reply.headers:
        rule = sent.get(name)
        if rule is None:
            name = name.lower()
            rule = sent.get(name)
            if rule is None:
                continue
        if missing:
            missing = missing - {name}
        check, least = rule.check, rule.least
        # What counts a quota down is a number that grows and shrinks: quicker seen here than by a validator.
        if check is None or (least is not None and is_count(value, least)):
            continue
        # A header is text; where it is declared a number, or more, it is judged as that.
        text = value.decode("latin-1")
        if check.ok(text):
            continue
        try:
            number = orjson.loads(text)
        except orjson.JSONDecodeError:
            number = text
        if not check.ok(number):
            told = name.decode("latin-1")
            raise NotConformant(f"the header {told} does not fit: {text}", (response.pointer,))
    if missing:
        told = min(missing).decode("latin-1")
        raise NotConformant(f"the header {told} is missing", (response.pointer,))


def is_count(text: bytes, least: int) -> bool:
    """Whether a text is a whole number in JSON's writing, from `least` on, which is not below zero."""
    if not text.isdigit():
        return False
    if text[0] == ZERO:
        return len(text) == 1 and least == 0
    return least <= 1 or int(text) >= least
