"""The door to a server at an address: behind a guard, with a ledger of what is created there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from contracts.answer import NOTHING, Answer
from contracts.routing import Routing
from contracts.scrub import Scrubber
from contracts.targets.credentials import Named
from contracts.targets.guard import Barred, Guard
from contracts.targets.ledger import Entry, Ledger
from contracts.targets.target import SAFE, Persona, Spent
from contracts.targets.wire import Wire
from contracts.undoing import creates, undo_of, undoable
from mockserver.engine.credentials import credentials
from mockserver.engine.settings import Settings
from mockserver.openapi.contract import Contract, Operation

Writes = Literal["off", "own", "all"]
# What a removal costs: the removal, and a look whether it is gone.
CLEANUP = 2
SILENT = 5
# Integers from here on are taken to name nothing, unless an answer had them.
FAR = 100_000_000
SECRET_NAMES = ("token", "secret", "password", "apikey", "api_key")


class LiveTarget:
    """A server at an address.

    `mode` is "off" (only what is safe leaves), "own" (what can be taken away again is created, and only that
    is changed) or "all". Where answers do not come five times in a row, the run is over: `Spent`.
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
        self.mode: Writes = mode
        self.writes = mode != "off"
        self.personas: Sequence[Persona] = personas
        self.scrubber = Scrubber()
        self.held: Counter[str] = Counter()
        self.ended: BaseException | None = None
        self._address = address
        self._settings = settings
        self._tokens = dict(tokens)
        self._secrets: dict[str, str] = {}
        self._learn(
            {
                part: f"{contract.slug}_token_{name}"
                for name, token in tokens.items()
                for part in self._parts(token)
            }
        )
        self._wire = Wire(address, guard)
        self._routing = Routing(contract)
        self._skew = timedelta()
        self._seen: set[str] = set()
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
        if why := self._held_back(operation, values, headers):
            self.held[why] += 1
            return Answer(method, target, 0, {}, f"not sent: {why}".encode(), persona)
        if operation is None or not creates(operation):
            answer = self._out(method, target, headers, body, persona)
            entry = self.ledger.named(values)
            undo = None if entry is None else entry.undo
            mine = undo is not None and operation is not None and operation.id == undo.operation
            if entry is not None and mine and answer.good:
                self.ledger.taken(entry)
            return self._kept(answer)
        return self._kept(self._create(operation, values, method, target, headers, body, persona))

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
        try:
            answer = self._wire.send(method, target, headers, body, persona, keep=keep, reserved=reserved)
        except Barred as barred:
            self.held[str(barred)] += 1
            return Answer(method, target, 0, {}, f"not sent: {barred}".encode(), persona)
        except Spent as spent:
            self.ended = spent
            raise
        self._silent = self._silent + 1 if answer.status == 0 else 0
        if self._silent >= SILENT:
            told = f"{self._address}: {answer.body.decode()}, {SILENT} times in a row"
            self.ended = Spent(told)
            raise self.ended
        return answer

    def clean(self, entry: Entry, method: str, target: str, body: bytes, operation: str) -> Answer:
        """One request of a clean-up: as whoever made it, else whoever may do most."""
        wanted = self.contract.operation(operation)
        who = next((each for each in self._able(entry.persona)), None)
        fields = dict(entry.headers)
        fields.pop("content-type", None)
        for parameter in wanted.parameters:
            if parameter.place == "header" and parameter.required and parameter.examples:
                fields[parameter.name.lower()] = str(parameter.examples[0])
        carried, target = self.credentials(wanted, target, who, None)
        fields.update({name.lower(): value for name, value in carried.items()})
        if body:
            fields["content-type"] = "application/json"
        name = "" if who is None else who.name
        return self._kept(self._out(method, target, fields, body, name, reserved=True))

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
        self._look_before(operation, headers, persona)
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
            if self._silent == 0:
                self.ledger.nothing_made(entry, str(spent))
            raise
        if answer.good:
            names = [each.name for each in operation.parameters if each.place == "path"]
            path = dict(zip(names, values, strict=False))
            undo = undo_of(self.contract, operation, path, answer)
            self.ledger.made(entry, undo, answer.status)
            if undo is None:
                self.guard.release(CLEANUP)
        elif answer.refused or (answer.status == 0 and answer.body.startswith(b"not sent")):
            self.ledger.nothing_made(entry, f"{answer.status}")
            self.guard.release(CLEANUP)
        return answer

    def _look_before(self, operation: Operation, headers: Mapping[str, str], persona: str) -> None:
        """What a list of that kind has before anything is made: where an answer is lost, that tells."""
        lists = list_of(self.contract, operation)
        if lists is None or lists.id in self.ledger.before or not self._valid(headers):
            return
        answer = self._out("GET", lists.address, headers, b"", persona)
        if answer.good:
            self.ledger.there_before(lists.id, sorted(scalars(answer.value)))

    # What may be asked

    def _held_back(
        self, operation: Operation | None, values: tuple[str, ...], headers: Mapping[str, str]
    ) -> str:
        """Why a request that may change something is not sent; "" when it may be."""
        if self.mode == "off":
            return "writes are off"
        if self.mode == "all" or not self._valid(headers):
            return ""
        if operation is None:
            return "it is not in the document, and could change anything"
        if creates(operation):
            return (
                "" if undoable(self.contract, operation) else f"nothing takes away what {operation.id} makes"
            )
        if not values:
            return f"{operation.id} changes the account itself"
        if self.ledger.named(values) is not None or any(self._mine(each) for each in values):
            return ""
        if any(each in self._seen or (each.isdigit() and int(each) < FAR) for each in values):
            return f"{operation.id} would change what this run did not make"
        return ""

    def _mine(self, value: str) -> bool:
        entries = self.ledger.entries.values()
        return any(each.undo is not None and value in each.undo.names for each in entries)

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
            self._seen |= scalars(value)
            self._learn(dict(_secrets(value, self.contract.slug)))
        return answer

    def _learn(self, secrets: Mapping[str, str]) -> None:
        new = {value: name for value, name in secrets.items() if value not in self._secrets}
        if new:
            self._secrets.update({value: _variable(name) for value, name in new.items()})
            self.scrubber.learn(self._secrets)


def list_of(contract: Contract, operation: Operation) -> Operation | None:
    """The list, at a path without variables, of what an operation makes."""
    kind = operation.facts.get("resource", {}).get("kind")
    for each in contract.operations:
        use = each.facts.get("resource", {})
        if kind and use.get("kind") == kind and use.get("action") == "list" and "{" not in each.path:
            return each
    return None


def scalars(value: Any) -> set[str]:
    """Every text and whole number in a JSON value, as it would stand in a path."""
    found: set[str] = set()
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
        elif isinstance(each, str) and 0 < len(each) <= 100:
            found.add(each)
        elif isinstance(each, int) and not isinstance(each, bool):
            found.add(str(each))
    return found


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
