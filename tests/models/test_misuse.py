"""Nothing hidden: what does not fit is said, with what was expected, what came and what to do."""

import pytest
import torch
from kinds import Classifier
from language_models import LETTERS, Base, D, V
from models.misuses import model, said
from torch import nn

import rnnviz_widget as rv


class Counted(nn.Module):
    """Reads its ids as plain numbers."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, V)

    def forward(self, ids):
        return self.head(ids[..., None].float())


class Hashed(Base):
    """Reads symbols as others, all of them."""

    def forward(self, ids):
        return super().forward((3 * ids + 1) % V)


class Placed(Base):
    """Its front adds places to symbols: it does not embed each by itself."""

    def __init__(self):
        super().__init__()
        self.front = Front()

    def forward(self, ids):
        return self.head(self.cell(self.front(ids))[0])


class Front(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(V, D)

    def forward(self, ids):
        return self.table(ids) + torch.arange(ids.shape[-1])[:, None]


# What was expected, what came, what to do: each a part of the message.
MISUSES = {
    "not a module": (
        lambda: rv.SequenceModel(lambda ids: ids, LETTERS),
        TypeError,
        ("must be a torch.nn.Module", "got function", "Put the code that computes the logits into"),
    ),
    "too many symbols": (
        lambda: model(inputs=LETTERS + "xy", outputs=LETTERS),
        ValueError,
        ("has 8 rows", "there are 10 input symbols", "pass the symbols in the order"),
    ),
    "far too many symbols": (
        lambda: model(inputs=[str(n) for n in range(99)], outputs=LETTERS),
        RuntimeError,
        ("IndexError: index out of range", "ids up to 50", "pass as many symbols"),
    ),
    "a symbol twice": (
        lambda: model(inputs="abcdefga"),
        ValueError,
        ("inputs must differ", "'a' occurs more than once", "a symbol of its own"),
    ),
    "a symbol that is none": (
        lambda: model(inputs=[*"abcdefg", 7]),
        TypeError,
        ("must be strings in id order", "number 7 is 7 (int)"),
    ),
    "no symbols": (lambda: model(inputs=""), ValueError, ("inputs is empty", "at least one")),
    "fewer classes than logits": (
        lambda: model(outputs="xyz"),
        ValueError,
        ("there are 3 output classes", "returns 8 logits", "pass outputs= with one name for each"),
    ),
    "more classes than logits": (
        lambda: model(outputs=[str(n) for n in range(20)]),
        ValueError,
        ("there are 20 output classes", "returns 8 logits", "pass outputs= with one name for each"),
    ),
    "more classes than a classifier's logits": (
        lambda: model(Classifier, outputs="wxyz"),
        ValueError,
        ("must have shape (1, T, V) = (1, 4, 4)", "got (1, 3)", "one name for each of 3 logits"),
    ),
    "unknown= is no symbol": (
        lambda: model(unknown="?"),
        ValueError,
        ("must be one of the input symbols", "unknown='?'", "add it to inputs"),
    ),
    "tokenize= is no function": (
        lambda: model(tokenize=["a"]),
        TypeError,
        ("tokenize must be callable", "got list", "such as str.split"),
    ),
    "truth= is no truth": (
        lambda: model(truth="words"),
        ValueError,
        ('must be "next", "same", "word", "none" or a callable', "got 'words'"),
    ),
    "embedding= is nowhere": (
        lambda: model(embedding="table"),
        ValueError,
        ("embedding='table' is not a submodule of Base", "it has 'embedding', 'cell', 'head'"),
    ),
    "embedding= of another module": (
        lambda: model(embedding=nn.Embedding(V, D)),
        ValueError,
        ("embedding=Embedding is not a submodule of Base", "it has 'embedding'"),
    ),
    "embedding= does not embed": (
        lambda: model(embedding="head"),
        ValueError,
        ("'head' was not called with the token ids", "name the submodule or weight"),
    ),
    "embedding= does more than embed": (
        lambda: model(Placed, embedding="front"),
        ValueError,
        (
            "embedding each symbol by itself",
            "the logits are not the same",
            "say with embedding= which",
        ),
    ),
    "no embedding": (
        lambda: model(Counted),
        ValueError,
        (
            "no nn.Embedding",
            "found: none",
            "embedding=",
            "one_hot=True",
            "forward=",
            "from_vectors",
        ),
    ),
    "ids Hashed": (
        lambda: model(Hashed),
        ValueError,
        ("all and in order", "found: 'embedding'", "looked up [", "name with embedding="),
    ),
    "one_hot and embedding": (
        lambda: model(one_hot=True, embedding="embedding"),
        ValueError,
        ("one_hot=True says", "embedding= that it embeds ids", "pass one of the two"),
    ),
    "one_hot, but it reads ids": (
        lambda: model(one_hot=True),
        RuntimeError,
        ("must map such vectors to logits", "shape (1, 4, 8), torch.float32", "pass forward="),
    ),
}


@pytest.mark.parametrize("name", MISUSES)
def test_what_does_not_fit_is_said(name):
    assert said(*MISUSES[name])
