"""People, their teams and roles, tokens, sessions, and the audit trail."""

from portal.accounts.models.audit import AuditEntry
from portal.accounts.models.people import Company, PersonManager, Role, Team, User, _known_time_zone
from portal.accounts.models.sessions import Session
from portal.accounts.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Company",
    "PersonManager",
    "Role",
    "Session",
    "Team",
    "User",
    "_known_time_zone",
]
