"""How a step breaks: what its tool says when it cannot, and what a good answer to that is. Pure.

The words are the tools' own; names, paths and numbers of an imagined company are not in them.
"""

# ruff: noqa: E501 -- a table reads better in whole lines
from __future__ import annotations

import re

from drills.scenario.source import StepFacts
from drills.scenario.wording import first_line, ordered, program

#: (program, words in the command, what it says, what a good answer is)
_TOOLS: tuple[tuple[str, str, str, str], ...] = (
    ("kubectl oc", r"\bscale\b", "the count goes up, and the new ones stay Pending: “0/6 nodes are available: 6 Insufficient memory”", "Sees that it is accepted and not done, says what may be switched off to make room, or takes another way"),
    ("kubectl oc", r"\bdelete\b", "it hangs; the object shows “Terminating” and a finalizer holds it", "Does not force it before knowing what the finalizer protects, and says who knows"),
    ("kubectl oc", r"\brollout\s+undo\b", "“error: no rollout history found”", "Finds out by another way what ran before (release log, registry), and says how sure that is"),
    ("kubectl oc", r"\brollout\s+(?:status|restart|undo)\b", "it waits: “1 old replicas are pending termination…”, for four minutes", "Sets an end to the waiting, and looks at the one that does not end"),
    ("kubectl oc", r"\bdrain\b", "“Cannot evict pod as it would violate the pod's disruption budget”", "Does not force it; asks whose budget that is, and what may be missing"),
    ("kubectl oc", r"\b(?:edit|patch|apply|set|label|annotate|create|replace)\b", "“admission webhook denied the request”", "Reads which policy it was, and asks its owner; does not look for a way around it"),
    ("kubectl oc", r"\bexec\b|\brsh\b|\bdebug\b", "“error: unable to upgrade connection: container not found”", "Picks one that runs, or another look that needs no shell inside"),
    ("kubectl oc", r"\blogs?\b", "the log begins two minutes ago; all before it is gone with the restart", "Says what is lost, asks for the log of the instance before, and where logs are kept"),
    ("kubectl oc", r"\btop\b", "“error: Metrics API not available”", "Takes the number from somewhere else, and notes what the metrics depend on"),
    ("kubectl oc", r"", "“Unable to connect to the server: net/http: TLS handshake timeout”", "Says whether it is the cluster or the laptop, with one other command or one other person"),
    ("psql", r"terminate|cancel", "“must be a superuser or a member of the role to terminate its process”", "Knows or finds out who holds that role, and goes on with what needs none"),
    ("psql", r"alter|create|drop|vacuum|reindex", "it waits for a lock and prints nothing", "Cancels it after a time said beforehand: whatever waits behind it waits, too"),
    ("psql mysql", r"", "“FATAL: remaining connection slots are reserved”", "Uses the reserved way in, or frees one slot, and says which"),
    ("redis-cli", r"failover", "“NOGOODSLAVE No suitable replica to promote”", "Stops there, and says what is lost if it is forced"),
    ("redis-cli", r"config", "“ERR unknown command 'config'”: it is switched off on the managed one", "Finds the setting where it can be changed, and says who may"),
    ("redis-cli", r"", "“NOAUTH Authentication required.”", "Knows where the password is, without pasting it into the channel"),
    ("systemctl service", r"restart|start", "“Job failed because the control process exited with error code”", "Reads the last lines of its log before trying again"),
    ("systemctl service", r"", "“Unit not found”: on this machine it is called otherwise", "Lists what there is, and notes the name for the runbook"),
    ("ssh", r"", "“Permission denied (publickey)”", "Has another person try, says which group it takes, and notes it"),
    ("curl wget", r"-X|--request|\s-d\s|--data", "“HTTP/1.1 409 Conflict”", "Reads what it conflicts with before sending it again"),
    ("curl wget", r"", "nothing for a minute, then “Operation timed out”", "Says from where it was tried, and tries it from one other place"),
    ("aws gcloud az", r"", "“AccessDenied: not authorized to perform this operation”", "Says which role it takes and who can give it, and goes on with what needs none"),
    ("terraform", r"", "“Error acquiring the state lock”", "Asks who holds it before anybody breaks it"),
    ("helm", r"", "“another operation (install/upgrade/rollback) is in progress”", "Looks at the history first, and says what state it would be left in"),
    ("docker podman", r"", "“no space left on device”", "Treats that as news about the trouble, and not as bad luck"),
    ("etcdctl", r"", "“context deadline exceeded”", "Asks one member at a time, and changes nothing without a majority"),
    ("kafka-consumer-groups", r"reset", "“Assignments can only be reset if the group is inactive”", "Says what it means to stop the readers, and for how long, before it is done"),
    ("git", r"", "“CONFLICT: merge conflict”", "Does not settle it by guess at night: goes back to what ran"),
    ("openssl", r"", "“unable to get local issuer certificate”", "Asks which side lacks the link, and looks from outside, too"),
    ("amtool", r"", "“connection refused”", "Remembers that nothing may be firing at all, and says how one would know"),
)  # fmt: skip
#: For steps in words: (how it begins, what happens, what a good answer is)
_WORDS: tuple[tuple[str, str, str], ...] = (
    (r"call|phone|contact|page|escalate|ask|notify|inform|reach|engage|tell|involve|email|send", "an assistant takes the call: “back tomorrow at nine”", "Goes on to the next by name, and says until when a decision is needed"),
    (r"restart|reboot|recycle|start|kill", "it goes down and does not come up: two minutes, then three", "Says how long one waits, and what comes then, before the three are over"),
    (r"roll|revert|restore|undo|back|downgrade", "the version to go back to was cleaned away last week", "Names the oldest that is still there, and what has changed in between"),
    (r"scale|add|increase|raise|grow|extend|expand|provision|resize", "“quota exceeded”, and whoever raises it is off until eight", "Finds what can be given up instead, or who may decide above it"),
    (r"delete|remove|purge|clear|clean|wipe|drop|prune|evict|revoke", "it asks “are you sure?” and names a number ten times as large as expected", "Stops at the number, and looks again at what is chosen"),
    (r"switch|fail|redirect|route|move|toggle|enable|activate|disable|turn|set|change|update|edit|configure|modify|add|block", "“saved”, and ten minutes later the old setting is back", "Sees that something else writes it, and finds out what, before it is set again"),
    (r"file|submit|report|request", "the form wants an approval by somebody who is on leave", "Goes on without, says who takes the responsibility, and writes it down"),
    (r"deploy|install|upgrade|apply|publish|release|run|execute|trigger|build", "it stops half way: three of eight done", "Says what the half-done state means, and decides: on or back"),
    (r"go|navigate|click|select|open|visit|sign|log|login|check|verify|look|see|review|inspect|investigate|examine|monitor|determine|identify|find|compare", "the page asks for a sign-in that nobody in the room has", "Finds the same fact elsewhere, and notes whose access is missing"),
    (r"wait", "the ten minutes are over and nothing has changed", "Has said beforehand what comes then, and does it"),
)  # fmt: skip
_ANY = (
    (
        "it takes far longer than it says, and nobody can tell whether it goes on",
        "Sets a time after which it counts as failed, and says what is done then",
    ),
    (
        "it ends at once and without a word, and nothing has changed",
        "Asks what one should see if it had worked, and looks for exactly that",
    ),
    (
        "it needs something that only one person has, who is not in the room",
        "Says who could stand in, and notes that the step takes them for granted",
    ),
)


def broken(step: StepFacts) -> tuple[str, str, bool]:
    """(what happens to whoever does this step, what a good answer is, whether it is its tool that says so)"""
    tool = program(step)
    code = first_line(step) if step.commands else ""
    for programs, words, said, answer in _TOOLS:
        if tool and tool in programs.split() and re.search(words, code, re.IGNORECASE):
            return said, answer, True
    verb = ordered(step.title).split(" ", 1)[0].casefold() or ("open" if step.links else "")
    for verbs, said, answer in _WORDS:
        if re.fullmatch(verbs, verb):
            return said, answer, False
    return (*_ANY[step.line % len(_ANY)], False)
