"""A kind of module as a model, and the scores that it should give."""

import torch
from kinds import by_hand
from language_models import LETTERS
from small import seeded

import rnnviz_widget as rv

TEXT = "badhegfcaab"
IDS = torch.tensor([LETTERS.index(c) for c in TEXT])


def served(kind, dtype=torch.float64):
    module = seeded(kind.make, dtype=dtype).eval()
    return module, rv.SequenceModel(module, LETTERS, **{"outputs": None} | kind.options)


def scores_of(module, model, measure, text=TEXT):
    ids = torch.tensor([LETTERS.index(c) for c in text])
    targets = [(3 * s) % len(model.outputs) for s in range(len(ids))]
    found = rv.connectivity(
        model, text, target=[model.outputs[k] for k in targets], measure=measure
    )
    x = torch.nn.functional.one_hot(ids, len(LETTERS)).to(module.table())
    return found, by_hand(module, x, targets, measure, module.table())
