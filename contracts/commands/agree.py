"""`contracts agree PROVIDER --target URL`: the same cases at the mock and at a server."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from contracts.commands import Mistake
from contracts.commands.arguments import add_live, count, limits_of, listed
from contracts.commands.ending import terminated_is_interrupted

SUMMARY = "put the same cases to mock and server, and show the smallest disagreement"
EPILOG = """\
For each operation a few requests are drawn, the plain one first, then some with something unusual about them:
another persona, a parameter that is wrong or missing, a path that names nothing. Both are asked, and the
answers are compared: status, type, shape, envelope, headers. Of what differs the smallest case is shown.

The server is asked as `contracts check` asks one: only read from unless --writes says otherwise, at most
--max-requests times. Its tokens come from the environment.

At the provider's own address what was found goes into the fidelity table beside the document
(specs/PROVIDER/fidelity.json); --record FILE puts it elsewhere, and records any address.

Exit code 0: they agree, 1: they do not, 2: it could not be run.

  contracts agree zeeg --target live
  contracts agree zeeg --target http://127.0.0.1:4010 --operations 'list*' --seed 7
"""


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("provider", metavar="PROVIDER", help="a provider's name, or the path of a document")
    parser.add_argument(
        "--operations", type=listed, default=(), metavar="LIST", help="ids or patterns: getEvent,list*"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is drawn (default: %(default)s)")
    parser.add_argument(
        "--cases", type=count, default=12, metavar="N", help="for each operation (default: %(default)s)"
    )
    add_live(parser)
    parser.add_argument("--record", metavar="FILE", help="the fidelity table to put it into")
    parser.add_argument(
        "--report",
        metavar="FORMAT[=FILE]",
        action="append",
        default=[],
        help="junit, html, sarif, json or github; may be repeated",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(options: Namespace) -> int:
    """Compare; 0, 1 or 2 as the epilog says."""
    from contracts.agreement.fidelity import FidelityError, place, read
    from contracts.report.files import parse_report
    from contracts.suite.opening import MOCK, Unopenable, open_live, open_mock, rooted
    from contracts.suite.selection import Unselectable, select
    from mockserver.house import UnknownProvider, build_service
    from mockserver.openapi.problems import SpecificationError

    if options.target == MOCK:
        raise Mistake("contracts agree: name the server to compare with: --target live, or an address")
    try:
        reports = [parse_report(each) for each in options.report]
        server = open_live(options.provider, options.target, os.environ, limits_of(options))
        service = build_service(options.provider)
        own = str(service.settings.live.get("url", ""))
        is_own = bool(own) and rooted(own, service) == server.name
        record = Path(options.record) if options.record else place(options.provider) if is_own else None
        if record is not None:
            read(record)
        operations = select(server.contract, operations=options.operations).operations
    except SpecificationError as error:
        raise Mistake(*dict.fromkeys(" ".join(str(each).split()) for each in error.problems)) from error
    except (UnknownProvider, Unselectable, Unopenable, FidelityError, ValueError) as error:
        raise Mistake(f"contracts agree: {error}") from error
    from contracts.targets.target import Spent

    try:
        # Nothing is there; but its answer says what time it is, and the mock is to have the same.
        server.send("GET", f"{server.contract.base_path}/", {}, b"", "")
    except Spent as spent:
        raise Mistake(f"contracts agree: {spent}") from spent
    mock = open_mock(options.provider, seed=options.seed, now=server.now())
    return _compared(mock, server, operations, record, reports, options)


def _compared(
    mock: Any, server: Any, operations: Any, record: Path | None, reports: Any, options: Namespace
) -> int:
    from contracts.agreement.fidelity import update
    from contracts.agreement.running import agree
    from contracts.agreement.telling import lines
    from contracts.report.files import write_report
    from contracts.targets.cleaning import clean_up

    scrub = server.scrubber.text

    def progress(row: Any) -> None:
        if not options.quiet:
            told = row.skipped or ("disagreed" if row.findings else "agreed")
            print(scrub(f"{row.wanted[0]}: {told}, {row.requests} requests"), file=sys.stderr)

    left = 0
    with terminated_is_interrupted():
        try:
            outcome, agreeing = agree(
                mock, server, operations, seed=options.seed, count=options.cases, tell=progress
            )
        finally:
            left = clean_up(server, lambda line: print(scrub(line)))
            server.close()
    outcome.requests = server.guard.sent
    if left:
        outcome.notes.append(f"{left} may be left behind: contracts cleanup {server.ledger.path}")
    server.scrubber.learn(mock.secrets())
    for line in lines(outcome, agreeing, scrub):
        print(scrub(line))
    for report in reports:
        for line in write_report(report, outcome, server, scrub):
            print(line)
    if record is not None and agreeing.tried:
        update(record, outcome, agreeing)
        print(f"recorded: {record}")
    if outcome.stopped == "interrupted":
        return 130
    if not agreeing.tried:
        return 2
    return 1 if outcome.findings else 0
