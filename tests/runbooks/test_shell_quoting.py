"""Commands that hand their words on, and values that try to be commands: run by real shells."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbooks.document import VARIABLE
from runbooks.variables import contexts, fill, placeholder
from tests.runbooks.test_variables import copied

SHELLS = [shell for shell in ("dash", "bash", "zsh") if shutil.which(shell)]
VALUES = (
    "'; touch owned; '",
    '"; touch owned; "',
    "$(touch owned)",
    "`touch owned`",
    "; touch owned ;",
    "& touch owned &",
    "| touch owned",
    "\\'; touch owned #",
    '\\"; touch owned #',
    "\\`touch owned\\`",
    "\\\\$(touch owned)",
    "a'$(touch owned)'b",
    'a"$(touch owned)"b',
    "'\"`touch owned`\"'",
    "}; touch owned; ${",
    "x) touch owned ;;",
    "E",
)
#: Each once let a value out.
ONCE_OPEN = (
    "echo a 2>&1{{ v }}",
    'echo a 2>&1"b {{ v }}"',
    "sh -c {{ v }}x $'",
    "eval sh -c {{ v }}",
    '$"bash" -c >/dev/null {{ v }}',
    '$""bash -c x={{ v }}',
    "\\\n eval x={{ v }}",
    "echo $\\\n{{ v }}",
    "bash <<E\na{{ v }}\\\nE\necho {{ v }}\nE\n",
    "bash -c sh <<<{{ v }}",
    "bash -c 'sh' <<'E'\necho {{ v }}\nE\n",
    "bash <<E\n$x{{ v }} $[\nE\n",
    "sh -c $nothing {{ v }}",
    "bash -c $nothing -c {{ v }}",
    "echo $(($(echo)<<<x{{ v }}))",
    "echo {{ v }} | sh",
    "{ echo {{ v }}; } | bash -s",
    "cat <<E | sh\n: {{ v }}\nE\n",
    "cat <<E |\n: {{ v }}\nE\nsh",
    "echo {{ v }} | while read -r line; do eval $line; done",
    'eval "$(echo echo {{ v }})"',
    "bash <(echo echo {{ v }})",
    "x='a'; trap 'echo {{ v }}' EXIT",
    "ssh web1 echo {{ v }}",
    "ssh -p 22 web1 \"echo '{{ v }}'\"",
    "ssh web1 <<'E'\necho {{ v }}\nE\n",
    "ssh web1 sh -c \"'echo {{ v }}'\"",
    "awk 'BEGIN { print \"{{ v }}\" }'",
    "$SHELL -c 'echo {{ v }}'",
    "echo {{ v }} | xargs -I{} sh -c 'echo {}'",
)
PIECES = (
    *("'", '"', "`", "$(", ")", "\\", "\\\\", " ", " ", "\n", ";", "|", "&&", "(", "{ "),
    *("; }", "# ", "$x", '"$x"', "{{ v }}", "{{ v }}", "{{ v }}", "echo ", "printf %s "),
    *("eval ", "sh -c ", "bash -c ", "ssh h ", "watch ", "cat <<E\n", "cat <<'E'\n"),
    *("bash <<E\n", "sh <<'E'\n", "\nE\n", "|sh", "|bash -s", "<<<", "2>&1", "a", "x="),
    *("\\'", '\\"', "\\`", "\\\n", "$'", '$"', "${x:-", "}", "$((", "))", "case a in a) "),
    *(";; esac", "eval $(", "if true; then ", "; fi", "| while read l; do ", "; done"),
    *("bash <(", "$SHELL -c ", "xargs sh -c ", "awk '"),
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `ssh` and `watch` do with their words what the real ones do, on this machine."""
    folder = tmp_path_factory.mktemp("programs")
    scripts = {
        "ssh": 'while [ "${1#-}" != "$1" ]; do shift 2; done\n'
        'shift; [ $# -gt 0 ] && exec sh -c "$*"\nexec sh',
        "watch": 'exec sh -c "$*"',
    }
    for name, body in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def filled(command: str, value: str) -> str:
    """The command as it would be copied; a person typed a harmless word where no label may stand."""
    kinds = iter(contexts(command, "sh"))
    marked = VARIABLE.sub(
        lambda found: placeholder(found[1], next(kinds)), escape(command, quote=False)
    )
    page = fill(f"<pre><code>{marked}</code></pre>", {"v": value})
    return copied(page.html)


def assert_harmless(command: str, value: str, folder: Path, path: str) -> None:
    text = filled(command, value)
    for shell in SHELLS:
        subprocess.run(
            [shell, "-c", text],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            env={"PATH": path, "SHELL": "/bin/sh"},
            timeout=30,
            check=False,
        )
        assert not (folder / "owned").exists(), f"{shell} ran {value!r} in {text!r}"


@pytest.mark.parametrize("command", ONCE_OPEN)
def test_a_value_that_once_got_out_stays_where_it_is(command, tmp_path, programs):
    for value in VALUES:
        assert_harmless(command, value, tmp_path, programs)


@given(
    command=st.lists(st.sampled_from(PIECES), min_size=2, max_size=14).map("".join),
    value=st.sampled_from(VALUES),
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_no_mixture_of_shell_lets_a_value_out(command, value, tmp_path, programs):
    # A folder for each: what a background process of one example does late is not laid to the next.
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    command += " {{ v }}"
    assert_harmless(command, value, folder, programs)
