"""The styles in which OpenAPI writes parameters, read back; knows text and shapes, nothing of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from mockserver.openapi.schemas import Schemas
from mockserver.openapi.values import (
    MISSING,
    Decode,
    Shape,
    Unreadable,
    decoder,
    property_decoders,
    read_assignments,
    read_json,
    read_one,
    read_pairs,
    shape_of,
)

if TYPE_CHECKING:
    from mockserver.openapi.parameter import Parameter

Read = Callable[[str], Any]
"""One decoded text -> value. Raises Unreadable."""

Pairs = Mapping[str, Sequence[bytes]]
"""Names (decoded) to the values given for them (as sent), in order."""

ReadPairs = Callable[[Pairs], Any]
"""All pairs of a query or cookie -> the value of one parameter, MISSING when it is not among them."""

_NESTING = 8
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def parse_query(query: bytes) -> dict[str, list[bytes]]:
    """The pairs of a query string; names are decoded as far as they can be."""
    pairs: dict[str, list[bytes]] = {}
    for piece in query.split(b"&"):
        if piece:
            name, _, raw = piece.partition(b"=")
            plain = unquote_to_bytes(name.replace(b"+", b" ")) if b"%" in name or b"+" in name else name
            pairs.setdefault(plain.decode(errors="replace"), []).append(raw)
    return pairs


def parse_cookies(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, list[bytes]]:
    """The pairs of all Cookie headers."""
    pairs: dict[str, list[bytes]] = {}
    for header, line in headers:
        if header == b"cookie":
            for piece in line.split(b";"):
                name, equals, raw = piece.strip().partition(b"=")
                if equals:
                    pairs.setdefault(name.decode("latin-1"), []).append(raw)
    return pairs


def text_reader(parameter: Parameter, shape: Shape) -> Read | None:
    """How to read a parameter that is one text (path, header, any scalar); None: it stays as it is."""
    if parameter.media_type:
        return read_json if _is_json(parameter.media_type) else None
    if shape.is_array or shape.is_object:
        split = _splitter(parameter, shape)
        if shape.is_array:
            item = decoder(shape_of(shape.items, parameter.schemas).types)
            return lambda text: [read_one(part, item) for part in split(text)]
        properties = property_decoders(shape, parameter.schemas)
        if parameter.explode:
            return lambda text: read_assignments(split(text), properties)
        return lambda text: read_pairs(split(text), properties)
    scalar = _scalar_decoder(parameter, shape)
    if parameter.style not in ("label", "matrix"):
        return scalar
    prefix = "." if parameter.style == "label" else f";{parameter.name}="
    return lambda text: read_one(_without(text, prefix), scalar)


def pairs_reader(parameter: Parameter, shape: Shape, taken: frozenset[str]) -> ReadPairs:
    """How to find and read a parameter among the pairs of a query or of cookies.

    `taken` are the names of all parameters there: what an object without declared properties leaves alone.
    """
    name, plus = parameter.name, parameter.place == "query"
    if parameter.media_type or not (shape.is_array or shape.is_object):
        read = text_reader(parameter, shape)
        return lambda pairs: _on_single(pairs, name, lambda raw: read_one(decode_component(raw, plus), read))
    composed = _composed_reader(parameter, shape, taken)
    return composed if "string" not in shape.types else _composed_or_text(parameter, composed)


def _composed_or_text(parameter: Parameter, composed: ReadPairs) -> ReadPairs:
    """A list or an object where that is right, else the text as it stands where that is."""
    name, plus, check = parameter.name, parameter.place == "query", parameter.check

    def read_either(pairs: Pairs) -> Any:
        value: Any = MISSING
        refused = None
        try:
            value = composed(pairs)
        except Unreadable as error:
            refused = error
        if (value is not MISSING and not check.ok(value)) or refused is not None:
            raws = pairs.get(name, ())
            if len(raws) == 1 and check.ok(text := decode_component(raws[0], plus)):
                return text
        if refused is not None:
            raise refused
        return value

    return read_either


def _composed_reader(parameter: Parameter, shape: Shape, taken: frozenset[str]) -> ReadPairs:
    name, plus = parameter.name, parameter.place == "query"
    if shape.is_array:
        item = decoder(shape_of(shape.items, parameter.schemas).types)
        if parameter.explode:
            return lambda pairs: (
                [read_one(decode_component(raw, plus), item) for raw in pairs[name]]
                if name in pairs
                else MISSING
            )
        split = _raw_splitter(parameter.style, plus)
        return lambda pairs: _on_single(
            pairs, name, lambda raw: [read_one(text, item) for text in split(raw)]
        )
    properties = property_decoders(shape, parameter.schemas)
    if parameter.style == "deepObject":
        return lambda pairs: _read_deep(pairs, name, parameter.schema, parameter.schemas)
    if not parameter.explode:
        split = _raw_splitter(parameter.style, plus)
        return lambda pairs: _on_single(pairs, name, lambda raw: read_pairs(split(raw), properties))
    names = frozenset(shape.properties)

    def read_spread(pairs: Pairs) -> Any:
        value = {}
        for key in pairs:
            if key in names if names else key not in taken:
                text = _on_single(pairs, key, lambda raw: decode_component(raw, plus))
                value[key] = read_one(text, properties.get(key))
        return value or MISSING

    return read_spread


def _scalar_decoder(parameter: Parameter, shape: Shape) -> Decode | None:
    mixed = "string" in shape.types and len(shape.types) > 1
    return decoder(shape.types, parameter.check.ok if mixed else None)


def _splitter(parameter: Parameter, shape: Shape) -> Callable[[str], list[str]]:
    """How one text falls into the parts of a list or object."""
    style, explode = parameter.style, parameter.explode
    if style == "label":
        delimiter = "." if explode else ","
        return lambda text: _split(_without(text, "."), delimiter)
    if style == "matrix":
        prefix = f";{parameter.name}="
        if not explode:
            return lambda text: _split(_without(text, prefix), ",")
        if shape.is_array:
            return lambda text: _without(text, prefix).split(prefix)
        return lambda text: _split(_without(text, ";"), ";")
    delimiter = _DELIMITERS.get(style, ",")
    if parameter.place == "header":
        return lambda text: [part.strip() for part in _split(text, delimiter)]
    return lambda text: _split(text, delimiter)


def _raw_splitter(style: str, plus: bool) -> Callable[[bytes], list[str]]:
    """How a value as sent falls into parts.

    A delimiter that was sent as it is parts before decoding, so that an encoded one inside a part survives.
    Many clients encode every delimiter: where none was sent as it is, the encoded ones part.
    """
    delimiter = _DELIMITERS.get(style, ",")
    sent = delimiter.encode()

    def split(raw: bytes) -> list[str]:
        if delimiter != " " and sent in raw:
            return [decode_component(part, plus) for part in raw.split(sent)]
        return _split(decode_component(raw, plus), delimiter)

    return split


def _on_single(pairs: Pairs, name: str, read: Callable[[bytes], Any]) -> Any:
    raws = pairs.get(name)
    if raws is None:
        return MISSING
    if len(raws) > 1:
        raise Unreadable("is given more than once", "repeated")
    return read(raws[0])


def _read_deep(pairs: Pairs, name: str, schema: Any, schemas: Schemas) -> Any:
    """`name[a]=1&name[b][c]=2` as {"a": 1, "b": {"c": 2}}; a name given twice, or ending in [], is a list."""
    tree: dict[str, Any] = {}
    for key, raws in pairs.items():
        if not (key.startswith(f"{name}[") and key.endswith("]")):
            continue
        *outer, last = key[len(name) + 1 : -1].split("][", _NESTING)
        listed = last == "" and bool(outer)
        if listed:
            last = outer.pop()
        node = tree
        for part in outer:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise Unreadable("has a property that is both a value and an object")
        if last in node:
            raise Unreadable("has a property that is both a value and an object")
        texts = [decode_component(raw, plus=True) for raw in raws]
        node[last] = texts if listed or len(texts) > 1 else texts[0]
    return _typed(tree, schema, schemas) if tree else MISSING


def _typed(tree: Any, schema: Any, schemas: Schemas) -> Any:
    shape = shape_of(schema, schemas)
    if isinstance(tree, dict):
        return {key: _typed(value, shape.properties.get(key, True), schemas) for key, value in tree.items()}
    if isinstance(tree, list) or shape.is_array:
        texts = tree if isinstance(tree, list) else [tree]
        return [_typed(text, shape.items, schemas) for text in texts]
    return read_one(tree, decoder(shape.types))


def decode_component(raw: bytes, plus: bool) -> str:
    """A value without its escapes; a broken one ("100%") stays as it is. Unreadable when not UTF-8."""
    if plus and b"+" in raw:
        raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("must be UTF-8", "encoding") from None


def _without(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise Unreadable(f"must begin with {prefix}")
    return text[len(prefix) :]


def _split(text: str, delimiter: str) -> list[str]:
    return text.split(delimiter) if text else []


def _is_json(media_type: str) -> bool:
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")
