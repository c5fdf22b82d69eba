"""A document of any number of operations, four of which are asked; to see that the others cost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

THING: dict[str, Any] = {
    "type": "object",
    "required": ["id", "phoneNumber", "email", "fullName"],
    "properties": {
        "id": {"type": "string"},
        # Other servers do not know the format, and everybody the pattern.
        "phoneNumber": {"type": "string", "format": "e164", "pattern": "^\\+[1-9][0-9]{6,14}$"},
        "email": {"type": "string", "format": "email"},
        "fullName": {"type": "string", "minLength": 1},
        "note": {"type": ["string", "null"]},
    },
}


# What servers that keep no state answer from: a row, and a list of ten.
ROW: dict[str, Any] = {
    "id": "thing-1",
    "phoneNumber": "+4915112345678",
    "email": "alex@example.com",
    "fullName": "Alex Mueller",
    "note": None,
}
ROWS: dict[str, Any] = {
    "collection": [{**ROW, "id": f"thing-{number}"} for number in range(1, 11)],
    "pagination": {"total": 25, "page": 1},
}


def write_document(folder: Path, operations: int) -> Path:
    """A prepared document with that many operations, below a folder of its own; its path.

    `/things` has list, get and create; the rest are siblings that nobody calls.
    """
    paths = _things("things", "thing")
    count = 4
    number = 0
    while count < operations:
        number += 1
        paths.update(_things(f"others-{number}", f"other-{number}"))
        count += 4
    kinds = ["thing", *(f"other-{n}" for n in range(1, number + 1))]
    document = {
        "openapi": "3.1.0",
        "info": {"title": f"{operations} operations", "version": "1"},
        "servers": [{"url": "https://example.com/v2"}],
        "x-resources": {
            kind: {"schema": "#/components/schemas/Thing", "id": "id", "owner": "_account", "sort": ["id"]}
            for kind in kinds
        },
        "x-paging": {
            "pages": {
                "style": "page",
                "params": {"page": "page", "size": "count"},
                "size": {"default": 10, "max": 100},
                "info": {"total": "$total", "page": "$page"},
            }
        },
        "paths": paths,
        "components": {
            "schemas": {"Thing": THING},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"document-{operations}.json"
    path.write_bytes(orjson.dumps(document))
    return path


def _things(plural: str, kind: str) -> dict[str, Any]:
    def operation(action: str, status: str, body: Any, **more: Any) -> dict[str, Any]:
        resource: dict[str, Any] = {"kind": kind, "action": action, **more.pop("resource", {})}
        return {
            "operationId": f"{action}-{kind}",
            "security": [{"bearer": ["things"]}],
            "x-resource": resource,
            "x-evidence": {"known": "assumed", "source": "made for a benchmark"},
            "responses": {
                status: {"description": "As asked.", **_json(body, more.pop("example", None))},
                **{code: {"description": "Refused."} for code in ("401", "403", "404", "422", "429")},
            },
            **more,
        }

    thing = {"$ref": "#/components/schemas/Thing"}
    page = {
        "type": "object",
        "properties": {"collection": {"type": "array", "items": thing}, "pagination": {"type": "object"}},
    }
    number = {"type": "integer", "minimum": 1}
    id_parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    body = {
        "required": True,
        **_json(
            {
                "type": "object",
                "required": ["phoneNumber", "email", "fullName"],
                "properties": {key: value for key, value in THING["properties"].items() if key != "id"},
            }
        ),
    }
    return {
        f"/{plural}": {
            "get": operation(
                "list",
                "200",
                page,
                resource={"wrap": {"collection": "$rows", "pagination": "$page"}},
                example=ROWS,
                parameters=[
                    {"name": "page", "in": "query", "schema": number},
                    {"name": "count", "in": "query", "schema": number},
                ],
                **{"x-paging": "pages"},
            ),
            "post": operation("create", "201", thing, example=ROW, requestBody=body),
        },
        f"/{plural}/{{id}}": {
            "parameters": [id_parameter],
            "get": operation("read", "200", thing, example=ROW),
            "delete": operation("delete", "200", {"type": "object"}, resource={"wrap": {"deleted": True}}),
        },
    }


def _json(schema: Any, example: Any = None) -> dict[str, Any]:
    shown = {} if example is None else {"example": example}
    return {"content": {"application/json": {"schema": schema, **shown}}}
