"""As whom a token acts, where the API knows users (x-acting-user); knows headers and users, no provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mockserver.engine.exchange import Caller, Exchange
from mockserver.engine.refusals import Refusal

Manner = Literal["required", "own"]

POINTER = "/x-acting-user"


@dataclass(frozen=True, slots=True, eq=False)
class Acting:
    """The declared way, ready to be followed.

    `users` is the store's kind of users, `owner` their field that holds the account, `role` the one that
    holds the role. A token whose kind has the manner `required` names its user in `header`; one with `own`,
    or with none, acts as its own user and may name no other. `optional`: this operation can do without.
    """

    users: str
    owner: str | None
    role: str | None
    header: bytes
    name: str
    manners: Mapping[str, Manner]
    optional: bool = False

    def act(self, exchange: Exchange, caller: Caller) -> Caller:
        """The caller as the user it acts as, with the user's role.

        400 where a user has to be named and is not; 403 where one is named who may not be, or is not there.
        """
        user = caller.user
        required = self.manners.get(caller.kind) == "required"
        named = exchange.headers.get(self.header)
        if named:
            told = named.decode("latin-1").strip()
            if told != user and not required:
                raise Refusal(403, "acting-user-forbidden", header=self.name, pointer=POINTER)
            user = told
        elif required and not self.optional:
            raise Refusal(400, "missing-acting-user", header=self.name, pointer=POINTER)
        row = exchange.store.get(self.users, user)
        if row is None or (self.owner is not None and row.data.get(self.owner) != caller.account):
            raise Refusal(403, "unknown-acting-user", header=self.name, pointer=POINTER)
        # One caller is kept with each user: the token is asked for, because forks may mint the same one anew.
        known: tuple[Caller, Caller] | None = row.views.get(Acting)
        if known is not None and known[0] is caller:
            return known[1]
        acting = caller.as_user(user, "" if self.role is None else str(row.data.get(self.role, "")))
        row.views[Acting] = (caller, acting)
        return acting

    def at(self, use: str | None) -> Acting:
        """The same at an operation that says how it differs (its own x-acting-user)."""
        return replace(self, optional=True) if use == "optional" else self


def build_acting(slug: str, facts: Mapping[str, Any]) -> Acting | None:
    """From the facts of a document's root; None where tokens act as nobody in particular."""
    fact = facts.get("acting-user")
    if fact is None:
        return None
    return Acting(
        users=f"{slug}/{fact['kind']}",
        owner=facts.get("resources", {}).get(fact["kind"], {}).get("owner"),
        role=fact.get("role"),
        header=str(fact.get("header", "")).lower().encode("latin-1"),
        name=str(fact.get("header", "")),
        manners=dict(fact.get("for", {})),
    )
