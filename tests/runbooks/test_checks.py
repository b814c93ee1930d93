"""Findings: what blocks publishing, what is only debt, and what an edit answers for."""

from __future__ import annotations

import pytest

from runbooks import checks
from runbooks.checks import Facts, blocking_added, check, title_is_a_fix
from runbooks.destruction import destructive_part
from runbooks.document import parse

ACTIVE = Facts(owner_active=True)

GOOD = """\
---
title: Gateway answers 502
owner: yash
services: [edge-gateway]
alerts: [GatewayErrorsHigh]
escalation: [{ after: 15m, to: "@edge-oncall", how: "page edge-primary" }]
---
## Symptoms
`GatewayErrorsHigh` fires; customers read "502 Bad Gateway".
## Diagnosis
1. Look. {.observe}
   ```sh
   kubectl get pods
   ```
   Expect: six Running.
## Prevention
- [PR-1](https://git.example/1) alert earlier. Status: merged.
"""


def codes(text: str, *, imported: bool = False, facts: Facts = ACTIVE) -> list[str]:
    return [f.code for f in check(parse(text), imported=imported, facts=facts) if f.blocking]


def test_a_good_runbook_has_no_findings():
    assert check(parse(GOOD), imported=False, facts=ACTIVE) == []


def test_a_runbook_whose_owner_is_not_active_is_blocked():
    (finding,) = check(parse(GOOD), imported=True, facts=Facts(owner_active=False))
    assert (finding.code, finding.blocking, finding.field, finding.line) == (
        checks.NO_ACTIVE_OWNER,
        True,
        "owner",
        3,
    )
    assert codes(GOOD, facts=Facts()) == [], "nobody has looked: nothing is said"


def test_a_runbook_with_nothing_to_do_is_blocked():
    assert codes("## Symptoms\n- a list\n## Prevention\nPR-12\n") == [checks.NO_STEP]


def test_a_command_that_destroys_under_a_lower_tier_is_blocked():
    text = GOOD.replace("kubectl get pods", "kubectl delete pod x")
    finding = check(parse(text), imported=True, facts=ACTIVE)[0]
    assert (finding.code, finding.blocking, finding.line) == (checks.TIER_TOO_LOW, True, 12)
    assert "D1 runs “kubectl delete pod x”" in finding.message
    assert codes(text.replace(".observe", ".change")) == [checks.TIER_TOO_LOW]
    assert codes(text.replace(".observe", ".destructive")) == []


def test_what_the_reader_should_see_is_not_a_command_that_destroys():
    text = GOOD.replace("Expect: six Running.", "Expect:\n\n   ```\n   DROP TABLE x\n   ```")
    assert codes(text) == []


def test_a_title_that_is_a_fix_blocks_only_what_is_written_here():
    text = GOOD.replace("Gateway answers 502", "Restart the gateway pod")
    assert codes(text) == [checks.TITLE_IS_A_FIX]
    assert codes(text, imported=True) == [], "an imported one wears it as debt"
    debts = check(parse(text), imported=True, facts=ACTIVE)
    assert [(f.code, f.blocking) for f in debts] == [(checks.TITLE_IS_A_FIX, False)]


@pytest.mark.parametrize(
    "title",
    [
        "Restart the gateway pod",
        "restart gateway",
        "How to fix DNS",
        "Scale up the API",
        "Roll back to the last release",
        "Clear Redis cache",
        "Rotate certificates",
        "Increase disk size",
        "Delete old indices",
        "Restarting the gateway"[:7] + " the gateway",
        "Failover the database",
        "Restarting the payment service",
        "Redeploying checkout",
        "Procedure: restart Redis",
        "Steps to restore the database from backup",
        "Playbook for rolling back a deploy",
        "Manually rotate TLS certs for edge",
        "Delete stuck pods",
        "Restart failed jobs",
        "Fix high CPU on workers",
        "Increase timeout of the gateway",
        "Clear queue backlog",
        "Turn off the feature flag for search",
        "DB failover procedure",
    ],
)
def test_a_title_that_says_what_to_do_is_a_fix(title: str):
    assert title_is_a_fix(title)


