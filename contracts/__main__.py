"""`python -m contracts`."""

from __future__ import annotations

import sys

from contracts.cli import main

if __name__ == "__main__":
    sys.exit(main())
