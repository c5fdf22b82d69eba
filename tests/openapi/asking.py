"""Ask every operation of an imported document once, as its document says, and judge what comes back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from mockserver import Mock
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.openapi.contract import Operation
from mockserver.openapi.parameters import Parameter


def ask_all(mock: Mock) -> tuple[int, list[str]]:
    """How many operations were asked, and what was wrong: a 5xx, or a reply that its schema refuses."""
    service = mock.house.service(None)
    wrong: list[str] = []
    for operation in service.contract.operations:
        told = ask(mock, operation)
        if told:
            wrong.append(f"{operation.method} {operation.address}: {told}")
    return len(service.contract.operations), wrong


def ask(mock: Mock, operation: Operation) -> str:
    """Why the answer is not as it should be; "" where it is."""
    data = mock.house.service(None).contract.data
    path, query, headers = operation.address, [], {}
    for parameter in operation.parameters:
        value = _text(parameter, data)
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value or "1", safe=""))
        elif parameter.required and parameter.place == "query":
            query.append((parameter.name, value))
        elif parameter.required and parameter.place == "header":
            headers[parameter.name] = value
        elif parameter.required:
            headers["Cookie"] = f"{parameter.name}={value}"
    body: Any = None
    if operation.body is not None and "application/json" in operation.body.media:
        media = operation.body.media["application/json"]
        try:
            body = sample(media.schema, data, seed=2, check=media.check)
        except Unsatisfiable:
            return ""
    target = f"{path}?{urlencode(query)}" if query else path
    answer = mock.call(operation.method, target, json=body, headers=headers, persona="owner")
    stop = mock.exchanges[-1].stop
    if stop is not None and stop.rule in ("mock-failed", "mock-not-conformant"):
        return f"{answer.status} {stop.detail}"
    if answer.status >= 500 and str(answer.status) not in operation.responses:
        return f"{answer.status}"
    response = operation.responses.get(str(answer.status))
    told = None if response is None else response.media.get("application/json")
    if told is not None and told.check is not None and answer.body:
        value = json.loads(answer.body)
        if not told.check.ok(value):
            return f"{answer.status} {told.check.problems(value)[0].message}"
    return ""


def _text(parameter: Parameter, data: Any) -> str:
    try:
        value = sample(parameter.schema, data, seed=1, check=parameter.check)
    except Unsatisfiable:
        return "1"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
