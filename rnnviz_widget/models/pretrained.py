"""The trained models that ship with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rnnviz_widget.calls import did_you_mean, suggest_arguments

from .checkpoint import load
from .sequence import SequenceModel

_WEIGHTS = Path(__file__).parent / "weights"
_TITLES = {
    "gru": "GRU",
    "lstm": "LSTM",
    "nested-lstm": "Nested LSTM",
    "rnn": "RNN",
    "gru-small-5": "small GRU, 5 % trained",
    "gru-small-25": "small GRU, 25 % trained",
    "gru-small": "small GRU",
}

_OTHERS = (
    "Any other model is passed with its symbols, as rv.SequenceModel(module, inputs=symbols), and "
    "one of transformers as rv.SequenceModel.from_transformers(model, tokenizer)"
)


def pretrained_names() -> tuple[str, ...]:
    """The names of the bundled models, as `load_pretrained` takes them."""
    return tuple(name for name in _TITLES if (_WEIGHTS / f"{name}.safetensors").is_file())


@suggest_arguments(model="name")
def load_pretrained(name: str) -> SequenceModel:
    """Load a bundled model: the article's autocomplete problem, trained on text8.

    It reads a-z and space. At each character, and at the space before a word, it predicts the whole
    word. How it was trained and what it scores is in the model card beside its weights
    (`rnnviz_widget/models/weights/<name>.md`).

    Args:
        name: "gru", "lstm", "nested-lstm" or "rnn"; or "gru-small-5", "gru-small-25", "gru-small",
            one small GRU after 5 %, 25 % and all of its training.

    Returns:
        The model, in single precision on the CPU.

    Raises:
        ValueError: If there is no such model; the message lists the names.
    """
    return load(pretrained_file(name)).sequence_model(_TITLES[name])


def pretrained_file(name: str) -> Path:
    """The model file of a bundled model.

    Raises:
        ValueError: As for `load_pretrained`.
    """
    _check(name)
    return _WEIGHTS / f"{name}.safetensors"


def pretrained_results(name: str) -> dict[str, Any]:
    """Everything that was measured of a bundled model: the figures of its card, and more.

    Accuracy by known characters, memory figures, the lookup baselines on the same text, and how it
    was trained: what `python -m rnnviz_widget.training evaluate --results` wrote.

    Args:
        name: As for `load_pretrained`.

    Returns:
        The figures by name; what JSON can hold.

    Raises:
        ValueError: If there is no such model; the message lists the names.
    """
    _check(name)
    found: dict[str, Any] = json.loads((_WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _check(name: str) -> None:
    if name not in pretrained_names():
        known = ", ".join(map(repr, pretrained_names())) or "none"
        hint = did_you_mean(name, pretrained_names()) or f". {_OTHERS}"
        raise ValueError(f"there is no pretrained model {name!r}; there are {known}{hint}")
