"""Values from alerts in commands: real shells must read back exactly what the label held."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbooks.document import VARIABLE
from runbooks.variables import (
    BUTTON_OPEN,
    CAPTION,
    FIGURE_OPEN,
    MAX_VALUE,
    clean,
    contexts,
    fill,
    placeholder,
    quote,
)

HOSTILE = (
    "api-server (eu-north)",
    "x; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "'; touch owned; '",
    '"; touch owned; "',
    "\\'; touch owned #",
    '\\"; touch owned #',
    "a' b\" c` d$ e\\",
    "ends in a backslash\\",
    "$HOME ${HOME} $((1+1)) !! !$",
    "| touch owned &",
    "EOF",
    "--all",
    "-rf /",
    "~root/*?[a]",
    "<img src=x onerror=alert(1)>",
    "ünïcode 日本 ✓",
    "{{ other }}",
    "=ls",
)

#: Every place in which a value is written, after printing a separator each.
SCRIPT = """
printf '%s' {{ v }}; printf '\\001'
printf '%s' "{{ v }}"; printf '\\001'
printf '%s' '{{ v }}'; printf '\\001'
printf '%s' "<"{{ v }}'>' | sed 's/^<//; s/>$//'; printf '\\001'
app={{ v }} sh -c 'printf "%s" "$app"'; printf '\\001'
printf '%s' "$(printf '%s' {{ v }})"; printf '\\001'
printf '%s' "$(printf '%s' "{{ v }}")"; printf '\\001'
printf '%s' "`printf '%s' {{ v }}`"; printf '\\001'
printf '%s' "`printf '%s' \\"{{ v }}\\"`"; printf '\\001'
printf '%s' "`printf '%s' '{{ v }}'`"; printf '\\001'
sh -c 'printf "%s" "{{ v }}"'; printf '\\001'
sh -c "printf '%s' '{{ v }}'"; printf '\\001'
sh -c "printf '%s' {{ v }}"; printf '\\001'
sh -c 'sh -c "printf %s {{ v }}"'; printf '\\001'
eval printf %s {{ v }}; printf '\\001'
eval "printf '%s' \\"{{ v }}\\""; printf '\\001'
cat <<EOF | tr -d '\\n' | sed 's/^<//; s/>$//'
<{{ v }}>
EOF
printf '\\001'
cat <<'EOF' | tr -d '\\n' | sed 's/^<//; s/>$//'
<{{ v }}>
EOF
printf '\\001'
sh <<EOF
printf '%s' {{ v }} # {{ v }}
EOF
printf '\\001'
sh <<'EOF'
printf '%s' "{{ v }}"
EOF
printf '\\001'
# a comment on {{ v }} does nothing
if true; then { printf '%s' {{ v }}; } | cat; fi; printf '\\001'
"""

SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]


def figure(command: str, language: str = "sh", number: int = 1) -> str:
    """A command as a rendering holds it."""
    kinds = iter(contexts(command, language))
    parts, at = [], 0
    for variable in VARIABLE.finditer(command):
        parts += [
            html.escape(command[at : variable.start()]),
            placeholder(variable[1], next(kinds)),
        ]
        at = variable.end()
    code = "".join([*parts, html.escape(command[at:])])
    caption = CAPTION.format(number=number)
    return (
        f"{FIGURE_OPEN}<pre><code>{code}</code></pre>{caption}{BUTTON_OPEN}Copy</button></figure>"
    )


def copied(filled: str) -> str:
    """What the Copy button would put on the clipboard."""
    code = filled.partition("<pre><code>")[2].partition("</code></pre>")[0]
    return html.unescape(re.sub(r"<[^>]*>", "", code))


def run(shell: str, script: str, folder: str) -> str:
    done = subprocess.run(
        [shell],
        input=script.encode("utf-8", "surrogateescape"),
        capture_output=True,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder},
        timeout=30,
        check=False,
    )
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode()


shell_texts = st.text(
    st.sampled_from(list("ab1 '\"\\$`!;&|<>(){}[]*?~#=%^-_.,:/@\n\t\x1b\u202e\u200bé日"))
    | st.characters(),
    min_size=1,
    max_size=40,
)


@pytest.mark.parametrize("shell", SHELLS)
@given(value=shell_texts.filter(clean))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_real_shell_reads_back_the_value_wherever_it_stands(shell, value, tmp_path):
    filled = fill(figure(SCRIPT), {"v": value})
    assert not filled.missing
    read = run(shell, copied(filled.html), str(tmp_path)).split("\x01")
    assert read[:-1] == [clean(value)] * (SCRIPT.count("\\001"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_label_does_nothing_but_stand_there(shell, value, tmp_path):
    filled = fill(figure(SCRIPT), {"v": value})
    read = run(shell, copied(filled.html), str(tmp_path)).split("\x01")
    assert set(read[:-1]) == {value}
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not on this machine")
def test_an_exclamation_mark_recalls_no_history_where_people_type(tmp_path):
    value = "a!b !! !touch"
    script = copied(
        fill(figure('printf "%s" "{{ v }}" >out; printf %s {{ v }} >>out'), {"v": value}).html
    )
    subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input=f"set -H\ntouch old\n{script}\nexit\n".encode(),
        capture_output=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HISTFILE": "/dev/null"},
        timeout=30,
        check=False,
        start_new_session=True,
    )
    assert (tmp_path / "out").read_text() == value * 2


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("kubectl get {{ a }} -n \"{{ b }}\" -o '{{ c }}'", ["bare", "double", "single"]),
        ("ssh -p 22 {{ host }} systemctl restart {{ unit }}", ["bare", "bare bare"]),
        ('ssh web1 "cat {{ file }}"', ["double bare"]),
        ("kubectl exec {{ pod }} -- sh -c 'cat \"{{ file }}\"'", ["bare", "single double"]),
        ("psql <<SQL\nselect {{ pid }};\nSQL\necho {{ a }}", ["heredoc", "bare"]),
        ("psql <<-'SQL'\n\tselect {{ pid }};\n\tSQL\necho {{ a }}", ["raw", "bare"]),
        ("bash -s <<'EOF'\necho \"{{ a }}\"\nEOF", ["raw double"]),
        ('echo `cat {{ a }}` "$(cat {{ b }})"', ["ticks bare", "bare"]),
        ("# look at {{ a }} first\nls {{ b }}", ["bare", "bare"]),
        ("NS={{ ns }} kubectl -n $NS get {{ a }}", ["bare", "bare"]),
        ("ls | grep {{ a }} > {{ b }} && rm {{ c }}", ["bare", "bare", "bare"]),
    ],
)
def test_each_place_has_its_kind_of_quoting(command, expected):
    assert contexts(command, "sh") == expected


@pytest.mark.parametrize(
    "command",
    [
        "{{ a }} --now",  # a label would choose the command
        "sudo -u x sh -c '{{ a }}'",
        "ssh web1 {{ a }}",
        "echo \\{{ a }}",
        "echo $'{{ a }}'",
        "echo $(( {{ a }} + 1 ))",
        "(( {{ a }} > 1 ))",
        "echo ${x:-{{ a }} }",
        'echo "never closed {{ a }}',
        "echo {{ a }}>file",  # 2>file
        "cat <<EOF\n{{ a }}\nEOF",  # the label EOF
        "cat <<EOF\nE{{ a }}\nEOF",
        "cat <<EOF\nno end {{ a }}",
        "echo $(case x in x) echo {{ a }};; esac)",
        "# don't {{ a }}",
        "echo $[ {{ a }} ]",
        "$(" * 5_000 + "{{ a }}",
        "`" * 4_001 + "{{ a }}",
    ],
)
def test_where_quoting_cannot_help_only_a_person_may_put_a_value(command):
    assert contexts(command, "sh") == ["typed"]
    filled = fill(figure(command), {"a": "prod"})
    assert filled.missing == ("a",)
    assert "prod" not in filled.html


def test_another_language_is_left_as_it_is_but_marked():
    command = "select * from t where name = '{{ a }}'"
    assert contexts(command, "sql") == ["raw"]
    filled = fill(figure(command, "sql"), {"a": "x'; drop table t; --"})
    assert copied(filled.html) == "select * from t where name = 'x'; drop table t; --'"
    assert 'class="quoted"' in filled.html
    assert "read it before you run this" in filled.html


@pytest.mark.parametrize(
    ("command", "language"),
    [
        ("awk '/{{ a }}/ { print }' log", "sh"),
        ("python3 -c \"print('{{ a }}')\"", "sh"),
        ("python3 - <<'EOF'\nprint('{{ a }}')\nEOF", "sh"),
        ("print('{{ a }}')", "python"),
    ],
)
def test_a_program_in_another_language_takes_only_plain_values_from_a_label(command, language):
    assert contexts(command, language)[0].endswith("plain")
    assert fill(figure(command, language), {"a": "pod-1"}).used == {"a": "pod-1"}
    assert fill(figure(command, language), {"a": "x') or exit('"}).missing == ("a",)


@pytest.mark.parametrize(
    "command",
    [
        "echo {{ a }} | sh",
        "{ echo {{ a }}; } | ssh web1 bash",
        "cat <<EOF | bash\nls {{ a }}\nEOF",
        'eval "$(minikube -p {{ a }} docker-env)"',
        "bash <(echo {{ a }})",
        "bash <<< {{ a }}",
        "echo {{ a }} | while read -r l; do eval $l; done",
        "sh -c $SCRIPT {{ a }}",
    ],
)
def test_what_reaches_a_shell_through_other_hands_is_typed(command):
    assert contexts(command, "sh") == ["typed"]


def test_a_pipe_into_an_ordinary_loop_changes_nothing():
    command = (
        "kubectl -n {{ a }} get po | while read -r p; do kubectl -n {{ a }} delete po $p; done"
    )
    assert contexts(command, "sh") == ["bare", "bare"]


def test_characters_that_a_terminal_obeys_or_nobody_sees_are_taken_out_and_said():
    value = "po\x1b[2Jd\n\r\x00\u202e\u200b\ufeff\u2028\u3164-1"
    assert clean(value) == "po[2Jd-1"
    filled = fill(figure("kubectl get pod {{ a }}"), {"a": value})
    assert copied(filled.html) == "kubectl get pod 'po[2Jd-1'"
    assert "hidden characters, now taken out" in filled.html


def test_a_plain_value_stands_as_it_is_and_is_not_marked():
    filled = fill(figure("kubectl -n {{ ns }} get pods"), {"ns": "prod-eu_1.a:b/c"})
    assert '<var data-name="ns" data-quote="bare">prod-eu_1.a:b/c</var>' in filled.html
    assert (filled.used, filled.missing, filled.quoted) == ({"ns": "prod-eu_1.a:b/c"}, (), ())
    assert "figcaption" not in filled.html
    assert "disabled" not in filled.html


def test_a_value_in_quotes_is_marked_and_the_reason_said_in_words():
    filled = fill(figure("psql -v app={{ app }}"), {"app": "api-server (eu-north)"})
    assert filled.quoted == ("app",)
    assert (
        "1 value is in quotes because the alert’s label held a space and brackets.</figcaption>"
        in filled.html
    )
    assert copied(filled.html) == "psql -v app='api-server (eu-north)'"


def test_several_values_in_quotes_are_counted_once_each():
    filled = fill(figure("x {{ a }} {{ b }} {{ a }}"), {"a": "1 2", "b": "$3"})
    assert (
        "2 values are in quotes because the alert’s labels held a space and a dollar sign."
        in filled.html
    )


def test_a_value_that_looks_like_an_option_is_marked():
    assert quote("--all", "bare") == ("'--all'", True)
    filled = fill(figure("kubectl delete pod {{ a }}"), {"a": "--all"})
    assert "a dash in front, which makes it an option" in filled.html


def test_a_missing_value_has_an_input_of_its_own_and_stops_copying_until_typed():
    page = figure("kill {{ pid }} {{ pid }} {{ sig }}", number=7) + figure("ps {{ pid }}", number=8)
    filled = fill(page, {})
    assert filled.missing == ("pid", "sig")
    assert filled.html.count("data-copy data-needs disabled") == 2
    ids = re.findall(r' id="([^"]+)"', filled.html)
    assert ids == ["fill-7-pid", "fill-7-sig", "fill-8-pid"]
    assert re.findall(r'label for="([^"]+)"', filled.html) == ids
    assert "Type them to copy the command." in filled.html
    assert 'class="missing" title="Type it once on this page">pid</var>' in filled.html


def test_one_command_that_misses_a_value_does_not_stop_the_others():
    page = (
        f'<p class="undo">{placeholder("c", "bare")}</p>'
        + figure("a {{ a }}")
        + figure("b {{ b }}")
    )
    filled = fill(page, {"b": "1"})
    first, second = filled.html.split("</figure>")[:2]
    assert "disabled" in first
    assert "disabled" not in second
    assert "figcaption" not in second


@pytest.mark.parametrize("value", ["", "\x1b\n", "x" * (MAX_VALUE + 1)])
def test_an_empty_or_endless_value_counts_as_missing(value):
    assert fill(figure("ls {{ a }}"), {"a": value}).missing == ("a",)


@given(value=st.text(max_size=60))
def test_no_value_writes_html(value):
    filled = fill(figure('ls {{ a }} "{{ a }}"'), {"a": value})
    outline = re.findall(r"<[^>]*>", re.sub(r'title="[^"<>]*"', "", filled.html))
    names = {re.match(r"</?(\w+)", tag)[1] for tag in outline}
    own = {"figure", "pre", "code", "var", "figcaption", "button", "label", "input", "span"}
    assert names <= own


def test_html_without_variables_is_given_back_untouched():
    page = "<p>data and <var>name</var></p>"
    assert fill(page, {"a": "b"}).html is page


def test_a_long_command_is_read_once():
    command = "echo 'a b' \"$(date)\" # x\n" * 20_000 + "{{ a }}"
    assert contexts(command + " y", "sh") == ["typed"]
    assert contexts("echo " + command.replace("{{ a }}", "echo {{ a }}"), "sh") == ["bare"]


def test_fill_needs_no_third_party_module_beyond_the_parser():
    code = "import sys, runbooks.variables; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
