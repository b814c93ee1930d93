"""What kind of thing a step is, and what players are told where they do it."""

from __future__ import annotations

import re

import pytest

from drills.scenario import kinds, offline, symptoms
from drills.scenario.source import source_of
from runbooks import document


def source(body, title="Web is down", **more):
    parsed = document.parse(f"---\ntitle: {title}\n---\n{body}")
    return source_of(parsed, slug="web-down", revision=1, **more)


def readings(body, title="Web is down"):
    return {r.step: r.output for r in offline.write(source(body, title)).readings}


@pytest.mark.parametrize(
    ("section", "step", "looks"),
    [
        ("Diagnosis", "Check the disk.", True),
        ("Diagnosis", "Run `kubectl get pods`", True),
        ("Diagnosis", "Sign into the console.", False),
        ("Diagnosis", "Try restarting the web containers.", False),
        ("Diagnosis", "Temporarily add a public address.", False),
        ("Diagnosis", "Using the console, add a public address.", False),
        ("Diagnosis", "GCP: Check the bucket.", True),
        ("Diagnosis", "In this case, we'll use our power to disable it", False),
        ("Diagnosis", "If you have connections left, you can forcibly close them", False),
        ("Diagnosis", "The next best step is to check the log", True),
        ("Diagnosis", "SSH failing to authenticate", True),
        ("Diagnosis", "Take note of the version", True),
        ("Diagnosis", "To find the cause, start by reviewing the pods: `kubectl get pods`", True),
        ("Diagnosis", "To delete the old ones:", False),
        ("Diagnosis", "To view all of them, including those that wait:", True),
        ("Mitigation", "Node issues: Nodes may be under pressure", True),
        ("Resolution", "Validate that the disk is not full.", True),
        ("Mitigation", "The endpoint is not reachable.", True),
        ("Mitigation", 'Its status should be "running".', True),
        ("Mitigation", "Find the pod and delete it: `kubectl delete pod web-1`", False),
        ("Mitigation", "Look into using a faster store", False),
        ("Mitigation", "If the store has the field spec.template, and it is empty, edit it.", False),
        ("Mitigation", "[ ] Make sure that nobody else deploys", True),
    ],
)  # fmt: skip
def test_a_step_looks_or_acts_by_its_words_and_commands(section, step, looks):
    assert source(f"## {section}\n- {step}\n").steps[0].looks is looks


@pytest.mark.parametrize(
    "step",
    [
        "[Ceph](https://docs.example/ceph)",
        "See the network guide",
        "see [Help](https://help.example/x)",
        "#web-help Slack channel",
    ],
)
def test_what_only_leads_on_is_not_done_and_helps_nothing(step):
    made = source(f"## Diagnosis\n- Check the disk.\n## Mitigation\n- {step}\n")
    assert made.steps[1].points
    draft = offline.write(made)
    assert "names nothing that helps" in draft.narrative
    assert "Nobody complains" not in draft.readings[1].output


def test_values_to_compare_with_are_no_evidence():
    made = source("## Diagnosis\n- NVMe: 0.1 to 1 ms\n- Look at the store.\n- SSD: 1 to 5 ms\n")
    draft = offline.write(made)
    assert "The evidence is at D2" in draft.narrative
    assert re.search(r"compare with|only tells", draft.readings[2].output)


def test_a_label_takes_the_first_thing_in_its_list_along():
    made = source("## Mitigation\n- For hardware:\n  - Swap the cable.\n  - Swap the card.\n")
    assert made.steps[0].title == "For hardware: Swap the cable."
    assert not made.steps[0].looks


def test_a_block_that_is_only_led_in_is_called_by_its_heading():
    made = source("## Diagnosis\n### Check the load\nRun:\n```sh\nuptime\n```\n")
    assert made.steps[0].title == "Check the load"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Requests fail since the release.", True),
        ("The validator checks machines to ensure that they do not fail.", False),
        ("In case of a failure you may opt for bypassing it.", False),
        ("Users must not change failed ones.", False),
        ("When a limit is set, requests above it fail.", False),
        ("This results in high load and errors.", False),
        ("On that node, inspect the logs to find what is broken.", False),
        ("It is by no means complete, but should help with errors.", False),
    ],
)
def test_a_symptom_is_what_is_seen_and_no_advice(said, kept):
    parsed = document.parse(f"# Web\n{said}\n\n## Diagnosis\n- Look at it.\n")
    assert bool(symptoms.symptom(source_of(parsed, slug="w", revision=1))) is kept


