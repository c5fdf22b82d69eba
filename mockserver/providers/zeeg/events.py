"""Booking an event and cancelling it; knows what a request may ask, not how slots are reckoned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.zeeg.calendar import Place, find_place, release
from mockserver.providers.zeeg.deliveries import CANCELLED, SCHEDULED, announce
from mockserver.providers.zeeg.kinds import BY_SLUG, EVENT, INVITEE, PAGE
from mockserver.providers.zeeg.links import spend_link
from mockserver.providers.zeeg.records import active_invitees, book, user_name, without
from mockserver.scheduling.hours import resolve
from mockserver.scheduling.intervals import instant, instant_not_before
from mockserver.scheduling.slots import Unbookable
from mockserver.world.clock import iso_micro
from mockserver.world.store import Row

CANCELLED_WELL: Final = {"success": True, "message": "Event cancelled successfully.", "status": 200}
_TAKEN: Final = (Unbookable.BUSY, Unbookable.FULL)


def find_page(exchange: Exchange, owner: str, slug: str) -> Row:
    """The page of those slugs in the caller's account; a 404 refusal otherwise."""
    row = exchange.store.first(PAGE, BY_SLUG, (exchange.who.account, owner, slug))
    if row is None:
        raise Refusal(404, "not-found", kind="scheduling page", pointer="/x-resources/event-type")
    return row


def create_event(exchange: Exchange) -> Reply:
    """Book a slot: 404 no such page, 422 what the page does not allow, 409 it is off or the slot not free."""
    asked = exchange.data
    page = find_page(exchange, asked["ownerSlug"], asked["eventTypeSlug"])
    duration = int(asked["duration"])
    questions = _answers(page.data, asked.get("question_answers") or ())
    _check_fields(page.data, asked, duration)
    if not page.data["isActive"]:
        raise Refusal(409, "page-inactive", pointer=exchange.plan.pointer)
    token = asked.get("sharedLinkToken")
    if token is not None:
        spend_link(exchange, page, token)
    start, place = _slot(exchange, page, asked, duration)
    row = book(
        exchange.service,
        exchange.world,
        page,
        place,
        start,
        duration,
        asked,
        questions,
        iso_micro(exchange.now),
    )
    announce(exchange, SCHEDULED, row, row.data["invitees"][-1])
    return reply_row(exchange, row)


def _slot(exchange: Exchange, page: Row, asked: Mapping[str, Any], duration: int) -> tuple[int, Place]:
    """The instant meant, and who is free then; of a time that the clock shows twice, the first free one."""
    day, clock, zone = date.fromisoformat(asked["date"]), asked["start"], asked["timeZone"]
    wall = time(int(clock[:2]), int(clock[3:]))
    now = instant_not_before(exchange.now)
    found = resolve(day, wall, zone)
    if found is None or found.year > 9990 or found.year < 1970:
        raise Refusal(409, "slot-unavailable", pointer=exchange.plan.pointer, reason="no such time")
    start = instant(found)
    place = find_place(exchange.store, page, start, duration * 60, now)
    if type(place) is Place:
        return start, place
    again = resolve(day, wall, zone, fold=1)
    if again is not None and again != found:
        second = find_place(exchange.store, page, instant(again), duration * 60, now)
        if type(second) is Place:
            return instant(again), second
    assert isinstance(place, Unbookable)
    rule = "slot-taken" if place in _TAKEN else "slot-unavailable"
    raise Refusal(409, rule, pointer=exchange.plan.pointer, reason=place.value)


