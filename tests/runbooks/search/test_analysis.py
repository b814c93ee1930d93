"""One reading of words for runbooks and for questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.search.analysis import LONGEST_TERM, joins, pieces, squashed, stem, terms, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KubePodCrashLooping", "kube pod crash looping"),
        ("etcdGRPCRequestsSlow", "etcd grpc requests slow"),
        ("kube-state-metrics is down", "kube state metrics is down"),
        ("node_filesystem_files_free", "node filesystem files free"),
        ("NX_DOMAIN", "nx domain"),
        ("OSDsFull", "osds full"),
        ("HTTP2Errors on x509", "http2 errors on x509"),
        ("K8sNodeDown", "k8s node down"),
        ("IPv6Down", "ipv6 down"),
        ("k8s raid1 5m p99latency", "k8s raid1 5m p99latency"),
        ("café CRÈME", "cafe creme"),
        ("磁盘已满 ДИСК полон", "磁盘已满 диск полон"),
        ("", ""),
        ("--- ... ///", ""),
    ],
)
def test_words_are_the_finest_reading_in_order(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("KubePodCrashLooping", "kubepodcrashlooping"),
        ("NX_DOMAIN", "nxdomain"),
        ("kube-state-metrics", "kubestatemetrics"),
        ("raid1", "raid"),
        ("MySQLDown", "mysqldown"),
    ],
)
def test_terms_add_what_people_type_joined(text: str, also: str) -> None:
    assert also in terms(text)
    assert set(words(text)) <= set(terms(text))


def test_a_path_is_not_joined() -> None:
    assert "varlibappdatadb" not in terms("/var/lib/app/data/x.db")


def test_the_same_name_is_the_same_squashed() -> None:
    spellings = ("Kube Pod Crash-Looping", "kubepodcrashlooping", "KUBE_POD.CRASH looping!")
    assert {squashed(spelling) for spelling in spellings} == {"kubepodcrashlooping"}


@pytest.mark.parametrize(
    "same",
    [
        "restart restarts restarted restarting",
        "expire expires expired expiring expiration",
        "connect connection connections connected connecting",
        "policy policies",
        "node nodes",
        "die dies died",
        "flap flapping",
        "degraded degradation",
        "query queries",
        "latency latencies",
        "fire firing fired",
    ],
)
def test_inflections_share_a_stem(same: str) -> None:
    assert len({stem(word) for word in same.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("not", "note"),
        ("series", "server"),
        ("ready", "read"),
        ("many", "man"),
        ("status", "state"),
    ],
)
def test_different_words_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_neighbours_are_joined_in_twos_and_threes() -> None:
    assert [joined for _, _, joined in joins(["kube", "virt", "cr"])] == [
        "kubevirt",
        "kubevirtcr",
        "virtcr",
    ]


@given(st.text(max_size=400))
def test_any_text_has_words_and_they_survive_a_second_reading(text: str) -> None:
    found = words(text)
    assert all(word and len(word) <= LONGEST_TERM and " " not in word for word in found)
    assert words(" ".join(found)) == [w for word in found for w in words(word)]
    for term in terms(text):
        assert " " not in term
        assert "=" not in term  # filters are stored among terms with one
        stem(term)


@given(st.text(alphabet="abcXYZ019é磁", min_size=1, max_size=40))
def test_pieces_lose_no_letter(word: str) -> None:
    assert "".join(pieces(word)) == word.lower()
