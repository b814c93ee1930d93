"""Finding a runbook: one analyzer, an engine for candidates, one re-rank for every engine."""
