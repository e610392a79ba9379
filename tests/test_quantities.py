"""Which number of the target is explained: from a call to the engines, in words and files."""

import numpy as np
import pytest
import torch
from quantities import QUANTITIES, truth
from small import LETTERS, recurrent, worst
from torch import nn
from widgets import explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES
from rnnviz_widget.picture import standing_text, to_latex
from rnnviz_widget.reading import Question
from rnnviz_widget.scene.facet import DEFAULT_QUANTITY

TEXT = "the dizzy cat sat"
IDS = torch.tensor([LETTERS.index(c) for c in TEXT])
TARGETS = [(5 * s + 1) % 27 for s in range(len(TEXT))]
NAMES = [LETTERS[k] for k in TARGETS]
LABELS = {
    "logit": "one-hot input",
    "centred": "one-hot input, of the logit minus the mean of all logits",
    "log_prob": "one-hot input, of the log probability",
}


@pytest.fixture
def module():
    return recurrent(dtype=torch.float64).eval()


@pytest.fixture
def model(module):
    return rv.SequenceModel(module, LETTERS, name="GRU")


def right(module, of, measure="norm", **options):
    def after(embedded):
        return module.head(module.cell(embedded[None])[0])[0]

    every = range(len(TEXT))
    return truth(after, module.embedding.weight, IDS, every, TARGETS, measure, of, **options)[0]


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("of", QUANTITIES)
def test_each_is_the_gradient_of_its_definition(module, model, of, measure, engine):
    c = rv.connectivity(model, TEXT, target=NAMES, measure=measure, of=of, engine=engine)
    expected = right(module, of, measure)
    assert worst(c.scores, expected, peaks=abs(expected).max(1)) < 1e-9
    assert (c.of, c.engine) == (of, engine)


@pytest.mark.parametrize("of", QUANTITIES)
def test_it_is_said_in_words(model, of):
    c = rv.connectivity(model, TEXT, of=of)
    assert c.label.endswith(LABELS[of])
    assert f"of={of!r}" in repr(c)
    assert LABELS[of] in standing_text(c.picture())
    signed = rv.connectivity(model, TEXT, of=of, measure="occlusion")
    said = {"logit": "the logit", "log_prob": "the log probability"}.get(of, "the logit minus")
    assert signed.label.startswith(f"occlusion: how far {said}")
    assert "logit" in to_latex(c.picture()) or of != "centred"


def test_where_nobody_says_it_is_the_default(model):
    assert rv.connectivity(model, TEXT).of == DEFAULT_QUANTITY
    widget = rv.explore(model, TEXT)
    assert (widget.of, Question().of) == (DEFAULT_QUANTITY, None)


@pytest.mark.parametrize("target", [rv.Contrast("e", "a"), rv.Contrast(rv.TOP, rv.TRUTH)])
@pytest.mark.parametrize("measure", ["norm", "occlusion"])
def test_of_a_contrast_it_changes_nothing(model, target, measure):
    every = [
        rv.connectivity(model, TEXT, target=target, measure=measure, of=of) for of in QUANTITIES
    ]
    for c in every:
        assert np.array_equal(c.scores, every[0].scores)
        assert c.label == every[0].label
        assert "minus that of" in c.label


def test_a_list_says_what_it_is_of_where_nothing_is_compared(module, model):
    targets = [("a", "b") if s == 4 else name for s, name in enumerate(NAMES)]
    c = rv.connectivity(model, TEXT, target=targets, measure="norm", of="log_prob")
    assert "of the log probability; where two classes are compared" in c.label
    expected = right(module, "log_prob")
    rows = [s for s in range(len(TEXT)) if s != 4]
    assert worst(c.scores[rows], expected[rows]) < 1e-9


def test_attention_is_the_same_whatever_is_explained():
    class Attends(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(27, 8)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 27)

        def forward(self, ids):
            read = self.embedding(ids)
            return self.head(self.attention(read, read, read, need_weights=False)[0])

    with torch.random.fork_rng(devices=[]):
        model = rv.SequenceModel(Attends(), LETTERS)
    one, other = (
        rv.connectivity(model, TEXT, measure="attention", of=of) for of in ("logit", "log_prob")
    )
    assert np.array_equal(one.scores, other.scores)
    assert one.label == other.label


class Squashed(nn.Module):
    """Returns what one of torch's functions makes of its logits."""

    def __init__(self, module, squash):
        super().__init__()
        self.module, self.squash = module, squash

    def forward(self, ids):
        return self.squash(self.module(ids)[0])


