"""Refusals as replies in the provider's envelope; knows provider.yaml's templates, not who refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from mockserver.engine.declared import reply_in, required_headers
from mockserver.engine.exchange import Exchange, Reply, Stop
from mockserver.engine.judge import fits
from mockserver.engine.nest import nest_errors, nest_sentence
from mockserver.engine.refusals import Complaint, NotConformant, Refusal
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.engine.settings import Envelope
from mockserver.openapi.contract import Contract, Media

# What an envelope may tell and still say the same of the same problems, whoever asks and when.
STEADY = frozenset(
    {
        *("null", "status", "message", "error", "code"),
        *("problems.by-field", "problems.list", "problems.zod"),
    }
)
# Bodies kept ready of one rule and operation, and the longest one that is.
KEPT_BODIES = 256
KEPT_LENGTH = 4096


class Kept(NamedTuple):
    """A body that was judged when it was made, and its type."""

    body: bytes
    content_type: bytes


class Wording(NamedTuple):
    """How a rule is refused by an operation: all that does not depend on the request.

    `headers` are those that the document asks for, where nobody prepared it. `kept` has bodies by message and
    problems; None where a body tells more.
    """

    status: int
    envelope: Envelope
    message: str
    error: str
    code: str
    headers: Mapping[bytes, bytes]
    kept: dict[tuple[object, ...], Kept] | None


def wording(exchange: Exchange, refusal: Refusal) -> Wording:
    """The wording of a refusal, made when the rule is first used for an operation."""
    known = exchange.service.wordings
    key = (exchange.plan.id, refusal.rule, refusal.status)
    found = known.get(key)
    if found is None:
        settings = exchange.service.settings
        status = exchange.plan.status_of(refusal.rule, refusal.status)
        error = phrase(status)
        envelope = settings.envelope(status, refusal.rule, exchange.plan.envelope)
        response = exchange.plan.response(status)
        found = known[key] = Wording(
            status,
            envelope,
            settings.messages.get(refusal.rule, refusal.rule.replace("-", " ")),
            error,
            settings.codes.get(refusal.rule) or settings.codes.get(str(status)) or error,
            {}
            if settings.prepared or response is None
            else required_headers(exchange.service.contract, response, status),
            {} if envelope.names <= STEADY else None,
        )
    return found


def refuse(exchange: Exchange, refusal: Refusal, stage: str) -> Reply:
    """The reply that a refusal becomes; also notes on the exchange why it stopped."""
    words = wording(exchange, refusal)
    message = words.message
    if "{" in message:
        message = message.format_map(refusal.fields)
    # A kept traceback would hold its frames, and they the exchange: a cycle for each refusal.
    refusal.__traceback__ = refusal.__cause__ = refusal.__context__ = None
    exchange.stop = Stop(stage, refusal.rule, refusal.pointer, refusal)
    kept = words.kept
    if kept is None:
        return _word(exchange, refusal, words, message)
    status = words.status
    key = (message, *refusal.problems)
    ready = kept.get(key)
    if ready is not None:
        return Reply(status, ready.body, _headers(exchange, refusal, words), ready.content_type, sealed=True)
    reply = _word(exchange, refusal, words, message)
    response = exchange.plan.response(status)
    body = reply.body
    if len(body) <= KEPT_LENGTH and (response is None or fits(response, reply)):
        if len(kept) >= KEPT_BODIES:
            kept.clear()
        kept[key] = Kept(body, reply.content_type)
        reply.sealed = True
    return reply


def _word(exchange: Exchange, refusal: Refusal, words: Wording, message: str) -> Reply:
    settings = exchange.service.settings
    status, envelope, _, error, code, _, _ = words
    names = envelope.names
    values: dict[str, Any] = {
        "status": status,
        "message": message,
        "error": error,
        "code": code,
        "path": exchange.path,
        "request-id": exchange.id,
    }
    if "timestamp" in names:
        values["timestamp"] = settings.stamp(exchange.now)
    if "problems.by-field" in names:
        values["problems.by-field"] = by_field(refusal.problems)
    if "problems.list" in names:
        values["problems.list"] = [
            {"field": problem.field, "message": problem.message} for problem in refusal.problems
        ]
    if "problems.zod" in names:
        values["problems.zod"] = zod_issues(refusal.problems)
    if "problems.nest" in names:
        values["problems.nest"] = nest_errors(refusal.problems, exchange.data)
    if "problems.sentence" in names:
        values["problems.sentence"] = nest_sentence(refusal.problems)
    value = envelope.fill(values)
    reply = Reply(
        status,
        orjson.dumps(value),
        headers=_headers(exchange, refusal, words),
        content_type=envelope.content_type,
        value=value,
    )
    return reply if settings.prepared else _as_declared(exchange, message, reply)


def _headers(exchange: Exchange, refusal: Refusal, words: Wording) -> list[tuple[bytes, bytes]]:
    headers = list(refusal.headers)
    named = exchange.service.settings.request_header
    if named:
        headers.append((named, exchange.id.encode()))
    if words.headers:
        sent = {name for name, _ in headers}
        headers += [(name, value) for name, value in words.headers.items() if name not in sent]
    return headers


def phrase(status: int) -> str:
    """The standard reason phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def by_field(problems: Sequence[Complaint]) -> Mapping[str, list[str]]:
    """Problems as `{"guests.0.email": ["must be an email address"]}`."""
    fields: dict[str, list[str]] = {}
    for problem in problems:
        field = problem.field
        fields.setdefault(field, []).append(f"{field} {problem.message}")
    return fields


