"""Markup that only one site generator knows becomes plain Markdown, and no word of it is lost."""

import re
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from runbooks.importing.shortcodes import plain_markdown


def plain(text: str) -> str:
    return plain_markdown(dedent(text))[0]


def test_hugo_references_become_links_to_files():
    assert plain('See [it]({{< ref "NodeRAIDDegraded" >}}).') == "See [it](NodeRAIDDegraded.md)."
    assert plain("[y]({{% relref '../a/b.md#top' %}})") == "[y](../a/b.md#top)"


def test_hugo_notices_become_quotes_with_their_kind_and_title():
    text = """\
        {{% notice warning "Not during a deploy" %}}
        Wait for it.
        {{% /notice %}}
        Then go on.
        """
    assert plain(text) == "> **Warning: Not during a deploy**\n>\n> Wait for it.\n\nThen go on.\n"


def test_a_hint_on_one_line_becomes_a_quote_too():
    assert (
        plain("{{< hint info >}}Look first.{{< /hint >}}\n") == "> **Info**\n>\n> Look first.\n\n"
    )


def test_docusaurus_admonitions_nest():
    text = """\
        :::danger[Take care]
        outer
        :::tip
        inner
        :::
        :::
        """
    assert "> **Danger: Take care**" in plain(text)
    assert "> > inner" in plain(text)


def test_mkdocs_admonitions_are_not_shown_as_code():
    text = """\
        !!! note "Before you start"
            First line.

            - a list
        After it.
        """
    assert plain(text) == (
        "> **Note: Before you start**\n>\n> First line.\n>\n> - a list\n\nAfter it.\n"
    )


def test_an_admonition_in_a_step_stays_in_the_step():
    text = """\
        1. Look.

            ??? tip
                Twice.
        2. Act.
        """
    assert plain(text).splitlines()[2] == "    > **Tip**"


def test_tabs_become_bold_labels():
    assert plain('=== "Linux"\n    run it\n') == "**Linux**\n\nrun it\n"
    assert "**Bash**" in plain('<Tabs>\n<TabItem value="b" label="Bash">\nx\n</TabItem>\n</Tabs>\n')


def test_imports_of_mdx_are_kept_out_of_sight():
    assert (
        plain("import Tabs from '@theme/Tabs';\n") == "<!-- import Tabs from '@theme/Tabs'; -->\n"
    )
    assert plain("we import oil from Norway\n") == "we import oil from Norway\n"


def test_highlighted_code_becomes_a_code_block():
    assert plain("{{< highlight sh >}}\nls\n{{< /highlight >}}\n") == "```sh\nls\n```\n"


def test_a_figure_becomes_an_image():
    assert plain('{{< figure src="a.png" title="The queue" >}}') == "![The queue](a.png)"


def test_code_is_left_alone():
    text = '```\n{{< ref "a" >}}\n:::note\n```\n`{{< ref "b" >}}` and {{ namespace }}\n'
    assert plain(text) == text


def test_what_nobody_knows_is_left_and_named():
    text, unknown = plain_markdown("{{< youtube abc >}} and {{< grafana id=3 >}}\n")
    assert text == "{{< youtube abc >}} and {{< grafana id=3 >}}\n"
    assert unknown == ("grafana", "youtube")


def test_a_mark_without_its_partner_is_no_mark():
    for text in (":::note\nnever closed\n", "{{% notice %}}\nnever closed\n", ":::\n"):
        assert "never closed" in plain(text) or text == ":::\n"
        assert not plain(text).startswith(">")


def test_windows_line_ends_stay():
    assert plain(":::note\r\ntext\r\n:::\r\n") == "> **Note**\r\n>\r\n> text\r\n\r\n"


def test_ten_thousand_openings_do_not_take_for_ever():
    for mark in (
        ":::note\n",
        "{{% notice %}}\n",
        "!!! note\n    ",
        "{{< ref ",
        "````\n",
        ":::note\n:::\n",
    ):
        plain_markdown(mark * 10_000 + "end")


LINES = st.sampled_from(
    [
        "alpha beta",
        ":::note",
        ":::warning gamma",
        ":::",
        "{{% notice info %}}",
        "{{% /notice %}}",
        '!!! tip "delta"',
        "    epsilon",
        "        zeta",
        "```",
        "- eta",
        "1. theta",
        "",
        "{{< hint >}}iota{{< /hint >}}",
        '=== "kappa"',
        "{{< highlight sh >}}",
        "{{< /highlight >}}",
        "<Admonition>",
        "</Admonition>",
    ]
)
WORDS = re.compile("alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa")


@given(st.lists(LINES, max_size=30))
def test_no_word_is_lost_however_the_marks_are_mixed(lines):
    text = "\n".join(lines)
    assert WORDS.findall(plain_markdown(text)[0]) == WORDS.findall(text)
