import hashlib
import io
import zipfile

import pytest

from rnnviz_widget.training import source


def zipped(path, *texts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in enumerate(texts):
            archive.writestr(f"text{place}", content)
    return path


def test_reads_the_zip_and_the_plain_file(tmp_path):
    (tmp_path / "plain").write_bytes(b" ab c")
    assert source.read_text(tmp_path / "plain") == b" ab c"
    assert source.read_text(zipped(tmp_path / "a.zip", b" ab c")) == b" ab c"


def test_a_path_with_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="Leave out --text to download"):
        source.read_text(tmp_path / "nothing")


def test_a_zip_of_several_files(tmp_path):
    with pytest.raises(ValueError, match="contains 2 files: expected a single text"):
        source.read_text(zipped(tmp_path / "a.zip", b"a", b"b"))


def test_a_zip_that_is_cut_off_or_broken(tmp_path):
    packed = zipped(tmp_path / "a.zip", b"some text to be squeezed, some text to be squeezed")
    whole = packed.read_bytes()
    packed.write_bytes(whole[:40])
    with pytest.raises(ValueError, match=r"a.zip is a zip, but cut off. Fetch it again"):
        source.read_text(packed)
    packed.write_bytes(whole[:36] + b"\xff\xff" + whole[38:])
    with pytest.raises(ValueError, match=r"a.zip is a zip, but broken .*Fetch it again"):
        source.read_text(packed)


def test_text8_is_known_by_its_checksum(monkeypatch):
    assert not source.is_text8(b" anarchism")
    monkeypatch.setattr(source, "TEXT_SHA256", hashlib.sha256(b" anarchism").hexdigest())
    assert source.is_text8(b" anarchism")


def test_decodes_utf8_with_and_without_mark(tmp_path):
    assert source.decode("é".encode(), tmp_path) == ("é", 0)
    assert source.decode("é".encode("utf-8-sig"), tmp_path) == ("é", 0)


def test_counts_what_is_not_utf8_but_not_the_replacement_character_itself(tmp_path):
    data = "caf\ufffd ".encode() + b"caf\xe9 \xff."
    assert source.decode(data, tmp_path) == ("caf\ufffd caf\ufffd \ufffd.", 2)


def test_what_is_no_text(tmp_path):
    with pytest.raises(ValueError, match=r"contains zero bytes.*expected text in UTF-8"):
        source.decode("text".encode("utf-16"), tmp_path)


def test_download_checks_and_moves_into_place(tmp_path):
    packed = zipped(tmp_path / "source.zip", b" some text")
    got = source.download(tmp_path / "data", packed.as_uri(), source.sha256(packed))
    assert got.read_bytes() == packed.read_bytes()
    assert [file.name for file in got.parent.iterdir()] == ["text8.zip"]
    packed.unlink()  # what is there already is not fetched again
    assert source.download(tmp_path / "data", packed.as_uri(), source.sha256(got)) == got


def test_download_of_something_else(tmp_path):
    packed = zipped(tmp_path / "source.zip", b" some text")
    with pytest.raises(RuntimeError, match=r"came with SHA-256 .*--text PATH"):
        source.download(tmp_path / "data", packed.as_uri())
    assert list((tmp_path / "data").iterdir()) == []


def test_download_without_network(tmp_path):
    with pytest.raises(RuntimeError, match=r"could not download .*--text PATH"):
        source.download(tmp_path / "data", (tmp_path / "nothing").as_uri())
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("failure", [OSError("reset"), KeyboardInterrupt()])
def test_an_interrupted_download_leaves_nothing(tmp_path, monkeypatch, failure):
    class Answer(io.BytesIO):
        headers = {"Content-Length": "1000"}

        def read(self, size=-1):
            if self.tell():
                raise failure
            return super().read(size)

    monkeypatch.setattr(source.urllib.request, "urlopen", lambda *_, **__: Answer(b"x" * 10))
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        source.download(tmp_path)
    assert list(tmp_path.iterdir()) == []
