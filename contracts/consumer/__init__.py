"""Fuzz a program that calls a provider: Hypothesis plays the provider, judgements watch the program."""
