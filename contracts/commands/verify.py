"""`contracts verify TRAFFIC…`: recorded requests and replies, judged by a document and openapi-core."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from contracts.commands import Mistake

SUMMARY = "judge recorded traffic by a document: HAR files, our journal, Schemathesis cassettes"
EPILOG = """\
The judge is openapi-core, which has nothing in common with the mock's own. Requests that were refused with a
4xx are expected to be wrong; a wrong one that was accepted is told, and so is every reply that the document
does not allow. Exit code 0: nothing wrong, 1: something, 2: it could not be judged.

  contracts verify run.har --document zeeg
  contracts verify run.har --document openapi.json --learn learned.overlay.yaml
"""


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("traffic", metavar="TRAFFIC", nargs="+", help="recordings")
    parser.add_argument(
        "--document", metavar="DOCUMENT", required=True, help="a file, a provider, or PROVIDER@DATE"
    )
    parser.add_argument("--overlay", metavar="FILE", action="append", default=[], help="applied to it")
    parser.add_argument(
        "--prefix",
        metavar="PATH",
        action="append",
        default=[],
        help="what stands before the document's paths in the recording (default: nothing, and /PROVIDER)",
    )
    parser.add_argument("--all-requests", action="store_true", help="tell of refused requests, too")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--learn", metavar="FILE", help="write an overlay that proposes what the document does not say"
    )


def run(options: Namespace) -> int:
    """Judge; 0 for nothing wrong, 1 for something. Mistake where it could not be judged."""
    from contracts.diff.documents import open_named
    from contracts.oracle.judge import Judge, Verdict
    from contracts.oracle.reading import NoTraffic, read_traffic
    from contracts.oracle.traffic import Traffic
    from mockserver.house import UnknownProvider
    from mockserver.openapi.problems import SpecificationError

    try:
        document = open_named(options.document, [Path(each) for each in options.overlay])
        recorded: list[Traffic] = []
        for name in options.traffic:
            recorded += read_traffic(Path(name))
    except SpecificationError as error:
        lines = dict.fromkeys(" ".join(str(each).split()) for each in error.problems)
        raise Mistake(*(f"contracts verify: {line}" for line in lines)) from None
    except (UnknownProvider, NoTraffic) as error:
        raise Mistake(f"contracts verify: {error}") from None
    judge = Judge(document.data, ["", f"/{document.slug}", *(each.rstrip("/") for each in options.prefix)])
    verdicts: list[Verdict] = []
    operations: Counter[str] = Counter()
    refused = 0
    for traffic in recorded:
        operations[judge.label(traffic)] += 1
        wrong = judge.request(traffic)
        if wrong and 400 <= traffic.status < 500 and not options.all_requests:
            refused += 1
        else:
            verdicts += wrong
        verdicts += judge.reply(traffic)
    if options.learn:
        _learn(options, document.data, judge, recorded)
    unknown = operations.pop("", 0)
    if options.format == "json":
        told = {
            "exchanges": len(recorded),
            "operations": dict(sorted(operations.items())),
            "unknown": unknown,
            "rightly_refused": refused,
            "findings": [
                {
                    "source": each.source,
                    "operation": each.operation,
                    "side": each.side,
                    "part": each.part,
                    "pointer": each.pointer,
                    "place": each.place,
                    "message": each.message,
                }
                for each in verdicts
            ],
        }
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        for each in verdicts:
            place = f" {each.place}" if each.place else ""
            sys.stdout.write(
                f"{each.source}: {each.operation or 'no operation'}: {each.side}{place}: {each.message} "
                f"[{each.pointer}]\n"
            )
        sys.stdout.write(
            f"{_many(len(recorded), 'exchange')} of {_many(len(operations), 'operation')}, "
            f"{_many(refused, 'request')} rightly refused, {_many(len(verdicts), 'finding')}\n"
        )
    return 1 if verdicts else 0


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _learn(options: Namespace, data: object, judge: object, recorded: object) -> None:
    from collections.abc import Mapping
    from datetime import UTC, datetime

    from contracts.oracle.judge import Judge
    from contracts.oracle.learning import learn
    from mockserver.openapi.written import to_yaml

    assert isinstance(data, Mapping)
    assert isinstance(judge, Judge)
    assert isinstance(recorded, list)
    lessons = learn(data, judge, recorded)
    names = ", ".join(Path(name).name for name in options.traffic)
    overlay = lessons.overlay(datetime.now(UTC).date(), names)
    if overlay is None:
        sys.stderr.write("there is nothing to learn: the document says all that was seen\n")
        return
    head = "# Proposed by `contracts verify --learn`; read it before it is applied.\n"
    try:
        Path(options.learn).write_text(head + to_yaml(overlay), encoding="utf-8")
    except OSError as error:
        raise Mistake(
            f"contracts verify: {options.learn} cannot be written: {error.strerror or error}"
        ) from None
    sys.stderr.write(f"{_many(len(overlay['actions']), 'proposal')} in {options.learn}\n")