@pytest.mark.parametrize(
    "title",
    [
        "Restart loop on the gateway",
        "Scale-up fails",
        "Scale up fails on the node pool",
        "Set too large",
        "Update stuck",
        "Run queue is long",
        "Drop in orders",
        "Change of leader too often",
        "Add to cart broken",
        "Restarting pods",
        "Restarting the API takes ten minutes",
        "Adding an item to the cart fails",
        "Failing health checks on edge",
        "Growing backlog of e-mails",
        "Failover took longer than a minute",
        "Delete failed on node-3",
        "Delete requests return 409",
        "Reset connections between api and postgres",
        "Free disk space below 10 %",
        "Increase in 5xx",
        "Runbook: checkout answers 500",
        "Playbook for high latency",
        "Backup procedure failed",
        "Clean-up job failed",
        "Switch port flapping",
        "Stop codes rising",
        "Kube Pod Crash Looping",
        "Customer API 500s rising",
        "",
        "修复 gateway",
    ],
)
def test_a_title_that_says_what_is_seen_is_no_fix(title: str):
    assert not title_is_a_fix(title)


@pytest.mark.parametrize(
    "written",
    [
        "- [PR-1](https://git.example/1) alert earlier.",
        "- https://git.example/1",
        "ENG-447, with Yash",
        "Follows #123",
        "Risk accepted: the vendor mends it in March.",
        "We accept this risk because the service ends in June.",
    ],
)
def test_prevention_is_a_link_a_ticket_or_a_risk_accepted_for_a_reason(written: str):
    assert codes(GOOD.split("## Prevention", maxsplit=1)[0] + f"## Prevention\n{written}\n") == []


@pytest.mark.parametrize(
    "written", ["", "## Prevention\n", "## Prevention\nTODO\n", "## Prevention\nRisk accepted.\n"]
)
def test_prevention_without_work_or_reason_blocks_only_what_is_written_here(written: str):
    text = GOOD.split("## Prevention", maxsplit=1)[0] + written
    assert codes(text) == [checks.NO_PREVENTION]
    assert codes(text, imported=True) == []


def test_oddities_of_the_text_are_shown_as_debt_with_line_and_field():
    text = GOOD.replace("owner: yash", "owner: yash\nweight: 5")
    (finding,) = check(parse(text), imported=False, facts=ACTIVE)
    assert (finding.code, finding.blocking, finding.line, finding.field) == (
        checks.TEXT_PROBLEM,
        False,
        4,
        "weight",
    )


def test_blocking_findings_come_first():
    text = GOOD.replace("owner: yash", "owner: yash\nweight: 5").replace("get pods", "delete pod x")
    blocking = [f.blocking for f in check(parse(text), imported=False, facts=ACTIVE)]
    assert blocking == sorted(blocking, reverse=True)
    assert set(blocking) == {True, False}


IMPORTED = """\
## Fix
1. Mend it.
   ```sh
   rm -rf /var/cache/x
   ```
2. Look again.
   ```sh
   kubectl get pods --wrong-flag
   ```
"""


def added(before: str, after: str) -> list[str]:
    findings = [check(parse(text), imported=True, facts=ACTIVE) for text in (before, after)]
    return [f.code for f in blocking_added(*findings)]


def test_one_wrong_flag_of_an_imported_runbook_can_be_mended():
    assert codes(IMPORTED, imported=True) == [checks.TIER_TOO_LOW]
    assert added(IMPORTED, IMPORTED.replace(" --wrong-flag", "")) == []


def test_old_debt_that_only_moves_is_not_added():
    assert added(IMPORTED, "## Impact\nNew words.\n\n" + IMPORTED) == []


def test_an_edit_answers_for_what_it_adds():
    assert added(IMPORTED, IMPORTED.replace("get pods", "delete pods")) == [checks.TIER_TOO_LOW]
    twice = IMPORTED + "3. Again.\n   ```sh\n   rm -rf /var/cache/x\n   ```\n"
    assert added(IMPORTED, twice) == [checks.TIER_TOO_LOW], "a second one is a new one"
    assert added(IMPORTED, "## Fix\nNothing.\n") == [checks.NO_STEP]


