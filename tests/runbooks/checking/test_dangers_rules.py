"""Commands that destroy."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import (
    DESTRUCTIVE_BEFORE_OBSERVE,
    DESTRUCTIVE_OUTSIDE_STEP,
    DESTRUCTIVE_WITHOUT_UNDO,
    TIER_TOO_LOW,
)
from tests.checked import found, lines

DELETES = "## Resolution\n1. Delete it. {}\n   ```sh\n   kubectl -n shop delete pod x\n   ```\n"


def test_a_command_that_destroys_is_marked_undone_and_looked_at_first():
    codes = {f.code for f in found(DELETES.format(""))}
    wanted = {TIER_TOO_LOW, DESTRUCTIVE_WITHOUT_UNDO, DESTRUCTIVE_BEFORE_OBSERVE}
    assert wanted <= codes
    marked = "## Diagnosis\n1. Look.\n" + DELETES.format('{.destructive undo="none"}')
    assert not wanted & {f.code for f in found(marked)}


def test_a_step_marked_destructive_needs_a_way_back_whatever_its_command():
    text = "## Resolution\n1. Revoke the key. {.destructive}\n   ```sh\n   wrenctl keys revoke x\n   ```\n"
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, text) == [2]
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, text + "   There is no undo.\n") == []


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("Delete it with `kubectl -n shop delete pod x`.", True),
        ("Then run `redis-cli flushall`.", True),
        ("Run `flagctl delete search`.", True),
        ("Scale with `kubectl scale deploy x --replicas=0`.", True),
        ("Never run `flagctl delete search`.", False),
        ("The flag `flagctl delete` is gone.", False),
        ("Never run `rm -rf /data` here.", False),
        ("To undo it, run `kubectl delete deployment x`.", False),
        ("Delete it with `kubectl delete pod x`. {.destructive}", False),
        ("The log says `delete from` now and then.", False),
    ],
)
def test_a_command_within_a_sentence_destroys_like_one_in_a_block(words: str, is_found: bool):
    assert bool(lines(TIER_TOO_LOW, f"## Resolution\n1. {words}\n")) is is_found


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("Delete it to restore the service.", True),
        ("Delete it; be careful.", True),
        ("Delete it to force a restart.", False),
        ("Delete it; a new one is created automatically.", False),
        ("Delete it. The data is lost.", False),
        ("Delete it. To go back, apply it again.", False),
        ("Delete it to trigger its re-issuance.", False),
        ("Delete it and let it re-register.", False),
        ("If the replica is behind, restart it.", False),
        ("Recycle the pod.", False),
        ("Delete it if the pod is permanently down.", True),
    ],
)
def test_the_way_back_may_be_told_in_words(words: str, is_found: bool):
    text = DELETES.replace("Delete it. {}", f"{words} {{.destructive}}")
    assert bool(lines(DESTRUCTIVE_WITHOUT_UNDO, text)) is is_found


def test_a_block_outside_every_step_is_found_and_one_within_is_not():
    text = """\
        ## Mitigation
        Before you begin:
        ```sh
        rm -rf /var/cache/x
        ```

        1. Look.
           ```sh
           rm -rf /var/cache/y
           ```

        ~~~
        DROP TABLE x;
        ~~~
        """
    assert lines(DESTRUCTIVE_OUTSIDE_STEP, text) == [3, 12]


def test_what_is_deleted_and_made_again_in_one_step_is_not_gone():
    made = DELETES.replace("Delete it. {}", "Run it anew. {{.destructive}}").format()
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, made) == [2]
    again = made.replace("pod x\n", "job x\n   kubectl -n shop apply -f job.yaml\n")
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, again) == []
