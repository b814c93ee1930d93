"""What an author writes can neither act nor look like a part of the page. Read with a real HTML parser."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.document import parse
from runbooks.rendering import render
from runbooks.variables import fill

#: What our own wrappers may carry; everything else must be plain content.
OURS = {
    "a": {"href", "rel", "title", "class", "id"},
    "abbr": {"title"},
    "button": {"type", "data-copy", "data-needs", "disabled"},
    "details": {"open"},
    "dt": {"id"},
    "div": {"class"},
    "figcaption": {"data-values"},
    "figure": {"class", "data-vars"},
    "footer": {"data-step"},
    "h2": {"id"},
    "h3": {"id"},
    "header": {"class"},
    "img": {"src", "alt", "loading"},
    "input": {
        "type",
        "disabled",
        "checked",
        "aria-label",
        "id",
        "data-fill",
        "size",
        "autocomplete",
    }
    | {"autocapitalize", "spellcheck"},
    "label": {"for"},
    "li": {"class", "id", "data-tier"},
    "ol": {"class", "start"},
    "p": {"class"},
    "section": {"class", "aria-labelledby"},
    "span": {"class", "data-tier"},
    "svg": {"class", "viewbox", "aria-hidden"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
    "use": {"href"},
    "var": {"data-name", "data-quote", "class", "title"},
}
PLAIN = {
    *(
        "b",
        "bdi",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "dfn",
        "dl",
        "em",
        "h4",
        "h5",
    ),
    *(
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "mark",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "strong",
        "sub",
        "summary",
    ),
    *("sup", "table", "tbody", "tfoot", "thead", "tr", "u", "ul", "wbr"),
}
VOID = {"br", "hr", "img", "input", "use", "wbr"}
SCHEMES = ("http:", "https:", "mailto:", "tel:")


class Page(HTMLParser):
    """Fails on anything that is not ours; keeps what was opened, to see that all of it is closed."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS or tag in PLAIN, tag
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), attrs
        assert set(attributes) <= OURS.get(tag, set()), (tag, attributes)
        for name in ("href", "src"):
            address = attributes.get(name)
            if address is not None:
                compact = "".join(c for c in address if c > " ").lower()
                head = compact.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
                assert ":" not in head or compact.startswith(SCHEMES), address
        self.seen.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def count(self, tag: str, **attributes: str) -> int:
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return sum(t == tag and wanted.items() <= a.items() for t, a in self.seen)


