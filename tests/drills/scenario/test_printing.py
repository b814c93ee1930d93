"""What players see at a step: as the tool prints it, on the right side of the step's own limit."""

from __future__ import annotations

import re

import pytest

from drills.scenario import guards, offline
from drills.scenario.source import RuleFacts, source_of
from runbooks import document

#: (command, what the step expects, what is to be seen where the trouble is)
TROUBLE = [
    (
        "kubectl -n shop get pods -l app=web",
        "",
        r"NAME +READY +STATUS +RESTARTS +AGE\nweb-\w+-\w+ +0/1",
    ),
    ("kubectl -n shop get deploy web", "6/6 ready", r"READY.*\nweb +2/6"),
    ("kubectl -n shop logs deploy/web | grep -c 500", "below 5", r"\n\d+$"),
    ("kubectl -n shop exec deploy/web -- df -h /data", "below 85 %", r"Use%.*\n.* 9\d% +/data"),
    ("ssh db1 'systemctl status postgresql'", "", r"postgresql.service\n.*\n +Active: failed"),
    ("curl -s -o /dev/null -w '%{http_code}' https://pay.example/health", "200", r"\n503$"),
    (
        "curl -s localhost:9200/_cluster/health?pretty",
        '"status" : "green"',
        r'"unassigned_shards" : 24',
    ),
    ("redis-cli info stats | grep evicted_keys", "it does not grow", r"\nevicted_keys:412093$"),
    ("nvidia-smi", "utilisation above 20 %", r"GPU-Util"),
    ("dig +short db.example", "10.2.0.14", r"no servers could be reached"),
    ("df -h | head -1", "", r"Filesystem +Size +Used +Avail +Use% +Mounted on$"),
    ("timeout 20 nvidia-smi", "", r"Memory-Usage"),
    (
        "curl -s app:8000/metrics | grep -E '^app:(waiting|running)'",
        "",
        r"app:waiting \S+\napp:running \S+",
    ),
    (
        "echo | openssl s_client -connect a.example:443 | openssl x509 -noout -enddate",
        "",
        r"notAfter=\(today\)",
    ),
    ("kubectl get pods \\\n  -n shop \\\n  -o wide", "", r"IP +NODE\n"),
    (
        "kubectl -n <namespace> describe pod <web-pod-name>",
        "",
        r"^\$ kubectl -n default describe pod web-\w+-\w+\n",
    ),
    ("kubectl get nodes", "", r"\nnode-1 +\S+ +worker"),
    ("kubectl get nodes -o json | jq .items[].status.conditions", "", r'\n\[\{"type": "Ready"'),
    ("kubectl -n shop get pod -l app=web && kubectl -n shop get sts/web", "", r"\nweb-0 +0/1"),
    ("ip link show eth1", "", r"eth1: .*state DOWN"),
    ("ethtool ens3", "", r"Settings for ens3:(?s:.)*Link detected: no"),
    ("knife ssh -C1 'role:web' 'sudo df -h /data | tail -n1'", "", r"9\d% +/data$"),
    ("ssh web-1", "", r"signed in"),
]


def reading(
    command,
    expect,
    language="sh",
    title="Look at the web pods that crash",
    name="The web pods crash",
):
    fence = "\n".join(f"   {line}" for line in command.split("\n"))
    expects = f"   Expect: {expect}.\n" if expect else ""
    text = (
        f"---\ntitle: {name}\nservices: [web]\n---\n## Diagnosis\n1. {title}.\n"
        f"   ```{language}\n{fence}\n   ```\n{expects}"
    )
    source = source_of(document.parse(text), slug="web-crash", revision=1)
    draft = offline.write(source)
    assert guards.check(draft, source) == []
    return draft.readings[0].output


