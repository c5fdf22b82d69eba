"""Create, read, update, delete and transitions from x-resource facts alone; knows no provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.engine.directions import Place, without
from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.filters import normal_instant
from mockserver.engine.refusals import Refusal
from mockserver.engine.shapes import RowShape
from mockserver.engine.template import Filler
from mockserver.world.run import order_key
from mockserver.world.store import Duplicate, Index, Row


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A kind of row as the document declares it (x-resources).

    `owner` is the private field that must equal the caller's account; a row of another account is not
    there. `numbered` says that ids are numbers. `complete(field, ordinal)` is a value for a field that a
    row must have and nobody has given. `instants` are the top-level fields whose format is date-time; they
    are indexed in one form.
    """

    name: str
    kind: str
    schema: str
    id_field: str
    owner: str | None
    order: tuple[str, ...]
    descending: bool
    new: Filler | None
    touch: Filler | None
    instants: frozenset[str]
    numbered: bool
    complete: Callable[[str, int], Any]

    def find(self, exchange: Exchange, id: Any) -> Row:
        """The row of that id that the caller may see; a 404 refusal otherwise."""
        row = exchange.store.get(self.kind, id)
        if row is None or not self.visible(exchange, row):
            raise Refusal(404, "not-found", kind=self.name, pointer=f"/x-resources/{self.name}")
        return row

    def visible(self, exchange: Exchange, row: Row) -> bool:
        """Whether the row belongs to the caller's account, where rows belong to accounts."""
        owner = self.owner
        return owner is None or exchange.caller is None or row.data.get(owner) == exchange.caller.account

    def index(self, by: Sequence[str], order: Sequence[str], each: str | None = None) -> Index:
        """The index of this kind for lists of these partitions in this order (`each`: see `Index`)."""
        by = (*(() if self.owner is None else (self.owner,)), *by)
        name = f"{'+'.join(by)}:{'+'.join(order)}" + (f":{each}" if each else "")
        if not self.instants.intersection(order):
            return Index(name, by, tuple(order), each=each)
        instants, names = self.instants, tuple(order)

        def key(data: Mapping[str, Any]) -> tuple[Any, ...]:
            values = (data.get(field) for field in names)
            return order_key(
                *(normal_instant(v) if f in instants else v for f, v in zip(names, values, strict=True))
            )

        def instant_key(data: Mapping[str, Any]) -> tuple[Any, ...]:
            value = normal_instant(data.get(names[0]))
            return (2, value) if type(value) is str else order_key(value)

        return Index(name, by, names, instant_key if len(names) == 1 else key, each)


@dataclass(frozen=True, slots=True, eq=False)
class Parent:
    """The row under which others are listed and made: `field` of the child is the parent's id."""

    resource: Resource
    param: str
    field: str


def environment(exchange: Exchange, id: Any = None) -> dict[str, Any]:
    """What the holes of `new`, `touch` and `set` templates can be filled with."""
    return {
        "id": id,
        "now": exchange.service.settings.stamp(exchange.now),
        "instant": exchange.now,
        "body": exchange.data if isinstance(exchange.data, dict) else {},
        "caller": exchange.caller,
        "param": exchange.params,
    }


def taken(data: Any, fields: frozenset[str] | None, hidden: Sequence[Place] = ()) -> dict[str, Any]:
    """What a row takes over from a request: the fields that the body's schema declares, as providers do.

    Where it declares none (None) every field, but those with "_" in front: they are ours alone. What is
    `hidden` is in requests only.
    """
    if not isinstance(data, dict):
        return {}
    told: dict[str, Any] = without(data, hidden) if hidden else data
    if fields is None:
        return {key: value for key, value in told.items() if key[:1] != "_"}
    if fields.issuperset(told):
        return told  # The request's own, to be copied from and not to be changed.
    return {key: value for key, value in told.items() if key in fields}


@dataclass(slots=True, eq=False)
class Read:
    """Answer one row by its id."""

    resource: Resource
    shape: RowShape
    param: str
    status: int
    parent: Parent | None = None

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        return self.shape.reply(
            exchange, self.status, find_row(exchange, self.resource, self.param, self.parent)
        )


