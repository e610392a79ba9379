"""Calls, texts, vectors and labels that a model can't take, each said in words."""

import numpy as np
import pytest
import torch
from kinds import Sensor, Wrapped
from language_models import LETTERS, NAMES, Base, D, Lengths
from models.misuses import model, read, said
from small import seeded
from torch import nn

import rnnviz_widget as rv


def sensor(vectors=((1.0, 2, 3),) * 4, labels=None, **options):
    return rv.SequenceModel.from_vectors(
        seeded(Sensor), vectors, labels, **{"outputs": NAMES} | options
    )


def wraps(wrap):
    return lambda: model(lambda: Wrapped(wrap))


def calls(forward):
    return lambda: model(forward=forward)


class NoTensor(Base):
    def forward(self, ids):
        return "logits"


class Long(Base):
    """Reads no more than 20 tokens, no fewer than 6."""

    def __init__(self):
        super().__init__()
        self.places = nn.Embedding(20, D)

    def forward(self, ids):
        if ids.shape[1] < 6:
            raise ValueError("too short")
        places = self.places(torch.arange(ids.shape[1]))
        return self.head(self.cell(self.embedding(ids) + places)[0])


def with_nan():
    module = seeded(Base)
    with torch.no_grad():
        module.head.bias[2] = float("nan")
    return read(rv.SequenceModel(module, LETTERS))


OTHER = seeded(Base)

# The same of calls, and of what is called.
CALLS = {
    "more to be called with": (
        lambda: model(Lengths),
        RuntimeError,
        (
            "lengths",
            "failed on ids of shape (1, 4)",
            "lambda module, ids: module(ids, lengths=...)",
        ),
    ),
    "forward= is no function": (
        calls("module(ids)"),
        TypeError,
        ("forward must be callable", "got str", "lambda module, ids: module(ids)"),
    ),
    "forward= fails": (
        calls(lambda m, ids: m(ids, 3)),
        RuntimeError,
        ("must return the logits", "forward= failed on ids of shape (1, 4)", "TypeError"),
    ),
    "forward= returns no tensor": (
        calls(lambda m, ids: m(ids).tolist),
        TypeError,
        ("must return logits", "got builtin_function_or_method", "pass forward=lambda"),
    ),
    "forward= returns another shape": (
        calls(lambda m, ids: m(ids)[:, 1:]),
        ValueError,
        ("must have shape (1, T, V) = (1, 4, 8)", "got (1, 3, 8)", "that returns them so"),
    ),
    "forward= calls another module": (
        calls(lambda _, ids: OTHER(ids)),
        ValueError,
        ("no nn.Embedding", "found: 'embedding'", "must call the module that it is given"),
    ),
    "classes before time": (
        wraps(lambda y, h: y.transpose(1, 2)),
        ValueError,
        ("(1, 4, 8)", "got (1, 8, 4)", "forward=lambda module, ids: module(ids).transpose(1, 2)"),
    ),
    "time before batch": (
        wraps(lambda y, h: y.transpose(0, 1)),
        ValueError,
        ("(1, 4, 8)", "got (4, 1, 8)", "pass batch_first=False"),
    ),
    "a mapping without logits": (
        wraps(lambda y, h: {"a": y, "b": y}),
        TypeError,
        ("holds them as logits", "dict of a: (1, 4, 8), b: (1, 4, 8)", "pass forward=lambda"),
    ),
    "no tensor": (
        lambda: model(NoTensor),
        TypeError,
        ("must return logits", "got str", "forward="),
    ),
    "weights that are no numbers": (
        with_nan,
        FloatingPointError,
        ("not finite", "first at token 0 ('b')", "check the weights for NaN"),
    ),
    "an empty text": (lambda: read(model(), ""), ValueError, ("text is empty", "at least one")),
    "a text of unknown symbols": (
        lambda: read(model(), "abX"),
        ValueError,
        ("it knows 'abcdefgh'", "'X' at 2", "Change the text, or pass unknown="),
    ),
    "a text that is none": (lambda: read(model(), 7), TypeError, ("must be a string", "got int")),
    "a text too short for it": (
        lambda: read(model(Long), "abc"),
        RuntimeError,
        ("must map such ids to logits", "shape (1, 3)", "too short"),
    ),
    "a text too long for it": (
        lambda: read(model(Long), "abc" * 9),
        RuntimeError,
        ("IndexError", "shape (1, 27)", "a text that is not too long for it"),
    ),
    "a truth of another length": (
        lambda: read(model(truth=lambda tokens: ["a"])),
        ValueError,
        ("one class for each token", "8 expected, 1 came"),
    ),
    "labels of another length": (
        lambda: sensor(labels="abc"),
        ValueError,
        ("one string for each vector", "4 expected, 3 came", "or none for digits"),
    ),
    "labels that are none": (
        lambda: sensor(labels=[1, 2, 3, 4]),
        TypeError,
        ("labels must be strings", "number 0 is 1 (int)", "pass str(label)"),
    ),
    "an empty label": (
        lambda: sensor(labels=["a", "", "c", "d"]),
        ValueError,
        ("at least one character", "number 1 is empty", "pass '·'"),
    ),
    "vectors of another shape": (
        lambda: sensor(torch.zeros(1, 4, 3)),
        ValueError,
        ("must have shape (T, D)", "got (1, 4, 3)", "one sequence at a time"),
    ),
    "numbers for vectors": (
        lambda: sensor([1.0, 2.0]),
        ValueError,
        ("must have shape (T, D)", "got (2,)", "vectors[:, None]"),
    ),
    "no vectors": (lambda: sensor(np.zeros((0, 3))), ValueError, ("at least one", "got (0, 3)")),
    "vectors with gaps": (
        lambda: sensor([[1.0, 2, 3], [4, float("nan"), 6]]),
        ValueError,
        ("must be finite", "step 1 is not", "Fill in missing"),
    ),
    "vectors of words": (
        lambda: sensor([["a", "b", "c"]]),
        TypeError,
        ("array or tensor of numbers", "got list"),
    ),
    "vectors of another size": (
        lambda: sensor([[1.0, 2]]),
        RuntimeError,
        ("must map such vectors", "vectors of shape (1, 1, 2)", "pass forward="),
    ),
    "another text for vectors": (
        lambda: read(sensor(), "00"),
        ValueError,
        ("text is model.text", "got another text with 2", "make another model"),
    ),
    "no model": (
        lambda: read(seeded(Base)),
        TypeError,
        ("expected an rv.SequenceModel", "got Base", "Wrap a torch module"),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_does_not_fit_when_it_is_called_is_said(name):
    assert said(*CALLS[name])


def test_a_module_that_fails_on_some_lengths_reads_the_others():
    assert read(model(Long)).scores.shape == (8, 8)
