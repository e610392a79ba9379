"""Inputs that change an output and have no gradient are told of; those that don't are not."""

import numpy as np
import pytest
import torch
from kinds import (
    LETTERS,
    NAMES,
    Attending,
    Base,
    Classifier,
    D,
    H,
    Loop,
    OneHot,
    Residual,
    Sensor,
    Tagger,
    Transformer,
    V,
)
from small import seeded
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import rnnviz_widget as rv
from rnnviz_widget.engines import Network

TEXT = "badhegfc"
NONE = "No gradient flows from its logits back to its input"
SOME = "Some scores are zero and should not be"


def notes_of(module, outputs=None, **options):
    """What is said of gradients."""
    found = rv.SequenceModel(module, LETTERS, outputs, **options).network.notes
    return [note for note in found if "gradient" in note]


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


class Through(Base):
    """Something between its states and its head."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def forward(self, ids):
        return self.head(self.function(self.cell(self.embedding(ids))[0]))


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


class Maximum(Base):
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0].max(1).values)


class Convolution(Base):
    """A causal window of three tokens."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(D, H, 3)

    def forward(self, ids):
        padded = F.pad(self.embedding(ids).transpose(1, 2), (2, 0))
        return self.head(torch.relu(self.convolution(padded)).transpose(1, 2))


class HardAttention(Base):
    """Attention so sharp that its weights are 0 and 1 in single precision."""

    def forward(self, ids):
        states = self.cell(self.embedding(ids))[0]
        return self.head((3e3 * states @ states.transpose(1, 2)).softmax(-1) @ states)


class Backwards(Base):
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids).flip(1))[0].flip(1))


HEALTHY = {
    "GRU": Base,
    "LSTM": lambda: Base(make=nn.LSTM),
    "ReLU RNN": lambda: Base(make=lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k)),
    "two ways": Tagger,
    "transformer": lambda: Transformer(causal=False),
    "causal transformer": Transformer,
    "classifier": Classifier,
    "attends to its past": Attending,
    "residual": Residual,
    "loop": Loop,
    "maximum over the text": Maximum,
    "window": Convolution,
    "hard attention": HardAttention,
    "right to left": Backwards,
    "saturated": lambda: Through(lambda h: torch.tanh(60 * h)),
    "often off": lambda: Through(lambda h: torch.relu(h - 0.3)),
    "clamped": lambda: Through(lambda h: h.clamp(-0.05, 0.05)),
    "best two": lambda: Through(lambda h: h.topk(2, 1).values.mean(1, keepdim=True).expand_as(h)),
    "absolute": lambda: Through(torch.abs),
    "a constant": lambda: Through(torch.zeros_like),
    "straight-through": lambda: Through(lambda h: h + (h.round() - h).detach()),
    "dropout": lambda: Through(lambda h: F.dropout(h, 0.5, training=True)),
    "one step at a time": lambda: Through(lambda h: h, batch_first=False),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_no_false_alarm(name):
    for seed in range(10):
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            module = seeded(HEALTHY[name], seed=seed, dtype=dtype)
            classes = 3 if name in ("two ways", "classifier") else V
            assert notes_of(module, NAMES if classes == 3 else None) == []


def test_a_module_that_goes_on_from_before_is_no_alarm():
    class Keeping(Base):
        def __init__(self):
            super().__init__()
            self.hidden = None

        def forward(self, ids):
            output, hidden = self.cell(self.embedding(ids), self.hidden)
            self.hidden = hidden.detach()
            return self.head(output)

    assert notes_of(seeded(Keeping)) == []


class InInferenceMode(Base):
    @torch.inference_mode()
    def forward(self, ids):
        return super().forward(ids)


class WithInferenceMode(Base):
    def forward(self, ids):
        with torch.inference_mode():
            return super().forward(ids)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (
            InInferenceMode,
            "Remove the line @torch.inference_mode() above InInferenceMode.forward",
        ),
        (WithInferenceMode, "Remove the line with torch.inference_mode() in it"),
    ],
)
def test_a_forward_in_inference_mode_is_read_and_the_line_named(make, line):
    module = seeded(make)
    model = rv.SequenceModel(module, LETTERS)
    assert [note for note in model.network.notes if line in note] == model.network.notes
    assert len(model.network.notes) == 1
    found = rv.connectivity(model, TEXT, target="c")
    assert not found.scores.any()
    plain = seeded(Base)
    truth = rv.connectivity(rv.SequenceModel(plain, LETTERS), TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, truth.target_probabilities, rtol=1e-5)
    for measure in ("occlusion", "grad_x_input"):
        rv.connectivity(model, TEXT, target="c", measure=measure)


def test_a_part_in_inference_mode_is_named():
    class Part(Base):
        def forward(self, ids):
            with torch.inference_mode():
                embedded = self.embedding(ids)
            return self.head(self.cell(embedded * self.scale)[0])

        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(D))

    notes = notes_of(seeded(Part))
    assert [note.startswith(NONE) for note in notes] == [True]


def sensor(inner, vectors, **options):
    return rv.SequenceModel.from_vectors(inner, vectors, outputs=["low", "high"], **options)


