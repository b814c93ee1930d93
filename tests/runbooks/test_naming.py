"""Slugs and addresses meet however they are spelt."""

import pytest

from runbooks.naming import fold_address, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("KubePodCrashLooping", "kubepodcrashlooping"),
        ("Disk full (on /var)", "disk-full-on-var"),
        ("etcd_no_leader", "etcd_no_leader"),
        ("Überlast im Lager", "überlast-im-lager"),
        ("../../etc/passwd", "etc-passwd"),
        ("  --  ", ""),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_slug_is_the_slugified_name(name, slug):
    assert slug_of(name) == slug


def test_spellings_of_one_address_meet():
    one = "https://Runbooks.example.org/runbooks/node/NodeRAIDDegraded/"
    for other in (
        "http://runbooks.example.org/runbooks/node/noderaiddegraded",
        "https://runbooks.example.org/runbooks/node/NodeRAIDDegraded.md?x=1#diagnosis",
    ):
        assert fold_address(other) == fold_address(one)
    assert fold_address("https://runbooks.example.org/other") != fold_address(one)
