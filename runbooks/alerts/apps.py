from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "runbooks.alerts"
    label = "alerts"

    def ready(self) -> None:
        from portal.accounts import first_run  # noqa: PLC0415 -- the same
        from runbooks import hooks, known  # noqa: PLC0415 -- models are loaded only now
        from runbooks.alerts import service_words, uploaded_rules  # noqa: PLC0415 -- the same
        from runbooks.alerts.linking import relink_published  # noqa: PLC0415 -- the same
        from runbooks.alerts.models import Rule  # noqa: PLC0415 -- the same
        from runbooks.importing import working  # noqa: PLC0415 -- the same
        from runbooks.importing.settling import settle  # noqa: PLC0415 -- the same

        working.kinds[uploaded_rules.KIND.name] = uploaded_rules.KIND
        first_run.steps.append(uploaded_rules.STEP)
        first_run.endings.append("alerts:coverage")
        # Behind what else leads to a runbook, and before all that asks: search must see the rules' names too.
        here = hooks.at_the_end.index(settle) + 1
        hooks.at_the_end.insert(here, relink_published)
        known.alert_sources.append(lambda: Rule.objects.values_list("folded", flat=True).distinct())
        known.alerts_hidden.append(service_words.alerts_hidden_from)
