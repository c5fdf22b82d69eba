"""What traffic shows that a document does not say, as a proposed overlay; decides nothing for anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from contracts.diff.schemas import Side, flat
from contracts.oracle.judge import Judge
from contracts.oracle.traffic import Traffic
from mockserver.openapi.infer_rows import follow
from mockserver.openapi.positions import escape
from mockserver.openapi.repairs import jsonpath

# A list of values is proposed to be longer; one that grows beyond this was no list of values.
_MOST_VALUES = 50


@dataclass(slots=True)
class _Seen:
    count: int = 0
    value: Any = None


@dataclass(slots=True)
class Lessons:
    """Undeclared statuses by operation, fields and values by the pointer of the schema that lacks them."""

    data: Mapping[str, Any]
    statuses: dict[tuple[str, str], _Seen] = field(default_factory=dict)
    fields: dict[tuple[str, str], _Seen] = field(default_factory=dict)
    values: dict[tuple[str, str], _Seen] = field(default_factory=dict)
    examined: int = 0

    def learn(self, traffic: Traffic, pointer: str) -> None:
        """Look at one reply of the operation at that pointer."""
        self.examined += 1
        status = str(traffic.status)
        responses = follow(self.data, f"{pointer}/responses")[1]
        declared = next((key for key in (status, f"{status[0]}XX", "default") if key in responses), None)
        if declared is None:
            _count(self.statuses, (pointer, status), None)
            return
        body = _json(traffic)
        if body is None:
            return
        at, response = follow(self.data, f"{pointer}/responses/{declared}")
        content = response.get("content")
        name = next((name for name in content or () if "json" in name), None)
        if name is not None:
            self._look(Side(self.data, f"{at}/content/{escape(name)}/schema"), body[0], 0)

    def _look(self, side: Side, value: Any, depth: int) -> None:
        known = flat(side)
        if depth > 30:
            return
        if known.unions:
            # Which of several forms was meant is the reader's to say, unless only one can be.
            objects = [each for each in known.unions if "object" in flat(each).types]
            if len(objects) == 1 and isinstance(value, dict):
                self._look(objects[0], value, depth + 1)
            return
        if isinstance(value, dict) and known.properties:
            at = follow(side.data, side.pointer)[0]
            for name, inner in value.items():
                if name in known.properties:
                    self._look(known.properties[name], inner, depth + 1)
                elif not isinstance(known.schema.get("additionalProperties"), dict):
                    _count(self.fields, (at, name), inner)
        elif isinstance(value, list) and known.items is not None:
            for each in value:
                self._look(known.items, each, depth + 1)
        elif isinstance(value, str) and known.values is not None and value not in known.values:
            _count(self.values, (follow(side.data, side.pointer)[0], value), value)

    def overlay(self, today: date, source: str) -> dict[str, Any] | None:
        """The proposal, each action with how often it was seen; None where there is nothing to learn."""
        actions: list[dict[str, Any]] = []

        def propose(pointer: str, why: str, count: int, update: Any) -> None:
            actions.append(
                {
                    "target": jsonpath(pointer, self.data),
                    "description": why,
                    "x-evidence": {
                        "known": "observed",
                        "source": f"{source}, {today.isoformat()}",
                        "note": f"seen {count} time{'' if count == 1 else 's'}",
                    },
                    "update": update,
                }
            )

        for (pointer, status), seen in sorted(self.statuses.items()):
            response = {status: {"description": f"Observed on {today.isoformat()}."}}
            propose(f"{pointer}/responses", f"{status} is answered and not declared.", seen.count, response)
        for (pointer, name), seen in sorted(self.fields.items()):
            update = {"properties": {name: _kind(seen.value)}}
            propose(pointer, f"{name} is there and not declared.", seen.count, update)
        for (pointer, value), seen in sorted(self.values.items()):
            schema = follow(self.data, pointer)[1]
            if isinstance(schema.get("enum"), list) and len(schema["enum"]) < _MOST_VALUES:
                propose(f"{pointer}/enum", f"{value!r} is answered and not listed.", seen.count, [value])
        if not actions:
            return None
        return {
            "overlay": "1.0.0",
            "info": {"title": f"Proposed from {source}", "version": today.isoformat()},
            "actions": actions,
        }


def learn(data: Mapping[str, Any], judge: Judge, recorded: Iterable[Traffic]) -> Lessons:
    """What the replies of some traffic show that the document does not say."""
    lessons = Lessons(data)
    for traffic in recorded:
        found = judge.pointer(traffic)
        if found:
            lessons.learn(traffic, found)
    return lessons


def _count(table: dict[tuple[str, str], _Seen], key: tuple[str, str], value: Any) -> None:
    seen = table.setdefault(key, _Seen())
    seen.count += 1
    if seen.value is None:
        seen.value = value


def _json(traffic: Traffic) -> tuple[Any] | None:
    if not traffic.reply_body or "json" not in traffic.reply_header("content-type"):
        return None
    try:
        return (orjson.loads(traffic.reply_body),)
    except orjson.JSONDecodeError:
        return None


def _kind(value: Any) -> dict[str, Any]:
    """The type of what was seen, and nothing of its content: that may be somebody's."""
    if value is None:
        return {}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)]}
