"""A sliding window: each output is the module's answer to the last tokens that end there."""

import copy
import pickle

import numpy as np
import pytest
import torch
from kinds import LETTERS, Base, D, H, V
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, measures_of
from rnnviz_widget.engines.autograd import separate
from rnnviz_widget.engines.autograd.output_texts import WindowTexts
from rnnviz_widget.picture import cell_styles
from rnnviz_widget.reading import Question, Reading

TEXT = "badhegfcaabcgfdhe"
PAD = LETTERS[0]


class Last(Base):
    """What follows the text that was read, (1, V)."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][:, -1])

    def answer(self, embedded):
        return self.head(self.cell(embedded[None])[0][0, -1])


class Convolved(nn.Module):
    """A network that reads windows of one size and nothing else."""

    size = 5

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.inner = nn.Conv1d(D, H, 3)
        self.head = nn.Linear(H * (self.size - 2), V)

    def forward(self, ids):
        hidden = self.inner(self.embedding(ids).transpose(1, 2)).tanh()
        return self.head(hidden.flatten(1))

    def answer(self, embedded):
        hidden = self.inner(embedded.T[None])[0].tanh()
        return self.head(hidden.reshape(-1))


class BothWays(Base):
    """One output for each token, each of all that was read: the last is the window's."""

    def __init__(self):
        super().__init__(width=2 * H, bidirectional=True)

    def answer(self, embedded):
        return self.head(self.cell(embedded[None])[0][0])[-1]


class TimeFirst(Last):
    def __init__(self):
        super().__init__(batch_first=False)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][-1])

    def answer(self, embedded):
        return self.head(self.cell(embedded[:, None])[0][-1, 0])


class OfBatch(Last):
    """What it gives for a text depends on what else is in the batch."""

    def forward(self, ids):
        return super().forward(ids) + 0.2 * self.embedding(ids).mean() * len(ids)

    def answer(self, embedded):
        return super().answer(embedded) + 0.2 * embedded.mean()


class Unknown(Last):
    """Looks up the first symbol instead of the last two."""

    @staticmethod
    def looked_up(ids):
        return [0 if each > V - 3 else each for each in ids]

    def forward(self, ids):
        return super().forward(torch.where(ids > V - 3, 0, ids))


class Stops(Last):
    """Looks up the first symbol instead of all that follows a stop."""

    @staticmethod
    def looked_up(ids):
        stop = ids.index(4) if 4 in ids else len(ids)
        return [0 if n > stop else each for n, each in enumerate(ids)]

    def forward(self, ids):
        after = (ids == 4).long().cumsum(1) - (ids == 4).long()
        return super().forward(torch.where(after > 0, 0, ids))


class Uncopyable(Last):
    def __deepcopy__(self, memo):
        raise RuntimeError("it holds a handle")


KINDS = {
    "one output": (Last, {"window": 5}),
    "padded": (Last, {"window": 5, "pad": PAD}),
    "of one size": (Convolved, {"window": 5, "pad": PAD}),
    "an output a token": (BothWays, {"window": 4}),
    "time first": (TimeFirst, {"window": 6, "batch_first": False}),
    "of its batch": (OfBatch, {"window": 5}),
    "changes ids": (Unknown, {"window": 5}),
    "stops reading": (Stops, {"window": 4}),
    "uncopyable": (Uncopyable, {"window": 5}),
    "longer than the text": (Last, {"window": 40}),
}


def made(name, dtype=torch.float64):
    make, options = KINDS[name]
    module = seeded(make, dtype=dtype)
    return module, rv.SequenceModel(module, LETTERS, **options)


