from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from runbooks.search import indexing, keeping


class Command(BaseCommand):
    help = "Analyse every runbook anew and bring the embedded index up to date."

    def handle(self, **options: Any) -> None:
        started = time.perf_counter()
        changed = indexing.index_everything()
        keeping.warm()
        count = len(indexing.readable_ids())
        self.stdout.write(
            f"{count} runbooks analysed, {changed} of them changed, "
            f"{time.perf_counter() - started:.1f} s."
        )
