"""Notes for the reader on how a model reads a text."""

from __future__ import annotations

import torch

from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.tokens import Tokens

from .question import Question, Scoring
from .read_as import read_as

_AHEAD = "It reads ahead: its predictions depend on later characters, too."
_BACKWARD = (
    "It reads from right to left: its predictions depend on later characters, and not on earlier "
    "ones."
)


CORRECTED = (
    "Which characters its outputs read was only assumed when the text was shown, and has been "
    "corrected."
)


def notes_of(
    model: SequenceModel, tokens: Tokens, reads: Reads, question: Question, scoring: Scoring
) -> list[str]:
    """The notes on a model, on this text as it reads it, and on scores of this question."""
    notes = [*model.network.notes, *model.notes, *tokens.notes]
    notes += read_as(model.network, torch.tensor(tokens.ids), model.inputs)
    if not reads.causal and not model.network.capabilities.one_output:
        notes.append(_BACKWARD if reads.backward else _AHEAD)
    part = model.network.capabilities.common_part
    if part is not None and not scoring.is_free_of_common_part(question.target):
        notes.append(part.note)
    return notes
