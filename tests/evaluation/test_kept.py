"""An evaluation that was interrupted goes on; what is not its own file is left alone."""

import json

import pytest
import torch
from evaluation.plainly import TEXTS, in_pieces, next_model, same, word_model
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.evaluation import kept as kept_module
from rnnviz_widget.evaluation import run
from rnnviz_widget.evaluation.record import Expected


def evaluate(model, texts, **options):
    return rv.evaluate(model, texts, progress=False, start=5, **options)


@pytest.fixture(scope="module")
def whole():
    return evaluate(word_model(), TEXTS)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "all.jsonl"
    evaluate(word_model(), TEXTS, keep=path)
    return path.read_bytes()


@pytest.fixture
def counted(monkeypatch):
    """The texts that are read, and at which of them a run is interrupted."""
    done, stop = [], set()
    tally_text = run.tally_text

    def counting(model, text, settings):
        if text in stop:
            raise KeyboardInterrupt
        done.append(text)
        return tally_text(model, text, settings)

    monkeypatch.setattr(run, "tally_text", counting)
    return done, stop


def test_an_interrupted_evaluation_goes_on(tmp_path, whole, counted):
    done, stop = counted
    path = tmp_path / "folder" / "kept.jsonl"
    stop.add(TEXTS[2])
    with pytest.raises(KeyboardInterrupt):
        evaluate(word_model(), TEXTS, keep=path)
    assert done == TEXTS[:2]
    assert len(path.read_bytes().splitlines()) == 3
    stop.clear()
    same(evaluate(word_model(), TEXTS, keep=str(path)), whole)
    assert done == TEXTS  # each once
    same(evaluate(word_model(), TEXTS, keep=path), whole)
    assert done == TEXTS


def test_interrupted_at_the_first_text(tmp_path, whole, counted):
    _, stop = counted
    stop.update(TEXTS)
    path = tmp_path / "kept.jsonl"
    with pytest.raises(KeyboardInterrupt):
        evaluate(word_model(), TEXTS, keep=path)
    assert path.read_bytes() == b""
    stop.clear()
    same(evaluate(word_model(), TEXTS, keep=path), whole)


def cuts(content):
    """Places in the first line, at its end, and in and around the other ones."""
    ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    inside = [0, 1, 4, 7, 8, 40, ends[0] - 1]
    return [*inside, *(end + step for end in ends[:-1] for step in (0, 1, 60)), ends[-1] - 1]


@pytest.mark.parametrize("number", range(20))
def test_a_file_that_was_cut_off_goes_on(tmp_path, whole, finished, counted, number):
    done, _ = counted
    at = cuts(finished)[number]
    path = tmp_path / "kept.jsonl"
    path.write_bytes(finished[:at])
    same(evaluate(word_model(), TEXTS, keep=path), whole)
    assert path.read_bytes() == finished
    assert done == TEXTS[max(finished[:at].count(b"\n") - 1, 0) :]


def test_all_of_these_cuts_are_tried(finished):
    found = cuts(finished)
    assert len(found) == 20
    assert found == sorted(set(found))


def other_weights():
    return word_model(seed=1)


def other_truth():
    module = recurrent(classes=8, dtype=torch.float64)
    model = word_model()
    return rv.SequenceModel(
        module, LETTERS, model.outputs, truth=lambda symbols: [model.outputs[0]] * len(symbols)
    )


def other_words():
    module = recurrent(classes=8, dtype=torch.float64)
    return rv.SequenceModel(module, LETTERS, [*"abcdefgh"], truth="word")


def other_module():
    """The same weights in a module of another kind."""
    module = recurrent(classes=8, dtype=torch.float64)
    module.drop = torch.nn.Identity()
    return rv.SequenceModel(module, LETTERS, word_model().outputs, truth="word")


@pytest.mark.parametrize(
    ("model", "texts", "options", "words"),
    [
        (other_weights, TEXTS, {}, r"\(it differs in: model\)"),
        (other_words, TEXTS, {}, r"\(it differs in: model, tokens and truth\)"),
        (other_module, TEXTS, {}, r"\(it differs in: model\)"),
        (other_truth, TEXTS, {}, r"\(it differs in: tokens and truth\)"),
        (word_model, TEXTS[:3], {}, r"\(it differs in: texts, tokens and truth\)"),
        (word_model, TEXTS, {"lags": 7}, r"\(it differs in: memory\)"),
        (word_model, TEXTS, {"memory": False}, r"\(it differs in: memory\)"),
        (word_model, TEXTS, {"target": rv.TOP}, r"\(it differs in: memory\)"),
        (word_model, TEXTS, {"measure": "squared"}, r"\(it differs in: memory\)"),
    ],
)
def test_another_evaluation_is_refused(tmp_path, finished, counted, model, texts, options, words):
    path = tmp_path / "kept.jsonl"
    for content in (finished, finished[:-10], finished[: finished.index(b"\n") + 1]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            evaluate(model(), texts, keep=path, **options)
        assert path.read_bytes() == content
    assert counted[0] == []


def test_other_tokens_are_another_evaluation(tmp_path):
    texts = ["at in th"]
    symbols = [*LETTERS, "th", "at", "in", "ca", "he"]
    module = recurrent(symbols=32, classes=32)
    path = tmp_path / "kept.jsonl"
    evaluate(rv.SequenceModel(module, symbols), texts, keep=path, target=rv.TOP)
    in_twos = rv.SequenceModel(module, symbols, tokenize=in_pieces)
    with pytest.raises(ValueError, match=r"\(it differs in: tokens and truth\)"):
        evaluate(in_twos, texts, keep=path, target=rv.TOP)


@pytest.mark.parametrize(
    "content",
    [
        b"dear diary",
        b"dear diary\nnothing\n",
        b"\n",
        b"\x00\xff\xfe",
        b"\xff\xfe\n",
        b"[1]\n",
        b"{}\n",
        b'{"kind": "rnnviz_widget evaluation 0"}\n',
        b'{"kind"',
    ],
)
def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path, counted, content):
    path = tmp_path / "kept.jsonl"
    path.write_bytes(content)
    if content == b'{"kind"':  # such may be a first line cut off, and nothing is lost
        evaluate(word_model(), TEXTS, keep=path)
        return
    with pytest.raises(ValueError, match=r"kept\.jsonl belongs to another evaluation"):
        evaluate(word_model(), TEXTS, keep=path)
    assert path.read_bytes() == content
    assert counted[0] == []


