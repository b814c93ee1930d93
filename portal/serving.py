"""The web server: `python -m portal.serving`. docs/running.md has the measurements behind the choice."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

from portal.running import GRACE, die_with_parent

#: Bytes of request line and headers together: an address of 16 kB, which htmx and the
#: browser each repeat in a header. `portal.middleware.limits` has the sentence for longer addresses.
HEAD_BYTES = 128 * 1024
#: Milliseconds in which a client must have sent them.
HEAD_TIMEOUT = 10_000


def load() -> None:
    """Everything that workers can share is loaded before they are forked, and left alone by the collector."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import call_command  # noqa: PLC0415 -- only after the line above
    from django.db import connections  # noqa: PLC0415
    from django.urls import get_resolver  # noqa: PLC0415

    from portal.wsgi import application  # noqa: F401, PLC0415

    call_command("check", stdout=StringIO())
    _ = get_resolver().url_patterns
    connections.close_all()
    gc.collect()
    gc.freeze()


def server(target: str, *, bind: str, workers: int, threads: int) -> AbstractServer[Any]:
    address, _, port = bind.rpartition(":")
    made: AbstractServer[Any] = Granian(
        target,
        address=address.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=threads,
        backpressure=512,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_TIMEOUT, max_buffer_size=HEAD_BYTES, keep_alive=True
        ),
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    )
    return made


def loaded_in_worker(master: int, target: str) -> Callable[..., Any]:
    """What a worker calls for its application; from then on it does not outlive `master` (a process id)."""
    from portal.wsgi import application  # noqa: PLC0415 -- after load(), or anew where nothing is forked

    die_with_parent()
    threading.Thread(target=_end_with, args=(master,), daemon=True).start()
    return application


def _end_with(master: int) -> None:
    """An orphan would answer on the port with what it knew, beside the workers of the next master.

    Linux says at once that the parent died; this look covers other systems, a master that died before
    that was asked for, and a signal that came before granian listened for it.
    """
    while os.getppid() == master:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def tell_setup_code() -> None:
    """To whoever reads the log, while there is no account (portal/accounts/first_run.py)."""
    from django.db import connections  # noqa: PLC0415 -- Django is set up by now

    from portal.accounts import first_run  # noqa: PLC0415 -- as above

    if first_run.code_needed() and (said := first_run.notice()):
        sys.stderr.write(f"{said}\n")
    connections.close_all()


def main() -> int:
    from django.conf import settings  # noqa: PLC0415
    from django.core.management.base import SystemCheckError  # noqa: PLC0415

    try:
        load()
    except SystemCheckError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    tell_setup_code()
    server(
        "portal.wsgi:application",
        bind=settings.BIND,
        workers=settings.WEB_WORKERS,
        threads=settings.WEB_THREADS,
    ).serve(target_loader=partial(loaded_in_worker, os.getpid()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
