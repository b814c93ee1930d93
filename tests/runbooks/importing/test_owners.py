"""The owners file: CODEOWNERS, YAML or CSV; the last rule that matches wins."""

import pytest

from runbooks.importing.owners import OwnersError, path_pattern, read_owners

CODEOWNERS = """\
# who owns what
*                 @yash
/kubernetes/      @shop/platform @leila   # the team cannot own, Leila can
docs/*            @tom
*.mdx             @ines
a\\ b/             @sam
checkout-api      @mira
/kubernetes/old/
"""


@pytest.mark.parametrize(
    ("path", "people"),
    [
        ("x.md", ("@yash",)),
        ("kubernetes/pods/x.md", ("@shop/platform", "@leila")),
        ("docs/x.md", ("@tom",)),
        ("docs/deeper/x.md", ("@yash",)),
        ("docs/deeper/x.mdx", ("@ines",)),
        ("a b/x.md", ("@sam",)),
        ("kubernetes/old/x.md", ()),
    ],
)
def test_the_last_matching_line_of_codeowners_wins(path, people):
    rule = read_owners(CODEOWNERS, name="CODEOWNERS").of(paths=[path])
    assert rule is not None
    assert rule.people == people


def test_a_bare_word_is_a_service_too():
    owners = read_owners(CODEOWNERS, name="CODEOWNERS")
    rule = owners.of(paths=["x.md"], words=["Checkout API"])
    assert rule is not None
    assert rule.people == ("@mira",)


def test_a_team_in_the_owner_line_is_mapped_to_a_person():
    owners = read_owners("team-payments: yash\n'@shop/platform': leila\n", name="owners.yaml")
    for word, person in (("team-payments", "yash"), ("platform", "leila")):
        rule = owners.of(paths=["x.md"], words=[word])
        assert rule is not None
        assert rule.people == (person,)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("o.csv", "service,owner\ncheckout,yash\n"),
        ("o.csv", "service:checkout,yash\n"),
        ("o.csv", "path,service,person\n,checkout,yash\n"),
        ("o.yaml", "service:checkout: yash\n"),
        ("o.yml", "- {service: checkout, owner: yash}\n"),
        ("o.yml", "owners:\n  - {service: checkout, person: [yash]}\n"),
    ],
)
def test_a_service_is_mapped_in_every_kind_of_file(name, text):
    owners = read_owners(text, name=name)
    rule = owners.of(paths=["checkout/x.md"], words=["checkout"])
    assert rule is not None
    assert rule.people == ("yash",)
    assert owners.of(paths=["checkout/x.md"]) is None


def test_gitlab_sections_give_their_owner_to_lines_without_one():
    owners = read_owners("[Docs] @tom\nguides/\nother/ @ines\n", name="CODEOWNERS")
    rule = owners.of(paths=["guides/a.md"])
    assert rule is not None
    assert rule.people == ("@tom",)


def test_a_line_that_cannot_be_read_is_named_and_the_others_count():
    owners = read_owners("!not.md @a\n*.md @yash\n", name="CODEOWNERS")
    assert len(owners.rules) == 1
    assert "CODEOWNERS, line 1" in owners.problems[0]


def test_a_broken_yaml_file_is_refused_with_its_line():
    with pytest.raises(OwnersError, match=r"Line 3: The YAML cannot be read"):
        read_owners("a: b\nc: [\n", name="owners.yaml")


def test_patterns_with_too_many_stars_are_refused():
    with pytest.raises(ValueError, match="stars"):
        path_pattern("*a" * 50)
