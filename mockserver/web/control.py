"""The control API `/_mock` over HTTP, held against its own document; knows ASGI, not what a call does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

from mockserver.engine.bodies import JSON_CHARSETS, Malformed, media_type, read_json
from mockserver.engine.exchange import BODY_LIMIT, OVERSIZED
from mockserver.faults.catalogue import parse_fault
from mockserver.faults.kinds import FaultError
from mockserver.openapi.cache import default_cache
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.document import open_document
from mockserver.openapi.parameters import ParameterPlan, compile_parameters
from mockserver.openapi.places import specs_folder
from mockserver.web.adapter import Receive, Scope, Send, read_body
from mockserver.web.desk import ABOUT_WORLDS, Call, ControlBackend, Everywhere, Objection, perform
from mockserver.web.explain import header_value
from mockserver.web.guard import Guard
from mockserver.world.world import World

__all__ = ["Control", "ControlBackend", "control_contract"]

Headers = list[tuple[bytes, bytes]]
Problems = Sequence[Mapping[str, str]]


class Refused(Exception):
    """A call that is answered with a problem; `headers` go with it."""

    def __init__(
        self, status: int, detail: str, problems: Problems = (), headers: Headers | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.problems = problems
        self.headers = headers or []


def control_contract() -> Contract:
    """The control API's own document, compiled."""
    document = open_document(specs_folder() / "control" / "openapi.yaml", cache=default_cache())
    return compile_contract(document, "control")


