"""openapi-core as judge of requests and replies; knows a document and bytes, nothing of our own judge."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.responses.exceptions import ResponseFinderError
from openapi_core.validation.request.exceptions import (
    ParameterValidationError,
    RequestBodyValidationError,
    SecurityValidationError,
)
from openapi_core.validation.request.validators import V31RequestValidator
from openapi_core.validation.response.exceptions import DataValidationError, HeaderValidationError
from openapi_core.validation.response.validators import V31ResponseValidator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from contracts.oracle.traffic import Traffic
from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.compile import base_path
from mockserver.openapi.formats import is_e164, is_local_date_time, is_local_time, time_zones
from mockserver.openapi.positions import escape
from mockserver.openapi.table import Table


def _of_text(check: Callable[[str], bool]) -> Callable[[Any], bool]:
    """Formats say something of text, and nothing of other values."""
    return lambda value: not isinstance(value, str) or check(value)


FORMATS: Mapping[str, Callable[[Any], bool]] = {
    "e164": _of_text(is_e164),
    "iana-time-zone": _of_text(lambda name: name in time_zones()),
    "date-time-local": _of_text(is_local_date_time),
    "time-local": _of_text(is_local_time),
}


# What recorders write in the place of a whole header.
REDACTED = frozenset({"[Filtered]", "[REDACTED]", "REDACTED", "***", "<redacted>"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing wrong with a request or a reply. `pointer`: in the document, `place`: in the message.

    `part` is path, security, parameter, body, header or status.
    """

    source: str
    operation: str
    side: str
    part: str
    pointer: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class _Operation:
    label: str
    pointer: str
    path: str
    method: str


class _Request:
    """A request as openapi-core asks for it; `path_pattern` names the operation that was found already."""

    def __init__(self, traffic: Traffic, number: int, values: Mapping[str, str], unsaid: str) -> None:
        self.host_url = "http://judged"
        self.path = f"/{number}"
        self.path_pattern = f"/{number}"
        self.method = traffic.method.lower()
        self.body = traffic.body or None
        self.content_type = traffic.header("content-type") or "application/octet-stream"
        cookies = [part.strip().partition("=") for part in traffic.header("cookie").split(";") if "=" in part]
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(traffic.query, keep_blank_values=True)),
            header=Headers([(name, _credential(name, value, unsaid)) for name, value in traffic.headers]),
            cookie=ImmutableMultiDict([(name, value) for name, _, value in cookies]),
            path=dict(values),
        )


def _credential(name: str, value: str, unsaid: str) -> str:
    """Credentials that the recorder took out were there: something of their form stands for them."""
    return unsaid if value in REDACTED and name.lower() == "authorization" else value


class _Reply:
    def __init__(self, traffic: Traffic) -> None:
        self.status_code = traffic.status
        self.headers = Headers(list(traffic.reply_headers))
        self.content_type = traffic.reply_header("content-type") or "application/octet-stream"
        self.data = traffic.reply_body or None


