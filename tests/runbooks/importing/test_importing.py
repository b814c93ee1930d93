"""A tree comes in: as proposals, or live with a person's name under it; a second run changes nothing."""

import pytest

from runbooks import hooks, publishing
from runbooks.models import Attachment, IndexCounter, Proposal, Revision, Runbook, TrustLine

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
DNS = "---\ntitle: Names do not resolve\nservice: dns\nseverity: warning\n---\n## Diagnosis\n- Look.\n"


def outcomes(report):
    return {file.path: file.outcome for file in report.files}


def test_without_a_name_to_publish_under_everything_is_a_proposal(tree, yash, bring):
    report = bring(tree(dns_md=DNS), owner=yash)
    assert outcomes(report) == {"dns.md": "proposed"}
    assert not Runbook.objects.exists()
    proposal = Proposal.objects.get()
    assert (proposal.slug, proposal.proposed_owner) == ("dns", yash)
    assert proposal.text == DNS.replace("---\n## D", "owner: yash\n---\n## D")
    assert proposal.owner_guessed
    assert proposal.proposed_by is None


def test_published_under_a_name_it_is_live_and_that_person_accepted_it(tree, yash, leila, bring):
    report = bring(tree(dns_md=DNS), owner=yash, publish_as=leila)
    runbook = Runbook.objects.get(slug="dns")
    assert outcomes(report) == {"dns.md": "created"}
    assert (runbook.live_revision.accepted_by, runbook.owner) == (leila, yash)
    assert not runbook.owner_confirmed
    assert runbook.live_revision.text == DNS.replace("---\n## D", "owner: yash\n---\n## D")
    assert [service.slug for service in runbook.services.all()] == ["dns"]


@pytest.mark.parametrize("publish", [True, False])
def test_a_second_run_changes_nothing(tree, yash, publish, bring):
    root = tree(dns_md=DNS, **{"a__X_md": "# TargetDown\n![x](i.png)\n", "a__i_png": PNG})
    options = {"owner": yash, "publish_as": yash if publish else None}
    bring(root, **options)
    before = [
        list(m.objects.order_by("pk").values()) for m in (Proposal, Revision, Runbook, TrustLine)
    ]
    counter = IndexCounter.current()
    report = bring(root, **options)
    assert set(outcomes(report).values()) == {"unchanged"}
    assert before == [
        list(m.objects.order_by("pk").values()) for m in (Proposal, Revision, Runbook, TrustLine)
    ]
    assert IndexCounter.current() == counter


def test_a_dry_run_says_the_same_and_writes_nothing(tree, yash, leila, bring):
    root = tree(dns_md=DNS, bad_md=b"\xff", i_png=PNG, pic_md="# Disk is full\n![x](i.png)\n")
    said = bring(root, owner=yash, publish_as=leila, dry_run=True)
    assert not Proposal.objects.exists()
    assert not Attachment.objects.exists()
    done = bring(root, owner=yash, publish_as=leila)
    assert outcomes(said) == outcomes(done)
    assert [file.debts for file in said.files] == [file.debts for file in done.files]


def test_a_changed_file_is_an_edit(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    tree(dns_md=DNS.replace("Look.", "Look twice."))
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "changed"}
    runbook = Runbook.objects.get(slug="dns")
    assert runbook.live_revision.number == 2
    assert "Look twice." in runbook.live_revision.text


def test_an_open_proposal_is_replaced_and_does_not_pile_up(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash)
    tree(dns_md=DNS.replace("Look.", "Look twice."))
    bring(root, owner=yash)
    assert [p.text.count("twice") for p in Proposal.objects.open()] == [1]
    assert Proposal.objects.filter(state="withdrawn").count() == 1


def test_proposals_of_an_earlier_run_are_accepted_when_a_name_is_given(tree, yash, leila, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash)
    assert outcomes(bring(root, owner=yash, publish_as=leila)) == {"dns.md": "created"}
    assert Proposal.objects.count() == 1
    assert Runbook.objects.get().live_revision.accepted_by == leila


def test_a_declined_file_is_not_proposed_again_until_it_changes(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash)
    publishing.decline(Proposal.objects.get(), by=yash)
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "unchanged"}
    tree(dns_md=DNS + "- And again.\n")
    assert outcomes(bring(root, owner=yash)) == {"dns.md": "proposed"}


def edited_here(yash, old, new):
    runbook = Runbook.objects.get()
    text = runbook.live_revision.text.replace(old, new)
    publishing.accept(publishing.propose(text=text, kind="edit", runbook=runbook, by=yash), by=yash)


def test_what_was_edited_here_is_not_taken_back_by_an_unchanged_file(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    edited_here(yash, "Look.", "Look here.")
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "unchanged"}
    assert "Look here." in Runbook.objects.get().live_revision.text


