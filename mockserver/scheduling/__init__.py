"""RECKON: pure functions from hours, overrides and busy times to slots; knows no provider."""
