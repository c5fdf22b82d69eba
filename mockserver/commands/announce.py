"""What `mockserver serve` says once it listens: addresses, personas, a line to try; decides nothing."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Sequence

from mockserver.engine.credentials import asks_for_any, credentials
from mockserver.engine.service import Service
from mockserver.engine.settings import Persona
from mockserver.house import House
from mockserver.openapi.contract import Operation

WIDTH = 110
# So many personas with one note are told on one line.
FAMILY = 3


def announce(house: House, url: str) -> None:
    """Print how each provider is reached, who may ask, and something to ask."""
    alone = len(house.services) == 1
    for service in house.services.values():
        root = f"  (also {url}{service.base_path})" if alone else ""
        print(f"{service.slug}  {url}/{service.slug}{service.base_path}{root}")
        if asks_for_any(service.contract):
            for line in persona_lines(service.settings.personas):
                print(f"  {line}")
        else:
            print("  asks for no credentials")
        print(f"  try: {curl(service, url)}")
        print()
    print(f"control  {url}/_mock/health")


def persona_lines(personas: Sequence[Persona]) -> Iterable[str]:
    """Name, token and note of each persona; many with one note share a line or two."""
    families: dict[str, list[Persona]] = {}
    for persona in personas:
        families.setdefault(note(persona, personas), []).append(persona)
    single = [family[0] for family in families.values() if len(family) < FAMILY]
    width = max((len(persona.name) for persona in single), default=0)
    tokens = max((len(persona.token) for persona in single), default=0)
    for told, family in families.items():
        if len(family) < FAMILY:
            for persona in family:
                yield f"{persona.name:{width}}  {persona.token:{tokens}}  {told}".rstrip()
            continue
        yield f"{len(family)} more, each {told}:"
        yield from textwrap.wrap(
            " ".join(each.token for each in family),
            WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def note(persona: Persona, personas: Sequence[Persona]) -> str:
    """What sets a persona apart, in its own words or in ours."""
    first = personas[0]
    if persona.note:
        return persona.note
    if persona.revoked or persona.expired:
        return f"{'was taken back' if persona.revoked else 'ran out'}, gets 401"
    if persona.account != first.account:
        return "belongs to another account"
    if persona.scopes == first.scopes:
        return "may do everything" if persona is first else "may do the same"
    return "has one scope" if len(persona.scopes) == 1 else f"has {len(persona.scopes)} scopes"


def curl(service: Service, url: str) -> str:
    """A curl line that works as it stands."""
    path = service.settings.curl
    operation = None
    if not path:
        operation = _plain_read(service.contract.operations)
        if operation is None:
            return f"curl {shlex.quote(f'{url}/_mock/health')}"
        path = operation.address
    words = ["curl"]
    personas = service.settings.personas
    if personas and (operation is None or operation.security):
        first = personas[0]
        pairs = service.settings.pairs
        carried = credentials(service.contract, first.token, operation, kind=first.kind, pairs=pairs)
        for name, value in carried.headers.items():
            words += ["-H", f"{name}: {value}"]
        path = carried.on(path)
    words.append(f"{url}/{service.slug}{path}")
    return shlex.join(words)


def _plain_read(operations: Iterable[Operation]) -> Operation | None:
    """The first GET that asks for no parameter."""
    for operation in operations:
        if operation.method == "GET" and not any(each.required for each in operation.parameters):
            return operation
    return None
