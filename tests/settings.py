"""The product's own settings over a data folder of this run; nothing of the developer's ./var is touched."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="drillbook-tests-")
    _owner = os.getpid()
    atexit.register(
        lambda: os.getpid() == _owner and shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
    )

from portal.settings import *  # noqa: F403
from portal.settings import DATABASES, STATIC_ROOT, STORAGES

Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, as in production. To one in memory the live server's threads would share a connection, and end
    # each other's transactions, or have connections of their own, which fail where another one writes.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")}
    # A test's data need not outlive the machine.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
# Found where they are written: tests need no collectstatic, and see an edited file at once.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The environment's own answers to these would change what tests expect.
READ_WITHOUT_LOGIN = False
DEMO = False
