"""A tree is walked in a stable order, and nothing in it can catch or lead out the one who walks."""

import json
import os

import pytest

from runbooks.importing import scanning


def tree_of(root, *names):
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n")
    return scanning.scan(root)


def slugs_of(tree, known=None):
    return {found.name: slug for found, slug, _ in scanning.slugs(tree, known or {})}


def test_markdown_of_every_kind_is_found_the_nearest_first(tmp_path):
    tree = tree_of(
        tmp_path, "b/x.md", "a.mdx", "c.markdown", "b/y.html.md.erb", "z.txt", ".git/q.md"
    )
    assert [found.name for found in tree.found] == [
        "a.mdx",
        "c.markdown",
        "b/x.md",
        "b/y.html.md.erb",
    ]


def test_the_slug_is_the_file_name(tmp_path):
    tree = tree_of(
        tmp_path, "k/KubePodCrashLooping.md", "disk full.md", "queue/index.md", "y.html.md.erb"
    )
    assert slugs_of(tree) == {
        "k/KubePodCrashLooping.md": "kubepodcrashlooping",
        "disk full.md": "disk-full",
        "queue/index.md": "queue",
        "y.html.md.erb": "y",
    }


def test_of_two_files_of_one_name_the_second_takes_its_folder_along(tmp_path):
    tree = tree_of(tmp_path, "a/disk.md", "b/disk.md", "c/b/disk.md")
    said = {found.name: (slug, note) for found, slug, note in scanning.slugs(tree, {})}
    assert said["a/disk.md"] == ("disk", "")
    assert said["b/disk.md"][0] == "b-disk"
    assert said["c/b/disk.md"][0] == "c-b-disk"
    assert "/r/b-disk" in said["b/disk.md"][1]


def test_a_file_keeps_the_slug_that_an_earlier_import_gave_it(tmp_path):
    tree = tree_of(tmp_path, "a/disk.md", "b/disk.md")
    assert slugs_of(tree, {"b/disk.md": "disk"}) == {"a/disk.md": "a-disk", "b/disk.md": "disk"}


def test_a_loop_of_folders_is_not_followed(tmp_path):
    tree_of(tmp_path, "a/x.md")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    tree = scanning.scan(tmp_path)
    assert [found.name for found in tree.found] == ["a/x.md"]
    assert tree.left_out == [("a/again", "A link to a folder is not followed.")]


def test_a_link_out_of_the_folder_is_not_read(tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text("hidden")
    inner = tmp_path / "tree"
    inner.mkdir()
    (inner / "x.md").symlink_to(secret)
    tree = scanning.scan(inner)
    with pytest.raises(OSError, match="out of the folder"):
        scanning.read(tree.found[0], tree.root)


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "x.md").symlink_to(tmp_path / "x.md")
    tree = scanning.scan(tmp_path)
    with pytest.raises(OSError, match="nowhere"):
        scanning.read(tree.found[0], tree.root)


def test_a_pipe_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "x.md")
    tree = scanning.scan(tmp_path)
    with pytest.raises(OSError, match="no regular file"):
        scanning.read(tree.found[0], tree.root)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "x.md").open("wb") as file:
        file.truncate(scanning.MAX_BYTES + 1)
    tree = scanning.scan(tmp_path)
    with pytest.raises(OSError, match="at most"):
        scanning.read(tree.found[0], tree.root)


def test_a_name_that_is_not_utf_8_is_refused_and_named(tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.md")).write_text("x")
    tree = scanning.scan(tmp_path)
    assert not tree.found
    assert tree.refused == [("a?.md", "The name of the file is not UTF-8.")]


def test_files_that_are_no_runbooks_by_their_name_are_left_out(tmp_path):
    tree = tree_of(tmp_path, "CHANGELOG.md", "template.md", "x.md", "archetypes/default.md")
    assert [found.name for found in tree.found] == ["x.md"]


def test_a_single_file_is_a_tree_too(tmp_path):
    (tmp_path / "x.md").write_text("# x")
    assert [found.name for found in scanning.scan(tmp_path / "x.md").found] == ["x.md"]


def test_a_holmes_catalogue_describes_its_files(tmp_path):
    (tmp_path / "catalog.json").write_text(
        json.dumps({"catalog": [{"id": "1", "description": "DNS fails", "link": "dns.md"}]})
    )
    assert tree_of(tmp_path, "dns.md").described == {"dns.md": "DNS fails"}
