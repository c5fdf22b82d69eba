"""`python -m benchmarks.stages`: what each of the ten steps costs a request, in time and in instructions.

Microseconds of processor time differ from machine to machine. The bytecode instructions that Python carries
out, and the functions of C that it calls, are the same in every run of one version of Python: they are kept
in `results/instructions.json`, so that a change which makes a step dearer shows there. The figure of a step
is what a request costs up to its end, less what it costs up to the end of the one before.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

from benchmarks.inside import WRITTEN, Inside, least_of
from benchmarks.load import Ask
from benchmarks.peers.servers import CALL, REFUSED
from benchmarks.peers.subjects import BOOKINGS, CALCOM, READS_LIST, booking_asks
from mockserver.engine import pipeline
from mockserver.engine.exchange import Exchange
from mockserver.engine.judge import judge
from mockserver.engine.refusals import Refusal
from mockserver.engine.refuse import refuse
from mockserver.web.application import build_application

# One that has all of the steps.
PROVIDER = "zeeg"
KEPT = Path(__file__).parent / "results" / "instructions.json"
NAMES = ("1 route", "2 exchange", "4 authenticate", "5 authorize", "6 throttle", "7 validate", "8 behave")
JUDGE, REST, WIRE = "9 judge", "10 commit, journal", "2, 10 read, write"
ROWS = (*NAMES, JUDGE, REST, WIRE)
# A step is dearer where it takes more than this share, and more than a few instructions, on top.
SHARE, FEW = 0.05, 10
MOST_OF_ASGI = 60
Steps = Mapping[str, Callable[[], object]]


def main() -> int:
    """Measure and print; with --check, 1 where a step carries out more instructions than were kept."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    options.add_argument("provider", nargs="?", choices=sorted(ASKS), default=PROVIDER)
    options.add_argument("--check", action="store_true", help="compare the instructions with the kept ones")
    options.add_argument("--keep", action="store_true", help="keep the instructions")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = options.parse_args()
    if (chosen.check or chosen.keep) and chosen.provider != PROVIDER:
        options.error(f"instructions are kept of {PROVIDER} only")
    compiled = not pipeline.__file__.endswith(".py")
    slug = chosen.provider
    inside = Inside([slug])
    asked = ASKS[slug](inside)
    steps = {ask.name: dict(up_to(inside, slug, ask)) for ask in asked}
    times = {
        name: apart(dict(zip(of, least_of(list(of.values())), strict=True))) for name, of in steps.items()
    }
    show("microseconds of processor time, " + ("compiled" if compiled else "interpreted"), times)
    over = {ask.name: round(over_the_stages(inside, slug, ask), 2) for ask in asked}
    print("through ASGI without a socket, over the stages themselves, at most 60:")
    print(f"{'':<22}" + "".join(f"{each:>10.2f}" for each in over.values()))
    told: dict[str, Any] = {"provider": slug, "compiled": compiled, "microseconds": times, "asgi": over}
    worse = [f"{name}: ASGI adds {more} microseconds" for name, more in over.items() if more > MOST_OF_ASGI]
    if compiled:
        print("\ncompiled code carries out no bytecode: instructions are counted where it is interpreted")
    else:
        counted = {name: {step: count(do) for step, do in of.items()} for name, of in steps.items()}
        instructions = {
            name: apart({step: float(both[0]) for step, both in of.items()}) for name, of in counted.items()
        }
        calls = {
            name: apart({step: float(both[1]) for step, both in of.items()}) for name, of in counted.items()
        }
        show(f"bytecode instructions, Python {python()}", instructions)
        show("calls of functions written in C", calls)
        told |= {"python": python(), "instructions": instructions, "calls": calls}
        if chosen.keep:
            KEPT.parent.mkdir(exist_ok=True)
            kept = {"python": python(), "instructions": instructions, "calls": calls}
            KEPT.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n")
        if chosen.check:
            worse += list(dearer(orjson.loads(KEPT.read_bytes()), instructions))
            print("\n" + ("\n".join(worse) or "no step is dearer than was kept"))
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 1 if worse else 0


def asks(inside: Inside) -> tuple[Ask, ...]:
    """The four requests of Zeeg's, where a call is asked for."""
    world = inside.house.worlds.default
    token = inside.mint(world, PROVIDER)
    event = next(world.store.rows(f"{PROVIDER}/event")).id
    agent = next(row.id for row in world.store.rows(f"{PROVIDER}/agent") if row.data["isActive"])
    calls = f"/v2/agents/{agent}/outbound-calls"
    return (
        Ask("list", "GET", "/v2/scheduled-events?count=10", token),
        Ask("get", "GET", f"/v2/scheduled-events/{event}", token),
        Ask("post", "POST", calls, token, orjson.dumps(CALL).decode()),
        Ask("refused", "POST", calls, token, orjson.dumps(REFUSED).decode()),
    )


def calcom_asks(inside: Inside) -> tuple[Ask, ...]:
    """The four requests of Cal.com's, where a time that is free is booked, and nobody has subscribed."""
    world = inside.house.worlds.default
    for kind in ("webhook", "event-type-webhook"):
        for row in list(world.store.rows(f"{CALCOM}/{kind}")):
            world.store.remove(row.kind, row.id)
    token = inside.mint(world, CALCOM)
    first = Ask("list", "GET", BOOKINGS, token, headers=READS_LIST)
    return booking_asks(token, inside.made(first)["data"][0]["uid"])


