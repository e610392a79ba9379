"""What each output reads, against an experiment that moves every token by itself."""

import numpy as np
import pytest
import torch
from readers import KINDS, ids_of, moved_one_by_one, network_of

from rnnviz_widget.engines.choose import choose_engine
from rnnviz_widget.scene.reads import Bound, Reads


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_is_what_moves_the_output(kind, dtype):
    network, double = network_of(kind, dtype), network_of(kind, torch.float64)
    # A short text after a long one tells less, and a longer one more.
    for length in (12, 1, 2, 3, 20, 40):
        ids = ids_of(length, padded=kind == "attention but to padding")
        reads = choose_engine(network, ids).reads
        truth = moved_one_by_one(double, ids)
        assert not (truth & ~reads.mask()).any(), length
        # An output that reads nothing at all says nothing.
        if KINDS[kind][1] and truth.any():
            assert (truth == reads.mask()).all(), length
        assert reads.causal == (not np.triu(reads.mask(), 1).any())


def test_padding_that_is_masked_is_skipped():
    ids = ids_of(20, padded=True)
    reads = choose_engine(network_of("attention but to padding", torch.float32), ids).reads
    assert reads.skipped == (1, 10)
    assert reads.read(10, 10)
    assert not reads.read(9, 10)
    assert not reads.read(9, 19)


def test_what_is_forgotten_was_read():
    """A gradient that fades to nothing over a long text is no bound."""
    network = network_of("backward", torch.float32)
    ids = ids_of(400, padded=False)
    reads = choose_engine(network, ids).reads
    assert reads.backward
    assert reads.read(0, 399)
    whole = network_of("the last state", torch.float32)
    assert choose_engine(whole, ids).reads.whole


def test_bounds():
    reads = Reads(5, Bound(-1, 0, 4), Bound(1, 2, 4), (3,))
    expected = [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]]
    np.testing.assert_array_equal(reads.mask(), expected)
    np.testing.assert_array_equal(reads.mask(2, 4), expected[2:4])
    assert [[int(reads.read(s, t)) for t in range(5)] for s in range(5)] == expected
    assert (reads.causal, reads.backward, reads.whole) == (False, False, False)
    assert Reads.up_to_own(5).causal
    assert Reads.everything(5).whole
    assert Reads(5, Bound(1, 0, 5), Bound(0, 4, 4)).backward
