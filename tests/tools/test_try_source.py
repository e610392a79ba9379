"""What differs between what is shipped and what its source builds."""

import tarfile

import pytest
import try_source


@pytest.mark.parametrize(
    ("shipped", "built", "expected"),
    [
        ({"a.js": b"same", "b.css": b"x"}, {"b.css": b"x", "a.js": b"same"}, []),
        ({"a.js": b"one"}, {}, ["a.js: shipped, but not built"]),
        ({}, {"a.js": b"one"}, ["a.js: built, but not shipped"]),
        (
            {"b": b"long", "a": b"abc"},
            {"b": b"lo", "a": b"abd"},
            [
                "a: 3 bytes shipped, 3 built, which differ from byte 2",
                "b: 4 bytes shipped, 2 built, which differ from byte 2",
            ],
        ),
    ],
)
def test_each_file_that_differs_is_named(shipped, built, expected):
    assert try_source.differences(shipped, built) == expected


def test_an_archive_is_unpacked_into_its_one_folder(tmp_path):
    (tmp_path / "page.js").write_text("1")
    with tarfile.open(tmp_path / "one.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "page.js", "one-1.0/js/page.js")
    source = try_source.unpacked(tmp_path / "one.tar.gz", tmp_path / "source")
    assert (source / "js" / "page.js").read_text() == "1"