ASKS: Mapping[str, Callable[[Inside], tuple[Ask, ...]]] = {PROVIDER: asks, CALCOM: calcom_asks}


def up_to(inside: Inside, slug: str, ask: Ask) -> Iterator[tuple[str, Callable[[], object]]]:
    """For each step, a function that puts a request and goes as far as that; the last goes all the way."""
    service, world = inside.house.services[slug], inside.house.worlds.default
    path, _, query = ask.path.partition("?")
    raw_path, raw_query = path.encode(), query.encode()
    headers = head_of(ask)
    fields = dict(headers)
    store = world.store
    ready = inside.bodies(ask, WRITTEN * len(ROWS))

    def made() -> Exchange:
        plan, values = service.route(ask.method, path, raw_path)
        home, body = service, next(ready)
        if plan.versions is not None:
            dated = plan.versions.choose(fields)
            home, plan = dated.service, dated.plan
        return Exchange(home, world, plan, ask.method, path, values, raw_query, headers, fields, body)

    plan = made().plan

    def through(number: int, judged: bool = False) -> Callable[[], object]:
        stages = plan.stages[:number]

        def go() -> None:
            exchange = made()
            store.begin()
            stage = None
            try:
                found = None
                for stage in stages:
                    found = stage(exchange)
                if judged and found is not None:
                    judge(exchange, found)
            except Refusal as refusal:
                if judged and stage is not None:
                    judge(exchange, refuse(exchange, refusal, stage.__name__))
            # Not undone: to take a row out again is no part of a request that is answered.
            store.commit()

        return go

    yield NAMES[0], lambda: service.route(ask.method, path, raw_path)
    yield NAMES[1], through(0)
    for number, stage in enumerate(plan.stages, 1):
        name = next((each for each in NAMES if each.endswith(f" {stage.__name__}")), "8 behave")
        yield name, through(number)
    yield JUDGE, through(len(plan.stages), judged=True)
    yield REST, lambda: pipeline.answer(made())
    yield WIRE, inside.ask(ask)


def head_of(ask: Ask) -> list[tuple[bytes, bytes]]:
    """A request's header."""
    told = {"host": "127.0.0.1", "authorization": f"Bearer {ask.token}", **ask.headers}
    if ask.body:
        told["content-type"] = "application/json"
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]


def over_the_stages(inside: Inside, slug: str, ask: Ask) -> float:
    """Microseconds that the application takes for a request, as ASGI hands it over, beyond the engine."""
    *_, (_, answer), _ = up_to(inside, slug, ask)
    application = build_application(inside.house)
    path, _, query = ask.path.partition("?")
    headers = head_of(ask)
    if ask.body:
        headers.append((b"content-length", str(len(ask.body)).encode()))
    ready = inside.bodies(ask, WRITTEN)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(ready), "more_body": False}

    async def send(_: Any) -> None:
        pass

    def through() -> None:
        scope = {
            "type": "http",
            "method": ask.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
        }
        # Nothing in it waits for anything, so the first step is the last.
        with contextlib.suppress(StopIteration):
            application(scope, receive, send).__await__().__next__()

    both = least_of([answer, through])
    return both[1] - both[0]


def apart(sums: Mapping[str, float]) -> dict[str, float]:
    """What each step adds to the one before; none adds less than nothing but by chance."""
    found: dict[str, float] = {}
    before = 0.0
    for name, so_far in sums.items():
        found[name] = round(so_far - before, 2)
        before = so_far
    return found


def count(do: Callable[[], object]) -> tuple[int, int]:
    """Bytecode instructions carried out by a call, and C functions called by it."""
    for _ in range(20):
        do()
    instructions = calls = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal instructions
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        instructions += event == "opcode"
        return trace

    def profile(_: FrameType, event: str, __: Any) -> None:
        nonlocal calls
        calls += event == "c_call"

    sys.settrace(trace)
    try:
        do()
    finally:
        sys.settrace(None)
    sys.setprofile(profile)
    try:
        do()
    finally:
        sys.setprofile(None)
    return instructions, calls


def dearer(kept: Mapping[str, Any], now: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line for each step that carries out more instructions than were kept."""
    if kept["python"] != python():
        yield f"Python {kept['python']} carried out what was kept, and this is {python()}"
        return
    for name, steps in kept["instructions"].items():
        for step, before in steps.items():
            after = now[name].get(step, 0)
            if after - before > max(FEW, before * SHARE):
                yield f"{name}, {step}: {after:,.0f} instructions, {before:,.0f} were kept"


def show(title: str, figures: Mapping[str, Mapping[str, float]]) -> None:
    """A table: a line a step, a column a request."""
    print(f"\n{title}\n{'':<22}" + "".join(f"{name:>10}" for name in figures))
    every = {row: [steps.get(row) for steps in figures.values()] for row in ROWS}
    every["all"] = [sum(steps.values()) for steps in figures.values()]
    for row, found in every.items():
        cells = ("-" if each is None else f"{each:,.2f}".removesuffix(".00") for each in found)
        print(f"{row:<22}" + "".join(f"{cell:>10}" for cell in cells))


def python() -> str:
    """The version of Python whose instructions are counted: each has its own."""
    return ".".join(platform.python_version_tuple()[:2])


if __name__ == "__main__":
    sys.exit(main())