def by_hand(module, text, targets, measure, *, window, pad=None, **_):
    """Each window by itself, by float64 autograd on the one-hot input; and what it gives."""
    module = copy.copy(module).double().eval()
    table = module.embedding.weight.detach()
    ids = [LETTERS.index(character) for character in text]
    rows, logits = [], []
    for s, k in enumerate(targets):
        first = max(0, s - window + 1)
        before = 0 if pad is None else window - (s + 1 - first)
        its = [LETTERS.index(PAD)] * before + ids[first : s + 1]
        its = module.looked_up(its) if hasattr(module, "looked_up") else its
        x = torch.eye(V, dtype=torch.float64)[its].requires_grad_()
        e = x @ table
        y = module.answer(e)
        logits.append(y.detach())
        at_x, at_e = torch.autograd.grad(y[k], (x, e))
        scores = {
            "norm": at_x.norm(dim=1),
            "squared": at_x.square().sum(1),
            "embedding_norm": at_e.norm(dim=1),
            "grad_x_input": (at_e * e.detach()).sum(1),
        }[measure]
        row = torch.zeros(len(text), dtype=torch.float64)
        row[first : s + 1] = scores[before:]
        rows.append(row)
    return torch.stack(rows).numpy(), torch.stack(logits)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", KINDS)
def test_rows_are_those_of_each_window_by_itself(name, measure):
    module, model = made(name)
    targets = [(3 * s) % V for s in range(len(TEXT))]
    truth, logits = by_hand(module, TEXT, targets, measure, **KINDS[name][1])
    names = [LETTERS[k] for k in targets]
    c = rv.connectivity(model, TEXT, target=names, measure=measure)
    assert worst(c.scores, truth) < 1e-9
    assert c.causal
    odds = logits.softmax(1)
    np.testing.assert_allclose(c.target_probabilities, odds[range(len(TEXT)), targets], rtol=1e-9)
    reading = Reading(model, TEXT, Question(names, measure))
    assert worst(reading.rows([7, 3, 3]), truth[[7, 3, 3]]) < 1e-9
    filled = dict(row for _, part in reading.fill(range(len(TEXT))) for row in part)
    assert worst(np.stack([filled[s] for s in range(len(TEXT))]), truth) < 1e-9
    ((start, piece),) = reading.pieces(9)
    assert start == 0
    assert worst(piece[None], truth[9:10, :10]) < 1e-9


@pytest.mark.parametrize("name", KINDS)
def test_what_lies_outside_a_window_is_hatched_and_not_read(name):
    _, model = made(name)
    window = KINDS[name][1]["window"]
    c = rv.connectivity(model, TEXT)
    s, t = np.indices(c.scores.shape)
    inside = (t <= s) & (t > s - window)
    np.testing.assert_array_equal(c.reads.mask(), inside)
    assert not c.scores[~inside].any()
    picture = c.picture(9)
    hatched = [style.step is None for style in cell_styles(picture, 0)]
    assert hatched == (~inside[9]).tolist()
    # By experiment: another text outside of it changes nothing.
    if name != "of its batch":
        odds = c.target_probabilities[9]
        others = "".join(LETTERS[0] if not inside[9, t] else TEXT[t] for t in range(len(TEXT)))
        assert rv.connectivity(model, others, target=c.targets[9]).target_probabilities[9] == (
            pytest.approx(odds, rel=1e-12)
        )


def test_the_truth_is_the_next_token_and_evaluate_finds_it_at_every_position():
    class Copies(nn.Module):
        """Says that what was read two tokens before comes again."""

        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding.from_pretrained(torch.eye(V))
            self.scale = nn.Parameter(torch.tensor(9.0))

        def forward(self, ids):
            return self.scale * self.embedding(ids)[:, -2 if ids.shape[1] > 1 else -1]

    model = rv.SequenceModel(Copies(), LETTERS, window=3)
    c = rv.connectivity(model, "abababac")
    assert c.targets == [*"bababac", c.predictions[-1][0][0]]
    assert c.reasons[-1] == "the top prediction, as nothing follows the last position"
    found = rv.evaluate(model, ["abababac"], start=0, progress=False)
    assert found.accuracy().positions == 7
    # All but the first, which has one token only, and the last, which breaks the rule.
    assert found.accuracy().value == 5 / 7
    assert found.accuracy_by_known()[1].positions == 1
    assert not found.whole


def test_a_contrast_and_another_target():
    module, model = made("one output")
    one, _ = by_hand(module, TEXT, [1] * len(TEXT), "grad_x_input", window=5)
    other, _ = by_hand(module, TEXT, [4] * len(TEXT), "grad_x_input", window=5)
    pair = rv.Contrast(LETTERS[1], LETTERS[4])
    c = rv.connectivity(model, TEXT, target=pair, measure="grad_x_input")
    assert worst(c.scores, one - other) < 1e-9
    assert rv.connectivity(model, TEXT, target=pair).measure == "occlusion"