# What Zod (version 3) calls a value that breaks a keyword; "custom" is its word for everything else.
ZOD_CODES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("type", "required"), "invalid_type"),
        **dict.fromkeys(("format", "pattern"), "invalid_string"),
        **dict.fromkeys(("minLength", "minItems", "minimum", "exclusiveMinimum"), "too_small"),
        **dict.fromkeys(("maxLength", "maxItems", "maximum", "exclusiveMaximum"), "too_big"),
        **dict.fromkeys(("oneOf", "anyOf"), "invalid_union"),
        "enum": "invalid_enum_value",
        "const": "invalid_literal",
        "multipleOf": "not_multiple_of",
        "additionalProperties": "unrecognized_keys",
    }
)


def zod_issues(problems: Sequence[Complaint]) -> list[dict[str, Any]]:
    """Problems as the validator Zod lists them: `{"code", "path": ["guests", 0, "email"], "message"}`."""
    return [
        {
            "code": ZOD_CODES.get(problem.rule, "custom"),
            "path": list(problem.path),
            "message": problem.message,
        }
        for problem in problems
    ]


def _as_declared(exchange: Exchange, message: str, envelope: Reply) -> Reply:
    """In a document that nobody prepared, the error that it declares for this status, if it does."""
    media = exchange.plan.media(envelope.status)
    if media is None:
        return envelope
    reply = _in_media(exchange.service.contract, media, message, envelope)
    reply.headers = envelope.headers
    return reply


def _in_media(contract: Contract, media: Media, message: str, envelope: Reply) -> Reply:
    """The envelope where the media type allows it, else the message or a sample that tells of it."""
    check, status = media.check, envelope.status
    if check is None or check.ok(envelope.value):
        return reply_in(media, envelope.value, status)
    if check.ok(message):
        return reply_in(media, message, status)
    try:
        body = sample(media.schema, contract.data, seed=status, check=check)
    except Unsatisfiable:
        return envelope
    if isinstance(body, dict):
        told: dict[str, Any] = {"message": message, "detail": message, "error": message}
        told |= {"title": phrase(status), "status": status, "statusCode": status, "code": status}
        for name, text in told.items():
            if name in body and check.ok({**body, name: text}):
                body[name] = text
    return reply_in(media, body, status)


def not_conformant(exchange: Exchange, error: NotConformant) -> Reply:
    """The loud 500 of a mock that was about to break its own document."""
    exchange.stop = Stop(
        "judge",
        "mock-not-conformant",
        exchange.plan.pointer,
        f"mock-not-conformant: {error.what} {' | '.join(error.problems)}".rstrip(),
    )
    value = {
        "title": "mock-not-conformant",
        "status": 500,
        "detail": f"The mock's own answer breaks the document: {error.what}. Nothing was changed.",
        "problems": list(error.problems),
    }
    return Reply(
        500,
        orjson.dumps(value),
        content_type=b"application/problem+json",
        value=value,
    )


def broken(exchange: Exchange, error: Exception) -> Reply:
    """The 500 of a behaviour that failed: our mistake, told in the journal and not on the wire."""
    exchange.stop = Stop("behave", "mock-failed", exchange.plan.pointer, f"mock-failed: {error!r}")
    value = {
        "title": "mock-failed",
        "status": 500,
        "detail": f"The mock failed to answer {exchange.plan.id}; see exchange {exchange.id}.",
    }
    return Reply(
        500,
        orjson.dumps(value),
        content_type=b"application/problem+json",
        value=value,
    )
