"""Inputs that change an output and have no gradient are told of; those that don't are not."""

import pytest
import torch
from engines.gradient_notes import NONE, TEXT, Through, notes_of
from kinds import Classifier, OneHot, Tagger
from language_models import LETTERS, NAMES, Base, D, H, Loop, Transformer, V
from small import seeded
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import rnnviz_widget as rv
from rnnviz_widget.engines import Network

SOME = "Some scores are zero and should not be"


class NoBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return None


class ZeroBackward(NoBackward):
    @staticmethod
    def backward(ctx, gradient):
        return torch.zeros_like(gradient)


CUTS = {
    "detach": torch.detach,
    "round": lambda h: (5 * h).round(),
    "fine round": lambda h: (50 * h).round() / 50,
    "sign": torch.sign,
    "step": lambda h: (h > 0).to(h),
    "floor": lambda h: torch.floor(7 * h),
    "one-hot of argmax": lambda h: F.one_hot(h.argmax(-1), H).to(h),
    "integers": lambda h: (10 * h).long().to(h),
    "numpy": lambda h: torch.from_numpy(h.detach().numpy()),
    "no backward": NoBackward.apply,
    "zero backward": ZeroBackward.apply,
}


@pytest.mark.parametrize("name", CUTS)
def test_where_no_score_tells_anything_it_is_said(name):
    module = seeded(lambda: Through(CUTS[name]))
    (note,) = notes_of(module)
    assert note.startswith(NONE)
    model = rv.SequenceModel(module, LETTERS)
    assert not rv.connectivity(model, TEXT, target="c").scores.any()
    # As the note says.
    assert rv.connectivity(model, TEXT, target="c", measure="occlusion").scores.any()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("layers", [{nn.LSTM, nn.Linear}, {nn.Linear}, {nn.LSTM}])
def test_quantised_layers_are_said(layers):
    module = seeded(lambda: Base(make=nn.LSTM)).eval()
    quantised = torch.ao.quantization.quantize_dynamic(module, layers, dtype=torch.qint8)
    (note,) = notes_of(quantised)
    assert note.startswith(NONE)


def test_no_grad_is_said_of_every_kind_of_model():
    class Closed(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            with torch.no_grad():
                return self.inner(x)

    for make, options in (
        (Base, {}),
        (Classifier, {"outputs": NAMES}),
        (Tagger, {"outputs": NAMES}),
        (Transformer, {}),
        (OneHot, {"one_hot": True}),
    ):
        (note,) = notes_of(Closed(seeded(make)), **options)
        assert note.startswith(NONE)


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
def test_torchscript_too():
    class Rounded(Base):
        def forward(self, ids):
            return self.head((5 * self.cell(self.embedding(ids))[0]).round())

    (note,) = notes_of(torch.jit.script(seeded(Rounded)))
    assert note.startswith(NONE)
    assert not notes_of(torch.jit.script(seeded(Base)))


def test_each_token_masked_in_turn_too():
    class Rounded(Transformer):
        def forward(self, ids):
            return (9 * super().forward(ids)).round()

    (note,) = Network(seeded(lambda: Rounded(causal=False)), V, V, mask=2).notes
    assert note.startswith(NONE)
    assert Network(seeded(lambda: Transformer(causal=False)), V, V, mask=2).notes == []


class Truncated(Loop):
    """Backpropagation through time is cut every so many steps."""

    def __init__(self, every):
        super().__init__()
        self.every = every

    def forward(self, ids):
        hidden = self.head.weight.new_zeros(len(ids), H)
        states = []
        for t in range(ids.size(1)):
            if t % self.every == 0:
                hidden = hidden.detach()
            hidden = self.cell(self.embedding(ids[:, t]), hidden)
            states.append(hidden)
        return self.head(torch.stack(states, dim=1))


class BeginningCut(Base):
    def forward(self, ids):
        embedded = self.embedding(ids)
        return self.head(self.cell(torch.cat([embedded[:, :2].detach(), embedded[:, 2:]], 1))[0])


class StateCut(Base):
    """Earlier tokens are read by way of a state without a gradient, the token itself with one."""

    def __init__(self):
        super().__init__()
        self.skip = nn.Linear(D, H)

    def forward(self, ids):
        embedded = self.embedding(ids)
        return self.head(self.cell(embedded)[0].detach() + self.skip(embedded))


class ContextCut(Base):
    """A summary of the whole text, without a gradient."""

    def forward(self, ids):
        states = self.cell(self.embedding(ids))[0]
        return self.head(states + states.detach().mean(1, keepdim=True))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Truncated(1), "of 4 tokens, no gradient reached inputs 0 to 2 from output 3"),
        (lambda: Truncated(3), "of 4 tokens, no gradient reached inputs 0 to 2 from output 3"),
        (
            lambda: Truncated(8),
            "48 tokens, no gradient reached inputs 0 to 39 from output 47",
        ),
        (BeginningCut, "of 4 tokens, no gradient reached inputs 0, 1 from output 3"),
        (StateCut, "of 4 tokens, no gradient reached inputs 0 to 2 from output 3"),
        (ContextCut, "of 4 tokens, no gradient reached inputs 2, 3 from output 1"),
    ],
)
def test_which_inputs_are_cut_is_said(make, words):
    (note,) = notes_of(seeded(make))
    assert note.startswith(SOME)
    assert words in note
    assert note == notes_of(seeded(make, dtype=torch.float64))[0]


def test_one_of_whole_texts_that_is_cut():
    class Cut(Classifier):
        def forward(self, ids):
            embedded = self.embedding(ids)
            held = torch.cat([embedded[:, :-1].detach(), embedded[:, -1:]], 1)
            return self.head(self.cell(held)[1][-1])

    (note,) = notes_of(seeded(Cut), NAMES)
    assert "no gradient reached inputs 0 to 2 from output 3" in note
