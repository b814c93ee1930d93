"""A ZIP is a stranger's: nothing of it lands outside, nothing grows without bounds."""

import io
import os
import stat
import struct
import zipfile

import pytest

from runbooks.importing.unpacking import (
    Limits,
    NotUnpacked,
    is_wanted,
    put,
    root_of,
    safe_name,
    unpack,
)


def packed(tmp_path, *entries, method=zipfile.ZIP_DEFLATED):
    """(name or ZipInfo, bytes) of each entry, as a file."""
    file = tmp_path / "upload.zip"
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content)
    return file


def unpacked(tmp_path, *entries, limits=Limits(), method=zipfile.ZIP_DEFLATED):  # noqa: B008
    target = tmp_path / "target"
    target.mkdir()
    return unpack(packed(tmp_path, *entries, method=method), target, limits), target


def there(target):
    return sorted(f.relative_to(target).as_posix() for f in target.rglob("*") if f.is_file())


def test_text_and_images_are_taken_with_their_folders(tmp_path):
    done, target = unpacked(
        tmp_path, ("runbooks/disk.md", "# Disk"), ("runbooks/img/a.png", b"\x89PNG")
    )
    assert there(target) == ["runbooks/disk.md", "runbooks/img/a.png"]
    assert (target / "runbooks/disk.md").read_text() == "# Disk"
    assert done.files == 2
    assert root_of(target) == target / "runbooks"


def test_what_is_neither_is_left_out_by_name(tmp_path):
    done, target = unpacked(tmp_path, ("a.md", "x"), ("run.exe", b"MZ"), ("deploy.sh", "rm"))
    assert there(target) == ["a.md"]
    assert [name for name, _ in done.left_out] == ["run.exe", "deploy.sh"]
    assert "only text and images" in done.left_out[0][1]


def test_of_many_such_files_a_hundred_are_named_and_the_others_counted(tmp_path):
    done, _ = unpacked(tmp_path, *((f"{n}.bin", b"x") for n in range(130)))
    assert len(done.left_out) == 100
    assert done.notes == ["30 more files are neither text nor image and were not taken."]


def test_what_a_packer_adds_is_not_even_told(tmp_path):
    done, target = unpacked(
        tmp_path,
        ("__MACOSX/._disk.md", "x"),
        (".DS_Store", "x"),
        (".git/HEAD.txt", "x"),
        ("disk.md", "x"),
    )
    assert there(target) == ["disk.md"]
    assert done.left_out == []


@pytest.mark.parametrize(
    "name", ["../../evil.md", "/etc/evil.md", "a/../../evil.md", "..\\evil.md", "C:\\evil.md"]
)
def test_a_path_that_leads_out_is_left_out(tmp_path, name):
    done, target = unpacked(tmp_path, (zipfile.ZipInfo(name), "x"), ("good.md", "y"))
    assert there(target) == ["good.md"]
    assert done.left_out[0][1] == "Its path leads out of the upload."
    assert not list(tmp_path.rglob("evil*"))