@pytest.mark.parametrize(("command", "expect", "wanted"), TROUBLE)
def test_a_command_is_answered_as_its_tool_answers(command, expect, wanted):
    shown = reading(command, expect)
    assert shown.startswith("$ ")
    assert re.search(wanted, shown), shown


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("below 160", lambda value: value > 160),
        ("at least 40", lambda value: value < 40),
        ("0", lambda value: value > 0),
        ("more than 1,200,000", lambda value: value < 1_200_000),
    ],
)
def test_a_count_is_on_the_wrong_side_of_what_is_expected(expect, wrong):
    shown = reading("select count(*) as active, count(*) as total from sessions", expect, "sql")
    row = shown.split("\n")[-2].split("|")
    numbers = [float(re.sub(r"[^\d.]", "", cell)) for cell in row]
    assert wrong(numbers[0]), shown
    assert numbers[1] >= numbers[0], "a total is not less than its part"


def test_lines_between_commands_are_not_run():
    shown = reading("Find the job first\nkubectl get jobs -n shop\n- node = n1\n...", "")
    assert shown.count("$ ") == 1
    assert "COMPLETIONS" in shown


def test_a_step_that_acts_says_what_came_of_it_and_no_number_of_its_expectation():
    text = (
        "---\ntitle: Queue grows\n---\n## Diagnosis\n1. Count.\n## Mitigation\n1. Flip the flag.\n"
        "   ```sh\n   ./flip.sh on\n   ```\n   Expect: D1 below 5 within 3 minutes.\n"
    )
    draft = offline.write(source_of(document.parse(text), slug="q", revision=1))
    assert draft.readings[1].output == (
        "$ ./flip.sh on\n(no output, exit code 0)\n\nA few minutes later: D1 below 5 within 3 minutes."
    )


@pytest.mark.parametrize(
    ("expr", "fires"), [("x > 100", "above"), ("free < 0.1", "below"), ("errs > 0", "above")]
)
def test_an_alert_fires_on_the_far_side_of_its_threshold(expr, fires):
    text = "---\ntitle: Web is slow\nalerts: [WebSlow]\n---\n## Diagnosis\n1. Look at the load.\n"
    rule = RuleFacts("WebSlow", expr=expr, summary="Too slow.")
    source = source_of(document.parse(text), slug="w", revision=1, rules=[rule])
    said = offline.write(source).injects[0].text
    found = re.search(r"value: ([\d.,]+) \(fires (above|below) ([\d.]+)\)", said)
    assert found, said
    value, side, limit = float(found[1].replace(",", "")), found[2], float(found[3])
    assert side == fires
    assert value > limit if side == "above" else value < limit


def test_what_is_not_the_cause_looks_healthy():
    text = (
        "---\ntitle: Shop pages are slow\nservices: [shop]\n---\n## Diagnosis\n1. Ask for the version.\n"
        "2. Check the disk.\n   ```sh\n   df -h /\n   ```\n   Expect: below 85 %.\n"
        "3. Shop pages slow because of the database? Count waiting queries.\n   ```sql\n"
        "   select count(*) from waits;\n   ```\n   Expect: below 10. Above it do M1.\n"
        "## Mitigation\n1. End the query that makes shop pages slow.\n"
    )
    readings = {
        r.step: r.output
        for r in offline.write(source_of(document.parse(text), slug="s", revision=1)).readings
    }
    used = int(re.search(r"(\d+)% +/", readings["D2"])[1])
    assert used < 85
    assert int(re.search(r"\n(\d+)\n\(1 row\)", readings["D3"])[1]) > 10


def test_a_pod_that_fails_at_one_step_does_so_at_every_other():
    text = (
        "---\ntitle: Web pods crash\nservices: [web]\n---\n## Diagnosis\n"
        "1. Set it up.\n   ```sh\n   export NAMESPACE=shop\n   ```\n"
        "2. Look at the pods.\n   ```sh\n   kubectl -n shop get pods\n   ```\n"
        "3. Describe the web pods that crash.\n   ```sh\n   kubectl -n shop describe pod\n   ```\n"
        "   Expect: they run. If web pods crash, do M1.\n## Mitigation\n1. Restart the web pods.\n"
    )
    made = offline.write(source_of(document.parse(text), slug="w", revision=1))
    shown = {reading.step: reading.output for reading in made.readings}
    assert "CrashLoopBackOff" in shown["D3"]
    assert "CrashLoopBackOff" in shown["D2"]


