from django.apps import AppConfig

from portal import readiness
from runbooks import hooks


class SearchConfig(AppConfig):
    name = "runbooks.search"
    label = "search"

    def ready(self) -> None:
        from runbooks.search import indexing, keeping, nudging  # noqa: PLC0415 -- models are loaded only now

        hooks.at_the_end.append(indexing.index_published)
        hooks.on_facts_changed.append(indexing.index_again)
        hooks.on_facts_changed.append(nudging.nudge_when_committed)
        hooks.after_commit.append(nudging.nudge)
        hooks.after_commit.append(nudging.nudge_gaps)
        readiness.register("search", keeping.warm)
