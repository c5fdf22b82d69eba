"""All that is known at start-up of how one operation is answered; knows facts, holds no state of a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.engine.acting import Acting
from mockserver.engine.authenticate import Alternative
from mockserver.engine.disputed import Disputed
from mockserver.engine.exchange import Behaviour, Stage
from mockserver.engine.throttle import Quota
from mockserver.engine.versions import Versions
from mockserver.openapi.contract import Body, Media, Operation, Response
from mockserver.openapi.parameters import ParameterPlan, compile_parameters

# Where an operation does not declare the status that a rule asks for, its nearest declared neighbour.
NEIGHBOURS: Mapping[int, tuple[int, ...]] = {
    400: (422,),
    422: (400,),
    413: (400, 422),
    415: (400, 422),
    409: (400, 422),
}
WANTED: Mapping[str, int] = {"invalid-parameters": 422, "invalid-body": 422}


@dataclass(slots=True, eq=False)
class Plan:
    """One operation, ready to be answered. `operation` is None for a path or verb that is not there."""

    id: str
    pointer: str
    operation: Operation | None
    stages: tuple[Stage, ...]
    behaviour: Behaviour
    kind_of_answer: str = "schema"
    alternatives: Sequence[Alternative] = ()
    # The lowest plan that may, and all of them.
    needs_plan: str | None = None
    plans: frozenset[str] = frozenset()
    # The plan without which a token is as good as none (x-plan at the security scheme).
    token_plan: str | None = None
    token_plans: frozenset[str] = frozenset()
    # As whom tokens act, and the roles that may; None where the document knows neither.
    acting: Acting | None = None
    roles: frozenset[str] | None = None
    scopes_by_value: Sequence[tuple[str, Mapping[str, frozenset[str]]]] = ()
    quotas: Sequence[Quota] = ()
    parameters: ParameterPlan = field(default_factory=lambda: compile_parameters(()))
    body: Body | None = None
    usual_media: Media | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    # The name of its own refusals' envelope (x-envelope).
    envelope: str | None = None
    # The names in it that the provider's own pages disagree on.
    disputed: Disputed | None = None
    # Which plan answers, by the version that a request asks for; None where there is one only.
    versions: Versions | None = None
    _responses: dict[int, Response | None] = field(default_factory=dict)
    # How its refusals are worded, by rule and status (`refuse.Wording`).
    wordings: dict[tuple[str, int], Any] = field(default_factory=dict)
    _statuses: dict[tuple[str, int], int] = field(default_factory=dict)
    _success: int = 0

    @property
    def security_pointer(self) -> str:
        """Where the document says who may do this."""
        return self.pointer + "/security" if self.pointer else "/security"

    @property
    def responses(self) -> Mapping[str, Response]:
        """The declared responses by status key: "200", "4XX", "default"."""
        return self.operation.responses if self.operation is not None else {}

    def response(self, status: int) -> Response | None:
        """The declared response for a status: its own, its range's, or the default one."""
        try:
            return self._responses[status]
        except KeyError:
            declared = self.responses
            found = declared.get(str(status)) or declared.get(f"{status // 100}XX") or declared.get("default")
            self._responses[status] = found
            return found

    def declares(self, status: int) -> bool:
        """Whether the document names that status, or its range, for this operation."""
        return str(status) in self.responses or f"{status // 100}XX" in self.responses

    def status_of(self, rule: str, wanted: int = 0) -> int:
        """The status that a rule has here: provider.yaml's, else the usual one or its declared neighbour."""
        found = self._statuses.get((rule, wanted))
        if found is None:
            found = self._statuses[rule, wanted] = self._status_of(rule, wanted)
        return found

    def _status_of(self, rule: str, wanted: int) -> int:
        told = self.statuses.get(rule)
        if told is not None:
            return told
        status = wanted or WANTED.get(rule, 400)
        if self.operation is None or self.declares(status):
            return status
        return next((near for near in NEIGHBOURS.get(status, ()) if self.declares(near)), status)

    def success(self) -> int:
        """The first declared 2xx; 200 where a range or the default covers it, or nothing is declared.

        Of an operation that never succeeds, the first status there is, a redirection before an error.
        """
        if not self._success:
            self._success = self._find_success()
        return self._success

    def _find_success(self) -> int:
        declared = [int(status) for status in self.responses if status.isdigit()]
        for status in declared:
            if status // 100 == 2:
                return status
        if self.response(200) is not None:
            return 200
        never = [status for status in declared if status >= 300]
        return next((status for status in never if status < 400), never[0] if never else 200)

    def media(self, status: int) -> Media | None:
        """The JSON media type of a declared response, or its first one."""
        response = self.response(status)
        if response is None or not response.media:
            return None
        return response.media.get("application/json") or next(iter(response.media.values()))
