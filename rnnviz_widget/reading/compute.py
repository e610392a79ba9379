"""`rv.connectivity`: from a model and a text to scores."""

from __future__ import annotations

from rnnviz_widget.engines import TOLERANCE, EngineName, Named
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.scene.facet import Facet

from .checks import check_matrix, check_model
from .reading import Reading
from .result import Connectivity
from .row_source import Floats, RowSource


def connectivity(
    model: SequenceModel,
    text: str,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    tolerance: float = TOLERANCE,
    engine: EngineName = "auto",
) -> Connectivity:
    """Compute how every output of a model depends on every input of a text.

    With x_t the one-hot input at t and y_s the logit of the target at s, C[s, t] is

        norm             ||dy_s/dx_t||_2
        squared          ||dy_s/dx_t||_2^2
        embedding_norm   ||dy_s/de_t||_2, e_t the embedded input
        grad_x_input     <dy_s/dx_t, x_t>, signed

    For a contrast of two classes y_s is the logit of the first minus that of the second. For a
    module that returns probabilities y_s is the log probability, or the log-odds where each class
    is right or wrong by itself.

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
            (computed by captum), "occlusion", "attention" or "attention_rollout"; docs/methods.md
            has their formulas. A measure of the model's own (`model.by`) takes precedence. Default:
            "norm", and "grad_x_input" for a contrast, since its sign tells for which of the two
            classes an input speaks.
        tolerance: The largest error of a score, as a share of the largest of its row, that is
            allowed to be faster on long texts; 0 for exact scores. Short texts are always exact.
        engine: "auto" (default), "sweep" for the equations of recurrent layers, or "autograd".

    Returns:
        Scores of shape (S, T) in the module's own precision (single for half), with tokens, targets
            and
        predictions.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or text or target are of the wrong type.
        ValueError: If the text is empty or has symbols the model does not know; if there is no such
            class, measure or engine, or one of these can't serve the model; or if there are more
            than 100 million scores, those of 10,000 tokens.
        ImportError: If captum is needed and not installed.
        FloatingPointError: If a logit or a gradient is not finite.
    """
    check_model(model)
    tokens = len(model.tokens(text).ids)
    check_matrix(tokens, tokens)
    reading = Reading(model, text, as_target(target), measure, tolerance=tolerance, engine=engine)
    return whole(reading)


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
    return Connectivity(source.facet if facet is None else facet, scores, accuracy)
