"""A provider ready to serve: contract, settings and behaviours, bound together; holds no world's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

from mockserver.engine.binding import Binder
from mockserver.engine.deliveries import Deliveries, Post
from mockserver.engine.exchange import Behaviour, Exchange, Reply
from mockserver.engine.paging import Pager
from mockserver.engine.pipeline import answer, behave
from mockserver.engine.plan import Plan
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import Project
from mockserver.engine.resources import Resource
from mockserver.engine.settings import Settings, contract_scopes
from mockserver.engine.shapes import ListShape, RowShape
from mockserver.engine.versions import build_versions
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.parameters import compile_parameters
from mockserver.openapi.table import Table
from mockserver.world.ids import parse_shape
from mockserver.world.store import Index
from mockserver.world.world import World


class Faults(Protocol):
    """Declared lies, before and after an exchange; asked only when there may be any."""

    def before(self, exchange: Exchange, /) -> Reply | None:
        """A reply in the operation's place, or None."""

    def after(self, exchange: Exchange, reply: Reply, /) -> Reply:
        """The reply, spoilt or as it was."""


class NoFaults:
    """For a service that is used without faults."""

    def before(self, _: Exchange, /) -> Reply | None:
        """Never answers."""

    def after(self, _: Exchange, reply: Reply, /) -> Reply:
        """Leaves the reply alone."""
        return reply


# Routes remembered at most; looking one up is a sixth of finding it.
ROUTES = 4096
# "%" as a number: to look for `b"%"` Python 3.11 first raises an error and drops it, in a quarter of a
# microsecond.
PERCENT: Final = 0x25

Populate = Callable[["Service", World, str], None]
Settle = Callable[["Service", World], None]


def populate_nothing(service: Service, world: World, data: str) -> None:
    """A provider without data sets of its own has the static rows only."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider's package gives: functions by name, indexes of its own, and its data sets.

    `settle` brings a world's rows up to its clock (a call that was pending is now completed); it runs
    before rows are shown from outside and whenever the clock is moved. `authorize` is asked at the end of
    step 5 by operations with x-role or x-permission, and raises a Refusal for a caller who may not.
    `deliveries` says of webhooks what their document cannot.
    """

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    indexes: Mapping[str, Sequence[Index]] = field(default_factory=dict)
    populate: Populate = populate_nothing
    settle: Settle | None = None
    authorize: Callable[[Exchange], None] | None = None
    data_sets: tuple[str, ...] = ("empty", "busy-week")
    deliveries: Deliveries = field(default_factory=Deliveries)


