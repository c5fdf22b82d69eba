"""Faults of what an answer looks like: envelopes, statuses, fields, headers, verbs; bad requests let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.plan import Plan
from mockserver.openapi.parameters import compile_parameters
from tests.quality.twists import (
    Change,
    Deviation,
    Twist,
    all_of,
    asking,
    body_schema,
    planned,
    plans,
    replying,
    rows,
    said,
    values,
)

TRACE = (
    'Traceback (most recent call last):\n  File "/srv/app/views.py", line 41, in create\n'
    'psycopg2.errors.NotNullViolation: null value in column "email"'
)


def answered(status: int, value: Any, content_type: bytes = b"application/json") -> Change:
    """The whole answer is another one."""
    return lambda _, reply: said(reply, status, value, content_type)


def with_status(status: int) -> Change:
    """Only the status is another one."""

    def change(_: Exchange, reply: Reply) -> None:
        reply.status = status

    return change


def setting(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Wherever an object has that member, it has that value."""

    def change(row: dict[str, Any]) -> None:
        if name in row:
            row[name] = value

    return change


def dropping(name: str) -> Callable[[dict[str, Any]], None]:
    """No object has that member."""

    def change(row: dict[str, Any]) -> None:
        row.pop(name, None)

    return change


def adding(beside: str, name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Objects with the one member have another one too."""

    def change(row: dict[str, Any]) -> None:
        if beside in row:
            row[name] = value

    return change


def as_text(name: str) -> Callable[[dict[str, Any]], None]:
    """A number is told as text."""

    def change(row: dict[str, Any]) -> None:
        if name in row:
            row[name] = str(row[name])

    return change


def with_header(name: bytes, value: bytes) -> Change:
    """One header more."""

    def change(_: Exchange, reply: Reply) -> None:
        reply.headers = [*reply.headers, (name, value)]

    return change


def without_header(name: bytes) -> Change:
    """That header is not sent."""

    def change(_: Exchange, reply: Reply) -> None:
        reply.headers = [header for header in reply.headers if header[0] != name]

    return change


def allowing(methods: bytes) -> Change:
    """405 tells of other methods."""

    def change(_: Exchange, reply: Reply) -> None:
        reply.headers = [(name, methods if name == b"allow" else value) for name, value in reply.headers]

    return change


def no_longer_required(name: str) -> Callable[[dict[str, Any]], None]:
    """A member of the body may be left out."""

    def edit(schema: dict[str, Any]) -> None:
        schema["required"] = [each for each in schema.get("required", ()) if each != name]

    return edit


def of_any_type(name: str) -> Callable[[dict[str, Any]], None]:
    """A member of the body may be anything."""

    def edit(schema: dict[str, Any]) -> None:
        schema["properties"][name] = {}

    return edit


def let_through(member: str, edit: Callable[[dict[str, Any]], None], good: Any, operation: str) -> Twist:
    """A body whose member is missing or of another type is taken; it is kept as `good`."""

    def mend(exchange: Exchange) -> None:
        told = exchange.data.get(member) if isinstance(exchange.data, dict) else None
        if type(told) is not type(good):
            exchange.data = {**exchange.data, member: good}

    return all_of(body_schema(edit, operation), asking(mend, operation))


def parameters_ignored(*names: str, operation: str) -> Twist:
    """Those query parameters are not looked at, whatever they say."""

    def change(plan: Plan) -> None:
        assert plan.operation is not None
        plan.parameters = compile_parameters(
            [each for each in plan.operation.parameters if each.name not in names]
        )

    return planned(change, operation)


def crashing_on_malformed(*operations: str) -> Twist:
    """What is not JSON makes it fall over."""

    def change(exchange: Exchange, reply: Reply) -> None:
        if exchange.stop is not None and exchange.stop.rule == "malformed-json":
            said(reply, 500, {"success": False, "message": "Server error.", "status": 500})

    return replying(change, *operations)


def any_media_type(*operations: str) -> Twist:
    """The content type of a body is not looked at."""

    def twist(mock: Any) -> None:
        from tests.quality.twists import requests

        def change(asked: dict[str, Any]) -> None:
            if b"content-type" in asked["headers"]:
                asked["headers"] = {**asked["headers"], b"content-type": b"application/json"}

        plans(mock, operations)
        requests(change)(mock)

    return twist


def telling_trace(exchange: Exchange, reply: Reply) -> None:
    """A refusal shows the server's insides."""
    value = orjson.loads(reply.body)
    value["message"] = TRACE
    reply.body = orjson.dumps(value)


def status_in_body(status: int) -> Change:
    """The envelope's own status is another one than HTTP's."""

    def change(_: Exchange, reply: Reply) -> None:
        value = orjson.loads(reply.body)
        value["status"] = status
        reply.body = orjson.dumps(value)

    return change


def unwrapped(value: Any) -> Any:
    """The row stands alone where a wrapper is declared."""
    return value["resource"]


HTML = b"<html><body><h1>Not Found</h1></body></html>"

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "wrong-envelope-not-found",
        "zeeg",
        "errors.envelope",
        replying(answered(404, {"error": "not found"}), "getNote", status=404),
        ("getNote",),
        "404 comes in another envelope",
    ),
    Deviation(
        "wrong-envelope-validation",
        "meetergo",
        "errors.envelope",
        replying(answered(400, {"errors": ["bad"]}), "createAvailability", status=400),
        ("createAvailability",),
        "400 comes in another envelope",
    ),
    Deviation(
        "html-refusal",
        "caledee",
        "errors.envelope",
        replying(answered(401, b"<html>401</html>", b"text/html"), "getMe", status=401),
        ("getMe",),
        "401 is a page for people",
    ),
    Deviation(
        "problems-missing",
        "zeeg",
        "errors.envelope",
        values(dropping("errors"), "createOutboundCall", status=422),
        ("createOutboundCall",),
        "422 does not name the fields",
    ),
    Deviation(
        "status-in-body-differs",
        "zeeg",
        "errors.envelope",
        replying(status_in_body(400), "getEvent", status=404),
        ("getEvent",),
        "the envelope says 400, HTTP says 404",
    ),
    Deviation(
        "wrong-status-validation",
        "zeeg",
        "errors.envelope",
        replying(with_status(406), "createOutboundCall", status=422),
        ("createOutboundCall",),
        "406, which is not declared, for 422",
    ),
    Deviation(
        "crash-on-malformed-json",
        "zeeg",
        "errors.envelope",
        crashing_on_malformed("createNote"),
        ("createNote",),
        "500 for a body that is not JSON",
    ),
    Deviation(
        "trace-in-refusal",
        "zeeg",
        "errors.internals",
        replying(telling_trace, "createNote", status=422),
        ("createNote",),
        "a refusal shows a stack trace",
    ),
    Deviation(
        "unknown-path-in-html",
        "caledee",
        "errors.unknown-path",
        replying(answered(404, HTML, b"text/html"), "", status=404),
        ("getMe",),
        "an unknown path is answered by the web server",
    ),
    Deviation(
        "unknown-path-answers",
        "zeeg",
        "errors.unknown-path",
        replying(answered(200, {}), "", status=404),
        ("whoami",),
        "an unknown path is answered with 200",
    ),
    Deviation(
        "wrong-allow",
        "zeeg",
        "errors.verbs",
        replying(allowing(b"GET"), "", status=405),
        ("getWebhook", "deleteWebhook"),
        "Allow leaves DELETE out",
    ),
    Deviation(
        "allow-too-much",
        "caledee",
        "errors.verbs",
        replying(allowing(b"GET, POST, DELETE"), "", status=405),
        ("listBookings", "createBooking"),
        "Allow names DELETE, which is not there",
    ),
    Deviation(
        "allow-missing",
        "meetergo",
        "errors.verbs",
        replying(without_header(b"allow"), "", status=405),
        ("getAppointment", "deleteAppointment"),
        "405 without Allow",
    ),
    Deviation(
        "required-field-not-required",
        "zeeg",
        "errors.invalid",
        let_through("timeZone", no_longer_required("timeZone"), "UTC", "createEvent"),
        ("createEvent",),
        "a booking without a time zone is taken",
    ),
    Deviation(
        "required-content-not-required",
        "meetergo",
        "errors.invalid",
        let_through("note", of_any_type("note"), "", "updateAppointmentNotes"),
        ("updateAppointmentNotes",),
        "a note may be a number",
    ),
    Deviation(
        "wrong-type-accepted",
        "zeeg",
        "errors.invalid",
        let_through("additionalData", of_any_type("additionalData"), "", "createOutboundCall"),
        ("createOutboundCall",),
        "a number is taken for a text",
    ),
    Deviation(
        "bad-enum-parameter-accepted",
        "zeeg",
        "errors.invalid",
        parameters_ignored("status", operation="listEvents"),
        ("listEvents",),
        "status=nonsense is let in",
    ),
    Deviation(
        "bad-cursor-size-accepted",
        "caledee",
        "errors.invalid",
        parameters_ignored("limit", operation="listLeads"),
        ("listLeads",),
        "limit=0 and limit=101 are let in",
    ),
    Deviation(
        "media-type-ignored",
        "zeeg",
        "errors.invalid",
        any_media_type("createNote"),
        ("createNote",),
        "text is read as JSON",
    ),
    Deviation(
        "wrong-success-status",
        "zeeg",
        "shapes.answers",
        replying(with_status(200), "createNote", status=201),
        ("createNote",),
        "200 for 201",
    ),
    Deviation(
        "wrong-read-status",
        "caledee",
        "shapes.answers",
        replying(with_status(203), "listEventTypes", status=200),
        ("listEventTypes",),
        "203 for 200",
    ),
    Deviation(
        "missing-field",
        "zeeg",
        "shapes.answers",
        rows(dropping("activeInviteesCount"), "getEvent"),
        ("getEvent",),
        "a required member is not there",
    ),
    Deviation(
        "missing-page-field",
        "zeeg",
        "shapes.answers",
        rows(dropping("totalPages"), "listUsers"),
        ("listUsers",),
        "a required member of the page is not there",
    ),
    Deviation(
        "wrong-type",
        "caledee",
        "shapes.answers",
        rows(as_text("durationMin"), "listBookings"),
        ("listBookings",),
        "a number is told as text",
    ),
    Deviation(
        "null-where-never",
        "meetergo",
        "shapes.answers",
        rows(setting("fullName", None), "getCurrentUser"),
        ("getCurrentUser",),
        "null for a text",
    ),
    Deviation(
        "wrong-time-format",
        "zeeg",
        "shapes.answers",
        rows(setting("startTime", "2026-04-15 09:00"), "listEvents"),
        ("listEvents",),
        "a time without T and zone",
    ),
    Deviation(
        "wrong-media-type",
        "caledee",
        "shapes.answers",
        replying(lambda _, reply: setattr(reply, "content_type", b"text/plain"), "listLeads", status=200),
        ("listLeads",),
        "JSON called text/plain",
    ),
    Deviation(
        "row-not-wrapped",
        "zeeg",
        "shapes.answers",
        values(unwrapped, "getEventType"),
        ("getEventType",),
        "the row stands alone",
    ),
    Deviation(
        "body-with-no-content",
        "meetergo",
        "shapes.answers",
        replying(answered(200, {}), "deleteAvailability", status=204),
        ("deleteAvailability",),
        "200 and a body for 204",
    ),
    Deviation(
        "extra-field",
        "zeeg",
        "undeclared.fields",
        rows(adding("weeklyHours", "internalId", 41), "getSchedule"),
        ("getSchedule",),
        "a member that the document does not know",
    ),
    Deviation(
        "extra-field-in-open-object",
        "caledee",
        "undeclared.fields",
        values(adding("openapi", "build", "9f3c"), "getDescription"),
        ("getDescription",),
        "a member that the document does not know, where it allows any",
    ),
    Deviation(
        "extra-field-in-refusal",
        "caledee",
        "undeclared.fields",
        values(adding("title", "trace", "req-1"), "listBookings", status=400),
        ("listBookings",),
        "a refusal has a member that the document does not know",
    ),
    Deviation(
        "unknown-enum-value",
        "caledee",
        "undeclared.values",
        rows(setting("kind", "panel"), "listEventTypes"),
        ("listEventTypes",),
        "an enumeration has one value more",
    ),
    Deviation(
        "undeclared-status",
        "meetergo",
        "undeclared.statuses",
        replying(with_status(206), "listAvailabilities", status=200),
        ("listAvailabilities",),
        "206, which is not declared",
    ),
    Deviation(
        "undeclared-refusal-status",
        "zeeg",
        "undeclared.statuses",
        replying(with_status(410), "getWebhook", status=404),
        ("getWebhook",),
        "410, which is not declared",
    ),
    Deviation(
        "undeclared-header",
        "zeeg",
        "undeclared.headers",
        replying(with_header(b"x-debug-user", b"QX7M4KD2W9RTB5H"), "listUsers", status=200),
        ("listUsers", "whoami", "listEvents"),
        "a header that the document does not know",
    ),
)