@pytest.mark.parametrize(
    "line",
    [
        b"what?",
        b"[1, 2]",
        b'{"text": 0}',
        b'{"text": 0, "tally": {"inside": [1]}}',
        b'{"text": 0, "tally": 3}',
        b'{"text": "0", "tally": {}}',
        b'{"text": 0, "tally": {"right": [[1], [1, 2]]}}',
    ],
)
def test_a_line_that_is_no_tally_is_refused(tmp_path, finished, line):
    path = tmp_path / "kept.jsonl"
    content = finished + line + b"\n"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"kept\.jsonl, line 6: expected .* got .*Delete"):
        evaluate(word_model(), TEXTS, keep=path)
    assert path.read_bytes() == content


def test_a_call_that_fails_before_the_first_text_leaves_the_path_free(tmp_path, whole):
    path = tmp_path / "kept.jsonl"
    with pytest.raises(ValueError, match="nrom"):
        evaluate(word_model(), TEXTS, keep=path, measure="nrom")
    same(evaluate(word_model(), TEXTS, keep=path), whole)


def test_a_text_that_cannot_be_read_is_said_before_any_is(tmp_path, counted):
    path = tmp_path / "kept.jsonl"
    with pytest.raises(ValueError, match="text 1: the model does not know '4'"):
        evaluate(word_model(), [TEXTS[0], "c4t"], keep=path)
    assert counted[0] == []
    assert not path.exists()


def test_a_folder_as_the_file_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError):
        evaluate(word_model(), TEXTS, keep=tmp_path)


def test_the_file_holds_one_json_line_a_text(finished):
    first, *lines = map(json.loads, finished.splitlines())
    assert first["kind"] == "rnnviz_widget evaluation 1"
    assert [line["text"] for line in lines] == list(range(len(TEXTS)))
    assert set(lines[0]["tally"]) >= {"inside", "right", "reach", "lags"}


def test_models_in_half_precision_and_with_buffers(tmp_path):
    module = recurrent(dtype=torch.bfloat16)
    module.register_buffer("steps", torch.tensor(3))
    path = tmp_path / "kept.jsonl"
    found = rv.evaluate(rv.SequenceModel(module, LETTERS), TEXTS, keep=path, memory=False)
    again = rv.evaluate(rv.SequenceModel(module, LETTERS), TEXTS, keep=path, memory=False)
    same(again, found)
    module.steps += 1
    with pytest.raises(ValueError, match="differs in: model"):
        rv.evaluate(rv.SequenceModel(module, LETTERS), TEXTS, keep=path, memory=False)


def test_a_next_token_model_too(tmp_path, counted):
    done, stop = counted
    expected = evaluate(next_model(), TEXTS)
    done.clear()
    stop.add(TEXTS[3])
    with pytest.raises(KeyboardInterrupt):
        evaluate(next_model(), TEXTS, keep=tmp_path / "kept.jsonl")
    stop.clear()
    same(evaluate(next_model(), TEXTS, keep=tmp_path / "kept.jsonl"), expected)
    assert done == TEXTS


def kept_file(path, whole):
    which = kept_module.identity(word_model(), TEXTS, whole.memory)
    return kept_module.Kept(path, which, Expected([*map(len, TEXTS)], whole.memory.lags + 2))


def test_texts_may_be_done_in_any_order(tmp_path, whole):
    path = tmp_path / "kept.jsonl"
    with kept_file(path, whole) as kept:
        assert list(kept.adding((n, whole.tallies[n]) for n in (2, 0))) == [2, 0]
    with kept_file(path, whole) as again:
        assert list(again.tallies) == [2, 0]
        assert list(again.adding((n, whole.tallies[n]) for n in (3,))) == [3]
    assert path.read_bytes().count(b'"kind"') == 1
    same(evaluate(word_model(), TEXTS, keep=path), whole)


def test_each_line_is_in_the_file_before_the_next_text_begins(tmp_path, whole):
    path = tmp_path / "kept.jsonl"
    with kept_file(path, whole) as kept:
        for done, _ in enumerate(kept.adding(enumerate(whole.tallies)), start=1):
            assert path.read_bytes().count(b"\n") == 1 + done