def explained(module, text, s, k, window):
    """The logit that is explained, of embedded windows (B, L, D); and the window's embedding."""
    ids = [LETTERS.index(character) for character in text[max(0, s - window + 1) : s + 1]]
    e = module.embedding.weight.detach()[ids]
    return lambda many: module.head(module.cell(many)[0][:, -1])[:, k], e


@pytest.mark.parametrize("measure", ["occlusion", "integrated_gradients"])
def test_a_method_is_computed_in_each_window(measure):
    module, model = made("one output")
    c = rv.connectivity(model, TEXT, target=LETTERS[2], measure=measure)
    truth = np.zeros((len(TEXT), len(TEXT)))
    with torch.no_grad():
        for s in range(len(TEXT)):
            y, e = explained(module, TEXT, s, 2, 5)
            if measure == "occlusion":
                without = e.repeat(len(e), 1, 1)
                without[range(len(e)), range(len(e))] = 0
                row = y(e[None]) - y(without)
                truth[s, s + 1 - len(e) : s + 1] = row
            else:
                truth[s, s] = float(y(e[None]) - y(torch.zeros_like(e)[None]))
    if measure == "occlusion":
        assert worst(c.scores, truth) < 1e-9
    else:
        # Rows add up to what the window changes, and lie in it.
        np.testing.assert_allclose(c.scores.sum(1), truth.sum(1), atol=1e-4)
        for s, row in enumerate(c.scores):
            assert not row[: max(0, s - 4)].any()
            assert not row[s + 1 :].any()


def test_other_methods_serve_or_say_why_not():
    model = made("one output")[1]
    assert rv.connectivity(model, "badh", measure="smooth_grad").scores.any()
    with pytest.raises(ValueError, match="no rule for GRU"):
        rv.connectivity(model, "badh", measure="deep_lift")
    with pytest.raises(ValueError, match="one output for the whole text that it reads"):
        rv.connectivity(model, "badh", measure="attention")
    assert "attention" not in measures_of(model.network)


class Attends(Base):
    def __init__(self):
        super().__init__(width=D)
        self.attention = nn.MultiheadAttention(D, 1, batch_first=True)

    def forward(self, ids):
        embedded = self.embedding(ids)
        return self.head(self.attention(embedded, embedded, embedded)[0])


def test_attention_is_that_of_the_window():
    module = seeded(Attends, dtype=torch.float64)
    c = rv.connectivity(rv.SequenceModel(module, LETTERS, window=4), TEXT, measure="attention")
    e = module.embedding.weight.detach()[[LETTERS.index(x) for x in TEXT[5:9]]][None]
    _, weights = module.attention(e, e, e)
    np.testing.assert_allclose(c.scores[8, 5:9], weights[0, -1].detach(), rtol=1e-9)
    assert not c.scores[8, :5].any()


def test_windows_are_read_in_batches_that_memory_bounds(monkeypatch):
    sizes = []
    forward = Last.forward
    monkeypatch.setattr(
        Last, "forward", lambda self, ids: sizes.append(tuple(ids.shape)) or forward(self, ids)
    )
    model = made("padded")[1]
    long = TEXT * 20
    sizes.clear()
    reading = Reading(model, long)
    assert len(sizes) < len(long) / 8
    assert {length for _, length in sizes} == {5}
    assert max(count for count, _ in sizes) == WindowTexts.most
    whole = reading.matrix()[0]
    sizes.clear()
    monkeypatch.setattr(separate, "MEMORY", 1)
    alone = Reading(model, long[:30])
    np.testing.assert_allclose(alone.rows([12]), whole[[12], :30], rtol=1e-9)
    assert {count for count, _ in sizes} == {1}


