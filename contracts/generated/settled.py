"""Schemathesis's settings of a run, put together once for each operation; changes nothing that they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# What it asks for with an operation, a phase or both, and merges anew from the operation's entries, the
# phase's and the project's: some six times a case, a tenth of what the case costs.
MERGED = ("phases_for", "generation_for", "checks_config_for")


def settled(config: Any) -> Any:
    """The settings of a project, of which each answer is kept. They must not be changed after that.

    Operations are told apart by method and path, as our entries name them. A version of Schemathesis that
    merges by other names is as slow as it is.
    """
    kind = type(config)
    names = {name: _keeping(getattr(kind, name)) for name in MERGED if hasattr(kind, name)}
    config.__class__ = type("Settled", (kind,), {"__slots__": (), **names})
    return config


def _keeping(merge: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[tuple[str | None, str | None], Any] = {}

    def keeping(self: Any, *, operation: Any = None, **named: Any) -> Any:
        key = None if operation is None else operation.label, named.get("phase")
        found = kept.get(key)
        if found is None:
            found = kept[key] = merge(self, operation=operation, **named)
        return found

    return keeping
