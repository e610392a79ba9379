"""What the layers of recurrent modules make is recorded while a module runs, and not run again."""

import pytest
import torch
from torch import nn

from rnnviz_widget.engines import choose_engine, measure_named
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.record_layers import LayerRecorder
from rnnviz_widget.engines.sweep.cells import cells_of, gru, lstm, torch_kinds
from rnnviz_widget.models import CELLS, MinGRU

TORCH = ("gru", "lstm", "rnn", "rnn-relu")
MADE = [
    *((name, {}) for name in sorted(CELLS)),
    *((name, {"bidirectional": True}) for name in TORCH),
    ("lstm", {"proj_size": 3}),
    ("lstm", {"bias": False}),
    ("nested-lstm", {"bias": False}),
    ("nested-lstm", {"depth": 3}),
]
SIZES = (4, 6)


class Model(nn.Module):
    def __init__(self, cell, width):
        super().__init__()
        self.embedding = nn.Embedding(9, SIZES[0])
        self.cell = cell
        self.head = nn.Linear(width, 9)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def made_of(name, options, layers, dtype=torch.float64):
    torch.manual_seed(0)
    return CELLS[name].make(*SIZES, layers, **options).to(dtype).eval()


def flat(output):
    made, states = output
    return made, *(states if isinstance(states, tuple) else (states,))


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("name", "options"), MADE)
def test_a_recorded_pass_makes_the_same_and_gives_each_layers_outputs(name, options, layers, dtype):
    module = made_of(name, options, layers, dtype)
    text = torch.randn(1, 7, SIZES[0], dtype=dtype)
    begin = [torch.randn_like(each) for each in flat(module(text))[1:]]
    state = begin[0] if len(begin) == 1 else tuple(begin)
    for given in ((text,), (text, state)):
        plain, recorder = module(*given), LayerRecorder()
        with recorder.within(module):
            output = module(*given)
        for one, other in zip(flat(plain), flat(output), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=8 * torch.finfo(dtype).eps)
        assert not {"forward", "run_layer"} & set(vars(module))
        found = recorder.layers_of(output[0])
        states = None if len(given) == 1 else tuple(each[:, 0] for each in begin)
        anew = cells_of(module, text[0], output[0][0], states)
        cells = cells_of(module, text[0], output[0][0], states, found)
        for one, other in zip(anew, cells, strict=True):
            for before, after in zip(one.states, other.states, strict=True):
                torch.testing.assert_close(before, after)
            at = torch.ones(7, one.states[0].shape[1], dtype=dtype)
            back = [cell.walk(0, at, cell.start()) for cell in (one, other)]
            torch.testing.assert_close(*back)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize(("name", "options"), MADE)
def test_no_layer_is_run_a_second_time(name, options, monkeypatch):
    cell = made_of(name, options, 2, torch.float32)
    width = SIZES[1] * (2 if "bidirectional" in options else 1)
    model = Model(cell, options.get("proj_size", width)).eval()
    network, ids = Network(model, 9, 9), torch.tensor([1, 5, 2, 8, 0, 3])
    expected = choose_engine(network, ids, "sweep").rows(range(6), [1] * 6, measure_named("norm"))[
        0
    ]

    def again(*_args, **_options):
        raise AssertionError("a layer is run a second time")

    layers = []
    if name in TORCH:
        run, steps = torch_kinds.stepped_layer, []
        monkeypatch.setattr(torch_kinds, "run_one_layer", again)
        monkeypatch.setattr(
            torch_kinds, "stepped_layer", lambda *given: steps.append(0) or run(*given)
        )
        if name == "lstm" and not {"bidirectional", "proj_size"} & set(options):
            monkeypatch.setattr(lstm, "gates_and_memories", again)
        if name == "gru" and "bidirectional" not in options:
            monkeypatch.setattr(gru, "read_by", again)
    elif name == "nested-lstm":
        monkeypatch.setattr(lstm, "gates_and_memories", again)
    else:
        run = MinGRU.layer_steps
        monkeypatch.setattr(
            MinGRU,
            "layer_steps",
            lambda module, layer, *given: layers.append(layer) or run(module, layer, *given),
        )
    engine = choose_engine(network, ids, "sweep")
    torch.testing.assert_close(engine.rows(range(6), [1] * 6, measure_named("norm"))[0], expected)
    if name == "min-gru":
        assert layers == [0, 1]
    elif name in TORCH:
        assert len(steps) == (0 if "bidirectional" in options else 2)


def test_a_module_that_fails_says_the_same_and_is_as_before():
    for name in ("lstm", "nested-lstm"):
        model = Model(made_of(name, {}, 2, torch.float32), SIZES[1] + 1).eval()
        with torch.no_grad():
            with pytest.raises(RuntimeError) as plain:
                model(torch.tensor([[1, 2]]))
            with LayerRecorder(9).within(model), pytest.raises(RuntimeError) as recorded:
                model(torch.tensor([[1, 2]]))
        assert str(recorded.value) == str(plain.value)
        assert not any({"forward", "run_layer"} & set(vars(each)) for each in model.modules())


def test_passes_with_a_graph_autocast_and_packed_batches_run_as_ever():
    module = made_of("lstm", {}, 2, torch.float32)
    text, recorder = torch.randn(1, 5, SIZES[0]), LayerRecorder()
    with recorder.within(module):
        graph = module(text)[0]
        with torch.no_grad(), torch.autocast("cpu"):
            half = module(text)[0]
        with torch.no_grad():
            packed = nn.utils.rnn.pack_padded_sequence(text, [5], batch_first=True)
            last = module(packed)[1][0]
    assert graph.requires_grad
    assert not recorder.layers_of(graph)
    assert not recorder.layers_of(half)
    torch.testing.assert_close(last[-1, 0], graph[0, -1].detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_layer_of_the_logits_multiplies_as_their_readout_does(dtype):
    model = Model(made_of("lstm", {}, 2, dtype), SIZES[1]).to(dtype).eval()
    ids = torch.tensor([[1, 5, 2, 8, 0, 3]])
    with torch.no_grad():
        plain = model(ids)
        with LayerRecorder(9).within(model):
            recorded = model(ids)
    torch.testing.assert_close(recorded, plain)
    engine = choose_engine(Network(model, 9, 9), ids[0], "sweep")
    torch.testing.assert_close(engine.logits, plain[0])
    torch.testing.assert_close(engine.outputs([2]), engine.logits[2:3], rtol=1e-6, atol=1e-6)
