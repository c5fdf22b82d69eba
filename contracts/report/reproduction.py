"""A finding to be seen again: as curl lines, and as a pytest test; knows exchanges, no target."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from contracts.answer import Answer
from contracts.finding import Finding

LOCAL = "http://127.0.0.1:4010"
LONGEST = 2_000
_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*")

Scrub = Callable[[str], str]


def base_of(target: str) -> str:
    """The address that curl lines go to: the target's, or where `mockserver serve PROVIDER` listens."""
    return LOCAL if target == "mock" else target


def curl(answer: Answer, base: str, scrub: Scrub) -> str:
    """One exchange as a line for a shell; secrets are variables."""
    parts = ["curl -i"]
    if answer.method != "GET":
        parts.append(f"-X {answer.method}")
    parts.append(_quoted(scrub(base + answer.target)))
    for name, value in sorted(answer.sent.headers.items()):
        if name.lower() not in ("content-length", "user-agent", "accept-encoding", "connection", "host"):
            parts.append(f"-H {_quoted(scrub(f'{name}: {value}'))}")
    if answer.sent.body:
        parts.append(f"--data-binary {_quoted(scrub(_text(answer.sent.body)))}")
    return " \\\n  ".join(parts)


def steps(finding: Finding, base: str, scrub: Scrub) -> list[tuple[str, str]]:
    """(curl line, what came back) of every exchange that shows a finding, in their order."""
    return [(curl(each, base, scrub), scrub(came(each))) for each in finding.answers]


def came(answer: Answer) -> str:
    """An answer in a line: its status and the beginning of its body."""
    body = " ".join(_text(answer.body).split())
    return f"{answer.status} {body[:300]}{'…' if len(body) > 300 else ''}".rstrip()


def as_pytest(finding: Finding, provider: str, seed: int, base: str, scrub: Scrub) -> str:
    """A test that fails as long as the finding is there. `CONTRACTS_TARGET` says where it asks."""
    name = re.sub(r"[^a-z0-9]+", "_", f"{finding.check} {finding.operation}".lower()).strip("_")
    told = [
        f"    # {line}" for curls, came in steps(finding, base, scrub) for line in (*curls.split("\n"), came)
    ]
    message = scrub(finding.message).replace('"""', "'''").replace("\\", "\\\\")
    return "\n".join(
        (
            "from contracts.suite.again import hold",
            "",
            "",
            f"def test_{name}() -> None:",
            f'    """{message}"""',
            *told,
            f"    hold({provider!r}, check={finding.check!r}, operation={finding.operation!r}, seed={seed})",
            "",
        )
    )


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _quoted(text: str) -> str:
    """For a shell: variables stay what they are."""
    if _VARIABLE.search(text) is None:
        return shlex.quote(text)
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`")
    # Only what stands for a secret is a variable.
    plain = re.sub(r"\$(?![A-Z][A-Z0-9_]*)", r"\\$", plain)
    return f'"{plain}"'
