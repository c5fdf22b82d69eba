"""What each call of the control API does to the worlds; knows JSON values, no HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Protocol

from mockserver.engine.deliveries import Subscribing
from mockserver.engine.service import Service
from mockserver.engine.settings import contract_scopes
from mockserver.faults.catalogue import parse_fault
from mockserver.faults.kinds import FaultError
from mockserver.web.explain import explain, shown, summary
from mockserver.web.forms import (
    fault_form,
    message_form,
    received_form,
    shown_url,
    token_form,
    world_form,
)
from mockserver.world.clock import iso_micro, parse_instant
from mockserver.world.declared import DELIVERIES, DeclarationError
from mockserver.world.world import World
from mockserver.world.worlds import WorldError, Worlds

MOST_SNAPSHOTS = 100


class ControlBackend(Protocol):
    """What the control API steers: the composition root, as far as it is needed here."""

    @property
    def version(self) -> str:
        """Ours, as in `mockserver --version`."""

    @property
    def services(self) -> Mapping[str, Service]:
        """The providers that are served, by slug."""

    @property
    def worlds(self) -> Worlds:
        """The worlds of this process."""

    def clock_moved(self, world: World) -> None:
        """That world's clock was set or moved on: what is due by it may be delivered."""


class Objection(Exception):
    """A call that cannot be done. `problems` are (field, message) of the body."""

    def __init__(self, status: int, detail: str, problems: list[tuple[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.problems = problems or []


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its parameters and body already held against the document; `world` is the one it is about."""

    backend: ControlBackend
    world: World
    params: Mapping[str, Any]
    data: Any = field(default=None)


Answer = tuple[int, Any]

# Who does an operation for all processes of one command; Objection where it cannot be done.
Everywhere = Callable[[str, Call], Awaitable[Answer]]
# What is about all worlds, in whatever process they live; every other call is about the one that it names.
ABOUT_WORLDS = frozenset({"listWorlds", "createWorld", "getWorld", "dropWorld"})


def health(call: Call) -> Answer:
    """Ready, as soon as it answers at all."""
    return 200, {"ready": True, "version": call.backend.version, "providers": list(call.backend.services)}


def personas(call: Call) -> Answer:
    """The personas of one provider or all, with the header that carries each one's token."""
    wanted = call.params.get("provider")
    services = call.backend.services.values() if wanted is None else [_service(call, wanted)]
    found = []
    for service in services:
        for persona in service.settings.personas:
            row = call.world.store.get(service.token_kind, persona.token)
            if row is not None:
                found.append(token_form(service, row, persona.note))
    return 200, found


def mint(call: Call) -> Answer:
    """A new token: the fields asked for, the rest as the persona it starts from has them."""
    wish = call.data
    service = _service(call, wish["provider"])
    known = service.settings.personas
    named = wish.get("persona")
    start = next((persona for persona in known if named in (None, persona.name)), None)
    if start is None:
        raise Objection(404, _no("persona", str(named), [persona.name for persona in known]))
    allowed = contract_scopes(service.contract)
    if unknown := sorted(set(wish.get("scopes", ())) - set(allowed)):
        has = ", ".join(allowed) or "none"
        raise Objection(
            422,
            f"{service.slug} has no scope {', '.join(unknown)}; it has: {has}",
            [("scopes", f"{scope} is not a scope of {service.slug}") for scope in unknown],
        )
    expires = 0.0 if start.expired else None
    if "expires_in" in wish:
        expires = call.world.clock.epoch() + wish["expires_in"]
    token = service.mint(
        call.world,
        persona=named or "minted",
        account=wish.get("account", start.account),
        user=wish.get("user", start.user),
        scopes=wish.get("scopes", start.scopes & set(allowed)),
        plan=wish.get("plan", start.plan),
        expires=expires,
        quota=int(wish["quota"]) if "quota" in wish else start.quota,
        revoked=start.revoked,
        kind=service.kind_with_scopes(start.kind) if "scopes" in wish else start.kind,
    )
    row = call.world.store.get(service.token_kind, token)
    assert row is not None, "a token that was just minted is there"
    return 201, token_form(service, row, "")


def reset(call: Call) -> Answer:
    """The world as it began, or afresh with another seed or data set."""
    data = call.data.get("data")
    _check_data(call, data)
    return 200, world_form(call.backend.worlds.reset(call.world.name, _whole(call.data.get("seed")), data))


def clock(call: Call) -> Answer:
    """What the world's clock shows."""
    return 200, {"now": iso_micro(call.world.clock.now()), "kind": call.world.clock.kind}


def set_clock(call: Call) -> Answer:
    """Set the clock; a running one goes on from there."""
    try:
        call.world.clock.set(parse_instant(call.data["now"].upper()))
    except ValueError as error:
        raise Objection(422, str(error), [("now", str(error))]) from error
    call.backend.clock_moved(call.world)
    return clock(call)


def advance(call: Call) -> Answer:
    """Move the clock on."""
    try:
        call.world.clock.advance(call.data["seconds"])
    except (ValueError, OverflowError) as error:
        raise Objection(422, str(error), [("seconds", str(error))]) from error
    call.backend.clock_moved(call.world)
    return clock(call)


def exchanges(call: Call) -> Answer:
    """The journal, newest first."""
    params = call.params
    found = call.world.journal.find(
        params.get("provider"), params.get("operation"), params.get("status"), params.get("limit", 50)
    )
    return 200, [summary(exchange) for exchange in found]


def exchange(call: Call) -> Answer:
    """One exchange, explained."""
    found = call.world.journal.get(call.params["id"])
    if found is None:
        kept = call.world.journal.capacity
        raise Objection(
            404, f"there is no exchange {call.params['id']!r} among the last {kept} of this world"
        )
    return 200, explain(found)


def faults(call: Call) -> Answer:
    """What is declared, and how often it acted."""
    return 200, [fault_form(entry) for entry in call.world.faults.as_json()]


def declare(call: Call) -> Answer:
    """Declare a fault for something that is there."""
    spec = parse_fault(call.data)
    services = (
        call.backend.services.values() if "provider" not in spec else [_service(call, spec["provider"])]
    )
    operations = [operation.id for service in services for operation in service.contract.operations]
    operation = spec.get("operation", "")
    if operation.startswith(DELIVERIES):
        events = [event for service in services for event in service.post.events]
        event = operation.removeprefix(DELIVERIES)
        if event and event not in events:
            raise Objection(404, _no("event", event, events))
    elif operation and operation not in operations:
        raise Objection(404, _no("operation", operation, operations))
    if "persona" in spec:
        known = {str(r.data["persona"]) for s in services for r in call.world.store.rows(s.token_kind)}
        if spec["persona"] not in known:
            raise Objection(404, _no("persona", spec["persona"], sorted(known)))
    declared = call.world.faults.declare(spec)
    entry = next(entry for entry in call.world.faults.as_json() if entry["id"] == declared.id)
    return 201, fault_form(entry)


def clear_faults(call: Call) -> Answer:
    """Withdraw all."""
    call.world.faults.clear()
    return 204, None


def remove_fault(call: Call) -> Answer:
    """Withdraw one."""
    if not call.world.faults.remove(call.params["id"]):
        known = [str(entry["id"]) for entry in call.world.faults.as_json()]
        raise Objection(404, _no("fault", call.params["id"], known))
    return 204, None


def state(call: Call) -> Answer:
    """The rows of a kind as they are kept."""
    service = _service(call, call.params["provider"])
    prefix = service.slug + "/"
    kind = prefix + call.params["kind"]
    kinds = [name.removeprefix(prefix) for name in call.world.store.kinds() if name.startswith(prefix)]
    if call.params["kind"] not in kinds:
        raise Objection(404, _no("kind", call.params["kind"], kinds))
    service.settle(call.world)
    return 200, [shown(row.data) for row in call.world.store.rows(kind)]


def worlds(call: Call) -> Answer:
    """Every world."""
    known = call.backend.worlds
    return 200, [world_form(known.get(name)) for name in known.names()]


def create_world(call: Call) -> Answer:
    """A fresh world, or a fork of another."""
    wish = call.data
    _check_data(call, wish.get("data"))
    made = call.backend.worlds.create(
        wish.get("name"), wish.get("from"), _whole(wish.get("seed")), wish.get("data")
    )
    return 201, world_form(made)


def world(call: Call) -> Answer:
    """One world."""
    return 200, world_form(call.backend.worlds.get(call.params["name"]))


def drop_world(call: Call) -> Answer:
    """Forget a world and all that is in it."""
    call.backend.worlds.drop(call.params["name"])
    return 204, None


def snapshot(call: Call) -> Answer:
    """Keep the world as it is now."""
    kept = call.world.snapshots
    name = call.data.get("name") or next(
        name for number in range(1, MOST_SNAPSHOTS + 2) if (name := f"s{number}") not in kept
    )
    if name not in kept and len(kept) >= MOST_SNAPSHOTS:
        raise Objection(
            409, f"this world keeps {MOST_SNAPSHOTS} snapshots already; take one again by its name"
        )
    kept[name] = call.world.snapshot()
    return 201, {"name": name, "world": call.world.name, "now": iso_micro(call.world.clock.now())}


def restore(call: Call) -> Answer:
    """Return to a snapshot."""
    kept = call.world.snapshots.get(call.params["name"])
    if kept is None:
        raise Objection(404, _no("snapshot", call.params["name"], list(call.world.snapshots)))
    call.world.restore(kept)
    return 200, world_form(call.world)


def webhooks(call: Call) -> Answer:
    """Deliveries, newest first."""
    found = call.world.outbox.messages(call.params.get("provider"), call.params.get("status"))
    return 200, [message_form(message) for message in found[: call.params.get("limit", 1000)]]


def webhook(call: Call) -> Answer:
    """One delivery."""
    found = call.world.outbox.get(call.params["id"])
    if found is None:
        raise Objection(404, f"there is no webhook {call.params['id']!r} among those that are kept")
    return 200, message_form(found)


def redeliver(call: Call) -> Answer:
    """Have a delivery made once more, at once."""
    try:
        found = call.world.outbox.redeliver(call.params["id"], call.world.now)
    except KeyError:
        return webhook(call)
    return 202, message_form(found)


def received(call: Call) -> Answer:
    """What the built-in receiver got, newest first."""
    return 200, [received_form(each, call.world.outbox) for each in reversed(call.world.outbox.received)]


def clear_received(call: Call) -> Answer:
    """Forget what the built-in receiver got."""
    call.world.outbox.received.clear()
    return 204, None


def subscribe(call: Call) -> Answer:
    """A subscription of a provider whose API has no operation that makes one."""
    wish = call.data
    service = _service(call, wish["provider"])
    make = service.provider.deliveries.subscribe
    if make is None:
        raise Objection(409, f"{service.slug} has operations of its own that subscribe: use those")
    events = tuple(dict.fromkeys(wish.get("events", service.post.events)))
    if unknown := [event for event in events if event not in service.post.events]:
        raise Objection(
            422,
            _no("event", unknown[0], list(service.post.events)),
            [("events", f"{unknown[0]} is no event")],
        )
    known = [persona.name for persona in service.settings.personas]
    persona = wish.get("persona", known[0] if known else "")
    if persona not in known:
        raise Objection(404, _no("persona", persona, known))
    id = make(service, call.world, Subscribing(wish["url"], events, wish.get("secret", ""), persona))
    return 201, {"provider": service.slug, "id": id, "url": shown_url(wish["url"]), "events": list(events)}


OPERATIONS: Mapping[str, Callable[[Call], Answer]] = MappingProxyType(
    {
        "getHealth": health,
        "listPersonas": personas,
        "mintToken": mint,
        "resetWorld": reset,
        "getClock": clock,
        "setClock": set_clock,
        "advanceClock": advance,
        "listExchanges": exchanges,
        "getExchange": exchange,
        "listFaults": faults,
        "declareFault": declare,
        "clearFaults": clear_faults,
        "removeFault": remove_fault,
        "listState": state,
        "listWorlds": worlds,
        "createWorld": create_world,
        "getWorld": world,
        "dropWorld": drop_world,
        "takeSnapshot": snapshot,
        "restoreSnapshot": restore,
        "listWebhooks": webhooks,
        "getWebhookDelivery": webhook,
        "redeliverWebhook": redeliver,
        "listReceived": received,
        "clearReceived": clear_received,
        "subscribeWebhook": subscribe,
    }
)

WORLD_STATUS: Mapping[str, int] = MappingProxyType(
    {"name": 422, "exists": 409, "unknown": 404, "full": 409, "options": 422, "default": 409}
)


def perform(operation: str, call: Call) -> Answer:
    """Do what an operation of the control document says; Objection where it cannot be done."""
    with _objecting():
        return OPERATIONS[operation](call)


def name_world(call: Call, known: Collection[str]) -> str:
    """What the world that `createWorld` asks for will be called, where those `known` are all there are.

    Objection where there can be no such world.
    """
    wish = call.data
    with _objecting():
        _check_data(call, wish.get("data"))
        fresh = wish.get("seed") is not None or wish.get("data") is not None
        return call.backend.worlds.settle(wish.get("name"), wish.get("from"), fresh, known)


@contextmanager
def _objecting() -> Iterator[None]:
    try:
        yield
    except WorldError as error:
        raise Objection(WORLD_STATUS.get(error.kind, 409), str(error)) from error
    except FaultError as error:
        raise Objection(422, str(error), [("", problem) for problem in error.problems]) from error
    except DeclarationError as error:
        raise Objection(422, str(error), [(error.field, str(error))]) from error


def _service(call: Call, slug: str) -> Service:
    service = call.backend.services.get(slug)
    if service is None:
        raise Objection(404, _no("provider", slug, list(call.backend.services)))
    return service


def _no(what: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    listed = ", ".join(known[:60]) + (", …" if len(known) > 60 else "")
    return f"there is no {what} {name!r}{meant}; there is: {listed or 'none'}"


def _check_data(call: Call, data: str | None) -> None:
    if data is None:
        return
    sets = [service.provider.data_sets for service in call.backend.services.values()]
    known = [name for name in sets[0] if all(name in others for others in sets)] if sets else []
    if data not in known:
        raise Objection(422, _no("data set", data, known), [("data", "is not a data set")])


def _whole(number: float | None) -> int | None:
    # JSON knows no integers: 1.0 is one for JSON Schema.
    return None if number is None else int(number)
