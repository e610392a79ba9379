"""`rv.from_rows`: makes the widget of ready-made rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.explorer import Explorer, ReadySource
from rnnviz_widget.reading import read_tables, ready_readings

from .explorer_widget import ExplorerWidget


@suggest_arguments(rows="data", scores="data")
def from_rows(
    data: Any,
    *,
    names: Sequence[str] | None = None,
    measure: str | None = None,
    label: str | None = None,
    signed: bool = False,
    position: int | None = None,
    pinned: int | None = None,
) -> ExplorerWidget:
    """Show rows that were computed elsewhere, without a model: the same page, pictures and files.

    The rows of one model may have any of these forms:

    - the article's JSON: a list with an entry for each character, {"char", "target", "predict",
      "probability", "connectivity"}, whose numbers are squares of the L2 norm;
    - textualheatmap's data: a list with an entry for each token, {"token", "meta", "heat"}, or
      {"token", "format": True} for tokens that the model did not read. Heat has a number, of any
      size, for each token that it did read. `meta` is shown as predictions, without probabilities;
    - a text, or a list of tokens, and scores (T, T): a tuple, or a mapping {"text" or "tokens",
      "scores", "predictions", "targets"}; the last two may be missing. A prediction is a class, or
      (class, probability); a target is a class, or None;
    - the path of a JSON file with one of these.

    A row has a number for each token, or for a causal model only the first s + 1. If all rows are
    zero after their own token, the model counts as causal. The probability and rank of a target
    that is not among the predictions are not known, and the page says so. Scores are copied once,
    with 4 or 8 bytes each.

    Args:
        data: One model's rows, several in a mapping by name or in a list, or a JSON file of them.
        names: The models' names (textualheatmap's facet_titles), if the data has none; default: the
            file's name, or "model".
        measure: What the numbers are: the article's are "squared" (default), or "norm" for their
            square roots. Other data is taken to be what is named here, "norm", "squared",
            "embedding_norm" or "grad_x_input"; default: the author's own number.
        label: What the author's own number is, in words.
        signed: Whether it may be negative.
        position: The character to start at; default: the last.
        pinned: The character to pin, if any.

    Returns:
        The widget. Its `models` is empty; `refresh()` and live pages are refused.

    Raises:
        TypeError, ValueError: If data has none of these forms or is inconsistent: rows of other
            lengths, numbers that are negative, NaN or infinite, unknown keys, different texts. The
            message says where.
        OSError: If a file can't be read.
        traitlets.TraitError: If a position is not in the text.

    Example:
        >>> rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})  # doctest: +SKIP

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019, and the textualheatmap
    package.
    """
    tables = read_tables(data, names)
    readings = ready_readings(tables, measure=measure, label=label, signed=signed)
    explorer = Explorer(ReadySource(readings))
    at = len(explorer.text) - 1 if position is None else position
    return ExplorerWidget(explorer, position=at, pinned=pinned)
