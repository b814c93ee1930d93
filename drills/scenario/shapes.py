"""A scenario as its writers hand it over: the schema that a model must fill, and the offline writer fills."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Channel = Literal["alert", "chat", "phone", "customer", "executive"]
Milestone = Literal[
    "",
    "runbook_found",
    "first_safe_action",
    "right_escalation",
    "mitigation_stated",
    "told_customers",
]

MILESTONES: dict[str, str] = {
    "runbook_found": "runbook found",
    "first_safe_action": "first safe action",
    "right_escalation": "right escalation",
    "mitigation_stated": "mitigation stated",
    "told_customers": "told customers",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Assumption(_Strict):
    """What the runbook takes for granted and does not say."""

    text: str = Field(min_length=1, max_length=600)
    step: str | None = Field(description="Label of the step, as D2; null: the runbook as a whole.")


class Reading(_Strict):
    """What players see when they run a step's command, or look where it says."""

    step: str = Field(description="Label of the step, as D2.")
    output: str = Field(min_length=1, max_length=6_000)


class DraftInject(_Strict):
    at_minutes: int = Field(ge=0, le=600)
    channel: Channel
    text: str = Field(min_length=1, max_length=2_000)
    player: str = Field(max_length=100)
    expected: str = Field(min_length=1, max_length=2_000)
    step: str | None = Field(
        description="Label of the step that it tests; null: outside the runbook."
    )
    hints: list[str] = Field(min_length=2, max_length=6)
    twist: bool = False
    milestone: Milestone = ""
    evaluator_note: str = Field(default="", max_length=1_000)


class Draft(_Strict):
    """A whole scenario, before the guards and the facilitator."""

    start_state: str = Field(min_length=1, max_length=4_000)
    narrative: str = Field(min_length=1, max_length=6_000)
    objectives: list[str] = Field(min_length=2, max_length=6)
    assumptions: list[Assumption] = Field(max_length=30)
    injects: list[DraftInject] = Field(min_length=4, max_length=12)
    readings: list[Reading] = Field(max_length=400)
