"""Faults of what is made, changed and taken away: lost, stale, half done, or done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mockserver import Mock
from mockserver.engine.exchange import Behaviour, Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.world.store import Row
from tests.quality.twists import Deviation, Twist, asking, behaving, replying, said


def kind_of(exchange: Exchange) -> str:
    """The store's kind of the rows that an operation is about."""
    operation = exchange.plan.operation
    assert operation is not None
    return exchange.service.resources[operation.facts["resource"]["kind"]].kind


def vanishing(exchange: Exchange, reply: Reply) -> None:
    """What was made is gone before the answer arrives."""
    kind = kind_of(exchange)
    newest = list(exchange.store.rows(kind))[-1]
    exchange.store.remove(kind, newest.id)


def hidden_from_lists(kind: str, field: str, *operations: str) -> Twist:
    """Lists show what was there yesterday."""

    def twist(mock: Mock) -> None:
        seen = {row[field] for row in mock.state(kind)}

        def change(exchange: Exchange, reply: Reply) -> None:
            value = orjson.loads(reply.body)
            holder = next(name for name, each in value.items() if isinstance(each, list))
            value[holder] = [row for row in value[holder] if row[field] in seen]
            reply.body = orjson.dumps(value)

        replying(change, *operations, status=200)(mock)

    return twist


def stale(*operations: str) -> Twist:
    """A read answers from a cache that no write empties."""

    def twist(mock: Mock) -> None:
        kept: dict[str, bytes] = {}

        def change(exchange: Exchange, reply: Reply) -> None:
            reply.body = kept.setdefault(exchange.path, reply.body)

        replying(change, *operations, status=200)(mock)

    return twist


def unwritten(*operations: str) -> Twist:
    """A change is answered as done, and is not."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            kind = kind_of(exchange)
            before = {row.id: row.data for row in exchange.store.rows(kind)}
            reply = inner(exchange)
            for row in list(exchange.store.rows(kind)):
                if row.id in before and row.data is not before[row.id]:
                    exchange.store.put(kind, row.id, dict(before[row.id]))
            return reply

        return behave

    return behaving(wrap, *operations)


def forgetting(fields: Mapping[str, Any], *operations: str) -> Twist:
    """What a change does not name is set back."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            kind = kind_of(exchange)
            asked = exchange.data if isinstance(exchange.data, dict) else {}
            id = exchange.params[next(iter(exchange.params))]
            row = exchange.store.get(kind, id)
            if row is not None:
                lost = {name: value for name, value in fields.items() if name not in asked}
                exchange.store.put(kind, id, {**row.data, **lost})
            return inner(exchange)

        return behave

    return behaving(wrap, *operations)


def from_what_was_read(read: str, *updates: str) -> Twist:
    """A change is laid over the row as it was when it was last read: two writers, and one is lost."""

    def twist(mock: Mock) -> None:
        seen: dict[Any, Mapping[str, Any]] = {}

        def look(exchange: Exchange) -> None:
            row = exchange.store.get(kind_of(exchange), exchange.params[next(iter(exchange.params))])
            if row is not None:
                seen[row.id] = row.data

        def wrap(inner: Behaviour) -> Behaviour:
            def behave(exchange: Exchange) -> Reply:
                kind, id = kind_of(exchange), exchange.params[next(iter(exchange.params))]
                row = exchange.store.get(kind, id)
                if row is not None and id in seen:
                    exchange.store.put(kind, id, {**row.data, **seen[id]})
                return inner(exchange)

            return behave

        asking(look, read)(mock)
        behaving(wrap, *updates)(mock)

    return twist


def undeleted(*operations: str) -> Twist:
    """A deletion is answered as done, and is not."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            kind = kind_of(exchange) if "resource" in exchange.plan.operation.facts else ""  # type: ignore[union-attr]
            row: Row | None = (
                exchange.store.get(kind, exchange.params[next(iter(exchange.params))]) if kind else None
            )
            reply = inner(exchange)
            if row is not None:
                exchange.store.insert(kind, row.id, dict(row.data))
            return reply

        return behave

    return behaving(wrap, *operations)


def deleted_twice(*operations: str) -> Twist:
    """What is not there is deleted all the same."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            try:
                return inner(exchange)
            except Refusal as refusal:
                if refusal.rule != "not-found":
                    raise
                body = {"success": True, "message": "Deleted successfully.", "status": 200}
                return Reply(200, orjson.dumps(body), value=body)

        return behave

    return behaving(wrap, *operations)


def second_time(status: int, value: Any) -> Twist:
    """Cancelling what is cancelled is refused."""

    def change(exchange: Exchange) -> None:
        row = exchange.store.get("caledee/booking", exchange.params["id"])
        if row is not None and row.data["status"] == "canceled":
            raise Refusal(status, "already-canceled")

    def alter(exchange: Exchange, reply: Reply) -> None:
        if exchange.stop is not None and exchange.stop.rule in ("already-canceled", "mock-not-conformant"):
            said(reply, status, value)

    def twist(mock: Mock) -> None:
        asking(change, "cancelBooking")(mock)
        replying(alter, "cancelBooking")(mock)

    return twist


