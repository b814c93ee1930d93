"""Titles that are only an alert's name become readable; the name stays as the alert. Pure.

The rule: the words of the name, in their order, none added and none taken away, as a sentence is
written ("KubePodCrashLooping" -> "Kube pod crash looping"). Known abbreviations and product names keep
their spelling. What a person wrote as a sentence is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Spelled so wherever they stand, also in the middle of a CamelCase name.
_KEPT_SPELLINGS = _words("""
DaemonSet DaemonSets StatefulSet StatefulSets ReplicaSet ReplicaSets CronJob CronJobs ConfigMap
ConfigMaps PostgreSQL MySQL NoSQL MongoDB MariaDB RabbitMQ ClickHouse CockroachDB InfluxDB
DynamoDB BigQuery OpenSearch ElasticSearch ZooKeeper CoreDNS HAProxy GitLab GitHub PgBouncer
OpenStack CloudFront CloudWatch LoadBalancer gRPC K8s IPv4 IPv6 IPs VMs OOMKilled WebSocket
NVMe
""")
#: An all-capital run in a name is cut at these ("TSDBWAL"), and a lower-case one is raised ("Hpa").
_ABBREVIATIONS = _words("""
ACL ALB AMQP API APIs ARP ASG AWS AZ BGP BIOS CA CDC CDN CI CLI CNI CPU CPUs CRD CSI CSR CSV DB
DBs DHCP DKIM DLQ DNS EBS EC2 ECS EFS EKS ELB ETL FTP GC GCP GKE GPU GPUs GRPC HBA HDD HPA HSM
HTTP HTTPS IAM ID IO IOPS IP IPC IPMI IRQ ISP JSON JVM JWT KMS LAN LB LDAP LLM LUN LVM MAC ML
MQ MTU NAT NFS NGINX NIC NLB NTP OIDC OOM OS OSD PDB PID PLEG PV PVC QPS RAID RAM RBAC RDS RPC
RPS RTT S3 SAML SAN SCSI SDK SFTP SLA SLI SLO SMS SMTP SNMP SQL SQS SSD SSH SSL SSO TCP TLS TPS
TSDB TTL UDP UI UPS URI URL URLs UUID VIP VLAN VM VPA VPC VPN WAF WAL XML ZFS
""")
_PROPER_NAMES = _words("""
Alertmanager Alertmanagers Prometheus Kubernetes Grafana Loki Thanos Cortex Mimir Tempo Redis
Postgres Kafka Cassandra Consul Vault Nomad Istio Envoy Ceph Linux Windows Docker Jenkins Argo
Flux Helm Terraform Memcached Elasticsearch Logstash Kibana Celery Airflow Spark Snowflake
Vitess Varnish Cilium Calico Traefik Harbor Java Python Node.js Slack PagerDuty Cloudflare
Azure Google Amazon Oracle Solr Hadoop Meilisearch OpenTelemetry
""")
#: Never raised, not even at the beginning of a title.
_LOWER = ("etcd", "gRPC", "nginx", "kubectl", "systemd", "fsync")

_SPELLING = {word.casefold(): word for word in (*_PROPER_NAMES, *_ABBREVIATIONS, *_KEPT_SPELLINGS)}
_SPELLING |= {word.casefold(): word for word in _LOWER}
_RUN_PARTS = frozenset(word for word in _ABBREVIATIONS if word.isupper())
_KEPT = re.compile("|".join(sorted((re.escape(w) for w in _KEPT_SPELLINGS), key=len, reverse=True)))
_HUMP = re.compile(
    r"[A-Z]+s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+(?:xx)?|[^\W\d_]+"
)
_ABBREVIATION_FIRST = re.compile(r"[A-Z]{2,}[a-z]{2,}")
_HUMPS_OF_AN_ALERT = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def alert_like(name: str) -> bool:
    """Is this one CamelCase word of at least two humps, as alerts are named: `etcdNoLeader`?"""
    if not _HUMPS_OF_AN_ALERT.fullmatch(name) or len(name) > 200:
        return False
    hump = any(a.islower() and b.isupper() for a, b in pairwise(name))
    return len(words_of(name)) > 1 and (hump or _ABBREVIATION_FIRST.match(name) is not None)


def words_of(name: str) -> list[str]:
    """`KubeAPIErrorBudgetBurn` -> Kube, API, Error, Budget, Burn; other signs between words separate too."""
    found: list[str] = []
    for part in re.split(r"[\s_.:/-]+", name):
        at = 0
        for kept in _KEPT.finditer(part):
            if kept.end() < len(part) and part[kept.end()].islower():
                continue
            found += _humps(part[at : kept.start()])
            found.append(kept[0])
            at = kept.end()
        found += _humps(part[at:])
    return found


def _humps(part: str) -> list[str]:
    return [
        word
        for hump in _HUMP.findall(part)
        for word in (_cut_run(hump) if len(hump) > 4 and hump.isupper() else [hump])
    ]


def _cut_run(run: str) -> list[str]:
    """`TSDBWAL` -> TSDB, WAL; a run that is not all known abbreviations stays whole."""
    best: dict[int, list[str]] = {0: []}
    for end in range(2, len(run) + 1):
        for start in range(max(0, end - 6), end - 1):
            if start in best and run[start:end] in _RUN_PARTS:
                best.setdefault(end, [*best[start], run[start:end]])
    return best.get(len(run), [run])


def readable(name: str) -> str:
    """A name as a sentence begins: `etcdGRPCRequestsSlow` -> "etcd gRPC requests slow"."""
    words = [_spelled(word) for word in words_of(name)]
    if not words:
        return name.strip()
    first = words[0]
    if first not in _LOWER and first[:1].islower():
        words[0] = first[:1].upper() + first[1:]
    return " ".join(words)


def _spelled(word: str) -> str:
    known = _SPELLING.get(word.casefold())
    if known:
        return "gRPC" if known == "GRPC" else known
    if len(word) > 1 and word.isupper():
        return word
    return word.lower()


def readable_title(title: str, alerts: Sequence[str]) -> str:
    """The title to show: `title` itself, or, where it is only the name of one of `alerts`, that name
    made readable. A name with its abbreviations written out ("Receive Errors" of `ReceiveErrs`) keeps
    its words."""
    if not title.strip() or _is_a_sentence(title):
        return title
    letters = _letters(title)
    for alert in alerts:
        if letters == _letters(alert):
            return readable(alert)
    written_out = any(_is_written_out(title, alert) for alert in alerts)
    return readable(title) if written_out or alert_like(title.strip()) else title


def _is_a_sentence(title: str) -> bool:
    """Is a word after the first one all in small letters? Then a person has written it."""
    return any(word.islower() and word not in _LOWER for word in title.split()[1:])


def _is_written_out(title: str, alert: str) -> bool:
    """Does every word of the alert stand in the title, in order, shortened or as initials, and no other?"""
    words = [word.casefold() for word in words_of(title)]
    at = 0
    for short in map(str.casefold, words_of(alert)):
        if at < len(words) and _shortens(short, words[at]):
            at += 1
        elif "".join(word[:1] for word in words[at : at + len(short)]) == short:
            at += len(short)
        else:
            return False
    return at == len(words)


def _shortens(short: str, word: str) -> bool:
    letters = iter(word)
    return short == word or (
        len(short) > 2 and word.startswith(short[:2]) and all(c in letters for c in short)
    )


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
