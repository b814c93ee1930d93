from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "portal.notify"
    label = "notify"

    def ready(self) -> None:
        from portal.accounts import audit  # noqa: PLC0415 -- models are loaded only now
        from portal.notify import kinds, testing  # noqa: PLC0415 -- as above

        kinds.register(testing.KIND)
        audit.actions.update(
            {
                "channel.added": "added a way to be told things",
                "channel.removed": "removed a way to be told things",
                "channel.changed": "changed a way to be told things",
                "channel.failed": "could not be told things",
                "channel.mended": "had a failed way tried again",
                "messages.chosen": "chose what to be told by which way",
                "calendar.reset": "made a new calendar address",
            }
        )
