from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RunbooksConfig(AppConfig):
    name = "runbooks"
    label = "runbooks"

    def ready(self) -> None:
        from portal import append_only  # noqa: PLC0415
        from portal.accounts import audit, first_run, leaving  # noqa: PLC0415
        from portal.notify import kinds  # noqa: PLC0415
        from runbooks import debts, gaps, hooks, owned, reporting, telling  # noqa: PLC0415 -- models are loaded only now
        from runbooks.importing import uploaded_runbooks, working  # noqa: PLC0415
        from runbooks.importing.settling import settle  # noqa: PLC0415

        append_only.tables.append("runbooks_revision")
        leaving.owned.append(owned.live_runbooks_of)
        post_migrate.connect(owned.install, sender=self)
        audit.actions.update(
            {
                "proposal.made": "proposed a change",
                "proposal.accepted": "published",
                "proposal.declined": "declined a proposal",
                "proposal.withdrawn": "took a proposal back",
                "proposal.revised": "changed a proposal",
                "report.made": "reported a step",
                "report.closed": "closed a report",
                "report.taken.back": "took a report back",
                "service.changed": "changed a service",
                "runbook.renamed": "renamed a runbook",
                "runbook.retired": "retired a runbook",
                "runbook.brought.back": "brought a runbook back",
                "finding.waived": "waived a finding",
                "finding.unwaived": "took a waiver back",
                "name.added": "named tools, handles or channels of ours",
                "name.removed": "removed a name of ours",
                "import.uploaded": "uploaded files to import",
                "import.confirmed": "confirmed an import",
                "import.cancelled": "cancelled an import",
                "import.done": "imported",
            }
        )
        working.kinds[uploaded_runbooks.KIND.name] = uploaded_runbooks.KIND
        first_run.steps += uploaded_runbooks.STEPS
        kinds.register(telling.PROPOSALS)
        kinds.register(telling.DECIDED)
        kinds.register(telling.REPORTS)
        hooks.at_the_end += [settle, debts.tell]
        hooks.in_transaction.append(reporting.after_publishing)
        hooks.in_transaction.append(gaps.close_written)
