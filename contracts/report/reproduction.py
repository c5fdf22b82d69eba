"""A finding to be seen again: as curl lines, and as a pytest test; knows exchanges, no target."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from contracts.answer import Answer
from contracts.finding import Finding

LOCAL = "http://127.0.0.1:4010"
LONGEST = 2_000
SHOWN = 300
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
        parts.append(f"--data-binary {_quoted(_cut(scrub(_text(answer.sent.body)), LONGEST))}")
    return " \\\n  ".join(parts)


def steps(finding: Finding, base: str, scrub: Scrub) -> list[tuple[str, str]]:
    """(curl line, what came back) of every exchange that shows a finding, in their order."""
    return [(curl(each, base, scrub), came(each, scrub)) for each in finding.answers]


def came(answer: Answer, scrub: Scrub) -> str:
    """An answer in a line: its status and the beginning of its body."""
    # Secrets go first: half of one that is cut off would not be known any more.
    body = " ".join(scrub(_text(answer.body)).split())
    return f"{answer.status} {_cut(body, SHOWN)}".rstrip()


def as_pytest(finding: Finding, provider: str, seed: int, base: str, scrub: Scrub) -> str:
    """A test that fails as long as the finding is there. `CONTRACTS_TARGET` says where it asks.

    "" for a disagreement, which takes two servers to show.
    """
    if finding.check.startswith("agree."):
        return ""
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
    return body.decode("utf-8", "replace")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _quoted(text: str) -> str:
    """For a shell: variables stay what they are."""
    if _VARIABLE.search(text) is None:
        return shlex.quote(text)
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`")
    # Only what stands for a secret is a variable.
    plain = re.sub(r"\$(?![A-Z][A-Z0-9_]*)", r"\\$", plain)
    return f'"{plain}"'
