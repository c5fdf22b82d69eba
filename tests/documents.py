"""A small provider of our own, written to a folder, for tests of what every provider shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import yaml

ERRORS = {
    "type": "object",
    "required": ["message", "status"],
    "properties": {
        "message": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {"type": "object"},
    },
    "additionalProperties": False,
}

TASK: dict[str, Any] = {
    "type": "object",
    "required": ["id", "title", "state", "due", "createdAt", "seenAt"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string", "minLength": 1, "maxLength": 60},
        "state": {"enum": ["open", "done", "dropped"], "default": "open"},
        "due": {"type": ["string", "null"], "format": "date-time"},
        "weight": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "createdAt": {"type": "string", "format": "date-time"},
        "updatedAt": {"type": "string", "format": "date-time"},
        "seenAt": {"type": "string", "format": "date-time", "x-now": True},
    },
    "additionalProperties": False,
}


def json_body(schema: Any) -> dict[str, Any]:
    """A body or response of that schema as JSON."""
    return {"content": {"application/json": {"schema": schema}}}


def refusals(*statuses: int) -> dict[str, Any]:
    """Declared refusals."""
    return {
        str(s): {"description": "Refused.", **json_body({"$ref": "#/components/schemas/Error"})}
        for s in statuses
    }


def operation(id: str, scope: str | None, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An operation that needs one scope, with the refusals that any may give."""
    return {
        "operationId": id,
        "security": [{"bearer": [scope]}] if scope else [],
        "x-evidence": {"known": "assumed", "source": "made for tests"},
        "responses": {**responses, **refusals(400, 401, 403, 404, 409, 413, 415, 422, 429)},
        **more,
    }


