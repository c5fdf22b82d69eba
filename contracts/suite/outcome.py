"""What came of a run: findings, what was exercised how often, what was not reached; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.finding import Finding


@dataclass(frozen=True, slots=True)
class Gap:
    """What was to be exercised and was not: a check (or phase) at an operation."""

    check: str
    operation: str

    @property
    def key(self) -> str:
        """As it stands in a baseline."""
        return f"{self.check} {self.operation}"


@dataclass(slots=True)
class Row:
    """What one check, or one phase of generation, did.

    `exercised` says by operation how often it was truly put, `statuses` with which answers. `skipped` is the
    reason why it was not put at all, `broken` what went wrong with the check itself.
    """

    name: str
    says: str = ""
    wanted: Sequence[str] = ()
    exercised: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    requests: int = 0
    seconds: float = 0.0
    skipped: str = ""
    broken: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def gaps(self) -> list[Gap]:
        """What it should have been put to and was not."""
        if self.skipped:
            return []
        return [Gap(self.name, each) for each in self.wanted if not self.exercised.get(each)]


@dataclass(slots=True)
class Outcome:
    """A whole run. `stopped` says why it ended early, "" when it did not."""

    provider: str
    title: str
    target: str
    seed: int
    started: str
    operations: Sequence[str] = ()
    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    requests: int = 0
    stopped: str = ""
    statuses: Mapping[tuple[str, int], int] = field(default_factory=dict)
    times: Mapping[str, Sequence[float]] = field(default_factory=dict)
    shard: tuple[int, int] = (1, 1)
    known: frozenset[str] = frozenset()
    """Keys of findings and gaps that a baseline has: they are told, and fail nothing."""
    notes: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """All of them, each mistake once."""
        found: dict[tuple[str, str], Finding] = {}
        for row in self.rows:
            for each in row.findings:
                found.setdefault((each.key, each.message), each)
        return list(found.values())

    @property
    def new(self) -> list[Finding]:
        """Those that no baseline has."""
        return [each for each in self.findings if each.key not in self.known]

    @property
    def gaps(self) -> list[Gap]:
        """What was not reached, and no baseline has."""
        return [gap for row in self.rows for gap in row.gaps if gap.key not in self.known]

    @property
    def excused(self) -> list[Gap]:
        """What was not reached, as a baseline says."""
        return [gap for row in self.rows for gap in row.gaps if gap.key in self.known]

    @property
    def broken(self) -> list[Row]:
        """Checks that went wrong themselves."""
        return [row for row in self.rows if row.broken]

    @property
    def cases(self) -> set[tuple[str, str]]:
        """Every (check, operation) that was exercised."""
        return {(row.name, each) for row in self.rows for each, times in row.exercised.items() if times}
