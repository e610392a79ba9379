"""Models of transformers that read a source and write a target."""

import numpy as np
import pytest
import torch
from models.hugging_kinds import PAIRED, bart, causal, make, t5
from widgets import picture_of

import rnnviz_widget as rv
from rnnviz_widget.picture import cell_styles


@pytest.mark.parametrize("built", [t5, bart])
def test_a_pair_is_a_source_and_a_target(built):
    module, tokenizer = built()
    model = make(module, tokenizer)
    tokens = model.tokens(PAIRED)
    start = max(t for t, i in enumerate(tokens.ids) if i == module.config.decoder_start_token_id)
    assert tokens.ids[:start] == tokenizer("the cat sat")["input_ids"]
    written = tokenizer("un chat noir")["input_ids"]
    assert tokens.ids[start + 1 :] == written[:-1]  # it has not ended
    assert tokens.spans[start] == (11, 11)
    assert tokens.at(11) == start
    assert PAIRED[slice(*tokens.spans[-1])] == tokens.texts[-1]
    found = rv.connectivity(model, PAIRED)
    first = tokens.symbols[start + 1]
    assert found.targets[: start + 1] == [first] * (start + 1)
    assert set(found.reasons[: start + 1]) == {"the first token of the target"}
    assert found.targets[start + 1 : -1] == tokens.symbols[start + 2 :]
    assert found.reasons[-1].endswith("nothing follows the last position")
    # At the source it is one output; at the target, both are read, and nothing later.
    assert (found.scores[: start + 1] == found.scores[0]).all()
    assert not found.scores[0, start + 1 :].any()
    last = found.scores[-1]
    assert last[:start].any()
    assert last[start + 1 :].all()
    assert not found.scores[start + 1, start + 2 :].any()
    assert any("a source and, after the last line break" in note for note in found.notes)


def test_a_source_without_a_target():
    model = make(*t5())
    for text in ("the cat", "the cat\n"):
        found = rv.connectivity(model, text)
        assert set(found.reasons) == {"the top prediction, as there is no target yet"}
        assert found.scores[:, :-1].any()
    # A source of several lines, and the last line break is the one that counts.
    assert model.text_for("a\nb", "c") == "a\nb\nc"
    tokens = model.tokens("the\ncat\nsat")
    assert tokens.ids.count(0) == 1
    assert tokens.spans[tokens.ids.index(0)] == (7, 7)


@pytest.mark.parametrize("built", [t5, bart])
def test_a_target_is_written_by_the_model(built):
    module, tokenizer = built()
    model = make(module, tokenizer)
    text = model.text_for("the cat sat", tokens=5)
    source, _, target = text.rpartition("\n")
    assert source == "the cat sat"
    ids = tokenizer("the cat sat", return_tensors="pt").input_ids
    with torch.no_grad():
        written = module.generate(ids, max_new_tokens=5, do_sample=False, num_beams=1)
    assert target == tokenizer.decode(written[0], skip_special_tokens=True).replace("\n", " ")
    assert rv.connectivity(model, text).scores.any()


def test_what_was_written_and_is_read_otherwise_is_said():
    model = make(*bart())
    text = model.text_for("the cat sat", tokens=5)
    reader = model._read
    read = model.tokens(text)
    begun = read.ids[len(read.ids) - read.ids[::-1].index(reader.start) - 1 :]

    def notes_about(wrote):
        reader.written[text] = wrote
        return [note for note in rv.connectivity(model, text).notes if "What it wrote" in note]

    assert notes_about(begun) == []
    [note] = notes_about([*begun, 5])
    assert (
        f"token {len(begun)} of its target was “{model.inputs[5]}” and is read as nothing" in note
    )
    [note] = notes_about([begun[0], 5])
    assert f"token 1 of its target was “{model.inputs[5]}” and is read as “" in note
    assert "tgt_lang" not in note
    # Another text is none that it wrote.
    assert not model.tokens(f"{text}a").notes


def test_what_is_no_target_is_said():
    model = make(*bart())
    with pytest.raises(ValueError, match=r"target must be one line.*Replace line breaks"):
        model.text_for("a", "b\nc")
    with pytest.raises(TypeError, match="target must be a string; got int"):
        model.text_for("a", 3)
    with pytest.raises(ValueError, match="text is empty"):
        model.text_for("")
    with pytest.raises(ValueError, match="target must not have '</s>' in it"):
        model.tokens("the\ncat</s>dog")
    assert "</s>" in model.tokens("the</s>cat\ndog").symbols
    with pytest.raises(TypeError, match="only an encoder-decoder"):
        make(*causal()).text_for("a")


def test_a_target_that_begins_with_the_starting_token_has_it_once():
    module, tokenizer = bart()
    module.config.decoder_start_token_id = tokenizer.bos_token_id
    tokens = make(module, tokenizer).tokens("the\nthe")
    assert tokens.symbols == ["<s>", "the", "</s>", "<s>", "the"]
    assert rv.connectivity(make(module, tokenizer), "the\nthe").scores.any()


@pytest.mark.parametrize("built", [t5, bart])
def test_what_of_a_target_is_not_read_is_told(built):
    module, tokenizer = built()
    model = make(module, tokenizer)
    text = model.text_for("the cat sat", "a dog ran")
    tokens = model.tokens(text)
    start = max(t for t, id_ in enumerate(tokens.ids) if id_ == model._read.start)
    assert tokens.spans[start][0] == tokens.spans[start][1] == text.index("\n")
    c = rv.connectivity(model, text)
    assert not c.causal
    own = np.arange(len(tokens))
    expected = own[None] <= np.maximum(own, start)[:, None]
    np.testing.assert_array_equal(c.reads.mask(), expected)
    for s, row in enumerate(c.scores):
        read = max(s, start)
        assert not row[read + 1 :].any()
        assert row[:start].all()
    at = text.index("dog")
    picture = picture_of(rv.explore(model, text, position=at))
    [facet] = picture.facets
    unread = [p for p, style in enumerate(cell_styles(picture, 0)) if style.step is None]
    assert unread == list(range(tokens.spans[facet.token][1], len(text)))
