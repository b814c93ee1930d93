"""What a Copy button takes along of a terminal's transcript, and what only stands there to be read."""

from __future__ import annotations

import pytest

from runbooks.document import parse
from runbooks.drawing.plain_lines import plain_lines
from runbooks.drawing.transcripts import typed_text
from runbooks.rendering import render


@pytest.mark.parametrize(
    ("block", "language", "typed"),
    [
        ("$ kubectl get nodes", "", "kubectl get nodes"),
        ("$ kubectl get nodes\nNAME  STATUS\n$ df -h", "sh", "kubectl get nodes\ndf -h"),
        ("# systemctl status x\nactive", "console", "systemctl status x"),
        ("root@db-1:~# df -h /var\n/dev/sda1 9%", "console", "df -h /var"),
        ("$ kubectl get \\\n> pods\n> GET /", "sh", "kubectl get \\\npods"),
        ("$ cat <<EOF\na\nEOF\nout", "sh", "cat <<EOF\na\nEOF"),
        ("$ psql -c 'select 1\n  from x'\n 1", "sh", "psql -c 'select 1\n  from x'"),
        ("$ echo it's\nout", "sh", "echo it's"),
        ("PS> Get-Service\nPS C:\\logs> dir", "powershell", "Get-Service\ndir"),
    ],
)
def test_prompts_and_answers_are_not_typed(block, language, typed):
    assert typed_text(block, language) == typed


@pytest.mark.parametrize(
    ("block", "language"),
    [
        ("kubectl get nodes\ndf -h", "sh"),
        ("# look at the disk first\ndf -h /var", "console"),
        ("# kubectl get pods\nkubectl get nodes -o wide", "console"),
        ("$HOME/bin/check --all", "sh"),
        ("# a heading: value", "yaml"),
    ],
)
def test_a_block_without_prompts_is_typed_as_it_stands(block, language):
    assert typed_text(block, language) == block


def drawn(step):
    return render(parse(f"---\ntitle: T\n---\n## Diagnosis\n{step}")).steps_html


def test_a_prompt_is_marked_and_no_text_is_lost():
    html = drawn("1. Look.\n   ```sh\n   $ kubectl -n {{ ns }} get <x\n   it's {{ ns }}\n   ```\n")
    assert '<span class="prompt">$ </span>kubectl' in html
    assert '<span class="output">it\'s {{ ns }}</span>' in html
    assert plain_lines(html)[-2:] == ["$ kubectl -n ns get <x", "it's {{ ns }}"]


def test_an_apostrophe_in_an_answer_quotes_no_later_command():
    html = drawn("1. Look.\n   ```\n   $ ls -l /\n   it's\n   $ cat {{ file }}\n   ```\n")
    assert 'data-name="file" data-quote="bare"' in html


def test_a_command_in_a_steps_sentence_can_be_copied_and_a_name_cannot():
    html = drawn("1. Check via `kubectl -n $NS describe pod $POD` in `kube-system`, see `top`.\n")
    assert html.count('aria-label="Copy command"') == 1
    assert '<span class="run"><code>kubectl <span>-n</span> $NS describe pod $POD</code>' in html
    assert "<code>kube-system</code>" in html


def test_a_button_in_a_title_does_not_break_its_line():
    page = render(
        parse("---\ntitle: T\n---\n## Diagnosis\n1. Check `kubectl get pods` for restarts.\n")
    )
    assert page.index[0]["title"] == "Check kubectl get pods for restarts."


def test_an_expected_answer_has_nothing_to_copy_and_a_link_holds_no_button():
    html = drawn("1. Look.\n   Expect: `kubectl get nodes` says Ready.\n")
    assert "Copy command" not in html
    assert "Copy command" not in drawn("1. See [`kubectl get pods`](https://x.example).\n")