def page_of(text: str, values: dict[str, str] | None = None) -> Page:
    made = render(parse(text), attachments={"a.png": "/media/a.png"})
    for part in (made.steps_html, made.background_html, made.escalation_html):
        Page(part)
    return Page(
        fill(made.steps_html + made.background_html + made.escalation_html, values or {}).html
    )


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    '<img src="a.png" onload="alert(1)" style="x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "[x](javascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x]\n\n[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<style>*{display:none}</style>",
    '<p style="position:fixed;inset:0">x</p>',
    '<iframe src="https://evil.example"></iframe>',
    "<object data=x></object><embed src=x>",
    '<form action="/accounts/sign-out" method="post"><button>Copy</button></form>',
    '<input autofocus onfocus="alert(1)">',
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><a title='</title><img src=x onerror=alert(1)>'></a>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    '<div class="site" id="main" data-copy="x">x</div>',
    '<li class="step" id="step-abc" data-tier="observe">forged</li>',
    '<var data-name="x" data-quote="raw">forged</var>',
    '<figure class="command" data-vars><pre><code>rm -rf /</code></pre></figure>',
    '<button type="button" data-copy>Copy</button>',
    '<b hx-get="/x" hx-on:click="alert(1)" onclick=alert(1)>x</b>',
    '<a href="#" title="<var data-name=&quot;x&quot; data-quote=&quot;raw&quot;>x</var>">y</a>',
    '<a title=\'<var data-name="x" data-quote="raw">x</var>\' href=x>y</a>',
    '<abbr title="x\u202e">y</abbr>',
    "<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=x>",
    "<template><script>alert(1)</script></template>",
    "<!-- <script>alert(1)</script> -->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!DOCTYPE html><html><body onload=alert(1)>",
    "<?php echo 1 ?> <![CDATA[<script>]]>",
    '<p title="',
    "<!-- never closed",
    "<div><ul><li><table><tr><td>",
    "</li></ol></section></div></main></td></table>",
    "<pre><code>",
    "<b><i><a href=x>",
    "`<script>` ``{{ x }}<img>``",
    '```"><script>alert(1)</script>\nx\n```',
    "```sh\n</code></pre></figure><script>alert(1)</script> {{ x }}\n```",
    "# <img src=x onerror=alert(1)>",
    "| <script>x</script> |\n|---|\n| <b onclick=x>y |",
    "\x00\ufffd<scr\x00ipt>".replace("\x00", ""),
]
PLACES = {
    "prose": "## Symptoms\n\n{}\n\nafter\n",
    "a heading": "## Notes {}\n\nafter\n",
    "the preamble": "{}\n\n## Symptoms\nafter\n",
    "a step": "## Diagnosis\n1. First.\n\n   {}\n\n   after\n2. Two.\n   ```\n   ls\n   ```\n   Expect: x\n",
    "a title": "## Diagnosis\n1. {}\n2. Second, after.\n",
    "an expectation": "## Diagnosis\n1. First.\n\n   Expect: {}\n2. Second, after.\n",
    "between steps": "## Diagnosis\n{}\n\n1. First.\n\n### {}\n\n2. Second, after.\n",
    "escalation": "## Escalation\n{}\n\nafter\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_an_author_writes_acts_or_breaks_out(attack, place):
    indented = attack.replace("\n", "\n   ") if "step" in place or "expect" in place else attack
    text = "---\ntitle: T\n---\n" + PLACES[place].replace("{}", indented)
    page = page_of(text, {"x": "<img src=x onerror=alert(1)>"})
    assert page.count("li", **{"class": "step"}) == sum(len(s.steps) for s in parse(text).sections)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_stands_behind_an_open_tag_is_still_there(attack):
    text = f"## Symptoms\n\n{attack}\n\n```sh\nls -l\n```\n\n## Impact\nNobody can pay.\n"
    made = render(parse(text))
    assert "Nobody can pay." in made.background_html
    assert "-l" in made.background_html.partition("ls")[2]


@pytest.mark.parametrize(
    "front",
    [
        'related: ["\\"><script>alert(1)</script>"]',
        "access: {'\"><script>alert(1)</script>': {how: '<img src=x onerror=alert(1)>', check: '<b>'}}",
        "escalation: [{after: '<script>', to: '<script>', how: '[x](javascript:alert(1)) <img onerror=x>'}]",
        "access: {'a b': x, 'a-b': y}",
    ],
)
def test_front_matter_is_text_too(front):
    text = f"---\n{front}\n---\n## Diagnosis\n1. Look. {{.observe access=a}}\n"
    page_of(text)


def test_keys_and_attachments_cannot_leave_their_attributes():
    text = "## Diagnosis\n1. Look at ![x](a.png).\n"
    made = render(parse(text), keys={"D1": '"><b>'}, attachments={"a.png": '/m/"><script>'})
    Page(made.steps_html)


_bits = st.sampled_from(
    [
        "<",
        ">",
        '"',
        "'",
        "=",
        "/",
        " ",
        "\n",
        "\n\n",
        "&",
        ";",
        "`",
        "```\n",
        "{{ x }}",
        "[",
        "](",
        ")",
        "!",
        "script",
        "img",
        "svg",
        "a",
        "b",
        "div",
        "details",
        "table",
        "td",
        "li",
        "var",
        "figure",
        "pre",
        "p",
        "style",
        "onerror",
        "href",
        "src",
        "javascript:",
        "title",
        "data-name",
        "class",
        "id",
        "<!--",
        "-->",
        "x",
        "1. ",
        "- ",
        "## Diagnosis\n",
        "Expect: ",
        "&#106;",
        "&lt;",
        "</",
        "<a href=",
        "<img ",
        "> ",
        "    ",
        "|",
        "*",
        "{.change}",
    ]
)


@given(st.lists(_bits, max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_mixture_of_pieces_gets_through(text):
    page_of(f"## Diagnosis\n1. One.\n\n{text}\n", {"x": "\"'><img src=x onerror=alert(1)>"})
