"""Fetches the other servers from npm into a folder outside of the sources; knows where each lies there."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

NODE = "node@24"
PACKAGES = {
    "prism": "@stoplight/prism-cli@5.16.0",
    "mockoon": "@mockoon/cli@9.9.0",
    "openapi-backend": "openapi-backend@5.21.2",
    "wiremock": "wiremock@3.13.2",
}


class NotInstalled(Exception):
    """A server cannot be had here; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What there is: Node 24, the folder of its packages, and Java, each None where it is not."""

    node: str | None
    modules: Path
    java: str | None

    def script(self, peer: str, path: str) -> list[str]:
        """The command that runs a file of that peer's package. NotInstalled where it is not there."""
        name = PACKAGES[peer].rpartition("@")[0]
        file = self.modules / name / path
        if self.node is None:
            raise NotInstalled("there is no Node 24: npm could not fetch it")
        if not file.is_file():
            raise NotInstalled(f"npm could not fetch {PACKAGES[peer]}")
        return [self.node, str(file)]

    def jar(self) -> list[str]:
        """The command that runs WireMock. NotInstalled where Java or its jar is not there."""
        if self.java is None:
            raise NotInstalled("there is no java")
        found = sorted((self.modules / "wiremock" / "build").glob("*.jar"))
        if not found:
            raise NotInstalled(f"npm could not fetch {PACKAGES['wiremock']}")
        return [self.java, "-jar", str(found[-1])]

    def version(self, peer: str) -> str:
        """The version that is there."""
        package = self.modules / PACKAGES[peer].rpartition("@")[0] / "package.json"
        return str(orjson.loads(package.read_bytes())["version"])


def install(folder: Path) -> Installed:
    """Fetch what is not in the folder yet; what cannot be fetched is missing from what comes back."""
    folder.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    node = folder / "node" / "node_modules" / "node" / "bin" / "node"
    modules = folder / "peers" / "node_modules"
    if npm is not None:
        if not node.exists():
            _fetch(npm, folder / "node", [NODE])
        if not all((modules / name.rpartition("@")[0]).is_dir() for name in PACKAGES.values()):
            _fetch(npm, folder / "peers", list(PACKAGES.values()))
    return Installed(str(node) if node.exists() else None, modules, shutil.which("java"))


def _fetch(npm: str, folder: Path, packages: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", *packages]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=600)
