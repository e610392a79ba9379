"""Every snippet of docs/models.md runs, on small modules of its kind."""

import re
from pathlib import Path

import hugging
import numpy as np
import pytest
import torch
import transformers as tf
from kinds import OneHot, Sensor, Tagger
from language_models import LETTERS, Base, Lengths, Transformer, V, WordLanguageModel
from small import seeded
from torch import nn

import rnnviz_widget as rv

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Packed(Lengths):
    def forward(self, ids, *, lengths):
        return super().forward(ids, lengths)


class Stateful(Base):
    hidden = None

    def forward(self, ids):
        output, state = self.cell(self.embedding(ids), self.hidden)
        self.hidden = state.detach()
        return self.head(output)


class Two(Base):
    def __init__(self):
        super().__init__()
        self.other = nn.Embedding(V, 5)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids) * self.other(ids).sigmoid())[0])


class Classifier(Base):
    def __init__(self):
        super().__init__(2)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[1][-1])


class Window(Base):
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][:, -1])


class OneSize(Base):
    def __init__(self):
        super().__init__(width=25)

    def forward(self, ids):
        return self.head(self.embedding(ids).flatten(1))


class Price(Base):
    def __init__(self):
        super().__init__(1)


class Walking(Sensor):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(self.head.in_features, 2)


class Fixed(Base):
    """Reads 20 tokens and no other number."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(20 * 5, 2)

    def forward(self, ids):
        return self.head(self.embedding(ids).flatten(1))


class Pair(Base):
    """A source, and a target that goes on from where it ended."""

    def forward(self, source, target):
        _, state = self.cell(self.embedding(source))
        return self.head(self.cell(self.embedding(target), state)[0])


def of_transformers():
    """Models and tokenizers, by the names that the snippets use."""
    bytes_, pieces, unigrams = hugging.byte_level(), hugging.word_piece(), hugging.sentence_piece()
    named = {"id2label": {0: "good", 1: "bad"}}
    cls = tf.BertForSequenceClassification
    return {
        "gpt": hugging.gpt2(bytes_, torch.float32),
        "gpt_tokenizer": bytes_,
        "bert": hugging.bert(pieces, torch.float32),
        "bert_classifier": hugging.bert(pieces, torch.float32, cls, **named),
        "bert_tokenizer": pieces,
        "t5": hugging.t5(unigrams, torch.float32),
        "t5_tokenizer": unigrams,
    }


def preamble(snippet):
    """What a reader has at hand: the names that the snippets use."""
    many = of_transformers() if "from_transformers" in snippet else {}
    pair = {"symbols": "\nabcdefg"} if "encoder_decoder" in snippet else {}
    return many | {
        "rv": rv,
        "torch": torch,
        "text": "badhegfcaab",
        "symbols": LETTERS,
        "vocabulary": ["the", "cat", "sat", "on", "mat", ".", "dog", "<unk>"],
        "words": ["the", "cat", "sat", "on", "mat", ".", "dog", "<unk>"],
        "module": seeded(Base),
        "softmax_module": nn.Sequential(seeded(Base), nn.Softmax(-1)),
        "several_labels": nn.Sequential(seeded(Tagger), nn.Sigmoid()),
        "binary_module": seeded(lambda: Base(classes=1)),
        "word_module": seeded(Base),
        "rnn_model": seeded(WordLanguageModel),
        "packed_module": seeded(Packed),
        "stateful_module": seeded(Stateful),
        "two_tables": seeded(Two),
        "one_hot_module": seeded(OneHot),
        "tagger": seeded(Tagger),
        "classifier": seeded(Classifier),
        "fixed_module": seeded(Fixed),
        "bag_module": nn.Sequential(nn.EmbeddingBag(V, 5), nn.Linear(5, 2)),
        "price_module": seeded(Price),
        "window_module": seeded(Window),
        "one_size_module": seeded(OneSize),
        "transformer": seeded(Transformer),
        "sensor_module": seeded(Walking),
        "encoder_decoder": seeded(Pair),
        "vectors": np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32),
        **pair,
    }


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_runs_and_its_model_reads(number):
    snippet = SNIPPETS[number]
    names = preamble(snippet)
    exec(compile(snippet, f"docs/models.md, snippet {number}", "exec"), names)
    models = [each for each in names.values() if isinstance(each, rv.SequenceModel)]
    assert models
    assert len(snippet.splitlines()) <= 5
    for model in models:
        text = model.text or ("the cat sat" if model.tokenize else names["text"])
        text = "badge\nfad" if "example=" in snippet else text
        found = rv.connectivity(model, text)
        assert np.isfinite(found.scores).all()
        assert found.scores.any()
        assert not [note for note in found.notes if "each time" in note or "No gradient" in note]


def test_there_are_snippets_of_every_kind():
    assert len(SNIPPETS) == PAGE.count("```python") >= 14
    kinds = (
        "forward=",
        "one_hot=True",
        "from_vectors",
        "tokenize=",
        "embedding=",
        "torch.jit.script",
        "from_transformers",
        "text_for",
        "example=",
        "window=",
        "unit=",
    )
    assert all(any(kind in snippet for snippet in SNIPPETS) for kind in kinds)


def test_the_pages_that_lead_here_do():
    for page in ("README.md", "docs/engines.md"):
        text = (Path(__file__).parents[1] / page).read_text(encoding="utf-8")
        assert "models.md" in text
