"""Every file that is written, on a full disk and in a folder without rights: whole or as it was."""

import json
import re

import pytest
from share.hostile import printed, write
from small import LETTERS, recurrent
from training.small_text import WORDS
from trouble import full_disk, without_rights

import rnnviz_widget as rv
from rnnviz_widget.files import append_whole, write_whole
from rnnviz_widget.models import checkpoint
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
from rnnviz_widget.share.__main__ import main as share
from rnnviz_widget.training import measure, state, text8

BEFORE = b"before"
FULL = r"No space left on device|File too large|is the disk full"
CLOSED = r"Permission denied"
CORPUS = (" " + " ".join(WORDS * 40)).encode()


@pytest.fixture(scope="module")
def widget():
    widget = rv.explore(rv.SequenceModel(recurrent("gru"), LETTERS), "a text that one model reads")
    widget.bake()
    yield widget
    widget.close()


@pytest.fixture(scope="module")
def scored():
    return rv.connectivity(rv.SequenceModel(recurrent("gru"), LETTERS), "a text")


@pytest.fixture(scope="module")
def trained():
    module = Autocomplete(cell="lstm", units=8, layers=1, classes=len(WORDS))
    return checkpoint.Trained(module, SYMBOLS, WORDS)


def save(kind):
    return lambda path, given: given["widget"].save(path.with_suffix(f".{kind}"))


KINDS = ("html", "png", "svg", "pdf", "tex", "csv", "npz", "parquet")
WRITERS = {
    **{f"page.{kind}": save(kind) for kind in KINDS},
    "scores.svg": lambda path, given: given["scored"].save(path, 3),
    "scores.csv": lambda path, given: given["scored"].save(path),
    "model.safetensors": lambda path, given: checkpoint.save(path, given["trained"]),
    "run.pt": lambda path, _: state.write(path, {"step": 1, "numbers": list(range(5000))}),
    "results.json": lambda path, _: measure.write(path, {"of": list(range(5000))}),
    "log.jsonl": lambda path, _: append_whole(path, "line\n" * 5000),
    "card.md": lambda path, _: write_whole(path, "line\n" * 5000),
    "parts.json": lambda path, _: text8.prepare(CORPUS, path.parent, validation=200, test=200),
}  # fmt: skip


@pytest.fixture
def given(widget, scored, trained, tmp_path):
    """What is written; and all that writing imports is there before rights are taken."""
    given = {"widget": widget, "scored": scored, "trained": trained}
    widget.save(tmp_path / "warm.parquet")
    widget.save(tmp_path / "warm.pdf")
    return given


def held(folder):
    """All files of a folder and below, with what is in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("before", [True, False], ids=["there", "new"])
def test_on_a_full_disk_what_was_there_stays_and_nothing_half_is_left(
    name, before, given, tmp_path
):
    folder = tmp_path / "disk"
    with full_disk(folder, 4096):
        # It takes all the room that there is.
        other = folder / (name if before else "other")
        other.write_bytes(BEFORE)
        with pytest.raises(OSError, match=rf"could not write .*{folder}.*({FULL})") as caught:
            WRITERS[name](folder / name, given)
        assert re.search("is unchanged|No file was left|no previous", str(caught.value))
        assert held(folder) == {other.name: BEFORE}
        assert [each.name for each in folder.iterdir()] == [other.name]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("before", [True, False], ids=["there", "new"])
def test_in_a_folder_without_rights_what_was_there_stays(name, before, given, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    if before:
        (folder / name).write_bytes(BEFORE)
        (folder / name).chmod(0o444)
    expected = held(folder)
    with without_rights(folder), pytest.raises(OSError, match=f"could not write .*({CLOSED})"):
        WRITERS[name](folder / name, given)
    assert held(folder) == expected


def test_the_command_says_why_a_notebooks_page_is_not_written(tmp_path, capsys):
    source = write(tmp_path, [printed()])
    assert share([str(source), "-o", str(tmp_path / "warm.html")]) == 0
    closed, disk = tmp_path / "closed", tmp_path / "disk"
    closed.mkdir()
    with without_rights(closed):
        # It has read the notebook before it may not write.
        assert share([str(source), "-o", str(closed / "page.html")]) == 1
    assert "could not write" in capsys.readouterr().err
    with full_disk(disk, 4096):
        (disk / "page.html").write_bytes(BEFORE)
        assert share([str(source), "-o", str(disk / "page.html")]) == 1
        assert held(disk) == {"page.html": BEFORE}
    assert "is unchanged" in capsys.readouterr().err


def test_a_folder_that_may_not_be_looked_into_is_told_as_well(tmp_path):
    folder = tmp_path / "shut"
    (folder / "inside").mkdir(parents=True)
    folder.chmod(0)
    with (
        without_rights(tmp_path),
        pytest.raises(OSError, match=f"could not write .*{CLOSED}.*No file was left"),
    ):
        write_whole(folder / "inside" / "a", "")
    folder.chmod(0o700)


def test_kept_tallies_stay_whole_lines_on_a_full_disk(tmp_path):
    model = rv.SequenceModel(recurrent("gru"), LETTERS)
    texts = ["a text that one model reads and predicts " * 3] * 40
    disk = tmp_path / "disk"
    with full_disk(disk, 4096):
        path = disk / "kept.jsonl"
        with pytest.raises(OSError, match=FULL):
            rv.evaluate(model, texts, keep=path)
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            json.loads(line)
