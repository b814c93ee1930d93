"""Images and files come along by what they hold; nothing outside the tree ever does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.importing import attachments
from runbooks.importing.attachments import carry, named_paths, type_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    (root / "k" / "img").mkdir(parents=True)
    (root / "static").mkdir()
    (root / "k" / "img" / "a b.png").write_bytes(PNG)
    (root / "top.png").write_bytes(PNG)
    (root / "static" / "s.png").write_bytes(PNG)
    (tmp_path / "outside.png").write_bytes(PNG)
    return root


def carried(tree, body):
    found, notes = carry(body, folder="k", root=tree)
    return {one.path: one.content_type for one in found}, notes


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("![x](img/a%20b.png)", "img/a b.png"),
        ("![x](<img/a b.png> 'title')", "img/a b.png"),
        ("![x](./img/a%20b.png#part)", "img/a b.png"),
        ("[![x](img/a%20b.png)](https://shop.example)", "img/a b.png"),
        ('<img alt="x" src="../top.png">', "../top.png"),
        ("![x][id]\n\n[id]: ../top.png", "../top.png"),
        ("![x](/s.png)", "s.png"),
    ],
)
def test_what_the_text_names_comes_along(tree, body, path):
    assert carried(tree, body) == ({path: "image/png"}, [])


@pytest.mark.parametrize(
    "body",
    [
        "![x](../../outside.png)",
        "![x](%2e%2e/%2e%2e/outside.png)",
        "![x](../k/../../outside.png)",
        "![x](link.png)",
        "![x](folder/outside.png)",
    ],
)
def test_nothing_outside_the_tree_comes_along(tree, tmp_path, body):
    (tree / "k" / "link.png").symlink_to(tmp_path / "outside.png")
    (tree / "k" / "folder").symlink_to(tmp_path)
    found, notes = carried(tree, body)
    assert not found
    assert "outside the folder" in notes[0]


def test_a_hidden_file_stays_behind(tree):
    (tree / ".git").mkdir()
    (tree / ".git" / "config").write_text("[remote]\nurl = https://token@git.example\n")
    found, notes = carried(tree, "[config](../.git/config)")
    assert not found
    assert "hidden" in notes[0]


def test_a_missing_image_is_named_and_a_missing_link_is_none_of_our_business(tree):
    found, notes = carried(tree, "![x](gone.png) [y](gone.txt) [z](Other.md)")
    assert not found
    assert notes == ["The image gone.png is not there."]


def test_a_loop_of_links_is_a_missing_image(tree):
    (tree / "k" / "loop.png").symlink_to(tree / "k" / "loop.png")
    assert carried(tree, "![x](loop.png)") == ({}, ["The image loop.png is not there."])


def test_other_addresses_and_code_are_not_files(tree):
    body = "![x](https://shop.example/top.png) [y](#top) `![z](../top.png)`\n```\n![q](../top.png)\n```\n"
    assert carried(tree, body) == ({}, [])


def test_a_file_that_is_too_long_stays_behind(tree, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", 10)
    found, notes = carried(tree, "![x](../top.png)")
    assert not found
    assert "bytes" in notes[0]


def test_so_many_files_come_along_and_no_more(tree, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_FILES", 3)
    for number in range(5):
        (tree / "k" / f"{number}.png").write_bytes(PNG)
    found, notes = carried(tree, " ".join(f"![x]({n}.png)" for n in range(5)))
    assert len(found) == 3
    assert "first 3" in notes[0]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b"plain words\n", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"PK\x03\x04" + b"\0" * 30, None),
        (b"\x1f\x8b\x08\0\0", None),
        (b"\x7fELF\x02", None),
        (b"\xff\xfe\x00", None),
        (b"", None),
    ],
)
def test_a_file_is_what_is_in_it_and_not_what_it_is_called(content, kind):
    assert type_of(content) == kind


def test_a_zip_called_png_stays_behind(tree):
    (tree / "k" / "bomb.png").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    found, notes = carried(tree, "![x](bomb.png)")
    assert not found
    assert "neither a picture" in notes[0]


@given(st.text(alphabet="![]()<>`~\n ab/.#:\"'%", max_size=300))
def test_any_text_is_looked_through_without_an_error(body):
    for path, _ in named_paths(body):
        assert path


def test_a_hostile_megabyte_is_looked_through():
    for part in ("![", "](", "`", "<img src=", "[a]: ", "![a](b) "):
        list(named_paths(part * (1_000_000 // len(part))))
