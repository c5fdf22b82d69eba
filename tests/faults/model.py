"""A small provider to lie about: a document with every shape that a fault looks for, and a world for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.service import Provider, Service
from mockserver.engine.settings import build_settings
from mockserver.faults.apply import Faults
from mockserver.faults.catalogue import parse_fault
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.document import open_document
from mockserver.world.clock import parse_clock
from mockserver.world.world import World

DOCUMENT = """
openapi: 3.1.0
info: {title: Notes, version: "1"}
servers: [{url: https://notes.example/v1}]
x-rate-limit:
  usual:
    limit: 5
    window: 60
    algorithm: fixed
    per: token
    headers: {limit: X-Limit, remaining: X-Left, reset: X-Reset, retry-after: Retry-After}
  default: usual
x-paging:
  numbered:
    style: page
    params: {page: page, size: count}
    size: {default: 2, max: 10}
    info: {page: $page, next: $next, total: $total}
x-resources:
  note: {schema: '#/components/schemas/Note', id: id, new: {kind: open, done: false}}
security: [{token: [notes]}]
paths:
  /notes:
    get:
      operationId: listNotes
      x-resource: {kind: note, action: list, wrap: {notes: $rows, paging: $page}}
      x-paging: numbered
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: count, in: query, schema: {type: integer, minimum: 1, maximum: 10, default: 2}}
      responses:
        "200":
          description: The notes.
          content:
            application/json:
              schema:
                type: object
                required: [notes, paging]
                properties:
                  notes: {type: array, items: {$ref: '#/components/schemas/Note'}}
                  paging: {type: object}
                additionalProperties: false
        "401": {$ref: '#/components/responses/Error'}
        "403": {$ref: '#/components/responses/Error'}
        "422": {$ref: '#/components/responses/Error'}
        "429": {$ref: '#/components/responses/Error'}
    post:
      operationId: createNote
      x-resource: {kind: note, action: create}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}
      responses:
        "201":
          description: The note.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Note'}
              examples:
                plain: {value: {id: n-9, text: An example, kind: open, done: true, size: 1}}
                bare: {$ref: '#/components/examples/Bare'}
        "400": {$ref: '#/components/responses/Error'}
        "401": {$ref: '#/components/responses/Error'}
        "403": {$ref: '#/components/responses/Error'}
        "404":
          description: An odd one.
          headers: {X-Version: {required: true, schema: {type: integer, minimum: 1}}}
          content:
            application/json:
              schema:
                type: object
                required: [odd]
                properties: {odd: {type: integer, minimum: 7, maximum: 9}}
        "422": {$ref: '#/components/responses/Error'}
        "429": {$ref: '#/components/responses/Error'}
  /notes/{id}:
    get:
      operationId: getNote
      x-resource: {kind: note, action: read, id: id}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        "401": {$ref: '#/components/responses/Error'}
        "404": {$ref: '#/components/responses/Error'}
        "429": {$ref: '#/components/responses/Error'}
    delete:
      operationId: deleteNote
      x-resource: {kind: note, action: delete, id: id}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "204": {description: Gone.}
        "401": {$ref: '#/components/responses/Error'}
        "404": {$ref: '#/components/responses/Error'}
        "429": {$ref: '#/components/responses/Error'}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  examples:
    Bare: {value: {id: n-8, text: Bare, kind: shut, done: false, size: 0}}
  responses:
    Error:
      description: Refused.
      content:
        application/json:
          schema:
            type: object
            required: [error, status]
            properties: {error: {type: string}, status: {type: integer}}
            additionalProperties: false
  schemas:
    NewNote:
      type: object
      required: [text, size]
      properties:
        text: {type: string, minLength: 1}
        size: {type: integer}
        place: {$ref: '#/components/schemas/Place'}
      additionalProperties: false
    Note:
      type: object
      required: [id, text, kind, done, size]
      properties:
        id: {type: string}
        text: {type: string}
        kind: {enum: [open, shut]}
        done: {type: boolean}
        size: {type: integer}
        place: {$ref: '#/components/schemas/Place'}
      additionalProperties: false
    Place:
      type: object
      required: [name]
      properties:
        name: {type: string}
        url: {type: [string, 'null']}
        floor: {type: integer}
"""

SETTINGS: Mapping[str, Any] = {
    "slug": "notes",
    "title": "Notes",
    "personas": {
        "owner": {"scopes": "all", "account": "main", "user": "u-1"},
        "reader": {"scopes": [], "account": "main", "user": "u-2"},
    },
    "ids": {"note": "n-{ordinal}"},
    "refusals": {"default": {"error": "$message", "status": "$status"}},
    "messages": {"missing-scope": "You need {scope}.", "expired-token": "Too late."},
    "rows": {
        "note": [
            {
                "id": f"n-seed-{number}",
                "text": f"Note {number}",
                "kind": "open",
                "done": False,
                "size": number,
                "place": {"name": "Home", "url": "https://home.example", "floor": 2},
            }
            for number in range(1, 7)
        ]
    },
}


class Model:
    """One world of the provider, asked without any transport."""

    def __init__(self, folder: Path, *, limited: bool = False) -> None:
        file = folder / "openapi.yaml"
        file.write_text(DOCUMENT)
        contract = compile_contract(open_document(file), "notes")
        settings = build_settings(contract, SETTINGS)
        self.service = Service(contract, settings, Provider(), faults=Faults(), limited=limited)
        self.world = World("default", 1, "empty", parse_clock("2026-04-06T08:00:00Z"))
        self.service.define(self.world)

    def declare(self, fault: str, **spec: Any) -> str:
        """Declare a fault; its id."""
        return self.world.faults.declare(parse_fault({"fault": fault, **spec})).id

    def ask(
        self,
        method: str,
        target: str,
        data: Any = None,
        *,
        prefer: str | list[str] | None = None,
        persona: str | None = "owner",
    ) -> Exchange:
        """One request and what became of it."""
        path, _, query = target.partition("?")
        headers: list[tuple[bytes, bytes]] = []
        if persona is not None:
            headers.append((b"authorization", b"Bearer notes_" + persona.encode()))
        preferences = [prefer] if isinstance(prefer, str) else prefer or []
        headers += [(b"prefer", value.encode("latin-1")) for value in preferences]
        body = b""
        if data is not None:
            body = orjson.dumps(data)
            headers.append((b"content-type", b"application/json"))
        return self.service.answer(
            self.world,
            method,
            "/v1" + path,
            b"/v1" + path.encode(),
            query.encode(),
            headers,
            dict(headers),
            body,
        )

    def fits(self, reply: Reply, operation: str) -> bool:
        """Whether a reply's body keeps to the document."""
        plan = self.service.plan(self.service.contract.operation(operation))
        media = plan.media(reply.status)
        assert media is not None
        assert media.check is not None
        return media.check.ok(orjson.loads(reply.body))


def answered(exchange: Exchange) -> Reply:
    """The reply of an exchange that has one."""
    assert exchange.reply is not None
    return exchange.reply


def body_of(exchange: Exchange) -> Any:
    """The value of an answer's body."""
    return orjson.loads(answered(exchange).body)
