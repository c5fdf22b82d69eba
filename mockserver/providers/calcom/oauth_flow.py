"""OAuth's two endpoints over the world's tokens: consent, codes, rotation; the rules are `oauth`'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.engine.settings import contract_scopes
from mockserver.providers.calcom.access import widened
from mockserver.providers.calcom.holdings import CODE, OAUTH_CLIENT, REFRESH
from mockserver.providers.calcom.oauth import (
    ACCESS_LIFETIME,
    Client,
    Grant,
    Misdirected,
    OAuthRefusal,
    consent,
    identify,
    redeem,
    redirect,
    rotate,
    token_body,
)

NOT_KEPT = [(b"cache-control", b"no-store"), (b"pragma", b"no-cache")]
DRAWN = "https://app.cal.com/auth/oauth2/authorize"


def authorize_oauth_client(exchange: Exchange) -> Reply:
    """Consent at once, for the caller, or for the owner where nobody is named; back with a code or an error.

    400 or 401 in the usual envelope where it is not known where to go back to.
    """
    params, caller = exchange.params, exchange.caller
    owner = exchange.service.settings.personas[0]
    user, account = (caller.user, caller.account) if caller is not None else (owner.user, owner.account)
    plan = caller.plan if caller is not None else owner.plan
    back, state = params["redirect_uri"], params.get("state")
    try:
        grant = consent(
            client_of(exchange, params["client_id"]),
            user,
            contract_scopes(exchange.service.contract),
            exchange.world.clock.epoch(),
            redirect_uri=back,
            scope=params.get("scope"),
            challenge=params.get("code_challenge"),
        )
    except Misdirected as error:
        raise Refusal(
            error.status, "consent-refused", detail=error.description, pointer=exchange.plan.pointer
        ) from error
    except OAuthRefusal as error:
        return _go(redirect(back, error=error.error, error_description=error.description, state=state))
    code = exchange.new_id("code")
    exchange.store.insert(CODE, code, _kept(grant, account=account, plan=plan))
    return _go(redirect(back, code=code, state=state))


def create_oauth_token(exchange: Exchange) -> Reply:
    """Tokens for a code or a refresh token, each good for one time; refusals as RFC 6749 has them.

    A code or refresh token that comes back takes away what came of it (assumed, RFC 6749 4.1.2).
    """
    try:
        return _tokens(exchange)
    except OAuthRefusal as error:
        reply = reply_json(exchange, error.body(), error.status)
        reply.headers += NOT_KEPT
        return reply


def client_of(exchange: Exchange, id: str) -> Client | None:
    """A third party's client as the rules know it."""
    row = exchange.store.get(OAUTH_CLIENT, id)
    if row is None:
        return None
    data = row.data
    return Client(
        id,
        data.get("_secret"),
        frozenset(data.get("_redirectUris", (data["redirect_uri"],))),
        frozenset(data.get("_scopes", ())),
        data.get("_approved", True),
    )


def _tokens(exchange: Exchange) -> Reply:
    asked, now = exchange.data, exchange.world.clock.epoch()
    client = identify(client_of(exchange, asked["client_id"]), asked.get("client_secret"))
    if asked["grant_type"] == "authorization_code":
        kind, name = CODE, asked.get("code", "")
    else:
        kind, name = REFRESH, asked.get("refresh_token", "")
    row = exchange.store.get(kind, name)
    if row is None:
        grant = None
    else:
        grant = _grant(row.data)
        if grant.spent and grant.client == client.id:
            _take_back(exchange, row.data["family"])
    if kind == CODE:
        used, fresh = redeem(
            grant, client, now, redirect_uri=asked.get("redirect_uri"), verifier=asked.get("code_verifier")
        )
    else:
        used, fresh = rotate(grant, client, now)
    assert row is not None
    told = row.data
    family = told["family"] or exchange.new_id("grant")
    exchange.store.put(kind, row.id, {**told, **_kept(used), "family": family})
    known = frozenset(contract_scopes(exchange.service.contract))
    access = exchange.service.mint(
        exchange.world,
        persona=f"oauth:{client.id}",
        user=fresh.user,
        account=told["account"],
        plan=told["plan"],
        expires=now + ACCESS_LIFETIME,
        # Tokens of a legacy client are not restricted, no more than keys are.
        scopes=known if client.legacy else known & widened(fresh.scopes),
        kind="api-key" if client.legacy else "oauth",
    )
    refresh = exchange.new_id("refresh")
    kept = _kept(fresh, account=told["account"], plan=told["plan"], family=family, access=access)
    exchange.store.insert(REFRESH, refresh, kept)
    reply = reply_json(exchange, token_body(access, refresh, fresh.scopes))
    reply.headers += NOT_KEPT
    return reply


def _take_back(exchange: Exchange, family: str) -> None:
    for row in list(exchange.store.rows(REFRESH)):
        if row.data["family"] != family:
            continue
        exchange.store.put(REFRESH, row.id, {**row.data, "spent": True})
        token = exchange.store.get(exchange.service.token_kind, row.data["access"])
        if token is not None:
            exchange.store.put(token.kind, token.id, {**token.data, "revoked": True})


def _kept(grant: Grant, **more: str) -> dict[str, Any]:
    told = {
        "client": grant.client,
        "user": grant.user,
        "scopes": list(grant.scopes),
        "expires": grant.expires,
        "redirectUri": grant.redirect_uri,
        "challenge": grant.challenge,
        "spent": grant.spent,
    }
    return {**told, "family": "", "access": "", **more} if more else told


def _grant(data: Mapping[str, Any]) -> Grant:
    return Grant(
        data["client"],
        data["user"],
        tuple(data["scopes"]),
        data["expires"],
        data["redirectUri"],
        data["challenge"],
        data["spent"],
    )


def _go(where: str) -> Reply:
    return Reply(302, headers=[(b"location", where.encode("utf-8"))], content_type=b"")
