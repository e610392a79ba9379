"""A sliding window: each output is the module's answer to the last tokens that end there."""

import pickle

import numpy as np
import pytest
import torch
from language_models import LETTERS, V
from models.window_modules import KINDS, TEXT, Convolved, Last, by_hand, made
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES
from rnnviz_widget.picture import cell_styles
from rnnviz_widget.reading import Reading


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
    reading = Reading(model, TEXT, names, measure)
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
    c = rv.connectivity(model, TEXT, target=rv.Contrast(LETTERS[1], LETTERS[4]))
    assert worst(c.scores, one - other) < 1e-9


def test_it_travels_and_is_told_from_others():
    model = made("padded")[1]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        rv.connectivity(again, TEXT).scores, rv.connectivity(model, TEXT).scores
    )
    fingerprints = {
        made(name)[1].network.fingerprint() for name in ("padded", "one output", "of one size")
    }
    assert len(fingerprints) == 2


def test_vectors_in_windows():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(4 * 3, 2)

        def forward(self, vectors):
            return self.head(vectors.flatten(1).tanh())

    module = seeded(Steps, dtype=torch.float64)
    vectors = np.random.default_rng(0).normal(size=(9, 3))
    with pytest.raises(ValueError, match=r"can't read 1: .* of vectors, with pad=True for zeros"):
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
        ({"pad": "a"}, ValueError, "pass window= with the number of tokens"),
        ({"window": 4, "pad": "?"}, ValueError, r"pad='\?' must be one of the input symbols"),
    ):
        with pytest.raises(error, match=words):
            rv.SequenceModel(module, LETTERS, **wrong)
    with pytest.raises(ValueError, match=r"fewer than the 5 tokens of a window, and the module"):
        rv.SequenceModel(seeded(Convolved), LETTERS, window=5)
    model = made("one output")[1]
    with pytest.raises(ValueError, match="each output is of a window of its own"):
        rv.connectivity(model, TEXT, engine="sweep")
    assert rv.connectivity(model, TEXT, engine="autograd").engine == "autograd"


def test_it_says_what_each_output_is_of():
    [words] = rv.connectivity(made("one output")[1], TEXT).notes
    assert words.startswith("Each output reads a window of its own, the 5 tokens that end there;")
    assert words.endswith("at the beginning of the text there are fewer.")
    [words] = rv.connectivity(made("padded")[1], TEXT).notes
    assert words.endswith("at the beginning of the text padding fills it up.")
    one, hint = rv.connectivity(rv.SequenceModel(seeded(Last), LETTERS), TEXT).notes
    assert "one output for the whole text" in one
    assert "with window= each token has an output of its own" in hint
