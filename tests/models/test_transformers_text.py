"""Texts as tokens of transformers: where each lies, what it is called, what is true there."""

import hugging
import numpy as np
import pytest
import torch
from models.hugging_kinds import NAMES, bart, causal, label, labels, make, masked, rotary, t5

import rnnviz_widget as rv
from rnnviz_widget.models import UnknownSymbolError


def test_tokens_are_the_text_that_they_stand_for():
    text = "the cat 😀 cafe\u0301\n"
    tokens = make(*causal()).tokens(text)
    assert tokens.texts[:3] == ["the", " cat", " "]
    assert tokens.symbols[:3] == ["the", " cat", " "]
    # Four bytes of one character, each at its place; then one of two.
    assert tokens.texts[3:7] == ["😀"] * 4
    assert tokens.symbols[3:7] == ["<0xF0>", "<0x9F>", "<0x98>", "<0x80>"]
    assert tokens.texts[-3:] == ["\u0301", "\u0301", "\n"]
    assert tokens.symbols[-1] == "\n"
    assert tokens.at(8) == 6
    covered = sorted({p for span in tokens.spans for p in range(*span)})
    assert covered == list(range(len(text)))


def test_a_letter_that_a_tokenizer_composes_is_whole():
    from tokenizers import normalizers

    module, tokenizer = causal()
    tokenizer.backend_tokenizer.normalizer = normalizers.NFC()
    text = "the cafe\u0301 \u1112\u1161\u11ab"
    tokens = make(module, tokenizer).tokens(text)
    assert {p for span in tokens.spans for p in range(*span)} == set(range(len(text)))
    assert tokens.texts[-1] == "\u1112\u1161\u11ab"


def test_tokens_that_are_added_stand_between_characters():
    model = make(*rotary())
    tokens = model.tokens("the cat")
    assert (tokens.symbols, tokens.spans) == (["<s>", "the", " cat"], [(0, 0), (0, 3), (3, 7)])
    assert tokens.at(0) == 1
    assert any("stand for no character (<s>)" in note for note in model.notes)
    assert make(*causal()).notes == []
    tokens = make(*masked()).tokens("The cat ")
    assert tokens.symbols == ["[CLS]", "the", "cat", "[SEP]"]
    assert tokens.spans == [(0, 0), (0, 3), (4, 7), (8, 8)]
    assert tokens.at(7) == 2


def test_the_truth_of_each_kind():
    found = rv.connectivity(make(*causal()), "the cat")
    assert found.targets[0] == " cat"
    assert found.reasons[0] == "the next token"
    found = rv.connectivity(make(*masked()), "The cat 😀")
    assert found.targets[1:3] == ["the", "cat"]
    assert found.reasons[0] == "the top prediction, as it stands for no character"
    assert found.reasons[1] == "the token itself"
    assert found.reasons[3] == "the top prediction, as “😀” is not among the classes"
    assert found.unknown == [3]
    for built in (labels, label):
        found = rv.connectivity(make(*built()), "The cat")
        assert set(found.reasons) == {"the top prediction, as this model has no truth"}
        assert set(found.targets) <= set(NAMES.values())
    said = make(*label(), truth=lambda tokens: ["verb"] * len(tokens))
    assert rv.connectivity(said, "The cat").targets == ["verb"] * 4


def test_a_masked_row_does_not_see_what_is_masked():
    module, tokenizer = masked()
    both = [
        rv.connectivity(make(module, tokenizer, name="m"), text, target="the")
        for text in ("the cat sat", "the dog sat")
    ]
    np.testing.assert_array_equal(both[0].scores[2], both[1].scores[2])
    assert both[0].predictions[2] == both[1].predictions[2]
    assert not np.allclose(both[0].scores[1], both[1].scores[1])
    seen = [
        rv.connectivity(make(module, tokenizer, masked=False), text, target="the").scores[2]
        for text in ("the cat sat", "the dog sat")
    ]
    assert not np.allclose(*seen)


def test_a_begin_token_that_the_text_has_is_read_once():
    model = make(*rotary())
    tokens = model.tokens("<s>the cat")
    assert tokens.symbols == ["<s>", "the", " cat"]
    assert tokens.spans == [(0, 3), (3, 6), (6, 10)]
    notes = rv.connectivity(model, "<s>the cat", target=rv.TOP).notes
    assert any("is read only once" in note for note in notes)
    assert model.tokens("<s><s>the").symbols[:3] == ["<s>", "<s>", "the"]
    assert not model.tokens("the cat").notes


