"""Small modules that methods are tested on, and the scores of each method."""

import language_models
from small import seeded
from torch import nn

import rnnviz_widget as rv

TEXT = "abcahgfedbabdc"
IDS = ["abcdefgh".index(one) for one in TEXT]
TARGETS = [(3 * s + 1) % 8 for s in range(len(TEXT))]


class Gru(language_models.Base):
    """A GRU."""


class Viewed(language_models.Base):
    """Takes for granted that the batch is one text."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden.view(1, ids.shape[1], -1))


class Causal(nn.Module):
    """Convolutions with activations that are modules, each called once."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(8, 5)
        self.first, self.tanh = nn.Conv1d(5, 9, 3), nn.Tanh()
        self.second, self.relu = nn.Linear(9, 11), nn.ReLU()
        self.head = nn.Linear(11, 8)

    def hidden(self, embedded):
        padded = nn.functional.pad(embedded.transpose(-1, -2), (2, 0))
        return self.first(padded).transpose(-1, -2)

    def forward(self, ids):
        hidden = self.tanh(self.hidden(self.embedding(ids)))
        return self.head(self.relu(self.second(hidden)))

    def plain(self, embedded):
        hidden = self.hidden(embedded[None])[0].tanh()
        return self.head(self.second(hidden).clamp(min=0))


class Classifier(language_models.Base):
    """One output for the whole text."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0].mean(1))

    def plain(self, embedded):
        return self.head(self.read(embedded).mean(0))


MODULES = [Gru, Viewed, language_models.Transformer, Causal]


def double(make, *args, **kwargs):
    return seeded(make, *args, **kwargs).double().eval()


def scored(module, measure, targets=None, text=TEXT, **options):
    model = rv.SequenceModel(module, "abcdefgh")
    if options:
        model, measure = model.by(measure, **options), None
    names = ["abcdefgh"[k] for k in (TARGETS if targets is None else targets)]
    return rv.connectivity(model, text, target=names, measure=measure)


def embedded_of(module):
    return module.embedding.weight.detach()[IDS]
