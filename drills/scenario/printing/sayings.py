"""What logs say in each kind of trouble, and what a healthy word turns into. Tables, and nothing else."""
# ruff: noqa: E501 -- a table reads better in whole lines

from __future__ import annotations

#: What a word that an expectation names turns into where all is not well.
OPPOSITE = {
    "green": "red", "active": "failed", "running": "exited", "ok": "CRITICAL", "up": "down", "true": "false",
    "false": "true", "yes": "no", "no": "yes", "ready": "not ready", "healthy": "unhealthy", "started": "Stopped",
    "available": "storage-full", "bound": "Pending", "enabled": "disabled", "disabled": "enabled", "success": "failed",
    "succeeded": "failed", "complete": "failed", "completed": "failed", "connected": "disconnected", "none": "1",
    "valid": "expired", "synced": "OutOfSync", "normal": "degraded", "online": "offline", "0": "3", "1": "0", "200": "503",
    "204": "503", "301": "503", "302": "503", "open": "closed", "streaming": "catchup", "present": "missing",
    "health_ok": "HEALTH_WARN", "pong": "Could not connect: Connection refused",
}  # fmt: skip

#: What logs say in each kind of trouble, where the runbook quotes nothing.
LINES: dict[str, tuple[str, ...]] = {
    "disk": ("write failed: No space left on device", "cannot rotate log: No space left on device"),
    "memory": ("cannot allocate 67108864 bytes: out of memory", "GC overhead: 98% of time spent collecting"),
    "cpu": ("deadline exceeded: waited 4.8s for a worker", "event loop blocked for 2310 ms"),
    "crash": ("exiting: cannot read configuration: unknown field at line 41", "shutting down with code 1"),
    "pending": ("no node has room for it: insufficient memory", "waiting for 1 of 3 to become ready"),
    "node": ("runtime is not responding: last seen 5m2s ago", "heartbeat missed, 4th time in a row"),
    "network": ("dial tcp: i/o timeout", "connection reset by peer after 0 bytes"),
    "dns": ("lookup failed: server misbehaving", "no answer from resolver within 5s"),
    "certificate": ("certificate has expired or is not yet valid", "handshake failed: unknown authority"),
    "connections": ("remaining connection slots are reserved", "timed out waiting for a connection from the pool"),
    "replication": ("receiver terminated: requested segment has already been removed", "replay is behind by 14 GB"),
    "database": ("canceling statement due to statement timeout", "still waiting for a lock after 1000 ms"),
    "queue": ("poll timeout has expired, leaving the group", "message redelivered, attempt 6"),
    "cache": ("OOM command not allowed when used memory is above the limit", "evicted 4120 keys in the last minute"),
    "provider": ("upstream answered 503 after 10.002s", "giving up after 3 attempts"),
    "errors": ("500 internal error: context deadline exceeded", "request failed after 3 retries"),
    "latency": ("slow request: 8412 ms, of which 8390 ms waiting", "client gave up before the answer"),
    "backup": ("archive command failed with exit code 82", "aborted after 41 of 310 GB"),
    "signin": ("token rejected: signing key not found", "redirect loop: no session after callback"),
    "security": ("sign-in from a device that was not seen before", "rule created: forward all to an outside address"),
    "etcd": ("apply request took too long: 1.21s, expected 100ms", "lost leader, election timeout"),
    "monitoring": ("scrape failed: context deadline exceeded", "error sending: connection refused"),
    "storage": ("14 slow requests, oldest blocked for 61 s", "input/output error on write"),
    "quota": ("429 Too Many Requests, retry after 3600", "request refused: allowance used up"),
    "jobs": ("step 4 of 9 has not reported for 40 minutes", "no input files found, nothing to do"),
    "search": ("flood stage watermark exceeded, index is read-only", "shard failed, allocation retries used up"),
    "model": ("worker did not return a token within 120 s", "device memory exhausted while loading weights"),
    "virtual": ("failed to acquire the lease: still held by another", "no sync from the guest for 5m0s"),
    "operator": ("reconcile failed: the object has been modified; try again", "webhook call failed: i/o timeout"),
    "deploy": ("new version not ready within 600 s, keeping the old one", "unknown setting in configuration"),
    "mail": ("deferred: 451 temporary failure, try again later", "connection timed out while sending the message"),
    "": ("request failed: timeout", "giving up, will try again in 30s"),
}  # fmt: skip
