"""What is asked of any program that calls a provider, without a word from its author; knows no scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from contracts.consumer.paging import series_of
from contracts.consumer.seen import Run, Seen

# What a running clock and a busy machine may take off a wait.
TOLERANCE = 0.05
# A pause shorter than this between a refusal and the same request is none.
PAUSE = 0.2
MOST_TRIES = 6


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question; `judge` gives a line for each thing that is wrong."""

    name: str
    summary: str
    judge: Callable[[Run], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, by which judgement, in which run. `key` is the same for the same mistake."""

    judgement: str
    message: str
    key: str
    run: Run


def judge(run: Run, names: Iterable[str]) -> Finding | None:
    """The first thing that is wrong in a run. A program that fails is wrong whatever is switched off."""
    found: list[tuple[str, str]] = []
    for name in names:
        found += [(name, message) for message in JUDGEMENTS[name].judge(run)][:1]
    if run.error and not run.gave_up:
        # How it failed is a consequence where it did something wrong before.
        found.append(("survives", run.error))
    if not found:
        return None
    name, message = found[0]
    key = f"{name}: {run.kind}" if name == "survives" else name
    return Finding(name, message, key, run)


def ends(run: Run) -> Iterator[str]:
    """The program ends."""
    if run.endless:
        yield f"it does not end: {run.endless}"


def valid_requests(run: Run) -> Iterator[str]:
    """Every request is one that the document knows and allows."""
    for seen in run.seen:
        stop = seen.exchange.stop
        if stop is None or seen.refused_at == "faults":
            continue
        nowhere = seen.rule in ("unknown-path", "method-not-allowed", "unknown-version")
        if nowhere or seen.refused_at == "validate" or seen.rule.startswith("invalid-"):
            yield f"{seen.told} is not what the document allows: {stop.detail}"


def scopes(run: Run) -> Iterator[str]:
    """No request lacks a scope, a token that works, or any token at all."""
    for seen in run.seen:
        if seen.rule in ("missing-scope", "missing-scopes", "missing-token", "unknown-token"):
            stop = seen.exchange.stop
            yield f"{seen.told}: {stop.detail if stop is not None else seen.rule}"
        elif seen.rule == "malformed-credentials":
            yield f"{seen.told} carries credentials that the provider cannot read"


def waits(run: Run) -> Iterator[str]:
    """It waits as it was told, and never asks the same again and again."""
    for number, seen in enumerate(run.seen):
        if seen.retry_after is None or not seen.arrived:
            continue
        for later in run.seen[number + 1 :]:
            waited = later.at - seen.at
            if waited + TOLERANCE < seen.retry_after:
                yield (
                    f"{seen.told} was answered {seen.status} and told to wait {seen.retry_after:g} s; "
                    f"{later.told} came after {waited:.3g} s"
                )
            break
    yield from _hammers(run.seen)


def _hammers(seen: Sequence[Seen]) -> Iterator[str]:
    tries: dict[tuple[object, ...], int] = {}
    last: dict[tuple[object, ...], Seen] = {}
    for each in seen:
        before = last.get(each.request)
        if before is not None and before.status == 429 and before.retry_after is None and before.arrived:
            waited = each.at - before.at
            if waited < PAUSE:
                yield f"{before.told} was answered 429; {each.told} asks the same after {waited:.3g} s"
        failed = each.status >= 500 or each.status == 429 or not each.arrived
        tries[each.request] = tries.get(each.request, 0) + 1 if failed else 0
        last[each.request] = each
        if tries[each.request] > MOST_TRIES:
            yield f"{each.told} is the {tries[each.request]}th try of the same request in vain"


def safe_writes(run: Run) -> Iterator[str]:
    """A write whose answer was lost is not repeated, unless it is idempotent or a look was taken first."""
    for number, lost in enumerate(run.seen):
        if lost.method != "POST" or lost.arrived or _idempotent(lost):
            continue
        for later in run.seen[number + 1 :]:
            if later.method == "GET" and later.done and later.arrived:
                break
            if later.request == lost.request:
                outcome = "and it was done again" if later.done else f"and was answered {later.status}"
                yield f"the answer to {lost.told} was lost; {later.told} repeats it without a look, {outcome}"
                break


def _idempotent(seen: Seen) -> bool:
    operation = seen.exchange.plan.operation
    if operation is None:
        return False
    resource = operation.facts.get("resource") or {}
    return bool(resource.get("idempotent")) or b"idempotency-key" in seen.exchange.headers


def follows_pages(run: Run) -> Iterator[str]:
    """It follows every page to the end, once, and stops."""
    for series in series_of(run.seen):
        for before, after in zip(series.pages, series.pages[1:], strict=False):
            if before.place and before.place == after.place and before.seen.done and before.seen.arrived:
                yield f"{after.seen.told} asks for the page {before.place!r} again, which it had"
                break
        last = series.pages[-1]
        whole = not (run.error or run.gave_up or run.endless or run.cut)
        if whole and last.seen.done and last.seen.arrived and last.more:
            yield f"{last.seen.told} said that there is another page, and it was not asked for"


def refreshes(run: Run) -> Iterator[str]:
    """A token that has expired is replaced once, and not used again."""
    expired: dict[str, str] = {}
    expiries = 0
    for seen in run.seen:
        token = seen.token or ""
        if token and token in expired:
            yield f"{seen.told} carries the token that had expired at {expired[token]}"
            break
        if seen.rule == "expired-token" and token and seen.refused_at != "faults":
            expiries += 1
            if seen.arrived:
                expired[token] = seen.told
    if run.refreshes > expiries + sum("expired-token" in seen.acted for seen in run.seen):
        yield f"it fetched {run.refreshes} new tokens, {expiries} had expired"


def keeps_tokens(run: Run) -> Iterator[str]:
    """A token goes to the provider's host and nowhere else."""
    for seen in run.seen:
        if run.host and seen.host != run.host and seen.token:
            yield f"{seen.told} carries the token to {seen.host}, the provider is {run.host}"


def checks_webhooks(run: Run) -> Iterator[str]:
    """A forged webhook is turned away; a true one is taken, also the second time and out of order."""
    for what, status, forged in run.delivered:
        taken = status is not None and 200 <= status < 300
        if forged and taken:
            yield f"{what} was forged, and it was taken ({status})"
        elif not forged and not taken:
            yield f"{what} was not taken ({'no answer' if status is None else status})"


JUDGEMENTS: Mapping[str, Judgement] = MappingProxyType(
    {
        each.name: each
        for each in (
            Judgement("ends", "It ends.", ends),
            Judgement("valid-requests", "Every request is valid by the document.", valid_requests),
            Judgement("scopes", "Every request has the scopes it needs; none is held in vain.", scopes),
            Judgement("waits", "It waits as told after 429 and does not hammer.", waits),
            Judgement("safe-writes", "It does not repeat a write after a lost reply.", safe_writes),
            Judgement("pages", "It follows every page to the end and stops.", follows_pages),
            Judgement("refreshes", "It replaces an expired token, once.", refreshes),
            Judgement("tokens-stay", "It sends no token to another host.", keeps_tokens),
            Judgement("webhooks", "It checks signatures and takes duplicates and disorder.", checks_webhooks),
            Judgement("survives", "It survives what the document allows.", lambda _: iter(())),
        )
    }
)


class UnknownJudgement(ValueError):
    """No judgement of that name; `str()` is one line for a person."""


def chosen(switches: Mapping[str, bool] | None) -> tuple[str, ...]:
    """The judgements that are on: all but those switched off. UnknownJudgement for a name that is none."""
    for name in switches or ():
        if name not in JUDGEMENTS:
            raise UnknownJudgement(f"there is no judgement {name!r}; known are {', '.join(JUDGEMENTS)}")
    return tuple(name for name in JUDGEMENTS if (switches or {}).get(name, True))
