from django.apps import AppConfig


class DrillsConfig(AppConfig):
    name = "drills"
    label = "drills"

    def ready(self) -> None:
        from drills.scenario import asking  # noqa: PLC0415 -- models are loaded only now
        from portal.ai import jobs  # noqa: PLC0415 -- the same

        jobs.handlers[asking.KIND] = asking.do
