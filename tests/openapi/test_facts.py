from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.openapi.anatomy import lookup
from mockserver.openapi.facts import check_evidence, check_facts, read_provider
from mockserver.openapi.places import specs_folder
from mockserver.openapi.problems import SpecificationError

EVIDENCE = {"known": "observed", "source": "a recording", "note": "twice"}
GOOD: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "T", "version": "1", "x-evidence": EVIDENCE},
    "x-provider": {"slug": "acme", "title": "Acme"},
    "x-resources": {
        "event": {
            "schema": "#/components/schemas/Event",
            "id": "uuid",
            "owner": "_account",
            "new": {"createdAt": "$now", "id": "$id", "by": {"email": "$body.email"}, "a": ["$caller.user"]},
            "touch": {"updatedAt": "$now", "gone": "$null"},
            "sort": ["-startTime", "uuid"],
            "indexes": [{"by": ["_account"], "order": ["startTime"]}],
            "x-evidence": EVIDENCE,
        }
    },
    "x-paging": {
        "plain": {
            "style": "page",
            "params": {"page": "page", "size": "count"},
            "size": {"default": 20, "max": 100},
            "first": 1,
            "info": {"total": "$total", "next": "$next-url"},
            "x-evidence": EVIDENCE,
        }
    },
    "x-rate-limit": {
        "default": "normal",
        "normal": {
            "limit": 10,
            "window": 60,
            "algorithm": "sliding",
            "burst": 2,
            "block": 5,
            "per": "token",
            "headers": {"limit": "X-Limit", "retry-after": "Retry-After"},
            "reset-form": "epoch",
            "x-evidence": EVIDENCE,
        },
    },
    "x-order": ["throttle", "authenticate", "authorize", "validate"],
    "paths": {
        "/events": {
            "get": {
                "x-evidence": EVIDENCE,
                "x-paging": "plain",
                "x-rate-limit": ["normal"],
                "x-plan": "paid",
                "x-resource": {
                    "kind": "event",
                    "action": "list",
                    "wrap": {"collection": "$rows", "pagination": "$page"},
                    "parent": {"kind": "event", "param": "uuid", "field": "_event"},
                    "filters": {"host": {"field": "hosts.email", "op": "eq"}, "q": {"fields": ["a", "b.c"]}},
                    "sort": {"param": "sort", "field": "startTime", "default": "asc"},
                },
                "parameters": [{"name": "scope", "x-scopes": {"all": ["admin:full"]}, "x-opaque": True}],
            },
            "post": {
                "x-behaviour": "create_event",
                "x-rate-limit": "normal",
                "x-resource": {
                    "kind": "event",
                    "action": "transition",
                    "id": "uuid",
                    "from": {"status": ["confirmed"]},
                    "set": {"status": "cancelled", "reason": "$body.reason", "which": "$param.uuid"},
                    "refuse": {"status": 409, "rule": "already-cancelled"},
                    "idempotent": True,
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Event": {
                "properties": {
                    "x-no-fact": {"type": "string"},
                    "currentTime": {"type": "string", "format": "date-time", "x-now": True},
                },
                "example": {"x-anything": 1},
                "x-evidence": EVIDENCE,
            }
        }
    },
}


def changed(pointer: str, value: Any) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(orjson.dumps(GOOD))  # no object in two places
    parent, _, key = pointer.rpartition("/")
    lookup(data, parent)[key.replace("~1", "/")] = value
    return data


def test_every_fact_may_be_said_as_the_brief_says_it() -> None:
    assert check_facts(GOOD, strict=True) == []


GET, POST = "/paths/~1events/get", "/paths/~1events/post"


@pytest.mark.parametrize(
    ("pointer", "value", "message"),
    [
        (f"{GET}/x-resorce", {}, "did you mean 'x-resource'?"),
        ("/x-zzz", 1, "the fact x-zzz is not known"),
        ("/info/x-logo", 1, "is not known"),
        ("/components/schemas/Event/properties/currentTime/x-nwo", True, "did you mean 'x-now'?"),
        (f"{GET}/x-now", True, "x-now belongs to a schema, not to an operation"),
        (
            "/x-plan",
            "paid",
            "x-plan belongs to an operation or a security scheme, not to the document's root",
        ),
        ("/components/schemas/Event/x-paging", "plain", "belongs to the document's root or an operation"),
    ],
)
def test_unknown_and_misplaced_facts_are_named(pointer: str, value: Any, message: str) -> None:
    ((where, said),) = check_facts(changed(pointer, value), strict=True)
    assert where == pointer
    assert message in said


