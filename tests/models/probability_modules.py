"""Modules that end in a softmax or a sigmoid, and what their scores should be."""

import torch
from kinds import by_hand
from language_models import LETTERS, Base
from small import seeded

TEXT = "badhegfc"
TRIED = ["norm", "grad_x_input"]
OF_CLASSES = "Its forward returns probabilities, not logits"
OF_EACH = "Its forward returns a probability for each class by itself"


class Ending(Base):
    """Base, with something after its head."""

    def __init__(self, end, strength=1.0, **options):
        super().__init__(**options)
        self.end = end
        self.strength = strength

    def forward(self, ids):
        return self.end(self.strength * super().forward(ids))

    def plain(self, embedded):
        return self.explained(self.strength * super().plain(embedded))


class Softmaxed(Ending):
    explained = staticmethod(lambda logits: logits.log_softmax(-1))


class Sigmoided(Ending):
    explained = staticmethod(lambda logits: logits)


def made(make, end, *args, **options):
    return seeded(make, end, *args, dtype=torch.float64, **options)


def own(module, text=TEXT):
    """What the module itself returns for a text, (T, V)."""
    with torch.no_grad():
        found = module.eval()(torch.tensor([[LETTERS.index(each) for each in text]]))
    found = found["probabilities"] if isinstance(found, dict) else found
    return found.reshape(len(text), -1).numpy()


def right_scores(module, target, measure):
    ids = [LETTERS.index(each) for each in TEXT]
    one_hot = torch.eye(len(LETTERS), dtype=torch.float64)[ids]
    return by_hand(module, one_hot, [target] * len(TEXT), measure, module.table())


def notes(model, beginning):
    return [note for note in model.network.notes if note.startswith(beginning)]
