"""Webhooks: registered, delivered once, signed, and as the document says; needs somewhere to receive them.

A target that can be received from has `mailbox()`, a `contracts.mailbox.Mailbox`; of others nothing is asked.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from contracts.answer import Answer
from contracts.checks.answers import use_of
from contracts.checks.bookings import Booked, book, undo
from contracts.checks.forms import body_schema
from contracts.checks.slots import offered, offering
from contracts.checks.values import followed, properties
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.mailbox import Delivery, Mailbox
from mockserver.openapi.contract import Contract, Operation

SECRET = "a-secret-of-the-checks"
STAMPED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Told:
    """A mailbox, the operation that subscribed it, the secret, and what was done and delivered since."""

    operation: Operation
    secret: str | None
    events: Sequence[str]
    answers: list[Answer] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


def subscribing(contract: Contract) -> Iterator[tuple[Operation, str, str, str | None]]:
    """(operation, its members for the address, the events, the secret) of what subscribes to webhooks."""
    known = set(contract.data.get("webhooks", {}))
    for operation in contract.operations:
        schema = body_schema(operation)
        if schema is None or use_of(operation).get("action") != "create" or operation.path.count("{"):
            continue
        named = {
            name: followed(contract.data, each) for name, each in properties(contract.data, schema).items()
        }
        address = next((name for name, each in named.items() if each.get("format") == "uri"), None)
        events = next((name for name, each in named.items() if known & set(_values(contract, each))), None)
        secret = next((name for name in named if name.lower() in ("secret", "token", "signingsecret")), None)
        if address is not None and events is not None:
            yield operation, address, events, secret


def _values(contract: Contract, schema: Mapping[str, Any]) -> Sequence[str]:
    items = followed(contract.data, schema.get("items", {}))
    return items.get("enum", ())  # type: ignore[no-any-return]


def tellings(visit: Visit) -> Iterator[Told]:
    """Subscribe, book, cancel; and what was delivered of it."""
    mailbox = mailbox_of(visit.target)
    if mailbox is None:
        return
    for told, box in _subscribed(visit, mailbox):
        for _, fact, form in offering(visit, anyhow=True):
            if "book" not in fact:
                continue
            found, _ = offered(visit, form)
            before = len(box.arrived())
            for slot in found[:1]:
                booked: Booked = book(visit, fact, slot)
                if not booked.answer.good:
                    continue
                told.answers.append(booked.answer)
                gone = undo(visit, fact, booked)
                if gone is not None:
                    told.answers.append(gone)
                told.deliveries.extend(box.arrived()[before:])
        if len(told.answers) > 1:
            visit.count(told.operation)
            yield told


def mailbox_of(target: Any) -> Mailbox | None:
    """The mailbox of a target, or of the one inside it; None where neither has one."""
    while target is not None:
        opened = getattr(target, "mailbox", None)
        if opened is not None:
            found: Mailbox = opened()
            return found
        target = getattr(target, "inner", None)
    return None


def _subscribed(visit: Visit, box: Mailbox) -> Iterator[tuple[Told, Mailbox]]:
    contract = visit.contract
    makers = list(subscribing(contract))
    for operation, address, events, secret in makers:
        if operation not in visit.operations:
            continue
        form = visit.known.form(operation)
        schema = body_schema(operation)
        known = [
            each
            for each in _values(contract, followed(contract.data, properties(contract.data, schema)[events]))
            if each in contract.data.get("webhooks", {})
        ]
        body = {**dict(form.body), address: box.url, events: known}
        if secret is not None:
            body[secret] = SECRET
        answer = visit.ask(form.saying(body))
        if answer.good:
            yield Told(operation, SECRET if secret is not None else None, known, [answer]), box
    if not makers and box.secret is not None and visit.operations:
        books = {
            each.facts["slots"]["book"]["operation"] for each in contract.operations if "slots" in each.facts
        }
        for operation in visit.operations:
            if operation.id in books:
                yield Told(operation, box.secret, list(contract.data.get("webhooks", {})), []), box


def event_of(contract: Contract, delivery: Delivery, events: Sequence[str]) -> str:
    """Which of the document's webhooks a delivery is, by the name in it; "" for none."""
    try:
        value = orjson.loads(delivery.body)
    except orjson.JSONDecodeError:
        return ""
    known = set(contract.data.get("webhooks", {})) | set(events)
    return (
        next((each for each in value.values() if isinstance(each, str) and each in known), "")
        if isinstance(value, Mapping)
        else ""
    )


