"""Conferencing apps of users: connected, chosen, disconnected; knows no meetings."""

from __future__ import annotations

from urllib.parse import urlencode

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.consents import ask_consent, take_consent
from mockserver.providers.calcom.holdings import CONFERENCING, DEFAULT_APP, done, of_user, shown, user_id
from mockserver.world.store import Row

TYPES = {"google-meet": "google_video", "zoom": "zoom_video", "msteams": "office365_video"}
CONSENT_PAGES = {
    "zoom": "https://zoom.us/oauth/authorize",
    "msteams": "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
}
# Everybody has Cal Video, and it is nobody's to disconnect.
BUILT_IN = "daily-video"


def list_conferencing_apps(exchange: Exchange) -> Reply:
    """The caller's apps."""
    return reply_json(
        exchange, done([shown(row) for row in of_user(exchange, CONFERENCING, user_id(exchange))])
    )


def connect_conferencing_app(exchange: Exchange) -> Reply:
    """Connect an app that needs no consent. One that is connected already stays the same."""
    user, app = user_id(exchange), exchange.params["app"]
    return reply_row(exchange, find_app(exchange, user, app) or add_app(exchange, user, app))


def get_conferencing_auth_url(exchange: Exchange) -> Reply:
    """Where the user is asked; the state in it is good for one connection."""
    app, params = exchange.params["app"], exchange.params
    state = ask_consent(
        exchange,
        user_id(exchange),
        app,
        back=params.get("returnTo"),
        back_on_error=params.get("onErrorReturnTo"),
    )
    query = urlencode({"response_type": "code", "client_id": f"understudy-{app}", "state": state})
    return reply_json(exchange, done({"url": f"{CONSENT_PAGES[app]}?{query}"}))


def save_conferencing_app(exchange: Exchange) -> Reply:
    """The app's way back: 400 for a state that nobody gave out, or that was used before."""
    app = exchange.params["app"]
    asked = take_consent(exchange, exchange.params["state"], app)
    user = asked["user"]
    if find_app(exchange, user, app) is None:
        add_app(exchange, user, app)
    where = asked["back"] or "https://app.cal.com/apps/installed/conferencing"
    return Reply(301, headers=[(b"location", where.encode("utf-8"))], content_type=b"")


def get_default_conferencing_app(exchange: Exchange) -> Reply:
    """What the caller has chosen; Cal Video until then (assumed)."""
    chosen = exchange.store.get(DEFAULT_APP, user_id(exchange))
    return reply_json(exchange, done({"appSlug": BUILT_IN if chosen is None else chosen.data["app"]}))


def set_default_conferencing_app(exchange: Exchange) -> Reply:
    """Choose an app: 400 for one that is not connected."""
    user, app = user_id(exchange), exchange.params["app"]
    if app != BUILT_IN and find_app(exchange, user, app) is None:
        raise Refusal(400, "app-not-connected", app=app, pointer=exchange.plan.pointer)
    if exchange.store.get(DEFAULT_APP, user) is None:
        exchange.store.insert(DEFAULT_APP, user, {"app": app})
    else:
        exchange.store.put(DEFAULT_APP, user, {"app": app})
    return reply_json(exchange, {"status": "success"})


def disconnect_conferencing_app(exchange: Exchange) -> Reply:
    """Take an app away: 400 for one that is not connected. If it was the chosen one, none is any more."""
    user, app = user_id(exchange), exchange.params["app"]
    row = find_app(exchange, user, app)
    if row is None:
        raise Refusal(400, "app-not-connected", app=app, pointer=exchange.plan.pointer)
    exchange.store.remove(CONFERENCING, row.id)
    chosen = exchange.store.get(DEFAULT_APP, user)
    if chosen is not None and chosen.data["app"] == app:
        exchange.store.remove(DEFAULT_APP, user)
    return reply_json(exchange, {"status": "success"})


def find_app(exchange: Exchange, user: int, app: str) -> Row | None:
    """A user's connected app."""
    wanted = TYPES[app]
    return next((row for row in of_user(exchange, CONFERENCING, user) if row.data["type"] == wanted), None)


def add_app(exchange: Exchange, user: int, app: str) -> Row:
    """Connect an app."""
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["conferencing-app"])
    return exchange.store.insert(
        CONFERENCING, id, {"id": id, "type": TYPES[app], "userId": user, "invalid": False}
    )