@pytest.mark.parametrize(
    "command",
    [
        "kubectl delete pod x",
        "kubectl --context eu -n prod delete pod/x --wait=false",
        "kubectl delete \\\n  pod x",
        "kubectl get pods | grep Evicted | xargs -n 1 kubectl delete pod",
        "kubectl -n prod exec -it pg-0 -- psql -c 'drop table x'",
        "kubectl exec pg-0 -- rm -rf /data/x",
        "docker exec -it pg rm -rf /data",
        "sudo rm -rf /var/lib/x",
        "rm /var/lib/x/data.db",
        "/bin/rm -r x",
        "FOO=1 nohup rm -r x &",
        "cd /x && rm -rf *",
        "for i in a b; do rm -rf $i; done",
        "ssh -i key host sudo rm -rf /x",
        "bash -c 'rm -rf /x'",
        "$ rm -rf /x",
        "# rm -rf /x",
        "# ls\n# rm -rf /x",
        "terraform destroy -auto-approve",
        "terraform apply -destroy",
        "dd if=/dev/zero of=/dev/sda",
        "mkfs.ext4 /dev/sdb",
        "redis-cli -h x FLUSHALL",
        "FLUSHALL",
        'psql -c "delete from orders where id = 1"',
        "echo 'truncate table x' | psql",
        "psql <<SQL\nDELETE FROM x;\nSQL",
        "TRUNCATE orders CASCADE;",
        "shop=# drop table x;",
        "select pg_terminate_backend(:pid);",
        "aws ec2 terminate-instances --instance-ids i-1",
        "aws s3 rm --recursive s3://x",
        "gcloud compute instances delete x",
        "curl -XDELETE localhost:9200/idx",
        "curl -X DELETE localhost:9200/idx",
        "DELETE /my-index",
        "find / -name x -delete",
        "find . -name x -exec rm {} +",
        "etcdctl del foo",
        "docker system prune -af",
        "docker compose down -v",
        "helm uninstall x",
        "flagctl delete foo",
        "kafka-topics.sh --bootstrap-server x --delete --topic y",
        "rsync -a --delete a b",
        "git push --force origin main",
        "truncate -s 0 /var/log/x",
        "ssh pg-1 'sudo rm -rf /data'",
        "kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data",
        "kubectl replace --force -f x.yaml",
        "kafka-consumer-groups.sh --reset-offsets --to-latest --execute --group x --topic y",
        "nomad job stop -purge x",
        "journalctl --vacuum-size=1G",
        "gh repo delete x",
    ],
)
def test_a_command_that_plainly_destroys_is_found(command: str):
    assert destructive_part(command)


@pytest.mark.parametrize(
    "command",
    [
        "helm upgrade --drop-empty --cleanup-on-fail x y",
        "grep delete log",
        'grep "rm -rf" /var/log/x',
        "echo 'rm -rf /'",
        "ls -l\n# rm -rf / would be wrong here",
        "kubectl get pods  # then kubectl delete pod",
        "kubectl logs x | grep delete",
        "kubectl describe pod delete",
        "kubectl delete pod x --dry-run=client",
        "kubectl rollout restart deployment/delete-me",
        "kubectl auth can-i delete pods",
        "psql -c \"select * from pg_stat_activity where query like '%delete from%'\"",
        'psql -c "select 1" | grep -i "drop table"',
        "select count(*) from dropped_tables;",
        "rm -f /var/run/x.pid",
        "dd if=/dev/sda of=/dev/null",
        "systemctl restart x",
        "ERROR: could not delete from table x",
        "failed to delete pod",
        "journalctl -u x | grep terminate",
        "redis-cli info",
        "git push origin main",
        "git log --grep delete",
        "curl http://x/delete",
        "cat delete.txt; man rm; ls /rm",
        "docker ps -a",
        "aws s3 ls s3://delete",
        "terraform plan",
        "ssh pg-1 'ls -l /data'",
        "kubectl drain node-1 --ignore-daemonsets",
        "kubectl replace -f x.yaml",
        "kafka-consumer-groups.sh --reset-offsets --to-latest --dry-run --group x --topic y",
        "nomad job stop x",
        "gh run list",
        "",
    ],
)
def test_a_command_that_only_speaks_of_destroying_is_let_through(command: str):
    assert destructive_part(command) == ""


def test_blocks_that_nobody_runs_are_not_commands_that_destroy():
    assert destructive_part('sum(rate(x{verb="DELETE"}[5m]))', "promql") == ""
    assert destructive_part("drop table x;", "text") == ""
    assert destructive_part("drop table x;", "sql") == "drop table x;"


def test_a_long_command_is_shortened_in_its_finding():
    part = destructive_part("rm -rf " + "x " * 200)
    assert len(part) == 80
    assert part.endswith("…")
