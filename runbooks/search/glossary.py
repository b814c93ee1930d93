"""The trade's own words: abbreviations, states, things, kinds that exclude one another, ports. Only data.

Keep them general: a list made from one library helps that library and hurts the next. Teams add their own
as `SynonymGroup` rows. A group is a line, parted by commas (`synonyms.read_groups`).
"""

from __future__ import annotations

#: The same word, only shorter: nearly as good as the word itself.
ABBREVIATIONS = """
alertmanager, alert manager
apiserver, api server
app, application
auth, authentication
authz, authorization
cert, certificate
cfg, conf, config, configuration
cm, configmap
conn, connection
cpu, processor
db, database
deploy, deployment
ds, daemonset, daemon set
env, environment
err, error
fd, file descriptor
fs, filesystem, file system
hpa, horizontal pod autoscaler
img, image
k8s, kubernetes, kube
lb, load balancer, loadbalancer
mem, memory
msg, message
net, network
nic, network interface
ns, namespace
oom, out of memory
pg, postgres, postgresql
prom, prometheus
pv, persistent volume
pvc, persistent volume claim
repl, replication
req, request
resp, response
rs, replicaset, replica set
sa, service account
sec, second
sts, statefulset, stateful set
svc, service
sync, synchronize, synchronise, synchronization, synchronisation
tls, ssl
tx, transmit
rx, receive
util, utilization, utilisation
vm, virtual machine
"""

#: States and symptoms: what may be said of anything.
STATES = """
down, dead, offline, unavailable, unreachable, outage, gone, missing, absent
down, stopped, not running, halted, terminated
die, crash, exit, abort, killed, terminated
unreachable, not responding, no response, unavailable, cannot connect, refused
respond, answer, reply, reachable
missing, absent, lost, disappeared, not found, vanished
restart, crash, reboot, bounce, over and over
restart, crashloop, crash loop, backoff, back off
start, boot, launch, come up, startup
stuck, hung, hang, frozen, freeze, blocked, not progressing, pending, deadlock
wait, pending, queued, stuck
finish, complete, completion, done, end, succeed
fail, failure, error, unsuccessful, broken, not working, cannot
error, exception, fault, 5xx, 500
err, error
wrong, incorrect, invalid, bad, misconfigured
flapping, unstable, up and down, intermittent, back and forth, bouncing, on and off, goes and comes
degraded, impaired, partial, unhealthy
healthy, ready, ok, up
unhealthy, not ready, unready, unavailable, degraded
recover, recovery, restore, heal, repair, rebuild
slow, latency, lag, delay, duration, response time, takes long, sluggish
slow, performance, degraded, throttled
lag, behind, backlog, delay, late, falling behind, catch up
timeout, timed out, deadline exceeded, took too long
high, too many, too much, increased, rising, spike, above, exceed, large, excessive
low, too few, insufficient, below, shortage, not enough, running out, little
limit, quota, cap, maximum, max, ceiling, threshold, exceeded
limit hit, limit reached, maxed out, at capacity, exceeded
full, fill up, no space, out of space, no space left, space
space, capacity, free, room
usage, utilization, utilisation, consumption, used
overload, saturated, saturation, busy, exhausted, pressure
exhausted, used up, depleted, run out, limit, no more
overcommit, oversubscribed, overbooked, not enough capacity
headroom, spare, capacity, reserve
empty, no data, none, missing
grow, increase, rise, growing, bigger
shrink, decrease, drop, fall, lower
duplicate, duplicated, twice, double, same
stale, outdated, old, not updated, out of date
new, recent, fresh, latest
soon, about to, predicted, forecast
mismatch, inconsistent, different, differ, diverged, drift, out of sync
corrupt, corruption, damaged, checksum, crc, bad data
drop, discard, lost, loss, rejected, skipped
reject, denied, refused, invalid, forbidden, not allowed
"""