def find_row(exchange: Exchange, resource: Resource, param: str, parent: Parent | None) -> Row:
    """The row that a path names; a 404 refusal where it, or the parent in the path, is not there."""
    row = resource.find(exchange, exchange.params[param])
    if parent is not None and param != parent.param:
        above = parent.resource.find(exchange, exchange.params[parent.param])
        if row.data.get(parent.field) != above.id:
            raise Refusal(404, "not-found", kind=resource.name, pointer=f"/x-resources/{resource.name}")
    return row


@dataclass(slots=True, eq=False)
class Create:
    """Make a row from the body, the `new` template, and what the schema says of the rest."""

    resource: Resource
    shape: RowShape
    status: int
    fields: frozenset[str] | None
    # What a new row has where the request says nothing: defaults, and required fields to be completed.
    defaults: Mapping[str, Any]
    completed: Sequence[str]
    parent: Parent | None = None
    hidden: Sequence[Place] = ()

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        resource = self.resource
        private: dict[str, Any] = {}
        if self.parent is not None:
            above = self.parent.resource.find(exchange, exchange.params[self.parent.param])
            private[self.parent.field] = above.id
        if resource.owner is not None and exchange.caller is not None:
            private[resource.owner] = exchange.caller.account
        id = exchange.service.new_row_id(exchange.world, resource)
        data = {**self.defaults, **taken(exchange.data, self.fields, self.hidden), resource.id_field: id}
        if resource.new is not None:
            data.update(resource.new(environment(exchange, id)))
        for name in self.completed:
            if name not in data and name not in private:
                data[name] = resource.complete(name, exchange.store.next_ordinal(resource.kind))
        data.update(private)
        try:
            row = exchange.store.insert(resource.kind, id, data)
        except Duplicate as error:
            raise Refusal(409, "duplicate", kind=resource.name) from error
        return self.shape.reply(exchange, self.status, row)


@dataclass(slots=True, eq=False)
class Update:
    """Lay the body's fields over a row; the `touch` template marks when and by whom."""

    resource: Resource
    shape: RowShape
    param: str
    status: int
    fields: frozenset[str] | None
    parent: Parent | None = None
    hidden: Sequence[Place] = ()

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        row = find_row(exchange, self.resource, self.param, self.parent)
        id_field = self.resource.id_field
        data = {**row.data, **taken(exchange.data, self.fields, self.hidden), id_field: row.data[id_field]}
        return self.shape.reply(exchange, self.status, change(exchange, self.resource, row, data))


def change(exchange: Exchange, resource: Resource, row: Row, data: dict[str, Any]) -> Row:
    """Replace a row's data, touched as the resource says."""
    if resource.touch is not None:
        data.update(resource.touch(environment(exchange, row.id)))
    return exchange.store.put(resource.kind, row.id, data)


@dataclass(slots=True, eq=False)
class Delete:
    """Take a row away, and answer as declared: nothing, a fixed body, or the row as it was."""

    resource: Resource
    shape: RowShape | None
    param: str
    status: int
    body: bytes
    parent: Parent | None = None

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        row = find_row(exchange, self.resource, self.param, self.parent)
        exchange.store.remove(self.resource.kind, row.id)
        if self.shape is not None:
            return self.shape.reply(exchange, self.status, row)
        return Reply(self.status, self.body)


@dataclass(slots=True, eq=False)
class Transition:
    """Set fields of a row that is in one of the states the transition starts from."""

    resource: Resource
    shape: RowShape | None
    param: str
    status: int
    body: bytes
    allowed: Mapping[str, Sequence[Any]]
    set: Filler
    refuse_status: int
    refuse_rule: str
    idempotent: bool
    pointer: str
    parent: Parent | None = None

    def __call__(self, exchange: Exchange) -> Reply:
        """The operation's work, as a behaviour."""
        row = find_row(exchange, self.resource, self.param, self.parent)
        fields = self.set(environment(exchange, row.id))
        done = self.idempotent and all(row.data.get(name) == value for name, value in fields.items())
        if not done:
            for name, values in self.allowed.items():
                if row.data.get(name) not in values:
                    raise Refusal(
                        self.refuse_status, self.refuse_rule, kind=self.resource.name, pointer=self.pointer
                    )
            row = change(exchange, self.resource, row, {**row.data, **fields})
        if self.shape is None:
            return Reply(self.status, self.body)
        return self.shape.reply(exchange, self.status, row)
