"""`manage.py load_demo`: add what is missing of the demo company."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.accounts.models import Role, Team, User
from runbooks.demo.loading import DemoLoaded, load_demo


class Command(BaseCommand):
    help = (
        "Add the demo company: people, services, runbooks with their past, alert rules, gaps. What is there "
        "already is left alone. Its people can sign in only with DEMO=1."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_demo(now=timezone.now())
        if loaded.changed:
            self.stdout.write(
                f"Added {loaded.people} people, {loaded.services} services, {loaded.runbooks} runbooks in "
                f"{loaded.revisions} revisions, {loaded.rules} alert rules, {loaded.gaps} gaps."
            )
        else:
            self.stdout.write("The demo company is here already. Nothing was changed.")
        self.stdout.write(self.who_can_sign_in(loaded))

    def who_can_sign_in(self, loaded: DemoLoaded) -> str:
        if settings.DEMO and loaded.sign_ins:
            may = _what_they_may()
            people = [
                f"  {username:<10}{name:<16}{may.get(username, '')}".rstrip()
                for username, name in loaded.sign_ins
            ]
            said = f"\nSign in with the password {settings.DEMO_PASSWORD} as one of"
            return "\n".join([said, *people])
        if settings.DEMO:
            return "The demo people keep the password of their first start: DEMO_PASSWORD is another by now."
        if loaded.sign_ins:
            return (
                "An earlier start with DEMO=1 let the demo people in, and they still can sign in: "
                "give them other passwords before others reach this portal (manage.py changepassword USER)."
            )
        return "Its people cannot sign in: start with DEMO=1 for that."


def _what_they_may() -> dict[str, str]:
    """By username: "lead of Payments", "admin"; nothing for who reads and owns."""
    found: dict[str, list[str]] = {}
    for username in User.objects.filter(roles__name=Role.Name.ADMIN).values_list(
        "username", flat=True
    ):
        found.setdefault(username, []).append("admin")
    for lead, team in Team.objects.exclude(lead=None).values_list("lead__username", "name"):
        found.setdefault(lead, []).append(f"lead of {team}")
    return {username: ", ".join(words) for username, words in found.items()}
