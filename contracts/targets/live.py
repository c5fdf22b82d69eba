"""The door to a server at an address: behind a guard, with a ledger of what is created there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from contracts.answer import NOTHING, Answer
from contracts.routing import Routing
from contracts.scrub import Scrubber
from contracts.targets.credentials import Named, variable
from contracts.targets.guard import Barred, Guard
from contracts.targets.ledger import Entry, Ledger
from contracts.targets.listing import is_whole, list_of
from contracts.targets.permission import Permission, Writes, scalars
from contracts.targets.target import NOT_SENT, SAFE, Persona, Spent
from contracts.targets.wire import Wire
from contracts.undoing import creates, undo_of
from mockserver.engine.credentials import credentials
from mockserver.engine.settings import Settings
from mockserver.openapi.contract import Contract, Operation

# What a removal costs: the removal, and a look whether it is gone.
CLEANUP = 2
SILENT = 5
# How often a clean-up asks again where a quota is used up, and how many seconds it waits where none are told.
PATIENCE = 3
PAUSE = 60.0
SECRET_NAMES = ("token", "secret", "password", "apikey", "api_key")


class LiveTarget:
    """A server at an address.

    `mode` is "off" (only what is safe leaves), "own" (what can be taken away again is created, and only that
    is changed) or "all"; see `Permission`. Where answers do not come five times in a row, the run is over:
    `Spent`.
    """

    def __init__(
        self,
        contract: Contract,
        settings: Settings,
        address: str,
        guard: Guard,
        personas: tuple[Named, ...],
        tokens: Mapping[str, str],
        ledger: Ledger,
        *,
        mode: Writes = "off",
    ) -> None:
        self.contract = contract
        self.guard = guard
        self.ledger = ledger
        self.writes = mode != "off"
        self.personas: Sequence[Persona] = personas
        self.scrubber = Scrubber()
        self.held: Counter[str] = Counter()
        self._address = address
        self._settings = settings
        self._tokens = dict(tokens)
        self._secrets: dict[str, str] = {}
        self._learn(
            {part: variable(settings, name) for name, token in tokens.items() for part in self._parts(token)}
        )
        self._wire = Wire(address, guard)
        self._why = ""
        self._routing = Routing(contract)
        self._skew = timedelta()
        self._permission = Permission(contract, ledger, mode, dict(settings.rows))
        self._silent = 0
        ledger.scrub = self.scrubber.text

    @property
    def name(self) -> str:
        """The address."""
        return self._address

    def now(self) -> datetime | None:
        """This machine's time, put right by what the answers' Date says."""
        return datetime.now(UTC) + self._skew

    def credentials(
        self, operation: Operation, target: str, persona: Persona | None, token: str | None
    ) -> tuple[Mapping[str, str], str]:
        """As the document's security schemes say; see `Target`."""
        if token is None:
            if persona is None:
                return {}, target
            token = self._tokens[persona.name]
        kind = "" if persona is None else persona.kind
        carried = credentials(self.contract, token, operation, kind=kind, pairs=self._settings.pairs)
        return carried.headers, carried.on(target)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        """Ask, if that may be asked; status 0 where it may not, or nothing came back. Raises Spent."""
        method = method.upper()
        if method in SAFE:
            return self._kept(self._out(method, target, headers, body, persona))
        operation, values = self._routing.place(method, target)
        if why := self._permission.refuses(operation, values, target):
            self.held[why] += 1
            return Answer(method, target, 0, {}, NOT_SENT + why.encode(), persona)
        if operation is not None and creates(operation):
            return self._kept(self._create(operation, values, method, target, headers, body, persona))
        answer = self._out(method, target, headers, body, persona)
        if operation is not None and answer.good:
            entry = self.ledger.undone_by(operation.id, target)
            if entry is not None:
                self.ledger.taken(entry)
        return self._kept(answer)

    def wait(self, seconds: float) -> bool:
        """Let real time pass, bounded."""
        return self.guard.wait(seconds)

    def fresh(self, operation: Operation, persona: Persona | None) -> str | None:  # noqa: ARG002
        """There is nobody to issue one."""
        return None

    def renew(self) -> bool:
        """The world is what it is."""
        return False

    def secrets(self) -> Mapping[str, str]:
        """The tokens, and what answers called tokens and secrets."""
        return self._secrets

    def close(self) -> None:
        """Let go of the connections and the ledger."""
        self._wire.close()
        self.ledger.close()

    # Sending

    def _out(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        persona: str,
        *,
        keep: int = 0,
        reserved: bool = False,
    ) -> Answer:
        if self._why and not reserved:
            raise Spent(self._why)
        try:
            answer = self._wire.send(method, target, headers, body, persona, keep=keep, reserved=reserved)
        except Barred as barred:
            self.held[str(barred)] += 1
            return Answer(method, target, 0, {}, NOT_SENT + str(barred).encode(), persona)
        self._silent = self._silent + 1 if answer.status == 0 else 0
        if self._silent >= SILENT:
            self._why = f"{self._address}: {answer.body.decode()}, {SILENT} times in a row"
        return answer

    def clean(self, entry: Entry, method: str, target: str, body: bytes, operation: str) -> Answer:
        """One request of a clean-up: as whoever made it; where that one may not, as whoever may do most."""
        answer = Answer(method, target, 0, {}, b"nobody is left to ask as")
        for who in [*self._able(entry.persona)][:2]:
            answer = self._clean_as(who, entry, method, target, body, self.contract.operation(operation))
            if answer.status not in (401, 403):
                break
        return answer

    def _clean_as(
        self, who: Persona, entry: Entry, method: str, target: str, body: bytes, wanted: Operation
    ) -> Answer:
        fields = {
            name: value
            for name, value in entry.headers.items()
            if name not in ("content-type", "authorization", "cookie", "accept")
        }
        for parameter in wanted.parameters:
            if parameter.place == "header" and parameter.required and parameter.examples:
                fields[parameter.name.lower()] = str(parameter.examples[0])
        carried, target = self.credentials(wanted, target, who, None)
        fields.update({name.lower(): value for name, value in carried.items()})
        if body:
            fields["content-type"] = "application/json"
        for _ in range(PATIENCE):
            answer = self._kept(self._out(method, target, fields, body, who.name, reserved=True))
            told = answer.headers.get("retry-after", "")
            if answer.status != 429 or not self.wait(float(told) if told.isdigit() else PAUSE):
                break
        return answer

    def _able(self, first: str) -> Iterator[Persona]:
        live = [each for each in self.personas if not each.expired and not each.revoked]
        widest = sorted(live, key=lambda each: -len(each.scopes or ()))
        yield from (each for each in widest if each.name == first)
        yield from (each for each in widest if each.name != first)

    def _create(
        self,
        operation: Operation,
        values: tuple[str, ...],
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        persona: str,
    ) -> Answer:
        self._look_before(operation, target, headers, persona)
        kept = {name.lower(): value for name, value in headers.items() if not self._is_secret(value)}
        # The ledger has to be there before the bytes leave, and the guard has to let them out before that.
        entry = self.ledger.intend(
            {
                "operation": operation.id,
                "method": method,
                "target": target,
                "persona": persona,
                "body": body.decode("utf-8", "replace"),
                "headers": kept,
            }
        )
        try:
            answer = self._out(method, target, headers, body, persona, keep=CLEANUP)
        except Spent as spent:
            # Whatever ends a run is raised before anything leaves.
            self.ledger.nothing_made(entry, str(spent))
            raise
        if answer.good:
            names = [each.name for each in operation.parameters if each.place == "path"]
            names.sort(key=lambda name: operation.address.find(f"{{{name}}}"))
            path = dict(zip(names, values, strict=False))
            undo = undo_of(self.contract, operation, path, answer)
            if undo is not None and self.ledger.undone_by(undo.operation, undo.target) is not None:
                self.ledger.nothing_made(entry, "the same row again")
                self.guard.release(CLEANUP)
                return answer
            if undo is not None and self._permission.is_known(undo.names[0]):
                undo = None  # it was there before: what answers with it did not create it
            self.ledger.made(entry, undo, answer.status)
            if undo is None:
                self.guard.release(CLEANUP)
        elif answer.refused or answer.body.startswith(NOT_SENT):
            self.ledger.nothing_made(entry, f"{answer.status}")
            self.guard.release(CLEANUP)
        return answer

    def _look_before(
        self, operation: Operation, target: str, headers: Mapping[str, str], persona: str
    ) -> None:
        """What a list of that kind has before anything is made: where an answer is lost, that tells."""
        found = list_of(self.contract, operation, target)
        if found is None or found[1] in self.ledger.before or not self._valid(headers):
            return
        lists, asked = found
        fields = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        answer = self._kept(self._out("GET", asked, fields, b"", persona))
        if answer.good and is_whole(self.contract, lists, answer):
            self.ledger.there_before(asked, sorted(scalars(answer.value)))

    def _valid(self, headers: Mapping[str, str]) -> bool:
        """Whether a request has credentials that ought to be let in."""
        live = {each.name for each in self.personas if not each.expired and not each.revoked}
        tokens = [part for name in live for part in self._parts(self._tokens[name])]
        return any(part in value for value in headers.values() for part in tokens)

    def _parts(self, token: str) -> list[str]:
        """A token, and the parts of one that travels in several headers."""
        return [token, *(each for each in token.split(":") if self._settings.pairs and len(each) >= 12)]

    def _is_secret(self, value: str) -> bool:
        return self.scrubber.text(value) != value

    # What is learnt

    def _kept(self, answer: Answer) -> Answer:
        if told := answer.headers.get("date"):
            try:
                skew = parsedate_to_datetime(told) - datetime.now(UTC)
            except (ValueError, TypeError):
                skew = self._skew
            self._skew = skew if abs(skew) > timedelta(seconds=5) else timedelta()
        value = answer.value if answer.body[:1] in (b"{", b"[") else NOTHING
        if value is not NOTHING:
            self._permission.learn(value)
            self._learn(dict(_secrets(value, self.contract.slug)))
        return answer

    def _learn(self, secrets: Mapping[str, str]) -> None:
        new = {value: name for value, name in secrets.items() if value not in self._secrets}
        if new:
            self._secrets.update({value: _variable(name) for value, name in new.items()})
            self.scrubber.learn(self._secrets)


def _secrets(value: Any, slug: str) -> Iterator[tuple[str, str]]:
    """Members of an answer that call themselves tokens or secrets."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack.extend(each)
        elif isinstance(each, Mapping):
            for name, inner in each.items():
                named = any(word in str(name).lower().replace("-", "_") for word in SECRET_NAMES)
                if named and isinstance(inner, str) and len(inner) >= 12 and " " not in inner:
                    yield inner, f"{slug}_{name}"
                elif isinstance(inner, Mapping | list):
                    stack.append(inner)


def _variable(name: str) -> str:
    return "".join(each if each.isalnum() else "_" for each in name).upper()
