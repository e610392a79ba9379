"""Stacks of linear recurrences, and the check of their rows against float64 autograd."""

import torch
from engines.directed_modules import truth
from linear_recurrences import (
    AS_SCANS,
    Blocks,
    GatedDeltaNet,
    LinearAttention,
    MambaMixer,
    MinGRUMixer,
    MinLSTMMixer,
)
from small import seeded, worst

from rnnviz_widget.engines import MEASURES
from rnnviz_widget.engines.scan import scan_engine
from rnnviz_widget.recurrences import registered

LENGTH = 70
IDS = torch.randint(9, (LENGTH,), generator=torch.Generator().manual_seed(3))
ROWS, TARGETS = list(range(LENGTH)), [s % 5 for s in range(LENGTH)]
MIXERS = {
    "minGRU": lambda: [MinGRUMixer(6, 8), MinGRUMixer(6, 8)],
    "minLSTM": lambda: [MinLSTMMixer(6, 8), MinLSTMMixer(6, 8)],
    "Mamba": lambda: [MambaMixer(6, 8, 3), MambaMixer(6, 8, 3)],
    "linear attention": lambda: [LinearAttention(6, fading=False)],
    "gated linear attention": lambda: [LinearAttention(6), LinearAttention(6)],
    "Gated DeltaNet": lambda: [GatedDeltaNet(6), GatedDeltaNet(6)],
    "several kinds": lambda: [MambaMixer(6, 8, 3), GatedDeltaNet(6), MinGRUMixer(6, 8)],
}


def register_all(monkeypatch):
    """Register what these layers compute, for one test, and take scans however fast they are."""
    monkeypatch.setattr(registered, "_registered", {})
    monkeypatch.setattr(scan_engine, "scans_are_faster", lambda *_: True)
    for kind, function in AS_SCANS.items():
        registered.register(kind, function)


def blocks(name):
    return seeded(lambda: Blocks(MIXERS[name](), 6), dtype=torch.float64)


def exact(module, engine):
    expected, peaks = truth(module, IDS, ROWS, TARGETS)
    for name, measure in MEASURES.items():
        together = engine.fill(ROWS, TARGETS, measure).finish()
        some = [0, 31, LENGTH - 1]
        alone, accuracy = engine.rows(some, [TARGETS[s] for s in some], measure)
        assert accuracy.tolerance == 0
        for rows, found in ((ROWS, together), (some, alone)):
            error = worst(found.numpy(), expected[name][rows], peaks=peaks[name][rows])
            assert error < 1e-10
