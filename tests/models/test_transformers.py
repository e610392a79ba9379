"""Models of transformers, each against plain autograd on its own embedded inputs, in float64."""

import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import hugging
import numpy as np
import pytest
import torch
import transformers as tf
from kinds import by_hand
from small import worst
from widgets import picture_of

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES
from rnnviz_widget.models import UnknownSymbolError
from rnnviz_widget.picture import cell_styles

TEXT = "the cat\nsat 😀, cafe\u0301!"
PAIRED = "the cat sat\nun chat noir"
NAMES = {0: "noun", 1: "verb", 2: "other"}
make = rv.SequenceModel.from_transformers


@dataclass
class Plain:
    """What a model makes of embedded tokens, called as its own documentation has it."""

    module: Any
    ids: torch.Tensor

    def plain(self, embedded):
        return self.module(inputs_embeds=embedded[None]).logits[0]

    def table(self):
        return self.module.get_input_embeddings().weight


class PlainPair(Plain):
    def plain(self, embedded):
        at = int((self.ids == self.module.config.decoder_start_token_id).nonzero()[-1])
        logits = self.module(
            inputs_embeds=embedded[None, :at], decoder_inputs_embeds=embedded[None, at:]
        ).logits[0]
        return torch.cat([logits[:1].expand(at, -1), logits])


class PlainMasked(Plain):
    """Masks a token, by hand: the row of s is of the text with the mask there."""

    def plain(self, embedded):
        mask = self.table()[4].detach()
        rows = []
        for s in range(len(embedded)):
            # The input of s is the mask: what stood there has no part, and the mask's own has.
            at = torch.eye(len(embedded), dtype=embedded.dtype)[s][:, None]
            swapped = embedded + at * (mask - embedded.detach()[s])
            rows.append(super().plain(swapped)[s])
        return torch.stack(rows)


def causal():
    tokenizer = hugging.byte_level()
    return hugging.gpt2(tokenizer, torch.float64), tokenizer


def rotary():
    tokenizer = hugging.byte_level("<s>", "</s>", add=("<s>", ""))
    return hugging.llama(tokenizer, torch.float64), tokenizer


def masked(cls=None, **options):
    tokenizer = hugging.word_piece()
    return hugging.bert(tokenizer, torch.float64, cls, **options), tokenizer


def labels():
    return masked(tf.BertForTokenClassification, id2label=NAMES)


def label():
    return masked(tf.BertForSequenceClassification, id2label=NAMES)


def label_of_the_last():
    tokenizer = hugging.byte_level()
    cls = tf.GPT2ForSequenceClassification
    return hugging.gpt2(tokenizer, torch.float64, cls, num_labels=2), tokenizer


def t5():
    tokenizer = hugging.sentence_piece()
    return hugging.t5(tokenizer, torch.float64), tokenizer


def bart():
    tokenizer = hugging.byte_level("<s>", "</s>", ("<s>", "</s>"), pad_token="<pad>")
    return hugging.bart(tokenizer, torch.float64), tokenizer


