"""The doors to servers under test: a mock in this process, and any address behind a guard."""