class Control:
    """An ASGI application: `/_mock/…` for the default world, `/w/<world>/_mock/…` for another.

    Everything else that reaches it is a path that is not there. Reads of this API cost no world anything,
    and no call of it appears in a journal. Without a `guard` everybody may steer: for an application that
    only its own process reaches. `everywhere` does what is about the worlds of all processes, where this is
    one of several.
    """

    def __init__(
        self, backend: ControlBackend, guard: Guard | None = None, everywhere: Everywhere | None = None
    ) -> None:
        self._backend = backend
        self._guard = guard
        self._everywhere = everywhere
        self._contract: Contract | None = None
        self._plans: dict[str, ParameterPlan] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        headers: Headers = []
        try:
            status, value = await self._answer(scope, receive)
            body = b"" if status == 204 else orjson.dumps(value, default=str)
            if body:
                headers.append((b"content-type", b"application/json"))
        except Refused as refused:
            status = refused.status
            problem = {"title": phrase(status), "status": status, "detail": refused.detail}
            body = orjson.dumps({**problem, "problems": refused.problems} if refused.problems else problem)
            headers += [(b"content-type", b"application/problem+json"), *refused.headers]
        if status != 204:
            headers.append((b"content-length", b"%d" % len(body)))
        headers.append((b"cache-control", b"no-store"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        sent: Headers = list(scope["headers"])
        objection = self._guard.objection(sent) if self._guard is not None else None
        if objection is not None:
            status, detail = objection
            challenge = [(b"www-authenticate", b"Bearer")] if status == 401 else []
            raise Refused(status, detail, headers=challenge)
        world, operation, values = self._find(scope)
        params = self._params(operation, values, scope["query_string"], sent)
        data = await _body(operation, sent, receive)
        call = Call(self._backend, world, params, data)
        try:
            if self._everywhere is not None and operation.id in ABOUT_WORLDS:
                return await self._everywhere(operation.id, call)
            return perform(operation.id, call)
        except Objection as objected:
            problems = [problem("body", field, message) for field, message in objected.problems]
            raise Refused(objected.status, objected.detail, problems) from objected

    def _find(self, scope: Scope) -> tuple[World, Operation, Sequence[str]]:
        """The world, operation and path values of a request; 404 or 405 where there are none."""
        # The path as it was sent: an encoded slash parts nothing.
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        world, rest = self._world(raw)
        if rest != b"/_mock" and not rest.startswith(b"/_mock/"):
            raise Refused(404, self._nowhere(scope["path"]))
        contract = self._contract
        if contract is None:
            # Compiled when somebody asks for it first: most servers are started for their providers.
            contract = self._contract = control_contract()
        found = contract.table.find_raw(rest[len(b"/_mock") :])
        if found is None:
            known = ", ".join(contract.table.templates)
            raise Refused(404, f"the control API has no {_shown(scope['path'])}; it has: {known}")
        methods, values = found
        operation = methods.get(scope["method"])
        if operation is None:
            allow = ", ".join(sorted(methods))
            raise Refused(
                405, f"{scope['method']} is not one of {allow}", headers=[(b"allow", allow.encode("ascii"))]
            )
        return world, operation, values

    def _world(self, raw: bytes) -> tuple[World, bytes]:
        worlds = self._backend.worlds
        if not raw.startswith(b"/w/"):
            return worlds.default, raw
        name, slash, rest = raw[3:].partition(b"/")
        text = name.decode("latin-1")
        world = worlds.find(text)
        if world is None:
            raise Refused(404, f"there is no world {_shown(text)}; POST /_mock/worlds makes one")
        return world, slash + rest

    def _nowhere(self, path: str) -> str:
        known = ", ".join(f"/{slug}" for slug in [*self._backend.services, "_mock"])
        return f"there is nothing at {_shown(path)}; there is {known}, each also after /w/<world>"

    def _params(
        self, operation: Operation, values: Sequence[str], query: bytes, sent: Headers
    ) -> Mapping[str, Any]:
        plan = self._plans.get(operation.id)
        if plan is None:
            plan = self._plans[operation.id] = compile_parameters(operation.parameters)
        params, wrong = plan.read(values, query, sent)
        problems = [problem(item.place, item.name, item.message) for item in wrong or ()]
        names = ", ".join(parameter.name for parameter in operation.parameters if parameter.place == "query")
        problems += [
            problem("query", name, f"is no parameter of this call; it takes {names or 'none'}")
            for name in plan.unknown(query)
        ]
        if problems:
            raise Refused(400, _told("the parameters do not fit", problems), problems)
        return params


async def _body(operation: Operation, sent: Headers, receive: Receive) -> Any:
    """The body as JSON that the document allows; 400, 413, 415 or 422 where it is none."""
    if operation.body is None:
        return None
    content_type, charset = media_type(header_value(sent, b"content-type"))
    # A form or plain text is what a foreign page can make a browser send without asking first.
    if content_type != "application/json" or (charset and charset not in JSON_CHARSETS):
        raise Refused(
            415, "a write is JSON: send Content-Type: application/json, and {} where there is no more"
        )
    raw = await read_body(receive)
    if raw is OVERSIZED:
        raise Refused(413, f"a body has at most {BODY_LIMIT} bytes")
    try:
        data = read_json(raw)
    except Malformed as error:
        raise Refused(400, f"the body is not JSON: {error}") from error
    if operation.id == "declareFault":
        # The catalogue says what is wrong with a fault better than a oneOf over all of them can.
        try:
            parse_fault(data)
        except FaultError as error:
            told = [problem("body", "", message) for message in error.problems]
            raise Refused(422, str(error), told) from error
    check = operation.body.media["application/json"].check
    if check is not None and not check.ok(data):
        problems = [
            problem("body", ".".join(map(str, violation.path)), violation.message)
            for violation in check.problems(data)
        ]
        raise Refused(422, _told("the body does not fit", problems), problems)
    return data


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


def problem(place: str, field: str, message: str) -> dict[str, str]:
    """One item of a problem's list."""
    return {"place": place, "field": field, "message": message}


def phrase(status: int) -> str:
    """The standard reason phrase of a status."""
    return HTTPStatus(status).phrase


def _told(what: str, problems: Problems) -> str:
    first = "; ".join(f"{item['field'] or item['place']} {item['message']}" for item in problems[:3])
    return f"{what}: {first}" + (f", and {len(problems) - 3} more" if len(problems) > 3 else "")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "…")
