"""Models as people write them, each against its own computation by plain autograd, in float64."""

import copy
import pickle

import numpy as np
import pytest
import torch
from kinds import KINDS, WRAPS, Classifier, by_hand
from language_models import LETTERS, LOOK_UPS, NAMES, PRODUCTS, Base
from models.kinds_served import IDS, TEXT, scores_of, served
from small import seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES


class Travelling:
    """One of the functions that kinds are made with, by its name."""

    def __init__(self, name):
        self.name = name

    def __call__(self, *args):
        return (LOOK_UPS | PRODUCTS | WRAPS)[self.name](*args)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", KINDS)
def test_a_kind_gives_what_its_own_computation_gives(name, measure):
    module, model = served(KINDS[name])
    found, truth = scores_of(module, model, measure)
    assert worst(found.scores, truth) < 1e-10
    assert truth.any()
    assert found.engine == KINDS[name].engine
    assert found.causal == KINDS[name].causal
    # Where it reads ahead there are rows with t > s.
    assert (np.triu(truth, 1) != 0).any() == (not found.causal)


@pytest.mark.parametrize("name", KINDS)
def test_a_text_of_one_token(name):
    module, model = served(KINDS[name])
    found, truth = scores_of(module, model, "norm", "c")
    assert found.scores.shape == (1, 1)
    assert worst(found.scores, truth) < 1e-10


@pytest.mark.parametrize("name", KINDS)
def test_what_is_predicted_is_what_the_module_predicts(name):
    module, model = served(KINDS[name])
    logits = module.plain(module.table()[IDS])
    odds = logits.softmax(-1).expand(len(IDS), -1).detach().numpy()
    for s, best in enumerate(rv.connectivity(model, TEXT).predictions):
        for word, p in best:
            np.testing.assert_allclose(p, odds[s, model.outputs.index(word)], rtol=1e-5)


@pytest.mark.parametrize("name", ["summed and tied", "F.embedding", "packed", "loop", "one-hot"])
def test_what_is_seen_of_a_module_is_no_change_of_it(name):
    module, _ = served(KINDS[name])
    before = copy.deepcopy(module.state_dict())
    model = rv.SequenceModel(module.train(), LETTERS, **KINDS[name].options)
    rv.connectivity(model, TEXT)
    assert module.training
    assert all(torch.equal(each, before[key]) for key, each in module.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


@pytest.mark.parametrize(
    "name", ["summed and tied", "index", "one_hot @ weight", "one-hot", "dict"]
)
def test_a_kind_travels_and_follows_a_refresh(name):
    kind = KINDS[name]
    module = seeded(kind.make, dtype=torch.float64).eval()
    for each in {"look_up", "wrap"} & set(vars(module)):
        # What is no function of a module by its name can't be pickled.
        setattr(module, each, Travelling(name))
    model = rv.SequenceModel(module, LETTERS, **kind.options)
    other = pickle.loads(pickle.dumps(model))
    found, truth = scores_of(module, other, "norm")
    assert worst(found.scores, truth) < 1e-10
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.1)
    model.refresh()
    found, truth = scores_of(module, model, "norm")
    assert worst(found.scores, truth) < 1e-10


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["summed and tied", "F.embedding", "one-hot", "classifier"])
def test_half_precision_comes_near(name, dtype):
    module, model = served(KINDS[name], dtype)
    targets = [s % len(model.outputs) for s in range(len(TEXT))]
    found = rv.connectivity(model, TEXT, target=[model.outputs[k] for k in targets])
    table = module.double().table()
    x = torch.nn.functional.one_hot(IDS, len(LETTERS)).double()
    truth = by_hand(module, x, targets, "norm", table)
    assert found.scores.dtype == np.float32
    assert worst(found.scores, truth) < 0.1


