"""The life of a row, as a machine of rules drawn by Hypothesis over the declared resources."""
