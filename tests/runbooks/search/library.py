"""A small library of our own and a search over it, without a database: what search promises, in the small."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbooks.search import ranking, writing
from runbooks.search.documents import analysed
from runbooks.search.embedded import Snapshot
from runbooks.search.engine import Filters, Line, Query, SearchRecord
from runbooks.search.filters import filter_term
from runbooks.search.remembering import Words
from runbooks.search.store import Row, Store
from runbooks.search.synonyms import Synonyms, shipped
from runbooks.search.understanding import understood


def record(
    pk: int, title: str, *alerts: str, body: str = "", texts: Sequence[str] = (), **more: object
) -> SearchRecord:
    return SearchRecord(
        pk=pk,
        slug=title.lower().replace(" ", "-"),
        title=title,
        alerts=alerts,
        alert_texts=tuple(texts),
        lines=tuple(Line(line.strip(), "Diagnosis") for line in body.splitlines() if line.strip()),
        **more,  # type: ignore[arg-type]
    )


LIBRARY = (
    record(
        1,
        "Ceph cluster is nearly full",
        "CephClusterNearFull",
        body="ceph df shows how much room every pool has. Delete old snapshots or add OSDs.",
        texts=["Storage cluster is nearly full.", "Utilization has crossed 75%."],
    ),
    record(
        2,
        "OSD reports checksum errors",
        "CephOSDBadCrc",
        body="dmesg shows: libceph: osd7 bad crc/signature\nReplace the network cable or the disk.",
    ),
    record(
        3,
        "Guest stops with a blue screen",
        "VirtualMachineCrashed",
        "VMIGuestCrash",
        body="The guest's console shows a bluescreen. Windows needs the newest virtio drivers.",
        texts=["Virtual machine instance crashed on the host."],
    ),
    record(
        4,
        "Customer portal refuses logins",
        "PortalLoginFailing",
        body="The identity provider answers slowly; a customer sees the sign-in page again.",
    ),
    record(
        5,
        "Name lookups fail",
        "CoreDNSErrorsHigh",
        body="dig answers with NX_DOMAIN for names that exist.",
    ),
    record(
        6,
        "Two default virtualization storage classes",
        "CDIMultipleDefaultVirtStorageClasses",
        body="Remove the annotation from one of them.",
    ),
    record(7, "Import pods restart", "CDIImporterPodUnhealthy", body="oc logs of the importer."),
    record(
        8,
        "API answers slowly because PostgreSQL has no free connection",
        "ApiLatencyHigh",
        "PostgresConnectionsNearLimit",
        body='FATAL: sorry, too many clients already\npsql -c "select count(*) from pg_stat_activity"',
        texts=["p99 latency of the API is above 5 s."],
        also=("checkout is down",),
    ),
    record(
        9,
        "Prometheus cannot replay its write-ahead log",
        "PrometheusTSDBWALCorruptions",
        body="Look for corruption in /prometheus/wal and delete the broken segment.",
    ),
    record(
        10,
        "Pods keep restarting",
        "KubePodCrashLooping",
        body="kubectl logs --previous shows why the container ended. CrashLoopBackOff.",
        texts=["Pod is crash looping.", "Pod  is in waiting state (reason: CrashLoopBackOff)."],
    ),
    record(
        11,
        "Certificate of a node agent ends soon",
        "KubeletClientCertificateExpiration",
        body="Restart the kubelet so that it asks for a new certificate.",
    ),
    record(
        12,
        "KubeVirt operator is down",
        "VirtOperatorDown",
        "KubeVirtCRModified",
        *(f"Virt{part}Down" for part in ("Api", "Controller", "Handler", "Exporter", "Template")),
        body="virt-operator has no running pod.",
    ),
)


class Library:
    """An index in memory; `search` answers titles' primary keys, the likeliest first."""

    def __init__(
        self, records: Iterable[SearchRecord] = LIBRARY, synonyms: Synonyms | None = None
    ) -> None:
        self.store = Store(None)
        self.synonyms = synonyms or shipped()
        self.words = Words()
        self.put(*records)

    def put(self, *records: SearchRecord, gone: Iterable[int] = ()) -> None:
        with self.store.writing() as connection:
            writing.write(connection, [row_of(record) for record in records], gone)

    def search(self, q: str, *, limit: int = 10, **narrowed: str) -> list[int]:
        return [found.pk for found in self.ranked(q, limit=limit, **narrowed)]

    def ranked(self, q: str, *, limit: int = 10, **narrowed: str) -> list[ranking.Ranked]:
        with self.store.reading() as connection:
            index = Snapshot(connection, self.words)
            query = understood(q, index, self.synonyms)
            keys = index.candidates(query, Filters(**narrowed), 60)
            return ranking.ranked(query, index.details(query, keys), index.idf)[:limit]

    def understand(self, q: str) -> Query:
        with self.store.reading() as connection:
            return understood(q, Snapshot(connection, self.words), self.synonyms)


def row_of(record: SearchRecord) -> Row:
    found = analysed(record)
    return Row(
        pk=record.pk,
        stamp=record.slug,
        facts=found.packed_facts(),
        terms=" ".join(found.codes),
        codes=bytes(found.codes.values()),
        filters=[
            *(filter_term("service", service) for service in record.services),
            filter_term("severity", record.severity),
            filter_term("owner", record.owner),
            filter_term("state", record.state),
            *(filter_term("seen", mark) for mark in record.seen_by),
        ],
    )