@pytest.mark.parametrize(
    ("title", "work"),
    [
        ("Rotate the signing keys", True),
        ("Credential rotation", True),
        ("How to resize a volume", True),
        ("Deploying a change", True),
        ("Failing jobs", False),
        ("Restart loop of the web pods", False),
        ("Backups are missing", False),
    ],
)
def test_work_that_one_sets_out_to_do_is_asked_for_and_does_not_come_back(title, work):
    made = source("## Resolution\n1. Get the list.\n2. Restart web.\n", title=title)
    assert symptoms.is_work(made) is work
    draft = offline.write(made, minutes=120)
    asked = re.search(
        r"has to be done|I am to do|before this is done|We need you for", draft.injects[0].text
    )
    assert bool(asked) is work
    if work:
        assert "exactly as before" not in "".join(inject.text for inject in draft.injects)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("Create a merge request with it.", r"checks|check is red"),
        ("Open an incident ticket.", r"written down|form"),
        ("Create the queue.", r"It is there"),
        ("Navigate to the cluster page.", r"That works|two tries"),
    ],
)
def test_what_comes_of_a_step_fits_what_is_done(step, said):
    assert re.search(said, readings(f"## Mitigation\n- {step}\n- Restart web.\n")["M1"])


@pytest.mark.parametrize(
    ("step", "well"),
    [
        ("Check if nodes are available and not cordoned", "Yes"),
        ("Check whether you can log in, also with the high privilege account", "Yes"),
        ("The address is misconfigured.", "No"),
    ],
)
def test_an_answer_says_yes_where_all_is_well(step, well):
    body = f"## Diagnosis\n- {step}\n- Web is down because of the store? Look at the store: web is down.\n  Expect: below 5. Above it, do M1.\n## Mitigation\n- Restart the store.\n"  # noqa: E501
    assert readings(body)["D1"].startswith((well, "Not that" if well == "No" else well))


def test_verbs_are_told_from_names():
    assert kinds.verb_of("SSH is down") == ""
    assert kinds.verb_of("ssh to the node") == "ssh"
    assert kinds.verb_of("And finally, confirm it") == "confirm"


@pytest.mark.parametrize(
    ("step", "happens"),
    [
        ("If the disk is full, delete old logs.", True),
        ("If prompted by the status, restart the pod.", False),
        ("If any web pod exists, review its logs.", False),
        ("If it takes longer then expected check the log of the copy.", False),
        (
            "When the run is finished on the nodes force a run on the balancers: `sudo chef-client`",
            False,
        ),
    ],
)
def test_a_condition_comes_true_only_where_it_can_be_said(step, happens):
    made = source(f"## Diagnosis\n- Look at web.\n## Mitigation\n- {step}\n")
    said = [inject.expected for inject in offline.write(made, minutes=240).injects]
    assert any("takes its way" in each for each in said) is happens


def test_of_a_list_of_reasons_nothing_fails():
    made = source("## Diagnosis\n- The endpoint is not reachable.\n- The key is wrong.\n")
    said = " ".join(inject.text for inject in offline.write(made, minutes=240).injects)
    assert "finds:" not in said


def test_what_is_told_to_the_reader_is_no_evidence():
    made = source(
        "## Diagnosis\n- Look at the queue.\n- The option you want is called groups.\n- You're out of luck.\n"
    )
    draft = offline.write(made, minutes=240)
    assert "The evidence is at D1" in draft.narrative
    assert "Is it so" not in "".join(inject.text for inject in draft.injects)


@pytest.mark.parametrize(
    "step", ["Create an issue for the queue team.", "Post in #queues.", "Contact the vendor."]
)
def test_for_a_message_nobody_asks_for_the_way_back(step):
    made = source(f"## Diagnosis\n- Look at the queue.\n## Mitigation\n- {step}\n")
    said = "".join(inject.text for inject in offline.write(made, minutes=240).injects)
    assert not re.search(r"how do we get back|gets worse, what then|and it fails", said)


def test_an_address_is_named_whole():
    made = source(
        "## Diagnosis\n- If the queues climb, look at https://search.example/health of it.\n"
    )
    said = " ".join(inject.expected for inject in offline.write(made, minutes=240).injects)
    assert "https://search. " not in said


def test_a_look_into_a_log_shows_lines_of_it():
    body = "## Diagnosis\n- Sign in.\n- Look for write errors in the log file.\n"
    shown = readings(body, title="Queue writes fail")["D2"]
    assert re.search(r"^\d\d:\d\d:\d\d (?:ERROR|INFO) ", shown), shown


@pytest.mark.parametrize("step", ["Login to server.", "Open the console."])
def test_getting_there_is_not_what_helps(step):
    made = source(f"## Diagnosis\n- {step}\n- Look at the queue.\n")
    assert "names nothing that helps" in offline.write(made).narrative


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("Check the overview and look at the connections", "The overview: "),
        ("Check the pod template, then see its parameters", "The pod template: "),
        ("Check the pods to identify those that hang", "The pods: "),
        ("Check the rollout status if it is not paused", "The rollout status: "),
        ("Check how many replicas are declared", "How many replicas are declared: "),
        ("Check the parameters such as: the priority", "The parameters: "),
    ],
)
def test_of_two_looks_the_first_is_named(step, what):
    body = f"## Diagnosis\n- Wait.\n- {step}\n- Web is down because of the queue? Look at it. Web is down.\n"
    assert readings(body)["D2"].startswith(what)


def test_setting_a_variable_is_not_what_helps():
    body = "## Diagnosis\n- Look at it.\n## Resolution\n1. Specify it:\n   ```sh\n   export A=b\n   ```\n"
    assert "names nothing that helps" in offline.write(source(body)).narrative
