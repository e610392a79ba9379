"""What a page reads in a widget's traits, for tests."""

from rnnviz_widget.scene.arrays import (
    split_names,
    unpack_ints,
)
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.rows import PackedRow, scores_of


def read_scores(entry, *, signed=False):
    """The scores of a model's entry in an answer or a preview."""
    return scores_of(unpack(PackedRow, entry).scores, signed=signed)


def read_names(joined):
    """Names that travel in one text."""
    return split_names(joined)


def read_ints(data, count):
    """Natural numbers that travel in as few bytes as hold the largest."""
    return unpack_ints(data, count, "a test's numbers")
