"""Faults of access: credentials, scopes, plans, kinds of tokens, roles, and what others are told."""

from __future__ import annotations

from dataclasses import replace

import orjson

from mockserver import Mock
from mockserver.engine.authenticate import authenticate
from mockserver.engine.authorize import authorize
from mockserver.engine.exchange import Exchange, Reply, Stage
from mockserver.engine.plan import Plan
from mockserver.engine.refusals import Refusal
from mockserver.engine.resources import Resource
from mockserver.engine.validate import validate
from mockserver.world.store import Row
from tests.quality.twists import (
    Deviation,
    Twist,
    forgiving,
    planned,
    plans,
    reordered,
    replying,
    said,
    scoped,
    without_stage,
)

ZEEG_SCOPES = {
    "events:read": ("getEvent", "listEvents"),
    "events:write": ("cancelInvitee",),
    "timetable": ("getAvailability",),
    "booking": ("createEvent",),
    "schedules:read": ("listSchedules",),
    "schedules:write": ("updateSchedule",),
    "webhooks:read": ("getWebhook",),
    "webhooks:write": ("deleteWebhook",),
    "users:read": ("listUsers",),
    "teams:write": ("addTeamMember",),
    "notes:read": ("listNotes",),
    "notes:write": ("createNote",),
    "outbound-calls:write": ("createOutboundCall",),
}


def ignoring(scope: str) -> Twist:
    """Operations no longer ask for that scope."""
    return scoped(lambda scopes: scopes - {scope})


def no_value_scopes(plan: Plan) -> None:
    """A parameter's value asks for no scope of its own."""
    plan.scopes_by_value = ()


def no_plan(plan: Plan) -> None:
    """The account's plan is not looked at."""
    plan.needs_plan = None


def no_token_plan(plan: Plan) -> None:
    """Tokens of any plan count."""
    plan.token_plan = None


def any_kind(plan: Plan) -> None:
    """Tokens of any kind are let in."""
    plan.alternatives = tuple(each._replace(kind=None) for each in plan.alternatives)


def any_role(plan: Plan) -> None:
    """Any role will do."""
    plan.roles = None


def acts_freely(plan: Plan) -> None:
    """Any token may act as any user."""
    if plan.acting is not None:
        acting = plan.acting
        plan.acting = replace(acting, manners=dict.fromkeys(acting.manners, "required"), optional=True)


def acts_silently(plan: Plan) -> None:
    """The header that names the acting user may be left out."""
    if plan.acting is not None:
        plan.acting = replace(plan.acting, optional=True)


def owned_by_anybody(kind: str) -> Twist:
    """Rows of that kind are shown to every account."""

    def twist(mock: Mock) -> None:
        for plan in plans(mock):
            behaviour = plan.behaviour
            resource = getattr(behaviour, "resource", None)
            if isinstance(resource, Resource) and resource.name == kind and not plan.id.startswith("list"):
                behaviour.resource = replace(resource, owner=None)  # type: ignore[attr-defined]

    return twist


def leaking(status: int, message: str, *operations: str) -> Twist:
    """What belongs to others is refused differently from what is not there."""

    def change(exchange: Exchange, reply: Reply) -> None:
        service = exchange.service
        kind = exchange.plan.operation.facts["resource"]["kind"] if exchange.plan.operation else ""
        resource = service.resources[kind]
        row: Row | None = exchange.store.get(resource.kind, next(iter(exchange.params.values())))
        if row is not None:
            value = orjson.loads(reply.body)
            value["message"] = message
            if "status" in value:
                value["status"] = status
            said(reply, status, value)

    return replying(change, *operations, status=404)


def not_there_first(*operations: str) -> Twist:
    """What is not there is told before it is asked who may know."""

    def wrap(plan: Plan) -> None:
        def look(exchange: Exchange) -> Reply | None:
            assert exchange.plan.operation is not None
            kind = exchange.plan.operation.facts["resource"]["kind"]
            resource = exchange.service.resources[kind]
            if exchange.store.get(resource.kind, exchange.values[0]) is None:
                raise Refusal(404, "not-found", kind=kind)
            return None

        place = plan.stages.index(authorize)
        stages: tuple[Stage, ...] = plan.stages
        plan.stages = (*stages[:place], look, *stages[place:])

    return planned(wrap, *operations)


def unauthenticated_as(status: int, value: object) -> Twist:
    """401 is answered as something else."""
    return replying(lambda _, reply: said(reply, status, value), status=401)