class Service:
    """One provider, compiled for the engine. Any number of worlds may be answered from it."""

    def __init__(
        self,
        contract: Contract,
        settings: Settings,
        provider: Provider | None = None,
        *,
        faults: Faults | None = None,
        limited: bool = True,
        strict: bool = False,
        date: str = "",
        editions: Mapping[str, Service] | None = None,
    ) -> None:
        self.contract = contract
        self.settings = settings
        self.provider = provider or Provider()
        self.faults: Faults = faults or NoFaults()
        self.limited = limited
        # Dated versions (x-versions): what this one is, "" for the newest, and the others.
        self.strict = strict
        self.date = date
        self.editions: Mapping[str, Service] = editions or {}
        self.operations: Mapping[str, Operation] = {each.id: each for each in contract.operations}
        self.slug = contract.slug
        self.token_kind = f"{contract.slug}/token"
        self.base_path = contract.base_path
        self.post = Post(contract, prepared=settings.prepared, given=self.provider.deliveries)
        # By prefix of a scope, the prefix of the one that it holds too (x-access).
        access = contract.facts.get("access", {})
        self._wider: Sequence[tuple[str, str]] = tuple(access.get("scopes", {}).items())
        asks = self.provider.authorize is not None
        self._binder = Binder(contract, settings, self.provider.behaviours, asks=asks)
        self.resources: Mapping[str, Resource] = MappingProxyType(self._binder.resources)
        self._plans: dict[str, Plan] = {}
        # Where requests went lately: lists and creations always go to the same few places.
        self._routes: dict[tuple[str, str], tuple[Plan, Sequence[str]]] = {}
        self._own_rules: dict[str, str | None] = {}
        self._row_shapes: dict[tuple[str, int, Project | None], RowShape] = {}
        self._list_shapes: dict[tuple[str, Project | None], ListShape] = {}
        self._pagers: dict[str, Pager] = {}
        self._unknown_path = self._nowhere("unknown-path", 404)
        self._wrong_verbs: dict[str, Plan] = {}
        shapes = settings.ids
        self._shapes = {name: parse_shape(shape) for name, shape in shapes.items()}
        self._plain_shape = parse_shape("{uuid}")
        self._minted_shape = parse_shape(settings.minted_shape)
        self._minted_shapes = {kind: parse_shape(shape) for kind, shape in settings.minted_shapes.items()}

    # Requests

    def answer(
        self,
        world: World,
        method: str,
        path: str,
        raw_path: bytes,
        query: bytes,
        header_list: Sequence[tuple[bytes, bytes]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> Exchange:
        """Answer one request of that world; the exchange that comes back has its reply.

        `path` has neither world nor provider prefix; `raw_path` is the same, still percent-encoded.
        `headers` are those of `header_list` by name; a `body` that was too large to read is `OVERSIZED`.
        """
        plan, values = self.route(method, path, raw_path)
        if plan.versions is None:
            exchange = Exchange(self, world, plan, method, path, values, query, header_list, headers, body)
        else:
            dated = plan.versions.choose(headers)
            service, plan = dated.service, dated.plan
            exchange = Exchange(service, world, plan, method, path, values, query, header_list, headers, body)
            if dated.note:
                exchange.warn(dated.note)
        answer(exchange)
        return exchange

    def route(self, method: str, path: str, raw_path: bytes) -> tuple[Plan, Sequence[str]]:
        """The plan for a method and path, and the path's values; unknown ones have plans that refuse."""
        known = self._routes.get((method, path))
        if known is not None and PERCENT not in raw_path:
            return known
        route = self._route(method, path, raw_path)
        if route[0].operation is not None and PERCENT not in raw_path:
            if len(self._routes) >= ROUTES:
                self._routes.clear()
            self._routes[method, path] = route
        return route

    def _route(self, method: str, path: str, raw_path: bytes) -> tuple[Plan, Sequence[str]]:
        contract, base = self.contract, self.base_path
        found = None
        if not base or path[: len(base) + 1] == base + "/":
            found = _find(contract.table, path, raw_path, len(base))
        if found is None:
            for base, table in contract.elsewhere.items():
                if path[: len(base) + 1] == base + "/":
                    found = _find(table, path, raw_path, len(base))
                    if found is not None:
                        break
            else:
                return self._unknown_path, ()
        methods, values = found
        operation = methods.get(method)
        if operation is None:
            return self._wrong_verb(methods), ()
        plan = self._plans.get(operation.id)
        return (plan or self.plan(operation)), values

    def plan(self, operation: Operation) -> Plan:
        """The plan of an operation, made when it is first asked for."""
        plan = self._plans.get(operation.id)
        if plan is None:
            plan = self._binder.plan(operation)
            if not self.date and "version" in operation.facts and "versions" in self.contract.facts:
                plan.versions = build_versions(
                    self, plan, operation, self.editions, self._other_version, strict=self.strict
                )
            self._plans[operation.id] = plan
        return plan

    def held(self, scopes: Iterable[str]) -> frozenset[str]:
        """The scopes that a token has which was given these: they, and those that they hold."""
        found = set(scopes)
        for prefix, other in self._wider:
            found |= {other + each[len(prefix) :] for each in found if each.startswith(prefix)}
        return frozenset(found)

    def own_rule(self, pointer: str) -> str | None:
        """The x-refusal of the property whose keyword stands at that pointer; None where it has none."""
        try:
            return self._own_rules[pointer]
        except KeyError:
            pass
        try:
            schema = self.contract.schemas.at(pointer.rpartition("/")[0])
        except LookupError:
            schema = {}
        rule = schema.get("x-refusal") if isinstance(schema, dict) else None
        self._own_rules[pointer] = rule
        return rule

    def row_shape(self, plan: Plan, status: int, project: Project | None = None) -> RowShape:
        """How a reply of that operation holds a row, as `project` shows it.

        LookupError where no x-resource says so.
        """
        shape = self._row_shapes.get((plan.id, status, project))
        if shape is None:
            assert plan.operation is not None
            shape = self._binder.row_shape(plan.operation, status, project)
            if shape is None:
                raise LookupError(f"{plan.id} has no x-resource that says how its {status} holds a row")
            self._row_shapes[plan.id, status, project] = shape
        return shape

    def list_shape(
        self, plan: Plan, kind: str, wrap: Any, info: Any, project: Project | None = None
    ) -> ListShape:
        """How a 200 of that operation holds rows of a kind; `wrap` and `info` are as in x-resource.

        What stands there when it is first asked for stays. LookupError where no 200 is declared.
        """
        shape = self._list_shapes.get((plan.id, project))
        if shape is None:
            assert plan.operation is not None
            shape = self._binder.list_shape(plan.operation, kind, wrap, info, project)
            if shape is None:
                raise LookupError(f"{plan.id} declares no 200 that could hold rows")
            self._list_shapes[plan.id, project] = shape
        return shape

    def pager(self, style: str) -> Pager:
        """The declared way of paging of that name (x-paging of the document)."""
        pager = self._pagers.get(style)
        if pager is None:
            pager = self._pagers[style] = Pager(self.contract.facts["paging"][style])
        return pager

    def _wrong_verb(self, methods: Mapping[str, Operation]) -> Plan:
        allow = ", ".join(sorted(methods))
        plan = self._wrong_verbs.get(allow)
        if plan is None:
            plan = self._wrong_verbs[allow] = self._nowhere(
                "method-not-allowed", 405, [(b"allow", allow.encode())]
            )
        return plan

    def _other_version(self, operation: Operation) -> Plan:
        """What answers where the operation is not in the version that was asked for."""
        return self._nowhere("unknown-version", 404, id=operation.id)

    def _nowhere(
        self, rule: str, status: int, headers: Iterable[tuple[bytes, bytes]] = (), id: str = ""
    ) -> Plan:
        headers = tuple(headers)

        def turn_away(exchange: Exchange) -> Reply:
            raise Refusal(
                status, rule, headers=headers, path=exchange.path, method=exchange.method, pointer="/paths"
            )

        return Plan(
            id=id,
            pointer="",
            operation=None,
            stages=(behave,),
            behaviour=turn_away,
            parameters=compile_parameters(()),
            statuses=self.settings.statuses,
        )

    # Worlds

    def define(self, world: World) -> None:
        """Declare this provider's kinds in a world, and lay down its tokens, static rows and data set."""
        store = world.store
        store.define(self.token_kind)
        extra = self.provider.indexes
        for resource in self.resources.values():
            indexes = {index.name: index for index in self.indexes(resource.name)}
            indexes.update({index.name: index for index in extra.get(resource.name, ())})
            store.define(resource.kind, list(indexes.values()))
        for name, indexes_of in extra.items():
            if name not in self.resources:
                store.define(f"{self.slug}/{name}", list(indexes_of))
        for persona in self.settings.personas:
            store.insert(
                self.token_kind,
                persona.token,
                token_row(
                    persona=persona.name,
                    account=persona.account,
                    user=persona.user,
                    scopes=persona.scopes,
                    plan=persona.plan,
                    revoked=persona.revoked,
                    expires=0.0 if persona.expired else None,
                    quota=persona.quota,
                    kind=persona.kind,
                ),
            )
        for name, rows in self.settings.rows.items():
            resource = self.resources[name]
            for row in rows:
                store.insert(resource.kind, row[resource.id_field], dict(row))
        self.provider.populate(self, world, world.data)

    def indexes(self, name: str) -> Sequence[Index]:
        """The indexes that the lists of a resource need, in any version."""
        own = [] if name not in self.resources else self._binder.indexes(self.resources[name])
        return [*own, *(index for edition in self.editions.values() for index in edition.indexes(name))]

    def settle(self, world: World) -> None:
        """Let what has become due by the world's clock happen."""
        if self.provider.settle is not None:
            self.provider.settle(self, world)

    def new_id(self, world: World, kind: str) -> str:
        """The next id of that kind in its declared shape (a UUID where none is declared)."""
        return world.new_id(self._shapes.get(kind, self._plain_shape), f"{self.slug}/{kind}")

    def new_row_id(self, world: World, resource: Resource) -> str | int:
        """The next id of a resource, a number where its schema says so."""
        id = world.new_id(self._shapes.get(resource.name, self._plain_shape), resource.kind)
        if resource.numbered:
            return int(id) if id.isdigit() else world.store.next_ordinal(resource.kind)
        return id

    def kind_with_scopes(self, kind: str) -> str:
        """That kind of tokens where scopes of it count or of none do, else one whose scopes count."""
        schemes = self.contract.security_schemes
        counting = {
            str(schemes.get(name, {}).get("x-token-kind", kind)): None
            for operation in self.contract.operations
            for way in operation.security
            for name, scopes in way
            if scopes
        }
        return kind if kind in counting else next(iter(counting), kind)

    def mint(
        self,
        world: World,
        *,
        scopes: Iterable[str] | None = None,
        plan: str | None = None,
        expires: float | None = None,
        account: str | None = None,
        user: str | None = None,
        quota: int | None = None,
        persona: str = "minted",
        revoked: bool = False,
        kind: str | None = None,
    ) -> str:
        """A new token of that world. What is not said is as the first persona has it; scopes None means all.

        `expires` is in seconds since 1970. With scopes and no kind, its kind is one whose scopes count.
        ValueError for a scope that the provider does not have.
        """
        model = self.settings.personas[0]
        known = contract_scopes(self.contract)
        unknown = sorted(set(scopes or ()) - set(known))
        if unknown:
            raise ValueError(f"{self.slug} has no scope {', '.join(unknown)}; it has {', '.join(known)}")
        if kind is None:
            kind = model.kind if scopes is None else self.kind_with_scopes(model.kind)
        token = world.new_id(self._minted_shapes.get(kind, self._minted_shape), self.token_kind)
        world.store.insert(
            self.token_kind,
            token,
            token_row(
                persona=persona,
                account=account or model.account,
                user=user or model.user,
                scopes=known if scopes is None else scopes,
                plan=plan or model.plan,
                revoked=revoked,
                expires=expires,
                quota=quota,
                kind=kind,
            ),
        )
        return token


def _find(
    table: Table[Operation], path: str, raw_path: bytes, skip: int
) -> tuple[Mapping[str, Operation], Sequence[str]] | None:
    """The methods of a path, so many characters of which are its server's, and the path's values."""
    return table.find_raw(raw_path[skip:]) if b"%" in raw_path else table.find(path[skip:] if skip else path)


def token_row(
    *,
    persona: str,
    account: str,
    user: str,
    scopes: Iterable[str],
    plan: str,
    revoked: bool = False,
    expires: float | None = None,
    quota: int | None = None,
    kind: str = "",
) -> dict[str, Any]:
    """The row that a token is in the store. `expires` is seconds since 1970 on the world's clock."""
    return {
        "persona": persona,
        "account": account,
        "user": user,
        "scopes": sorted(scopes),
        "plan": plan,
        "revoked": revoked,
        "expires": expires,
        "quota": quota,
        "kind": kind,
    }
