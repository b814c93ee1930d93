"""The model that drafts, where one is set up; without a key the offline writer drafts."""

from __future__ import annotations

from portal.settings.base import env

ANTHROPIC_API_KEY = env.secret(
    "ANTHROPIC_API_KEY", "", "Key of the Messages API. Empty: the offline writer drafts."
)
ANTHROPIC_BASE_URL = env.text(
    "ANTHROPIC_BASE_URL", "", "A gateway or local model that speaks the Messages API."
)
AI_MODEL = env.text("AI_MODEL", "claude-sonnet-5-5", "Name of the model.")
AI_TIMEOUT_SECONDS = env.number(
    "AI_TIMEOUT_SECONDS", 240, "Seconds until the offline writer drafts in its place.", least=1
)
AI_RETRIES = env.number("AI_RETRIES", 3, "Tries more when it is overloaded or answers an error.")
AI_MAX_TOKENS = env.number("AI_MAX_TOKENS", 16_000, "Longest answer, in tokens.", least=256)
AI_PRICE_INPUT = env.number("AI_PRICE_INPUT", 3, "US dollars for a million tokens sent.")
AI_PRICE_OUTPUT = env.number("AI_PRICE_OUTPUT", 15, "US dollars for a million tokens received.")
AI_MONTHLY_BUDGET = env.number(
    "AI_MONTHLY_BUDGET", 50, "US dollars a month for each team, and for what is no team's. 0: none."
)
AI_TEAM_BUDGETS = env.words(
    "AI_TEAM_BUDGETS", (), "Other monthly budgets, as `platform=200,shop=20`; team slugs."
)
for _pair in AI_TEAM_BUDGETS:
    if not _pair.partition("=")[2].isdecimal():
        env.errors.append(f"AI_TEAM_BUDGETS has {_pair!r}: it takes team=dollars.")
AI_KEEP_DAYS = env.number(
    "AI_KEEP_DAYS", 90, "Days that answers are kept for the audit; tokens and cost stay."
)
