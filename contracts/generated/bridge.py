"""Hands every request to a target: the one way out that Schemathesis has; knows nothing of Schemathesis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from contracts.answer import Answer
from contracts.routing import Routing
from contracts.targets.target import NOT_SENT, Spent, Target

CASE = "x-schemathesis-testcaseid"
# Of a quota only so much is used before time is made to pass: a 429 ahead of 401 looks like a fault.
SHARE = 0.7
# How long a 429 that does not say for how long is waited for, in seconds.
PAUSE = 60.0


class Bridge:
    """What it is asked, it asks the target: with real tokens in place of the names that Schemathesis knows.

    `stands_for` is by name what goes over the wire. While `renews`, each request finds the world as it began.
    Once the target may not be asked any more, nothing is, and `ended` says why.
    """

    def __init__(self, target: Target, stands_for: Mapping[str, str]) -> None:
        self.target = target
        self.renews = True
        self.ended: BaseException | None = None
        self.asked: Counter[str] = Counter()
        # The cases that a guard held back, by the number that Schemathesis gives them.
        self.held: set[str] = set()
        self._stands_for = sorted(stands_for.items(), key=lambda each: -len(each[0]))
        self._routing = Routing(target.contract)
        self._quotas = quotas(target)
        self._used: Counter[str] = Counter()

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request."""
        if self.ended is not None:
            return Answer(method, target, 503, {}, b"")
        if "None" in target.partition("?")[0].split("/"):
            # Where a link led to null: nobody would follow it.
            self.held.add(headers.get(CASE, ""))
            return Answer(method, target, 0, {}, NOT_SENT + b"a link led to null")
        if self.renews:
            self.target.renew()
        self._pace(method, target)
        fields = {name: self._real(value) for name, value in headers.items() if name.lower() != "host"}
        try:
            answer = self.target.send(method, self._real(target), fields, body, "")
            if answer.status == 429 and self.target.name != "mock" and self._waited(answer):
                answer = self.target.send(method, self._real(target), fields, body, "")
        except (Spent, KeyboardInterrupt) as ended:
            self.ended = ended
            return Answer(method, target, 503, {}, b"")
        if answer.status == 0 and answer.body.startswith(NOT_SENT):
            self.held.add(headers.get(CASE, ""))
            return answer
        operation = self._routing.find(method, target)
        if operation is not None:
            self.asked[operation.id] += 1
        return answer

    def _real(self, text: str) -> str:
        for name, value in self._stands_for:
            if name in text:
                text = text.replace(name, value)
        return text

    def _waited(self, refused: Answer) -> bool:
        """Let the time pass that a real 429 announces: ahead of 401 and 404 it looks like a fault."""
        told = refused.headers.get("retry-after", "")
        return self.target.wait(float(told) if told.isdigit() else PAUSE)

    def _pace(self, method: str, target: str) -> None:
        """Let time pass in the mock before a quota is used up; a live target has a guard that paces."""
        if self.renews and self.target.name == "mock":
            return
        operation = self._routing.find(method, target)
        for name, (limit, window) in self._quotas.get("" if operation is None else operation.id, {}).items():
            self._used[name] += 1
            if self._used[name] > limit * SHARE:
                if self.target.name == "mock":
                    self.target.wait(window)
                self._used.clear()
                return


def quotas(target: Target) -> dict[str, dict[str, tuple[int, float]]]:
    """By operation, its quotas: (requests, seconds) by name; those of "" are the default ones."""
    facts: Mapping[str, Any] = target.contract.facts.get("rate-limit", {})

    def of(named: Any) -> dict[str, tuple[int, float]]:
        names = [named] if isinstance(named, str) else list(named or ())
        return {
            name: (int(facts[name]["limit"]), float(facts[name]["window"]))
            for name in names
            if {"limit", "window"} <= facts.get(name, {}).keys()
        }

    usual = facts.get("default")
    found = {each.id: of(each.facts.get("rate-limit", usual)) for each in target.contract.operations}
    return {"": of(usual), **found}
