"""Steps that leave to the reader what they were written to say: where, what for, how much, whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from runbooks.checking.codes import VAGUE_STEP
from runbooks.checking.empty_words import says_nothing
from runbooks.checking.passages import Passage, Sentence
from runbooks.checking.shapes import Case, Finding

#: "You will see errors" tells what comes, "the database monitor uses a service" is no verb at all.
_LOOK = (
    r"(?<!used to )(?<!would )(?<!might )"
    r"\b(?:(?:re-?)?check|verify|look (?:at|into|in|through)|inspect|"
    r"investigate|examine|"
    r"(?<!should )(?<!will )(?<!you )(?<!we )(?<!may )(?<!can )(?<!also )see|"
    r"(?:(?<!\w )|(?<=and )|(?<=or )|(?<=to )|(?<=then )|(?<=also )|(?<=you )|(?<=please )|(?<=should )|"
    r"(?<=first )|(?<=now )|(?<=just )|(?<=carefully )|(?<=closely ))(?:review|study|monitor|watch)|"
    r"have a look (?:at|to|into)|analy[sz]e|"
    r"(?<!to )(?<!can )(?<!help )(?<!\bbe )(?<!\bin )(?:debug|troubleshoot)|"
    r"go through)\s+(?!(?:that|whether|if)\b)"
)
#: Things of which there is always more than one place to look.
_ANYWHERE = (
    r"(?:logs|(?<!can )(?<!cannot )(?<!to )(?<!could )log(?: files?)?|log files|"
    r"metrics?|dashboards?|graphs?|status(?: pages?)?|states?|"
    r"health(?: checks?)?|rules|"
    r"config(?:uration|s)?s?|settings?|events?"
    r"|network(?:ing)?(?: polic(?:y|ies))?|connectivity|firewalls?(?: rules?)?|security groups?|"
    r"(?:dns|name) (?:resolution|settings|records)|dns|permissions?|capacity|bandwidth|latency|traffic|"
    r"resources?|usage|performance|issues?|(?:external )?channels|"
    r"problems?|errors?|things?|everything"
    r"|environment|credentials|saturation|load|quota|services?|systems?"
    r"|recent (?:\w+ )?(?:deploy(?:ment)?s?|changes?|releases?|commits?)"
    r"|grafana|kibana|datadog|splunk|cloudwatch|sentry|new relic|jaeger)"
)
#: What may stand between: `the prometheus container`, `resources used by the`. No comma: that is a list.
_BETWEEN = r"(?:[\w¤`'/.()-]+\s+){0,6}?"
_HEAD = (
    r"(?=\s*(?:$|[.,;:!?)]|"
    r"(?:and|or|of|from|on|in|for|to|with|between|at|via|such|as|like|first|again|carefully|"
    r"before|after|when|while|by|during|now|there|too|around|across|inside|under|within|since)\b))"
)
#: "logs for an explanation of which part is wrong" says what to look for; "for errors" does not.
_WHAT_FOR = re.compile(
    r"\s*(?:[\w¤`'-]+\s+){0,5}?(?:for|to (?:see|find|learn|know)|whether|if)\s+"
    r"(?:(?:(?:an?|the|lines?|messages?|entries|which|what|how|why|whether|where|each line)\b|"
    r"[\"“`])(?:\s+\S+){3}|(?:more |further )?(?:information|details?|clues?) (?:about|on|of|why|what)\b|"
    r"`|[\"“][^\"”]{6})",
    re.IGNORECASE,
)

#: "Check whether any store has connectivity issues": how does one see that?
_TROUBLE = (
    r"^(?:also |then |please |first,? |next,? )*(?:check|verify|investigate|see|look|examine)\b[^,:]{0,140}\b"
    r"(?:network(?:ing)?|connectivity|performance|configuration|resource|hardware|storage|"
    r"permission|connection|latency)s? (?:issues?|problems?|errors?)[.!]?$"
)
_SURE = (
    r"\b(?:make sure|be sure|ensure|esure|verify|confirm|check|validate|(?<!we )(?<!also )see)\b"
    r"(?:\s+[\w¤`'/,()-]+){0,12}?\s+"
    r"(?:healthy|ok|okay|fine|(?<!your )(?<!a )normal(?:ly)?|correct(?:ly)?|proper(?:ly)?|good|sane|valid|"
    r"enough|sufficient(?:ly)?|"
    r"appropriate(?:ly)?|stable|as expected|up and running|works|working|(?<!as )well|in order|"
    r"within (?:safe|acceptable|normal|reasonable|healthy|expected) \w+|"
    r"available|reachable|accessible|responsive|(?:at|of|in) the expected \w+|as intended|"
    r"over(?:loaded|subscribed|committed|utili[sz]ed)|saturated|reasonable|"
    r"(?:service|daemon|agent|process|pod|app|application)s? (?:is|are) (?:up|running))\b"
)
_WHO = (
    r"(?<!-)\b(?:ping|check with|ask|contact|notify|talk (?:to|with)|speak (?:to|with)|tell|inform|call|page|"
    r"reach out to|signal \w+ (?:\w+ )?to|report \w+ (?:\w+ )?to|get in touch with|liaise with|"
    r"(?:escalate|raise|hand)(?: \w+){0,2}? (?:to|with)|engage|involve|consult|work with|"
    r"hand (?:it )?over to|loop in|alert)\s+"
    r"(?:the |your |our |an? |any |some |their |its |responsible |relevant |appropriate |"
    r"respective |on-?call )*"
    r"(?:[\w/&-]+ ){0,2}?"
    r"(?:teams?|developers?|devs?|engineers?|owners?|admins?|administrators?|support|aes?|"
    r"csms?|dbas?|managers?|"
    r"vendors?|someone|somebody|person|people|sres?|ops|on-?call|experts?|providers?|"
    r"colleagues?|authors?|"
    r"maintainers?|stakeholders?|management|leads?)\b"
)
_JUDGE = (
    r"\b(?:accordingly|as (?:needed|required(?! (?:at|in|by|for|on)\b)|appropriate|"
    r"necessary|usual)|"
    r"if (?:needed|necessary|required|applicable|possible|appropriate|in doubt)|"
    r"where (?:appropriate|applicable)|"
    r"fine[- ]?tun\w+|(?:take|perform|apply|do) (?:the |any |all )?(?:appropriate|necessary|"
    r"corrective|needed|required|usual)|"
    r"do the needful|(?:sane|sensible|reasonable) (?:default|value|limit)s?|best judge?ment)\b"
)
#: "Set proper limits": how much is that? "Set proper priority class to system-node-critical" says it.
_PROPER = (
    r"\b(?:set|use|choose|pick|select|give|define|apply|configure|add|assign|provide|allocate|"
    r"involve|find|take|run|make|perform|increase|reduce)\b(?: [\w¤`']+){0,4}? "
    r"(?:proper|appropriate|suitable|adequate|sufficient|right)\s+(?:\w+)"
    r"(?!.*\bto\s+\S*[\w][-_=]\w)"
)
#: "Talk to platform", "Get someone from networking": a trade is nobody whom one can call.
_TRADE = (
    r"\b(?:ping|ask|contact|notify|talk to|speak (?:to|with)|inform|call|page|reach out to|"
    r"escalate (?:it |this )?to|engage|involve|consult|(?:get|find) (?:someone|somebody|help)"
    r"(?: from| in)?)\s+(?:the )?"
    r"(?:platform|infra(?:structure)?|network(?:ing|s)?|security|storage|database|backend|"
    r"frontend|data|devops|engineering|development|operations|it|legal|product|qa|vendor)"
    r"(?=\s*(?:$|[.,;:!?]|(?:and|about|if|to|for|when|or)\b))"
)
_MEND_IT = (
    r"^(?:then |just |simply |please )?(?:fix|resolve|correct|solve|address|mitigate|repair|"
    r"remediate|handle)\s+"
    r"(?:the |any |all |that |this |these |those |underlying |root |other |found )*"
    r"(?:\w+ )?(?:issues?|problems?|errors?|rules?|config\w*|causes?|it|them|failures?|"
    r"bugs?|thing)\b\s*[.!]?$|"
    r"\b(?:optimi[sz]e|tweak|improve|tune)(?: (?:the|your|our|any|all|slow|database|sql))* \w+\s*[.!]?$"
)
#: "Investigate further", "Find out why": that is what the runbook was opened for.
_FURTHER = (
    r"\b(?:investigate|troubleshoot|debug|look|dig|check)(?: (?:it|this|that|into it))? (?:further|deeper)\b|"
    r"(?<!information to )(?<!help to )(?<!help )(?<!used to )"
    r"\b(?:investigate|troubleshoot) (?:it|this|that|(?:the |this |that )?(?:issue|problem|cause)s?)\b[.!]?$|"
    r"\btroubleshoot to\b|"
    r"(?:^|\b(?:and|then|to|must|should|please) )(?:try to )?(?:identify|find(?: out)?|determine|establish|"
    r"diagnose|figure out|work out|understand|investigate)\s+"
    r"(?:the )?(?:(?:root|underlying|exact|actual|possible|likely) )?(?:causes?\b|reasons?\b|why\b|"
    r"what (?:is|was|are) (?:causing|wrong|going))"
    r"(?!.*\b(?:by|using|with|via|through|from|based)\b)"
)
_WRONG_ONE = (
    r"\b(?:delete|remove|replace|fix|correct|change|deploy|update|adjust|drop)\s+(?:the |"
    r"an? |any )?"
    r"(?:in?correct|correct|conflicting|wrong|faulty|offending|problematic|right|bad|broken|"
    r"misconfigured|invalid)\b|"
    r"\b(?:with|to|use|using) (?:the |an? )?(?:correct|right|proper|appropriate) \w+(?! \(| `| to )"
)
_DEPENDS = (
    r"(?:^|[.;] )depend(?:s|ing) (?:on|of)\b(?!.*\b(?:may|might|can|could)\b)|"
    r"\bmitigation (?:strongly |highly )?depends on\b|"
    r"\b(?:specific |exact )(?:steps?|procedures?|solutions?|fix) (?:var(?:y|ies)|differs?|depends?)\b"
)
_ELSEWHERE = (
    r"\b(?:refer to|consult|read|follow|continue with|see|look at|check)\s+(?:[\w'-]+\s+){0,6}?"
    r"(?:documentation|docs|procedures?|guidelines?|guides?|best practices|manuals?|wiki|"
    r"scenarios)\b"
)
#: "three minutes", "an hour"; "a few minutes" is no time.
_SO_LONG = re.compile(
    r"\d|\b(?:an?|one|two|three|four|five|six|ten|fifteen|twenty|thirty|sixty|half an?) "
    r"(?:second|minute|hour|day)s?\b",
    re.IGNORECASE,
)
_WAIT = (
    r"(?:^|\b(?:just |simply ))wait\b(?!,? (?:for|until|till|when|while|at least|up to|out)\b)|"
    r"^wait for (?:a (?:while|bit|moment)|some (?:time|minutes|hours)|things)\b|"
    r"\btry (?:it )?again later\b"
)

_BY_WHAT = "it does not say by what one knows"
#: "correctly lists the `endpoint-operator` account": what is correct stands behind it.
_SAID_BEHIND = re.compile(
    r"(?:(?! in )[^.;`]){0,40}`|[^.;]{0,40}[(,] ?(?:e\.g\.|i\.e\.|for example|namely|that is)|"
    r"[^.;]{0,60}\b(?:points?|refers?|maps?|resolves?|set) to \w|.*\b(?:such|so) that\b[^.]*`",
    re.IGNORECASE,
)
#: The next sentence says it: "Make sure archiving works. Look at the metric `archive_status`, …".
_SAID_NEXT = re.compile(
    r"(?:monitor|check|look|compare|watch|query|count|run|use|it|they|there|the|each|all|"
    r"log ?in|open|browse|go)\b.*"
    r"(?:¤|\d|\bshould (?:be|show|read|say|have|contain|match|list)\b)|"
    r"(?:e\.?g\.?|for example)(?=[\s,]).*(?:¤|\d)|"
    r"(?:see|refer to|as|for (?:details|reference)|use|follow)\b.*\b(?:below|above|following)\b",
    re.IGNORECASE,
)
#: "**Check the dashboard** – Look for the panel “Error rate”": the headline of what follows.
_SHOWN_NEXT = re.compile(
    r"(?:look (?:for|at)|search for|filter)\b.*[\"“¤]|navigate to\b|open\b.*¤", re.IGNORECASE
)
#: "The operator will start one and check that it is healthy": it does, not the reader.
_WILL = re.compile(r"(?<!you )(?<!we )\b(?:will|would)\b", re.IGNORECASE)
#: A book by its title: "the Operations Handbook", "the HPE Slingshot Guide".
_TITLED = re.compile(
    r"\b[A-Z][\w-]* (?:[A-Z][\w-]* |(?:and|of|for|to|the|on|in) ){0,6}"
    r"(?:Guide|Manual|Handbook|Documentation|Procedures?|Wiki)\b"
)
_IN_WHICH_CASE = "it does not say what to do in which case"
_HOW_LONG = "it does not say how long"
_WHERE_WRITTEN = "it does not say where that is written"
_NOBODY = "it does not say who that is, and how to reach them"
#: "with the following command", "Click on the Metrics tab": it is said, beside it or by the way there.
_ELSEWHERE_HERE = re.compile(
    r"\b(?:following (?:commands?|steps?|quer\w+|procedures?|sections?|list|fields?|details)|as (?:follows|"
    r"described|shown|explained|listed) (?:above|below|in|here)|(?:steps?|commands?|sections?|table|"
    r"list|links?|procedures?) (?:[\w ]+ )?(?:below|above)|"
    r"(?:below|here|these|following) (?:are|is) |in the \w+ section|click|navigate|tab|menu)\b|"
    r"->|→|\w > [A-Z]|\bsee (?:\w+ ){0,2}?(?:step|section|[dmr])[ -]?\d|"
    r"\b(?:under|below|above|over|at least|at most|(?:less|more|fewer|greater) than|equals?|set to) ?\d|"
    r"\blook(?:ing)? (?:at|into) \w+ing\b|"
    r"\bsee (?:if|whether) (?:this|that|it) (?:\w+ )?(?:fix|help|resolv|solv|chang|work|improv|clear|stop)",
    re.IGNORECASE,
)

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), says)
    for pattern, says in (
        (_LOOK + _BETWEEN + _ANYWHERE + _HEAD, "it does not say where, and what to look for"),
        (_SURE, _BY_WHAT),
        (_TROUBLE, _BY_WHAT),
        (_WHO, _NOBODY),
        (_TRADE, _NOBODY),
        (_MEND_IT, "it does not say how"),
        (_WRONG_ONE, "it does not say which, and by what one knows"),
        (_ELSEWHERE, _WHERE_WRITTEN),
        (_FURTHER, "it does not say how"),
        (_WAIT, _HOW_LONG),
        (_PROPER, "it does not say which"),
        (_JUDGE, "it leaves the decision to the reader"),
        (_DEPENDS, _IN_WHICH_CASE),
    )
)
_LOOKS = _RULES[0][0]
#: "Check the `queue_depth` metric", "Check that the secret matches the one of the dashboard".
_EXACT = re.compile(
    r"¤`* (?:metric|graph|dashboard|panel|config(?:uration)?|setting|event|state|status|quota)s?\b|"
    r"\b(?:match(?:es)?|equals?|corresponds? to|differs? from|(?:as )?compared (?:to|with))\b",
    re.IGNORECASE,
)
_READS = next(pattern for pattern, says in _RULES if says == _WHERE_WRITTEN)
#: Who is named: a handle, a channel, a number to call.
_REACHABLE = re.compile(r"(?<!\w)[@#][A-Za-z]\w|\+?\d[\d ()-]{6,}\d|\S@\S+\.\S")
_NAMED_IN_CODE = re.compile(r"`[@#][A-Za-z][\w-]+`")
#: Longer sentences are read anew each time: nobody fills the memory with them.
_LONGEST_KEPT = 500
_MEND = "Write it down: the command or the link, what to see, and what it means if one does not."


def steps_leave_nothing_open(case: Case) -> Iterator[Finding]:
    """One finding for a passage, at its first sentence that leaves something open.

    A passage with a command or an `Expect:` has said what it means, whatever words stand around it.
    """
    passages = case.passages
    for index, passage in enumerate(passages):
        goes_on = index + 1 < len(passages) and passages[index + 1].section == passage.section
        if passage.has_command or (passage.step is not None and passage.step.expect):
            continue
        linked = passage.step is not None and passage.has_link
        for at, sentence in enumerate(passage.sentences):
            if sentence.text.endswith(":") and (goes_on or at + 1 < len(passage.sentences)):
                continue  # it announces what follows
            behind = [following.text for following in passage.sentences[at + 1 : at + 3]]
            says = _leaves_open(sentence, behind, linked=linked)
            if says is _IN_WHICH_CASE and goes_on and passages[index + 1].group != passage.group:
                continue  # the cases follow, each under its heading
            if says:
                yield _finding(passage, sentence, says)
                break
        else:
            announces = goes_on and passage.text.rstrip().endswith(":")
            if not announces and (tells_nothing := _tells_nothing(passage)):
                yield tells_nothing


def _tells_nothing(passage: Passage) -> Finding | None:
    """ "Just do it.": a step of words that could stand in any runbook."""
    step = passage.step
    if step is None or passage.has_link or not says_nothing(passage.text):
        return None
    if _TOLD.match(passage.text):
        return None
    if not passage.sentences:
        return replace(
            _finding(passage, Sentence("", step.line, "…"), "it is empty"), about=step.title
        )
    return _finding(passage, passage.sentences[0], "it does not say what, where or how")


#: It says how things are, and nothing to do: "This is a performance issue".
_TOLD = re.compile(
    r"\W*(?:(?:this|that|it|these|they) (?:is|are|was|were|means?)\b|"
    r"(?:(?:the|an?|all|some|one) )?(?:[\w-]+ ){1,3}(?:is|are|was|were)(?: not)? [\w-]+\W*$)",
    re.IGNORECASE,
)


def _leaves_open(sentence: Sentence, behind: list[str], *, linked: bool) -> str:
    """`linked`: its step has a link, which says all that one has to know but whom to call.

    `behind` are the sentences that follow, which may say it.
    """
    if sentence.has_link:
        return ""
    for found, says in _open_words(sentence.text):
        if linked and says is not _NOBODY:
            continue
        said = _names_somebody if says is _NOBODY else _is_said_beside
        if not said(sentence, found, behind, says):
            return says
    return ""


def _open_words(text: str) -> tuple[tuple[re.Match[str], str], ...]:
    """What of a sentence may leave something open. Who writes has the same ones checked at each pause."""
    return _kept_words(text) if len(text) <= _LONGEST_KEPT else _found_words(text)


@lru_cache(maxsize=8_192)
def _kept_words(text: str) -> tuple[tuple[re.Match[str], str], ...]:
    return _found_words(text)


def _found_words(text: str) -> tuple[tuple[re.Match[str], str], ...]:
    return tuple(
        (found, says) for pattern, says in _RULES if (found := pattern.search(text)) is not None
    )


def _names_somebody(
    sentence: Sentence, _found: re.Match[str], _behind: list[str], _says: str
) -> bool:
    return bool(_REACHABLE.search(sentence.text) or _NAMED_IN_CODE.search(sentence.plain))


def _is_said_beside(sentence: Sentence, found: re.Match[str], behind: list[str], says: str) -> bool:
    """Does the sentence itself, or what follows it, say what its words leave open?"""
    text, looks = sentence.text, found.re is _LOOKS
    if looks:
        exact = _EXACT.search(text) or _WHAT_FOR.match(text, found.end())
        told = exact is not None or sentence.has_path
        follows = any(map(_SHOWN_NEXT.match, behind))
    else:
        by_what = sentence.has_path or _WILL.search(text, 0, found.start())
        told = bool(
            (says is _BY_WHAT and by_what)
            or (says is _HOW_LONG and _SO_LONG.search(text))
            or (found.re is _READS and _TITLED.search(text))
        )
        follows = any(map(_SAID_NEXT.match, behind))
    return bool(
        told
        or follows
        or _SAID_BEHIND.match(text, found.end())
        or _ELSEWHERE_HERE.search(text)
        or _names_somebody(sentence, found, behind, says)
    )


def _finding(passage: Passage, sentence: Sentence, says: str) -> Finding:
    label = passage.step.label if passage.step else "This"
    quoted = sentence.plain if len(sentence.plain) <= 90 else f"{sentence.plain[:89]}…"
    return Finding(
        VAGUE_STEP,
        f"{label} is vague: “{quoted}”: {says}.",
        line=sentence.line,
        field="step",
        mend=_MEND,
        about=sentence.plain,
    )
