"""Step 7: parameters and body against the document, every problem named with its place."""

from __future__ import annotations

from typing import Any

from mockserver.engine.bodies import Malformed, expected_charset, media_type, read_form, read_json
from mockserver.engine.exchange import BODY_LIMIT, MISSING, OVERSIZED, Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.openapi.contract import Body, Media


def validate(exchange: Exchange) -> Reply | None:
    """Decode and judge parameters and body; the provider's 400, 415 or 422 where they do not fit."""
    plan = exchange.plan
    params, wrong = plan.parameters.read(exchange.values, exchange.query, exchange.header_list)
    exchange.params = params
    body = plan.body
    complaints = _check_body(exchange, body) if body is not None else None
    if wrong:
        named = [
            Complaint(
                problem.place, (problem.name, *problem.path), problem.rule, problem.message, problem.pointer
            )
            for problem in wrong
        ]
        raise Refusal(
            plan.status_of("invalid-parameters"),
            "invalid-parameters",
            problems=[*named, *(complaints or ())],
            pointer=wrong[0].pointer,
        )
    if complaints:
        rule = _own_rule(exchange, complaints) or "invalid-body"
        raise Refusal(plan.status_of(rule, 422), rule, problems=complaints, pointer=complaints[0].pointer)
    return None


def _own_rule(exchange: Exchange, complaints: list[Complaint]) -> str | None:
    """The rule of a property that has a refusal of its own (x-refusal), where that alone is what is wrong."""
    own_rule = exchange.service.own_rule
    rule = own_rule(complaints[0].pointer)
    if rule is None or complaints[0].rule == "required":
        return None
    same = all(own_rule(other.pointer) == rule and other.rule != "required" for other in complaints[1:])
    return rule if same else None


def _check_body(exchange: Exchange, body: Body) -> list[Complaint] | None:
    """Read the body into `exchange.data`; what is wrong with it, None where nothing is."""
    raw = exchange.body
    if raw is OVERSIZED:
        raise Refusal(413, "body-too-large", limit=BODY_LIMIT)
    if not raw:
        return _check_absent(body)
    header = exchange.headers.get(b"content-type")
    media = exchange.plan.usual_media
    if media is None or header != b"application/json":
        media = _media(body, header)
    data = exchange.data = _decode(raw, media)
    check = media.check
    if check is None or data is MISSING or check.ok(data):
        return None
    return [Complaint("body", *violation) for violation in check.problems(data)]


def _check_absent(body: Body) -> list[Complaint] | None:
    if not body.required:
        return None
    # Providers read no body as an empty object, and name the fields that are missing.
    for media in body.media.values():
        if media.check is not None:
            missing = [v for v in media.check.problems({}) if v.rule == "required"]
            if missing:
                return [Complaint("body", *violation) for violation in missing]
    return [Complaint("body", (), "required", "is required")]


def _media(body: Body, header: bytes | None) -> Media:
    """The declared media type that a Content-Type header names; 415 where there is none."""
    if header is None:
        return next(iter(body.media.values()))
    content_type, charset = media_type(header)
    for declared, media in body.media.items():
        if _fits(declared, content_type):
            expected_charset(charset, content_type)
            return media
    raise Refusal(415, "unsupported-media-type", content_type=content_type or "(none)")


def _fits(declared: str, content_type: str) -> bool:
    if declared == content_type or declared == "*/*":
        return True
    if declared.endswith("/*"):
        return content_type.startswith(declared[:-1])
    # application/merge-patch+json and the like are JSON, and clients send them as such.
    return declared == "application/json" and content_type.endswith("+json")


def _decode(raw: bytes, media: Media) -> Any:
    content_type = media.content_type
    try:
        if content_type.endswith("json") or content_type == "*/*":
            return read_json(raw)
        if media.form is not None:
            return media.form(read_form(raw))
    except Malformed as error:
        raise Refusal(400, "malformed-json", detail=str(error)) from error
    if content_type.startswith("text/"):
        return raw.decode("utf-8", "replace")
    return MISSING
