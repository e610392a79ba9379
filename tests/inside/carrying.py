"""An LSTM that is built by hand to carry a letter: one memory holds it until the end."""

import torch
from small import LETTERS
from torch import nn

import rnnviz_widget as rv

CARRYING = 3  # the unit whose memory carries the letter
UNITS, STEPS = 12, 50
MARKED = "xyz"  # the letters that are carried; all others pass by


class Copying(nn.Module):
    """ids (1, T) -> logits (1, T, 27)."""

    def __init__(self, seed):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)

        def random(*shape):
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        self.embedding = nn.Embedding(27, 5)
        self.cell = nn.LSTM(5, UNITS, batch_first=True)
        self.head = nn.Linear(UNITS, 27)
        self.double()
        with torch.no_grad():
            self.embedding.weight.copy_(random(27, 5))
            # The first component marks the letters that are carried, the second says which it is.
            self.embedding.weight[:, :2] = 0
            for place, letter in enumerate(MARKED):
                self.embedding.weight[LETTERS.index(letter), 0] = 1
                self.embedding.weight[LETTERS.index(letter), 1] = place - 1
            for weight in (self.cell.weight_ih_l0, self.cell.weight_hh_l0):
                weight.copy_(0.3 * random(*weight.shape))
            for bias in (self.cell.bias_ih_l0, self.cell.bias_hh_l0):
                bias.copy_(0.1 * random(*bias.shape))
            weights = self.cell.weight_ih_l0, self.cell.weight_hh_l0
            gates = [weight.view(4, UNITS, -1) for weight in weights]
            i, f, g, o = range(4)
            for weight in gates:
                weight[:, CARRYING] = 0
            for bias in (self.cell.bias_ih_l0, self.cell.bias_hh_l0):
                bias.view(4, UNITS)[:, CARRYING] = 0
            self.cell.bias_ih_l0.view(4, UNITS)[i, CARRYING] = -8  # closed
            gates[0][i, CARRYING, 0] = 16  # but for marked letters
            self.cell.bias_ih_l0.view(4, UNITS)[f, CARRYING] = 8  # never forgets
            gates[0][g, CARRYING, 1] = 1
            self.cell.bias_ih_l0.view(4, UNITS)[o, CARRYING] = 2
            self.head.weight.copy_(0.3 * random(27, UNITS))
            self.head.weight[:, CARRYING] = 2 * random(27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def model_and_text(seed):
    """A model, and a text whose first letter is the one that is carried."""
    generator = torch.Generator().manual_seed(1000 + seed)
    others = [letter for letter in LETTERS if letter not in MARKED]
    drawn = torch.randint(0, len(others), (STEPS,), generator=generator).tolist()
    text = MARKED[seed % 3] + "".join(others[n] for n in drawn)
    return rv.SequenceModel(Copying(seed), LETTERS, name="copying"), text
