"""The Meilisearch server beside the embedded engine, where there is one."""

from __future__ import annotations

from portal.settings.base import env

MEILISEARCH_URL = env.text(
    "MEILISEARCH_URL", "", "Meilisearch server. Empty: the embedded engine alone."
)
MEILISEARCH_KEY = env.secret("MEILISEARCH_KEY", "", "Its API key.")
MEILISEARCH_INDEX = env.text("MEILISEARCH_INDEX", "runbooks", "Name of the index.")
MEILISEARCH_TIMEOUT_MS = env.number(
    "MEILISEARCH_TIMEOUT_MS",
    300,
    "Milliseconds until the embedded engine answers in its place.",
    least=10,
)