def _all(visit: Visit) -> Iterator[tuple[Told, Delivery, str]]:
    for told in tellings(visit):
        for each in told.deliveries:
            yield told, each, event_of(visit.contract, each, told.events)


def delivered(visit: Visit) -> Iterator[Finding]:
    """A booking and its cancellation are told to who subscribed, once each. Writes; needs a mailbox."""
    for told in tellings(visit):
        names = [event_of(visit.contract, each, told.events) for each in told.deliveries]
        changes = told.answers[-2:]
        bodies = [each.body for each in told.deliveries]
        if not told.deliveries:
            yield visit.finding(
                told.operation, "nothing is delivered of a booking and its cancellation", *changes
            )
        elif len(names) < 2:
            yield visit.finding(
                told.operation,
                f"of a booking and its cancellation only {names[0] or 'something'} is delivered",
                *changes,
            )
        elif len(set(bodies)) != len(bodies) or len(names) > len(set(names)):
            twice = next((name for name in names if names.count(name) > 1), "a delivery")
            yield visit.finding(told.operation, f"{twice} is delivered twice", *changes)
        strange = next((name for name in names if name and name not in told.events), None)
        if strange is not None:
            yield visit.finding(
                told.operation, f"{strange} is delivered, which nobody subscribed to", *changes
            )


def signed(visit: Visit) -> Iterator[Finding]:
    """Deliveries are signed under the subscription's secret, as declared. Writes; needs a mailbox."""
    fact = visit.contract.facts.get("deliveries", {}).get("signature", {})
    if fact.get("scheme", "none") == "none":
        return
    for told, each, name in _all(visit):
        problem = unsigned(fact, each, told.secret)
        if problem:
            yield visit.finding(
                told.operation,
                f"{name or 'a delivery'} {problem}",
                *told.answers[-2:],
                pointer="/x-deliveries/signature",
            )
            return


def unsigned(fact: Mapping[str, Any], delivery: Delivery, secret: str | None) -> str:
    """What is wrong with a delivery's signature; "" for nothing."""
    header = fact["header"]
    sent = delivery.headers.get(header.lower())
    if secret is None:
        return ""
    if sent is None:
        return f"has no header {header}"
    if fact["scheme"] == "token":
        return "" if hmac.compare_digest(sent, secret) else f"has another {header} than the secret"
    if fact["scheme"] == "hmac-sha256":
        wanted = hmac.new(secret.encode(), delivery.body, sha256).hexdigest()
        return (
            ""
            if hmac.compare_digest(sent.encode(), wanted.encode())
            else f"has a {header} that is not its body's"
        )
    found = STAMPED.fullmatch(sent)
    if found is None:
        return f"has a {header} that is not t=<seconds>,v1=<digest>"
    wanted = hmac.new(secret.encode(), f"{found[1]}.".encode() + delivery.body, sha256).hexdigest()
    if not hmac.compare_digest(found[2], wanted):
        return f"has a {header} that is not its body's"
    off = abs(delivery.at - int(found[1]))
    return f"has a {header} of {off:.0f} s off" if delivery.at and off > fact.get("tolerance", 300) else ""


def shaped(visit: Visit) -> Iterator[Finding]:
    """Deliveries have the body and the headers that the document declares. Writes; needs a mailbox."""
    for told, each, name in _all(visit):
        declared = visit.contract.data.get("webhooks", {}).get(name)
        if declared is None:
            yield visit.finding(
                told.operation, "a delivery names no event of the document", *told.answers[-2:]
            )
            return
        post = followed(visit.contract.data, declared).get("post", {})
        body = followed(visit.contract.data, post.get("requestBody", {}))
        schema = body.get("content", {}).get("application/json", {}).get("schema")
        problems = [
            f"{'/'.join(map(str, wrong.path)) or 'the body'} {wrong.message}"
            for wrong in (
                visit.contract.schemas.check_inline(schema).problems(orjson.loads(each.body))
                if schema
                else ()
            )
        ]
        for parameter in post.get("parameters", ()):
            parameter = followed(visit.contract.data, parameter)
            here = parameter.get("name", "").lower()
            if parameter.get("required") and parameter.get("in") == "header" and here not in each.headers:
                problems.append(f"the header {parameter['name']} is missing")
        if problems:
            pointer = f"/webhooks/{name.replace('/', '~1')}"
            yield visit.finding(
                told.operation,
                f"{name} is not as declared: {problems[0]}",
                *told.answers[-2:],
                pointer=pointer,
            )
            return
