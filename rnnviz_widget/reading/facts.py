"""The facts of a facet that a model and an engine bring, whatever the text and the question."""

from __future__ import annotations

from typing import Any, Literal

from rnnviz_widget.engines import Engine
from rnnviz_widget.models import SequenceModel

_TRUTHS: dict[str, Literal["word", "next"]] = {"word": "word", "next": "next"}


def facts_of(model: SequenceModel) -> dict[str, Any]:
    """Fields of the `Facet` of a model."""
    return {
        "name": model.name,
        "classes": model.outputs,
        "truth": _TRUTHS.get(model.truth) if isinstance(model.truth, str) else None,
        "unit": model.unit,
        "one_output": model.network.capabilities.one_output,
    }


def names_of(engine: Engine) -> dict[str, Any]:
    """Fields of a `Facet` that name the engine which computes its rows."""
    return {"engine": engine.name, "engine_words": f"{engine.name}: {engine.reason}"}