KINDS = {
    "GPT-2": (causal, Plain, {}, TEXT),
    "Llama": (rotary, Plain, {}, TEXT),
    "BERT, masked": (masked, PlainMasked, {}, TEXT),
    "BERT, unmasked": (masked, Plain, {"masked": False}, TEXT),
    "BERT, labels": (labels, Plain, {}, TEXT),
    "BERT, label": (label, Plain, {}, TEXT),
    "GPT-2, label": (label_of_the_last, Plain, {}, TEXT),
    "T5": (t5, PlainPair, {}, PAIRED),
    "BART": (bart, PlainPair, {}, PAIRED),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", KINDS)
def test_a_kind_gives_what_its_own_computation_gives(name, measure):
    built, plain, options, text = KINDS[name]
    module, tokenizer = built()
    model = make(module, tokenizer, **options)
    tokens = model.tokens(text)
    targets = [(5 * s) % len(model.outputs) for s in range(len(tokens))]
    if model.network.capabilities.one_output:
        targets = [1] * len(tokens)
    found = rv.connectivity(
        model, text, target=[model.outputs[k] for k in targets], measure=measure
    )
    ids = torch.tensor(tokens.ids)
    truth = plain(module, ids)
    if plain is PlainMasked:
        expected = np.stack([masked_row(truth, ids, s, k, measure) for s, k in enumerate(targets)])
    else:
        x = torch.nn.functional.one_hot(ids, len(model.inputs)).double()
        expected = by_hand(truth, x, targets, measure, truth.table())
    assert expected.any()
    assert worst(found.scores, expected) < 1e-10
    assert found.engine == "autograd"
    assert found.causal == (name in ("GPT-2", "Llama"))


def masked_row(truth, ids, s, target, measure, mask=4):
    """Row s by autograd on the text with the mask in the place of s."""
    read = ids.clone()
    read[s] = mask
    x = torch.nn.functional.one_hot(read, len(truth.table())).double()
    targets = [0] * len(ids)
    targets[s] = target
    return by_hand(Plain(truth.module, read), x, targets, measure, truth.table())[s]


@pytest.mark.parametrize("name", KINDS)
def test_what_is_predicted_is_what_the_module_predicts(name):
    built, plain, options, text = KINDS[name]
    module, tokenizer = built()
    model = make(module, tokenizer, **options)
    found = rv.connectivity(model, text)
    ids = torch.tensor(model.tokens(text).ids)
    with torch.no_grad():
        truth = plain(module, ids)
        logits = truth.plain(truth.table()[ids])
    odds = logits.softmax(-1).expand(len(ids), -1).numpy()
    assert len(found.predictions) == len(ids)
    for s, best in enumerate(found.predictions):
        for word, p in best:
            np.testing.assert_allclose(p, odds[s, model.outputs.index(word)], rtol=1e-9)


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

    def told(wrote):
        reader.written[text] = wrote
        return [note for note in rv.connectivity(model, text).notes if "What it wrote" in note]

    assert told(begun) == []
    [note] = told([*begun, 5])
    assert (
        f"token {len(begun)} of its target was “{model.inputs[5]}” and is read as nothing" in note
    )
    [note] = told([begun[0], 5])
    assert f"token 1 of its target was “{model.inputs[5]}” and is read as “" in note
    assert "tgt_lang" not in note
    # Another text is none that it wrote.
    assert not model.tokens(f"{text}a").notes


def test_a_begin_token_that_the_text_has_is_read_once():
    model = make(*rotary())
    tokens = model.tokens("<s>the cat")
    assert tokens.symbols == ["<s>", "the", " cat"]
    assert tokens.spans == [(0, 3), (3, 6), (6, 10)]
    notes = rv.connectivity(model, "<s>the cat", target=rv.TOP).notes
    assert any("is read only once" in note for note in notes)
    assert model.tokens("<s><s>the").symbols[:3] == ["<s>", "<s>", "the"]
    assert not model.tokens("the cat").notes


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


def test_a_model_that_cant_be_called_so_is_said():
    _, tokenizer = bart()
    config = hugging.bart(tokenizer, torch.float64).config
    module = hugging.made(tf.BartForSequenceClassification, config, torch.float64)
    with pytest.raises(
        RuntimeError, match=r"BartForSequenceClassification can't be called with"
    ) as c:
        make(module, tokenizer)
    assert "input_ids of one text alone: " in str(c.value)
    assert "Pass its module to rv.SequenceModel, with forward=" in str(c.value)


def test_a_target_that_begins_with_the_starting_token_has_it_once():
    module, tokenizer = bart()
    module.config.decoder_start_token_id = tokenizer.bos_token_id
    tokens = make(module, tokenizer).tokens("the\nthe")
    assert tokens.symbols == ["<s>", "the", "</s>", "<s>", "the"]
    assert rv.connectivity(make(module, tokenizer), "the\nthe").scores.any()


ZOO = {
    "RoBERTa": (
        tf.RobertaForMaskedLM,
        lambda t: tf.RobertaConfig(vocab_size=len(t), pad_token_id=t.pad_token_id, **hugging.SMALL),
    ),
    "DistilBERT": (
        tf.DistilBertForMaskedLM,
        lambda t: tf.DistilBertConfig(
            vocab_size=len(t), dim=16, n_layers=2, n_heads=2, hidden_dim=24
        ),
    ),
    "ALBERT": (
        tf.AlbertForMaskedLM,
        lambda t: tf.AlbertConfig(vocab_size=len(t), embedding_size=8, **hugging.SMALL),
    ),
    "Qwen": (
        tf.Qwen2ForCausalLM,
        lambda t: tf.Qwen2Config(vocab_size=len(t), num_key_value_heads=1, **hugging.SMALL),
    ),
    "Gemma": (
        tf.GemmaForCausalLM,
        lambda t: tf.GemmaConfig(
            vocab_size=len(t), num_key_value_heads=1, head_dim=8, **hugging.SMALL
        ),
    ),
    "Mamba": (
        tf.MambaForCausalLM,
        lambda t: tf.MambaConfig(
            vocab_size=len(t), hidden_size=16, num_hidden_layers=2, state_size=4
        ),
    ),
    "Marian": (
        tf.MarianMTModel,
        lambda t: tf.MarianConfig(
            vocab_size=len(t),
            d_model=16,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=24,
            decoder_ffn_dim=24,
            pad_token_id=t.pad_token_id,
            eos_token_id=t.eos_token_id,
            decoder_start_token_id=t.pad_token_id,
            forced_eos_token_id=t.eos_token_id,
        ),
    ),
}


@pytest.mark.parametrize("name", ZOO)
def test_others_of_their_kinds(name):
    cls, config = ZOO[name]
    tokenizer = hugging.byte_level(
        "<s>", "</s>", ("<s>", "</s>"), pad_token="<pad>", mask_token="<mask>"
    )
    module = hugging.made(cls, config(tokenizer), torch.float64)
    model = make(module, tokenizer)
    ids = torch.tensor(model.tokens(PAIRED).ids)
    found = rv.connectivity(model, PAIRED, target=model.outputs[9])
    with torch.no_grad():
        table = module.get_input_embeddings()(torch.arange(len(tokenizer)))
    truth = (PlainPair if name == "Marian" else Plain)(module, ids)
    x = torch.nn.functional.one_hot(ids, len(table)).double()
    if model.network.options.mask is None:
        expected = by_hand(truth, x, [9] * len(ids), "norm", table)
    else:
        rows = range(len(ids))
        mask = tokenizer.mask_token_id
        expected = np.stack([masked_row(truth, ids, s, 9, "norm", mask) for s in rows])
    assert worst(found.scores, expected) < 1e-9
    assert found.causal == (name in ("Qwen", "Gemma", "Mamba"))


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_on_the_page(name):
    built, _, options, text = KINDS[name]
    model = make(*built(), **options)
    widget = rv.explore({name: model}, text)
    widget.bake()
    scores = rv.connectivity(model, text).scores
    assert worst(widget.connectivity().scores, scores) < 1 / 500
    if name not in ("T5", "BART"):
        widget.text = "the dog"
        assert widget.connectivity().text == "the dog"
    widget.close()


def test_a_page_can_t_run_it_and_says_so(tmp_path):
    widget = rv.explore(make(*causal()), "the cat")
    with pytest.raises(ValueError, match="GPT2LMHeadModel"):
        widget.save_html(tmp_path / "page.html", live=True)
    widget.save_html(tmp_path / "page.html")
    assert "rnnviz" in (tmp_path / "page.html").read_text(encoding="utf-8")
    widget.close()


def test_two_tokens_of_one_text_keep_their_names():
    from rnnviz_widget.models.hugging.vocabulary import names_of

    tokenizer = hugging.sentence_piece()
    piece = max(each for each in tokenizer.get_vocab() if each.startswith("▁"))
    shown = piece.replace("▁", " ")
    tokenizer.add_tokens([shown])
    names = names_of(tokenizer, len(tokenizer))
    assert len(set(names)) == len(names)
    assert {piece, shown} <= set(names)


class NotFast:
    is_fast = False

    def __call__(self, text):
        return {"input_ids": []}

    def convert_ids_to_tokens(self, ids):
        return ids


def test_what_is_no_model_or_tokenizer_is_said(monkeypatch):
    module, tokenizer = causal()
    with pytest.raises(TypeError, match=r"must be a transformers.PreTrainedModel; got Linear"):
        make(torch.nn.Linear(2, 2), tokenizer)
    with pytest.raises(ValueError, match=r"GPT2Model has no supported head.*AutoModelForCausal"):
        make(module.transformer, tokenizer)
    with pytest.raises(TypeError, match=r"got Tokenizer; wrap it: transformers.PreTrainedTokenize"):
        make(module, tokenizer.backend_tokenizer)
    with pytest.raises(TypeError, match="got str; pass what AutoTokenizer"):
        make(module, "gpt2")
    with pytest.raises(ValueError, match=r"must be a fast one.*NotFast does not"):
        make(module, NotFast())
    monkeypatch.setattr(type(module), "main_input_name", "pixel_values")
    with pytest.raises(ValueError, match="must read tokens, input_ids; it reads pixel_values"):
        make(module, tokenizer)


def test_a_tokenizer_without_a_mask_is_said():
    module, tokenizer = masked()
    tokenizer.mask_token = None
    with pytest.raises(ValueError, match=r"masked=True needs a tokenizer with a mask.*it has none"):
        make(module, tokenizer)
    assert rv.connectivity(make(module, tokenizer, masked=False), "the cat").scores.any()


def test_a_decoder_that_starts_with_nothing_is_said():
    module, tokenizer = t5()
    module.config.decoder_start_token_id = None
    module.generation_config.decoder_start_token_id = None
    with pytest.raises(ValueError, match=r"set model.config.decoder_start_token_id"):
        make(module, tokenizer)


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


def test_without_transformers_one_is_told_what_to_install():
    code = (
        "import sys\nsys.modules['transformers'] = None\nimport rnnviz_widget as rv\n"
        "try:\n    rv.SequenceModel.from_transformers(None, None)\n"
        "except ImportError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "pip install 'rnnviz-widget[transformers]'" in said.stdout


def test_transformers_is_imported_by_who_needs_it():
    code = "import sys, rnnviz_widget\nprint('transformers' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "False"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["GPT-2", "Llama", "BERT, masked", "T5"])
def test_half_precision_comes_near(name, dtype):
    built, _, options, text = KINDS[name]
    module, tokenizer = built()
    half = make(module.to(dtype), tokenizer, **options)
    found = rv.connectivity(half, text, target=half.outputs[9])
    exact = rv.connectivity(
        make(module.double(), tokenizer, **options), text, target=half.outputs[9]
    )
    assert found.scores.dtype == np.float32
    assert worst(found.scores, exact.scores) < 0.15


@pytest.mark.parametrize("name", ["GPT-2", "Llama", "BERT, masked", "T5"])
def test_all_ways_to_attend_give_the_same(name):
    built, _, options, text = KINDS[name]
    module, tokenizer = built()
    scores = []
    for way in ("eager", "sdpa"):
        module.set_attn_implementation(way)
        model = make(module, tokenizer, **options)
        scores.append(rv.connectivity(model, text, target=model.outputs[9]).scores)
    # Written out, Llama's takes its softmax in single precision.
    assert worst(scores[0], scores[1]) < (1e-5 if name == "Llama" else 1e-10)


@pytest.mark.parametrize(
    ("name", "tied"),
    [
        ("GPT-2", False),
        ("GPT-2", True),
        ("BERT, masked", False),
        ("BERT, masked", True),
        ("T5", True),
    ],
)
def test_tied_weights_and_others(name, tied):
    built, plain, options, text = KINDS[name]
    _, tokenizer = built()
    build = {"GPT-2": hugging.gpt2, "BERT, masked": hugging.bert, "T5": hugging.t5}[name]
    module = build(tokenizer, torch.float64, tie_word_embeddings=tied)
    weights = [module.get_input_embeddings().weight, module.get_output_embeddings().weight]
    assert (weights[0] is weights[1]) == tied
    model = make(module, tokenizer, **options)
    found = rv.connectivity(model, text, target=model.outputs[9])
    ids = torch.tensor(model.tokens(text).ids)
    truth = plain(module, ids)
    if plain is PlainMasked:
        expected = np.stack([masked_row(truth, ids, s, 9, "norm") for s in range(len(ids))])
    else:
        x = torch.nn.functional.one_hot(ids, len(model.inputs)).double()
        expected = by_hand(truth, x, [9] * len(ids), "norm", truth.table())
    assert worst(found.scores, expected) < 1e-10


@pytest.mark.parametrize("name", ["GPT-2", "BERT, masked", "T5"])
def test_the_module_is_left_as_it_is(name):
    built, _, options, text = KINDS[name]
    module, tokenizer = built()
    module.train()
    before = {key: each.clone() for key, each in module.state_dict().items()}
    model = make(module, tokenizer, **options)
    found = rv.connectivity(model, text)
    assert not [note for note in found.notes if "random" in note]  # dropout is off
    assert module.training
    assert all(p.requires_grad for p in module.parameters())
    assert all(torch.equal(each, before[key]) for key, each in module.state_dict().items())
    # It follows a refresh, and no sooner.
    with torch.no_grad():
        module.get_input_embeddings().weight.mul_(2)
    assert worst(rv.connectivity(model, text).scores, found.scores) < 1e-12
    model.refresh()
    assert not np.allclose(rv.connectivity(model, text).scores, found.scores)


@pytest.mark.parametrize("name", KINDS)
def test_a_model_travels_to_another_process(name):
    built, _, options, text = KINDS[name]
    model = make(*built(), **options)
    again = pickle.loads(pickle.dumps(model))
    first, second = (rv.connectivity(each, text).scores for each in (model, again))
    assert worst(first, second) < 1e-12
    assert model.network.fingerprint() == again.network.fingerprint() != ""


def test_masked_and_unmasked_are_told_apart():
    module, tokenizer = masked()
    both = [make(module, tokenizer, masked=each).network.fingerprint() for each in (True, False)]
    assert both[0] != both[1]


def test_a_model_of_transformers_is_evaluated():
    for built, options in ((causal, {}), (masked, {}), (t5, {})):
        texts = [PAIRED] if built is t5 else ["the cat sat", "a dog ran"]
        found = rv.evaluate(make(*built(), **options), texts, memory=False, progress=False)
        assert found


def test_a_head_with_a_bias_of_its_own_is_not_passed_by():
    module, tokenizer = bart()
    with torch.no_grad():
        module.final_logits_bias += torch.linspace(-3, 3, len(tokenizer)).double()
    model = make(module, tokenizer)
    found = rv.connectivity(model, PAIRED, target=model.outputs[9])
    ids = torch.tensor(model.tokens(PAIRED).ids)
    truth = PlainPair(module, ids)
    x = torch.nn.functional.one_hot(ids, len(model.inputs)).double()
    expected = by_hand(truth, x, [9] * len(ids), "norm", truth.table())
    assert worst(found.scores, expected) < 1e-10
    odds = truth.plain(truth.table()[ids]).softmax(-1)[:, 9].detach().numpy()
    np.testing.assert_allclose(found.target_probabilities, odds, rtol=1e-9)


@pytest.mark.parametrize("name", ["GPT-2", "Llama", "BERT, unmasked", "T5", "BART"])
def test_a_gradient_begins_before_the_head(name):
    """No row takes a number for each of all classes."""
    built, _, options, text = KINDS[name]
    model = make(*built(), **options)
    ids = torch.tensor(model.tokens(text).ids)
    trace = model.network.trace(ids, model.network.embed(ids))
    assert trace.head is not None
    assert trace.head.hidden.shape == (len(ids), 16)


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
