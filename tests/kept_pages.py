"""What a process keeps of pages between requests: a test that looks at pages begins without it."""

from __future__ import annotations

from runbooks import reading
from runbooks.views import runbook as pages


def forget_pages() -> None:
    reading._pages.clear()
    pages._whole.clear()