def _check_fields(page: Mapping[str, Any], asked: Mapping[str, Any], duration: int) -> None:
    """What the page wants of a booking beyond the document; 422 with every field that is wrong."""
    wrong = []
    if duration not in page["_durations"]:
        offered = ", ".join(map(str, page["_durations"]))
        wrong.append(Complaint("body", ("duration",), "enum", f"is not offered here; choose {offered}"))
    location = asked.get("location")
    if asked.get("phone") is None and (page["inviteePhoneNumber"] or location == "PHONE_CALL"):
        wrong.append(Complaint("body", ("phone",), "required", "is required here"))
    if location == "PHONE_CALL" or location == "IN_PERSON":
        options = asked.get("locationOptions") or {}
        needed = ("callType",) if location == "PHONE_CALL" else ("address", "details")
        wrong += [
            Complaint("body", ("locationOptions", name), "required", f"is required for {location}")
            for name in needed
            if name not in options
        ]
    if wrong:
        raise Refusal(422, "invalid-body", problems=wrong)


def _answers(page: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The page's questions with their answers, in the page's order; 422 where they do not fit together."""
    questions = page["inviteeQuestions"]
    if not questions and not given:
        return []
    asked = {question["id"]: question for question in questions if question["isActive"]}
    answers: dict[int, str] = {}
    wrong = []
    for place, item in enumerate(given):
        number, answer = item["question_id"], item["answer"]
        question = asked.get(number)
        where = ("question_answers", place, "question_id")
        if question is None:
            wrong.append(Complaint("body", where, "unknown", "is no question of this page"))
        elif number in answers:
            wrong.append(Complaint("body", where, "unique", "is answered twice"))
        elif question["options"] and answer not in question["options"]:
            where = ("question_answers", place, "answer")
            wrong.append(Complaint("body", where, "enum", f"must be one of {', '.join(question['options'])}"))
        else:
            answers[number] = answer
    told = {item["question_id"] for item in given}
    for number, question in asked.items():
        missing = number not in told or (number in answers and not answers[number].strip())
        if question["isRequired"] and missing:
            wrong.append(
                Complaint("body", ("question_answers",), "required", f"must answer question {number}")
            )
    if wrong:
        raise Refusal(422, "invalid-body", problems=wrong)
    return [
        {"answer": answers[number], "answer_type": "STRING", "question": question["question"]}
        for number, question in sorted(asked.items(), key=lambda item: item[1]["order"])
        if number in answers
    ]


def cancel_event(exchange: Exchange) -> Reply:
    """Cancel an event for everybody: 404 no such event, 409 it is cancelled already."""
    event = exchange.service.resources["event"].find(exchange, exchange.params["uuid"])
    _cancel(exchange, event, [invitee["uuid"] for invitee in active_invitees(event.data)])
    return reply_json(exchange, CANCELLED_WELL)


def cancel_invitee(exchange: Exchange) -> Reply:
    """Take one invitee out of an event: 404 no such invitee, 409 cancelled already."""
    id = exchange.params["uuid"]
    known = exchange.store.get(INVITEE, id)
    event = None if known is None else exchange.store.get(EVENT, known.data["event"])
    if event is None or event.data["_account"] != exchange.who.account:
        raise Refusal(404, "not-found", kind="invitee", pointer=exchange.plan.pointer)
    _cancel(
        exchange, event, [invitee["uuid"] for invitee in active_invitees(event.data) if invitee["uuid"] == id]
    )
    return reply_json(exchange, CANCELLED_WELL)


def _cancel(exchange: Exchange, event: Row, invitees: Sequence[str]) -> None:
    """Cancel these invitees of an event; with the last one the event goes, and its slot is given back."""
    if event.data["status"] == "cancelled" or not invitees:
        raise Refusal(409, "already-cancelled", pointer=exchange.plan.pointer)
    asked = exchange.data if isinstance(exchange.data, dict) else {}
    store = exchange.store
    by = user_name(store, exchange.who.user)
    data = without(event, invitees, by, asked.get("cancellationReason"), exchange.now)
    row = store.put(EVENT, event.id, data)
    if data["status"] == "cancelled":
        release(store, str(event.id), data["_hosts"])
    for invitee in data["invitees"]:
        if invitee["uuid"] in invitees:
            announce(exchange, CANCELLED, row, invitee)