@pytest.mark.parametrize(
    ("pointer", "value", "where", "message"),
    [
        ("/x-order", ["authenticate"], "", "4 items"),
        ("/x-order", ["throttle"] * 4, "", ""),
        ("/x-paging/plain/stile", "page", "", "did you mean 'style'?"),
        ("/x-paging/plain/style", "pages", "", "pages"),
        ("/x-paging/plain/info", {"total": "$totl"}, "/total", "Known: $total"),
        ("/x-paging/plain/size/default", 0, "", "0"),
        ("/x-rate-limit/normal/window", 0, "", "0"),
        ("/x-rate-limit/normal/per", "user", "", "user"),
        ("/x-rate-limit/default", "none", "", "not declared in the document's x-rate-limit"),
        ("/x-resources/event/schema", "#/components/schemas/Evnt", "", "did you mean"),
        ("/x-resources/event/schema", "Event", "", "malformed"),
        ("/x-resources/event/new", {"a": "$bdy.x"}, "/a", "$body"),
        ("/x-resources/event/sort", "x", "", "array"),
        (f"{GET}/x-paging", "plane", "", "did you mean 'plain'?"),
        (f"{GET}/x-rate-limit", ["normal", "none"], "", "not declared"),
        (f"{GET}/x-resource/kind", "evnt", "", "did you mean 'event'?"),
        (f"{GET}/x-resource/parent/kind", "none", "", "not declared"),
        (f"{GET}/x-resource/action", "destroy", "", "destroy"),
        (f"{GET}/x-resource/wrap", {"a": [{"b": "$rwo"}]}, "/a/0/b", "Known: $row, $rows, $page"),
        (f"{GET}/x-resource/filters/host/fields", ["a"], "", ""),
        (f"{GET}/x-resource/filters/host/op", "ne", "", "ne"),
        (f"{GET}/x-evidence", {"known": "documented"}, "", "source"),
        (f"{GET}/x-evidence/known", "guessed", "", "guessed"),
        (f"{GET}/parameters/0/x-opaque", "yes", "", "boolean"),
        (f"{POST}/x-resource/refuse", {"status": 200, "rule": "r"}, "/status", "200"),
        (f"{POST}/x-behaviour", "create event", "", "malformed"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_malformed_facts_are_named_where_they_are_wrong(
    pointer: str, value: Any, where: str, message: str, strict: bool
) -> None:
    found = check_facts(changed(pointer, value), strict=strict)
    assert found
    if message:
        ((place, said),) = found
        assert place == pointer + where
        assert message in said


def test_a_document_that_nobody_prepared_keeps_its_vendor_keys() -> None:
    data = changed("/info/x-logo", {"url": "x"})
    data["x-tagGroups"] = []
    data["paths"]["/events"]["get"]["x-codeSamples"] = []
    assert check_facts(data, strict=False) == []
    assert len(check_facts(data, strict=True)) == 3


@pytest.mark.parametrize("data", [None, [], {"paths": []}, {"x-resources": 1}, {"paths": {"/a": {"get": 1}}}])
def test_no_document_however_wrong_breaks_the_check(data: Any) -> None:
    check_facts(data, strict=True)


def test_evidence_outside_a_document_is_checked_too() -> None:
    assert check_evidence(EVIDENCE) == []
    assert check_evidence({"known": "documented", "sauce": "x"}) != []


PROVIDER = """
slug: zeeg
title: Zeeg
live: {url: https://api.zeeg.me/v2, credentials: {owner: ZEEG_API_TOKEN}}
sdk-env: {ZEEG_BASE_URL: "{url}/v2", ZEEG_API_TOKEN: "{token}"}
tokens: {header: Authorization, scheme: Bearer, shape: "zeeg_{persona}", minted: "zeeg_{base62:32}"}
personas:
  owner: {account: acme, user: u1, scopes: all, plan: paid, note: "may do everything"}
  each-scope: {account: acme, user: u1, plan: paid, name: "only-{scope}", scopes: each}
  reader: {scopes: [events:read]}
  revoked: {revoked: true}
  expired: {expired: true}
  free: {plan: free}
  other: {account: rival}
ids: {event: "zg-{base62:20}", user: "{uuid}", call: "{ordinal}", pin: "{digits:6}{hex:2}"}
refusals:
  default: {success: false, message: $message, status: $status}
  "422": {success: false, message: $message, status: $status, errors: $problems.by-field}
  agent-not-active: {error: $message}
messages: {missing-credentials: "Unauthenticated.", missing-scope: "needs {scope}"}
rows:
  event:
    - {uuid: x, _account: acme, nested: [{a: 1}]}
example: {operation: listEvents, curl: "/v2/scheduled-events?count=2"}
"""


def test_provider_yaml_may_say_what_the_brief_says(tmp_path: Path) -> None:
    path = tmp_path / "provider.yaml"
    path.write_text(PROVIDER)
    provider = read_provider(path)
    assert provider["refusals"]["422"]["errors"] == "$problems.by-field"
    with pytest.raises(TypeError):
        provider["slug"] = "x"  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "line", "pointer", "message"),
    [
        ("title:", "titel:", 3, "/titel", "did you mean 'title'?"),
        ("scopes: each}", "scopes: some}", 9, "/personas/each-scope/scopes", "some"),
        ("zg-{base62:20}", "zg-{base63:20}", 15, "/ids/event", "malformed"),
        ("https://api", "ftp://api", 4, "/live/url", "ftp"),
        ("https://api.zeeg", "https://a b", 4, "/live/url", "uri"),
        ("$problems.by-field", "$problem", 18, "/refusals/422/errors", "$problems.by-field"),
        ("slug: zeeg", "slug: Zeeg", 2, "/slug", "Zeeg"),
        ("ZEEG_BASE_URL:", "base url:", 5, "/sdk-env", "base url"),
    ],
)
def test_a_wrong_provider_yaml_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, pointer: str, message: str
) -> None:
    path = tmp_path / "provider.yaml"
    path.write_text(PROVIDER.replace(old, new))
    with pytest.raises(SpecificationError) as caught:
        read_provider(path)
    found = {(p.line, p.pointer): p.message for p in caught.value.problems}
    assert (line, pointer) in found
    assert message in found[line, pointer]


def test_a_missing_provider_yaml_is_a_specification_error(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="there is no such file"):
        read_provider(tmp_path / "provider.yaml")


def test_the_readme_lists_every_fact_and_every_key_of_provider_yaml() -> None:
    definitions = orjson.loads((specs_folder() / "facts.schema.json").read_bytes())["$defs"]
    readme = (specs_folder() / "README.md").read_text()
    facts = {
        name
        for carrier in ("document", "operation", "securityScheme", "parameter", "schema", "everywhere")
        for name in definitions[carrier]["properties"]
    }
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", readme, re.MULTILINE))
    assert listed == facts | set(definitions["provider"]["properties"])
