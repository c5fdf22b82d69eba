"""The whole ASGI application of a house, composed with Starlette; decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mockserver.engine.exchange import Exchange
from mockserver.web.adapter import Adapter
from mockserver.web.control import Control
from mockserver.web.desk import ControlBackend, Everywhere
from mockserver.web.guard import Guard


def build_application(
    house: ControlBackend,
    *,
    guard: Guard | None = None,
    log: Callable[[Exchange], None] | None = None,
    everywhere: Everywhere | None = None,
) -> Adapter:
    """Providers in front, where microseconds count; Starlette has the rest: front page, `/_mock`.

    `everywhere` answers for all processes, where this is one of several.
    """

    def front(request: Request) -> PlainTextResponse:
        return PlainTextResponse(front_page(house, str(request.base_url).rstrip("/")))

    rest = Starlette(routes=[Route("/", front, methods=["GET"])])
    rest.router.redirect_slashes = False
    # Not a Mount: that has no match for a path with a line break in it, and answers in its own words.
    rest.router.default = Control(house, guard, everywhere)
    return Adapter(house.services, house.worlds, rest, log)


def front_page(house: ControlBackend, root: str) -> str:
    """What is served here, for somebody who opens the address in a browser."""
    lines = [f"Understudy {house.version}", ""]
    lines += [
        f"{service.settings.title:<12} {root}/{slug}{service.base_path}   "
        f"(stands in for {service.settings.live.get('url', 'its real address')})"
        for slug, service in house.services.items()
    ]
    lines += ["", f"Personas and their tokens: {root}/_mock/personas", f"Health: {root}/_mock/health", ""]
    return "\n".join(lines)
