"""Facts bound to code, operation by operation: what each one does and needs; knows no world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.engine.acting import build_acting
from mockserver.engine.authenticate import Alternative, Reader, pair_reader, reader_for
from mockserver.engine.declared import reply_in, required_headers
from mockserver.engine.directions import Place, write_only
from mockserver.engine.disputed import build_disputed
from mockserver.engine.exchange import Behaviour, Exchange, Reply
from mockserver.engine.filters import build_filter
from mockserver.engine.lists import Indexes, List, Orders, Sort, Within
from mockserver.engine.paging import Pager
from mockserver.engine.pipeline import ORDER, STAGES
from mockserver.engine.plan import Plan
from mockserver.engine.render import Project
from mockserver.engine.resources import Create, Delete, Parent, Read, Resource, Transition, Update
from mockserver.engine.sample import sample
from mockserver.engine.settings import Settings
from mockserver.engine.shapes import ListShape, RowShape, Views, resolve
from mockserver.engine.template import compile_value, holes
from mockserver.engine.throttle import Quota, build_quota
from mockserver.openapi.contract import Contract, Media, Operation
from mockserver.openapi.parameters import compile_parameters
from mockserver.openapi.positions import escape
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.world.store import Index


class Binder:
    """Makes a plan of each operation from its facts, or its behaviour, or its schema alone."""

    def __init__(
        self,
        contract: Contract,
        settings: Settings,
        behaviours: Mapping[str, Behaviour],
        *,
        asks: bool = False,
    ) -> None:
        self.contract = contract
        self.settings = settings
        self.views = Views(contract)
        self._behaviours = behaviours
        self._asks = asks
        limits = contract.facts.get("rate-limit", {})
        self._default_limit: str | None = limits.get("default")
        self._quotas = {
            name: build_quota(contract.slug, name, fact)
            for name, fact in limits.items()
            if name != "default" and isinstance(fact, Mapping) and "limit" in fact
        }
        self._order = tuple(contract.facts.get("order", ORDER))
        self._acting = build_acting(contract.slug, contract.facts)
        self.resources = {
            name: self._resource(name, fact) for name, fact in contract.facts.get("resources", {}).items()
        }
        self._indexes: dict[str, dict[str, Index]] = {name: {} for name in self.resources}
        self._list_indexes: dict[str, tuple[Orders, Orders]] = {}
        self._check_names()
        for operation in contract.operations:
            if operation.facts.get("resource", {}).get("action") == "list":
                self._list_indexes[operation.id] = self._indexes_of_list(operation)

    def indexes(self, resource: Resource) -> Sequence[Index]:
        """The indexes that the lists of that resource need."""
        return list(self._indexes[resource.name].values())

    # Plans

    def plan(self, operation: Operation) -> Plan:
        """All of an operation that can be known now."""
        source, behaviour = self._bind(operation)
        alternatives = tuple(self._alternatives(operation))
        scopes_by_value = tuple(
            (
                parameter.name,
                {value: frozenset(scopes) for value, scopes in parameter.facts["scopes"].items()},
            )
            for parameter in operation.parameters
            if "scopes" in parameter.facts
        )
        quotas = self._quotas_of(operation)
        body = operation.body
        idle = set()
        if not alternatives:
            idle |= {"authenticate", "authorize", "membership"}
        if not quotas:
            idle.add("throttle")
        disputed = build_disputed(self.contract.data, operation)
        if disputed is None:
            idle.add("disputed")
        token_plan = self._token_plan(operation)
        usual = None
        if body is not None:
            usual = body.media.get("application/json") or next(iter(body.media.values()), None)
        return Plan(
            id=operation.id,
            pointer=operation.pointer,
            operation=operation,
            stages=tuple(STAGES[name] for name in self._stages(operation) if name not in idle),
            behaviour=behaviour,
            kind_of_answer=source,
            alternatives=alternatives,
            needs_plan=operation.facts.get("plan"),
            plans=self._plans_from(operation.facts.get("plan")),
            token_plan=token_plan,
            token_plans=self._plans_from(token_plan),
            acting=None if self._acting is None else self._acting.at(operation.facts.get("acting-user")),
            roles=self._roles_from(operation.facts.get("role", {}).get("least")),
            scopes_by_value=scopes_by_value,
            quotas=quotas,
            parameters=compile_parameters(operation.parameters),
            body=body if usual is not None else None,
            usual_media=usual,
            statuses=self.settings.statuses,
            disputed=disputed,
            envelope=operation.facts.get("envelope"),
        )

    def _stages(self, operation: Operation) -> Iterator[str]:
        """The steps of an operation in their order, those among them that may have nothing to do."""
        for name in self._order:
            yield name
            if name == "authorize" and self._asks and {"role", "permission"} & operation.facts.keys():
                yield "membership"
        yield from ("disputed", "behave")

    def source(self, operation: Operation) -> str:
        """What answers an operation: "behaviour", "resource" or, for want of both, its "schema"."""
        if operation.facts.get("behaviour", operation.id) in self._behaviours:
            return "behaviour"
        return "resource" if "resource" in operation.facts else "schema"

    def _bind(self, operation: Operation) -> tuple[str, Behaviour]:
        source = self.source(operation)
        if source == "behaviour":
            return source, self._behaviours[operation.facts.get("behaviour", operation.id)]
        if source == "resource":
            return source, self._generic(operation, operation.facts["resource"])
        return source, self._from_schema(operation)

    def _alternatives(self, operation: Operation) -> Iterator[Alternative]:
        schemes, kinds = self.contract.security_schemes, set()
        known: dict[tuple[Reader, ...], tuple[Reader, ...]] = {}
        for alternative in operation.security:
            if not alternative:
                continue
            readers = tuple(self._readers([name for name, _ in alternative]))
            # The same ones are one object, for `authenticate` to see that they are.
            readers = known.setdefault(readers, readers)
            scopes = frozenset(scope for _, needed in alternative for scope in needed)
            told = (schemes.get(name, {}).get("x-token-kind") for name, _ in alternative)
            kind = next((kind for kind in told if kind is not None), None)
            kinds.add(kind)
            yield Alternative(readers, scopes, kind)
        if () in operation.security:
            # Whoever shows a token of a kind that is not let in is not nobody.
            yield Alternative((), frozenset(), "" if kinds - {None} else None)

    def _readers(self, names: Sequence[str]) -> Iterator[Reader]:
        """How the credentials of these schemes are read, a pair of them (provider.yaml) as one."""
        schemes = self.contract.security_schemes
        readers = {name: reader_for(schemes.get(name, {})) for name in names}
        for first, second in self.settings.pairs:
            name, secret = readers.get(first), readers.get(second)
            if name is not None and secret is not None:
                readers[first], readers[second] = pair_reader(name, secret), None
        return (reader for reader in readers.values() if reader is not None)

    def _roles_from(self, least: str | None) -> frozenset[str] | None:
        """The roles of x-access from the highest down to that one; None where users have no known role."""
        if least is None or self._acting is None or self._acting.role is None:
            return None
        roles = list(self.contract.facts.get("access", {}).get("roles", ()))
        if least not in roles:
            raise self._broken("/x-access/roles", f"there is no role {least!r} here, and one is asked for")
        return frozenset(roles[: roles.index(least) + 1])

    def _plans_from(self, least: str | None) -> frozenset[str]:
        """That plan, and the higher ones where x-access puts plans in order."""
        if least is None:
            return frozenset()
        plans = list(self.contract.facts.get("access", {}).get("plans", ())) or [least]
        if least not in plans:
            raise self._broken("/x-access/plans", f"there is no plan {least!r} here, and one is asked for")
        return frozenset(plans[plans.index(least) :])

    def _token_plan(self, operation: Operation) -> str | None:
        """The plan whose tokens alone count, where the first scheme that says so does."""
        schemes = self.contract.security_schemes
        names = (name for alternative in operation.security for name, _ in alternative)
        return next((schemes[name]["x-plan"] for name in names if "x-plan" in schemes.get(name, {})), None)

    def _quotas_of(self, operation: Operation) -> Sequence[Quota]:
        named = operation.facts.get("rate-limit", self._default_limit)
        names = [named] if isinstance(named, str) else list(named or ())
        return tuple(self._quotas[name] for name in names if name in self._quotas)

    # Generic behaviours

    def _generic(self, operation: Operation, fact: Mapping[str, Any]) -> Behaviour:
        resource = self.resources[fact["kind"]]
        action = fact["action"]
        parent = self._parent(fact)
        plan = Plan(operation.id, operation.pointer, operation, (), _unanswered)
        status = plan.success()
        media = plan.media(status)
        if action == "list":
            return self._list(operation, fact, resource, parent, media)
        path_names = [p.name for p in operation.parameters if p.place == "path"]
        param = fact.get("id") or (path_names[-1] if path_names else "")
        shape, body = self._row_shape(fact, resource, media)
        if action == "delete":
            return Delete(resource, shape, param, status, body, parent)
        if action == "transition":
            refuse = fact.get("refuse", {})
            return Transition(
                resource,
                shape,
                param,
                status,
                body,
                fact.get("from", {}),
                compile_value(fact.get("set", {})),
                refuse.get("status", 409),
                refuse.get("rule", "conflict"),
                fact.get("idempotent", False),
                operation.pointer + "/x-resource",
                parent,
            )
        if shape is None:
            raise self._broken(f"{operation.pointer}/x-resource", f"{action} answers a row: wrap needs $row")
        if action == "create":
            fields, hidden = self._fields(operation), self._hidden(operation, fact)
            return Create(resource, shape, status, fields, *self._unsaid(resource), parent, hidden)
        if action == "update":
            fields, hidden = self._fields(operation), self._hidden(operation, fact)
            return Update(resource, shape, param, status, fields, parent, hidden)
        return Read(resource, shape, param, status, parent)

    def _fields(self, operation: Operation) -> frozenset[str] | None:
        """The fields that a request body declares; None where its schema does not list them plainly."""
        if operation.body is None:
            return None
        media = operation.body.media.get("application/json") or next(iter(operation.body.media.values()))
        schema = resolve(self.contract.data, media.pointer)[1]
        if "properties" not in schema or {"allOf", "anyOf", "oneOf", "patternProperties"} & schema.keys():
            return None
        return frozenset(name for name in schema["properties"] if name[:1] != "_")

    def _hidden(self, operation: Operation, fact: Mapping[str, Any]) -> Sequence[Place]:
        """The members that only requests hold: of one's password a row tells nothing."""
        left = tuple((name,) for name in fact.get("leave", ()))
        if operation.body is None:
            return left
        media = operation.body.media.get("application/json") or next(iter(operation.body.media.values()))
        return (*left, *write_only(self.contract.data, media.pointer))

    def _unsaid(self, resource: Resource) -> tuple[Mapping[str, Any], Sequence[str]]:
        """What a new row gets without being told: its schema's defaults, and names still to be completed."""
        schema = resolve(self.contract.data, resource.schema)[1]
        properties = {
            name: resolve(self.contract.data, f"{resource.schema}/properties/{name}")[1]
            for name in schema.get("properties", {})
        }
        defaults = {name: inner["default"] for name, inner in properties.items() if "default" in inner}
        completed = [
            name
            for name in schema.get("required", ())
            if name in properties and name not in defaults and not properties[name].get("x-now")
        ]
        return defaults, completed

    def _row_shape(
        self,
        fact: Mapping[str, Any],
        resource: Resource,
        media: Media | None,
        project: Project | None = None,
    ) -> tuple[RowShape | None, bytes]:
        """The shape of a reply with the row in it, or the fixed body of one without."""
        if media is None:
            return None, b""
        wrap = fact.get("wrap", "$row")
        if "row" not in set(holes(wrap)):
            return None, orjson.dumps(wrap)
        kind, schema = resource.kind, resource.schema
        return RowShape(self.contract, self.views, kind, schema, media, wrap, project), b""

    def row_shape(self, operation: Operation, status: int, project: Project | None = None) -> RowShape | None:
        """For behaviours: the shape in which an operation's reply holds a row of its x-resource kind."""
        fact = operation.facts.get("resource")
        media = Plan(operation.id, operation.pointer, operation, (), _unanswered).media(status)
        if fact is None or media is None:
            return None
        return self._row_shape(fact, self.resources[fact["kind"]], media, project)[0]

    def list_shape(
        self, operation: Operation, kind: str, wrap: Any, info: Any, project: Project | None
    ) -> ListShape | None:
        """For behaviours: the shape in which an operation's 200 holds rows, as `project` shows them."""
        media = Plan(operation.id, operation.pointer, operation, (), _unanswered).media(200)
        if media is None:
            return None
        return ListShape(self.contract, self.views, kind, media.pointer, media, wrap, info, project)

    def _parent(self, fact: Mapping[str, Any]) -> Parent | None:
        parent = fact.get("parent")
        if parent is None:
            return None
        return Parent(self.resources[parent["kind"]], parent["param"], parent["field"])

    def _list(
        self,
        operation: Operation,
        fact: Mapping[str, Any],
        resource: Resource,
        parent: Parent | None,
        media: Media | None,
    ) -> Behaviour:
        if media is None:
            raise self._broken(operation.pointer, "a list needs a declared 2xx body")
        style = operation.facts.get("paging")
        pager = Pager(self.contract.facts["paging"][style] if style else {"style": "none"})
        wrap = fact.get("wrap", "$rows")
        shape = ListShape(
            self.contract, self.views, resource.kind, resource.schema, media, wrap, pager.template
        )
        sort, within = fact.get("sort", {}), fact.get("within")
        own = None
        if within is not None:
            wide = self._roles_from(within.get("unless-role")) or frozenset()
            numbered = self._is_number(resource, within["field"])
            own = Within(within["field"], within.get("unless", {}), wide, numbered)
        return List(
            resource,
            shape,
            pager,
            [
                build_filter(name, filter_fact, resource.instants.__contains__)
                for name, filter_fact in fact.get("filters", {}).items()
            ],
            *self._list_indexes[operation.id],
            own,
            Sort(
                sort.get("param", ""),
                sort["default"] == "desc" if "default" in sort else resource.descending and not sort,
                sort.get("by", {}).get("param", ""),
            ),
            parent,
        )

    def _is_number(self, resource: Resource, field: str) -> bool:
        """Whether a field of a resource, or each of its items, is declared a number."""
        pointer = resource.schema
        for step in field.split("."):
            pointer, schema = resolve(self.contract.data, pointer)
            if schema.get("type") == "array":
                pointer, schema = resolve(self.contract.data, f"{pointer}/items")
            if step not in schema.get("properties", {}):
                return False
            pointer = f"{pointer}/properties/{escape(step)}"
        pointer, schema = resolve(self.contract.data, pointer)
        if schema.get("type") == "array" and "items" in schema:
            schema = resolve(self.contract.data, f"{pointer}/items")[1]
        kinds = schema.get("type", ())
        return bool({"integer", "number"} & {kinds} if isinstance(kinds, str) else {"integer"} & set(kinds))

    def _indexes_of_list(self, operation: Operation) -> tuple[Orders, Orders]:
        """The indexes by the fields that the list is ordered by, and by those that its filters bound."""
        fact = operation.facts["resource"]
        resource = self.resources[fact["kind"]]
        declared = self.contract.facts["resources"][resource.name].get("indexes", [])
        above = [fact["parent"]["field"]] if "parent" in fact else []
        sort = fact.get("sort", {})
        orders = [(sort["field"],) if "field" in sort else resource.order]
        orders += [(field,) for field in sort.get("by", {}).get("fields", ()) if (field,) not in orders]
        every: list[list[str]] = [[], *(index.get("by", []) for index in declared)]
        bounded = {filter.get("field") for filter in fact.get("filters", {}).values()}
        ranges: dict[str, list[list[str]]] = {}
        for index in declared:
            field = index.get("order", [""])[0].removeprefix("-")
            if field in bounded and (field,) not in orders:
                ranges.setdefault(field, [[]]).append(index.get("by", []))

        def indexes(order: tuple[str, ...], each: str | None, wanted: list[list[str]]) -> Indexes:
            found = {}
            for by in wanted:
                index = resource.index([*above, *by], order, each)
                found[frozenset(by)] = self._indexes[resource.name].setdefault(index.name, index)
            return found

        def both(order: tuple[str, ...], wanted: list[list[str]]) -> tuple[Indexes, Indexes]:
            return indexes(order, None, wanted), {} if own is None else indexes(order, own, wanted)

        own = fact.get("within", {}).get("field")
        return (
            {"".join(order[:1]): both(order, every) for order in orders},
            {field: both((field,), wanted) for field, wanted in ranges.items()},
        )

    def _from_schema(self, operation: Operation) -> Behaviour:
        """Answer from the schema alone: the same valid body for the same path, whatever was asked."""
        plan = Plan(operation.id, operation.pointer, operation, (), _unanswered)
        status = plan.success()
        media, response = plan.media(status), plan.response(status)
        contract = self.contract
        headers = [] if response is None else list(required_headers(contract, response, status).items())
        if media is None:
            return lambda _: Reply(status, headers=headers.copy(), content_type=b"")
        bodies: dict[str, Reply] = {}

        def from_schema(exchange: Exchange) -> Reply:
            known = bodies.get(exchange.path)
            if known is None:
                example = next((e for e in media.examples if media.check is None or media.check.ok(e)), None)
                seed = f"{exchange.world.seed} {operation.id} {exchange.path}".encode()
                value = (
                    example
                    if example is not None
                    else sample(media.schema, contract.data, seed=seed, check=media.check)
                )
                known = reply_in(media, value, status)
                if len(bodies) < 256:
                    bodies[exchange.path] = known
            return Reply(status, known.body, headers.copy(), known.content_type, known.value)

        return from_schema

    # Resources

    def _resource(self, name: str, fact: Mapping[str, Any]) -> Resource:
        data = self.contract.data
        pointer, schema = resolve(data, fact["schema"].removeprefix("#"))
        properties: Mapping[str, Any] = schema.get("properties", {})

        def resolved(field: str) -> Mapping[str, Any]:
            return resolve(data, f"{pointer}/properties/{field}")[1]

        def complete(field: str, ordinal: int) -> Any:
            place = f"{pointer}/properties/{field}"
            inner = resolved(field)
            kinds = inner.get("type", ())
            if "null" in kinds and not isinstance(kinds, str):
                return None
            seed = f"{name} {field} {ordinal}".encode()
            return sample({"$ref": f"#{place}"}, data, seed=seed, check=self.contract.schemas.check(place))

        return Resource(
            name=name,
            kind=f"{self.contract.slug}/{name}",
            schema=pointer,
            id_field=fact["id"],
            owner=fact.get("owner"),
            order=tuple(field.removeprefix("-") for field in fact.get("sort", ())),
            descending=bool(fact.get("sort")) and fact["sort"][0].startswith("-"),
            new=compile_value(fact["new"]) if "new" in fact else None,
            touch=compile_value(fact["touch"]) if "touch" in fact else None,
            instants=frozenset(field for field in properties if resolved(field).get("format") == "date-time"),
            numbered=properties.get(fact["id"], {}).get("type") in ("integer", "number"),
            complete=complete,
        )

    # Mistakes in the documents, all at once

    def _check_names(self) -> None:
        """Every fact that names something names something that is there; SpecificationError if not."""
        problems = []
        kinds, styles = self.resources.keys(), self.contract.facts.get("paging", {}).keys()
        wanted = set()
        for operation in self.contract.operations:
            facts = operation.facts
            resource = facts.get("resource", {})
            named = [resource.get("kind"), resource.get("parent", {}).get("kind")]
            problems += [
                (f"{operation.pointer}/x-resource", f"there is no resource {kind!r} in x-resources")
                for kind in named
                if kind is not None and kind not in kinds
            ]
            if facts.get("paging") is not None and facts["paging"] not in styles:
                problems.append(
                    (f"{operation.pointer}/x-paging", f"there is no paging {facts['paging']!r} in x-paging")
                )
            envelope = facts.get("envelope")
            if envelope is not None and self.settings.prepared and not self.settings.knows(envelope):
                problems.append(
                    (f"{operation.pointer}/x-envelope", f"provider.yaml has no refusals called {envelope!r}")
                )
            if "behaviour" in facts:
                wanted.add(facts["behaviour"])
                if self._behaviours and facts["behaviour"] not in self._behaviours:
                    problems.append(
                        (f"{operation.pointer}/x-behaviour", f"no behaviour is called {facts['behaviour']!r}")
                    )
            wanted.add(operation.id)
        problems += [
            ("", f"the behaviour {name!r} belongs to no operation")
            for name in self._behaviours.keys() - wanted
        ]
        problems += [
            ("", f"provider.yaml has rows of {name!r}, which is not in x-resources")
            for name in self.settings.rows.keys() - kinds
        ]
        if problems:
            file = self.contract.file
            raise SpecificationError([Problem(file, 0, pointer, message) for pointer, message in problems])

    def _broken(self, pointer: str, message: str) -> SpecificationError:
        return SpecificationError([Problem(self.contract.file, 0, pointer, message)])


def _unanswered(exchange: Exchange) -> Reply:
    raise LookupError(exchange.plan.id)