_AUTH: tuple[Deviation, ...] = (
    Deviation(
        "authentication-skipped",
        "zeeg",
        "auth.missing",
        without_stage(authenticate, "listWebhooks"),
        ("listWebhooks",),
        "a list answers without credentials",
    ),
    Deviation(
        "authentication-skipped-for-writes",
        "meetergo",
        "auth.missing",
        forgiving("missing-credentials", "updateAppointmentNotes"),
        ("updateAppointmentNotes",),
        "a change is done without credentials",
    ),
    Deviation(
        "any-token-accepted",
        "zeeg",
        "auth.wrong",
        forgiving("unknown-token"),
        ("listEvents", "getEvent"),
        "a token that nobody issued is let in",
    ),
    Deviation(
        "other-scheme-accepted",
        "caledee",
        "auth.wrong",
        forgiving("malformed-credentials"),
        ("getMe",),
        "credentials of another scheme are let in",
    ),
    Deviation(
        "expired-token-accepted",
        "zeeg",
        "auth.expired",
        forgiving("expired-token"),
        ("listEvents",),
        "a token that ran out is let in",
    ),
    Deviation(
        "expired-key-accepted",
        "meetergo",
        "auth.expired",
        forgiving("expired-token", persona="platform"),
        ("getCurrentUser",),
        "a key that ran out is let in",
    ),
    Deviation(
        "revoked-token-accepted",
        "caledee",
        "auth.revoked",
        forgiving("revoked-token"),
        ("listBookings",),
        "a token that was taken back is let in",
    ),
    Deviation(
        "unauthenticated-is-forbidden",
        "caledee",
        "auth.missing",
        unauthenticated_as(403, {"title": "Forbidden", "message": "No."}),
        ("getMe",),
        "403 where 401 is declared",
    ),
    *(
        Deviation(
            f"scope-ignored-{scope.replace(':', '-')}",
            "zeeg",
            "auth.scopes",
            ignoring(scope),
            operations,
            f"{scope} is not asked for",
        )
        for scope, operations in ZEEG_SCOPES.items()
    ),
    Deviation(
        "scope-ignored-admin-full",
        "zeeg",
        "auth.values",
        planned(no_value_scopes),
        ("listEvents",),
        "scope=all works without admin:full",
    ),
    Deviation(
        "scope-ignored-write-bookings",
        "caledee",
        "auth.scopes",
        ignoring("write:bookings"),
        ("cancelBooking",),
        "write:bookings is not asked for",
    ),
    Deviation(
        "scope-too-strict",
        "zeeg",
        "auth.scopes",
        scoped(lambda held: held | {"admin:full"}, "listNotes"),
        ("listNotes",),
        "more is asked for than declared",
    ),
    Deviation(
        "plan-ignored",
        "zeeg",
        "auth.plans",
        planned(no_plan),
        ("getAvailability",),
        "the free plan gets what the paid one pays for",
    ),
    Deviation(
        "token-plan-ignored",
        "caledee",
        "auth.plans",
        planned(no_token_plan),
        ("getMe",),
        "tokens of smaller plans count",
    ),
    Deviation(
        "token-kind-ignored",
        "meetergo",
        "auth.kinds",
        planned(any_kind),
        ("createUser",),
        "a personal token does what needs a platform key",
    ),
    Deviation(
        "acting-user-ignored",
        "meetergo",
        "auth.acting",
        planned(acts_freely),
        ("getCurrentUser",),
        "a personal token acts as somebody else",
    ),
    Deviation(
        "acting-user-optional",
        "meetergo",
        "auth.acting",
        planned(acts_silently),
        ("listUsers",),
        "a key acts as nobody",
    ),
    Deviation(
        "role-ignored",
        "meetergo",
        "auth.roles",
        planned(any_role),
        ("listWebhooks",),
        "a member sees what admins see",
    ),
    Deviation(
        "existence-leaked-by-status",
        "zeeg",
        "auth.existence",
        leaking(403, "Forbidden.", "getEvent"),
        ("getEvent",),
        "403 for what others have, 404 for what nobody has",
    ),
    Deviation(
        "existence-leaked-by-words",
        "zeeg",
        "auth.existence",
        leaking(404, "This schedule belongs to another workspace.", "getSchedule"),
        ("getSchedule",),
        "the message differs with the existence",
    ),
    Deviation(
        "rows-of-others-shown",
        "zeeg",
        "auth.existence",
        owned_by_anybody("note"),
        ("getNote",),
        "another workspace reads a note",
    ),
    Deviation(
        "rows-of-others-shown-in-full",
        "meetergo",
        "auth.existence",
        owned_by_anybody("meeting-type"),
        ("getMeetingType",),
        "another company reads a meeting type",
    ),
    Deviation(
        "validated-before-authorized",
        "zeeg",
        "auth.order",
        reordered(validate, authorize),
        ("createOutboundCall",),
        "422 tells of the body before 403",
    ),
    Deviation(
        "validated-before-authenticated",
        "caledee",
        "auth.order",
        reordered(validate, authenticate),
        ("listBookings",),
        "400 comes before 401",
    ),
    Deviation(
        "looked-up-before-authorized",
        "zeeg",
        "auth.order",
        not_there_first("getNote"),
        ("getNote",),
        "404 comes before 403",
    ),
)

DEVIATIONS = _AUTH
