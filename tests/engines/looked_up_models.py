"""Models whose modules change their ids, compared with the definition."""

import numpy as np
import torch
from kinds import by_hand
from language_models import LETTERS, V
from small import seeded

import rnnviz_widget as rv

TEXT = "badhegfcaab"


def ids_of(text):
    return torch.tensor([LETTERS.index(c) for c in text])


def served(make, **options):
    module = seeded(make, dtype=torch.float64).eval()
    return module, rv.SequenceModel(module, LETTERS, **({"outputs": None} | options))


def compare(module, model, measure="norm", text=TEXT, read=None, **options):
    """The scores and, by hand, those at the ids that are read; the text's own by default."""
    ids = ids_of(text)
    targets = [(3 * s) % len(model.outputs) for s in range(len(ids))]
    found = rv.connectivity(
        model, text, target=[model.outputs[k] for k in targets], measure=measure, **options
    )
    x = torch.nn.functional.one_hot(ids if read is None else read, V).to(module.table())
    truth = by_hand(module, x, targets, measure, module.table())
    logits = module.plain(x @ module.table()).detach()
    odds = logits.softmax(-1).expand(len(ids), -1)[range(len(ids)), targets]
    np.testing.assert_allclose(found.target_probabilities, odds, rtol=1e-9)
    return found, truth
