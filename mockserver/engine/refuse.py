"""Refusals as replies in the provider's envelope; knows provider.yaml's templates, not who refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from mockserver.engine.declared import reply_in, required_headers
from mockserver.engine.exchange import Exchange, Reply, Stop
from mockserver.engine.judge import fits, media_of
from mockserver.engine.listings import by_field, zod_issues
from mockserver.engine.nest import nest_errors, nest_sentence
from mockserver.engine.refusals import Complaint, NotConformant, Refusal
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.engine.settings import Envelope
from mockserver.engine.shapes import split_schema
from mockserver.engine.template import fill_bytes, fill_some, places
from mockserver.openapi.contract import Contract, Media, Response
from mockserver.openapi.schemas import Check

# What an envelope may tell and still say the same of the same problems, whoever asks and when.
STEADY = frozenset(
    {
        *("status", "message", "error", "code"),
        *("problems.by-field", "problems.list", "problems.zod", "problems.sentence"),
    }
)
# And what it may tell of the request itself.
PASSING = frozenset({"timestamp", "path", "request-id", "problems.nest"})
# Bodies kept ready of one rule and operation, and the longest one that is, with what it is found by.
KEPT_BODIES = 256
KEPT_LENGTH = 4096


class Kept(NamedTuple):
    """A body that was judged when it was made, and its type; a str in it names what is told of a request."""

    pieces: tuple[bytes | str, ...]
    content_type: bytes


class Wording(NamedTuple):
    """How a rule is refused by an operation: all that does not depend on the request.

    `headers` are those that the document asks for, where nobody prepared it. `kept` has bodies by message and
    problems, None where they cannot be kept; `passing` what they tell of a request, and how each is judged.
    """

    status: int
    envelope: Envelope
    message: str
    error: str
    code: str
    headers: Mapping[bytes, bytes]
    passing: Sequence[tuple[str, Check]]
    kept: dict[tuple[object, ...], Kept] | None


def wording(exchange: Exchange, refusal: Refusal) -> Wording:
    """The wording of a refusal, made when the rule is first used for an operation."""
    known = exchange.plan.wordings
    key = (refusal.rule, refusal.status)
    found: Wording | None = known.get(key)
    if found is None:
        settings = exchange.service.settings
        status = exchange.plan.status_of(refusal.rule, refusal.status)
        error = phrase(status)
        envelope = settings.envelope(status, refusal.rule, exchange.plan.envelope)
        response = exchange.plan.response(status)
        # None: what it tells of a request cannot be judged apart from the rest.
        passing: Sequence[tuple[str, Check]] | None = ()
        if not envelope.names <= STEADY:
            passing = _passing(exchange.service.contract, response, envelope) if settings.prepared else None
        found = known[key] = Wording(
            status,
            envelope,
            settings.messages.get(refusal.rule, refusal.rule.replace("-", " ")),
            error,
            settings.codes.get(refusal.rule) or settings.codes.get(str(status)) or error,
            {}
            if settings.prepared or response is None
            else required_headers(exchange.service.contract, response, status),
            passing or (),
            None if passing is None else {},
        )
    return found


def _passing(
    contract: Contract, response: Response | None, envelope: Envelope
) -> Sequence[tuple[str, Check]] | None:
    """What an envelope tells of a request, each with the check of its place; None where that is not all.

    What stands around it was judged with another such value there, and fits or does not whatever it is.
    """
    if not envelope.names <= STEADY | PASSING:
        return None
    media = None if response is None else media_of(response, envelope.content_type.decode("latin-1"))
    found = []
    for name, path in places(envelope.template):
        if name not in PASSING:
            continue
        if media is None or media.check is None:
            found.append((name, contract.schemas.anything))
            continue
        split = None if path is None else split_schema(contract.data, media.pointer, path)
        if split is None:
            return None
        found.append((name, contract.schemas.check(split[1])))
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
    key = (message, *refusal.problems)
    ready = kept.get(key)
    if ready is not None:
        body = _filled(exchange, refusal, words, ready)
        if body is not None:
            headers = _headers(exchange, refusal, words)
            return Reply(words.status, body, headers, ready.content_type, sealed=True)
    reply = _word(exchange, refusal, words, message)
    response = exchange.plan.response(words.status)
    body = reply.body
    size = len(body) + len(message) + sum(map(_size, refusal.problems))
    if size <= KEPT_LENGTH and (response is None or fits(response, reply)):
        if len(kept) >= KEPT_BODIES:
            kept.clear()
        pieces: tuple[bytes | str, ...] = (body,)
        if words.passing:
            envelope = words.envelope
            steady = {
                name: orjson.dumps(_told(exchange, refusal, words, message, name))
                for name in envelope.names & STEADY
            }
            pieces = fill_some(envelope.pieces, steady)
        kept[key] = Kept(pieces, reply.content_type)
        reply.sealed = True
    return reply


def _size(problem: Complaint) -> int:
    return len(problem.message) + sum(len(str(step)) for step in problem.path)


def _filled(exchange: Exchange, refusal: Refusal, words: Wording, ready: Kept) -> bytes | None:
    """A kept body with what this request gives; None where the document does not allow that."""
    told: dict[str, bytes] = {}
    for name, check in words.passing:
        value = _told(exchange, refusal, words, "", name)
        if not check.ok(value):
            return None
        told[name] = orjson.dumps(value)
    return fill_bytes(ready.pieces, told)


def _word(exchange: Exchange, refusal: Refusal, words: Wording, message: str) -> Reply:
    envelope = words.envelope
    value = envelope.fill({name: _told(exchange, refusal, words, message, name) for name in envelope.names})
    reply = Reply(
        words.status,
        orjson.dumps(value),
        headers=_headers(exchange, refusal, words),
        content_type=envelope.content_type,
        value=value,
    )
    return reply if exchange.service.settings.prepared else _as_declared(exchange, message, reply)


def _told(exchange: Exchange, refusal: Refusal, words: Wording, message: str, name: str) -> Any:
    """What an envelope calls by that name."""
    match name:
        case "timestamp":
            return exchange.service.settings.stamp(exchange.now)
        case "path":
            return exchange.path
        case "request-id":
            return exchange.id
        case "problems.nest":
            return nest_errors(refusal.problems, exchange.data)
        case "status":
            return words.status
        case "message":
            return message
        case "error":
            return words.error
        case "code":
            return words.code
        case "problems.by-field":
            return by_field(refusal.problems)
        case "problems.list":
            return [{"field": problem.field, "message": problem.message} for problem in refusal.problems]
        case "problems.zod":
            return zod_issues(refusal.problems)
        case "problems.sentence":
            return nest_sentence(refusal.problems)
        case _:
            raise KeyError(name)


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
