"""Words that say nothing of any one system: a step made of nothing else tells the reader nothing to do.

"Just do it", "Restart the thing", "Run the script", "Contact the team": each could stand in any runbook.
"""

from __future__ import annotations

import re

#: Longer texts are read by other rules; among so many words one means something.
_MOST_WORDS = 16

_LITTLE = """
    a an the this that these those it its itself they them their there here we you your our us
    i me my he she one ones any anything some something someone somebody anybody anyone
    everything everyone everybody all every each both either other others another same such
    nothing none no not n't as at by for from in into of off on onto out over to up down with
    without within via per about around again and or but so then than if when whenever until
    while where wherever what whatever which who whom whose how why whether is are was were be
    been being am do does did doing done has have had having can could may might must shall
    should will would need needs needed let lets let's please just simply only also too very
    more most much many few little less least enough first next finally now soon later asap
    immediately quickly carefully properly correctly accordingly manually always usually
    normally maybe perhaps probably possible possibly still yet already before after once
    back away together along across through during e.g i.e etc well ok okay yes n/a na tbd
    that's it's what's there's don't isn't doesn't aren't else
    above below following
    fail fails failed look looks seem seems appear appears
"""
#: What one does, without saying to what or how.
_DOINGS = """
    do make get go take give put use try run rerun re-run execute perform apply start restart
    re-start reboot stop bounce kill fix resolve solve repair mend correct address handle
    remediate mitigate deal sort check re-check recheck verify validate confirm ensure see look
    watch monitor observe inspect review investigate examine analyse analyze debug troubleshoot
    diagnose figure find identify determine discover understand assess evaluate consider think
    decide judge know ask contact call ping page notify inform tell alert escalate involve
    engage consult talk speak reach raise open log file create collect gather capture wait
    retry repeat continue proceed follow read refer clean clear free remove delete add change
    adjust tune tweak update upgrade modify edit set reset increase decrease reduce raise lower
    scale revert roll rollback undo redeploy deploy release restore recover work works working
    help helps act react respond pray hope profit cry panic keep leave prepare test improve
    optimise optimize configure reconfigure reload refresh replace move trying running checking
    implement communicate restarting fixing looking doing waiting asking happening going being using
"""
_THINGS = """
    thing things stuff matter matters issue issues problem problems error errors failure
    failures fault faults bug bugs cause causes root source reason reasons symptom symptoms
    incident incidents situation fix fixes solution solutions workaround workarounds action
    actions step steps measure measures way means service services system systems server
    servers host hosts machine machines box component components application applications app
    apps software process processes job jobs task tasks script scripts command commands tool
    tools tooling procedure procedures playbook playbooks runbook runbooks guide guides
    documentation docs doc wiki instruction instructions manual log logs metric metrics graph
    graphs chart charts dashboard dashboards monitoring alerting status state states health
    performance behaviour behavior config configuration configurations configs setting settings
    parameter parameters option options value values limit limits threshold thresholds resource
    resources usage load environment infrastructure stability resolution information info
    details data evidence result results output best practice practices judgement judgment
    discretion common sense experience knowledge suspects anomalies anomaly anything activity
    change changes deployment deployments deploy deploys release releases pod pods instance
    instances node nodes container containers database databases db files file space queries
    query request requests user users customer customers client clients stakeholder
    stakeholders management manager managers team teams people person colleague colleagues
    engineer engineers developer developers dev devs expert experts owner owners admin admins
    administrator administrators vendor vendors provider support ops devops sre sres dba dbas
    plan plans helpdesk on-call oncall panel console ticket tickets case help care time times while bit
    moment minutes hours fingers luck level levels tier
"""
_KINDS = """
    right wrong good bad better best worse worst normal abnormal usual unusual strange weird
    odd suspicious suspect relevant related respective responsible appropriate suitable proper
    correct incorrect necessary required recent current latest old older new underlying
    offending affected faulty broken failing failed problematic unneeded unnecessary unused
    obvious likely certain sure careful stable healthy unhealthy fine sane ready available
    different various general common standard internal external main whole entire complete
    full recommended known unknown needed usual additional further extra particular
"""
EMPTY_WORDS = frozenset(" ".join((_LITTLE, _DOINGS, _THINGS, _KINDS)).split())

_TOKEN = re.compile(r"[^\s,;:()\[\]\"“”]+")
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
#: A state by its name tells, too: "All pods are in Running state".
_TELLS = re.compile(
    r"[\d@#¤`]|[A-Za-z]/[A-Za-z]\w*/|\w_\w|\bin (?:the )?[A-Z]\w+ (?:state|status|phase)\b"
)
#: "See which pods are not ready" asks something that has an answer.
_ASKS = re.compile(
    r"\W*(?:\w+,? )?(?:see|check|look|find out|count|determine|note|list|ask)\b.{0,40}?\b(?:which|how "
    r"(?:many|much|long|old|often))\b",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Is every word of a text one that could stand in any runbook? A name, number or code tells something."""
    text = text[:400].replace("’", "'").replace("N/A", "na").replace("n/a", "na")
    if _TELLS.search(text):
        return False
    if _ASKS.match(text):
        return False
    words = [word for raw in _TOKEN.findall(text) if (word := _EDGE.sub("", raw))]
    return len(words) <= _MOST_WORDS and all(
        part.lower() in EMPTY_WORDS or word.lower() in EMPTY_WORDS
        for word in words
        for part in (word.split("/") if "/" in word else (word,))
    )