def tasks_document() -> dict[str, Any]:
    """Tasks that are listed in three styles of paging, made, changed, finished and deleted."""
    task = {"$ref": "#/components/schemas/Task"}
    writable = {k: v for k, v in TASK["properties"].items() if k in ("title", "due", "weight", "tags")}
    number = {"type": "integer", "minimum": 0}

    def listing(name: str, style: str, place: str, scope: str = "tasks:read") -> dict[str, Any]:
        place_schema = {"type": "string"} if style == "cursor" else number
        return operation(
            name,
            scope,
            {"200": {"description": "Tasks.", **json_body({"$ref": "#/components/schemas/Page"})}},
            **{
                "x-paging": style,
                "x-resource": {
                    "kind": "task",
                    "action": "list",
                    "wrap": {"items": "$rows", "info": "$page"},
                    "filters": {
                        "state": {"field": "state"},
                        "dueAfter": {"field": "due", "op": "ge"},
                        "dueBefore": {"field": "due", "op": "lt"},
                        "tag": {"field": "tags"},
                        "q": {"fields": ["title"], "op": "contains"},
                    },
                    "sort": {"param": "sort", "field": "due"},
                },
                "parameters": [
                    {"name": place, "in": "query", "schema": place_schema},
                    {
                        "name": "size",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                    },
                    {"name": "state", "in": "query", "schema": {"enum": ["open", "done", "dropped"]}},
                    {"name": "dueAfter", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                    {"name": "dueBefore", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                    {"name": "tag", "in": "query", "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                    {"name": "sort", "in": "query", "schema": {"enum": ["asc", "desc"]}},
                ],
            },
        )

    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Tasks", "version": "1"},
        "servers": [{"url": "https://tasks.example/v1"}],
        "x-resources": {
            "task": {
                "schema": "#/components/schemas/Task",
                "id": "id",
                "owner": "_account",
                "sort": ["due"],
                "new": {"createdAt": "$now", "updatedAt": "$now", "state": "open"},
                "touch": {"updatedAt": "$now"},
                "indexes": [{"by": ["state"], "order": ["due"]}],
            }
        },
        "x-paging": {
            "page": {
                "style": "page",
                "params": {"page": "page", "size": "size"},
                "size": {"default": 5, "max": 50},
                "info": {"total": "$total", "page": "$page", "pages": "$pages", "next": "$next-url"},
            },
            "offset": {
                "style": "offset",
                "params": {"offset": "skip", "size": "size"},
                "size": {"default": 5, "max": 50},
                "info": {"total": "$total", "remaining": "$remaining"},
            },
            "cursor": {
                "style": "cursor",
                "params": {"cursor": "cursor", "size": "size"},
                "size": {"default": 5, "max": 50},
                "info": {"next": "$next-cursor", "more": "$has-more"},
            },
        },
        "x-rate-limit": {
            "usual": {
                "limit": 1000,
                "window": 60,
                "algorithm": "fixed",
                "per": "token",
                "headers": {
                    "limit": "X-Limit",
                    "remaining": "X-Remaining",
                    "reset": "X-Reset",
                    "retry-after": "Retry-After",
                },
            },
            "tight": {
                "limit": 2,
                "window": 60,
                "algorithm": "fixed",
                "per": "token",
                "headers": {"retry-after": "Retry-After"},
            },
            "default": "usual",
        },
        "paths": {
            "/tasks": {
                "get": listing("listTasks", "page", "page"),
                "post": operation(
                    "createTask",
                    "tasks:write",
                    {"201": {"description": "Made.", **json_body(task)}},
                    requestBody={
                        "required": True,
                        **json_body({"type": "object", "required": ["title"], "properties": writable}),
                    },
                    **{"x-resource": {"kind": "task", "action": "create"}},
                ),
            },
            "/tasks-by-offset": {"get": listing("listTasksByOffset", "offset", "skip")},
            "/tasks-by-cursor": {"get": listing("listTasksByCursor", "cursor", "cursor")},
            "/tasks/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": operation(
                    "getTask",
                    "tasks:read",
                    {"200": {"description": "A task.", **json_body(task)}},
                    **{"x-resource": {"kind": "task", "action": "read"}},
                ),
                "patch": operation(
                    "updateTask",
                    "tasks:write",
                    {"200": {"description": "Changed.", **json_body(task)}},
                    requestBody={"required": True, **json_body({"type": "object", "properties": writable})},
                    **{"x-resource": {"kind": "task", "action": "update"}},
                ),
                "delete": operation(
                    "deleteTask",
                    "tasks:write",
                    {"204": {"description": "Gone."}},
                    **{"x-resource": {"kind": "task", "action": "delete"}},
                ),
            },
            "/tasks/{id}/finish": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "post": operation(
                    "finishTask",
                    "tasks:write",
                    {"200": {"description": "Finished.", **json_body(task)}},
                    **{
                        "x-resource": {
                            "kind": "task",
                            "action": "transition",
                            "from": {"state": ["open"]},
                            "set": {"state": "done"},
                        }
                    },
                ),
            },
            "/report": {
                "get": operation(
                    "getReport",
                    "tasks:read",
                    {"200": {"description": "A report.", **json_body({"type": "object"})}},
                    **{"x-rate-limit": "tight", "x-plan": "paid"},
                )
            },
            "/open": {
                "get": operation(
                    "getOpen", None, {"200": {"description": "For all.", **json_body({"type": "object"})}}
                )
            },
        },
        "components": {
            "schemas": {
                "Task": TASK,
                "Error": ERRORS,
                "Page": {
                    "type": "object",
                    "required": ["items", "info"],
                    "properties": {"items": {"type": "array", "items": task}, "info": {"type": "object"}},
                },
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    return document


def tasks_provider() -> dict[str, Any]:
    """The mock's side of it."""
    return {
        "slug": "tasks",
        "title": "Tasks",
        "tokens": {"shape": "tasks_{persona}", "minted": "tasks_{base62:16}"},
        "personas": {
            "owner": {"account": "one", "user": "u1", "scopes": "all", "plan": "paid"},
            "each-scope": {
                "account": "one",
                "user": "u1",
                "plan": "paid",
                "name": "only-{scope}",
                "scopes": "each",
            },
            "free": {"account": "one", "user": "u1", "scopes": "all", "plan": "free"},
            "revoked": {"account": "one", "user": "u1", "scopes": "all", "revoked": True},
            "expired": {"account": "one", "user": "u1", "scopes": "all", "expired": True},
            "other": {"account": "two", "user": "u2", "scopes": "all"},
        },
        "ids": {"task": "t-{base62:8}"},
        "refusals": {
            "default": {"message": "$message", "status": "$status"},
            "422": {"message": "$message", "status": "$status", "errors": "$problems.by-field"},
        },
    }


def write_provider(folder: Path, document: Any, provider: Any | None) -> Path:
    """Write both documents into a folder named as the provider; the path of the OpenAPI document."""
    home = folder / (provider["slug"] if provider else "plain")
    home.mkdir(parents=True, exist_ok=True)
    path = home / "openapi.yaml"
    path.write_bytes(orjson.dumps(document))
    if provider is not None:
        (home / "provider.yaml").write_text(yaml.safe_dump(provider, sort_keys=False))
    return path
