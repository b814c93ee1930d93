"""What comes along with an imported runbook: its owner, old addresses, images, and the date of its review."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from runbooks import publishing
from runbooks.importing.importing import import_runbooks
from runbooks.importing.owners import read_owners
from runbooks.importing.planning import Options
from runbooks.models import Alias, Attachment, Proposal, Runbook, TrustLine
from tests.factories import ServiceFactory, TeamFactory

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
DNS = "---\ntitle: Names do not resolve\nservice: dns\nseverity: warning\n---\n## Diagnosis\n- Look.\n"


def outcomes(report):
    return {file.path: file.outcome for file in report.files}


class TestOwners:
    TEAM = "---\ntitle: It fails\nowner: team-payments\nservice: pay\n---\nW\n"

    def test_the_persons_own_file_wins(self, tree, yash, leila, bring):
        root = tree(x_md="---\ntitle: It fails\nowner: Leila Haddad\n---\nW\n")
        owners = read_owners("* @yash\n", name="CODEOWNERS")
        bring(root, owners=owners, owner=yash, publish_as=yash)
        runbook = Runbook.objects.get()
        assert (runbook.owner, runbook.owner_confirmed) == (leila, True)

    def test_then_the_owners_file(self, tree, yash, leila, bring):
        owners = read_owners("team-payments: leila\n", name="o.yaml")
        bring(tree(x_md=self.TEAM), owners=owners, owner=yash, publish_as=yash)
        runbook = Runbook.objects.get()
        assert (runbook.owner, runbook.owner_confirmed) == (leila, True)
        assert "owner: leila\n" in runbook.live_revision.text
        assert "team: team-payments\n" in runbook.live_revision.text

    def test_then_the_lead_of_the_team_as_a_guess(self, tree, yash, leila, bring):
        TeamFactory(slug="payments", lead=leila)
        bring(tree(x_md=self.TEAM), owner=yash, publish_as=yash)
        runbook = Runbook.objects.get()
        assert (runbook.owner, runbook.owner_confirmed) == (leila, False)

    def test_then_the_owner_of_the_service_as_a_guess(self, tree, yash, leila, bring):
        ServiceFactory(slug="pay", owner=leila)
        bring(tree(x_md=self.TEAM), owner=yash, publish_as=yash)
        assert Runbook.objects.get().owner == leila

    def test_nobody_at_all_refuses_the_file_with_a_sentence(self, tree, yash, bring):
        report = bring(
            tree(x_md=self.TEAM, dns_md="---\nowner: yash\n---\n# It hurts\n"), publish_as=yash
        )
        assert outcomes(report) == {"x.md": "refused", "dns.md": "created"}
        assert "team-payments" in report.files[1].sentences[0]
        assert "--owner" in report.files[1].sentences[0]

    def test_somebody_who_left_does_not_become_owner(self, tree, yash, leila, bring):
        leila.is_active = False
        leila.save()
        root = tree(x_md="---\ntitle: It fails\nowner: leila\n---\nW\n")
        bring(root, owner=yash, publish_as=yash)
        runbook = Runbook.objects.get()
        assert runbook.owner == yash
        assert "owner_before: leila\n" in runbook.live_revision.text

    def test_codeowners_are_read_from_the_root_of_the_repository(self, tree, yash, leila, bring):
        root = tree(**{"content__x_md": DNS, ".git__HEAD": "x"})
        owners = read_owners("/content/ @leila\n", name="CODEOWNERS")
        bring(root / "content", owners=owners, publish_as=yash)
        assert Runbook.objects.get().owner == leila

    def test_an_edit_never_changes_the_owner(self, tree, yash, leila, bring):
        root = tree(dns_md=DNS)
        bring(root, owner=yash, publish_as=yash)
        tree(dns_md=DNS.replace("service: dns", "owner: leila"))
        bring(root, publish_as=yash)
        assert Runbook.objects.get().owner == yash


class TestAddresses:
    BASE = "https://runbooks.shop.example/runbooks"

    def aliases(self):
        return set(Alias.objects.filter(kind="address").values_list("folded", flat=True))

    def test_the_old_address_leads_here(self, tree, yash, bring):
        root = tree(k__KubePodDown_md="# KubePodDown\n", q__index_md=DNS)
        bring(root, owner=yash, publish_as=yash, source_base=self.BASE)
        assert self.aliases() == {
            "runbooks.shop.example/runbooks/k/kubepoddown",
            "runbooks.shop.example/runbooks/q",
        }
        assert Runbook.objects.get(slug="kubepoddown").source_url == f"{self.BASE}/k/KubePodDown"

    def test_a_repository_shows_files_with_their_ending(self, tree, yash, bring):
        base = "https://git.example/ops/blob/main/docs"
        bring(tree(x_md=DNS), owner=yash, publish_as=yash, source_base=base)
        assert Runbook.objects.get().source_url == f"{base}/x.md"

    def test_the_generators_own_aliases_lead_here_too(self, tree, yash, bring):
        text = DNS.replace("service: dns", "source_url: https://a.example/x\naliases: [/old/dns]")
        bring(tree(x_md=text), owner=yash, publish_as=yash, source_base=self.BASE)
        assert self.aliases() == {
            "a.example/x",
            "runbooks.shop.example/runbooks/x",
            "runbooks.shop.example/old/dns",
        }

    def test_they_lead_here_too_when_a_proposal_is_accepted_later(self, tree, yash, bring):
        text = DNS.replace("service: dns", "aliases: [/old/dns]")
        bring(tree(x_md=text), owner=yash, source_base=self.BASE)
        publishing.accept(Proposal.objects.get(), by=yash)
        assert "runbooks.shop.example/old/dns" in self.aliases()


class TestAttachments:
    def test_images_come_along_and_are_shown(self, tree, yash, bring):
        root = tree(a__x_md="# It fails\n\n![graph](../img/g%20x.png)\n", **{"img__g x_png": PNG})
        report = bring(root, owner=yash, publish_as=yash)
        attachment = Attachment.objects.get()
        assert (attachment.path, attachment.content_type) == ("../img/g x.png", "image/png")
        assert attachment.runbook == Runbook.objects.get()
        assert report.files[0].attachments == 1
        rendering = Runbook.objects.get().live_revision.rendering
        shown = rendering.background_html + rendering.steps_html
        assert attachment.get_absolute_url().replace(" ", "%20") in shown.replace(" ", "%20")

    def test_a_changed_image_is_a_change_of_the_runbook(self, tree, yash, bring):
        root = tree(x_md="# It fails\n![g](g.png)\n", g_png=PNG)
        bring(root, owner=yash, publish_as=yash)
        tree(g_png=PNG + b"more")
        assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"x.md": "changed"}
        assert outcomes(bring(root, owner=yash, publish_as=yash)) == {"x.md": "unchanged"}

    def test_the_same_image_is_stored_once(self, tree, yash, settings, bring):
        root = tree(x_md="# It fails\n![g](g.png)\n", y_md="# It hurts\n![g](g.png)\n", g_png=PNG)
        bring(root, owner=yash, publish_as=yash)
        assert Attachment.objects.count() == 2
        assert len([f for f in settings.MEDIA_ROOT.rglob("*") if f.is_file()]) == 1

    def test_what_stays_behind_is_said_and_the_runbook_comes_in(self, tree, yash, bring):
        root = tree(x_md="# It fails\n![g](../secret.png) ![h](gone.png)\n")
        (root.parent / "secret.png").write_bytes(PNG)
        report = bring(root, owner=yash, publish_as=yash)
        assert outcomes(report) == {"x.md": "created"}
        assert len(report.files[0].sentences) == 2
        assert not Attachment.objects.exists()


class TestReviews:
    def test_the_last_review_that_a_file_tells_of_counts(self, tree, yash, bring):
        text = DNS.replace("service: dns", "last_reviewed_on: 2026-03-04\nreview_in: 6 months")
        bring(tree(x_md=text), owner=yash, publish_as=yash)
        trust = TrustLine.objects.get()
        assert (trust.reviewed_on, trust.due_on) == (date(2026, 3, 4), date(2026, 8, 31))
        assert trust.version > 1

    def test_a_review_in_the_future_is_no_review(self, tree, yash, bring):
        bring(
            tree(x_md=DNS.replace("service: dns", "last_reviewed_on: 2999-01-01")),
            owner=yash,
            publish_as=yash,
        )
        assert TrustLine.objects.get().reviewed_on is None

    def test_first_reviews_are_spread_over_two_quarters_the_worst_first(self, tree, yash):
        files = {}
        for number in range(20):
            severity = ("critical", "low")[number % 2]
            files[f"x{number:02}_md"] = DNS.replace("warning", severity)
        now = timezone.now()
        import_runbooks(tree(**files), Options(now=now, owner=yash, publish_as=yash))
        due = list(
            TrustLine.objects.order_by("due_on").values_list(
                "runbook__severity", "due_on", "version"
            )
        )
        assert [severity for severity, _, _ in due] == ["critical"] * 10 + ["low"] * 10
        days = [(day - now.date()).days for _, day, _ in due]
        assert days == list(range(4, 180, 9))
        assert {version for _, _, version in due} == {2}

    def test_a_shorter_interval_of_its_own_stays(self, tree, yash):
        now = timezone.now()
        root = tree(x_md=DNS.replace("service: dns", "review_every: 7d"))
        import_runbooks(root, Options(now=now, owner=yash, publish_as=yash))
        assert TrustLine.objects.get().due_on == now.date() + timedelta(days=7)
