"""The folder of states: gone on with after a stop, damaged, of something else, on a full disk."""

import contextlib
import json
import resource

import numpy as np
import pytest
from inside.corpora import MODEL, TEXTS, Reader, states_of

from rnnviz_widget.inside import state_store
from rnnviz_widget.inside.read_corpus import read_corpus
from rnnviz_widget.inside.state_store import StateStore, stored_states


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    first = Reader()
    steps = read_corpus(first, TEXTS, path=tmp_path / "s", identity=MODEL)
    assert [next(steps), next(steps)] == pytest.approx([14 / 50, 15 / 50])
    steps.close()
    assert first.texts == TEXTS[:2]
    with pytest.raises(ValueError, match="is unfinished: it has the states of 2 of 4 texts"):
        stored_states(tmp_path / "s")
    assert len(stored_states(tmp_path / "s", unfinished=True)) == 2
    # The run was killed while it wrote the third text, and while it wrote the line of it.
    for name, rest in (("states.bin", b"1234567"), ("texts.jsonl", b'{"steps": 2')):
        with (tmp_path / "s" / name).open("ab") as file:
            file.write(rest)
    second = Reader()
    found = states_of(read_corpus(second, TEXTS, path=tmp_path / "s", identity=MODEL))
    assert second.texts == TEXTS[2:]
    assert np.array_equal(found.text(2), Reader()(TEXTS[2]).astype(np.float32))
    third = Reader()
    states_of(read_corpus(third, TEXTS, path=tmp_path / "s", identity=MODEL))
    assert third.texts == []


def test_states_lost_at_the_end_are_computed_again(tmp_path, caplog):
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))
    states = tmp_path / "states.bin"
    states.write_bytes(states.read_bytes()[:-1])
    reader = Reader()
    found = states_of(read_corpus(reader, TEXTS, path=tmp_path, identity=MODEL))
    assert reader.texts == TEXTS[3:]
    assert "the states of text 3 are incomplete" in caplog.text
    assert np.array_equal(found.text(3), Reader()(TEXTS[3]).astype(np.float32))


def test_a_run_killed_before_it_wrote_anything_is_begun_anew(tmp_path):
    (tmp_path / "about.json.1234.part").write_text("{")
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))


def damage_states(folder):
    content = bytearray((folder / "states.bin").read_bytes())
    content[-40] ^= 1
    (folder / "states.bin").write_bytes(content)


def damage_line(line):
    def damage(folder):
        lines = (folder / "texts.jsonl").read_text().splitlines()
        lines[1] = line
        (folder / "texts.jsonl").write_text("\n".join(lines) + "\n")

    return damage


def damage_about(content):
    return lambda folder: (folder / "about.json").write_text(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_states, "is damaged: the states of text 3 are not those that were written"),
        (damage_line("{"), "is damaged: texts.jsonl, line 2"),
        (damage_line("[" * 100_000), "is damaged: texts.jsonl, line 2"),
        (damage_line('{"steps": 1}'), "line 2, expected steps, units, crc32"),
        (
            damage_line('{"steps": -1, "units": 6, "crc32": 1}'),
            "line 2, expected whole numbers, none below 0",
        ),
        (damage_line('{"steps": 1, "units": 7, "crc32": 1}'), "line 2, expected 6 units"),
        (damage_about("[]"), "is no folder of states: expected one with about.json"),
        (damage_about("{"), "is no folder of states"),
        (damage_about('{"kind": "another"}'), "is no folder of states"),
    ],
)
def test_damage_is_recognised(tmp_path, damage, message):
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))
    damage(tmp_path)
    with pytest.raises(ValueError, match=message):
        stored_states(tmp_path)
    with pytest.raises(ValueError, match=message):
        next(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))


@pytest.mark.parametrize(
    ("texts", "identity", "dtype", "differs"),
    [
        (TEXTS, {**MODEL, "model": "another"}, "float32", "model"),
        (TEXTS, {"model": "abc"}, "float32", "layer"),
        (TEXTS[:3], MODEL, "float32", "texts"),
        (TEXTS, MODEL, "float16", "dtype"),
    ],
)
def test_a_folder_of_other_states_is_left_alone(tmp_path, texts, identity, dtype, differs):
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=f"has other states: it differs in {differs}. Give"):
        next(read_corpus(Reader(), texts, path=tmp_path, identity=identity, dtype=dtype))
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("do not touch")
    with pytest.raises(ValueError, match="is no folder of states"):
        next(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL))
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        stored_states(tmp_path / "nowhere")


def test_two_do_not_write_at_once(tmp_path):
    with (
        StateStore(tmp_path, MODEL, 4),
        pytest.raises(BlockingIOError, match="another computation of states is writing to it"),
    ):
        StateStore(tmp_path, MODEL, 4)
    with StateStore(tmp_path, MODEL, 4) as free:
        assert len(free) == 0


@contextlib.contextmanager
def files_of_at_most(size):
    """No file may become larger: it is written so far, and then fails, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_the_texts_before(tmp_path):
    states = np.ones((100, 60))
    with StateStore(tmp_path, MODEL, 4) as store:
        with files_of_at_most(60_000):
            store.add(states)
            store.add(states)
            with pytest.raises(OSError, match=r"could not write .* The 2 texts before are kept"):
                store.add(states)
        assert len(store) == 2
        store.add(2 * states)
    kept = stored_states(tmp_path, unfinished=True)
    assert [kept.text(n)[0, 0] for n in range(3)] == [1, 1, 2]


def test_a_line_that_can_not_be_written_whole_is_taken_back(tmp_path, monkeypatch):
    write = state_store._write

    def fail_on_lines(file, content):
        if content.startswith(b"{"):
            write(file, content[:10])
            raise OSError(28, "No space left on device")
        write(file, content)

    with StateStore(tmp_path, MODEL, 4) as store:
        store.add(np.ones((2, 3)))
        with monkeypatch.context() as patch:
            patch.setattr(state_store, "_write", fail_on_lines)
            with pytest.raises(OSError, match=r"No space left on device. The 1 texts before"):
                store.add(np.ones((2, 3)))
        store.add(np.full((1, 3), 2))
    assert stored_states(tmp_path, unfinished=True).states[:, 0].tolist() == [1, 1, 2]


def test_what_is_in_a_folder_can_be_read_by_others(tmp_path):
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL, dtype="float64"))
    about = json.loads((tmp_path / "about.json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text().splitlines()]
    states = np.fromfile(tmp_path / "states.bin", about["dtype"])
    assert [line["steps"] for line in lines] == [len(text) for text in TEXTS]
    assert np.array_equal(
        states.reshape(-1, lines[0]["units"]), np.concatenate([Reader()(text) for text in TEXTS])
    )
