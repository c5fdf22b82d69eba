"""`mockserver serve --proxy`, `--record`, `--replay`: what stands in the mock's place, and what it tells."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mockserver.commands import Mistake
from mockserver.commands.opening import open_house
from mockserver.engine.service import Service
from mockserver.web.adapter import App
from mockserver.web.passing import Proxy, Replay, Upstream
from mockserver.web.recording import Recorded, Recorder, RecordingError, read_recording


def is_passing(options: Namespace) -> bool:
    """Whether something else than the mock is to answer. Mistake for options that contradict each other."""
    if options.replay and (options.proxy or options.record):
        raise Mistake("--replay answers from a file: leave --proxy and --record away")
    if options.record and not options.proxy:
        raise Mistake("--record keeps what a real address answers: add --proxy URL")
    if options.proxy and len(options.provider) != 1:
        raise Mistake("--proxy judges by one document: name exactly one PROVIDER or FILE")
    return bool(options.proxy or options.replay)


@contextmanager
def standing_in(options: Namespace) -> Iterator[App]:
    """The application that was asked for; what was recorded is written when it ends."""
    tell = None if options.quiet else _tell
    if options.replay:
        try:
            recording = read_recording(Path(options.replay))
        except RecordingError as error:
            raise Mistake(f"--replay: {error}") from None
        print(f"answers from {recording.name}: {sum(map(len, recording.answers.values()))} exchanges")
        yield Replay(recording, tell=tell)
        return
    service = next(iter(open_house(options).services.values()))
    recorder = _recorder(options, service)
    print(f"hands on to {options.proxy}, judged by {service.settings.title}")
    try:
        yield Proxy(Upstream(options.proxy), service, recorder=recorder, tell=tell)
    finally:
        if recorder is not None:
            _write(recorder)


def _recorder(options: Namespace, service: Service) -> Recorder | None:
    if not options.record:
        return None
    schemes = service.contract.security_schemes.values()
    names = frozenset(str(each.get("name", "")).lower() for each in schemes if each.get("type") == "apiKey")
    recorder = Recorder(Path(options.record), names - {""})
    # A file that cannot be written is told now, and not when everything was asked.
    _write(recorder)
    print(f"keeps what is asked in {recorder.path}, without secrets")
    return recorder


def _write(recorder: Recorder) -> None:
    try:
        recorder.write()
    except RecordingError as error:
        raise Mistake(f"--record: {error}") from None


def _tell(exchange: Recorded, wrong: Sequence[str]) -> None:
    # The path alone: a query may hold what nobody should see.
    path = "".join(each if each.isprintable() else "?" for each in urlsplit(exchange.url).path)
    print(f"{exchange.method} {path} -> {exchange.status}", file=sys.stderr)
    for each in wrong:
        print(f"    {' '.join(each.split())}", file=sys.stderr)
