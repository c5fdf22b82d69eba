"""Small, honest ways to bend a served mock; knows the engine's plans and replies, no check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from mockserver import Mock
from mockserver.engine.authenticate import authenticate
from mockserver.engine.authorize import authorize
from mockserver.engine.exchange import Behaviour, Exchange, Reply, Stage
from mockserver.engine.plan import Plan
from mockserver.engine.refusals import Refusal
from mockserver.engine.service import Service
from mockserver.engine.throttle import Quota
from mockserver.openapi.contract import Body, Media
from mockserver.world.limits import Limit

Twist = Callable[[Mock], None]
Change = Callable[[Exchange, Reply], None]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One fault that a real provider could have.

    `check` is the name of the check that has to find it, `operations` those to which the run is confined
    (none: all of the provider's). `what` says the fault in a sentence.
    """

    name: str
    provider: str
    check: str
    twist: Twist
    operations: tuple[str, ...] = ()
    what: str = ""
    data: str = "busy-week"


def all_of(*twists: Twist) -> Twist:
    """Several at once."""

    def twist(mock: Mock) -> None:
        for each in twists:
            each(mock)

    return twist


# Plans: what an operation is, before it is asked


def plans(mock: Mock, operations: Sequence[str] = ()) -> list[Plan]:
    """The plans of the operations named, all of them for none; made now, so that they can be changed."""
    service = mock.service()
    wanted = operations or tuple(service.operations)
    found = [service.plan(service.operations[name]) for name in wanted]
    # What a request that names another version is answered by has the same fault.
    for each in service.editions.values():
        found += [each.plan(each.operations[name]) for name in wanted if name in each.operations]
    return found


def planned(change: Callable[[Plan], None], *operations: str) -> Twist:
    """Change the plans of these operations, of all for none."""

    def twist(mock: Mock) -> None:
        for plan in plans(mock, operations):
            change(plan)

    return twist


def behaving(wrap: Callable[[Behaviour], Behaviour], *operations: str) -> Twist:
    """Wrap what these operations do."""

    def change(plan: Plan) -> None:
        plan.behaviour = wrap(plan.behaviour)

    return planned(change, *operations)


def scoped(scopes: Callable[[frozenset[str]], frozenset[str]], *operations: str) -> Twist:
    """Let these operations ask for other scopes than declared."""

    def change(plan: Plan) -> None:
        plan.alternatives = tuple(each._replace(scopes=scopes(each.scopes)) for each in plan.alternatives)

    return planned(change, *operations)


def without_stage(stage: Stage, *operations: str) -> Twist:
    """Leave a step out."""

    def change(plan: Plan) -> None:
        plan.stages = tuple(each for each in plan.stages if each is not stage)

    return planned(change, *operations)


def reordered(first: Stage, before: Stage, *operations: str) -> Twist:
    """Take a step earlier: right before that other one."""

    def change(plan: Plan) -> None:
        if first in plan.stages and before in plan.stages:
            rest = [each for each in plan.stages if each is not first]
            rest.insert(rest.index(before), first)
            plan.stages = tuple(rest)

    return planned(change, *operations)


def staged(old: Stage, new: Callable[[Stage], Stage], *operations: str) -> Twist:
    """Put another step in the place of one."""

    def change(plan: Plan) -> None:
        plan.stages = tuple(new(each) if each is old else each for each in plan.stages)

    return planned(change, *operations)


def forgiving(rule: str, *operations: str, stage: Stage = authenticate, persona: str = "owner") -> Twist:
    """Let in, as that persona, whom a rule would turn away."""

    def twist(mock: Mock) -> None:
        token = mock.token(persona).encode()

        def wrap(inner: Stage) -> Stage:
            def lenient(exchange: Exchange) -> Reply | None:
                try:
                    return inner(exchange)
                except Refusal as refusal:
                    if refusal.rule != rule:
                        raise
                if inner is authorize:
                    return None
                exchange.headers = {**exchange.headers, b"authorization": b"Bearer " + token}
                exchange.caller = None
                return inner(exchange)

            return lenient

        staged(stage, wrap, *operations)(mock)

    return twist


def limited(change: Callable[[Limit], Limit], **quota: Any) -> Twist:
    """Other quotas than declared: the limit changed, and fields of the quota replaced."""

    def twist(mock: Mock) -> None:
        made: dict[int, Quota] = {}
        for plan in plans(mock):
            for each in plan.quotas:
                if id(each) not in made:
                    made[id(each)] = replace(each, limit=change(each.limit), **quota)
            plan.quotas = tuple(made[id(each)] for each in plan.quotas)

    return twist


def same(limit: Limit) -> Limit:
    """The limit as declared."""
    return limit


