from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "runbooks.reviews"
    label = "reviews"

    def ready(self) -> None:
        from portal import append_only  # noqa: PLC0415
        from portal.accounts import audit, leaving  # noqa: PLC0415 -- models are loaded only now
        from portal.notify import kinds  # noqa: PLC0415 -- the same
        from runbooks import hooks, reading  # noqa: PLC0415 -- the same
        from runbooks.alerts import importing  # noqa: PLC0415 -- the same
        from runbooks.reviews import (  # noqa: PLC0415 -- the same
            deciding,
            digesting,
            evidence,
            first,
            intervals,
            known,
            owners,
            prevention,
            publishing,
            turning,
            wrong_steps,
        )
        from runbooks.reviews.links import collecting, telling  # noqa: PLC0415 -- the same

        append_only.tables.append("reviews_decision")
        kinds.register(digesting.KIND)
        kinds.register(wrong_steps.KIND)
        audit.actions.update(
            {
                "review.still_true": "said that a runbook is still true",
                "review.updated": "answered a review with a new revision",
                "review.handed_over": "handed a runbook over",
                "review.snoozed": "put a review off",
                "handover.offered": "offered a runbook to somebody",
                "handover.accepted": "took a runbook over",
                "handover.declined": "did not take a runbook over",
                "handover.withdrawn": "took an offer back",
                "owner.confirmed": "confirmed that a runbook is theirs",
            }
        )
        audit.actions["link.asked.again"] = "asked for a link to be checked"
        audit.actions["prevention.signed"] = "signed a prevention item off"
        audit.actions["owner.moved"] = "gave a runbook to an heir"
        audit.actions["owner.claimed"] = "claimed a runbook"
        leaving.rooms.insert(0, owners.ROOM)
        evidence.sources += [telling.evidence, prevention.evidence]
        hooks.at_the_end += [collecting.collect, prevention.carry]
        reading.said_on_top["concern"] = turning.concern_of_a_page
        hooks.at_the_end.append(publishing.after_publishing)
        hooks.on_facts_changed.append(intervals.follow)
        hooks.on_imported.append(first.spread_first_reviews)
        hooks.on_retired.append(deciding.keep_retirement)
        hooks.on_report.append(turning.after_report)
        hooks.on_reports_closed.append(turning.after_reports_closed)
        importing.on_changes.append(turning.after_rules_changed)
        evidence.sources += [
            known.concerns,
            known.reports,
            known.revisions,
            known.findings,
            known.drills,
        ]
