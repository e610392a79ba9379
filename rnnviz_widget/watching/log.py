"""`rv.log`: what a model shows on a text, in a logger of experiments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnviz_widget.evaluation import Evaluation, evaluate
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.picture import standing_text
from rnnviz_widget.picture.export import matplotlib_needed
from rnnviz_widget.reading import check_model, connectivity

from .writers import Image, writer_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def log(
    writer: Any,
    model: SequenceModel,
    texts: str | Sequence[str],
    *,
    step: int | None = None,
    position: int | None = None,
    name: str = "rnnviz",
    figure: bool = True,
    measure: str | None = None,
    start: int | None = None,
) -> Evaluation:
    """Write a model's figure and numbers to a logger of experiments, with the module's own weights.

    Written are, under `name/`: `reach`, `effective characters`, `share before the word`, `cross
    entropy`, `accuracy`, and `accuracy/known 0`, `accuracy/known 1`, ... by known characters of the
    word, as far as there are such; `picture`, and what it shows as `words`. The model itself keeps
    the weights that it had.

    Args:
        writer: A `SummaryWriter`, the module `mlflow`, a run of Weights & Biases, a logger of
            Lightning, or what has their methods.
        model: The model.
        texts: The text, or several; the picture is of the first.
        step: The step of the training.
        position: The character whose picture is drawn; default: the last.
        name: What the names of all that is written begin with.
        figure: Whether the picture is drawn, which needs matplotlib.
        measure: The measure; see `rv.connectivity`.
        start: The first output of a text that counts for memory; default: the middle of the
            shortest text.

    Returns:
        The numbers, with intervals if there are several texts.

    Raises:
        TypeError: If `writer` can't be written to, or `model` is no `SequenceModel`.
        ValueError: As `rv.evaluate`.
        ImportError: If matplotlib is missing, unless `figure` is False.
    """
    written = writer_of(writer)
    check_model(model)
    now = model.snapshot(model.network.renewed())
    every = [texts] if isinstance(texts, str) else list(texts)
    if start is None:
        start = min((len(now.tokens(text)) for text in every), default=0) // 2
        start = 0 if now.network.capabilities.one_output else start
    found = evaluate(now, every, measure=measure or "norm", start=start, progress=False)
    written.numbers({f"{name}/{key}": each for key, each in _numbers(found).items()}, step)
    drawn = connectivity(now, every[0], measure=measure)
    words = standing_text(drawn.picture(position))
    if figure:
        written.picture(f"{name}/picture", _pixels(drawn.plot(position)), words, step)
    written.words(f"{name}/words", words, step)
    return found


def _numbers(found: Evaluation) -> dict[str, float]:
    """The figures that are finite, by their names."""
    each = {
        "reach": found.reach(),
        "effective characters": found.effective_characters(),
        "cross entropy": found.cross_entropy(),
        "accuracy": found.accuracy(),
    }
    if not found.whole:
        each["share before the word"] = found.share_before_word()
        known = enumerate(found.accuracy_by_known())
        each |= {f"accuracy/known {n}": one for n, one in known}
    return {key: one.value for key, one in each.items() if math.isfinite(one.value)}


def _pixels(figure: Figure) -> Image:
    """A figure as an image, (height, width, 3)."""
    with matplotlib_needed():
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    figure.set_dpi(150)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    rgba = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    pixels: Image = np.asarray(rgba)[..., :3].copy()
    return pixels
