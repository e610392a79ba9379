"""200 random modules: right numbers, or a note or an error that names the cause."""

import contextlib

import numpy as np
import pytest
import torch
from models import random_modules
from models.random_modules import SYMBOLS, drawn, drawn_text
from models.random_modules_truth import looked_up, moves, own_probabilities, true_rows

import rnnviz_widget as rv

ALL = 200


def names(text, part):
    return any(cause in text for cause in part.causes)


@pytest.mark.parametrize("seed", range(ALL))
def test_is_right_or_says_why_not(seed):
    module = drawn(seed)
    troubles = [part for part in module.parts() if part.causes]
    outputs = SYMBOLS if module.classes == len(SYMBOLS) else "xyz"[: module.classes]
    model = None
    with served(troubles, module):
        model = rv.SequenceModel(module, SYMBOLS, outputs, truth="none")
    for n in range(3 if model else 0):
        check(module, model, drawn_text(1000 * seed + n), troubles)


@contextlib.contextmanager
def served(troubles, what):
    """No error in here, or one that names one of the causes."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError) as error:
        if not any(names(str(error), part) for part in troubles):
            pytest.fail(f"{what}: {error}")


def check(module, model, text, troubles):
    ids = torch.tensor([SYMBOLS.index(symbol) for symbol in text])
    k = len(text) % module.classes
    c = None
    with served(troubles, f"{module}, {text}"):
        c = rv.connectivity(model, text, target=model.outputs[k])
    if c is None:
        return
    # Logits of two or three classes with random weights may well have much in common.
    notes = " ".join(note for note in c.notes if "the same for all classes" not in note)
    said = [part for part in troubles if names(notes, part)]
    what = f"{module}, {text}: {notes}"

    own = own_probabilities(module, ids)[:, k].numpy()
    if not np.allclose(c.target_probabilities, own, atol=1e-9):
        # Independent probabilities don't add up to 1: what stands for them must be said.
        assert module.returns == "sigmoid", what
        assert any(part.name == "sigmoid" for part in said), what

    rows = true_rows(module, ids, k).numpy()
    peaks = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-300)
    assert (np.abs(c.scores - rows) / peaks).max() < 1e-9, what

    unseen = ~(rows > 1e-12 * peaks) & moves(module, ids).numpy()
    changed = looked_up(module, ids)[0].tolist() != ids.tolist()
    if unseen.any() and module.cut != "none":
        assert "gradient" in notes, what
    if module.cut == "none" and not changed:
        assert "gradient" not in notes.replace("exactly 0 has no gradient", ""), what


def test_the_draw_has_every_part():
    modules = [drawn(seed) for seed in range(ALL)]
    tables = {
        "read": random_modules.READS,
        "body": random_modules.BODIES,
        "cut": random_modules.CUTS,
        "returns": random_modules.RETURNS,
    }
    for kind, table in tables.items():
        assert {getattr(module, kind) for module in modules} == set(table), kind
