"""Nested LSTMs in double precision, and numbers for them."""

import torch
from small import seeded

from rnnviz_widget.models.nested_lstm import NestedLSTM


def cell_of(*sizes, dtype=torch.float64, **options):
    return seeded(NestedLSTM, *sizes, dtype=dtype, **options)


def numbers(*shape, seed=1, dtype=torch.float64, grad=False):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_(grad)
