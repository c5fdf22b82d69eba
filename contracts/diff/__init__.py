"""Two documents compared: what changed, and what of it breaks whom."""
