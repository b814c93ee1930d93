"""Every code a finding may have. They never change: waivers, CI logs and docs/findings.md hold them."""

from __future__ import annotations

NO_ACTIVE_OWNER = "no-active-owner"
NO_OWNER = "no-owner"
OWNER_IS_A_TEAM = "owner-is-a-team"
OWNER_UNKNOWN = "owner-unknown"
TITLE_IS_A_FIX = "title-is-a-fix"
NO_ALERT_NO_SERVICE = "no-alert-no-service"
NO_SYMPTOMS = "no-symptoms"
SYMPTOMS_QUOTE_NOTHING = "symptoms-quote-nothing"
EMPTY_SECTION = "empty-section"
NO_STEP = "no-step"
STEP_WITHOUT_COMMAND = "step-without-command"
STEP_WITHOUT_EXPECT = "step-without-expect"
VAGUE_STEP = "vague-step"
CONDITION_WITHOUT_ELSE = "condition-without-else"
TIER_TOO_LOW = "tier-too-low"
DESTRUCTIVE_WITHOUT_UNDO = "destructive-without-undo"
DESTRUCTIVE_BEFORE_OBSERVE = "destructive-before-observe"
DESTRUCTIVE_OUTSIDE_STEP = "destructive-outside-step"
ACCESS_NOT_DESCRIBED = "access-not-described"
NO_PREVENTION = "no-prevention"
NO_ESCALATION = "no-escalation"
PLACEHOLDER = "placeholder"
UNKNOWN_TOOL = "unknown-tool"
UNKNOWN_TEAM = "unknown-team"
UNKNOWN_CHANNEL = "unknown-channel"
UNKNOWN_SERVICE = "unknown-service"
UNKNOWN_ALERT = "unknown-alert"
RELATED_IS_DEAD = "related-is-dead"
NEAR_COPY = "near-copy"
GENERIC_TEXT = "generic-text"
TEXT_PROBLEM = "text-problem"

#: In the order of docs/findings.md.
CODES = (
    NO_ACTIVE_OWNER,
    NO_OWNER,
    OWNER_IS_A_TEAM,
    OWNER_UNKNOWN,
    TITLE_IS_A_FIX,
    NO_ALERT_NO_SERVICE,
    NO_SYMPTOMS,
    SYMPTOMS_QUOTE_NOTHING,
    EMPTY_SECTION,
    NO_STEP,
    STEP_WITHOUT_COMMAND,
    STEP_WITHOUT_EXPECT,
    VAGUE_STEP,
    CONDITION_WITHOUT_ELSE,
    TIER_TOO_LOW,
    DESTRUCTIVE_WITHOUT_UNDO,
    DESTRUCTIVE_BEFORE_OBSERVE,
    DESTRUCTIVE_OUTSIDE_STEP,
    ACCESS_NOT_DESCRIBED,
    NO_PREVENTION,
    NO_ESCALATION,
    PLACEHOLDER,
    UNKNOWN_TOOL,
    UNKNOWN_TEAM,
    UNKNOWN_CHANNEL,
    UNKNOWN_SERVICE,
    UNKNOWN_ALERT,
    RELATED_IS_DEAD,
    NEAR_COPY,
    GENERIC_TEXT,
    TEXT_PROBLEM,
)
#: What no lead can waive: a runbook that nobody active owns (invariant 4), and one that says nothing to do.
NEVER_WAIVED = frozenset({NO_ACTIVE_OWNER, NO_STEP})
