"""Where stock engines fail (docs/search.md), and what people type: over a library of our own."""

from __future__ import annotations

import pytest

from runbooks.search import ranking
from runbooks.search.embedded import Snapshot
from runbooks.search.engine import Filters
from tests.runbooks.search.library import LIBRARY, Library, record


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("CephClusterNearFull", 1),
        ("cephclusternearfull", 1),
        ("ceph cluster near full", 1),
        ("ceph-cluster_near.full", 1),
        ("cepy near full", 1),  # a slip in a short word
        ("libceph: osd2 bad crc/signature", 2),  # the first words are in no runbook
        ("customer says his vm bluescreened again", 3),  # only "customer" stands anywhere as typed
        ("NXDOMAIN", 5),
        ("nx domain", 5),
        ("NX_DOMAIN", 5),
        ("cdi m", 6),  # a name begun
        ("cdi imp", 7),
        ("kube virt cr", 12),
        ("kubevirt cr modified", 12),
        ("virt exporter down", 12),  # one of its seven alerts
        ("tsdb wal", 9),
        ("prometheus tsdbwal corruptions", 9),
        ("too many clients", 8),
        ("sorry, too many clients already", 8),
        ("postgres connections exhausted", 8),
        ("db has no connections left", 8),
        ("checkout is down", 8),  # what its authors say people search with
        ("pods keep restarting", 10),
        ("CrashLoopBackOff", 10),
        ("crashloop", 10),
        ("kubelet cert expires", 11),
        ("tls runs out on the node agent", 11),
        ("restartign pods", 10),
        ("postgrse connecions", 8),
    ],
)
def test_what_people_type_finds_the_right_runbook_first(
    library: Library, typed: str, first: int
) -> None:
    assert library.search(typed)[0] == first


def test_an_exact_name_comes_first_however_often_others_say_it() -> None:
    loud = record(
        2,
        "Disk Full and what to do when a Disk is Full",
        "DiskFullDiskFull",
        body="disk full\n" * 50,
    )
    assert Library([loud, record(1, "Disk full", "DiskFull")]).search("disk-full")[0] == 1


def test_a_runbook_with_many_alerts_is_not_buried() -> None:
    many = record(1, "Everything of the broker", *(f"Broker{n}Lagging" for n in "ABCDEFGHIJKL"))
    few = [record(n, f"Lag of queue {n}", f"Queue{n}Lagging", body="broker") for n in range(2, 9)]
    assert Library([many, *few]).search("broker h lagging")[0] == 1


def test_any_word_may_match_and_none_has_to() -> None:
    assert 10 in Library().search("completely unknown gibberish crashloopbackoff xyzzy")
    assert Library().search("xyzzy plugh") == []


def test_an_unknown_ordinary_word_is_not_corrected_into_a_rare_one(library: Library) -> None:
    assert library.understand("again the mirror is away").corrections == {}


def test_corrections_are_said(library: Library) -> None:
    assert library.understand("restartign pods").corrections == {"restartign": "restarting"}


def test_filters_apply_before_candidates_are_counted() -> None:
    records = [
        record(n, f"Disk full on host {n}", services=("api",), severity="high", owner="ada")
        for n in range(1, 120)
    ]
    records.append(
        record(500, "Disk", services=("db",), severity="low", owner="bob", state="retired")
    )
    library = Library(records)
    assert library.search("disk full", service="db", state="retired") == [500]
    assert library.search("disk full", service="db") == []
    assert library.search("disk full", owner="bob", state="") == [500]
    assert len(library.search("disk full", severity="high", limit=50)) == 50


def test_filters_alone_list_what_they_leave() -> None:
    library = Library([record(1, "A", services=("api",)), record(2, "B", services=("db",))])
    assert library.search("", service="db") == [2]
    assert sorted(library.search("")) == [1, 2]


def test_there_are_at_least_fifty_candidates_where_there_are_so_many() -> None:
    library = Library([record(n, f"Queue {n} grows") for n in range(1, 200)])
    query = library.understand("queue")
    with library.store.reading() as connection:
        found = Snapshot(connection, library.words).candidates(query, Filters(), 50)
    assert len(found) == 50


def test_the_work_is_bounded_and_the_best_still_found() -> None:
    crowd = [record(n, f"Service {n} slow", body="pods restart slowly") for n in range(1, 6000)]
    library = Library([*crowd, record(9000, "Ledger pods restart slowly", "LedgerRestarts")])
    assert library.search("why do the pods of the ledger restart so slowly")[0] == 9000


def test_candidates_of_another_engine_are_weighed_alike(library: Library) -> None:
    own = library.search("too many clients postgres")
    query = library.understand("too many clients postgres")
    with library.store.reading() as connection:
        index = Snapshot(connection, library.words)
        every = index.details(query, [record.pk for record in reversed(LIBRARY)])
        outside = [found.pk for found in ranking.ranked(query, every, index.idf)]
    assert outside[: len(own)][:3] == own[:3]


def test_a_runbook_about_another_kind_of_thing_comes_after_the_right_kind() -> None:
    library = Library(
        [
            record(
                1, "DaemonSet rollout is stuck", "KubeDaemonSetRolloutStuck", body="a deployment"
            ),
            record(2, "Deployment has wrong generation", "KubeDeploymentGenerationMismatch"),
            record(3, "Packets lost on receive", "NodeReceiveErrs", body="transmit errors too"),
            record(4, "Packets wait to be sent", "NodeTransmitQueue"),
        ]
    )
    assert library.search("KubeDeploymentRolloutStuck")[0] == 2
    assert library.search("outgoing packets lost")[0] == 4
    assert library.search("incoming packets lost")[0] == 3
    assert library.search("receive and transmit lost packets")[0] == 3
