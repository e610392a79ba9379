"""What rv.watch costs a training: steps of a char LSTM with it and without it, in turns.

Each round trains for some seconds without a watch and for as many with one, in changing order, from
the same weights. Printed is what a step takes and the share of it that the watch takes, the mean
over rounds with Student's 95 % interval: of the time by the clock, which means something on a quiet
machine only; of the processor's time, which other processes disturb less; and as the watch itself
measures, which is to be within its budget.
"""

from __future__ import annotations

import time

import torch
from bench import begin, parser
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.evaluation.over_seeds import mean_over_seeds

TEXT = "the grammar of a learning model that one can read in the evening and forget by the morning"
SYMBOLS = " abcdefghijklmnopqrstuvwxyz"


class CharLSTM(nn.Module):
    """ids (B, T) -> logits (B, T, 27)."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), 32)
        self.lstm = nn.LSTM(32, units, batch_first=True)
        self.head = nn.Linear(units, len(SYMBOLS))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        logits: torch.Tensor = self.head(self.lstm(self.embedding(ids))[0])
        return logits


def trained(units: int, batch: int, length: int, seconds: float, *, watched: bool) -> list[float]:
    """Train for so many seconds.

    Returns:
        Milliseconds a step by the clock, and of the processor; the watch's own share, and how many
        checkpoints it has measured.
    """
    torch.manual_seed(0)
    module = CharLSTM(units)
    optimizer = torch.optim.Adam(module.parameters(), 1e-3)
    ids = torch.randint(len(SYMBOLS), (batch, length + 1))
    watch = rv.watch(module, TEXT, inputs=SYMBOLS) if watched else None
    for number in range(10**9):
        if number == 3:  # The first steps reserve memory.
            start, used = time.perf_counter(), time.process_time()
        elif number > 3 and time.perf_counter() - start > seconds:
            break
        optimizer.zero_grad()
        logits = module(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        if watch is not None:
            watch.step(loss)
    taken = [time.perf_counter() - start, time.process_time() - used]
    found = [1000 * each / (number - 3) for each in taken]
    if watch is None:
        return found
    found += [watch.share, float(len(watch.checkpoints) - 1)]
    watch.close()
    return found


def main() -> None:
    """See above."""
    options_of = parser(__doc__ or "", (), (64,), 12)
    options_of.set_defaults(units=256)
    options_of.add_argument("--batch", type=int, default=16, help="texts side by side (16)")
    options_of.add_argument("--seconds", type=float, default=4, help="of each part (4)")
    options = options_of.parse_args()
    begin(options)
    [length] = options.lengths
    what = options.units, options.batch, length, options.seconds
    trained(*what[:3], 1, watched=True)
    shares = []
    print(f"B = {options.batch}, T = {length}, {options.units} units; milliseconds a step")
    for round_ in range(options.rounds):
        order = (False, True) if round_ % 2 else (True, False)
        found = {watched: trained(*what, watched=watched) for watched in order}
        alone, (clock, processor, own, kept) = found[False], found[True]
        shares.append((1 - alone[0] / clock, 1 - alone[1] / processor, own))
        print(
            f"  without {alone[0]:7.1f} (processor {alone[1]:7.1f})   with {clock:7.1f} "
            f"({processor:7.1f})   as measured {own:6.2%}   checkpoints {kept:.0f}"
        )
    names = "by the clock", "of the processor's time", "as measured"
    for name, each in zip(names, zip(*shares, strict=True), strict=True):
        found = mean_over_seeds([100 * share for share in each])
        print(f"share {name}: {found.value:.2f} % ({found.low:.2f} to {found.high:.2f})")


if __name__ == "__main__":
    main()