def test_a_link_is_not_taken(tmp_path):
    link = zipfile.ZipInfo("passwords.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    done, target = unpacked(tmp_path, (link, "/etc/passwd"))
    assert there(target) == []
    assert done.left_out == [("passwords.txt", "A link or special file is not taken.")]


def test_a_bomb_is_refused_whole(tmp_path):
    with pytest.raises(NotUnpacked, match="two hundred times"):
        unpacked(tmp_path, ("a.md", b"0" * 8_000_000))


def test_a_bomb_that_lies_of_its_size_is_found_out(tmp_path):
    """Its list says 100 bytes; what comes out is what counts."""
    file = packed(tmp_path, ("a.md", b"0" * 8_000_000))
    raw = bytearray(file.read_bytes())
    entry = raw.rfind(b"PK\x01\x02")
    struct.pack_into("<I", raw, entry + 24, 100)
    file.write_bytes(raw)
    target = tmp_path / "target"
    target.mkdir()
    done = unpack(file, target, Limits())
    assert sum(f.stat().st_size for f in target.rglob("*") if f.is_file()) <= 100
    assert done.size <= 100 + 256 * 1024


def test_too_many_files_and_too_much_of_them_are_refused(tmp_path):
    with pytest.raises(NotUnpacked, match="more than 2 files"):
        unpacked(tmp_path, *((f"{n}.md", b"x") for n in range(3)), limits=Limits(files=2))
    (tmp_path / "target").rmdir()
    with pytest.raises(NotUnpacked, match="larger than 0 MB"):
        unpacked(tmp_path, ("a.md", os.urandom(2000)), limits=Limits(size=1000))


def test_a_list_of_files_that_is_too_long_is_not_even_read(tmp_path):
    file = packed(tmp_path, *((f"{'n' * 300}{n}.md", b"x") for n in range(30)))
    with pytest.raises(NotUnpacked, match="more than 10 files"):
        unpack(file, tmp_path, Limits(files=10))


def test_an_encrypted_zip_says_what_to_do(tmp_path):
    file = packed(tmp_path, ("a.md", "x"))
    raw = bytearray(file.read_bytes())
    raw[6] |= 1
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(raw)
    with pytest.raises(NotUnpacked, match="without a password"):
        unpack(file, tmp_path, Limits())


@pytest.mark.parametrize("content", [b"", b"# Disk\n", b"PK\x05\x06", b"PK\x03\x04" + b"\0" * 80])
def test_what_is_no_zip_says_so(tmp_path, content):
    file = tmp_path / "upload.zip"
    file.write_bytes(content)
    with pytest.raises(NotUnpacked, match="no ZIP file, or it is damaged"):
        unpack(file, tmp_path, Limits())


def test_a_damaged_file_is_left_out_and_the_others_come(tmp_path):
    file = packed(tmp_path, ("a.md", b"first" * 50), ("b.md", b"second"), method=zipfile.ZIP_STORED)
    raw = file.read_bytes().replace(b"firstfirst", b"fXrstfXrst", 1)
    file.write_bytes(raw)
    target = tmp_path / "target"
    target.mkdir()
    done = unpack(file, target, Limits())
    assert there(target) == ["b.md"]
    assert done.left_out == [("a.md", "It is damaged in the ZIP.")]


def test_a_packing_that_could_grow_without_measure_is_not_read(tmp_path):
    done, target = unpacked(tmp_path, ("a.md", b"x" * 100), method=zipfile.ZIP_LZMA)
    assert there(target) == []
    assert "pack it again" in done.left_out[0][1]


def test_names_of_macos_are_utf_8_though_the_zip_does_not_say_so(tmp_path):
    raw = packed(tmp_path, ("caf__.md", "x")).read_bytes().replace(b"caf__", "café".encode())
    file = tmp_path / "mac.zip"
    file.write_bytes(raw)
    target = tmp_path / "target"
    target.mkdir()
    unpack(file, target, Limits())
    assert there(target) == ["café.md"]


def test_two_files_of_one_name_and_a_file_in_a_file_are_left_out(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        done, target = unpacked(tmp_path, ("a.md", "1"), ("a.md", "2"), ("a.md/b.md", "3"))
    assert (target / "a.md").read_text() == "1"
    assert [said for _, said in done.left_out] == ["Another file of the upload has this name."] * 2


@pytest.mark.parametrize("name", ["a\nb.md", "n" * 300 + ".md", "d/" * 300 + "a.md", "", "./"])
def test_names_that_no_file_should_have_are_refused(name):
    with pytest.raises(ValueError, match=r"name|path"):
        safe_name(name)


def test_a_name_is_composed_and_has_slashes():
    assert safe_name("ops\\cafe\u0301.md") == "ops/café.md"


def test_a_browser_s_file_lands_below_the_folder_or_nowhere(tmp_path):
    assert put(tmp_path, "ops/disk.md", iter([b"one"]))
    assert put(tmp_path, "ops/disk.md", iter([b"two"])), "sent again, it replaces itself"
    assert (tmp_path / "ops/disk.md").read_bytes() == b"two"
    assert not put(tmp_path, "ops/.git/config.txt", iter([b"x"]))
    assert not put(tmp_path, "tool.exe", iter([b"x"]))
    with pytest.raises(ValueError, match="leads out"):
        put(tmp_path, "../disk.md", iter([b"x"]))


def test_progress_is_told(tmp_path):
    told = []
    file = packed(tmp_path, *((f"{n}.md", b"x") for n in range(250)))
    (tmp_path / "target").mkdir()
    unpack(file, tmp_path / "target", Limits(), told=lambda *numbers: told.append(numbers))
    assert told == [(100, 250), (200, 250)]


def test_what_is_wanted_goes_by_the_ending():
    assert all(map(is_wanted, ["a.MD", "b.html.md.erb", "CODEOWNERS", "x/.drillbook.json"]))
    assert not any(map(is_wanted, ["a.py", "md", "b.zip"]))


def test_what_came_half_way_is_not_kept(tmp_path):
    def broken():
        yield b"half"
        raise io.UnsupportedOperation("gone")

    with pytest.raises(ValueError, match="could not be written"):
        put(tmp_path, "a.md", broken())
    assert there(tmp_path) == []