def cancelled_anew(exchange: Exchange) -> None:
    """Cancelling again counts as a new cancellation, with its own reason."""
    row = exchange.store.get("caledee/booking", exchange.params["id"])
    if row is not None and row.data["status"] == "canceled":
        data = {
            **row.data,
            "cancelReason": exchange.params.get("reason"),
            "canceledAt": "2026-04-06T08:00:01.000Z",
        }
        exchange.store.put("caledee/booking", row.id, data)


def echo(field: str, change: Callable[[Any], Any], *operations: str) -> Twist:
    """What was sent is kept differently."""

    def alter(exchange: Exchange) -> None:
        if isinstance(exchange.data, dict) and isinstance(exchange.data.get(field), str):
            exchange.data = {**exchange.data, field: change(exchange.data[field])}

    return asking(alter, *operations)


def under_another_parent(exchange: Exchange, reply: Reply) -> None:
    """A new note is filed under another event."""
    notes = list(exchange.store.rows("zeeg/note"))
    other = next(row.id for row in exchange.store.rows("zeeg/event") if row.id != notes[-1].data["_event"])
    exchange.store.put("zeeg/note", notes[-1].id, {**notes[-1].data, "_event": other})


def id_reused(exchange: Exchange, reply: Reply) -> None:
    """The answer tells another id than the row has."""
    value = orjson.loads(reply.body)
    if isinstance(value.get("id"), str):
        value["id"] = value["id"][:-4] + "0000"
    reply.body = orjson.dumps(value)


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "created-and-lost",
        "zeeg",
        "resources.created",
        replying(vanishing, "createNote", status=201),
        ("createNote", "getNote"),
        "what was made cannot be read",
    ),
    Deviation(
        "created-not-listed",
        "zeeg",
        "resources.created",
        hidden_from_lists("webhook", "uuid", "listWebhooks"),
        ("createWebhook", "listWebhooks"),
        "what was made is not in the list",
    ),
    Deviation(
        "created-differently",
        "zeeg",
        "resources.created",
        echo("content", str.upper, "createNote"),
        ("createNote", "getNote"),
        "what was sent is not what is kept",
    ),
    Deviation(
        "created-under-another-parent",
        "zeeg",
        "resources.created",
        replying(under_another_parent, "createNote", status=201),
        ("createNote", "listNotes"),
        "a note on another event",
    ),
    Deviation(
        "created-with-another-id",
        "meetergo",
        "resources.created",
        replying(id_reused, "createMeetingType", status=201),
        ("createMeetingType", "getMeetingType"),
        "the answer names a row that is not there",
    ),
    Deviation(
        "stale-read",
        "zeeg",
        "resources.updated",
        stale("getNote"),
        ("updateNote", "getNote"),
        "a read is older than the write before it",
    ),
    Deviation(
        "stale-read-of-hours",
        "meetergo",
        "resources.updated",
        stale("getAvailability"),
        ("updateAvailability", "getAvailability"),
        "a read is older than the write before it",
    ),
    Deviation(
        "update-not-kept",
        "zeeg",
        "resources.updated",
        unwritten("updateSchedule"),
        ("updateSchedule", "getSchedule"),
        "a change is answered and not done",
    ),
    Deviation(
        "update-forgets-the-rest",
        "meetergo",
        "resources.updated",
        forgetting({"description": None}, "updateWebhook"),
        ("updateWebhook", "getWebhook"),
        "what is not named is set to null",
    ),
    Deviation(
        "update-cuts-text",
        "zeeg",
        "resources.updated",
        echo("content", lambda text: text[:10], "updateNote"),
        ("updateNote", "getNote"),
        "only the first letters are kept",
    ),
    Deviation(
        "lost-update",
        "zeeg",
        "resources.lost-update",
        from_what_was_read("getSchedule", "updateSchedule"),
        ("updateSchedule", "getSchedule"),
        "of two changes of different fields the first is undone",
    ),
    Deviation(
        "lost-update-of-webhooks",
        "meetergo",
        "resources.lost-update",
        from_what_was_read("getWebhook", "updateWebhook"),
        ("updateWebhook", "getWebhook"),
        "of two changes of different fields the first is undone",
    ),
    Deviation(
        "deleted-still-there",
        "zeeg",
        "resources.deleted",
        undeleted("deleteNote"),
        ("deleteNote", "getNote"),
        "what was deleted can be read",
    ),
    Deviation(
        "deleted-still-listed",
        "meetergo",
        "resources.deleted",
        undeleted("deleteWebhook"),
        ("deleteWebhook", "listWebhooks"),
        "what was deleted is listed",
    ),
    Deviation(
        "deleted-twice",
        "zeeg",
        "resources.deleted",
        deleted_twice("deleteWebhook"),
        ("deleteWebhook",),
        "what is not there is deleted well",
    ),
    Deviation(
        "cancel-not-idempotent",
        "caledee",
        "resources.idempotent",
        second_time(409, {"title": "Conflict", "message": "It is canceled already."}),
        ("cancelBooking",),
        "the second time is refused",
    ),
    Deviation(
        "cancelled-anew",
        "caledee",
        "resources.idempotent",
        asking(cancelled_anew, "cancelBooking"),
        ("cancelBooking",),
        "the second time changes time and reason",
    ),
)
