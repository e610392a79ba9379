"""What from_transformers can't take, said in words."""

import subprocess
import sys

import hugging
import pytest
import torch
import transformers as tf
from models.hugging_kinds import bart, causal, make, masked, t5

import rnnviz_widget as rv


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