def test_long_texts_are_refused_in_words():
    for built, most in ((causal, 64), (masked, 64)):
        model = make(*built())
        assert len(model.tokens("cat " * (most // 2 - 2))) <= most
        with pytest.raises(ValueError, match=rf"reads {most} tokens at most.*the text has \d+"):
            model.tokens("cat " * 100)
    model = make(*bart())
    assert len(model.tokens("cat " * 40 + "\n" + "cat " * 40)) > 64
    with pytest.raises(ValueError, match=r"reads 64 tokens at most.*the source has"):
        model.tokens("cat " * 100)
    with pytest.raises(ValueError, match=r"reads 64 tokens at most.*the target has"):
        model.tokens("cat\n" + "cat " * 100)
    # Rotary positions and relative ones have no end.
    assert make(*rotary()).network.capabilities.max_tokens is None
    assert make(*t5()).network.capabilities.max_tokens is None


def test_other_vocabularies():
    module, tokenizer = causal()
    more = len(tokenizer)
    tokenizer.add_tokens(["zebra"])
    model = make(module, tokenizer)
    assert model.notes[0].startswith(
        f"Its tokenizer has {more + 1} tokens, of which it embeds {more}"
    )
    assert rv.connectivity(model, "the cat").scores.any()
    with pytest.raises(UnknownSymbolError, match="'zebra' is not among them") as caught:
        model.tokens("the zebra")
    assert caught.value.positions == [4, 5, 6, 7, 8]
    larger, _ = causal()
    larger.resize_token_embeddings(more + 5)
    model = make(larger, tokenizer)
    assert model.outputs[-4:] == model.inputs[-4:] == tuple(f"<{more + n}>" for n in range(1, 5))
    assert model.tokens("zebra").symbols == ["zebra"]
    small = hugging.gpt2(hugging.word_piece(), torch.float64)
    with pytest.raises(ValueError, match="vocabulary must fit the model: GPT2LMHeadModel embeds"):
        make(small, tokenizer)


def test_names_differ_and_say_what_they_stand_for():
    names = make(*causal()).inputs
    assert len(set(names)) == len(names)
    assert " cat" in names
    assert "<0xF0>" in names
    assert "<|endoftext|>" in names
    module, tokenizer = t5()
    written = [each for each in tokenizer.get_vocab() if each.startswith("▁")]
    assert {each.replace("▁", " ") for each in written} <= set(make(module, tokenizer).inputs)
    assert len(written) > 1
    assert "##t" in make(*masked()).inputs


def test_each_of_several_labels_has_a_probability_by_itself():
    module, tokenizer = label()
    one = make(module, tokenizer)
    module.config.problem_type = "multi_label_classification"
    several = make(module, tokenizer)
    said = [note for note in several.network.notes if "right or wrong by itself" in note]
    assert len(said) == 1
    assert not set(said) & set(one.network.notes)
    target = several.outputs[0]
    found = rv.connectivity(several, "the cat sat", target=target)
    before = rv.connectivity(one, "the cat sat", target=target)
    ids = torch.tensor([several.tokens("the cat sat").ids])
    with torch.no_grad():
        logits = module(input_ids=ids).logits[0]
    p = float(logits[0].sigmoid())
    assert found.target_probabilities == pytest.approx(np.full(len(found.target_probabilities), p))
    assert before.target_probabilities[0] == pytest.approx(float(logits.softmax(0)[0]))
    np.testing.assert_array_equal(found.scores, before.scores)


def test_two_tokens_of_one_text_keep_their_names():
    from rnnviz_widget.models.hugging.vocabulary import names_of

    tokenizer = hugging.sentence_piece()
    piece = max(each for each in tokenizer.get_vocab() if each.startswith("▁"))
    shown = piece.replace("▁", " ")
    tokenizer.add_tokens([shown])
    names = names_of(tokenizer, len(tokenizer))
    assert len(set(names)) == len(names)
    assert {piece, shown} <= set(names)


def test_a_text_that_gives_no_tokens_is_said():
    model = make(*masked())
    for text in ("", 3):
        with pytest.raises((ValueError, TypeError), match="text"):
            model.tokens(text)
    plain = make(*causal())
    monkey = plain._read.tokenizer
    monkey.backend_tokenizer.normalizer = __import__("tokenizers").normalizers.Replace("x", "")
    with pytest.raises(ValueError, match="the tokenizer returns no tokens for 'xx'"):
        plain.tokens("xx")


def test_masked_and_unmasked_are_told_apart():
    module, tokenizer = masked()
    both = [make(module, tokenizer, masked=each).network.fingerprint() for each in (True, False)]
    assert both[0] != both[1]
