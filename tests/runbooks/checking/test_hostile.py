"""Texts that were made to cost: each rule reads a megabyte in time that grows with its length.

Nothing is timed: what is quadratic here takes hours, and pytest's own timeout ends it.
"""

from __future__ import annotations

import pytest

from runbooks.checks import Facts, Library, check
from runbooks.document import MAX_CHARS, DocumentError, parse

N = 1_000_000
FACTS = Facts(
    people=frozenset(),
    teams=frozenset(),
    channels=frozenset(),
    tools=frozenset(),
    services=frozenset(),
    alerts=frozenset(),
    slugs=frozenset(),
    library=Library.of([("other", "a b c d e f g")]),
    name="this",
)
D = "## Diagnosis\n"
HOSTILE = {
    "one line of verbs": D + "check the " * (N // 10),
    "a line of ifs": D + "If a " * (N // 5),
    "sentences of ifs": D + "If it is x, do y. " * (N // 18),
    "one long word": D + "check " + "a" * N,
    "open angles in code": D + "```\n" + "<aaaa-bbbb " * (N // 11) + "\n```\n",
    "angles with many words": D + "```\n" + "<a b c d e f g h i j\n" * (N // 21) + "```\n",
    "open brackets": D + "[" * N,
    "brackets of prevention": "## Prevention\n" + "[a](" * (N // 4),
    "backticks": D + "`" * N,
    "odd backticks": D + "`` a ` " * (N // 7),
    "quotes": "## Symptoms\n" + '"aaaa ' * (N // 6),
    "handles": "## Escalation\n" + "@a.a.a." * (N // 7),
    "channels": "## Symptoms\n" + "#a" * (N // 2),
    "links to files": D + "](aaaaaaa.md" * (N // 12),
    "accepted risks": "## Prevention\n" + "accept " * (N // 7),
    "vague steps": D + "- check the logs\n" * (N // 20),
    "vague paragraphs": D + "check the logs\n\n" * 29_000,
    "blocks that destroy": D + "```\nrm -rf x\n```\n" * 15_000,
    "blocks that destroy outside steps": "## Notes\n" + "```\nrm -rf x\n```\n" * 15_000,
    "lines to write": "TODO\n" * 59_000,
    "to be and to be": "to be " * (N // 6),
    "hosts in code": D + "```\n" + "a.b.c." * (N // 6) + "\n```\n",
    "ways in": D + "log into " * (N // 9),
    "whom to ask": D + "ping the " + "the " * (N // 4),
    "prompts": D + "1. x\n   ```console\n" + "   $ foo\n" * 50_000 + "   ```\n",
    "many alerts": f"---\nalerts: [{', '.join(f's{i}' for i in range(4000))}]\n---\n## Symptoms\n"
    + "word " * (N // 6),
    "many services": f"---\nservices: [{', '.join(f's{i}' for i in range(4000))}]\n---\n"
    + "word " * (N // 6),
    "many related": f"---\nrelated: [{', '.join(f's{i}' for i in range(4000))}]\n---\n"
    + "](s.md) " * (N // 9),
    "a long title": f"---\ntitle: {'add ' * 16_000}\n---\n",
    "a long owner": f"---\nowner: {'a-' * 30_000}\n---\n",
    "commands in a sentence": D + "1. " + "run `kubectl delete pod` " * (N // 26),
    "one sentence that never comes to its if": D + "- restart " + "x " * (N // 4),
    "words of no meaning": D + "- just do it\n" * 10_000,
    "dots and capitals": "## Symptoms\n" + "a.b.C" * (N // 5),
    "open braces in code": D + "```\n" + "{a_b_c" * (N // 6) + "\n```\n",
    "capitals in code": D + "```\n" + "A_A_A_" * (N // 6) + "\n```\n",
    "functions in code": D + "1. x\n   ```sh\n" + "   f() {\n" * 50_000 + "   ```\n",
    "open comments": "## Symptoms\n" + "<!--" * (N // 4),
    "tildes": D + "~~~\n" * 59_000,
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_is_checked(text: str):
    try:
        document = parse(text[:MAX_CHARS])
    except DocumentError as error:
        pytest.fail(f"refused before it is checked: {error}")
    findings = check(document, imported=False, facts=FACTS)
    assert findings
    assert all(len(finding.message) < 2_000 or finding.field for finding in findings)
