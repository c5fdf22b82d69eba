"""One operation of a document as frozen facts: parameters, body, responses, security; knows no other one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from mockserver.openapi.contract import Body, Evidence, HeaderRule, Media, Operation, Response
from mockserver.openapi.forms import FORM, FormReader
from mockserver.openapi.parameters import MISSING, Parameter, Place
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import Check, Schemas, fragment
from mockserver.openapi.table import variables

Tell = Callable[[str, str], None]
"""(pointer, message): takes note of something wrong."""

_STYLES: Mapping[str, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
# OpenAPI: "the parameter definition SHALL be ignored"; bodies, media types and security say these.
_NOT_HEADERS = frozenset(("accept", "content-type", "authorization"))
_STATUS = re.compile(r"[1-5]([0-9]{2}|XX)", re.ASCII)
_REDIRECTS = 64
# What may stand beside a number's least value and leave it at that.
_COUNTING = frozenset(("type", "minimum", "title", "description", "example", "examples", "default"))
_WORDS = re.compile(r"[A-Za-z0-9]+", re.ASCII)


class OperationReader:
    """Reads the operations of one document, telling what is wrong and what is odd."""

    def __init__(self, data: Mapping[str, Any], schemas: Schemas, wrong: Tell, odd: Tell) -> None:
        self.data = data
        self.schemas = schemas
        self.wrong = wrong
        self.odd = odd
        self.schema_pointers: dict[str, None] = {}
        schemes = data.get("components", {}).get("securitySchemes", {})
        self.schemes = {name: self.resolve(value, "")[0] for name, value in schemes.items()}

    def resolve(self, value: Any, pointer: str) -> tuple[Any, str]:
        """A value and its pointer after its references; the value as it is when one ends nowhere."""
        for _ in range(_REDIRECTS):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                break
            pointer = fragment(reference)
            try:
                value = self.schemas.at(pointer)
            except LookupError:
                self.wrong(pointer, "is referred to but not there")
                break
        return value, pointer

    def read(self, path: str, method: str, item: Mapping[str, Any], at: str) -> Operation:
        """The operation of a path item that stands at pointer `at`."""
        pointer = f"{at}/{method}"
        value = item[method]
        facts = {key[2:]: fact for key, fact in value.items() if key.startswith("x-")}
        return Operation(
            id=str(value.get("operationId") or derived_id(method, path)),
            method=method.upper(),
            path=path,
            pointer=pointer,
            parameters=self._parameters(path, item, value, at, pointer),
            body=self._body(value, pointer),
            responses=self._responses(value, pointer),
            security=self._security(value, pointer),
            evidence=evidence_of(value),
            facts=facts,
            summary=str(value.get("summary", "")),
            tags=tuple(str(tag) for tag in value.get("tags", ())),
            deprecated=value.get("deprecated") is True,
        )

    def _parameters(
        self, path: str, item: Mapping[str, Any], value: Mapping[str, Any], at: str, pointer: str
    ) -> tuple[Parameter, ...]:
        merged: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        for owner, place in ((item, at), (value, pointer)):
            own: set[tuple[str, str]] = set()
            for index, raw in enumerate(owner.get("parameters", ())):
                declared, where = self.resolve(raw, f"{place}/parameters/{index}")
                if not isinstance(declared, dict):
                    continue
                key = (str(declared.get("name")), str(declared.get("in")))
                if key in own:
                    self.wrong(
                        f"{place}/parameters/{index}", f"the {key[1]} parameter {key[0]} is there twice"
                    )
                own.add(key)
                merged[key] = (declared, where)
        names = variables(path)
        for name in names:
            if (name, "path") not in merged:
                self.odd(pointer, f"the path's {{{name}}} is not declared as a parameter, so it is any text")
                merged[name, "path"] = ({"name": name, "in": "path", "required": True}, "")
        taken: set[str] = set()
        found = []
        ordered = [((name, "path"), merged.pop((name, "path"))) for name in dict.fromkeys(names)]
        for (name, kind), (declared, where) in [*ordered, *merged.items()]:
            if kind == "path" and name not in names:
                self.odd(where, f"the path parameter {name} is not in the path {path}")
            elif kind == "header" and name.lower() in _NOT_HEADERS:
                if name.lower() == "authorization":
                    self.odd(where, "a header parameter named Authorization means nothing: use security")
            elif kind not in _STYLES:
                self.wrong(where, f"a parameter is in path, query, header or cookie, not in {kind}")
            else:
                found.append(self._parameter(declared, where, f"{kind}.{name}" if name in taken else name))
                taken.add(name)
        return tuple(found)

    def _parameter(self, declared: Mapping[str, Any], where: str, key: str) -> Parameter:
        place: Place = next(place for place in get_args(Place) if place == declared["in"])
        style = str(declared.get("style", _STYLES[place][0]))
        if style not in _STYLES[place]:
            self.wrong(f"{where}/style", f"the style {style} does not exist in {place}")
            style = _STYLES[place][0]
        schema_pointer, media_type = f"{where}/schema", ""
        schema = declared.get("schema")
        content = declared.get("content")
        if isinstance(content, dict) and content:
            media_type = next(iter(content))
            schema = content[media_type].get("schema")
            schema_pointer = f"{where}/content/{escape(media_type)}/schema"
        if schema is None:
            schema, schema_pointer = {}, ""
        else:
            self.schema_pointers[schema_pointer] = None
        target = self.resolve(schema, schema_pointer)[0]
        return Parameter(
            name=str(declared["name"]),
            place=place,
            required=declared.get("required") is True or place == "path",
            schema=schema,
            pointer=where,
            style=style,
            explode=bool(declared.get("explode", style in ("form", "deepObject"))),
            default=target.get("default", MISSING) if isinstance(target, dict) else MISSING,
            facts={key[2:]: fact for key, fact in declared.items() if key.startswith("x-")},
            evidence=evidence_of(declared),
            schema_pointer=schema_pointer,
            schemas=self.schemas,
            key=key,
            media_type=media_type,
            allow_empty=declared.get("allowEmptyValue") is True,
            deprecated=declared.get("deprecated") is True,
            examples=tuple(self._examples(declared)),
        )

    def _body(self, value: Mapping[str, Any], pointer: str) -> Body | None:
        if "requestBody" not in value:
            return None
        body, where = self.resolve(value["requestBody"], f"{pointer}/requestBody")
        if not isinstance(body, dict):
            return None
        return Body(body.get("required") is True, self._media(body.get("content", {}), f"{where}/content"))

    def _responses(self, value: Mapping[str, Any], pointer: str) -> dict[str, Response]:
        responses: dict[str, Response] = {}
        for code, raw in value.get("responses", {}).items():
            if code.startswith("x-"):
                continue
            status = code.upper() if code != "default" else code
            at = f"{pointer}/responses/{escape(code)}"
            if status != "default" and not _STATUS.fullmatch(status):
                self.wrong(at, f"{code} is not a status: 100 to 599, 2XX, or default")
                continue
            response, where = self.resolve(raw, at)
            if not isinstance(response, dict):
                continue
            headers = self._headers(response.get("headers", {}), f"{where}/headers")
            sent = {name.encode("latin-1", "replace"): rule for name, rule in headers.items()}
            responses[status] = Response(
                status=status,
                pointer=where,
                media=self._media(response.get("content", {}), f"{where}/content"),
                headers=headers,
                sent=sent,
                needed=frozenset(name for name, rule in sent.items() if rule.required),
                description=str(response.get("description", "")),
            )
        if not responses:
            self.odd(pointer, "declares no response")
        return responses

    def _media(self, content: Mapping[str, Any], pointer: str) -> dict[str, Media]:
        """Media types by essence ("application/json"), parameters such as charset left out."""
        media: dict[str, Media] = {}
        for name, raw in content.items():
            declared, at = self.resolve(raw, f"{pointer}/{escape(name)}")
            essence = name.partition(";")[0].strip().lower()
            if not isinstance(declared, dict) or essence in media:
                continue
            check = None
            if "schema" in declared:
                check = self._check(f"{at}/schema")
            schema = declared.get("schema", {})
            form = FormReader(schema, self.schemas, declared.get("encoding")) if essence == FORM else None
            examples = tuple(self._examples(declared))
            media[essence] = Media(essence, f"{at}/schema", schema, check, examples, form)
        return media

    def _headers(self, headers: Mapping[str, Any], pointer: str) -> dict[str, HeaderRule]:
        found: dict[str, HeaderRule] = {}
        for name, raw in headers.items():
            declared, at = self.resolve(raw, f"{pointer}/{escape(name)}")
            if isinstance(declared, dict) and name.lower() != "content-type":
                check = self._check(f"{at}/schema") if "schema" in declared else None
                least = None if check is None else least_count(self.schemas.at(check.pointer))
                found[name.lower()] = HeaderRule(declared.get("required") is True, check, least)
        return found

    def _check(self, pointer: str) -> Check | None:
        self.schema_pointers[pointer] = None
        try:
            return self.schemas.check(pointer)
        except ValueError:
            return None  # told when all schemas are verified

    def _examples(self, declared: Mapping[str, Any]) -> Iterator[Any]:
        if "example" in declared:
            yield declared["example"]
        named = declared.get("examples")
        # A list is a slip that tells no lie: that is how schemas have them.
        for raw in named.values() if isinstance(named, dict) else ():
            example = self.resolve(raw, "")[0]
            if isinstance(example, dict) and "value" in example:
                yield example["value"]

    def _security(
        self, value: Mapping[str, Any], pointer: str
    ) -> tuple[tuple[tuple[str, frozenset[str]], ...], ...]:
        declared, where = value.get("security"), f"{pointer}/security"
        if declared is None:
            declared, where = self.data.get("security", ()), "/security"
        for index, alternative in enumerate(declared):
            for name in alternative:
                if name not in self.schemes:
                    self.wrong(f"{where}/{index}/{escape(name)}", f"there is no security scheme {name}")
        alternatives = tuple(
            tuple((name, frozenset(scopes)) for name, scopes in alternative.items())
            for alternative in declared
        )
        # The empty alternative alone asks for nothing at all.
        return () if alternatives == ((),) else alternatives


def evidence_of(value: Mapping[str, Any]) -> Evidence:
    """The `x-evidence` of anything; what says nothing is assumed."""
    told = value.get("x-evidence")
    if not isinstance(told, dict):
        return Evidence()
    return Evidence(str(told.get("known", "assumed")), str(told.get("source", "")), str(told.get("note", "")))


def derived_id(method: str, path: str) -> str:
    """An id for an operation that has none: GET /scheduled-events/{uuid} is getScheduledEventsByUuid."""
    parts: list[str] = []
    for segment in path.split("/"):
        for index, piece in enumerate(segment.split("{")):
            name, _, rest = piece.partition("}") if index else ("", "", piece)
            if name:
                parts.append("By" + _camel(name))
            parts.append(_camel(rest))
    return method.lower() + ("".join(parts) or "Root")


def _camel(text: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in _WORDS.findall(text))


def methods_of(item: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """The methods that a path item declares, in its order."""
    return (name for name in item if name in names and isinstance(item[name], dict))


def least_count(schema: Any) -> int | None:
    """The number from which on a schema lets all whole numbers through; None where it is not that simple."""
    if not isinstance(schema, dict) or schema.get("type") != "integer" or schema.keys() - _COUNTING:
        return None
    least = schema.get("minimum", 0)
    return max(0, least) if type(least) is int else None
