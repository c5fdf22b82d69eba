"""Our mock's side of a provider (provider.yaml), compiled: personas, id shapes, envelopes, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mockserver.engine.template import Filler, compile_bytes, compile_value, holes
from mockserver.openapi.contract import Contract
from mockserver.world.clock import iso_micro, iso_milli, iso_seconds

STANDARD_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing-credentials": "Authentication is required.",
        "malformed-credentials": "The credentials are malformed.",
        "unknown-token": "The access token is not valid.",
        "revoked-token": "The access token was revoked.",
        "expired-token": "The access token has expired.",
        "plan-without-access": "Access tokens need the {plan} plan.",
        "missing-scope": "The token lacks the scope {scope}.",
        "plan-required": "This operation requires the {plan} plan.",
        "token-kind": "Tokens of this kind may not do this.",
        "role-required": "The role {role} may not do this.",
        "missing-acting-user": "The header {header} is missing.",
        "acting-user-forbidden": "This token may not act as another user.",
        "unknown-acting-user": "The header {header} names no user.",
        "not-found": "The {kind} was not found.",
        "unknown-path": "There is no {path} here.",
        "unknown-version": "There is no {path} in this version.",
        "method-not-allowed": "{method} is not allowed here.",
        "too-many-requests": "Too many requests.",
        "malformed-json": "The body is not valid JSON: {detail}.",
        "unsupported-media-type": "The content type {content_type} is not supported here.",
        "body-too-large": "The body is larger than {limit} bytes.",
        "invalid-parameters": "The parameters are not valid.",
        "invalid-body": "The body is not valid.",
        "conflict": "The {kind} is not in a state that allows this.",
        "duplicate": "There is such a {kind} already.",
        "unknown-preference": "The preference {preference} cannot be applied: {detail}.",
        "server-error": "Server error.",
        "outage": "Service unavailable.",
    }
)

PROBLEM_DETAILS: Mapping[str, Any] = MappingProxyType(
    {"title": "$code", "status": "$status", "detail": "$message", "errors": "$problems.list"}
)


@dataclass(frozen=True, slots=True)
class Persona:
    """A named credential. `scopes` are the ones it carries; `plan` is what its account pays for.

    `kind` is the kind of the token, where the API knows several.
    """

    name: str
    token: str
    account: str
    user: str
    scopes: frozenset[str]
    plan: str
    revoked: bool = False
    expired: bool = False
    quota: int | None = None
    note: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The body of a refusal: a template and the names it wants filled; `pieces` are it as JSON text."""

    template: Any
    fill: Filler
    pieces: tuple[bytes | str, ...]
    names: frozenset[str]
    content_type: bytes = b"application/json"


@dataclass(frozen=True, slots=True)
class Settings:
    """provider.yaml, compiled. `prepared` is False for a document that came without one."""

    slug: str
    title: str
    prepared: bool
    live: Mapping[str, Any]
    sdk_env: Mapping[str, str]
    token_shape: str
    minted_shape: str
    # By kind of token, the shape of minted ones, where it differs.
    minted_shapes: Mapping[str, str]
    personas: tuple[Persona, ...]
    ids: Mapping[str, str]
    envelopes: Mapping[str, Envelope]
    messages: Mapping[str, str]
    statuses: Mapping[str, int]
    codes: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    # Every rule that provider.yaml says something of.
    rules: frozenset[str] = frozenset()
    # Pairs of security schemes that are one credential.
    pairs: Sequence[tuple[str, str]] = ()
    # How instants are written, in answers and in rows.
    stamp: Callable[[datetime], str] = iso_micro
    # The header in which refusals name the request; b"" where there is none.
    request_header: bytes = b""
    curl: str = ""
    notes: Sequence[str] = field(default=())

    def knows(self, envelope: str) -> bool:
        """Whether there are refusals of that name, or of its own for some rule or status."""
        return any(name == envelope or name.startswith(f"{envelope}-") for name in self.envelopes)

    def envelope(self, status: int, rule: str, own: str | None = None) -> Envelope:
        """The envelope of a refusal: the rule's own, else the status', else the default one.

        An operation's own one (x-envelope) comes before them, in its form for the rule or the status first.
        """
        envelopes = self.envelopes
        if own is not None:
            found = envelopes.get(f"{own}-{rule}") or envelopes.get(f"{own}-{status}") or envelopes.get(own)
            if found is not None:
                return found
        return envelopes.get(rule) or envelopes.get(str(status)) or envelopes["default"]


