from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "runbooks.reviews"
    label = "reviews"

    def ready(self) -> None:
        from portal import append_only  # noqa: PLC0415

        append_only.tables.append("reviews_decision")
