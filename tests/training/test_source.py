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
    assert source.read_text(tmp_path / "plain", None) == b" ab c"
    assert source.read_text(zipped(tmp_path / "a.zip", b" ab c"), None) == b" ab c"


def test_a_path_with_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="Leave --text8 out to download"):
        source.read_text(tmp_path / "nothing")


def test_another_text_than_text8(tmp_path):
    (tmp_path / "plain").write_bytes(b" ab c")
    with pytest.raises(ValueError, match=r"is not text8.*expected 6e890197"):
        source.read_text(tmp_path / "plain")


def test_other_characters_are_named(tmp_path):
    (tmp_path / "plain").write_bytes(b"A dog!")
    with pytest.raises(ValueError, match=r"\('!', 'A'\): clean it"):
        source.read_text(tmp_path / "plain", None)


def test_a_zip_of_several_files(tmp_path):
    with pytest.raises(ValueError, match="holds 2 files: expected only text8"):
        source.read_text(zipped(tmp_path / "a.zip", b"a", b"b"), None)


def test_download_checks_and_moves_into_place(tmp_path):
    packed = zipped(tmp_path / "source.zip", b" some text")
    got = source.download(tmp_path / "data", packed.as_uri(), source.sha256(packed))
    assert got.read_bytes() == packed.read_bytes()
    assert [file.name for file in got.parent.iterdir()] == ["text8.zip"]
    packed.unlink()  # what is there already is not fetched again
    assert source.download(tmp_path / "data", packed.as_uri(), source.sha256(got)) == got


def test_download_of_something_else(tmp_path):
    packed = zipped(tmp_path / "source.zip", b" some text")
    with pytest.raises(RuntimeError, match=r"came with SHA-256 .*--text8 PATH"):
        source.download(tmp_path / "data", packed.as_uri())
    assert list((tmp_path / "data").iterdir()) == []


def test_download_without_network(tmp_path):
    with pytest.raises(RuntimeError, match=r"could not download .*--text8 PATH"):
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
