"""The rules behind runbooks.checks, by theme. Pure Python: imports no Django."""
