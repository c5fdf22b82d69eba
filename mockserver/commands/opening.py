"""Houses and services as a command line asks for them; turns what may be wrong with them into mistakes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.commands import Mistake
from mockserver.engine.service import Service
from mockserver.house import (
    House,
    UnknownData,
    UnknownFault,
    UnknownProvider,
    build_service,
    default_cache_folder,
    document_path,
    imported_at,
    known_slugs,
    version_overlays,
)
from mockserver.openapi.document import open_document
from mockserver.openapi.imports import RECORD
from mockserver.openapi.problems import Problem, SpecificationError


def open_house(options: Namespace) -> House:
    """The house that `mockserver serve` was asked for. Mistake when it cannot be built."""
    if options.overlay and len(options.provider) != 1:
        raise Mistake("--overlay belongs to one document: name exactly one PROVIDER or FILE")
    faults: Sequence[Mapping[str, Any]] = ()
    if options.scenario is not None:
        faults = _begin_as(options)
    with mistakes():
        providers = _told_apart(options.provider)
        try:
            return House(
                providers,
                seed=options.seed,
                data=options.data,
                clock=options.clock,
                limited=options.limits == "on",
                cache=cache_folder(options),
                overlays=tuple(options.overlay),
                strict=options.strict,
                faults=faults,
            )
        except UnknownData as error:
            raise Mistake(f"--data: {error}") from error
        except UnknownFault as error:
            raise Mistake(f"{options.scenario}: {error}") from error


def _begin_as(options: Namespace) -> Sequence[Mapping[str, Any]]:
    """Set the options to what a scenario says; its faults. Mistake for one that cannot be played."""
    from mockserver.scenario import ScenarioError, read_scenario

    try:
        scenario = read_scenario(options.scenario)
    except ScenarioError as error:
        raise Mistake(str(error)) from error
    if options.provider and options.provider != [scenario.provider]:
        raise Mistake(f"{options.scenario} is of {scenario.provider}; name that PROVIDER or none")
    options.provider = [scenario.provider]
    options.seed, options.data, options.clock = scenario.seed, scenario.data, scenario.clock
    return scenario.faults


def _told_apart(providers: Sequence[str]) -> list[str]:
    """The providers, each once. Mistake for two that would answer under one name."""
    paths: dict[str, Path] = {}
    kept: list[str] = []
    for provider in providers:
        slug, path = document_path(provider)
        if slug not in paths:
            kept.append(provider)
        elif paths[slug].resolve() != path.resolve():
            raise Mistake(
                f"{paths[slug]} and {path} would both be served as {slug!r}; rename one of the files"
            )
        paths[slug] = path
    return kept


def source_files(options: Namespace) -> list[Path]:
    """Every file from which that house is built, and those that would be if they were there."""
    files: list[Path] = []
    with mistakes():
        for provider in options.provider or known_slugs():
            path = document_path(provider)[1]
            side = path.parent / "provider.yaml"
            imported = imported_at(path)
            document = open_document(
                path,
                overlays=(*(imported.overlays if imported is not None else ()), *options.overlay),
                cache=cache_folder(options),
                facts="strict" if side.is_file() and imported is None else "lenient",
            )
            files += [*document.sources, *version_overlays(document).values(), side]
            if imported is not None:
                files.append(imported.folder / RECORD)
    return files


def open_services(options: Namespace) -> list[Service]:
    """A service for each PROVIDER or FILE named, for each that is known where none is."""
    services: list[Service] = []
    problems: list[Problem] = []
    with mistakes():
        for provider in options.provider or known_slugs():
            try:
                services.append(build_service(provider, cache=cache_folder(options)))
            except SpecificationError as error:
                problems += error.problems
        if problems:
            raise SpecificationError(problems)
    return services


def cache_folder(options: Namespace) -> Path | None:
    """Where compiled documents are kept, unless the caller wants none of it."""
    return None if options.no_cache else default_cache_folder()


@contextmanager
def mistakes() -> Iterator[None]:
    """Broken documents and unknown providers are the caller's to put right."""
    try:
        yield
    except SpecificationError as error:
        raise Mistake(*problem_lines(error.problems)) from error
    except UnknownProvider as error:
        raise Mistake(str(error)) from error


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """`file:line: pointer message`, one line a problem whatever is in its message, each once."""
    return list(dict.fromkeys(" ".join(str(problem).split()) for problem in problems))
