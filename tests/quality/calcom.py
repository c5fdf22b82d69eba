"""Faults of the largest document, of the same kinds as the others'; knows Cal.com's shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mockserver.engine.authenticate import authenticate
from mockserver.engine.exchange import Exchange
from tests.quality.access import ignoring
from tests.quality.bookings import emptied_calendars, not_released, rounded, shifted_booking
from tests.quality.changes import echo, from_what_was_read, stale, undeleted, unwritten, vanishing
from tests.quality.deliveries import not_of, posting, twice
from tests.quality.lists import paged, skipping
from tests.quality.quotas import header, more
from tests.quality.surface import (
    TRACE,
    adding,
    answered,
    as_text,
    dropping,
    setting,
    with_header,
    with_status,
    without_header,
)
from tests.quality.twists import (
    Deviation,
    asking,
    behaving,
    forgiving,
    limited,
    replying,
    requests,
    rows,
    values,
    without_stage,
)

BUSY = "calcom/busy"


def of_error(change: Callable[[dict[str, Any]], None]) -> Callable[[Any], None]:
    """The error of a refusal says something else."""

    def alter(value: Any) -> None:
        change(value["error"])

    return alter


def last_page(exchange: Exchange, value: dict[str, Any]) -> None:
    """The second page is said to be the last."""
    if exchange.params.get("cursor") is not None:
        value["pagination"] = {**value["pagination"], "nextCursor": None, "hasMore": False}


def same_cursor(exchange: Exchange, value: dict[str, Any]) -> None:
    """The next page is this page."""
    cursor = exchange.params.get("cursor")
    if cursor is not None:
        value["pagination"] = {**value["pagination"], "nextCursor": cursor, "hasMore": True}


def hour_later(value: Any) -> None:
    """From the change of the clock on, every slot is told an hour late."""
    for date, slots in value["data"].items():
        if date >= "2026-10-25":
            for each in slots:
                start = datetime.fromisoformat(each["start"]) + timedelta(hours=1)
                each["start"] = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def slots_twice(value: Any) -> None:
    """Every slot comes twice."""
    value["data"] = {date: [each for each in slots for _ in (0, 1)] for date, slots in value["data"].items()}


def one_day_more(value: Any) -> None:
    """The day after the last one is told too."""
    days = value["data"]
    if days:
        after = (datetime.fromisoformat(max(days)) + timedelta(days=1)).date().isoformat()
        days[after] = [{"start": f"{after}T10:00:00.000Z"}]


def filters_ignored(asked: dict[str, Any]) -> None:
    """`status` is not looked at."""
    if asked["path"].endswith("/bookings") and asked["method"] == "GET":
        asked["query"] = b"&".join(
            each for each in asked["query"].split(b"&") if not each.startswith(b"status=")
        )


def _fault(name: str, check: str, twist: Any, what: str, *operations: str) -> Deviation:
    return Deviation(name, "calcom", check, twist, operations, what)


DEVIATIONS: tuple[Deviation, ...] = (
    _fault(
        "authentication-skipped",
        "auth.missing",
        without_stage(authenticate, "listCalendars"),
        "a list answers without credentials",
        "listCalendars",
    ),
    _fault(
        "any-token-accepted",
        "auth.wrong",
        forgiving("unknown-token", "getSchedule"),
        "a token that nobody issued is let in",
        "getSchedule",
    ),
    _fault(
        "expired-token-accepted",
        "auth.expired",
        forgiving("expired-token", "listSchedules"),
        "a token that ran out is let in",
        "listSchedules",
    ),
    _fault(
        "revoked-token-accepted",
        "auth.revoked",
        forgiving("revoked-token", "listWebhooks"),
        "a token that was taken back is let in",
        "listWebhooks",
    ),
    *(
        _fault(
            f"scope-ignored-{scope}",
            "auth.scopes",
            ignoring(scope),
            f"{scope} is not asked for",
        )
        for scope in (
            "BOOKING_READ",
            "BOOKING_WRITE",
            "SCHEDULE_WRITE",
            "EVENT_TYPE_READ",
            "WEBHOOK_WRITE",
            "PROFILE_READ",
            "ORG_MEMBERSHIP_WRITE",
            "TEAM_PROFILE_READ",
        )
    ),
    _fault(
        "wrong-envelope-not-found",
        "errors.envelope",
        replying(answered(404, {"message": "not found"}), "getEventType", status=404),
        "404 comes in another envelope",
        "getEventType",
    ),
    _fault(
        "wrong-status-validation",
        "errors.envelope",
        replying(with_status(406), "createSchedule", status=400),
        "406, which is not declared, for 400",
        "createSchedule",
    ),
    _fault(
        "trace-in-refusal",
        "errors.internals",
        values(of_error(setting("message", TRACE)), "getSchedule", status=404),
        "a refusal shows a stack trace",
        "getSchedule",
    ),
    _fault(
        "allow-missing",
        "errors.verbs",
        replying(without_header(b"allow"), status=405),
        "405 without Allow",
    ),
    _fault(
        "wrong-success-status",
        "shapes.answers",
        replying(with_status(202), "createSchedule", status=201),
        "202 for 201",
        "createSchedule",
    ),
    _fault(
        "missing-field",
        "shapes.answers",
        rows(dropping("availability"), "getSchedule"),
        "a required member is not there",
        "getSchedule",
    ),
    _fault(
        "wrong-type",
        "shapes.answers",
        rows(as_text("lengthInMinutes"), "getEventType"),
        "a number is told as text",
        "getEventType",
    ),
    _fault(
        "wrong-time-format",
        "shapes.answers",
        rows(setting("start", "2026-04-09 07:00"), "getBooking"),
        "a time without T and zone",
        "getBooking",
    ),
    _fault(
        "extra-field",
        "undeclared.fields",
        rows(adding("ownerId", "legacyId", 7), "getSchedule"),
        "a member that the document does not know",
        "getSchedule",
    ),
    _fault(
        "unknown-enum-value",
        "undeclared.values",
        rows(adding("uid", "status", "postponed"), "getBooking"),
        "an enumeration has one value more",
        "getBooking",
    ),
    _fault(
        "undeclared-status",
        "undeclared.statuses",
        replying(with_status(206), "getMe", status=200),
        "206, which is not declared",
        "getMe",
    ),
    _fault(
        "undeclared-header",
        "undeclared.headers",
        replying(with_header(b"x-served-by", b"web-3"), "getMe"),
        "a header that the document does not know",
        "getMe",
        "getSchedule",
    ),
    _fault(
        "missing-rows-by-cursor",
        "paging.partition",
        paged(skipping("data"), "listBookings"),
        "a row is lost between two pages",
        "listBookings",
    ),
    _fault(
        "looping-pages",
        "paging.partition",
        paged(same_cursor, "listBookings"),
        "the cursor leads to its own page",
        "listBookings",
    ),
    _fault(
        "ends-early",
        "paging.partition",
        paged(last_page, "listBookings"),
        "the second page says it is the last",
        "listBookings",
    ),
    _fault(
        "filter-ignored",
        "lists.filters",
        requests(filters_ignored),
        "status is not looked at",
        "listBookings",
    ),
    _fault("one-too-many", "limits.quota", limited(more(1)), "121 requests a minute"),
    _fault("one-too-few", "limits.quota", limited(more(-1)), "119 requests a minute"),
    _fault(
        "window-longer-than-told",
        "limits.wait",
        limited(lambda limit: replace(limit, window=limit.window * 2, block=120)),
        "two minutes to wait where one is declared",
    ),
    _fault(
        "reset-too-far",
        "limits.wait",
        replying(header(b"x-ratelimit-reset-default", lambda seconds: seconds * 2), status=429),
        "long before the announced time it works",
    ),
    _fault(
        "limit-headers-missing",
        "limits.headers",
        replying(without_header(b"x-ratelimit-remaining-default")),
        "nothing counts down",
    ),
    _fault(
        "remaining-off-by-one",
        "limits.headers",
        replying(header(b"x-ratelimit-remaining-default", lambda left: left + 1)),
        "one more is told than is left",
    ),
    _fault(
        "created-and-lost",
        "resources.created",
        replying(vanishing, "createSchedule", status=201),
        "what was made cannot be read",
        "createSchedule",
        "getSchedule",
    ),
    _fault(
        "created-differently",
        "resources.created",
        echo("name", str.upper, "createSchedule"),
        "what was sent is not what is kept",
        "createSchedule",
        "getSchedule",
    ),
    _fault(
        "stale-read",
        "resources.updated",
        stale("getSchedule"),
        "a read is older than the write before it",
        "updateSchedule",
        "getSchedule",
    ),
    _fault(
        "update-not-kept",
        "resources.updated",
        unwritten("updateWebhook"),
        "a change is answered and not done",
        "updateWebhook",
        "getWebhook",
    ),
    _fault(
        "lost-update",
        "resources.lost-update",
        from_what_was_read("getSchedule", "updateSchedule"),
        "of two changes of different fields the first is undone",
        "updateSchedule",
        "getSchedule",
    ),
    _fault(
        "deleted-still-there",
        "resources.deleted",
        undeleted("deleteSchedule"),
        "what was deleted can be read",
        "deleteSchedule",
    ),
    _fault(
        "double-booking",
        "slots.double-booking",
        behaving(emptied_calendars(BUSY), "createBooking"),
        "the same slot is booked twice",
        "listSlots",
    ),
    _fault(
        "booked-still-offered",
        "slots.taken",
        behaving(emptied_calendars(BUSY), "listSlots"),
        "what is booked is offered",
        "listSlots",
    ),
    _fault(
        "cancelled-not-given-back",
        "slots.given-back",
        behaving(not_released(BUSY), "cancelBooking"),
        "a cancelled booking still takes its time",
        "listSlots",
    ),
    _fault(
        "between-slots-booked",
        "slots.off-offer",
        asking(rounded("start", 30), "createBooking"),
        "seven minutes past is booked",
        "listSlots",
    ),
    _fault(
        "booked-an-hour-later",
        "slots.bookable",
        asking(shifted_booking("start", 1), "createBooking"),
        "another time is booked",
        "listSlots",
    ),
    _fault(
        "hour-late-in-winter",
        "slots.hours",
        values(hour_later, "listSlots"),
        "after the change of the clock slots leave the hours",
        "listSlots",
    ),
    _fault(
        "slots-twice",
        "slots.asked-for",
        values(slots_twice, "listSlots"),
        "every slot comes twice",
        "listSlots",
    ),
    _fault(
        "day-more",
        "slots.asked-for",
        values(one_day_more, "listSlots"),
        "a day more than was asked for",
        "listSlots",
    ),
    _fault(
        "webhook-sent-twice",
        "webhooks.delivered",
        posting(twice),
        "each delivery comes twice",
        "createWebhook",
    ),
    _fault(
        "webhook-of-cancellation-missing",
        "webhooks.delivered",
        posting(not_of("cancel")),
        "cancellations are not told",
        "createWebhook",
    ),
)
