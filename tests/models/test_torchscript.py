"""Modules of TorchScript."""

import pytest
import torch
from language_models import LETTERS, Base
from models.kinds_served import IDS, scores_of, served
from small import seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((name, "script") for name in ("summed", "tied", "padding", "time first", "classifier")),
        # Tracing makes one weight of two that are tied: see the next test.
        *((name, "trace") for name in ("summed", "padding", "time first", "classifier")),
    ],
)
@pytest.mark.parametrize("measure", MEASURES)
def test_torchscript(name, make, measure):
    from scripted import SCRIPTED

    kind = SCRIPTED[name]
    module, _ = served(kind)
    example = torch.tensor([[1, 2, 3, 0, 1, 1]])
    example = example.T if kind.options.get("batch_first") is False else example
    compiled = (
        torch.jit.script(module)
        if make == "script"
        else torch.jit.trace(module, example, check_trace=False)
    )
    model = rv.SequenceModel(compiled, LETTERS, **kind.options)
    assert model.network.capabilities.private
    found, truth = scores_of(module, model, measure)
    assert worst(found.scores, truth) < 1e-10
    assert found.causal == kind.causal


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_torchscript_that_cant_be_cut_open_is_said():
    from scripted import Shared, Tied

    frozen = torch.jit.freeze(torch.jit.script(seeded(Base).eval()))
    shared = torch.jit.script(seeded(Shared).eval())
    traced = torch.jit.trace(seeded(Tied).eval(), IDS[None], check_trace=False)
    for module in (frozen, shared, traced):
        with pytest.raises(ValueError, match=r"neither frozen nor shared.*pass the Python"):
            rv.SequenceModel(module, LETTERS)
