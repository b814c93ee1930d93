"""What was meant to be filled in and never was."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import PLACEHOLDER
from tests.checked import lines


@pytest.mark.parametrize(
    "line",
    [
        "TODO",
        "- TBD",
        "FIXME: which host?",
        "To be added.",
        "errors in the last XX minutes",
        "Call xxx at night.",
        "Lorem ipsum dolor sit amet",
        "tbd",
        "???",
        "Phone: ______",
        "Phone: +1-XXX-XXX-XXXX",
        "[TEAM NAME]",
        "Insert screenshot here",
        "Owner: <name>",
        "`kubectl -n NAMESPACE get pods`",
        "`kubectl logs [pod-name]`",
        "`kubectl logs {pod_name}`",
        "Coming soon",
        "Run `kubectl -n <my-namespace> get pods`.",
        "Page <your-team>.",
        "[insert the dashboard]",
        "Who cannot do what while it lasts, and what is safe.",
    ],
)
def test_what_was_never_filled_in_is_found(line: str):
    assert lines(PLACEHOLDER, f"## Impact\n{line}\n") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "java -XX:+UseG1GC gives 5XX and HTTP/2.",
        "`kubectl -n $NAMESPACE get pods` and `{{ namespace }}`",
        "drwxrwxrwx is wrong.",
        "<details><summary>More</summary>",
        "A <b>bold</b> word, an <https://example.org/x> and <me@example.org>.",
        "The label is `<namespace>/<name>`.",
        "x < y and y > z",
        "`a <none> b` is what kubectl prints.",
        "[a link](https://example.org) and [ref][your-ref]",
        "It has to be done by noon tomorrow.",
        "cat <<EOF > file",
        "The todo list of the team is in Jira.",
        "Insert a coin; add the node here and there.",
        "[ERROR] in the log, and [x] done",
        "[TODO](#todo)",
        "Commands like `knife <action>` need a key.",
        '```sh\necho "Usage: $0 <revision>"\n```',
        "```sh\nset-state edge-1 <ready|drain|maint>\n```",
        "```text\n<shift-t>  sort by restarts\n```",
        "```sh\nread -r POD_NAME && kubectl logs $POD_NAME\n```",
        "```sh\ncurl -w '%{http_code}' x${HOST}; git show HEAD@{1}; awk '{print $1}'\n```",
    ],
)
def test_what_only_looks_like_a_placeholder_is_left_alone(line: str):
    assert lines(PLACEHOLDER, f"## Impact\n{line}\n") == []


def test_a_name_in_capitals_in_a_command_is_found():
    assert lines(PLACEHOLDER, "## Impact\n```sh\nkubectl logs POD_NAME\n```\n") == [3]
    assert lines(PLACEHOLDER, "## Impact\n```yaml\nname: POD_NAME\n```\n") == []


def test_the_front_matter_is_read_too():
    text = """\
        ---
        title: TBD
        owner: your-user-name
        alerts: [<alert>]
        also: [TODO, "what users type"]
        services: [todo-service]  # TODO later
        ---
        """
    assert lines(PLACEHOLDER, text.replace("  # TODO later", "")) == [2, 3]
    assert lines(PLACEHOLDER, text.replace("<alert>", "<alert name>")) == [2, 3, 4, 6]


def test_a_name_in_angle_brackets_is_told_once_and_a_line_to_write_each_time():
    text = """\
        ```sh
        ssh <node>
        ssh <node> && ssh <other node>
        ```
        TODO
        TODO
        ```xml
        <service-name>
        ```
        """
    assert lines(PLACEHOLDER, text) == [2, 3, 5, 6]
