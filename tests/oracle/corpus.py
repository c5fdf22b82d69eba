"""Requests and replies of a provider, valid and mutated, and what the two judges say of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from contracts.oracle.judge import Judge
from contracts.oracle.traffic import Traffic
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.openapi.contract import Contract, Media, Operation
from mockserver.openapi.parameters import Parameter, compile_parameters

STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**63 - 1, "", "x", "2026-02-30", "2026-04-15T09:00:00Z",
    "+4915112345678", "é\u0000",
    "+49\u0661\u0661", "a@example.com", [], [None], {}, {"x": 1}, "x" * 3000, "Europe/Berlin", "true", "12",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One thing to judge. `ours` says whether the mock's judge accepts it, `why` what it has against it."""

    what: str
    operation: str
    traffic: Traffic
    ours: bool
    side: str
    why: tuple[str, ...] = ()


def cases(contract: Contract, seed: int, each: int) -> Iterator[Case]:
    """For each operation so many bodies, parameters and replies, one in four of them untouched."""
    random = Random(seed)
    for operation in contract.operations:
        for number in range(each):
            yield from _body(contract, operation, random, seed + number)
            yield from _parameters(contract, operation, random, seed + number)
            yield from _reply(contract, operation, random, seed + number)


def _why(media: Media, value: Any) -> tuple[str, ...]:
    assert media.check is not None
    return tuple(f"{'/'.join(map(str, each.path))} {each.message}" for each in media.check.problems(value))


def _json(media: dict[str, Media] | Any) -> Media | None:
    found: Media | None = media.get("application/json")
    return found


def _drawn(contract: Contract, media: Media, seed: int) -> Any:
    try:
        return sample(media.schema, contract.data, seed=seed, check=media.check)
    except Unsatisfiable:
        return None


def _body(contract: Contract, operation: Operation, random: Random, seed: int) -> Iterator[Case]:
    media = _json(operation.body.media) if operation.body is not None else None
    if media is None or media.check is None:
        return
    value = _mutated(_drawn(contract, media, seed), random)
    address = _address(operation, _path_values(contract, operation, seed))
    traffic = _traffic(operation, address, orjson.dumps(value), 200, b"")
    yield Case(f"body {value!r}", operation.id, traffic, media.check.ok(value), "body", _why(media, value))


def _reply(contract: Contract, operation: Operation, random: Random, seed: int) -> Iterator[Case]:
    for status, response in operation.responses.items():
        media = _json(response.media)
        if media is None or media.check is None or not status.isdigit() or random.random() < 0.5:
            continue
        value = _mutated(_drawn(contract, media, seed), random)
        address = _address(operation, _path_values(contract, operation, seed))
        # Headers have a case of their own in the tests of the engine's judge.
        headers = tuple((name, "1") for name, rule in response.headers.items() if rule.required)
        traffic = _traffic(operation, address, b"", int(status), orjson.dumps(value), headers)
        yield Case(
            f"{status} {value!r}", operation.id, traffic, media.check.ok(value), "reply", _why(media, value)
        )


def _parameters(contract: Contract, operation: Operation, random: Random, seed: int) -> Iterator[Case]:
    chosen = [
        parameter
        for parameter in operation.parameters
        if parameter.place in ("query", "path") and not parameter.media_type
    ]
    if not chosen:
        return
    values = _path_values(contract, operation, seed)
    query: list[tuple[str, str]] = []
    for parameter in chosen:
        if parameter.place == "query" and (parameter.required or random.random() < 0.5):
            query += _pairs(contract, parameter, random, seed)
        elif parameter.place == "path" and random.random() < 0.2:
            values[parameter.name] = random.choice(["x", "-1", "0", "1.5", "bk_1", "é", "1e3", "a b"])
    address = _address(operation, values)
    encoded = urlencode(query)
    traffic = _traffic(operation, f"{address}?{encoded}" if encoded else address, b"", 200, b"")
    plan = compile_parameters([p for p in operation.parameters if p.place in ("query", "path")])
    names = [piece.partition("}")[0] for piece in operation.path.split("{")[1:]]
    problems = plan.read([values[name] for name in names], encoded.encode(), ())[1]
    why = tuple(f"{each.name} {each.message}" for each in problems or ())
    yield Case(f"parameters {values} {encoded}", operation.id, traffic, problems is None, "parameters", why)


def _pairs(contract: Contract, parameter: Parameter, random: Random, seed: int) -> list[tuple[str, str]]:
    if random.random() < 0.4:
        return [
            (parameter.name, random.choice(["", "x", "-1", "0", "true", "1.0", "2026-04-15", "a,b", "é"]))
        ]
    try:
        value = sample(parameter.schema, contract.data, seed=seed, check=parameter.check)
    except Unsatisfiable:
        return []
    texts = [_text(each) for each in value] if isinstance(value, list) else [_text(value)]
    if isinstance(value, list) and not parameter.explode:
        return [(parameter.name, ",".join(texts))]
    return [(parameter.name, text) for text in texts]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path_values(contract: Contract, operation: Operation, seed: int) -> dict[str, str]:
    values: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.place == "path":
            try:
                drawn = sample(parameter.schema, contract.data, seed=seed, check=parameter.check)
            except Unsatisfiable:
                drawn = "1"
            values[parameter.name] = _text(drawn) or "1"
    return values


def _address(operation: Operation, values: dict[str, str]) -> str:
    path = operation.address
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _traffic(
    operation: Operation,
    address: str,
    body: bytes,
    status: int,
    reply: bytes,
    headers: tuple[tuple[str, str], ...] = (),
) -> Traffic:
    return Traffic(
        "corpus",
        operation.method,
        f"http://x{address}",
        (("content-type", "application/json"), ("authorization", "Bearer token")),
        body,
        status,
        (("content-type", "application/json"), *headers),
        reply,
    )


def _mutated(value: Any, random: Random) -> Any:
    value = copy.deepcopy(value)
    if random.random() < 0.25:
        return value
    for _ in range(random.choice((1, 1, 2))):
        value = _changed(value, random)
    return value


def _changed(value: Any, random: Random) -> Any:
    """One place in the value is another."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(sorted(value))
        what = random.random()
        if what < 0.2:
            return {name: each for name, each in value.items() if name != key}
        if what < 0.3:
            return {**value, "unknown": random.choice(STRANGE)}
        return {**value, key: _changed(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        return [*value[:index], _changed(value[index], random), *value[index + 1 :]]
    return random.choice(STRANGE)


def theirs(judge: Judge, case: Case) -> list[str]:
    """What openapi-core says is wrong, of the same part of the message alone."""
    if case.side == "reply":
        return [f"{each.place} {each.message}" for each in judge.reply(case.traffic) if each.part == "body"]
    part = "body" if case.side == "body" else "parameter"
    return [
        f"{each.place} {each.message}"
        for each in judge.request(case.traffic)
        # The corpus sends no headers but the usual ones.
        if each.part == part and "required header parameter" not in each.message
    ]


def unlocked(data: Any) -> Any:
    """The document asking for no credentials: openapi-core looks at nothing else where they are missing."""
    made = copy.deepcopy(data)
    made.pop("security", None)
    for item in made["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return made
