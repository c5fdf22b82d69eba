"""How a list is cut, from the names of its parameters and of what stands beside its rows; knows no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.openapi.infer_rows import Row, follow, properties_of

_SIZES = (
    "limit", "take", "per_page", "perpage", "pagesize", "page_size", "size", "count", "max_results",
    "maxresults", "first", "page[size]", "$top", "top", "itemsperpage", "page[limit]",
)  # fmt: skip
_STYLES: Mapping[str, tuple[str, ...]] = {
    "cursor": (
        "cursor", "after", "starting_after", "page_token", "pagetoken", "next_token", "nexttoken",
        "continuation_token", "page[cursor]", "page[after]", "marker",
    ),
    "offset": ("offset", "skip", "start", "$skip", "page[offset]"),
    "page": ("page", "page_number", "pagenumber", "page[number]", "p"),
}  # fmt: skip
_SAID: Mapping[str, str] = {
    **dict.fromkeys(
        ("total", "totalitems", "total_items", "totalcount", "total_count", "count_total"), "$total"
    ),
    **dict.fromkeys(("totalpages", "total_pages", "pages", "pagecount", "page_count", "last_page"), "$pages"),
    **dict.fromkeys(
        ("hasmore", "has_more", "hasnext", "has_next", "hasnextpage", "has_next_page"), "$has-more"
    ),
    **dict.fromkeys(("haspreviouspage", "has_previous_page", "has_previous", "hasprevious"), "$has-previous"),
    **dict.fromkeys(
        (
            "nextcursor",
            "next_cursor",
            "next_page_token",
            "nextpagetoken",
            "next_token",
            "nexttoken",
            "cursor",
        ),
        "$next-cursor",
    ),
    **dict.fromkeys(("returneditems", "returned", "returned_items", "count"), "$returned"),
    **dict.fromkeys(
        ("limit", "per_page", "perpage", "page_size", "pagesize", "itemsperpage", "size"), "$size"
    ),
    **dict.fromkeys(("page", "currentpage", "current_page", "page_number", "pagenumber"), "$page"),
    **dict.fromkeys(("offset", "skip"), "$offset"),
    **dict.fromkeys(("remaining", "remainingitems", "remaining_items"), "$remaining"),
}
# What is known of a page, by how it is cut.
_NUMBERED = ("total", "returned", "remaining", "size", "offset", "page", "pages", "has-more", "has-previous")
_TOLD: Mapping[str, tuple[str, ...]] = {
    "page": _NUMBERED,
    "offset": _NUMBERED,
    "cursor": (*_NUMBERED, "next-cursor"),
    "none": ("total", "returned"),
}
_DEFAULT, _MOST = 20, 100
UNCUT = "none"


@dataclass(frozen=True, slots=True)
class Paging:
    """One way of paging, as `x-paging` has it."""

    style: str
    param: str
    size_param: str
    default: int
    most: int
    first: int
    # Where a place or size is declared any number: it is a whole one, and not without end.
    whole: tuple[str, ...] = field(default=(), compare=False)

    def fact(self) -> dict[str, Any]:
        """The fact, to be declared at the root."""
        if self.style == "none":
            return {"style": "none", "info": {name: f"${name}" for name in _TOLD["none"]}}
        params = {self.style: self.param}
        if self.size_param:
            params["size"] = self.size_param
        fact: dict[str, Any] = {
            "style": self.style,
            "params": params,
            "size": {"default": self.default, "max": self.most},
        }
        if self.style == "page":
            fact["first"] = self.first
        fact["info"] = {name: f"${name}" for name in _TOLD[self.style]}
        return fact


def paging_of(data: Any, operation: str) -> Paging | None:
    """How that list is cut; None where no parameter says so."""
    owners = (operation.rpartition("/")[0], operation)
    queries: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    for owner in owners:
        parameters = follow(data, owner)[1].get("parameters")
        for index, _ in enumerate(parameters if isinstance(parameters, list) else ()):
            at, parameter = follow(data, f"{owner}/parameters/{index}")
            if parameter.get("in") == "query" and isinstance(parameter.get("name"), str):
                places[parameter["name"]], queries[parameter["name"]] = follow(data, f"{at}/schema")
    size = next((name for name in queries if name.lower() in _SIZES), "")
    for style, names in _STYLES.items():
        param = next((name for name in queries if name.lower() in names), "")
        if not param or (style != "cursor" and not _is_number(queries[param])):
            continue
        said = queries.get(size, {})
        most = _whole(said.get("maximum")) or _MOST
        default = min(_whole(said.get("default")) or _DEFAULT, most)
        minimum = queries[param].get("minimum", queries[param].get("default", 1))
        first = 0 if minimum == 0 and style == "page" else 1
        loose = [
            places[name]
            for name in (param, size)
            if name
            and queries[name].get("type") in ("number", "integer")
            and not (queries[name]["type"] == "integer" and {"minimum", "maximum"} <= queries[name].keys())
        ]
        return Paging(style, param, size, default, most, first, tuple(loose))
    return None


def _is_number(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type")
    return bool({"integer", "number"} & set(kinds if isinstance(kinds, list) else [kinds]))


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 < value < 1_000_000 else 0


def info_wrap(data: Any, rows: Row, paging: Paging | None) -> Any:
    """The wrap of a list with what its body tells of the page, in so far as the names say it."""
    if not isinstance(rows.wrap, dict):
        return rows.wrap
    wrap = dict(rows.wrap)
    names = properties_of(data, rows.pointer)
    for name, where in names.items():
        if wrap.get(name) == "$rows":
            continue
        hole = _hole(name, data, where, paging)
        inner = properties_of(data, where)
        if hole is not None:
            wrap[name] = hole
        elif inner and not _is_list(data, where):
            told = {key: _hole(key, data, place, paging) for key, place in inner.items()}
            required = follow(data, where)[1].get("required") or ()
            if any(told.values()) and all(told.get(each) is not None for each in required):
                wrap[name] = {key: value for key, value in told.items() if value is not None}
    return wrap


def uncut() -> Paging:
    """A list that is not cut and says how many rows there are."""
    return Paging(UNCUT, "", "", 1, 1, 1)


def tells_of_pages(wrap: Any) -> bool:
    """Whether a wrap holds anything of the page."""
    if isinstance(wrap, dict):
        return any(tells_of_pages(each) for each in wrap.values())
    return isinstance(wrap, str) and wrap.startswith("$page.")


def _hole(name: str, data: Any, pointer: str, paging: Paging | None) -> str | None:
    hole = _SAID.get(name.lower())
    if hole is None or hole[1:] not in _TOLD[paging.style if paging is not None else UNCUT]:
        return None
    kinds = follow(data, pointer)[1].get("type")
    kinds = set(kinds if isinstance(kinds, list) else [kinds])
    wanted = {"$has-more": "boolean", "$has-previous": "boolean", "$next-cursor": "string"}.get(
        hole, "integer"
    )
    return f"$page.{hole[1:]}" if wanted in kinds or (wanted == "integer" and "number" in kinds) else None


def _is_list(data: Any, pointer: str) -> bool:
    return "items" in follow(data, pointer)[1]
