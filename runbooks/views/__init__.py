"""The library's pages: one runbook, services and teams, attachments."""
