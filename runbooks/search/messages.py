"""What well-known programs print, and what it is about. Pure Python: imports no Django.

Somebody who pastes a log line types none of the words of the symptom's title. These are messages of the
kernel, the shell's tools, common servers and Kubernetes: as general as the synonyms, read in the same way.
"""

MESSAGES = """
connection to the server was refused, apiserver, kubernetes api, api down
imagepullbackoff, errimagepull, pull image, failed to pull, container waiting, image pull
crashloopbackoff, restarting failed container, crash looping
createcontainerconfigerror, container waiting, missing configmap
failedscheduling, nodes are available, pending, not scheduled
many to many matching, duplicate series, rule evaluation, rule failures
too many requests, 429, rate limit, throttled, rejected
bad gateway, 502, upstream, no healthy upstream
service unavailable, 503, overloaded, unavailable
gateway timeout, 504, upstream timed out
no space left on device, enospc, disk full, out of space
too many open files, emfile, file descriptor, ulimit
cannot allocate memory, enomem, out of memory, oom
exit code 137, oomkilled, out of memory
connection reset by peer, econnreset, connection lost
econnrefused, connection refused, not listening, down
no route to host, ehostunreach, unreachable
deadline exceeded, timeout, timed out, slow
could not resolve host, name resolution, dns, servfail
certificate has expired, x509, certificate, expiry
too many clients already, too many connections, max connections
deadlock detected, lock wait timeout, lock
read only file system, readonly, remount, disk error
i o error, medium error, bad sector, disk failure
blocked for more than 120 seconds, hung task, stuck io
soft lockup, cpu stuck, kernel
under replicated, isr, replication
not leader, no leader, leader election
"""