class Coded(nn.Module):
    """Some columns are codes of categories, the others numbers."""

    def __init__(self, sizes=(7,), numbers=2, whole=True):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, 3) for size in sizes)
        self.cell = nn.GRU(3 * len(sizes) + numbers, H, batch_first=True)
        self.head = nn.Linear(H, 2)
        self.whole = whole

    def forward(self, x):
        codes = len(self.tables)
        parts = [table(x[..., n].long()) for n, table in enumerate(self.tables)]
        states = self.cell(torch.cat([*parts, x[..., codes:]], -1))[0]
        return self.head(states[:, -1] if self.whole else states)


def coded(sizes=(7,), numbers=2, length=9):
    generator = torch.Generator().manual_seed(0)
    columns = [torch.randint(size, (length,), generator=generator).float() for size in sizes]
    rest = torch.randn(length, numbers, generator=generator)
    return torch.cat([torch.stack(columns, 1), rest], 1)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("sizes", "numbers", "words"),
    [
        ((7,), 2, "No gradient reaches column 0 of its vectors (3 columns, counted from 0)"),
        ((7, 4), 1, "No gradient reaches columns 0, 1 of its vectors (3 columns"),
        ((7,), 0, "No gradient flows from its logits back to the vectors"),
        ((7, 4), 0, "No gradient flows from its logits back to the vectors"),
    ],
)
def test_columns_of_codes_are_named(sizes, numbers, words, whole):
    module = seeded(lambda: Coded(sizes, numbers, whole))
    model = sensor(module, coded(sizes, numbers))
    (note,) = [note for note in model.network.notes if "gradient" in note]
    assert note.startswith(words)
    assert "codes that it looks up" in note
    assert model.network.capabilities.columns_without_gradient == list(range(len(sizes)))
    for measure in ("norm", "grad_x_input", "occlusion", "integrated_gradients", "smooth_grad"):
        found = rv.connectivity(model, model.text, target="high", measure=measure)
        assert np.isfinite(found.scores).all()
        if measure != "occlusion":
            assert found.scores.any() == bool(numbers)


def test_methods_leave_codes_as_they_are():
    vectors = coded(numbers=2).double()
    module = seeded(lambda: Coded(whole=False), dtype=torch.float64)
    model = sensor(module, vectors)
    found = rv.connectivity(model, model.text, target="high", measure="integrated_gradients")
    without = vectors.clone()
    without[:, 1:] = 0
    with torch.no_grad():
        moved = module(vectors[None])[0, :, 1] - module(without[None])[0, :, 1]
    np.testing.assert_allclose(found.scores.sum(1), moved, rtol=1e-3, atol=1e-6)


def test_codes_that_are_numbers_too_fail_in_words_of_vectors():
    class Both(Coded):
        def __init__(self):
            super().__init__(numbers=3)

        def forward(self, x):
            return super().forward(torch.cat([x[..., :1], x], -1))

    vectors = coded()
    vectors[:2, 0] = torch.tensor([0.0, 6.0])
    model = sensor(seeded(Both), vectors)
    assert not [note for note in model.network.notes if "gradient" in note]
    with pytest.raises(
        RuntimeError, match="codes that it looks up must be whole numbers"
    ) as caught:
        rv.connectivity(model, model.text, target="high", measure="smooth_grad")
    assert "symbol" not in str(caught.value)
    assert " ids" not in str(caught.value)


@pytest.mark.parametrize(
    ("inner", "vectors", "words"),
    [
        (
            lambda: Coded((4,)),
            coded((7,), 2),
            "codes that it looks up must be whole numbers from 0",
        ),
        (Sensor, torch.ones(4, 2), "it must map such vectors to logits"),
        (lambda: nn.LSTM(3, 5, batch_first=True), torch.ones(4, 3), "outputs="),
        (nn.Flatten, torch.ones(4, 3), "forward=lambda module, vectors: "),
    ],
)
def test_what_is_wrong_with_a_model_of_vectors_is_said_of_vectors(inner, vectors, words):
    with pytest.raises((RuntimeError, ValueError)) as caught:
        sensor(seeded(inner), vectors)
    assert words in str(caught.value)
    assert "symbol" not in str(caught.value)
    assert "ids" not in str(caught.value)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_no_false_alarm_of_vectors(bidirectional):
    for seed in range(10):
        generator = torch.Generator().manual_seed(seed)
        vectors = torch.randn(12, 3, generator=generator)
        # A column that says nothing here, and one that is the same throughout.
        vectors[:, 1] = vectors[:, 1].round() if seed % 2 else 1.0
        module = seeded(lambda: Sensor(bidirectional=bidirectional), seed=seed)
        model = rv.SequenceModel.from_vectors(module, vectors, outputs=NAMES)
        assert not [note for note in model.network.notes if "gradient" in note]


def test_one_vector_alone():
    model = rv.SequenceModel.from_vectors(seeded(Sensor), torch.ones(1, 3), outputs=NAMES)
    assert model.network.notes == []
    found = sensor(seeded(lambda: Coded(whole=False)), coded(length=1))
    assert found.network.capabilities.columns_without_gradient == [0]
