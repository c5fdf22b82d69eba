"""Zeeg beside a plain model of it: whatever is done in whatever order, both say the same."""

from __future__ import annotations

import copy
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from mockserver import Mock
from tests.providers.zeeg_asking import ask, book, cancel, day

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
DATES = ("2026-04-14", "2026-04-15", "2026-04-16")
TIMES = ("09:00", "09:30", "10:00", "16:30", "17:00")
TEXT = st.text(min_size=1, max_size=30).filter(str.strip)
CALLBACKS = st.sampled_from([f"https://example.org/hook/{n}" for n in range(3)])


class Model:
    """What Zeeg should remember, as plainly as can be said."""

    def __init__(self) -> None:
        self.notes: dict[str, tuple[str, str]] = {}  # uuid: event, content
        self.webhooks: dict[str, str] = {}  # uuid: callback
        self.events: dict[str, tuple[str, str]] = {}  # uuid: date and time of those that take place
        self.cancelled: set[str] = set()


class Zeeg(RuleBasedStateMachine):
    """Books, cancels, notes, hooks, goes back and forth between moments; the model does the same."""

    notes: Bundle[str] = Bundle("notes")
    webhooks: Bundle[str] = Bundle("webhooks")
    events: Bundle[str] = Bundle("events")

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.mock = Mock("zeeg", data="empty", limits=False, seed=seed)
        self.model = Model()
        self.kept: list[tuple[Any, Model]] = []
        self.offered = {date: set(day(self.mock, date, timeZone="Europe/Berlin")) for date in DATES}
        listed = ask(self.mock, "GET", "/scheduled-events?count=100").json["collection"]
        self.standing = {event["uuid"] for event in listed}

    def teardown(self) -> None:
        if hasattr(self, "mock"):
            self.mock.close()

    @rule(target=events, date=st.sampled_from(DATES), start=st.sampled_from(TIMES))
    def book(self, date: str, start: str) -> str:
        answer = book(self.mock, date=date, start=start)
        free = start in self.offered[date] and (date, start) not in self.model.events.values()
        assert answer.status == (200 if free else 409), answer
        if not free:
            return ""
        self.model.events[answer.json["uuid"]] = (date, start)
        return str(answer.json["uuid"])

    @rule(event=events)
    def cancel(self, event: str) -> None:
        known = event in self.model.events or event in self.model.cancelled
        answer = cancel(self.mock, {"uuid": event or "zg-none"})
        if event in self.model.events:
            assert answer.status == 200, answer
            del self.model.events[event]
            self.model.cancelled.add(event)
        else:
            assert answer.status == (409 if known else 404), answer

    @rule(target=notes, event=events, content=TEXT)
    def write_note(self, event: str, content: str) -> str:
        known = event in self.model.events or event in self.model.cancelled
        answer = ask(self.mock, "POST", f"/scheduled-events/{event or 'zg-none'}/notes", {"content": content})
        assert answer.status == (201 if known else 404), answer
        if not known:
            return ""
        note = answer.json["resource"]
        self.model.notes[note["uuid"]] = (event, content)
        return str(note["uuid"])

    @rule(note=notes, content=TEXT)
    def change_note(self, note: str, content: str) -> None:
        answer = ask(self.mock, "PATCH", f"/notes/{note or 'none'}", {"content": content})
        assert answer.status == (200 if note in self.model.notes else 404), answer
        if note in self.model.notes:
            self.model.notes[note] = (self.model.notes[note][0], content)

    @rule(note=notes)
    def delete_note(self, note: str) -> None:
        answer = ask(self.mock, "DELETE", f"/notes/{note or 'none'}")
        assert answer.status == (200 if self.model.notes.pop(note, None) else 404), answer

    @rule(target=webhooks, callback=CALLBACKS)
    def hook(self, callback: str) -> str:
        body = {"callbackUrl": callback, "events": ["invitee.scheduled"], "scope": "user"}
        answer = ask(self.mock, "POST", "/webhooks", body)
        assert answer.status == 201, answer
        uuid = str(answer.json["resource"]["uuid"])
        self.model.webhooks[uuid] = callback
        return uuid

    @rule(webhook=webhooks)
    def unhook(self, webhook: str) -> None:
        answer = ask(self.mock, "DELETE", f"/webhooks/{webhook}")
        assert answer.status == (200 if self.model.webhooks.pop(webhook, None) else 404), answer

    @rule()
    def keep(self) -> None:
        if len(self.kept) < 4:
            self.kept.append((self.mock.snapshot(), copy.deepcopy(self.model)))

    @rule(which=st.integers(0, 3))
    def go_back(self, which: int) -> None:
        if which < len(self.kept):
            snapshot, model = self.kept[which]
            self.mock.restore(snapshot)
            self.model = copy.deepcopy(model)

    @rule()
    def begin_anew(self) -> None:
        self.mock.reset()
        self.model = Model()

    @rule(seconds=st.integers(0, 3600))
    def wait(self, seconds: int) -> None:
        """A little: never as far as the first slot."""
        self.mock.clock.advance(seconds / 60)

    @rule(bad=st.sampled_from(["date", "email", "timeZone", "start"]))
    def ask_nonsense(self, bad: str) -> None:
        assert book(self.mock, **{bad: "nonsense"}).status == 422

    @rule(size=st.integers(1, 7))
    def page_through_events(self, size: int) -> None:
        found: list[str] = []
        for page in range(1, 100):
            answer = ask(self.mock, "GET", f"/scheduled-events?count={size}&page={page}").json
            found += [event["uuid"] for event in answer["collection"]]
            if answer["pagination"]["nextPage"] is None:
                break
        assert len(found) == len(set(found))
        assert set(found) - self.standing == set(self.model.events) | self.model.cancelled

    @rule(date=st.sampled_from(DATES))
    def look_for_slots(self, date: str) -> None:
        taken = {time for when, time in self.model.events.values() if when == date}
        assert set(day(self.mock, date, timeZone="Europe/Berlin")) == self.offered[date] - taken

    @rule(note=notes)
    def read_note(self, note: str) -> None:
        answer = ask(self.mock, "GET", f"/notes/{note or 'none'}")
        if note in self.model.notes:
            assert answer.json["resource"]["content"] == self.model.notes[note][1]
        else:
            assert answer.status == 404

    @rule(event=events)
    def list_notes(self, event: str) -> None:
        if event in self.model.events or event in self.model.cancelled:
            listed = ask(self.mock, "GET", f"/scheduled-events/{event}/notes?count=100").json["collection"]
            wanted = {uuid: text for uuid, (of, text) in self.model.notes.items() if of == event}
            assert {note["uuid"]: note["content"] for note in listed} == wanted

    @invariant()
    def the_same_webhooks(self) -> None:
        if hasattr(self, "mock"):
            assert {w["uuid"]: w["callbackUrl"] for w in self.mock.state("webhook")} == self.model.webhooks

    @invariant()
    def events_keep_their_status(self) -> None:
        if hasattr(self, "mock"):
            rows = {row["uuid"]: row["status"] for row in self.mock.state("event")}
            assert all(rows[uuid] == "confirmed" for uuid in self.model.events)
            assert all(rows[uuid] == "cancelled" for uuid in self.model.cancelled)


# Nightly: 400 runs of up to 100 steps, well over 10,000 in all.
Zeeg.TestCase.settings = settings(
    max_examples=400 if NIGHTLY else 25,
    stateful_step_count=100 if NIGHTLY else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestZeeg = Zeeg.TestCase