def test_what_an_address_leaves_open_stays_open():
    shown = reading("curl -s https://<host>.example:9200/<index>/_count", "")
    assert "https://<host>.example:9200/<index>/_count" in shown


def test_a_pod_that_the_runbook_names_is_the_one_that_is_shown():
    shown = reading("kubectl get events --field-selector involvedObject.name=web-main-0", "")
    assert "pod/web-main-0" in shown


def test_a_command_is_quoted_whole():
    text = (
        "---\ntitle: Web is down\n---\n## Diagnosis\n1. Look at it.\n## Mitigation\n1. Ask for its state.\n"
        "   ```sh\n   oc get web -o jsonpath='{.status.conditions}'\n   ```\n"
    )
    made = offline.write(source_of(document.parse(text), slug="w", revision=1), minutes=240)
    said = " ".join(inject.text for inject in made.injects)
    assert "jsonpath=''" not in said
    shown = {r.step: r.output for r in made.readings}["M1"]
    assert '[{"type": "Available"' in shown


def test_a_query_in_a_block_of_no_language_is_asked():
    text = (
        "---\ntitle: Web is slow\n---\n## Diagnosis\n1. See who uses most.\n"
        "   ```\n   topk(10, sum by (node) (rate(busy_seconds[5m])))\n   ```\n"
    )
    made = source_of(document.parse(text), slug="w", revision=1)
    assert made.steps[0].commands
    assert "the graph" in offline.write(made).readings[0].output


def test_a_comment_among_commands_is_not_run():
    shown = reading("# Find the pods that hang\n$ kubectl -n shop get pods -l app=api", "")
    assert shown.startswith("$ kubectl -n shop get pods")
    assert re.search(r"\napi-\w+-\w+ ", shown), "the pods of whom the command selects"
    assert reading("# df -h /", "").startswith("$ df -h /"), "a root's prompt"


def test_a_program_of_the_companys_own_lists_what_it_is_asked_for():
    assert re.search(r"NAME +STATE\nweb-1 +failed", reading("shopctl queue ls", ""))


def test_what_a_page_calls_a_command_is_no_line_of_a_log():
    text = (
        "---\ntitle: Web errors\nservices: [web]\n---\n## Symptoms\nWeb fails.\n"
        "```\nkubectl edit web main\n```\n"
        "## Diagnosis\n1. Look.\n   ```sh\n   kubectl logs deploy/web\n   ```\n"
    )
    made = offline.write(source_of(document.parse(text), slug="w", revision=1))
    assert "ERROR kubectl" not in made.readings[0].output


def test_a_command_that_goes_on_below_its_prompt_is_whole():
    shown = reading("$ kubectl -n shop get pods \\\n  -l app=api\nNAME  READY", "")
    assert shown.startswith("$ kubectl -n shop get pods -l app=api\n")


def test_a_whole_status_is_an_object():
    assert '\n{"conditions": [{"type"' in reading("oc get web <NAME> -o jsonpath='{.status}'", "")


def test_a_time_in_a_steps_words_is_no_value_of_its_query():
    shown = reading("rate(faults_total[30m])", "", "promql", title="Web faults are rare over 30m")
    assert not re.search(r"\d m\n", shown), shown


def test_a_variable_is_no_name():
    assert "$NAME" not in reading("kubectl rollout history statefulset $NAME", "").split("\n", 1)[1]


def test_assignments_and_loops_are_no_query():
    shown = reading("mode=0700 dir=x\nfor each in $(list_of_nodes (all)); do echo; done", "")
    assert "the graph" not in shown


def test_supervisor_says_what_runs():
    assert re.search(r"\nweb +FATAL", reading("sudo supervisorctl status", ""))


def test_what_takes_the_space_is_no_script():
    assert "\tdata\n" in reading("du --max-depth 1 -h", "")
    assert "\t/var/data\n" in reading("du -sh /var/*", "")
