"""A running drill with guests, in a process of its own: `python -m bench.room PLAYERS`. It prints the seats
as one line of JSON; then each line on standard input reveals an inject, whose text says when."""

from __future__ import annotations

import json
import sys
import time

import django


def main(players: int) -> None:
    django.setup()
    from django.utils import timezone

    from drills import joining, running, scheduling
    from portal.accounts.models import User
    from runbooks import publishing
    from runbooks.models import Proposal

    person = User.objects.create_user(username="room", email="room@example.org", name="Room")
    text = (
        "---\ntitle: The bench is slow\nalerts: [BenchSlow]\n---\n## Diagnosis\n- Look at it.\n"
        "## Prevention\n- [B-1](https://bench.example/1) be faster\n"
    )
    proposal = publishing.propose(
        text=text, kind=Proposal.Kind.EDIT, slug="bench-slow", by=person, owner=person
    )
    runbook = publishing.accept(proposal, by=person).runbook
    drill = scheduling.now_alone(runbook, by=person)
    scheduling.approve(drill, by=person)
    running.begin(drill, by=person)
    seats = [joining.join_as_guest(drill, name=f"Player {n}") for n in range(players)]
    print(json.dumps({"drill": drill.pk, "seats": [seat.token for seat in seats]}), flush=True)  # noqa: T201
    for number, _ in enumerate(sys.stdin):
        said = f"inject {number} at {time.time():.3f} ends"
        running.improvise(drill, text=said, channel="chat", now=timezone.now())


if __name__ == "__main__":
    main(int(sys.argv[1]))
