"""How long `rv.check_unit` takes, for each layer of torchrecurrent and of torch.

    python benchmarks/units.py [--units NAME ...] [--size 32] [--steps 96]

Needs torchrecurrent. The rival is what one would write: the Jacobians dh_T/dh_(T-k) of one sequence
by `torch.autograd.functional.jacobian`, one a lag, for the lags 1, 2, 4, ... only; `check_unit`
gives all lags, of 12 draws with 4 sequences each, and moments, gates, parameters and trials beside.
Both run in turns; times are medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import torch
import torchrecurrent  # type: ignore[import-untyped]
from torch import Tensor, nn

import rnnviz_widget as rv
from rnnviz_widget.units.along_time import run_forward
from rnnviz_widget.units.calling import floating
from rnnviz_widget.units.find_call import find_call

ROUNDS = 3


def units(size: int) -> dict[str, Callable[[], nn.Module]]:
    names = [name for name in torchrecurrent.__all__ if not name.endswith("Cell")]
    torch_own = {name: getattr(nn, name) for name in ("RNN", "GRU", "LSTM")}
    found = torch_own | {name: getattr(torchrecurrent, name) for name in names}
    return {name: (lambda kind=kind: kind(size, size)) for name, kind in found.items()}


def by_jacobian(module: nn.Module, steps: int) -> None:
    """The norms at the lags 1, 2, 4, ... of one sequence."""
    module = module.double().requires_grad_(False)
    call = find_call(module)
    run = run_forward(call, module, torch.randn(steps, 1, call.input_size).double())
    lag = 1
    while lag <= steps * 3 // 4:
        start = run.states[steps - lag]
        assert start is not None

        def later(rows: Tensor, start: tuple[object, ...] = start, lag: int = lag) -> Tensor:
            state = list(start)
            for number, leaf in zip(floating(state), call.leaves(rows), strict=True):
                state[number] = leaf
            after = tuple(state)
            for x in run.inputs[steps - lag :]:
                _, after = call.step(module, x, after)
            return call.rows([after[number] for number in floating(after)])[0]

        rows = call.rows([start[number] for number in floating(start)])
        torch.autograd.functional.jacobian(later, rows)
        lag *= 2


def seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", nargs="+", help="some of them; default: all")
    parser.add_argument("--size", type=int, default=32, help="of inputs and states")
    parser.add_argument("--steps", type=int, default=96)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    slowest = 0.0
    print(f"{'unit':24}{'check_unit':>12}{'Jacobians':>12}{'ratio':>8}")
    for name, make in units(options.size).items():
        if options.units and name not in options.units:
            continue
        ours, rival = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(lambda make=make: rv.check_unit(make(), steps=options.steps)))
            rival.append(seconds(lambda make=make: by_jacobian(make(), options.steps)))
        one, other = statistics.median(ours), statistics.median(rival)
        slowest = max(slowest, one)
        print(f"{name:24}{one:10.2f} s{other:10.2f} s{other / one:8.2f}", flush=True)
    print(f"the slowest check took {slowest:.2f} s")


if __name__ == "__main__":
    main()
