"""`contracts check PROVIDER`: the checks put to a mock, or to a server that claims to be the provider."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.commands import Mistake
from contracts.commands.arguments import add_live, add_selection, limits_of
from contracts.commands.ending import terminated_is_interrupted

if TYPE_CHECKING:
    from contracts.suite.outcome import Outcome
    from contracts.suite.selection import Selection
    from contracts.targets.target import Target

SUMMARY = "put the checks to a mock, or to a server that claims to be a provider"
EPILOG = """\
The target is `mock` (in this process, the default), an address, or `live`, the provider's own. A live
target is only read from unless --writes says otherwise, at most --max-requests times, and what was created
is taken away again. Its tokens come from the environment: the variables that provider.yaml names,
ZEEG_API_TOKEN for the owner, or <PROVIDER>_TOKEN_<PERSONA>, ZEEG_TOKEN_READER. No output has them.

Reports: --report junit=FILE, html=FILE, sarif=FILE, json=FILE, overlay=FILE, pytest=FILE, or github, which
prints annotations and writes the step's summary.

Exit code 0: nothing that --fail-on names, 1: something, 2: it could not be run.

  contracts check zeeg
  contracts check zeeg --target https://api.zeeg.me --max-requests 500 --report html=zeeg.html
  contracts check zeeg --checks auth,paging.totals --operations 'list*' --seed 7
