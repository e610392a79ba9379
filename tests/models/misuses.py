"""Models in one call each, and how a refusal is checked."""

import pytest
from language_models import LETTERS, Base
from small import seeded

import rnnviz_widget as rv

TEXT = "badhegfc"


def model(make=Base, inputs=LETTERS, outputs=None, **options):
    return rv.SequenceModel(seeded(make), inputs, outputs, **options)


def read(model, text=TEXT, **options):
    return rv.connectivity(model, text, **options)


def said(use, kind, parts):
    """Whether it is refused with an error that has all these parts."""
    with pytest.raises(kind) as caught:
        use()
    assert [part for part in parts if part not in str(caught.value)] == []
    return True
