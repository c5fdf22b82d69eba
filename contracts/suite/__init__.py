"""What is put to a target, and what comes of it: selection, run, outcome."""
