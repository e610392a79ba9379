"""`rv.connectivity`: from a model and a text to scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tqdm.auto import tqdm

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import TOLERANCE, Accuracy, EngineName, Named
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.scene.facet import Facet

from .checks import check_matrix, check_model, checked_rows
from .question import Question
from .reading import Reading
from .result import Connectivity
from .row_source import Floats, RowSource

# How many seconds may pass between two updates of a progress bar.
_TICK = 0.1


@suggest_arguments(models="model")
def connectivity(
    model: SequenceModel,
    text: str,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    tolerance: float = TOLERANCE,
    engine: EngineName = "auto",
    rows: Sequence[int] | None = None,
    progress: bool = False,
) -> Connectivity:
    """Compute how every output of a model depends on every input of a text.

    With x_t the one-hot input at t and y_s what is explained of the target at s, C[s, t] is

        norm             ||dy_s/dx_t||_2
        squared          ||dy_s/dx_t||_2^2
        embedding_norm   ||dy_s/de_t||_2, e_t the embedded input
        grad_x_input     <dy_s/dx_t, x_t>, signed (that sign is not verified)

    With k the target, z the logits at s and p their softmax, y_s is

        logit            z_k
        centred          z_k - mean of z
        log_prob         log p_k = z_k - log(sum of exp z)

    For a contrast of two classes y_s is the logit of the first minus that of the second, whatever
    `of` is. A term that is added to all logits changes no prediction, and only the first of these.
    For a module that returns probabilities the logits are their logarithms, so that `logit` and
    `log_prob` are the same. Where each class is right or wrong by itself, the logit is the
    log-odds, `log_prob` is log sigmoid(z_k), and there is no `centred`.

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019: its formula is `norm`, its
    figure drew `squared`.

    Args:
        model: The model.
        text: The text.
        target: What is explained: `rv.TRUTH` (default), `rv.TOP`, an output class, a contrast of
            two of these, `rv.Contrast(one, other)`, or a list with one of these for each token.
            Where there is no truth, the top prediction is explained. In a contrast `rv.TOP` is the
            best prediction other than the other class.
        measure: One of the names above, or "integrated_gradients", "smooth_grad", "deep_lift"
            (computed by captum), "occlusion", "exchange", "quick_exchange", "plausible_exchange",
            "attention" or "attention_rollout"; docs/methods.md has their formulas. A measure of the
            model's own (`model.by`) takes precedence. Default: "norm". For a contrast, where the
            sign tells for which of the two classes an input speaks: "quick_exchange" of recurrent
            models, else "occlusion", whose signs are right.
        of: Which number of the target is explained, as above: "logit" (default, the article's),
            "centred" or "log_prob". That of the model's own (`model.by`) takes precedence.
        tolerance: The largest error of a score, as a share of the largest of its row, that is
            allowed to be faster on long texts; 0 for exact scores. Short texts are always exact.
        engine: "auto" (default), "sweep" for the equations of recurrent layers, "scan" for linear
            recurrences, or "autograd".
        rows: Only these outputs s, each once; from the end if negative. Default: all.
        progress: Whether a bar shows how far the computation is.

    Returns:
        Scores of shape (S, T), of R `rows` (R, T), in the module's own precision (single for half),
        with tokens, targets and predictions.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or text, target or rows are of the wrong type.
        IndexError: If there is no such output.
        ValueError: If the text is empty or has symbols the model does not know; if there is no such
            class, measure, quantity or engine, or one of these can't serve the model (a model of
            one number has only `logit`); or if there are more than 100 million scores, those of
            10,000 tokens.
        ImportError: If captum is needed and not installed.
        FloatingPointError: If a logit or a gradient is not finite.
    """
    check_model(model)
    tokens = len(model.tokens(text).ids)
    some = None if rows is None else checked_rows(rows, tokens)
    check_matrix(tokens if some is None else len(some), tokens)
    question = Question(as_target(target), measure, of)
    reading = Reading(model, text, question, tolerance=tolerance, engine=engine)
    outputs = range(len(reading)) if some is None else some
    scores, accuracy = _with_bar(reading, outputs) if progress else reading.matrix(some)
    return Connectivity(reading.facet, scores, outputs, accuracy)


def _with_bar(reading: Reading, rows: Sequence[int]) -> tuple[Floats, Accuracy]:
    """Some rows of a reading, and how exact they are, while a bar shows how far they are."""
    place = {s: n for n, s in enumerate(rows)}
    scores: Floats | None = None
    with tqdm(total=len(rows), desc=reading.facet.name, unit=" rows", leave=False) as bar:
        for share, found in reading.fill(rows, patience=_TICK):
            for s, row in found:
                if scores is None:
                    scores = np.empty((len(rows), len(row)), row.dtype)
                scores[place[s]] = row
            bar.update(max(0, int(share * len(rows)) - bar.n))
    assert scores is not None
    return scores, reading.accuracy


def whole(
    source: RowSource, facet: Facet | None = None, scores: Floats | None = None
) -> Connectivity:
    """All rows of a model on a text.

    Args:
        source: Computes or holds them.
        facet: The facts about the model, if it has another name than in `source`.
        scores: All scores, if `source.fill` has computed them already; default: computed now.
    """
    accuracy = source.accuracy
    if scores is None:
        scores, accuracy = source.matrix()
    facet = source.facet if facet is None else facet
    return Connectivity(facet, scores, range(len(scores)), accuracy)