def test_what_changed_in_both_places_waits_for_a_person(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    edited_here(yash, "Look.", "Look here.")
    tree(dns_md=DNS.replace("Look.", "Look there."))
    report = bring(root, owner=yash, publish_as=yash)
    assert outcomes(report) == {"dns.md": "proposed"}
    assert "changed here and in the file" in report.files[0].sentences[0]
    assert "Look here." in Runbook.objects.get().live_revision.text


def test_a_draft_is_never_published(tree, yash, bring):
    root = tree(dns_md=DNS.replace("service: dns", "draft: true"))
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "proposed"}
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "unchanged"}
    assert not Runbook.objects.exists()


def test_a_bad_file_does_not_stop_the_rest(tree, yash, bring):
    root = tree(
        a_md=b"\xff\xfe",
        b_md="---\nx: [\n---\n",
        c_md="",
        d_md=b"a\0b",
        e_md="---\n- a\n---\n",
        f_md="x" * 1_100_000,
        good_md=DNS,
    )
    (root / "loop.md").symlink_to(root / "loop.md")
    report = bring(root, owner=yash, publish_as=yash)
    assert report.count("created") == 1
    assert report.count("refused") == 7
    assert all(file.sentences for file in report.files if file.outcome == "refused")
    assert report.read == 1


def test_a_megabyte_of_steps_comes_in(tree, yash, bring):
    report = bring(
        tree(big_md="# Big\n## Diagnosis\n" + "- Look at it.\n" * 3_000),
        owner=yash,
        publish_as=yash,
    )
    assert outcomes(report) == {"big.md": "created"}
    assert Runbook.objects.get().live_revision.steps.count() == 3_000


def test_a_file_that_a_room_cannot_take_is_refused_alone(tree, yash, bring, monkeypatch):
    def fails(published):
        if published.runbook.slug == "b":
            raise RuntimeError("broken")

    monkeypatch.setattr(hooks, "in_transaction", [*hooks.in_transaction, fails])
    root = tree(a_md=DNS, b_md=DNS, c_md=DNS)
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {
        "a.md": "created",
        "b.md": "refused",
        "c.md": "created",
    }
    assert set(Runbook.objects.values_list("slug", flat=True)) == {"a", "c"}
    assert Proposal.objects.count() == 2


def test_a_batch_that_fails_at_its_end_is_done_again_one_by_one(tree, yash, bring, monkeypatch):
    def fails(published):
        if any(one.runbook.slug == "b" for one in published):
            raise RuntimeError("broken")

    monkeypatch.setattr(hooks, "at_the_end", [*hooks.at_the_end, fails])
    root = tree(a_md=DNS, b_md=DNS, i_png=PNG, c_md="# Disk is full\n![x](i.png)\n")
    report = bring(root, owner=yash, publish_as=yash)
    assert outcomes(report) == {"a.md": "created", "b.md": "refused", "c.md": "created"}
    with Attachment.objects.get().file.open() as file:
        assert file.read() == PNG


def test_pages_that_only_list_their_folder_are_left_out(tree, yash, bring):
    root = tree(
        _index_md="---\ntitle: All\n---\n", k__README_md="# Kubernetes\nA list.\n", q__README_md=DNS
    )
    report = bring(root, owner=yash, publish_as=yash)
    assert outcomes(report) == {
        "_index.md": "left out",
        "k/README.md": "left out",
        "q/README.md": "created",
    }
    assert Runbook.objects.get().slug == "q"


def test_a_retired_runbook_is_not_brought_back(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    Runbook.objects.update(state="retired")
    tree(dns_md=DNS + "- More.\n")
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"dns.md": "left out"}


def test_an_edit_that_adds_a_blocking_finding_waits_as_a_proposal(tree, yash, bring):
    root = tree(dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    tree(dns_md=DNS + "- Drop it.\n  ```sh\n  rm -rf /var/lib/dns\n  ```\n")
    report = bring(root, owner=yash, publish_as=yash)
    assert outcomes(report) == {"dns.md": "proposed"}
    assert "rm -rf" in report.files[0].sentences[0]


def test_a_file_that_moved_stays_the_same_runbook(tree, yash, bring):
    root = tree(a__dns_md=DNS)
    bring(root, owner=yash, publish_as=yash)
    (root / "b").mkdir()
    (root / "a" / "dns.md").rename(root / "b" / "dns.md")
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"b/dns.md": "unchanged"}
    tree(b__dns_md=DNS + "- And again.\n")
    assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"b/dns.md": "changed"}


def test_another_tree_with_a_file_of_the_same_name_takes_nothing_over(tree, yash, bring):
    root = tree(
        a__dns_md=DNS,
        b__dns_md="# The zone of the shop is gone\n\nCall the registrar, name the domain.\n",
    )
    bring(root / "a", owner=yash, publish_as=yash)
    (root / "b" / "dns.md").rename(root / "b" / "DNS.md")
    report = bring(root / "b", owner=yash, publish_as=yash)
    assert outcomes(report) == {"DNS.md": "proposed"}
    assert "another file" in report.files[0].sentences[-1]
