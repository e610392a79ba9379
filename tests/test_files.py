"""A file is whole, or what it was before."""

import errno
import os
import stat

import pytest
from trouble import full_disk, without_rights

from rnnviz_widget import files
from rnnviz_widget.files import append_whole, whole_file, write_whole


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_writes_text_as_utf8_and_bytes_as_they_are(tmp_path):
    write_whole(tmp_path / "a.txt", "é\r\n😀")
    assert (tmp_path / "a.txt").read_bytes() == "é\r\n😀".encode()
    write_whole(str(tmp_path / "a.txt"), b"\0\xff")
    assert (tmp_path / "a.txt").read_bytes() == b"\0\xff"
    assert names(tmp_path) == ["a.txt"]


def test_has_the_rights_that_a_new_file_has_or_that_it_had(tmp_path):
    (tmp_path / "plain").write_text("")
    write_whole(tmp_path / "new", "")
    mode = lambda name: stat.S_IMODE((tmp_path / name).stat().st_mode)  # noqa: E731
    assert mode("new") == mode("plain")
    (tmp_path / "new").chmod(0o640)
    write_whole(tmp_path / "new", "again")
    assert mode("new") == 0o640


def test_a_lone_writer_uses_up_what_a_killed_one_left(tmp_path):
    (tmp_path / "a.part").write_text("half of what was to be written")
    with whole_file(tmp_path / "a", alone=True) as file:
        file.write(b"all")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "all"


def test_follows_a_link(tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "after"


@pytest.mark.parametrize("before", [None, "before"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, before):
    path = tmp_path / "scores.csv"
    if before is not None:
        path.write_text(before)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match=r"could not write .*csv: No space left on device"):
        write_whole(path, "after")
    assert names(tmp_path) == ([] if before is None else ["scores.csv"])
    assert before is None or path.read_text() == before


def test_an_error_while_writing_leaves_what_was_there(tmp_path):
    path = tmp_path / "a"
    path.write_text("before")

    def half():
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert names(tmp_path) == ["a"]
    assert path.read_text() == "before"


def test_says_what_is_in_the_way(tmp_path):
    with pytest.raises(OSError, match=r"No such file.* make the folder .*nowhere first"):
        write_whole(tmp_path / "nowhere" / "a", "")
    with pytest.raises(OSError, match="it is a folder, not a file"):
        write_whole(tmp_path, "")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        write_whole(tmp_path / "file" / "a", "")
    name = "a" * 300
    with pytest.raises(OSError, match="name too long"):
        write_whole(tmp_path / name, "")


def test_a_closed_folder_is_told(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    with without_rights(folder), pytest.raises(OSError, match="Permission denied"):
        write_whole(folder / "a", "")


def test_what_is_appended_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "log"
    append_whole(path, "é\n")
    append_whole(str(path), "two\n")
    assert path.read_bytes() == "é\ntwo\n".encode()
    with full_disk(tmp_path / "disk", 4096):
        path = tmp_path / "disk" / "log"
        append_whole(path, "one\n")
        with pytest.raises(OSError, match=r"could not write to .*log: .*The file is unchanged"):
            append_whole(path, "x" * 5000)
        assert path.read_text() == "one\n"
    with pytest.raises(OSError, match=r"could not write to .*make the folder .*nowhere first"):
        append_whole(tmp_path / "nowhere" / "a", "")
