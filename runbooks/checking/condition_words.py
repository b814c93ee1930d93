"""How a condition is worded, and by what one sees that it needs no else."""

from __future__ import annotations

import re

CONDITION = re.compile(
    r"(?:if|in case(?: of)?|in the (?:case|event)(?: of| that| when| where)?|for the case that|unless|"
    r"provided that|assuming(?: that)?(?=[^.]*, (?!and\b|or\b))|"
    r"should(?! (?:only|also|not|then|now|always|never|just|usually|"
    r"normally)\b)(?= (?:\w+ ){1,3}(?:be|fail|"
    r"stop|show|have|not|still|exceed)\b)|"
    r"when(?=\b[^.,;:]{0,80}\b(?:above|over|exceeds?|(?:more|greater|higher|longer) than|at least|"
    r"fails?|is (?:full|down|stuck|broken))\b)(?=[^.;:]{0,120},))\s+"
    r"(?P<what>\S+(?:\s+\S+){0,3})",
    re.IGNORECASE,
)
#: "Scale to 20 pods if there are more than 30": the condition stands behind what one does.
BEHIND = re.compile(
    r"(?:(?:then|first|now|immediately|also|force|safely) )?"
    r"(?:restart|reboot|scale|kill|delete|drop|drain|cordon|"
    r"evict|roll ?back|revert|increase|raise|reduce|lower|add|remove|stop|start|enable|disable|"
    r"fail ?over|promote|move|redeploy|deploy|purge|flush|clear|rebuild|resize|expand|switch|set|"
    r"change|patch|recreate|migrate|turn|replace|rotate|renew)\b"
    r"[^.;:]{0,120}? (?<!see )(?<!check )(?<!know )(?<!out )(?<!tell )"
    r"(?<!verify )(?<!decide )(?<!even )(?<!only )(?="
    r"if [\w-]+(?: [\w-]+){1,3} (?:exists?|fails?)\b|if (?:"
    r"there (?:is|are)|its?|the|any|more|fewer|less|at least|only|all|both|a|an) )"
    r"if\s+(?P<what>\S+(?:\s+\S+){0,3})",
    re.IGNORECASE,
)
#: Both cases are spoken of, the other one here.
ELSE = re.compile(
    r"\b(?:otherwise|or else|(?<=[.;,:] )else\b|if not|if none|if nothing|if neither|"
    r"if no\b|last resort|"
    r"(?:in|for) (?:all )?(?:any |every )?other cases?|for (?:all|any|every) others?\b|"
    r"in any case|either way|regardless|"
    r"if (?:it|they|that|this|these|those|there) (?:(?:is|are|was|were|do|does|did|has|"
    r"have)(?: not|n['’]t)\b|cannot|can['’]t))",
    re.IGNORECASE,
)
#: The other case by its own name: "…; below that, go to D3", "Any other answer: R1".
OTHER_CASE = re.compile(
    r"(?:(?:^|[.;:,—–] ?)(?:(?:at or )?(?:below|above|under|over)|less|more|fewer|any(?:thing)? (?:other|"
    r"else|rows?|lines?|value|answer|output|result|higher|lower|more|less|above|below)|all (?:the )?"
    r"others?|every other|"
    r"(?:when|with|without|while) (?:it|they|that|this|these|the|access)\b)"
    r"(?=[^.;]{0,80}(?:[,:→]|\bmeans?\b|\bgo\b|\bis\b|\bare\b)))",
    re.IGNORECASE,
)
#: "If the issue persists": the other case is that it is over.
STILL = re.compile(
    r"if\b.{0,60}?\b(?:persists?|(?<!can )still\b|(?<!must )(?<!to )remains?|continues?|recurs?|(?:does|do|"
    r"did)(?: not|n['’]t) (?:help|work|fix|resolve|clear|recover|improve)|"
    r"(?:is|are|has|have|was)(?: not|n['’]t) (?:yet )?(?:clear(?:ed)?|gone|recovered|resolved|"
    r"improved|better|over|stopped|come back|dropped|fallen)\b|"
    r"(?:did(?: not|n['’]t)|(?:does|do)(?: not|n['’]t)) (?:give|show|tell|reveal)\b[^,]{0,40}"
    r"\b(?:enough|anything|clues?|cause)\b|"
    r"(?:cannot|can['’]t|could not) be (?:fixed|resolved|solved|recovered|found|identified|determined)\b|"
    r"fails?(?: again| too| as well| for (?:some|any|whatever) reason)?,|"
    r"(?:fix|solution|workaround|this|that|it) (?:is(?: not|n['’]t)|was(?: not|n['’]t)) possible\b|"
    r"not (?:enough|sufficient|resolved|fixed))|"
    r"if\b[^.]{0,160}?\b(?:(?:has|have) been (?:verified|checked|confirmed|ruled out)\b|"
    r"is(?: not|n['’]t) (?:an option|possible|feasible|practical|reproducible)\b)",
    re.IGNORECASE,
)
NEGATIVE = re.compile(
    r"(?:if|in case)\b.{0,60}?(?:\bnot\b|n['’]t\b|\bcannot\b|\bno longer\b|\b(?:has|have|is|are|with) no\b)",
    re.IGNORECASE,
)
#: What one does in general stands before it: the condition is the exception.
DEFAULT = re.compile(
    r"\b(?:preferably|by default|as a rule|first of all|expected?|(?:should|must)(?: not| never| all)? "
    r"(?:be|show|see|have|return|print|read|say|occur|happen|appear|list|match))\b",
    re.IGNORECASE,
)
#: What is left when nothing helped, and what one may leave: neither has another case.
LAST = re.compile(
    r"(?:if|in case) (?:(?:(?:we|one) (?:still )?(?:need|have|want|wish) to|needed|necessary|"
    r"required|applicable|possible|appropriate|relevant|"
    r"feasible|desired)\b|you (?:still )?(?:cannot|can['’]t|could not|have no\b|lack|are (?:unable|"
    r"not able) to|need (?:more |further )?"
    r"(?:help|assistance|support)|have (?:any )?(?:questions|doubts)|want|wish|prefer|"
    r"(?:would |['’]d )?like|"
    r"are (?:unsure|not sure|in doubt)|did not|have not|haven['’]t|"
    r"(?:do not|don['’]t) (?:want|wish|need|already)|(?:decide|choose|opt|plan|intend)\b|"
    r"(?:see|saw|get|got|receive|encounter|hit|face|have) (?:this|that|the above)\b|"
    r"(?:need|have) to)\b|(?:in doubt|unsure|not sure)\b|all else fails|"
    r"nothing (?:helps|works|of)|(?:everything|all) (?:looks|is|seems)|this needs to|"
    r"\S+(?: \S+){0,4} no longer (?:desired|wanted)|"
    r"\S+(?: \S+){0,6} (?:is|are) (?:needed|necessary|required|desired|wanted|unavoidable)\b|"
    r"\S+(?: \S+){0,5} (?:has(?: not|n['’]t)|does(?: not|n['’]t)|is(?: not|n['’]t)) (?:\w+ )?already\b|"
    r"not already\b|none of|(?:all|any) of (?:this|the above))",
    re.IGNORECASE,
)
#: "If it is empty, skip this step": what one does otherwise is the step.
SKIPS = re.compile(
    r"\b(?:skip|ignore|stop here|do nothing|nothing (?:is )?to do|(?:this|the) (?:step|section|"
    r"runbook) (?:does not|doesn['’]t) apply|(?:you|we) are done)\b",
    re.IGNORECASE,
)
#: It explains, and tells nobody to do anything: "If it shows runc, the node is using runc".
EXPLAINS = re.compile(
    r"(?:this|the|an?) alert (?:can|may|might|will|could|should|would|triggers|fires|is "
    r"(?:triggered|fired|firing))\b|"
    r"(?:,|\bthen|\bthan) (?:the|this|that|it|there|they|these|those|all|some|a|an)\b "
    r"?(?:[\w¤`'*-]+ ){0,6}?(?:is|are|was|were|has|have|will|should|fails?|becomes?|"
    r"means?|indicates?|shows?)\b(?! to be\b)|"
    r"\b(?:might|may|could|can)(?: also)? (?:be (?:because|due|caused)|mean|indicate|increase|"
    r"decrease|lead|cause|result|happen|occur|take)\b|"
    r"(?:problem|cause) (?:might|may|could) be (?:with|in)\b|"
    r"(?<!you )\b(?:might|may|could) (?:exist\b|attempt)|"
    r",(?: then)? (?!(?:if|when)\b)[\w¤`'/-]+ (?:is|are) (?:not |likely |probably )?\w+\W*$|"
    r"(?:,|\bthen|\bthan) (?:that|it|there|this)['’]s (?:an?|the|no|not|at least|"
    r"likely|probably|possible|something|considered|treated|expected)\b|\b(?:won['’]t|will(?: \w+)? not)\b|"
    r", (?:you|we)(?: will| should| may| might|['’]ll) (?:\w+ )?(?:see|get|notice|find)\b|"
    r", \S+(?: \S+){0,4} cannot\b|, (?:you should )?expect (?:to see|an? |the )|"
    r", the (?:[\w¤`'-]+ ){1,3}(?:logs|prints|reports|returns|emits|sends|raises|writes)\b|"
    r"\bcan be found (?:in|at|under|on)\b|"
    r"\b(?:will|would)(?: most)?(?: likely| probably)? (?:have|need) to be\b(?=.{0,40}$)|"
    r"^in (?:the )?case (?:of|that) .{1,80}? "
    r"(?:(?:it|they|this|these) (?!(?:should|must|needs?)\b)\w+|we (?:are|have))\b|"
    r", you (?:can(?:not)?|can['’]t|may(?! (?:want|need|have|wish) to))\b|\bis expected to be\b|"
    r"\bwill (?:be|use|only|continue|create)\b|"
    r"\bwill (?:fire|show|appear|roll ?back|resolve|clear|recover|restart|fail|retry)\b|"
    r"\b(?:is|are) (?:likely |probably )?(?:the|a) (?:likely )?(?:issue|problem|cause|culprit|"
    r"reason|bottleneck)\b",
    re.IGNORECASE,
)
