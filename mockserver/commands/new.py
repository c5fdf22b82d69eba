"""`mockserver new`: the skeleton of a hand-written provider, which can be served as it is; asks nothing."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path

from mockserver.commands import Mistake
from mockserver.house import known_slugs
from mockserver.openapi.imports import imports_folder

_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def run(options: Namespace) -> int:
    """Write the files; 0. Mistake where the name is taken or is none."""
    slug: str = options.slug
    if not _SLUG.fullmatch(slug):
        raise Mistake(f"{slug!r} is no name for a provider: write lower-case letters, digits and hyphens")
    if slug in known_slugs():
        raise Mistake(f"{slug} comes with Understudy; choose another name")
    folder = (Path(options.specs) if options.specs else imports_folder()) / slug
    if folder.exists():
        raise Mistake(f"{folder} is there already; choose another name, or take it away")
    title = " ".join((options.title or slug.replace("-", " ").title()).split())
    if not title or not title.isprintable():
        raise Mistake("--title: write a name that can be printed")
    folder.mkdir(parents=True)
    quoted = '"' + title.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for name, text in (("openapi.yaml", DOCUMENT), ("provider.yaml", SIDE)):
        content = text.replace("@slug@", slug).replace("@title@", quoted)
        (folder / name).write_text(content, encoding="utf-8")
    print(
        f"written: {folder / 'openapi.yaml'}, what is true of the API; {folder / 'provider.yaml'}, our side"
    )
    print(f"try it:   mockserver serve {folder} --watch")
    print(f"check it: mockserver lint {folder}")
    return 0


DOCUMENT = """\
# What is true of the API: standard OpenAPI first, the facts that it cannot say (x-...) second.
# Each operation says in x-evidence how it is known: documented, observed or assumed, with the source.
openapi: 3.1.0
info:
  title: @title@
  version: "1"
servers:
  - url: https://api.example.com/v1
x-provider: {slug: @slug@, title: @title@}
x-resources:
  note:
    schema: "#/components/schemas/Note"
    id: id
    owner: _account
    new: {createdAt: $now}
    sort: [createdAt]
x-paging:
  pages:
    style: page
    params: {page: page, size: pageSize}
    size: {default: 20, max: 100}
    info: {page: $page, pages: $pages, total: $total}
security:
  - token: []
paths:
  /notes:
    get:
      operationId: listNotes
      summary: List notes
      x-resource: {kind: note, action: list, wrap: {notes: $rows, paging: $page}}
      x-paging: pages
      x-evidence: {known: assumed, source: a skeleton}
      security: [{token: ["notes:read"]}]
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: pageSize, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
      responses:
        "200":
          description: The notes of a page.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Notes"}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "403": {$ref: "#/components/responses/Refused"}
    post:
      operationId: createNote
      summary: Write a note
      x-resource: {kind: note, action: create, wrap: $row}
      x-evidence: {known: assumed, source: a skeleton}
      security: [{token: ["notes:write"]}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/NewNote"}
            example: {text: Call back on Monday}
      responses:
        "201":
          description: The note.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Note"}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "403": {$ref: "#/components/responses/Refused"}
        "413": {$ref: "#/components/responses/Refused"}
        "415": {$ref: "#/components/responses/Refused"}
        "422": {$ref: "#/components/responses/Refused"}
  /notes/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, minLength: 1}, example: note_welcome}
    get:
      operationId: getNote
      summary: Read a note
      x-resource: {kind: note, action: read, id: id, wrap: $row}
      x-evidence: {known: assumed, source: a skeleton}
      security: [{token: ["notes:read"]}]
      responses:
        "200":
          description: The note.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Note"}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "403": {$ref: "#/components/responses/Refused"}
        "404": {$ref: "#/components/responses/Refused"}
    delete:
      operationId: deleteNote
      summary: Throw a note away
      x-resource: {kind: note, action: delete, id: id}
      x-evidence: {known: assumed, source: a skeleton}
      security: [{token: ["notes:write"]}]
      responses:
        "204": {description: It is gone.}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "403": {$ref: "#/components/responses/Refused"}
        "404": {$ref: "#/components/responses/Refused"}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  responses:
    Refused:
      description: Why it was refused.
      content:
        application/json:
          schema: {$ref: "#/components/schemas/Refusal"}
  schemas:
    Note:
      type: object
      required: [id, text, createdAt]
      properties:
        id: {type: string, minLength: 1}
        text: {type: string, minLength: 1}
        createdAt: {type: string, format: date-time}
    Notes:
      type: object
      required: [notes, paging]
      properties:
        notes: {type: array, items: {$ref: "#/components/schemas/Note"}}
        paging:
          type: object
          required: [page, pages, total]
          properties:
            page: {type: integer}
            pages: {type: integer}
            total: {type: integer}
    NewNote:
      type: object
      required: [text]
      additionalProperties: false
      properties:
        text: {type: string, minLength: 1}
    Refusal:
      type: object
      required: [status, message]
      properties:
        status: {type: integer}
        message: {type: string}
        errors: {type: array, items: {type: object}}
"""

SIDE = """\
# Our side of it: who may ask, how it refuses, what is there at the start. Every value is invented.
slug: @slug@
title: @title@
live: {url: "https://api.example.com/v1"}
tokens: {shape: "@slug@_{persona}", minted: "@slug@_{base62:32}"}
personas:
  owner: {account: main, scopes: all}
  each-scope: {account: main, name: "only-{scope}", scopes: each}
  revoked: {account: main, scopes: all, revoked: true}
  expired: {account: main, scopes: all, expired: true}
  other: {account: other, scopes: all, note: sees none of main's rows}
ids: {note: "note_{base62:12}"}
refusals:
  default: {status: $status, message: $message}
  "400": {status: $status, message: $message, errors: $problems.list}
  "422": {status: $status, message: $message, errors: $problems.list}
rows:
  note:
    - {id: note_welcome, text: Welcome, createdAt: "2026-04-06T07:00:00Z", _account: main}
example: {curl: '/v1/notes'}
"""