def test_a_hovered_row_before_others_and_the_rest_behind():
    module, model = made("one output")
    widget = rv.explore(model, TEXT)
    widget.position = 11
    widget.bake()
    truth, _ = by_hand(module, TEXT, model_targets(model), "norm", window=5)
    assert worst(widget.connectivity().scores, truth) < 1e-9
    # Another text, with other windows.
    widget.text = TEXT[::-1] + TEXT
    widget.bake()
    again, _ = by_hand(module, widget.text, model_targets(model, widget.text), "norm", window=5)
    assert worst(widget.connectivity().scores, again) < 1e-9
    with torch.no_grad():
        module.head.weight.mul_(2)
    widget.refresh()
    widget.bake()
    # Twice the weights may make another class the best at the end, where there is no truth.
    assert worst(widget.connectivity().scores[:-1], 2 * again[:-1]) < 1e-9
    with pytest.raises(ValueError, match="each output reads a window of its own, and a page reads"):
        widget.shared(live="half")
    widget.close()


def model_targets(model, text=TEXT):
    return [LETTERS.index(name) for name in rv.connectivity(model, text).targets]


def test_it_travels_and_is_told_from_others():
    model = made("padded")[1]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        rv.connectivity(again, TEXT).scores, rv.connectivity(model, TEXT).scores
    )
    told = {made(name)[1].network.fingerprint() for name in ("padded", "one output", "of one size")}
    assert len(told) == 2


def test_vectors_in_windows():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(4 * 3, 2)

        def forward(self, vectors):
            return self.head(vectors.flatten(1).tanh())

    module = seeded(Steps, dtype=torch.float64)
    vectors = np.random.default_rng(0).normal(size=(9, 3))
    with pytest.raises(ValueError, match=r"can't read 1: .* of vectors, pad=True for zeros"):
        rv.SequenceModel.from_vectors(module, vectors, outputs=["a", "b"], window=4)
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=["a", "b"], window=4, pad=True)
    c = rv.connectivity(model, model.text, target="b", measure="grad_x_input")
    for s in range(9):
        read = torch.zeros(4, 3, dtype=torch.float64)
        its = torch.from_numpy(vectors[max(0, s - 3) : s + 1])
        read[4 - len(its) :] = its
        read.requires_grad_()
        (gradient,) = torch.autograd.grad(module(read[None])[0, 1], read)
        right = (gradient * read).sum(1).detach()[4 - len(its) :]
        np.testing.assert_allclose(c.scores[s, s + 1 - len(its) : s + 1], right, rtol=1e-9)
        assert np.count_nonzero(c.scores[s]) == len(its)


def test_what_a_window_can_not_be_is_said():
    module = seeded(Last)
    for wrong, error, words in (
        ({"window": 1}, ValueError, "window must be at least 2 tokens; got 1"),
        ({"window": 4.0}, TypeError, r"window must be a whole number of tokens; got 4\.0"),
        ({"window": True}, TypeError, "window must be a whole number of tokens; got True"),
        ({"pad": "a"}, ValueError, "pass window= with how many tokens"),
        ({"window": 4, "pad": "?"}, ValueError, r"pad='\?' must be one of the input symbols"),
    ):
        with pytest.raises(error, match=words):
            rv.SequenceModel(module, LETTERS, **wrong)
    with pytest.raises(ValueError, match=r"window of 5 tokens has fewer, and the module can't"):
        rv.SequenceModel(seeded(Convolved), LETTERS, window=5)
    model = made("one output")[1]
    with pytest.raises(ValueError, match="each output is of a window of its own"):
        rv.connectivity(model, TEXT, engine="sweep")
    assert rv.connectivity(model, TEXT, engine="autograd").engine == "autograd"


def test_it_says_what_each_output_is_of():
    [words] = rv.connectivity(made("one output")[1], TEXT).notes
    assert words.startswith("Each output is of a window of its own, the 5 tokens that end there;")
    assert words.endswith("at the beginning of the text those that there are.")
    [words] = rv.connectivity(made("padded")[1], TEXT).notes
    assert words.endswith("at the beginning of the text padding before them.")
    one, hint = rv.connectivity(rv.SequenceModel(seeded(Last), LETTERS), TEXT).notes
    assert "one output for the whole text" in one
    assert "with window= each token has an output of its own" in hint