def body_schema(edit: Callable[[dict[str, Any]], None], *operations: str) -> Twist:
    """Judge bodies by an edited schema. `edit` changes a copy in which every reference is resolved."""

    def twist(mock: Mock) -> None:
        service = mock.service()
        for plan in plans(mock, operations):
            body = plan.body
            assert body is not None, f"{plan.id} has a body"
            media: dict[str, Media] = {}
            for name, each in body.media.items():
                schema = resolved(each.schema, service)
                edit(schema)
                media[name] = replace(
                    each, schema=schema, check=service.contract.schemas.check_inline(schema)
                )
            plan.body = Body(body.required, media)
            plan.usual_media = media.get("application/json") or next(iter(media.values()))

    return twist


def resolved(schema: Any, service: Service, depth: int = 12) -> Any:
    """A copy of a schema with its references followed."""
    if isinstance(schema, Mapping):
        if "$ref" in schema and depth:
            target = service.contract.schemas.at(schema["$ref"].removeprefix("#"))
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**resolved(target, service, depth - 1), **resolved(rest, service, depth - 1)}
        return {key: resolved(value, service, depth) for key, value in schema.items()}
    if isinstance(schema, list):
        return [resolved(each, service, depth) for each in schema]
    return schema


# Requests and replies: what passes


def replying(change: Change, *operations: str, status: int | Iterable[int] = ()) -> Twist:
    """Change replies after everything: all or of some operations ("" is unknown paths), of some statuses."""
    wanted = {status} if isinstance(status, int) else set(status)

    def twist(mock: Mock) -> None:
        service = mock.service()
        inner = service.answer

        def answer(*args: Any) -> Exchange:
            exchange = inner(*args)
            reply = exchange.reply
            assert reply is not None
            named = not operations or exchange.operation in operations
            if named and (not wanted or reply.status in wanted):
                change(exchange, reply)
            return exchange

        vars(service)["answer"] = answer

    return twist


def values(change: Callable[[Any], Any], *operations: str, status: int | Iterable[int] = 200) -> Twist:
    """Change the JSON value of replies; `change` gives the new one, or None when it changed the old one."""

    def alter(_: Exchange, reply: Reply) -> None:
        if reply.body:
            value = orjson.loads(reply.body)
            new = change(value)
            reply.body = orjson.dumps(value if new is None else new)

    return replying(alter, *operations, status=status)


def rows(
    change: Callable[[dict[str, Any]], Any], *operations: str, status: int | Iterable[int] = (200, 201)
) -> Twist:
    """Change every object below the answer that has a name: rows, wherever they stand."""

    def alter(value: Any) -> None:
        for row in objects(value):
            change(row)

    return values(alter, *operations, status=status)


def objects(value: Any) -> Iterable[dict[str, Any]]:
    """Every object in a value, outer ones first."""
    if isinstance(value, dict):
        yield value
        for each in list(value.values()):
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def asking(change: Callable[[Exchange], None], *operations: str) -> Twist:
    """Change exchanges right before the operation's own work: after everything was validated."""

    def wrap(inner: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> Reply:
            change(exchange)
            return inner(exchange)

        return behave

    return behaving(wrap, *operations)


def requests(change: Callable[[dict[str, Any]], None]) -> Twist:
    """Change requests before anything is done: `query`, `body`, `path`, `method`, `headers` of each."""

    def twist(mock: Mock) -> None:
        service = mock.service()
        inner = service.answer

        def answer(
            world: Any,
            method: str,
            path: str,
            raw_path: bytes,
            query: bytes,
            header_list: Any,
            headers: Any,
            body: bytes,
        ) -> Exchange:
            asked: dict[str, Any] = {
                "method": method,
                "path": path,
                "query": query,
                "body": body,
                "headers": dict(headers),
            }
            before = dict(asked)
            change(asked)
            if asked["path"] != before["path"]:
                raw_path = asked["path"].encode()
            listed = header_list if asked["headers"] == before["headers"] else list(asked["headers"].items())
            return inner(
                world,
                asked["method"],
                asked["path"],
                raw_path,
                asked["query"],
                listed,
                asked["headers"],
                asked["body"],
            )

        vars(service)["answer"] = answer

    return twist


def said(reply: Reply, status: int, value: Any, content_type: bytes = b"application/json") -> None:
    """Turn a reply into another one."""
    reply.status = status
    reply.body = value if isinstance(value, bytes) else orjson.dumps(value)
    reply.content_type = content_type


def refusing(status: int, value: Any, *operations: str, when: Callable[[Exchange], bool]) -> Twist:
    """Refuse some requests that are in order."""

    def change(exchange: Exchange, reply: Reply) -> None:
        if when(exchange):
            said(reply, status, value)

    return replying(change, *operations, status=(200, 201, 204))
