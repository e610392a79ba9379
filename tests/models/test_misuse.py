"""Nothing hidden: what does not fit is said, with what was expected, what came and what to do."""

import random
import warnings

import numpy as np
import pytest
import torch
from kinds import LETTERS, NAMES, Base, Classifier, D, H, Lengths, Sensor, V, Wrapped
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv

TEXT = "badhegfc"


def model(make=Base, inputs=LETTERS, outputs=None, **options):
    return rv.SequenceModel(seeded(make), inputs, outputs, **options)


def sensor(vectors=((1.0, 2, 3),) * 4, labels=None, **options):
    return rv.SequenceModel.from_vectors(
        seeded(Sensor), vectors, labels, **{"outputs": NAMES} | options
    )


def read(model, text=TEXT, **options):
    return rv.connectivity(model, text, **options)


def wraps(wrap):
    return lambda: model(lambda: Wrapped(wrap))


def calls(forward):
    return lambda: model(forward=forward)


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


class NoTensor(Base):
    def forward(self, ids):
        return "logits"


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


@pytest.mark.parametrize("name", MISUSES)
def test_what_does_not_fit_is_said(name):
    use, kind, parts = MISUSES[name]
    with pytest.raises(kind) as caught:
        use()
    for part in parts:
        assert part in str(caught.value)


def test_a_module_that_fails_on_some_lengths_reads_the_others():
    assert read(model(Long)).scores.shape == (8, 8)


class Dropping(Base):
    """Its dropout is never off."""

    def forward(self, ids):
        return self.head(nn.functional.dropout(self.cell(self.embedding(ids))[0], 0.5))


class Rolling(Base):
    """Draws numbers that torch knows nothing of."""

    def forward(self, ids):
        return super().forward(ids) * random.random()


class Keeping(Base):
    """Goes on from the state that it was left in."""

    hidden = None

    def forward(self, ids):
        output, state = self.cell(self.embedding(ids), self.hidden)
        self.hidden = state.detach()
        return self.head(output)


def afresh(module, ids):
    module.hidden = None
    return module(ids)


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (Dropping, "The module draws random numbers in eval mode"),
        (Rolling, "The module gives other logits each time it reads the same ids"),
        (Keeping, "The module gives other logits each time it reads the same ids"),
    ],
)
def test_what_is_not_the_same_each_time_is_said(make, note):
    found = read(model(make), target="a")
    assert [each.startswith(note) for each in found.notes] == [True]
    assert found.scores.any()
    assert found.engine == "autograd"


def test_all_rows_are_of_one_pass():
    found = read(model(Rolling), target="a").scores
    plain = read(model(), target="a").scores
    drawn = found[plain > 0] / plain[plain > 0]
    np.testing.assert_allclose(drawn, drawn[0], rtol=1e-4)


def test_a_module_that_goes_on_is_called_afresh_by_forward():
    module = seeded(Keeping, dtype=torch.float64)
    mine = rv.SequenceModel(module, LETTERS, forward=afresh)
    plain = seeded(Base, dtype=torch.float64)
    plain.load_state_dict(module.state_dict())
    found, truth = read(mine), read(rv.SequenceModel(plain, LETTERS))
    assert found.notes == []
    assert worst(found.scores, truth.scores) < 1e-12
    assert module.hidden is None


class Detached(Base):
    def forward(self, ids):
        return super().forward(ids).detach()


def test_where_no_gradient_flows_it_is_said():
    found = read(model(Detached))
    assert not found.scores.any()
    (note,) = found.notes
    assert note.startswith("No gradient flows from its logits back to its input")
    assert "detach()" in note


@pytest.mark.parametrize("symbols", ["a", "ab", "abc"])
def test_few_symbols(symbols):
    class Few(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(len(symbols), D)
            self.places = nn.Embedding(50, D)
            self.cell = nn.GRU(D, H, batch_first=True)
            self.head = nn.Linear(H, len(symbols))

        def forward(self, ids):
            x = self.embedding(ids) + self.places(torch.arange(ids.shape[1]))
            return self.head(self.cell(x)[0])

    mine = model(Few, symbols)
    assert mine.network.capabilities.embedding_name == "embedding"
    assert read(mine, symbols * 3).scores.any()


def test_a_compiled_module_is_run_as_it_was_written():
    module = seeded(Base, dtype=torch.float64)
    compiled = torch.compile(module, backend="eager")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(rv.SequenceModel(compiled, LETTERS, embedding=compiled.embedding))
    truth = read(rv.SequenceModel(module, LETTERS))
    assert (found.scores == truth.scores).all()
    assert found.engine == "sweep"


def test_how_a_module_is_called_is_part_of_an_evaluation(tmp_path):
    module = seeded(Base)
    path = tmp_path / "kept.jsonl"
    texts = ["abc", "cab"]

    def evaluate(**options):
        return rv.evaluate(
            rv.SequenceModel(module, LETTERS, **options), texts, memory=False, keep=path
        )

    first = evaluate(forward=lambda m, ids: m(ids) * 2)
    again = evaluate(forward=lambda m, ids: m(ids) * 2)
    assert first.cross_entropy() == again.cross_entropy()
    for options in ({}, {"forward": lambda m, ids: m(ids) * 3}):
        with pytest.raises(ValueError, match="it differs in: model"):
            evaluate(**options)
