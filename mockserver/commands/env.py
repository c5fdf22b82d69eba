"""`mockserver env`: variables that point programs at a running mock; asks no server."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace

from mockserver.commands import Mistake
from mockserver.commands.opening import open_services
from mockserver.engine.service import Service
from mockserver.openapi.facts import did_you_mean


def run(options: Namespace) -> int:
    """Print one `export NAME=value` a line, for a shell's eval."""
    if options.url is None and options.port == 0:
        raise Mistake("mockserver env: --port is the one that the mock listens on, which is never 0")
    url = options.url or f"http://127.0.0.1:{options.port}"
    named = options.provider is not None
    options.provider = [options.provider] if named else []
    for service in open_services(options):
        for name, value in variables(service, url, options.persona).items():
            print(f"export {name}={shlex.quote(value)}")
    return 0


def variables(service: Service, url: str, persona: str) -> dict[str, str]:
    """The variables of one provider. Mistake when it has no persona of that name."""
    tokens = {each.name: each.token for each in service.settings.personas}
    if persona not in tokens:
        hint = did_you_mean(persona, tokens)
        raise Mistake(f"{service.slug} has no persona {persona!r}{hint}; it has {', '.join(tokens)}")
    # Below its own name a provider is found whether it is served alone or with others.
    root = f"{url}/{service.slug}"
    known = service.settings.sdk_env or _usual(service)
    return {name: text.format(url=root, token=tokens[persona]) for name, text in known.items()}


def _usual(service: Service) -> dict[str, str]:
    prefix = re.sub(r"[^A-Z0-9]+", "_", service.slug.upper()).strip("_")
    prefix = f"API_{prefix}" if prefix[:1].isdigit() else prefix
    return {f"{prefix}_BASE_URL": "{url}" + service.base_path, f"{prefix}_TOKEN": "{token}"}
