from django.apps import AppConfig


class AiConfig(AppConfig):
    name = "portal.ai"
    label = "ai"
