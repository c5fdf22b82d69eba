"""What a program has been shown, and what never: statuses, faults, pages, fields; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.consumer.paging import longest_list, page_of
from contracts.consumer.palette import Palette, Used
from contracts.consumer.posting import FAULTS
from contracts.consumer.seen import Run, Seen

# So many operations that were never called are named.
MOST_NAMED = 12

FORGED, REPEATED, DISORDERED = "forged webhook", "repeated webhook", "webhooks in another order"
FIELDS = {
    "null-for-nullable": "null as {field} of {operation}",
    "dropped-optional-field": "{operation} without {field}",
}
KINDS = {
    "rate-limit-storm": "429 on {operation}",
    "server-error": "5xx on {operation}",
    "outage": "5xx on {operation}",
    "lost-reply": "lost reply of {operation}",
    "dropped-connection": "dropped connection at {operation}",
    "token-expires": "expired token at {operation}",
    "expired-token": "expired token at {operation}",
    "unknown-extra-field": "unknown field from {operation}",
    "unknown-enum-value": "unknown value from {operation}",
    "other-value": "other values from {operation}",
    "moved-times": "other times from {operation}",
    "meanwhile": "somebody else before {operation}",
    "latency": "late answer of {operation}",
    "clock-jump": "time passing before {operation}",
    "other-order": "another order from {operation}",
}


@dataclass
class Coverage:
    """Counts, over all the cases of one program."""

    cases: int = 0
    requests: int = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def add(self, run: Run) -> None:
        """Count what one run has shown."""
        self.cases += 1
        for said in {*(fault.replace("webhook-", "webhook, ") for fault in run.hooked), *_brought(run)}:
            self.tried[said] += 1
        self.requests += len(run.seen)
        for seen in run.seen:
            if not seen.operation:
                continue
            self.statuses[seen.operation, seen.status] += 1
            self.tried[f"call of {seen.operation}"] += 1
            for said in set(_shown(seen)):
                self.tried[said] += 1
            caller = seen.exchange.caller
            if caller is not None:
                self.held |= caller.scopes
            self.needed |= {scope for demand in seen.exchange.demands for scope in demand}

    def possible(self, palette: Palette) -> list[str]:
        """Everything that could be shown to a program that asks for these operations."""
        hooks = [each["fault"].replace("webhook-", "webhook, ") for each in FAULTS] if palette.events else []
        if palette.hooks:
            hooks += [FORGED, REPEATED, *([DISORDERED] if palette.hooks > 1 else [])]
        return [*(said for used in palette.used for said in _could(used, palette)), *hooks]

    def never(self, palette: Palette) -> list[str]:
        """What could have been shown and was not."""
        return [said for said in self.possible(palette) if not self.tried[said]]

    def share(self, palette: Palette) -> float:
        """How much of what could be shown was, in percent; none where the program asked for nothing."""
        possible = self.possible(palette)
        if not possible:
            return 0.0
        return 100.0 * (1 - len(self.never(palette)) / len(possible))

    def text(self, palette: Palette, operations: Iterable[str]) -> str:
        """The report for a person."""
        never = self.never(palette)
        lines = [
            f"{self.cases} cases, {self.requests} requests; shown {self.share(palette):.0f} % of "
            f"{len(self.possible(palette))} situations"
        ]
        for used in palette.used:
            told = ", ".join(
                f"{status} x{count}" for (id, status), count in sorted(self.statuses.items()) if id == used.id
            )
            lines.append(f"  {used.id}: {told}")
        if never:
            lines.append("never tried: " + "; ".join(never))
        unused = [id for id in operations if all(used.id != id for used in palette.used)]
        if unused:
            rest = f" and {len(unused) - MOST_NAMED} more" if len(unused) > MOST_NAMED else ""
            lines.append(f"never called: {', '.join(unused[:MOST_NAMED])}{rest}")
        return "\n".join(lines)

    def as_json(self, palette: Palette) -> dict[str, Any]:
        """The same for a program."""
        return {
            "cases": self.cases,
            "requests": self.requests,
            "share": round(self.share(palette), 1),
            "statuses": {f"{id} {status}": count for (id, status), count in sorted(self.statuses.items())},
            "tried": dict(sorted(self.tried.items())),
            "never": self.never(palette),
        }


def _brought(run: Run) -> Iterable[str]:
    """What webhooks that were brought to the program had about them."""
    if run.events:
        return
    true = [what for what, _, forged in run.delivered if not forged]
    if len(true) < len(run.delivered):
        yield FORGED
    if len(set(true)) < len(true):
        yield REPEATED
    first = [int(what.split()[1]) for what in dict.fromkeys(true)]
    if first != sorted(first):
        yield DISORDERED


def _shown(seen: Seen) -> Iterable[str]:
    for active in seen.exchange.faults or ():
        name = active.kind.name
        if name not in seen.acted:
            continue
        if name in FIELDS:
            yield FIELDS[name].format(operation=seen.operation, field=active.params.get("field", ""))
        elif name in KINDS:
            yield KINDS[name].format(operation=seen.operation)
    if seen.done and seen.method == "GET" and not longest_list(seen.body):
        yield f"empty list from {seen.operation}"
    if seen.paging is not None and seen.done and page_of(seen).place:
        yield f"second page of {seen.operation}"


def _could(used: Used, palette: Palette) -> Iterable[str]:
    told = {"operation": used.id}
    if palette.timeout is not None:
        yield KINDS["latency"].format(**told)
    for kind in ("rate-limit-storm", "server-error", "lost-reply", "dropped-connection", "token-expires"):
        yield KINDS[kind].format(**told)
    if used.shared:
        yield KINDS["meanwhile"].format(**told)
    if used.open:
        yield KINDS["unknown-extra-field"].format(**told)
    if any(each.text or each.values for each in used.fields):
        yield KINDS["other-value"].format(**told)
    if any(each.instant for each in used.fields):
        yield KINDS["moved-times"].format(**told)
    if used.lists:
        yield f"empty list from {used.id}"
    if used.paged and used.rows > 1:
        yield f"second page of {used.id}"
    for each in used.fields:
        if each.nullable:
            yield FIELDS["null-for-nullable"].format(field=each.name, **told)
        if each.optional:
            yield FIELDS["dropped-optional-field"].format(field=each.name, **told)
