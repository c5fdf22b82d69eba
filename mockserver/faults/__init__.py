"""LIE: the faults that can be declared, one theme a file."""