def build_settings(contract: Contract, raw: Mapping[str, Any] | None) -> Settings:
    """Settings from a provider.yaml as read and checked, or standing in for one that is not there."""
    prepared = raw is not None
    raw = raw or {}
    tokens = raw.get("tokens", {})
    shape = tokens.get("shape", contract.slug + "_{persona}")
    kinds = tokens.get("kinds", {})
    scopes = contract_scopes(contract)
    content_type = b"application/json" if prepared else b"application/problem+json"
    refusals = raw.get("refusals") or {"default": dict(PROBLEM_DETAILS)}
    return Settings(
        slug=contract.slug,
        title=raw.get("title", contract.title),
        prepared=prepared,
        live=MappingProxyType(dict(raw.get("live", {}))),
        sdk_env=MappingProxyType(dict(raw.get("sdk-env", {}))),
        token_shape=shape,
        minted_shape=tokens.get("minted", contract.slug + "_{base62:32}"),
        minted_shapes=MappingProxyType({kind: each["minted"] for kind, each in kinds.items()}),
        personas=tuple(
            _personas(
                raw.get("personas") or STANDARD_PERSONAS,
                scopes,
                {"": shape, **{kind: each["shape"] for kind, each in kinds.items()}},
            )
        ),
        ids=MappingProxyType(dict(raw.get("ids", {}))),
        envelopes=MappingProxyType(
            {str(name): _envelope(body, content_type) for name, body in refusals.items()}
        ),
        messages=MappingProxyType({**STANDARD_MESSAGES, **raw.get("messages", {})}),
        statuses=MappingProxyType(dict(raw.get("statuses", {}))),
        codes=MappingProxyType({str(status): code for status, code in raw.get("codes", {}).items()}),
        rows=MappingProxyType(dict(raw.get("rows", {}))),
        rules=frozenset({*raw.get("messages", ()), *raw.get("statuses", ()), *map(str, refusals)}),
        pairs=tuple((first, second) for first, second in tokens.get("pairs", ())),
        stamp=STAMPS[raw.get("timestamps", "microseconds")],
        request_header=str(raw.get("request-id", "")).lower().encode(),
        curl=(raw.get("example") or {}).get("curl", ""),
    )


STAMPS: Mapping[str, Callable[[datetime], str]] = MappingProxyType(
    {"microseconds": iso_micro, "milliseconds": iso_milli, "seconds": iso_seconds}
)

STANDARD_PERSONAS: Mapping[str, Any] = MappingProxyType(
    {
        "owner": {"scopes": "all"},
        "each-scope": {"name": "only-{scope}", "scopes": "each"},
        "revoked": {"scopes": "all", "revoked": True},
        "expired": {"scopes": "all", "expired": True},
        "other": {"scopes": "all", "account": "other"},
    }
)


def contract_scopes(contract: Contract) -> tuple[str, ...]:
    """Every scope that the document names in a security requirement or an x-scopes fact, sorted."""
    found: set[str] = set()
    for operation in contract.operations:
        for alternative in operation.security:
            for _, scopes in alternative:
                found |= scopes
        for parameter in operation.parameters:
            for scopes in parameter.facts.get("scopes", {}).values():
                found |= set(scopes)
    return tuple(sorted(found))


def _personas(raw: Mapping[str, Any], scopes: Sequence[str], shapes: Mapping[str, str]) -> Iterable[Persona]:
    for name, fields in raw.items():
        wanted = fields.get("scopes", [])
        shape = shapes.get(fields.get("kind", ""), shapes[""])
        if wanted == "each":
            for scope in scopes:
                yield _persona(fields["name"].format(scope=scope.replace(":", "-")), fields, {scope}, shape)
        else:
            yield _persona(name, fields, set(scopes) if wanted == "all" else set(wanted), shape)


def _persona(name: str, fields: Mapping[str, Any], scopes: set[str], shape: str) -> Persona:
    return Persona(
        name=name,
        token=fields.get("token", shape).format(persona=name),
        account=fields.get("account", "main"),
        user=fields.get("user", "owner"),
        scopes=frozenset(scopes),
        plan=fields.get("plan", "paid"),
        revoked=fields.get("revoked", False),
        expired=fields.get("expired", False),
        quota=fields.get("quota"),
        note=fields.get("note", ""),
        kind=fields.get("kind", ""),
    )


def _envelope(body: Any, content_type: bytes) -> Envelope:
    return Envelope(body, compile_value(body), compile_bytes(body), frozenset(holes(body)), content_type)
