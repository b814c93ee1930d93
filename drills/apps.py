from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DrillsConfig(AppConfig):
    name = "drills"
    label = "drills"

    def ready(self) -> None:
        from drills import (  # noqa: PLC0415 -- models are loaded only now
            after,
            inviting,
            noting,
            opening,
            preparing,
            states,
        )
        from drills import heirs as drilled  # noqa: PLC0415 -- the same
        from drills.scenario import asking  # noqa: PLC0415 -- the same
        from portal.accounts import audit  # noqa: PLC0415 -- the same
        from portal.ai import jobs  # noqa: PLC0415 -- the same
        from runbooks import hooks, reading  # noqa: PLC0415 -- the same
        from runbooks.reviews import heirs  # noqa: PLC0415 -- the same

        heirs.sources.append(drilled.traces)
        hooks.in_transaction.append(noting.after_publishing)
        hooks.on_opened.append(opening.opened)
        reading.watches.append(opening.watched)
        post_migrate.connect(states.install, sender=self)
        audit.actions.update(
            {
                "drill.made": "planned a drill",
                "drill.changed": "changed a drill",
                "drill.cancelled": "cancelled a drill",
                "drill.proposal_moved": "moved a drill that was proposed to another week",
                "drill.proposal_rejected": "rejected a drill that was proposed",
                "drill.begun": "began a drill",
                "drill.ended": "ended a drill",
                "drill.signed": "signed a drill's report",
                "scenario.approved": "approved a scenario",
                "note.accepted": "accepted an update note",
                "note.rejected": "rejected an update note",
                "gap.closed": "closed a gap of a drill",
            }
        )
        jobs.handlers[asking.KIND] = preparing.do
        inviting.register()
        after.register()
