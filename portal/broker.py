"""Celery's messages as files, each of them seen whole or not at all.

kombu's own transport opens a file under the name that workers look for and writes it afterwards. A worker
that looks in between finds an empty message, ends with a JSONDecodeError, and the message is gone.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # the names of kombu's own two differ
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        """Raises ChannelError when the folder cannot be written to."""
        name = f"{round(time.monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        begun = Path(self.data_folder_out, f"{name}.begun")  # an ending that nobody looks for
        try:
            begun.write_bytes(dumps(payload).encode())
            begun.replace(begun.with_name(name))
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to its folder: {error}") from error


class Transport(filesystem.Transport):
    Channel = Channel
