"""How the modules of transformers are called, kept and handed on."""

import pickle

import hugging
import numpy as np
import pytest
import torch
import transformers as tf
from kinds import by_hand
from models.hugging_kinds import (
    KINDS,
    PAIRED,
    Plain,
    PlainMasked,
    PlainPair,
    bart,
    causal,
    make,
    masked_row,
)
from small import worst

import rnnviz_widget as rv

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