#: Things: what the symptom is a symptom of.
THINGS = """
# machines
node, host, machine, server, worker
instance, machine, replica, server
vm, virtual machine, guest, vmi
hypervisor, virtualization, kvm, qemu, libvirt, esxi
disk, drive, hdd, ssd, nvme, storage device
disk, filesystem, volume, partition, storage, mount
raid, array, mirror, mdadm, md
inode, inodes, too many files, small files
fd, file descriptor, open files, too many open files, handles
io, iops, disk io, read write, throughput
fsync, fdatasync, disk sync, flush, commit
memory, ram, heap, oom, out of memory, swap
oom, oomkilled, out of memory, killed, memory limit
cpu, processor, core, cores, compute, load
throttle, throttling, rate limit, limited, cgroup
load, busy, pressure, traffic
kernel, os, operating system, linux
hardware, ecc, bmc, ipmi, physical, device
temperature, overheating, thermal, fan, hot
power, psu, ups, electricity
reboot, power cycle, restart, reset
ntp, clock, time sync, chrony, timesync, drift, skew, wrong time
process, thread, worker, daemon
daemon, agent, service, background
panic, segfault, segmentation fault, core dump, crash
bluescreen, bsod, kernel panic, panic, crash
zombie, defunct, orphan
# network
network, connectivity, link
nic, network interface, interface, ethernet, eth0, bond
packet, packets, frames, traffic
receive, incoming, inbound, ingress, rx
transmit, outgoing, outbound, egress, tx, send
cable, link, wire, transceiver, sfp
dns, name resolution, nameserver, resolve, nxdomain, coredns, hostname
firewall, iptables, nftables, security group, rules
conntrack, connection tracking, nat, connection table
lb, load balancer, loadbalancer, haproxy, proxy
ingress, gateway, nginx, reverse proxy, router, envoy
proxy, routing, route, forward, service mesh, kube proxy
vpn, tunnel, wireguard, ipsec
connect, reach, contact, talk to
connection, session, socket, pool
connection pool, pool exhausted, too many connections, max connections
mtu, fragmentation, packet size
bandwidth, throughput, saturation
# containers and clusters
pod, container, workload, app
k8s, kubernetes, kube
container, docker, containerd, cri, runtime
image, registry, pull, imagepullbackoff, tag
deploy, deployment, release, rollout, roll out, ship
deployment, replicaset, replicas
sts, statefulset
ds, daemonset, on every node, agent
job, batch, cron, cronjob, scheduled task, nightly
hpa, horizontal pod autoscaler, autoscaler, autoscaling
scale, autoscale, autoscaler, autoscaling, replicas, grow
replica, copy, instance, pod
namespace, project, tenant, team
schedule, scheduler, scheduling, assign, place, placement, unschedulable
taint, toleration, unschedulable, node selector, affinity
evict, eviction, preempted, kicked
drain, cordon, maintenance, decommission
kubelet, node agent
apiserver, api server, kube api, kubectl, control plane
control plane, apiserver, controller manager, scheduler, master
reconcile, sync, controller, operator, converge
operator, controller, custom resource, crd
api, endpoint, request, rest
aggregated api, metrics server, extension api, custom metrics
pvc, pv, persistent volume, volume claim, volume
storageclass, provisioner, csi, volume
configmap, config, configuration
secret, credential, password, token, key
quota, resource quota, limit, budget
webhook, admission, callback
probe, health check, healthcheck, liveness, readiness
sidecar, init container, container
etcd, key value store, quorum
leader, primary, master, quorum, election
follower, replica, secondary, slave, standby
member, peer, instance, voter
split brain, network partition, quorum
garbage collection, gc, cleanup
upgrade, update, version, migrate
version, release, build
# data
db, database, postgres, postgresql, mysql, mariadb, sql
nosql, mongodb, cassandra, couchbase, dynamodb
query, sql, statement, select
lock, locked, contention, deadlock, blocked
replication, replicate, replica, sync, standby
replication lag, behind, delay
vacuum, autovacuum, bloat, wraparound
compact, compaction, defrag, defragment, vacuum, fragmentation
wal, write ahead log, journal, redo log, binlog
backup, snapshot, dump, archive
restore, recovery, recover, point in time
migrate, migration, move, schema change
index, shard, partition
shard, sharding, partition
queue, kafka, rabbitmq, message, broker, topic, stream
consumer, subscriber, worker, reader
producer, publisher, writer
dead letter, dlq, poison message, failed messages
cache, redis, memcached, cached
search, elasticsearch, opensearch, solr
object storage, s3, bucket, blob, minio
ceph, osd, rook, rados, rbd
osd, disk, ceph
placement group, pg, pgs
gluster, nfs, network storage, shared storage
dataset, table, data
pipeline, etl, dag, airflow, job
# watching
monitoring, metrics, prometheus, observability
metric, metrics, series, samples, time series, data points
scrape, collect, pull, target, exporter
target, endpoint, exporter, scrape
ingest, ingestion, write, append, receive
rule, recording rule, evaluation, alerting rule
alert, notification, page, pager, pagerduty, slack
notification, message, mail, email, sms, alert
alertmanager, notifications, alert routing
silence, mute, inhibit, suppress
route, routing, receiver
dashboard, grafana, graph, panel, chart
log, logs, logging, loki, elk, syslog
trace, tracing, jaeger, spans, tempo
heartbeat, watchdog, dead man, deadman, always firing
remote write, remote storage, long term storage, thanos, mimir, cortex
retention, keep, history
slo, error budget, burn rate, sla, objective
cardinality, too many series, labels
config, configuration, settings, conf, options
reload, refresh, apply, pick up, picked up, hot reload
sync, synchronize, synchronise, synchronization, in step
# security and access
certificate, cert, certs, tls, ssl, x509
expire, expiry, expiration, run out, not valid, no longer valid, outdated
renew, renewal, rotate, rotation, reissue
login, log in, sign in, authentication, auth, password, credentials, sso
permission, forbidden, unauthorized, access denied, denied, 403, 401, rbac
attack, ddos, abuse, intrusion, bot
vulnerability, cve, security, exploit
encryption, encrypted, kms, vault, sealed
# change
rollback, roll back, revert, undo
change, edit, modify, update
remove, delete, clean up, cleanup, purge, prune
add, create, new, provision
stop, pause, suspend, disable
enable, turn on, activate
deprecated, obsolete, old, legacy
terminate, kill, stop, shut down, shutdown
build, ci, pipeline, jenkins
feature flag, toggle, switch
# what the business says
customer, user, client, visitor
payment, checkout, billing, pay, card
order, purchase, cart
website, site, page, frontend, web, ui
service, backend, upstream, app, application
app, application, service, program
mail, email, smtp, postfix
upload, file, attachment
gpu, cuda, nvidia, accelerator
model, llm, inference, ai
"""
SHIPPED = STATES + THINGS

#: Kinds of one thing, the words for each between bars: who asks about one is not helped by another.
RIVALS = """
deployment | daemonset daemon | statefulset stateful | job cronjob | replicaset
cpu processor | memory ram oom | disk filesystem volume storage | network nic | gpu
receive incoming inbound rx | transmit outgoing outbound tx
client | server
read | write
mysql mariadb | postgres postgresql | mongodb | redis | elasticsearch opensearch | kafka | rabbitmq
linux | windows
"""

#: What listens there by convention: the only word for it that many a log line has.
PORTS = {
    "22": "ssh",
    "53": "dns",
    "25": "smtp",
    "587": "smtp",
    "389": "ldap",
    "636": "ldap",
    "443": "https",
    "1433": "sqlserver",
    "2049": "nfs",
    "2181": "zookeeper",
    "2379": "etcd",
    "2380": "etcd",
    "3306": "mysql",
    "5432": "postgres",
    "5672": "rabbitmq",
    "6379": "redis",
    "6443": "apiserver",
    "8200": "vault",
    "8500": "consul",
    "9042": "cassandra",
    "9092": "kafka",
    "9200": "elasticsearch",
    "10250": "kubelet",
    "11211": "memcached",
    "27017": "mongodb",
}
