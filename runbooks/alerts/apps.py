from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "runbooks.alerts"
    label = "alerts"

    def ready(self) -> None:
        from portal.accounts import first_run  # noqa: PLC0415 -- the same
        from runbooks import hooks, known, publishing  # noqa: PLC0415 -- models are loaded only now
        from runbooks.alerts import service_words, uploaded_rules  # noqa: PLC0415 -- the same
        from runbooks.alerts.linking import relink_published  # noqa: PLC0415 -- the same
        from runbooks.alerts.models import Rule  # noqa: PLC0415 -- the same
        from runbooks.importing import working  # noqa: PLC0415 -- the same

        working.kinds[uploaded_rules.KIND.name] = uploaded_rules.KIND
        first_run.steps.append(uploaded_rules.STEP)
        first_run.endings.append("alerts:coverage")
        # Right behind the names that the text states: search, after it, must see the rules' names too.
        here = hooks.in_transaction.index(publishing.set_names) + 1
        hooks.in_transaction.insert(here, relink_published)
        known.alert_sources.append(lambda: Rule.objects.values_list("folded", flat=True).distinct())
        known.alerts_hidden.append(service_words.alerts_hidden_from)
