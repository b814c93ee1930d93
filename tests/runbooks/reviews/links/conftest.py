from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.runbooks.reviews.links.site import Site


@pytest.fixture
def site(settings) -> Iterator[Site]:
    """This machine's own address is private: only here it may be asked."""
    settings.OUTGOING_PRIVATE = ["127.0.0.1"]
    settings.LINK_CHECK_DELAY = 0
    site = Site()
    thread = threading.Thread(target=site.serve_forever, args=(0.02,))
    thread.start()
    yield site
    site.ending.set()
    site.shutdown()
    site.server_close()
    thread.join()