"""
GENERATED = frozenset({"examples", "coverage", "fuzzing", "stateful"})
FAILS = ("findings", "documented", "vacuous", "errors", "none")


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("provider", metavar="PROVIDER", help="a provider's name, or the path of a document")
    add_selection(parser)
    add_live(parser)
    parser.add_argument("--baseline", metavar="FILE", help="what is known to be wrong and fails nothing")
    parser.add_argument(
        "--update-baseline", action="store_true", help="write what was found into the --baseline"
    )
    parser.add_argument(
        "--report",
        metavar="FORMAT[=FILE]",
        action="append",
        default=[],
        help="junit, html, sarif, json, overlay, pytest or github; may be repeated",
    )
    parser.add_argument(
        "--fail-on",
        metavar="WHAT",
        type=_fails,
        help=f"{', '.join(FAILS)}, with commas (default: findings,errors, and vacuous too in CI)",
    )
    parser.add_argument("--verbose", action="store_true", help="show how often each check was put to what")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(options: Namespace) -> int:
    """Check; 0, 1 or 2 as the epilog says."""
    from contracts.report.files import parse_report
    from contracts.suite.baseline import BaselineError, read_baseline, unreached
    from contracts.suite.opening import MOCK, Unopenable, open_live, open_mock
    from contracts.suite.selection import Unselectable, select
    from mockserver.house import UnknownProvider
    from mockserver.openapi.problems import SpecificationError

    if options.update_baseline and not options.baseline:
        raise Mistake("contracts check: --update-baseline needs a --baseline to write")
    try:
        reports = [parse_report(each) for each in options.report]
        known: frozenset[str] = frozenset()
        if options.baseline and (Path(options.baseline).exists() or not options.update_baseline):
            known = read_baseline(Path(options.baseline))
        opened: Any
        if options.target == MOCK:
            opened = open_mock(options.provider, seed=options.seed)
            known |= unreached(options.provider)
        else:
            opened = open_live(options.provider, options.target, os.environ, limits_of(options))
        selection = select(
            opened.contract,
            checks=options.checks,
            skipped=options.skip_checks,
            phases=options.phases,
            operations=options.operations,
            seed=options.seed,
            examples=options.examples,
            shard=options.shard,
            database=options.database,
        )
    except SpecificationError as error:
        raise Mistake(*dict.fromkeys(" ".join(str(each).split()) for each in error.problems)) from error
    except (UnknownProvider, Unselectable, Unopenable, BaselineError, ValueError) as error:
        raise Mistake(f"contracts check: {error}") from error
    if options.target == MOCK:
        from contracts.scrub import Scrubber

        outcome = _asked(opened, selection, options)
        outcome.known = known
        return _told(outcome, opened, Scrubber(opened.secrets()), reports, options)
    return _live(opened, selection, known, reports, options)


def _live(target: Any, selection: Selection, known: frozenset[str], reports: Any, options: Namespace) -> int:
    from contracts.suite.opening import is_local
    from contracts.targets.cleaning import clean_up

    if target.name.startswith("http://") and not is_local(target.name):
        _print(f"{target.name} is not encrypted: tokens go over the wire as they are")
    outcome, left = None, 0
    with terminated_is_interrupted():
        try:
            outcome = _asked(target, selection, options)
        finally:
            # Whatever became of the run: what it created is taken away again.
            try:
                left = clean_up(target, lambda line: _print(target.scrubber.text(line)))
            except KeyboardInterrupt:
                left = len(target.ledger.open)
                _print(f"not all was taken away: contracts cleanup {target.ledger.path}")
    interrupted = outcome.stopped == "interrupted"
    outcome.requests = target.guard.sent
    outcome.known = known
    if left:
        outcome.notes.append(f"{left} may be left behind: contracts cleanup {target.ledger.path}")
    made = [each for each in target.ledger.entries.values() if each.made]
    if made:
        outcome.notes.append(
            f"created {len(made)}, verified gone {sum(1 for each in made if each.gone)}: {target.ledger.path}"
        )
    for why, count in sorted(target.held.items()):
        outcome.notes.append(f"held back {count}: {why}")
    target.close()
    code = _told(outcome, target, target.scrubber, reports, options)
    if interrupted:
        return 130
    if outcome.stopped and not outcome.cases:
        return 2
    return code


def _asked(target: Target, selection: Selection, options: Namespace) -> Outcome:
    from contracts.report.progress import Lines, OneLine
    from contracts.suite.garbage import seldom
    from contracts.suite.opening import MOCK
    from contracts.suite.parallel import run_in_parallel
    from contracts.suite.running import Silent
    from contracts.suite.running import run as run_suite

    progress: Any = Silent()
    if not options.quiet:
        progress = OneLine(sys.stderr) if sys.stderr.isatty() and not _in_ci() else Lines(sys.stderr)
    jobs = options.jobs or os.cpu_count() or 1
    # Starting processes costs more than it saves where nothing is generated.
    if (
        options.target == MOCK
        and jobs > 1
        and len(selection.turn) >= jobs
        and set(selection.phases) & GENERATED
    ):
        return run_in_parallel(options.provider, selection, jobs, progress)
    with seldom():
        return run_suite(target, selection, progress)


def _told(outcome: Outcome, target: Target, scrubber: Any, reports: Any, options: Namespace) -> int:
    from contracts.report.files import write_report
    from contracts.report.text import lines
    from contracts.suite.baseline import write_baseline

    scrubber.learn(target.secrets())
    for line in lines(outcome, scrubber.text, verbose=options.verbose):
        _print(scrubber.text(line))
    for report in reports:
        for line in write_report(report, outcome, target, scrubber.text):
            _print(line)
    if options.update_baseline:
        write_baseline(Path(options.baseline), outcome)
    return verdict(outcome, options.fail_on or _fails("findings,errors,vacuous" if _in_ci() else ""))


def verdict(outcome: Outcome, fails: tuple[str, ...]) -> int:
    """0, or 1 where there is something of what fails a run; 2 where a check could not be put."""
    sure = [each for each in outcome.new if each.known != "assumed"]
    if "findings" in fails and outcome.new:
        return 1
    if "documented" in fails and sure:
        return 1
    if "errors" in fails and outcome.broken:
        return 2
    return 1 if "vacuous" in fails and outcome.gaps else 0


def _fails(text: str) -> tuple[str, ...]:
    names = tuple(each for each in (text or "findings,errors").split(",") if each)
    for name in names:
        if name not in FAILS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(FAILS)}")
    return names


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _print(text: str) -> None:
    print(text)