def test_words_are_tokens_where_one_says_so():
    module = seeded(Base, dtype=torch.float64)
    words = ["the", "cat", "sat", "on", "mat", ".", "dog", "<unk>"]
    model = rv.SequenceModel(module, words, tokenize=str.split, unknown="<unk>")
    found = rv.connectivity(model, "the dog sat on my mat .")
    ids = torch.tensor([0, 6, 2, 3, 7, 4, 5])
    targets = [model.outputs.index(each) for each in found.targets]
    x = torch.nn.functional.one_hot(ids, 8).double()
    assert worst(found.scores, by_hand(module, x, targets, "norm", module.table())) < 1e-10
    assert found.targets[:3] == ["dog", "sat", "on"]


def test_pieces_of_words_are_tokens_too():
    module = seeded(Base, dtype=torch.float64)
    pieces = ["un", "seen", "see", "ing", "s", "the", "e", "r"]

    def tokenize(text):
        at = 0
        while at < len(text):
            piece = max((p for p in pieces if text.startswith(p, at)), key=len)
            yield piece, at, at + len(piece)
            at += len(piece)

    found = rv.connectivity(rv.SequenceModel(module, pieces, tokenize=tokenize), "unseenseer")
    assert found.tokens == ["un", "seen", "see", "r"]
    x = torch.nn.functional.one_hot(torch.tensor([0, 1, 2, 7]), 8).double()
    targets = [pieces.index(each) for each in found.targets]
    assert worst(found.scores, by_hand(module, x, targets, "norm", module.table())) < 1e-10


def test_what_reads_ahead_says_so():
    for name in ("tagger", "transformer"):
        assert rv.connectivity(served(KINDS[name])[1], TEXT).notes == [
            "It reads ahead: its predictions depend on later characters, too."
        ]
    for name in ("causal transformer", "packed"):
        assert rv.connectivity(served(KINDS[name])[1], TEXT).notes == []


@pytest.mark.parametrize("wanted", ["TOP", "noun", ("noun", "verb")])
def test_a_classifier_answers_at_every_character_and_is_computed_once(wanted, monkeypatch):
    from rnnviz_widget.engines.autograd.passes import Graph

    _, model = served(KINDS["classifier"])
    calls = []
    alone = Graph.alone
    monkeypatch.setattr(Graph, "alone", lambda *args: calls.append(1) or alone(*args))
    target = rv.TOP if wanted == "TOP" else wanted
    found = rv.connectivity(model, TEXT, target=target, measure="norm")
    assert (found.scores == found.scores[0]).all()
    assert found.scores.any()
    assert len(calls) == 1
    assert not found.causal
    assert found.notes == [
        "There is one output for the whole text: it is the same at every character."
    ]
    assert len({tuple(best) for best in found.predictions}) == 1


def test_a_classifier_has_a_truth_if_one_says_which():
    def truth(tokens):
        return ["verb"] * len(tokens)

    module, _ = served(KINDS["classifier"])
    found = rv.connectivity(rv.SequenceModel(module, LETTERS, NAMES, truth=truth), TEXT)
    assert found.targets == ["verb"] * len(TEXT)
    found = rv.connectivity(rv.SequenceModel(module, LETTERS, NAMES), TEXT)
    assert set(found.reasons) == {"the top prediction, as this model has no truth"}


@pytest.mark.parametrize("uncopyable", [False, True])
def test_a_classifier_on_the_page(uncopyable):
    class Uncopyable(Classifier):
        def __deepcopy__(self, memo):
            raise TypeError("no")

    module = seeded(Uncopyable if uncopyable else Classifier, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS, NAMES)
    widget = rv.explore(model, TEXT)
    widget.bake()
    x = torch.nn.functional.one_hot(IDS, len(LETTERS)).double()
    best = int(module.plain(module.table()[IDS]).argmax())
    truth = by_hand(module, x, [best] * len(IDS), "norm", module.table())
    found = widget.connectivity()
    assert worst(found.scores, truth) < 1e-6
    widget.close()
    if uncopyable:
        with torch.no_grad():
            module.head.weight.mul_(2)
        again = rv.connectivity(model, TEXT, target=model.outputs[best])
        np.testing.assert_allclose(again.scores, 2 * truth, rtol=1e-9)
