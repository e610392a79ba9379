"""A folder of checkpoints: whole or said not to be, read lazily, and within its room."""

import itertools

import pytest
import torch
from trouble import full_disk

from rnnviz_widget.watching import CheckpointError, CheckpointFolder
from rnnviz_widget.watching.checkpoint_folder import TrainingCheckpoint
from rnnviz_widget.watching.checkpoint_writer import CheckpointWriter

ABOUT = {"text": "a text", "tensors": {"w": [[60, 50], "float32"]}}
ROOM = 10**9


def weights(number=0):
    """Drawn anew for each hundred, and then moved a little."""
    generator = torch.Generator().manual_seed(number // 100)
    return {"w": torch.randn(60, 50, generator=generator) + 0.001 * (number % 100)}


def writer(path, limit=ROOM, about=ABOUT):
    return CheckpointWriter(path, about, limit)


def add(writing, number):
    losses = [(number, 3.0 - number / 10)]
    return writing.add(weights(number), step=10 * number, loss=2.5, losses=losses, when=7.0)


@pytest.fixture
def folder(tmp_path):
    writing = writer(tmp_path / "run")
    for number in range(4):
        add(writing, number)
    writing.note(1, {"reach": 3.5, "check": None})
    writing.close()
    return tmp_path / "run"


def test_what_was_written_is_read(folder):
    found = CheckpointFolder(folder)
    assert found.warnings == []
    assert [one.step for one in found.checkpoints] == [0, 10, 20, 30]
    assert found.checkpoints[1] == TrainingCheckpoint(
        1, 10, 2.5, 7.0, [(1, 2.9)], {"reach": 3.5, "check": None}, "00000001-step-10.safetensors"
    )
    for number in range(4):
        error = (found.weights(number)["w"] - weights(number)["w"]).abs().max()
        assert error < weights(number)["w"].abs().max() / 2048
    sizes = [path.stat().st_size for path in sorted(folder.glob("*.safetensors"))]
    assert max(sizes[1:]) < 0.65 * sizes[0]


def test_another_run_goes_on_with_the_numbers(folder):
    writing = writer(folder)
    made = writing.add(weights(9), step=5, loss=None, losses=[], when=8.0)
    writing.close()
    assert (made.number, made.step) == (4, 5)
    assert [one.number for one in CheckpointFolder(folder).checkpoints] == [0, 1, 2, 3, 4]


def test_a_damaged_file_is_named_and_the_others_are_read(folder):
    path = folder / "00000002-step-20.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    found = CheckpointFolder(folder)
    with pytest.raises(CheckpointError, match=r"00000002-step-20\.safetensors can't be read"):
        found.weights(2)
    assert found.weights(3)["w"].shape == (60, 50)


def test_damaged_lines_and_one_that_was_cut_off(folder):
    lines = folder / "checkpoints.jsonl"
    lines.write_text("nonsense\n[1]\n" + lines.read_text() + '{"number": 9, "st')
    found = CheckpointFolder(folder)
    assert found.warnings == ["2 damaged lines were skipped in checkpoints.jsonl."]
    assert len(found) == 4


def test_weights_without_a_line_are_there(folder):
    (folder / "checkpoints.jsonl").unlink()
    found = CheckpointFolder(folder)
    assert [(one.step, one.loss) for one in found.checkpoints] == [
        (n, None) for n in (0, 10, 20, 30)
    ]


def test_ten_thousand_are_listed_without_reading_one(folder):
    lines = [TrainingCheckpoint(n, n, 1.0, 2.0).as_line() for n in range(10_000)]
    (folder / "checkpoints.jsonl").write_text("".join(lines))
    for n in range(4, 10_000):
        (folder / f"{n:08d}-step-{n}.safetensors").touch()
    found = CheckpointFolder(folder)
    assert len(found) == 10_000
    with pytest.raises(CheckpointError, match="00009999-step-9999"):
        found.weights(-1)
    assert found.weights(3)["w"].shape == (60, 50)


def test_a_folder_of_another_training_is_refused(folder):
    for about, words in (
        ({**ABOUT, "text": "another"}, "watched on another text, 'a text'"),
        (
            {**ABOUT, "tensors": {"w": [[2], "float32"]}},
            r"w was \(60, 50\) of float32, and is \(2\) of float32",
        ),
        ({**ABOUT, "tensors": {"v": [[2], "float32"]}}, r"w was .*, and is gone"),
    ):
        with pytest.raises(ValueError, match=words):
            writer(folder, about=about)


def test_one_writes_at_a_time(folder):
    writing = writer(folder)
    with pytest.raises(BlockingIOError, match="another training is writing"):
        writer(folder)
    writing.close()
    writer(folder).close()


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(NotADirectoryError, match="no folder of checkpoints"):
        CheckpointFolder(tmp_path / "none")


def test_weights_are_removed_evenly_where_they_take_too_much(tmp_path):
    writing = writer(tmp_path, limit=40_000)
    for number in range(40):
        add(writing, number)
        writing.note(number, {"reach": float(number)})
    writing.close()
    assert sum(path.stat().st_size for path in tmp_path.glob("*.safetensors")) <= 40_000
    found = CheckpointFolder(tmp_path)
    assert [one.figures["reach"] for one in found.checkpoints] == list(range(40))
    kept = [one.number for one in found.checkpoints if one.file]
    assert kept[0] == 0
    assert kept[-1] == 39
    assert max(b - a for a, b in itertools.pairwise(kept)) <= 40 / len(kept) * 3
    for number in kept:
        assert found.weights(number)["w"].shape == (60, 50)
    with pytest.raises(CheckpointError, match="removed to save room"):
        found.weights(next(n for n in range(40) if n not in kept))


def fill(place, writing):
    """Write until there is no room; what writes is put into a list."""
    writing.append(writer(place))
    for number in range(0, 1000, 100):
        add(writing[0], number)


def test_a_full_disk_is_said_and_leaves_no_half_of_a_file(tmp_path):
    place = tmp_path / "small"
    writing = []
    with full_disk(place, 24_576):
        with pytest.raises(OSError, match=r"could not write"):
            fill(place, writing)
        for each in writing:
            each.close()
        found = CheckpointFolder(place)
        assert found.warnings == []
        for one in found.checkpoints:
            assert found.weights(one.number)["w"].shape == (60, 50)
        assert not list(place.glob("*.part"))
