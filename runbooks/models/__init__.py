"""The library's data: services, runbooks, revisions, proposals, and the names that lead to them."""

from runbooks.models.draft import Draft, EarlierText
from runbooks.models.import_job import ImportedFile, ImportJob
from runbooks.models.names import AlertName, AlertText, Alias, Gap
from runbooks.models.proposal import Proposal
from runbooks.models.report import Report
from runbooks.models.revision import Attachment, Rendering, Revision, Step
from runbooks.models.runbook import IndexCounter, Runbook, Service, TrustLine
from runbooks.models.waiver import Debt, KnownName, Waiver

__all__ = [
    "AlertName",
    "AlertText",
    "Alias",
    "Attachment",
    "Debt",
    "Draft",
    "EarlierText",
    "Gap",
    "ImportJob",
    "ImportedFile",
    "IndexCounter",
    "KnownName",
    "Proposal",
    "Rendering",
    "Report",
    "Revision",
    "Runbook",
    "Service",
    "Step",
    "TrustLine",
    "Waiver",
]
