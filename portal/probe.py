"""`python -m portal.probe`: exit 0 when the web server of this container is ready. Standard library only."""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit


def ready(environ: dict[str, str]) -> bool:
    host, _, port = (environ.get("BIND") or "127.0.0.1:8000").rpartition(":")
    site = urlsplit(environ.get("SITE_URL") or f"http://127.0.0.1:{port}").netloc
    address = "127.0.0.1" if host in ("", "0.0.0.0", "[::]") else host.strip("[]")  # noqa: S104
    connection = http.client.HTTPConnection(address, int(port), timeout=4)
    try:
        connection.request("GET", "/readyz", headers={"Host": site})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if ready(dict(os.environ)) else 1)
