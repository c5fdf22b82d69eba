"""REMEMBER: everything that changes (rows, clock, ids, limits, journal); without HTTP or OpenAPI."""
