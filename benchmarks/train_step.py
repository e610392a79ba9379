"""How long a training step takes: rv.NestedLSTM beside torch's own layers, forwards and backwards.

One step is the layers alone, on random inputs: outputs, their sum, its gradients. The rival is
nn.LSTM of the same size; and one of two layers, which has as many weights as a depth of 2.
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial

import torch
from bench import alternate, begin, parser, seconds, spread
from torch import nn

import rnnviz_widget as rv

RIVAL = "nn.LSTM, the same size"


def step(layers: nn.Module, inputs: torch.Tensor) -> None:
    outputs, _ = layers(inputs)
    layers.zero_grad()
    outputs.sum().backward()


def jobs(options: argparse.Namespace, length: int) -> dict[str, partial[float]]:
    torch.manual_seed(options.seed)
    read, units = options.inputs, options.units
    inputs = torch.randn(options.batch, length, read)
    every = {
        RIVAL: nn.LSTM(read, units, batch_first=True),
        "nn.LSTM of two layers": nn.LSTM(read, units, 2, batch_first=True),
        "nn.GRU, the same size": nn.GRU(read, units, batch_first=True),
        "NestedLSTM of depth 2": rv.NestedLSTM(read, units, batch_first=True),
    }
    for name, layers in every.items():
        print(f"  {name}: {sum(p.numel() for p in layers.parameters()):,} weights")
    return {name: partial(seconds, partial(step, each, inputs)) for name, each in every.items()}


def main() -> None:
    options_of = parser(__doc__ or "", (), (96,), 7)
    options_of.set_defaults(units=256)
    options_of.add_argument("--batch", type=int, default=32, help="texts side by side (32)")
    options_of.add_argument("--inputs", type=int, default=32, help="size of what is read (32)")
    options = options_of.parse_args()
    begin(options)
    for length in options.lengths:
        print(f"\nB = {options.batch}, T = {length}, {options.units} units")
        timed = jobs(options, length)
        for job in timed.values():
            job()
        times = alternate(timed, options.rounds)
        rival = statistics.median(times[RIVAL])
        for name, its in times.items():
            print(f"{name:<26}{spread(its):>32}{statistics.median(its) / rival:8.2f}x")


if __name__ == "__main__":
    main()
