"""Generated requests: Schemathesis, its pitfalls handled in one place, our facts in its terms."""
