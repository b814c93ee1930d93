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


def test_a_confluence_page_is_its_number_in_whatever_spelling():
    one = "https://wiki.example/wiki/pages/viewpage.action?pageId=4711"
    for other in (
        "https://wiki.example/wiki/pages/viewpage.action?spaceKey=OPS&pageId=4711&src=x#Symptoms",
        "https://wiki.example/wiki/spaces/OPS/pages/4711/A+title+that+changed",
        "https://wiki.example/wiki/spaces/OPS/pages/4711",
    ):
        assert fold_address(other) == fold_address(one)
    assert fold_address(one.replace("4711", "4712")) != fold_address(one)
    by_title = "https://wiki.example/display/OPS/Api+latency"
    assert fold_address(by_title) == fold_address(by_title.replace("+", "%20"))
