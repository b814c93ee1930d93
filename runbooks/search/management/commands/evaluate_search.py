from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from runbooks.search import evaluating
from runbooks.search.finding import find

_RANKED_WELL = 3


class Command(BaseCommand):
    help = "Measure search with judged queries against the library in the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queries", type=Path, help="JSON lines with q, kind and expected slugs")
        parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
        parser.add_argument("--json", type=Path, help="also write the figures to this file")
        parser.add_argument(
            "--failures", type=int, default=0, metavar="N", help="show up to N misses of each kind"
        )

    def handle(self, **options: Any) -> None:
        try:
            queries = evaluating.read_queries(options["queries"])
        except (OSError, evaluating.BadQueries) as error:
            raise CommandError(str(error)) from error
        engines = set()

        def search(q: str, limit: int) -> list[str]:
            answer = find(q, limit=limit)
            engines.add(answer.engine)
            return [result.slug for result in answer.results]

        find(queries[0].q)  # the first search of a process opens the index
        outcomes = evaluating.evaluate(queries, search)
        lines = evaluating.table(outcomes)
        times = sorted(outcome.ms for outcome in outcomes)
        self.stdout.write(evaluating.as_text(lines, markdown=options["markdown"]))
        self.stdout.write(
            f"\nengine: {', '.join(sorted(engines))}; {median(times):.1f} ms median, "
            f"{times[int(len(times) * 0.95)]:.1f} ms at the 95th percentile"
        )
        self._show_failures(outcomes, options["failures"])
        if options["json"]:
            options["json"].write_text(json.dumps(evaluating.as_json(lines), indent=1))

    def _show_failures(self, outcomes: list[evaluating.Outcome], most: int) -> None:
        shown: dict[str, int] = {}
        for outcome in outcomes:
            kind = outcome.judged.kind
            if 0 < outcome.rank <= _RANKED_WELL or shown.get(kind, 0) >= most:
                continue
            shown[kind] = shown.get(kind, 0) + 1
            wanted, got = ", ".join(sorted(outcome.judged.expected)), ", ".join(outcome.got[:3])
            self.stdout.write(f"{kind}: {outcome.judged.q[:90]!r} wants {wanted}; got {got}")
