"""`contracts fuzz PROVIDER -- COMMAND …`: a program in any language, against a provider played to it."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from contracts.commands import Mistake

SUMMARY = "run a program against a provider that Hypothesis plays, and judge what it does"
EPILOG = """\
The command is run once a case, with the address of a world of its own and a token in its environment
(API_URL, API_TOKEN, API_NOW). It may exit with 0, or with a code of --gives-up where the provider kept it
from its work; anything else, and what it was seen to do wrong, is a finding. Exit code 0: nothing found,
1: findings, 2: it could not be run.

  contracts fuzz zeeg --base /v2 --scopes events:read -- node sync.js
"""


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("provider", metavar="PROVIDER", help="a provider's name")
    parser.add_argument(
        "program", metavar="COMMAND", nargs="+", help="the program and its arguments, after --"
    )
    parser.add_argument("--cases", type=_count, default=100, help="how many cases (default: %(default)s)")
    parser.add_argument("--jobs", type=_count, default=os.cpu_count() or 1, help="cases at a time")
    parser.add_argument(
        "--url-name", type=_name, default="API_URL", metavar="NAME", help="variable of the address"
    )
    parser.add_argument(
        "--token-name", type=_name, default="API_TOKEN", metavar="NAME", help="variable of the token"
    )
    parser.add_argument(
        "--now-name", type=_name, default="API_NOW", metavar="NAME", help="variable of the world's time"
    )
    parser.add_argument(
        "--webhooks", action="store_true", help="bring webhooks to the program, to where API_HOOK_URL says"
    )
    parser.add_argument(
        "--hook-name",
        type=_name,
        default="API_HOOK_URL",
        metavar="NAME",
        help="variable of an address to listen at",
    )
    parser.add_argument(
        "--base", type=_path, default="", metavar="PATH", help="put after the address, such as /v2"
    )
    parser.add_argument("--scopes", metavar="LIST", help="what the token may do, with commas (default: all)")
    parser.add_argument(
        "--gives-up",
        type=_codes,
        default=(1,),
        metavar="CODES",
        help="exit codes by which it gives up where the provider failed it (default: 1)",
    )
    parser.add_argument("--skip", action="append", default=[], metavar="JUDGEMENT", help="switch one off")
    parser.add_argument("--deviations", action="store_true", help="also what the document does not allow")
    parser.add_argument("--seed", type=int, help="what is drawn (default: another one each time, but in CI)")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="S", help="the program's own: some answers are later"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=10.0, help="a case may take (default: %(default)g)"
    )
    parser.add_argument("--requests", type=_count, default=200, help="a case may make (default: %(default)s)")
    parser.add_argument(
        "--longest-wait",
        type=_seconds,
        default=1.0,
        metavar="S",
        help="Retry-After at most (default: %(default)g)",
    )
    parser.add_argument("--scenario", metavar="FILE", help="play this scenario only, once")
    parser.add_argument("--save", metavar="FOLDER", default=".hypothesis/understudy", help="for scenarios")
    parser.add_argument(
        "--fail-under", type=_percent, default=0.0, metavar="PERCENT", help="of what can be shown"
    )
    parser.add_argument("--report", metavar="FILE", help="coverage and finding as JSON")


def run(options: Namespace) -> int:
    """Fuzz; 0 for nothing found, 1 for a finding. Mistake where it could not be run."""
    from contracts.consumer.judgements import UnknownJudgement, chosen
    from mockserver.house import UnknownProvider
    from mockserver.openapi.problems import SpecificationError
    from mockserver.scenario import ScenarioError

    if shutil.which(options.program[0]) is None:
        _cannot(f"{options.program[0]}: there is no such program")
    told = [options.url_name, options.token_name, options.now_name, options.hook_name]
    if len(set(told)) < len(told):
        _cannot("two variables have the same name")
    if options.report and not Path(options.report).absolute().parent.is_dir():
        _cannot(f"--report {options.report}: there is no such folder")
    try:
        names = chosen(dict.fromkeys(options.skip, False))
        return _run(options, names)
    except (UnknownProvider, UnknownJudgement, ScenarioError, SpecificationError) as error:
        _cannot(" ".join(str(error).split()))
    except OSError as error:
        _cannot(f"{options.program[0]}: {error.strerror or error}")
    except ValueError as error:
        _cannot(str(error))


def _run(options: Namespace, names: Sequence[str]) -> int:
    from contracts.consumer.commanding import CommandPlayer, Names
    from contracts.consumer.exploring import Search, needless
    from contracts.consumer.judgements import judge
    from contracts.consumer.report import Found, keep, report
    from contracts.consumer.shrinking import to_the_point
    from mockserver.scenario import read_scenario

    scopes = options.scopes.split(",") if options.scopes else None
    player = CommandPlayer(
        options.provider,
        options.program,
        names=Names(options.url_name, options.token_name, options.now_name, options.base, options.hook_name),
        scopes=scopes,
        gives_up=options.gives_up,
        requests=options.requests,
        seconds=options.seconds,
        longest_wait=options.longest_wait,
        timeout=options.timeout,
        webhooks=options.webhooks,
    )
    title = Path(options.program[-1]).name or "program"
    with player:
        if options.scenario:
            given = read_scenario(options.scenario)
            if given.provider != options.provider:
                _cannot(f"{options.scenario} is of {given.provider}, not of {options.provider}")
            finding = judge(player.play(given), names)
            _print(
                report(Found(to_the_point(finding), title, cases=1))
                if finding
                else "the scenario shows nothing wrong"
            )
            return 1 if finding else 0
        search = Search(
            provider=options.provider,
            service=player.service,
            play=player.play,
            names=names,
            cases=options.cases,
            deviations=options.deviations,
            seed=options.seed,
            timeout=options.timeout,
            key=" ".join(options.program),
            jobs=options.jobs,
        )
        finding = search.run()
        palette = search.palette
        assert palette is not None
        failed = False
        if finding is not None:
            found = Found(finding, title, flaky=search.flaky, cases=search.found_after)
            _print(report(keep(found, Path(options.save))))
            failed = True
        _print(search.coverage.text(palette, player.service.operations))
        if finding is None and search.idle:
            _print(f"it asked the provider for nothing: does it take the address from {options.url_name}?")
            failed = True
        base = player.service.contract.base_path
        if finding is not None and not palette.used and base and not options.base:
            _print(f"none of it is in the document, whose paths begin with {base}: add --base {base}")
        left = needless(search.coverage, scopes)
        if finding is None and "scopes" in names and left:
            _print(f"scopes: it asks for {', '.join(left)} and does nothing that needs that")
            failed = True
        share = search.coverage.share(palette)
        if share < options.fail_under:
            _print(f"--fail-under {options.fail_under:g}: it was shown {share:.0f} %")
            failed = True
        if options.report:
            told: dict[str, Any] = {"coverage": search.coverage.as_json(palette), "finding": None}
            if finding is not None:
                told["finding"] = {
                    "judgement": finding.judgement,
                    "message": finding.message,
                    "scenario": finding.run.scenario.as_json(),
                }
            Path(options.report).write_text(json.dumps(told, indent=2) + "\n")
    return 1 if failed else 0


def _print(text: str) -> None:
    print(text)


def _cannot(text: str) -> NoReturn:
    raise Mistake(f"contracts fuzz: {text}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _seconds(text: str) -> float:
    if not 0 < _number(text) < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return float(text)


def _percent(text: str) -> float:
    if not 0 <= _number(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 100")
    return float(text)


def _name(text: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a variable, such as API_URL")
    return text


def _path(text: str) -> str:
    if text and not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with a slash, as /v2 does")
    return text.rstrip("/")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _codes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of exit codes, such as 1,75")
    return tuple(map(int, parts))
