from __future__ import annotations

from mockserver.engine.exchange import Wire
from tests.faults.model import Model, answered

NEW = {"text": "Hello", "size": 1}


def test_latency_delays_whatever_is_answered(model: Model) -> None:
    model.declare("latency", seconds=0.25)
    assert answered(model.ask("GET", "/notes")).wire == Wire(delay=0.25)
    assert answered(model.ask("GET", "/notes/none")).wire == Wire(delay=0.25)


def test_two_latencies_add_up_and_have_an_end(model: Model) -> None:
    model.declare("latency", seconds=1)
    model.declare("latency", seconds=2)
    assert answered(model.ask("GET", "/notes")).wire == Wire(delay=3)
    model.declare("latency", seconds=600)
    assert answered(model.ask("GET", "/notes")).wire == Wire(delay=600)


def test_latency_goes_with_an_outage(model: Model) -> None:
    model.declare("outage")
    model.declare("latency", seconds=1)
    reply = answered(model.ask("GET", "/notes"))
    assert (reply.status, reply.wire) == (503, Wire(delay=1))


def test_a_lost_reply_leaves_the_work_done(model: Model) -> None:
    model.declare("lost-reply")
    before = model.world.store.count("notes/note")
    reply = answered(model.ask("POST", "/notes", NEW))
    assert reply.wire == Wire(drop=True)
    assert reply.status == 201
    assert model.world.store.count("notes/note") == before + 1


def test_a_dropped_connection_leaves_nothing_done(model: Model) -> None:
    model.declare("dropped-connection")
    before = model.world.store.count("notes/note")
    assert answered(model.ask("POST", "/notes", NEW)).wire == Wire(drop=True)
    assert model.world.store.count("notes/note") == before


def test_a_body_is_cut_in_half_or_where_it_is_told(model: Model) -> None:
    size = len(answered(model.ask("GET", "/notes/n-seed-1")).body)
    id = model.declare("truncated-body")
    reply = answered(model.ask("GET", "/notes/n-seed-1"))
    assert (reply.wire, len(reply.body)) == (Wire(truncate=size // 2), size)
    model.world.faults.remove(id)
    model.declare("truncated-body", at=5)
    assert answered(model.ask("GET", "/notes/n-seed-1")).wire == Wire(truncate=5)
    model.world.faults.clear()
    model.declare("truncated-body", at=10**9)
    assert answered(model.ask("GET", "/notes/n-seed-1")).wire == Wire(truncate=size)