@pytest.mark.parametrize("squash", [nn.Softmax(-1), nn.LogSoftmax(-1)])
@pytest.mark.parametrize("of", QUANTITIES)
def test_of_probabilities_the_logits_are_their_logarithms(module, squash, of):
    model = rv.SequenceModel(Squashed(module, squash), LETTERS)
    c = rv.connectivity(model, TEXT, target=NAMES, of=of)
    assert worst(c.scores, right(module, "centred" if of == "centred" else "log_prob")) < 1e-8


@pytest.mark.parametrize("measure", ["norm", "occlusion"])
def test_classes_by_themselves_have_a_log_probability_of_their_own(module, measure):
    model = rv.SequenceModel(Squashed(module, nn.Sigmoid()), LETTERS, name="it")
    c = rv.connectivity(model, TEXT, target=NAMES, measure=measure, of="log_prob")
    if measure == "norm":
        assert worst(c.scores, right(module, "log_prob", by_itself=True)) < 1e-8
    else:
        embedded = module.embedding.weight.detach()[IDS]
        with torch.no_grad():
            whole = module.head(module.cell(embedded[None])[0])[0].sigmoid().log()
            embedded[3] = 0
            less = module.head(module.cell(embedded[None])[0])[0].sigmoid().log()
        lost = (whole - less)[range(len(TEXT)), TARGETS].numpy()
        np.testing.assert_allclose(c.scores[:, 3], lost, atol=1e-12)
    with pytest.raises(ValueError, match=r"it: of='centred'.*right or wrong by itself.*log_prob"):
        rv.connectivity(model, TEXT, of="centred")
    assert page_of(rv.explore(model, TEXT)).choices["of"] == [
        ["logit", "logit"],
        ["log_prob", "log probability"],
    ]


@pytest.fixture
def number():
    return rv.SequenceModel(recurrent(classes=1), LETTERS, ["price"], name="it", unit="EUR")


@pytest.mark.parametrize("of", ["centred", "log_prob"])
def test_one_number_has_neither(number, of):
    with pytest.raises(ValueError, match=rf"it: of='{of}' is of a class, and it gives one number"):
        rv.connectivity(number, TEXT, of=of)
    assert rv.connectivity(number, TEXT).of == "logit"
    assert page_of(rv.explore(number, TEXT)).choices["of"] == []
    # One that has classes beside it may be asked all the same, if it says so for itself.
    other = rv.SequenceModel(recurrent(), LETTERS, name="GRU")
    with pytest.raises(ValueError, match="it gives one number"):
        rv.explore([number, other], TEXT, of=of)
    both = rv.explore([number, other.by(of=of)], TEXT)
    assert [c.of for c in explorer_of(both).connectivity()] == ["logit", of]


@pytest.mark.parametrize("wrong", ["logits", "", "Centred"])
def test_what_is_none_is_refused(model, wrong):
    known = "of must be one of 'logit', 'centred', 'log_prob'"
    for call in (rv.connectivity, rv.explore):
        with pytest.raises(ValueError, match=known):
            call(model, TEXT, of=wrong)
    with pytest.raises(ValueError, match=known):
        rv.evaluate(model, [TEXT], of=wrong, start=0, progress=False)
    with pytest.raises(ValueError, match=known):
        model.by(of=wrong)
    with pytest.raises(TypeError, match="by needs a measure, or of="):
        model.by()


@pytest.mark.parametrize("way", ["bias", "fill"])
@pytest.mark.parametrize("of", QUANTITIES)
def test_a_masked_class_does_not_count(module, way, of):
    masked = LETTERS.index("z")

    class Masks(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = module
            if way == "bias":
                with torch.no_grad():
                    module.head.bias[masked] = -torch.inf

        def forward(self, ids):
            logits = self.module(ids)[0]
            if way == "bias":
                return logits
            return logits.masked_fill(torch.arange(27) == masked, -torch.inf)

    left = [k for k in range(27) if k != masked]
    names = [LETTERS[left[k % 26]] for k in TARGETS]
    model = rv.SequenceModel(Masks(), LETTERS)
    weights = module.head.weight.detach()[left], module.head.bias.detach()[left]

    def after(embedded):
        return nn.functional.linear(module.cell(embedded[None])[0][0], *weights)

    expected, _ = truth(
        after,
        module.embedding.weight,
        IDS,
        range(len(TEXT)),
        [k % 26 for k in TARGETS],
        "norm",
        of,
    )
    for engine in ("auto", "autograd"):
        c = rv.connectivity(model, TEXT, target=names, of=of, engine=engine)
        assert worst(c.scores, expected) < 1e-9
        if of != "logit":
            assert not rv.connectivity(model, TEXT, target="z", of=of, engine=engine).scores.any()
