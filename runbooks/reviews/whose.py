"""Who may decide: the owner, a lead of its teams, the deputy of its services."""

from __future__ import annotations

from runbooks.models import Runbook
from runbooks.views.asking import Over


def over(runbook: Runbook) -> Over:
    """As `access.may` takes it with Right.REVIEW. One query."""
    sides = list(runbook.services.values_list("team", "deputy"))
    return {
        "teams": [team for team, _ in sides if team],
        "owners": [runbook.owner_id, *(deputy for _, deputy in sides if deputy)],
    }
