"""The product's own settings, for processes that a test starts: only shorter waits for the mail server."""

from portal.settings import *  # noqa: F403

EMAIL_TIMEOUT = 1
