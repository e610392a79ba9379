"""Models of five kinds over one text: tests import them, and so do kernels of notebooks."""

import hugging
import torch
from kinds import Tagger
from language_models import LETTERS, NAMES, Attending, Base, Transformer
from small import seeded

import rnnviz_widget as rv

TEXT = "cabbadhegfcabadeafcage"
PAIRED = "the cat 😀\nun chat"


def modules(dtype=torch.float32):
    """The plain ones by the names that the page shows."""
    makes = {
        "GRU": Base,
        "bidirectional LSTM": Tagger,
        "LSTM with attention": Attending,
        "Transformer": Transformer,
    }
    named = enumerate(makes.items())
    return {name: seeded(make, seed=n, dtype=dtype).eval() for n, (name, make) in named}


def models(dtype=torch.float32):
    """All of them, and one of transformers with its tokenizer."""
    found = {
        name: rv.SequenceModel(module, LETTERS, NAMES if "bi" in name else None)
        for name, module in modules(dtype).items()
    }
    tokenizer = hugging.byte_level()
    gpt = rv.SequenceModel.from_transformers(hugging.gpt2(tokenizer, dtype), tokenizer)
    return found | {"GPT-2": gpt}


def of_transformers(dtype=torch.float32):
    """Tokens of several characters, several of one, and of none; a source and its target."""
    makes = {
        "GPT-2": (hugging.gpt2, hugging.byte_level),
        "BERT": (hugging.bert, hugging.word_piece),
        "T5": (hugging.t5, hugging.sentence_piece),
    }
    found = {}
    for name, (make, tokenizer_of) in makes.items():
        tokenizer = tokenizer_of()
        model = make(tokenizer, dtype)
        found[name] = rv.SequenceModel.from_transformers(model, tokenizer, name=name)
    return found
