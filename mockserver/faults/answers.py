"""Answers asked for by name: a declared status, a declared example; knows responses, keeps no state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.engine.declared import reply_in, required_headers
from mockserver.engine.exchange import MISSING, Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.refuse import refuse
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.faults.kinds import Active, FaultKind
from mockserver.faults.places import at_pointer, resolve
from mockserver.faults.refusing import USUAL_WAIT, exhausted, refusal
from mockserver.openapi.contract import Media, Response

UNKNOWN = "unknown-preference"

# The rule whose words stand for a status. Where provider.yaml moves the rule elsewhere, none does.
RULES: Mapping[int, str] = MappingProxyType(
    {
        400: "malformed-json",
        401: "unknown-token",
        403: "missing-scope",
        404: "not-found",
        405: "method-not-allowed",
        409: "conflict",
        413: "body-too-large",
        415: "unsupported-media-type",
        422: "invalid-body",
        500: "server-error",
        503: "outage",
    }
)


def answer_code(exchange: Exchange, active: Active) -> Reply | None:
    """Answer the declared status `code`: its example, the provider's envelope, or a sample of its schema."""
    code = int(active.params["code"])
    response = exchange.plan.response(code)
    if response is None or not 200 <= code <= 599:
        declared = ", ".join(exchange.plan.responses) or "none"
        raise unknown("code", str(code), f"{exchange.plan.id or 'this path'} declares {declared}")
    media = exchange.plan.media(code)
    reply = _from_example(code, media)
    if reply is None and code >= 400:
        reply = _from_envelope(exchange, code, media)
    if reply is None:
        reply = _from_schema(exchange, code, media)
    _complete(exchange, response, reply)
    active.note = f"answered {code} without doing the work"
    return reply


def answer_example(exchange: Exchange, active: Active) -> Reply | None:
    """Answer the declared example of that name: of `code` where it is given, else the first success' one."""
    name = str(active.params["example"])
    wanted = active.params.get("code")
    known: dict[str, None] = {}
    for status, response, content_type, examples in _examples(exchange):
        if wanted is not None and exchange.plan.response(int(wanted)) is not response:
            continue
        if name in examples:
            media = Media(content_type, "", None, None, ())
            reply = reply_in(
                media, _value(exchange, examples[name]), status if wanted is None else int(wanted)
            )
            _complete(exchange, response, reply)
            active.note = f"answered the example {name} without doing the work"
            return reply
        known |= dict.fromkeys(examples)
    raise unknown("example", name, f"{exchange.plan.id or 'this path'} has {', '.join(known) or 'none'}")


def unknown(preference: str, value: str, detail: str) -> Refusal:
    """The refusal of a preference that we know with a value that means nothing here."""
    return refusal(400, UNKNOWN, preference=f"{preference}={value}", detail=detail)


def _from_example(code: int, media: Media | None) -> Reply | None:
    if media is None or not media.examples:
        return None
    return reply_in(media, media.examples[0], code)


def _from_envelope(exchange: Exchange, code: int, media: Media | None) -> Reply | None:
    rule = "too-many-requests" if code == 429 else RULES.get(code, "")
    if not rule or exchange.plan.status_of(rule, code) != code:
        rule = "preferred-status"
    raised = exhausted(exchange, USUAL_WAIT) if code == 429 else refusal(code, rule)
    raised.rule = rule
    reply = refuse(exchange, raised, "faults")
    if media is None or media.check is None:
        return reply
    value = orjson.loads(reply.body) if reply.value is MISSING else reply.value
    return reply if media.check.ok(value) else None


def _from_schema(exchange: Exchange, code: int, media: Media | None) -> Reply:
    if media is None:
        return Reply(code, content_type=b"")
    try:
        value = sample(media.schema, exchange.service.contract.data, seed=code, check=media.check)
    except Unsatisfiable as error:
        detail = f"nothing fits its schema: {error}"
        raise unknown("code", str(code), detail) from error
    return reply_in(media, value, code)


def _complete(exchange: Exchange, response: Response, reply: Reply) -> None:
    """Give the reply the headers that the document demands of it and nothing else set."""
    sent = {name.lower() for name, _ in reply.headers}
    wanted = required_headers(exchange.service.contract, response, reply.status)
    reply.headers += [(name, value) for name, value in wanted.items() if name not in sent]


def _examples(exchange: Exchange) -> Iterator[tuple[int, Response, str, Mapping[str, Any]]]:
    """Every (status, response, media type, named examples) of an operation, successes first."""
    data = exchange.service.contract.data
    responses = exchange.plan.responses
    for key in sorted(responses, key=lambda key: (key[0] != "2", key)):
        status = int(key) if key.isdigit() else int(key[0]) * 100 if key[0].isdigit() else 200
        node = _resolved(at_pointer(data, responses[key].pointer), data) or {}
        for content_type, media in (node.get("content") or {}).items():
            if examples := (media or {}).get("examples"):
                yield status, responses[key], content_type, examples


def _value(exchange: Exchange, example: Any) -> Any:
    example = _resolved(example, exchange.service.contract.data)
    return example.get("value") if isinstance(example, Mapping) else None


def _resolved(node: Any, data: Mapping[str, Any]) -> Any:
    if isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        return resolve(node["$ref"], data)
    return node


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "code",
                "The declared answer of that status, without the work.",
                properties={"code": {"type": "integer", "minimum": 200, "maximum": 599}},
                required=("code",),
                before=answer_code,
            ),
            FaultKind(
                "example",
                "The declared example of that name (`code` says of which status), without the work.",
                properties={
                    "example": {"type": "string", "minLength": 1},
                    "code": {"type": "integer", "minimum": 200, "maximum": 599},
                },
                required=("example",),
                before=answer_example,
            ),
        )
    }
)
