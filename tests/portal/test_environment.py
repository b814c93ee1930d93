from pathlib import Path

import pytest

from portal.environment import Environment, table


def test_a_flag_takes_several_words_for_yes_and_no():
    env = Environment({"A": "yes", "B": "off", "C": "1", "D": " true "})
    assert [env.flag(name, False, "") for name in "ACD"] == [True, True, True]
    assert env.flag("B", True, "") is False
    assert env.errors == []


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda env: env.flag("X", True, ""), "perhaps", "X is 'perhaps': it takes 0 or 1."),
        (lambda env: env.number("X", 5, ""), "many", "X is 'many': it takes a whole number."),
        (lambda env: env.number("X", 5, "", least=3), "2", "X is 2: it takes 3 or more."),
    ],
)
def test_a_value_that_cannot_be_read_gives_a_sentence_and_the_default(read, value, sentence):
    env = Environment({"X": value})
    assert read(env) in (True, 5)
    assert env.errors == [sentence]


def test_an_empty_value_is_no_value():
    env = Environment({"NAME": "  ", "PORT": ""})
    assert env.text("NAME", "Drillbook", "") == "Drillbook"
    assert env.number("PORT", 8000, "") == 8000


def test_words_are_split_at_commas_and_trimmed():
    env = Environment({"HOSTS": "one.example, two.example,,"})
    assert env.words("HOSTS", ("localhost",), "") == ["one.example", "two.example"]
    assert env.words("OTHER", ("localhost",), "") == ["localhost"]


def test_a_secret_comes_from_a_file_when_it_is_not_given(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("from the file\n")
    env = Environment({"KEY_FILE": str(file), "BOTH": "given", "BOTH_FILE": str(file)})
    assert env.secret("KEY", "", "") == "from the file"
    assert env.secret("BOTH", "", "") == "given"
    assert env.secret("NEITHER", "default", "") == "default"


def test_a_secret_file_that_is_missing_is_named_without_its_content(tmp_path: Path):
    env = Environment({"KEY_FILE": str(tmp_path / "nowhere")})
    assert env.secret("KEY", "default", "") == "default"
    assert env.errors == ["KEY_FILE cannot be read: No such file or directory."]


def test_the_table_never_shows_a_secrets_value():
    env = Environment({"KEY": "hunter2-hunter2"})
    env.secret("KEY", "built-in-default", "Signs things.")
    env.number("PORT", 8000, "Port.")
    page = table(env.knobs)
    assert "hunter2" not in page
    assert "built-in-default" not in page
    assert "| `PORT` | number | `8000` | Port. |" in page