class Judge:
    """A document, ready to judge by. `prefix` is what stands before its paths in what was recorded."""

    def __init__(self, data: Mapping[str, Any], prefixes: Iterable[str] = ("",)) -> None:
        spec = SchemaPath.from_dict(dict(data))
        schemes = data.get("components", {}).get("securitySchemes", {}).values()
        kinds = {str(each.get("scheme", "bearer")).lower() for each in schemes if isinstance(each, dict)}
        self._unsaid = "Basic Kjoq" if kinds == {"basic"} else "Bearer ***"
        self._prefixes = tuple(prefixes)
        self._operations: list[_Operation] = []
        tables: dict[str, list[tuple[str, str, int]]] = {}
        for path, item in data.get("paths", {}).items():
            for method in METHODS:
                operation = item.get(method) if isinstance(item, dict) else None
                if path[:1] != "/" or not isinstance(operation, dict):
                    continue
                base = base_path(operation, item, data)
                pointer = f"/paths/{escape(path)}/{method}"
                label = f"{method.upper()} {base}{path}"
                tables.setdefault(base, []).append((path, method.upper(), len(self._operations)))
                self._operations.append(_Operation(label, pointer, path, method))
        self._tables = {base: Table(listed) for base, listed in tables.items()}
        operations = self._operations

        class Found:
            """Gives openapi-core the operation that was found already."""

            def __init__(self, spec: Any, **_: Any) -> None:
                self._paths = spec / "paths"

            def find(self, _: str, name: str) -> PathOperationServer:
                operation = operations[int(name.rpartition("/")[2])]
                path = self._paths / operation.path
                return PathOperationServer(path, path / operation.method, None, _NoValues(), _NoValues())

        options: dict[str, Any] = {"path_finder_cls": Found, "extra_format_validators": dict(FORMATS)}
        self._requests = V31RequestValidator(spec, **options)
        self._replies = V31ResponseValidator(spec, **options)

    def find(self, traffic: Traffic) -> tuple[int, Mapping[str, str]] | None:
        """The operation's number and the path's values; None where the document has none."""
        raw = traffic.path
        for prefix in self._prefixes:
            if not raw.startswith(prefix):
                continue
            rest = raw[len(prefix) :]
            for base, table in self._tables.items():
                if base and not rest.startswith(f"{base}/"):
                    continue
                found = table.find_raw(rest[len(base) :].encode())
                if found is not None and traffic.method in found[0]:
                    number = found[0][traffic.method]
                    names = [
                        piece.partition("}")[0] for piece in self._operations[number].path.split("{")[1:]
                    ]
                    return number, dict(zip(names, found[1], strict=False))
        return None

    def pointer(self, traffic: Traffic) -> str:
        """Where the operation stands in the document, "" where there is none."""
        found = self.find(traffic)
        return "" if found is None else self._operations[found[0]].pointer

    def label(self, traffic: Traffic) -> str:
        """GET /path of the operation, "" where there is none."""
        found = self.find(traffic)
        return "" if found is None else self._operations[found[0]].label

    def request(self, traffic: Traffic) -> list[Verdict]:
        """All that is wrong with the request."""
        found = self.find(traffic)
        if found is None:
            message = f"the document has no {traffic.method} {unquote(traffic.path)}"
            return [Verdict(traffic.source, "", "request", "path", "/paths", "", message)]
        number, values = found
        operation = self._operations[number]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = list(self._requests.iter_errors(_Request(traffic, number, values, self._unsaid)))
        return list(_verdicts(traffic, operation, "request", errors))

    def reply(self, traffic: Traffic) -> list[Verdict]:
        """All that is wrong with the reply; nothing where the document has no such operation."""
        found = self.find(traffic)
        if found is None or traffic.reply_body is None:
            return []
        number, values = found
        operation = self._operations[number]
        if traffic.method == "HEAD":
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            request = _Request(traffic, number, values, self._unsaid)
            errors = list(self._replies.iter_errors(request, _Reply(traffic)))
        return list(_verdicts(traffic, operation, "reply", errors))


_PARTS: tuple[tuple[type[Exception], str], ...] = (
    (SecurityValidationError, "security"),
    (ParameterValidationError, "parameter"),
    (RequestBodyValidationError, "body"),
    (DataValidationError, "body"),
    (HeaderValidationError, "header"),
    (ResponseFinderError, "status"),
)


class _NoValues:
    variables: Mapping[str, str] = {}


def _verdicts(
    traffic: Traffic, operation: _Operation, side: str, errors: Iterable[Exception]
) -> Iterator[Verdict]:
    below = "" if side == "request" else f"/responses/{traffic.status}"
    for error in errors:
        details = list(_details(error))
        part = next((name for kind, name in _PARTS if isinstance(error, kind)), "")
        for schema_path, place, message in details:
            pointer = f"{operation.pointer}{below}"
            if schema_path:
                place = f"{place} ({schema_path})" if place else schema_path
            yield Verdict(traffic.source, operation.label, side, part, pointer, place, message)


def _details(error: BaseException) -> Iterator[tuple[str, str, str]]:
    """(keyword's place in the schema, place in the value, message) of an error and what caused it."""
    cause: BaseException | None = error
    while cause is not None:
        listed = getattr(cause, "schema_errors", None)
        if listed:
            for each in listed:
                place = "".join(f"/{step}" for step in each.absolute_path)
                keyword = "".join(f"/{step}" for step in each.absolute_schema_path)
                yield keyword, place or "/", " ".join(str(each.message).split())[:300]
            return
        if cause.__cause__ is None:
            break
        cause = cause.__cause__
    told = str(error) if cause is error or cause is None else f"{error}: {cause}"
    yield "", str(getattr(error, "name", "") or ""), " ".join(told.split())[:300]
