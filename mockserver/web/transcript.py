"""Exchanges as lines for a person: what came, what left, and why; shows no secret and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from mockserver.engine.exchange import Exchange
from mockserver.faults.happenings import MARK
from mockserver.web.explain import explain

# Members that hold what lets somebody in, whatever the provider: refresh_token, clientSecret, code_verifier.
_SECRET = re.compile(r"(secret|password|verifier|(refresh|access)_?token|^token)$", re.IGNORECASE)
LONGEST_BODY = 400
MOST = 30


def transcript(exchanges: Iterable[Exchange], *, most: int = MOST) -> list[str]:
    """The last `most` exchanges, oldest first: a line each, and below it the bodies and the reason."""
    shown = list(exchanges)
    left_out = max(0, len(shown) - most)
    lines = [f"… {left_out} earlier exchanges"] if left_out else []
    for exchange in shown[left_out:]:
        lines += lines_of(exchange)
    return lines


def lines_of(exchange: Exchange) -> list[str]:
    """One exchange, its tokens masked."""
    told = explain(exchange)
    target = told["path"] + (f"?{told['query']}" if told["query"] else "")
    who = "somebody else" if is_made_up(exchange) else told["persona"]
    line = f"{told['id']}  {told['method']} {target} -> {told['status']}"
    if told["operation"]:
        line += f"  {told['operation']}"
    lines = [f"{line}, as {who}" if who else line]
    if body := _body(told["request"]):
        lines.append(f"      > {body}")
    response = told["response"] or {}
    if body := _body(response):
        lines.append(f"      < {body}")
    if told["reason"]:
        lines.append(f"      why: {' '.join(str(told['reason']).split())}")
        if told["stage"] and told["pointer"]:
            lines.append(f"      by:  {told['stage']}, {told['rule']}, {told['pointer']}")
    lines += [f"      note: {warning}" for warning in told["warnings"]]
    return lines


def is_made_up(exchange: Exchange) -> bool:
    """Whether a fault made this exchange, and no client."""
    return MARK in exchange.headers


def masked(value: Any) -> Any:
    """A JSON value without what its members are named secrets of; labels of known tokens stay."""
    if isinstance(value, dict):
        grants = "grant_type" in value
        return {
            key: "***"
            if isinstance(each, str)
            and not each.startswith("<token of ")
            and (_SECRET.search(key) is not None or (grants and key == "code"))
            else masked(each)
            for key, each in value.items()
        }
    return [masked(each) for each in value] if isinstance(value, list) else value


def _body(part: dict[str, Any]) -> str:
    value = masked(part.get("body"))
    if value in (None, "", b""):
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}… ({len(text)} characters)"
