"""Schemathesis in one place: its configuration, its engine, its failures as findings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.openapi import from_dict

from contracts.answer import Answer, Sent
from contracts.finding import Finding
from contracts.generated.bridge import CASE, Bridge
from contracts.generated.carrier import Carrier, reached_through
from contracts.generated.formats import register_formats
from contracts.generated.people import People
from contracts.generated.settled import settled
from contracts.generated.terms import REFUSED, expected
from contracts.scrub import Scrubber
from mockserver.openapi.contract import Contract, Operation

# Hypothesis says on its own what it thinks of a run; here that is the outcome's business.
logging.getLogger("schemathesis").setLevel(logging.ERROR)


class Generation:
    """One document, and what Schemathesis is told of it."""

    def __init__(
        self,
        contract: Contract,
        data: Mapping[str, Any],
        bridge: Bridge,
        people: People,
        *,
        operations: Sequence[Operation],
        seed: int,
        examples: int,
        writes: bool,
        database: str = "none",
    ) -> None:
        self.contract = contract
        self.bridge = bridge
        self._by_label = {f"{each.method} {each.address}": each for each in contract.operations}
        self._chosen = {(each.method.upper(), each.address) for each in operations}
        self._seed = seed
        self._examples = examples
        self._writes = writes
        self._database = database
        self._data = data
        self._people = people
        register_formats()

    def run(self, phase: str) -> Iterator[tuple[Operation | None, int, list[Finding]]]:
        """(operation, cases, findings) of each scenario of a phase, as it ends."""
        schema = from_dict(dict(self._data), config=SchemathesisConfig.from_dict(self._config(phase)))
        settled(schema.config)
        schema = reached_through(schema, Carrier(self.bridge))
        chosen = self._chosen
        confined: Any = schema.include(
            lambda context: (context.operation.method.upper(), context.operation.path) in chosen
        )
        self.bridge.renews = phase != "stateful"
        if phase == "stateful":
            _renewing(confined, self.bridge)
        for event in from_schema(confined).execute():
            if self.bridge.ended is not None:
                break
            if isinstance(event, events.ScenarioFinished) and event.recorder is not None:
                operation = self._by_label.get(str(event.label))
                asked = [each for each in event.recorder.interactions.values() if not self._held(each)]
                yield operation, len(asked), list(self._failures(event.recorder))
            elif isinstance(event, events.Interrupted):
                raise KeyboardInterrupt
            elif isinstance(event, events.NonFatalError):
                if phase == "stateful" and not self.bridge.asked:
                    return  # no link leads from one of these operations to another
                raise Ungenerated(f"{event.label}: {event.value}")
            elif isinstance(event, events.FatalError):
                raise Ungenerated(str(event.exception))

    def _config(self, phase: str) -> dict[str, Any]:
        people = self._people
        phases = {
            name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing", "stateful")
        }
        generation: dict[str, Any] = {"max-examples": self._examples, "database": self._database}
        if not self._writes:
            # Otherwise verbs that the document does not have are tried, with valid credentials.
            phases["coverage"]["unexpected-methods"] = []  # type: ignore[assignment]
        checks: dict[str, Any] = {
            "negative_data_rejection": {"expected-statuses": list(REFUSED)},
            # What is asked of the same state at other speed is another matter.
            "max_response_time": 60,
        }
        if self.contract.facts.get("versions"):
            # Without the header of its version an operation may be one that is not there.
            checks["missing_required_header"] = {"expected-statuses": ["4xx"]}
        return {
            "seed": self._seed,
            "workers": 1,
            "headers": dict(people.headers),
            "auth": {
                "auto-signup": False,
                "openapi": {name: told for name, told in people.schemes.items() if told},
            },
            "generation": generation,
            "phases": phases,
            "checks": checks,
            # Literals of what Schemathesis takes for the application would be drawn as values.
            "analysis": {"constants": {"enabled": False}},
            "operations": self._entries(),
        }

    def _entries(self) -> list[dict[str, Any]]:
        """What holds for some operations only: an entry for all that it holds for.

        Schemathesis tries every entry whenever it looks something up, several times a case.
        """
        entries: dict[str, dict[str, Any]] = {}
        for each in self.contract.operations:
            # A filter of the schema alone does not keep its engine from the others.
            enabled = (each.method.upper(), each.address) in self._chosen
            checks = {
                "positive_data_acceptance": {"expected-statuses": expected(self.contract, each)},
                **self._kept(each),
            }
            told = {"enabled": True, "checks": checks} if enabled else {"enabled": False}
            entry = entries.setdefault(repr(told), {"include-name": [], **told})
            entry["include-name"].append(f"{each.method.upper()} {each.address}")
        return list(entries.values())

    def _kept(self, operation: Operation) -> dict[str, Any]:
        """Where a DELETE cancels and does not remove, what was cancelled can still be read."""
        kinds = [
            each.facts.get("resource", {}) for each in self.contract.operations if each.method == "DELETE"
        ]
        soft = any(each.get("action") != "delete" for each in kinds)
        return {"use_after_free": {"enabled": False}} if soft and operation.method != "DELETE" else {}

    def _shown(self, text: str) -> str:
        """With what a person can send in place of the names that stand for credentials."""
        secrets = self.bridge.target.secrets()
        for alias, value in self._people.stands_for.items():
            if alias in text:
                text = text.replace(alias, f"${secrets[value]}" if value in secrets else value)
        return text

    def _failures(self, recorder: Any) -> Iterator[Finding]:
        for case_id, nodes in recorder.checks.items():
            for node in nodes:
                if node.status is not Status.FAILURE or node.failure_info is None:
                    continue
                failure = node.failure_info.failure
                shown = recorder.interactions.get(failure.case_id or case_id)
                if shown is not None and self._held(shown):
                    continue
                yield self._finding(recorder, case_id, node.name, failure)

    def _held(self, interaction: Any) -> bool:
        """Whether a guard held the request back, so that nothing can be told of its answer."""
        headers = {name.lower(): value for name, value in interaction.request.headers.items()}
        return any(each in self.bridge.held for each in headers.get(CASE, ()))

    def _finding(self, recorder: Any, case_id: str, name: str, failure: Any) -> Finding:
        failing = failure.case_id or case_id
        operation = self._by_label.get(str(failure.operation)) or self._by_label.get(recorder.label)
        answers = []
        for case in recorder.iter_chain_cases(case_id=failing, related_case_ids=failure.related_case_ids()):
            interaction = recorder.interactions.get(case.id)
            if interaction is not None:
                answers.append(_answer(interaction, self._people.persona, self._shown))
        status = answers[-1].status if answers else 0
        pointer = "" if operation is None else _pointer(operation, name, status)
        # Before anything is cut: half of a secret would not be known any more.
        told = " ".join(Scrubber(self.bridge.target.secrets()).text(failure.message).split())
        message = f"{failure.title}: {told}" if told else failure.title
        return Finding(
            check=f"generated.{name.replace('_', '-')}",
            operation="" if operation is None else operation.id,
            message=message[:400],
            pointer=pointer,
            known="documented" if operation is None else operation.evidence.known,
            answers=tuple(answers[-6:]),
        )


class Ungenerated(RuntimeError):
    """Schemathesis could not do its work; the message says why."""


def _answer(interaction: Any, persona: str, shown: Callable[[str], str]) -> Answer:
    request, response = interaction.request, interaction.response
    target = "/" + request.uri.partition("://")[2].partition("/")[2]
    headers = {
        name: shown(value[0])
        for name, value in request.headers.items()
        if name.lower() not in ("x-schemathesis-testcaseid", "user-agent", "content-length", "connection")
    }
    sent = Sent(headers, request.body or b"")
    if response is None:
        return Answer(request.method, target, 0, {}, b"", persona, sent)
    fields = {name.lower(): value[0] for name, value in response.headers.items()}
    return Answer(
        request.method, target, response.status_code, fields, response.content or b"", persona, sent
    )


def _pointer(operation: Operation, check: str, status: int) -> str:
    if check in ("response_schema_conformance", "content_type_conformance", "response_headers_conformance"):
        response = operation.responses.get(str(status)) or operation.responses.get("default")
        return operation.pointer + "/responses" if response is None else response.pointer
    if check == "status_code_conformance":
        return operation.pointer + "/responses"
    return operation.pointer + "/security" if check == "ignored_auth" else operation.pointer


def _renewing(schema: Any, bridge: Bridge) -> None:
    """Let every sequence begin with a world of its own."""
    build: Any = schema.build_state_machine

    def renewing(**options: Any) -> Any:
        machine: Any = build(**options)

        def begin(self: Any) -> None:
            machine.__init__(self)
            bridge.target.renew()

        return type("Renewing", (machine,), {"__init__": begin})

    schema.build_state_machine = renewing
