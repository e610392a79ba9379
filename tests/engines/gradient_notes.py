"""The notes about gradients that a model is given."""

from language_models import LETTERS, Base

import rnnviz_widget as rv

TEXT = "badhegfc"
NONE = "No gradient flows from its logits back to its input"


def notes_of(module, outputs=None, **options):
    """What is said of gradients."""
    found = rv.SequenceModel(module, LETTERS, outputs, **options).network.notes
    return [note for note in found if "gradient" in note]


class Through(Base):
    """Something between its states and its head."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def forward(self, ids):
        return self.head(self.function(self.cell(self.embedding(ids))[0]))
