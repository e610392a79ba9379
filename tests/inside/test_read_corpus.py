"""States of many texts: in memory, in a folder, after a stop, and where they don't fit."""

import contextlib
import json
import resource
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from rnnviz_widget.inside import state_store
from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.read_corpus import read_corpus, texts_of_file
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.state_store import StateStore, stored_states
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import quantile_thresholds

TEXTS = ["the first text", "x", "a third one, which is longer", "the end"]
MODEL = {"model": "abc", "layer": "gru 0"}


class Reader:
    """Gives made-up states, and counts what it read."""

    def __init__(self, units=6):
        self.units = units
        self.texts = []

    def __call__(self, text):
        self.texts.append(text)
        codes = np.array([ord(c) for c in text])
        return np.sin(codes[:, None] * np.arange(1, self.units + 1))


def states_of(steps):
    *shares, found = steps
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert isinstance(found, TextStates)
    return found


def test_in_memory_and_in_a_folder_are_the_same(tmp_path):
    memory = states_of(read_corpus(Reader(), TEXTS))
    folder = states_of(read_corpus(Reader(), TEXTS, path=tmp_path / "s", identity=MODEL))
    plain = [Reader()(text).astype(np.float32) for text in TEXTS]
    for found in (memory, folder, stored_states(tmp_path / "s")):
        assert len(found) == len(TEXTS)
        for n, right in enumerate(plain):
            assert np.array_equal(found.text(n), right)
    assert isinstance(folder.states, np.memmap)
    # What is mapped from a file is searched like any other.
    searched = []
    for texts in (memory, folder):
        on = OnBits.of(texts, quantile_thresholds(texts, 0.6))
        searched.append(find_matches(on, select_units(on, 3, 4, before=0)).table())
    assert len(searched[0]) > 1
    assert searched[0] == searched[1]


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
        (TEXTS[:3], MODEL, "float32", "texts, texts"),
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


def test_what_does_not_fit_into_memory_is_refused_at_once():
    reader = Reader(units=1_000)
    texts = ["ten chars."] * 1_000
    with pytest.raises(
        ValueError,
        match=r"of 10,000 characters take about 0.04 GB in memory, of 0.02 GB at most. Keep them "
        "in a folder with path=",
    ):
        list(read_corpus(reader, texts, memory_limit=20_000_000))
    assert len(reader.texts) == 1
    states_of(read_corpus(reader, texts, memory_limit=20_000_000, dtype="float16"))


def test_what_does_not_fit_on_the_disk_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    reader = Reader()
    with pytest.raises(ValueError, match=r"of 50 characters take about 1\.2e-06 GB on disk"):
        next(read_corpus(reader, TEXTS, path=tmp_path, identity=MODEL))
    assert reader.texts == TEXTS[:1]


def test_states_that_can_not_be_taken_say_of_which_text(tmp_path):
    def nan(text):
        states = Reader()(text)
        states[0, 0] = np.nan if text == "x" else 0
        return states

    def several(text):
        return Reader(units=2 + len(text) % 2)(text)

    def large(text):
        return Reader()(text) * 1e5

    for number, more in enumerate(({}, {"path": tmp_path, "identity": MODEL})):
        with pytest.raises(ValueError, match="text 1: states must be finite; got nan at step 0"):
            list(read_corpus(nan, TEXTS, **more))
        if number:
            shutil.rmtree(tmp_path)
        with pytest.raises(ValueError, match=r"text 0: a state of .* too large for float16"):
            list(read_corpus(large, TEXTS, dtype="float16", **more))
        if number:
            shutil.rmtree(tmp_path)
        with pytest.raises(ValueError, match=r"text 1: expected 2 units|text 1 has 3"):
            list(read_corpus(several, TEXTS, **more))


def test_arguments_that_make_no_sense_are_refused(tmp_path):
    for texts, more, message in (
        ([], {}, "there are no texts"),
        (TEXTS, {"dtype": "int8"}, "dtype must be one of float16, float32, float64; got 'int8'"),
        (TEXTS, {"path": tmp_path}, "states in a folder need identity="),
    ):
        with pytest.raises(ValueError, match=message):
            next(read_corpus(Reader(), texts, **more))


def test_texts_are_the_lines_of_a_file(tmp_path):
    file = tmp_path / "corpus.txt"
    file.write_text("one line\n\nand a longer second line\nabcdefghijklmn\n", encoding="utf-8")
    assert texts_of_file(file) == ["one line", "and a longer second line", "abcdefghijklmn"]
    assert texts_of_file(file, longest=10) == [
        "one line", "and a ", "longer ", "second ", "line", "abcdefghij", "klmn",
    ]  # fmt: skip
    assert "".join(texts_of_file(file, longest=1)) == "".join(texts_of_file(file))
    with pytest.raises(ValueError, match="longest must be at least 1 character; got 0"):
        texts_of_file(file, longest=0)
    file.write_bytes(b"abc\xff")
    with pytest.raises(ValueError, match="is not UTF-8: byte 3 can't be read"):
        texts_of_file(file)
    file.write_text("\n\n")
    with pytest.raises(ValueError, match="has no text"):
        texts_of_file(file)


def test_what_is_in_a_folder_can_be_read_by_others(tmp_path):
    states_of(read_corpus(Reader(), TEXTS, path=tmp_path, identity=MODEL, dtype="float64"))
    about = json.loads((tmp_path / "about.json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text().splitlines()]
    states = np.fromfile(tmp_path / "states.bin", about["dtype"])
    assert [line["steps"] for line in lines] == [len(text) for text in TEXTS]
    assert np.array_equal(
        states.reshape(-1, lines[0]["units"]), np.concatenate([Reader()(text) for text in TEXTS])
    )
