"""The rules of each provider that need memory; no provider imports another."""
