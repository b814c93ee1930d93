"""What may become of a try to send. No sentence here holds an address or a secret: all are shown."""

from __future__ import annotations


class Failed(Exception):  # noqa: N818 -- an outcome, said to a person as a sentence
    """Never to be tried again. `channel`: nor is anything else by this channel, until somebody mends it."""

    def __init__(self, words: str, *, channel: bool) -> None:
        super().__init__(words)
        self.channel = channel


class Later(Exception):  # noqa: N818 -- as above
    """To be tried again.

    `after`: seconds that the other side asked for. `way_down`: nothing goes this way just now, whomever it
    is for. `own`: the fault is this one channel's, which fails with the message when it lasts for days.
    """

    def __init__(
        self, words: str, *, after: float | None = None, way_down: bool = False, own: bool = False
    ) -> None:
        super().__init__(words)
        self.after, self.way_down, self.own = after, way_down, own


class Unknown(Later):
    """It may or may not have arrived: it goes again, with the same id."""
